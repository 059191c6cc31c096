"""What people do at the glass, touch by touch: the first start, the daily test, a walk, an export.

Told once, for the emulated machine and for a kiosk on this computer alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

from image.rig.errors import RigError
from image.rig.eyes import Eyes

STAFF_PIN: Final = "1928"
TRIES: Final = 3
WALK_S: Final = 5400.0
"""How long the five minutes of a walk may take here: an emulated machine makes an hour of them."""
HOME: Final = ("idle", "idle-first-start", "idle-blocked", "idle-no-guard", "machine-blocked")
"""The first screen, whatever stands on it: which is nearest depends on the place's name."""
STAFF: Final = ("staff", "staff-due", "staff-begin", "staff-faults")
BEFORE: Final = (
    *("briefing", "briefing-end", "briefing-question", "briefing-question-4", "briefing-pain"),
    *("briefing-rules", "briefing-rules-2", "briefing-rules-3"),
)
CHECKS: Final = ("checking", "checking-green")
NAMES: Final = (
    *HOME,
    *("idle-estop", "staff-setup", "pin", "pin-first", "pins-new-again", "pins-new-therapist"),
    *("begin-language", "begin-name", "begin-units", "begin-facing", "begin-starts", "begin-rails"),
    *("begin-sensor", "begin-sensor-none", "begin-calibration", "begin-calibrated", "begin-clock"),
    *("begin-done", "begin-ready", *STAFF, "staff-faults-2", "machine", "machine-due"),
    *("proof", "proof-due", "proof-ready", "proof-not-ready", "proof-estop", "proof-estop-out"),
    *("proof-key", "proof-stop-button", "proof-rail", "proof-passed", "proof-failed"),
    "proof-interrupted",
    *("choose", "detail", *BEFORE, "briefing-pain-4", "summary-figures-stopped"),
    *(*CHECKS, "checking-waiting"),
    *(
        "countdown",
        "starting",
        "walking-start",
        "walking",
        "walking-fast",
        "walking-slow",
        "paused",
        "finishing",
    ),
    *("summary-pain", "summary-rpe", "summary-rpe-13", "summary", "summary-advice"),
    *(
        "stopped-coasting-unknown",
        "stopped-estop",
        "stopped-sensor_lost",
        "stopped-kiosk_lost",
        "stopped-guard_lost",
    ),
    *("stopped-patron", "fault", "unusable"),
    *(
        "export-insert",
        "export-unusable",
        "export-overview",
        "export-planning",
        "export-plan",
        "export-plan-notes",
    ),
    *("export-plan-notes-2", "export-writing-0", "export-writing", "export-checking"),
    *("export-ejecting", "export-done", "export-done-notes", "export-failed"),
    *(
        "settings",
        "settings-2",
        "update",
        "update-before",
        "update-tried",
        "update-failed",
        "update-insert",
        "update-sticks",
    ),
    *("update-offer", "update-offer-brief", "update-writing", "update-done", "update-restart"),
)
"""The scenes that the stories meet."""
STOPPED: Final = tuple(name for name in NAMES if name.startswith("stopped-"))


class Treadmill(Protocol):
    """The wires of a treadmill and its belt, from outside."""

    def drive(self, name: str, level: int) -> None:
        """Close (1) or open (0) a contact."""

    def run_belt(self, speed_kmh: float) -> None:
        """Set the belt moving, as whoever presses the treadmill's own keys does."""

    def permit(self) -> bool:
        """Return whether the run permit is on."""

    def sleep(self, seconds: float) -> None:
        """Wait by its own time."""


class Stories:
    """One person before one kiosk."""

    def __init__(self, eyes: Eyes, treadmill: Treadmill) -> None:
        """Nothing is touched yet."""
        self.eyes = eyes
        self.treadmill = treadmill

    def hold(self, *, left: bool = True, right: bool = True) -> None:
        """Hands onto the rails, or off them."""
        self.treadmill.drive("rail_left", int(left))
        self.treadmill.drive("rail_right", int(right))

    def until(self, condition: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
        """Wait for something that is no screen; raises :class:`RigError`."""
        end_s = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > end_s:
                raise RigError(f"{what} did not come within {within_s:g} s")
            time.sleep(0.1)

    # --- staff -----------------------------------------------------------------------------

    def set_up(self) -> None:
        """The first start: the staff's PIN, then ten questions."""
        eyes = self.eyes
        eyes.see(*HOME)
        eyes.tap("lock")
        eyes.see("staff-setup")
        eyes.tap("Choose")
        eyes.see("pin-first")
        eyes.type(STAFF_PIN)
        eyes.tap("check")
        eyes.see("pins-new-again")
        eyes.type(STAFF_PIN)
        eyes.tap("check")
        eyes.see("pins-new-therapist")
        for words, screen in (
            ("Later", "begin-language"),
            ("English", "begin-name"),
            ("Next", "begin-units"),
            ("km/h, metres", "begin-facing"),
            ("Away", "begin-starts"),
            ("The walker", "begin-rails"),
            ("Both hands", "begin-sensor"),
            ("Next", "begin-calibrated"),
            ("Next", "begin-clock"),
            ("It is right", "begin-ready"),
        ):
            eyes.go(words, screen)
        eyes.go("Done", *STAFF)

    def unlock(self) -> None:
        """From the first screen to the staff's."""
        self.eyes.see(*HOME)
        self.eyes.tap("lock")
        self.eyes.see("pin")
        self.eyes.type(STAFF_PIN)
        self.eyes.tap("check")
        self.eyes.see(*STAFF)

    def prove(self) -> None:
        """The daily test, from the staff's screen back to the first one: each stop falls once."""
        eyes = self.eyes
        eyes.see(*STAFF)
        eyes.tap("Machine")
        eyes.see("machine", "machine-due")
        eyes.tap("Proof test")
        eyes.see("proof", "proof-due")
        eyes.tap("Begin")
        # A computer that is busy ends the guard's service mode: then it begins anew, as it says.
        for _ in range(TRIES):
            if self._each_contact():
                break
            eyes.tap("Once more")
        else:
            raise RigError(f"the daily test was interrupted {TRIES} times")
        eyes.tap("Done")
        eyes.see("machine", "machine-due")
        eyes.tap("Back")
        eyes.see(*STAFF)
        eyes.tap("Done")
        eyes.see(*HOME)

    def _each_contact(self) -> bool:
        """Open and close each contact as it is asked for; False where the test was interrupted."""
        eyes, drive = self.eyes, self.treadmill.drive
        for screen, names, unsafe in (
            ("proof-estop", ("estop", "estop_b"), 0),
            ("proof-key", ("key",), 0),
            ("proof-stop-button", ("stop_button",), 1),
        ):
            if eyes.see("proof-ready", "proof-interrupted") == "proof-interrupted":
                return False
            if eyes.go("Ready", screen, "proof-interrupted") == "proof-interrupted":
                return False
            for name in names:
                drive(name, unsafe)
            self.until(lambda: not self.treadmill.permit(), "the end of the permit")
            shown = eyes.see("proof-estop-out", "proof-interrupted")
            for name in names:
                drive(name, 1 - unsafe)
            if shown == "proof-interrupted":
                return False
        for name in ("rail_left", "rail_right"):
            if eyes.see("proof-rail", "proof-interrupted") == "proof-interrupted":
                return False
            drive(name, 1)
            self.treadmill.sleep(2.0)
            drive(name, 0)
        return eyes.see("proof-passed", "proof-interrupted") == "proof-passed"

    # --- a patron --------------------------------------------------------------------------

    def start_to_walk(self, speed_kmh: float = 1.2) -> None:
        """A guest, from the first screen until the belt moves."""
        eyes = self.eyes
        # Just after a start it says that nobody may walk yet: the guard has not answered.
        eyes.see("idle")
        eyes.tap("Tap to start")
        eyes.see("choose")
        eyes.tap("Easy walk")
        eyes.see("detail")
        eyes.tap("Choose")
        self._agree()
        eyes.tap("Start")
        eyes.see("checking-waiting")
        self.hold()
        self.until(self.treadmill.permit, "the permit")
        eyes.see("starting", "walking-start")
        self.treadmill.run_belt(speed_kmh)
        eyes.see("walking")

    def rate(self, pain: str = "3", effort: str = "11") -> None:
        """After the walk: pain, effort, and back to the first screen."""
        eyes = self.eyes
        for screen, number in (("summary-pain", pain), ("summary-rpe", effort)):
            eyes.see(screen)
            eyes.leave(number)
            eyes.leave("Tap a number")
        while True:
            shown = eyes.see("summary", "summary-advice", "summary-figures-stopped", *HOME)
            if shown in HOME:
                return
            eyes.leave("Done")

    def walk(self) -> None:
        """A whole walk of five minutes at its speed, and both answers after it."""
        self.start_to_walk()
        shown = self.eyes.see("finishing", "summary-pain", *STOPPED, within_s=WALK_S)
        if shown != "finishing":
            raise RigError(f"the walk did not go to its end: {shown}, or a screen like it")
        self.treadmill.run_belt(0.0)
        self.eyes.see("summary-pain")
        self.hold(left=False, right=False)
        self.rate()

    def short_walk(self) -> None:
        """A walk that its walker ends by STOP after some seconds: one session for the log."""
        self.start_to_walk()
        self.treadmill.sleep(10.0)
        self.eyes.tap("STOP")
        self.eyes.see("stopped-patron")
        self.treadmill.run_belt(0.0)
        self.leave_stopped()

    def leave_stopped(self) -> None:
        """After a walk that was stopped: step off, answer what is asked, to the first screen."""
        self.hold(left=False, right=False)
        self.eyes.settle()
        self.eyes.leave("Next")
        self.rate()

    def _agree(self) -> None:
        """Through what has to be read and answered before a walk, to the ready check."""
        eyes = self.eyes
        while True:
            match eyes.see(*BEFORE, *CHECKS):
                case "briefing-question" | "briefing-question-4":
                    eyes.leave("No")
                case "briefing-pain":
                    eyes.tap("4")
                    eyes.see("briefing-pain-4")
                    eyes.leave("4: moderate")
                case "checking" | "checking-green":
                    return
                case _:
                    eyes.leave("next")
