"""Row ``warning-heard``: from what is dangerous to the warning's first sound."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hardware.errors import BenchError as DoorError
from hardware.simulator.client import BenchClient
from kiosk.bench.ears import DEVICE_S, Ears
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.process import screen_environment

NAME: Final = "warning-heard"
HAND: Final = "a hand off the rail: the warning"
ESTOP: Final = "the emergency stop: the warning"
WITH_CARD: Final = "both, with a sound card's two blocks"
WITHIN_MS: Final = 150.0
WARN_S: Final = 2.0
"""A hand may be off the rail for so long before it is warned of (safety.md)."""
TRIES: Final = 3
PLAN: Final = [{"name": "main", "s": 3000, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}]


def row(_scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        "a real simulated kiosk on a walk: from the cause to the first sample of its warning, as "
        "SDL hands it to the sound driver",
        "150 ms, with what a sound card keeps waiting",
        (
            Goal(HAND, at_most=WITHIN_MS, statistic="p99"),
            Goal(ESTOP, at_most=WITHIN_MS, statistic="p99"),
            Goal(WITH_CARD, at_most=WITHIN_MS, statistic="p99"),
        ),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Walk, and do what is dangerous, again and again."""
    home = lab.new_folder("warning")
    # Not below ``home``: the address of a socket is at most 107 bytes long.
    with tempfile.TemporaryDirectory(prefix="sternway-bench-") as short:
        ears = Ears(Path(short))
        command = [sys.executable, "-P", "-m", "kiosk", "run", "--simulate"]
        command += ["--bench", f"{short}/door", "--data", str(home / "data")]
        environment = screen_environment(home) | ears.environment()
        with (home / "said.txt").open("w+b") as said:
            kiosk = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
            try:
                with BenchClient(Path(short) / "door", timeout_s=60.0) as door:
                    hand, estop = _measured(lab, _Walker(door, ears))
            except DoorError as error:
                kiosk.terminate()
                kiosk.wait(30.0)
                said.seek(0)
                tail = " ".join(said.read().decode("utf-8", "replace").split())[-300:]
                raise RowFailed(f"{NAME}: {error}; {tail}") from error
            finally:
                kiosk.terminate()
                kiosk.wait(30.0)
    card = tuple(value + DEVICE_S * 1000 for value in (*hand, *estop))
    return Figure(
        [
            Series(HAND, "ms", tuple(hand)),
            Series(ESTOP, "ms", tuple(estop)),
            Series(WITH_CARD, "ms", card),
        ],
        notes=[
            "Heard by a program that reads what SDL's disk driver writes. A hand's cause is the "
            f"moment at which it was off the rail for {WARN_S:g} s, when safety.md has it warned "
            "of; the emergency stop's is the bench's request. With a sound card two blocks of "
            f"1,024 samples, {DEVICE_S * 1000:.0f} ms, wait before the loudspeaker."
        ],
    )


def _measured(lab: Lab, walker: _Walker) -> tuple[list[float], list[float]]:
    hand: list[float] = []
    estop: list[float] = []
    rounds = lab.scale.estops
    ended = 0
    while len(estop) < rounds:
        lab.tell(f"{NAME}: walking", f"round {len(estop) + 1} of {rounds}")
        try:
            walker.begin_walk()
            for one in range(lab.scale.hands // rounds):
                lab.tell(f"{NAME}: a hand off the rail", f"{one + 1}, round {len(estop) + 1}")
                hand.append(walker.hand_off())
            estop.append(walker.estop())
        except _WalkEnded as error:
            ended += 1
            if ended > TRIES:
                raise RowFailed(f"{NAME}: the walk ended by itself too often: {error}") from error
        walker.begin_anew()
    return hand, estop


class _WalkEnded(Exception):
    """The kiosk stopped the walk for a reason of its own: on a machine that has too much to do."""


class _Walker:
    """Somebody on the simulated treadmill."""

    def __init__(self, door: BenchClient, ears: Ears) -> None:
        self._door = door
        self._ears = ears

    def begin_walk(self) -> None:
        """Lead them as far as a steady walk, with everything said that is said at its start."""
        self._until(self._is_ready, 30.0, "the checks did not become green")
        self._do("choose", plan=PLAN, cap_kmh=4.0)
        self._do("brief", pain=2)
        self._hands(1)
        self._until(self._may_run, 60.0, "no permit was given")
        self._door.request({"speed_kmh": 1.2, "ramp_kmh_s": 1.0})
        time.sleep(4.0)
        self._quiet(1.5)

    def hand_off(self) -> float:
        """Take a hand off the rail; return the milliseconds until it is warned of."""
        for _try in range(TRIES):
            self._quiet(0.4)
            due_s = time.monotonic() + WARN_S
            self._door.request({"pin": "rail_right", "level": 0})
            heard_s = self._heard(due_s, WARN_S + 2.0)
            undisturbed = self._ears.is_silent(due_s - 0.3, due_s)
            self._door.request({"pin": "rail_right", "level": 1})
            if undisturbed:
                return (heard_s - due_s) * 1000
        raise RowFailed(f"{NAME}: something else was said each time")

    def estop(self) -> float:
        """Press the emergency stop; return the milliseconds until it is told."""
        self._quiet(0.4)
        due_s = time.monotonic()
        self._door.request({"pin": "estop", "level": 0})
        return (self._heard(due_s, 2.0) - due_s) * 1000

    def begin_anew(self) -> None:
        """Clear the stop, and go back to the first screen."""
        self._door.request({"pin": "estop", "level": 1})
        self._hands(0)
        self._until(lambda: self._state()["speed_kmh"] == 0, 20.0, "the belt did not stop")
        time.sleep(2.5)
        self._do("unlock", role="staff", pin="1234")
        for _leave in ("stopped", "summary"):
            self._door.ask({"do": "done"})  # the first of them may have come by itself

    def _heard(self, due_s: float, within_s: float) -> float:
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            heard_s = self._ears.first_loud_after(due_s)
            if heard_s is not None:
                return heard_s
            time.sleep(0.01)
        state = self._state()
        if not state["permit"] and state["pins"]["estop"]:
            raise _WalkEnded(str(state["reason"]))
        raise RowFailed(f"{NAME}: no warning was heard")

    def _quiet(self, for_s: float) -> None:
        def silent() -> bool:
            now_s = time.monotonic()
            return now_s - self._ears.heard_s < 0.5 and self._ears.is_silent(now_s - for_s, now_s)

        self._until(silent, 60.0, "the kiosk did not fall silent")

    def _is_ready(self) -> bool:
        state = self._state()
        heard = state["judged_kmh"] is not None
        return heard and set(state["failing"]) <= {"rails", "rails_opened"}

    def _may_run(self) -> bool:
        """Tap Start, again where a busy machine led back to the checks, and look for the permit."""
        self._door.ask({"do": "go"})
        time.sleep(0.5)
        return bool(self._state()["permit"])

    def _hands(self, level: int) -> None:
        for pin in ("rail_left", "rail_right"):
            self._door.request({"pin": pin, "level": level})

    def _do(self, what: str, **fields: Any) -> None:
        self._door.request({"do": what, **fields})

    def _state(self) -> dict[str, Any]:
        return self._door.ask({"get": "state"})

    def _until(self, condition: Callable[[], bool], for_s: float, otherwise: str) -> None:
        until_s = time.monotonic() + for_s
        while not condition():
            if time.monotonic() > until_s:
                raise RowFailed(f"{NAME}: {otherwise}")
            time.sleep(0.05)
