"""What the machine pages see, as frozen values, and what they may ask. No I/O in here."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from hardware.link import Welcome
from kiosk.care.measuring import Measure
from kiosk.care.proof import Proof
from profiles.saying import Saying

PowerWish = Literal["program", "restart", "off"]
"""Start the kiosk's program anew, restart the machine, shut it down."""


class Rates(msgspec.Struct, frozen=True):
    """The belt sensor's lines a second, over the last seconds; None until two are known."""

    accepted: float | None = None
    rejected: float | None = None
    lost: float | None = None


class Served(msgspec.Struct, frozen=True):
    """Service mode: ``on`` as the guard says. ``failing`` is what kept the permit away last."""

    on: bool = False
    failing: tuple[str, ...] = ()


class TailLine(msgspec.Struct, frozen=True):
    """One line of the sensor, as it came; ``kind`` is what is wrong with it, "" for a good one."""

    text: str
    kind: str = ""


class Tail(msgspec.Struct, frozen=True):
    """The newest lines, oldest first, and how many of each kind came since they are looked at."""

    lines: tuple[TailLine, ...] = ()
    good: int = 0
    kinds: tuple[tuple[str, int], ...] = ()


class TestResult(msgspec.Struct, frozen=True):
    """One self-test: ``good`` is None where this site does not have what would be tested."""

    name: str
    good: bool | None
    seen: Saying
    mend: Saying | None = None


class SelfTest(msgspec.Struct, frozen=True):
    """The self-test of the moment. ``asks``: a tone was played, and somebody must say if it was."""

    running: bool = False
    asks: bool = False
    results: tuple[TestResult, ...] = ()


class Due(msgspec.Struct, frozen=True):
    """When the proof test is due. ``left_s`` is None where nobody can tell: then it is overdue.

    ``assumed``: this is a simulation, which counts as proven from its start. ``unkept``: the disk
    did not take the last test, so that one that was passed does not count. ``unread``: what was
    kept of the last test is damaged.
    """

    overdue: bool = True
    left_s: float | None = None
    last_at: datetime | None = None
    failed: bool = False
    assumed: bool = False
    unkept: bool = False
    unread: bool = False


class CareState(msgspec.Struct, frozen=True):
    """Everything that the machine pages show beside the guard's own status."""

    welcome: Welcome | None = None
    rates: Rates = Rates()
    served: Served = Served()
    tail: Tail = Tail()
    test: SelfTest = SelfTest()
    measure: Measure = Measure()
    proof: Proof = Proof()
    due: Due = Due()
    moved: bool = False
    """Whether the belt moved within the last seconds: whoever turns it touches no screen."""


class CareDesk(Protocol):
    """What a machine page may call. Every method returns at once.

    A future ends with a ``kiosk.session.actions.Refusal`` where something cannot be, and
    always where the staff's PIN is not open.
    """

    def state(self) -> CareState:
        """Return the newest state; nothing is read from any disk for it."""

    def attend(self, *, raw: bool = False) -> None:
        """A machine page is up; ``raw``: it shows raw lines. Call it with every look.

        Without it for a second, service mode, its permit and the raw lines end.
        """

    def enter_service(self) -> Future[None]:
        """Begin service mode: never while a session is under way."""

    def leave_service(self) -> None:
        """End it, and its permit. Nobody's PIN is needed for that."""

    def give_permit(self) -> Future[None]:
        """Ask the guard for the permit in service mode: a deliberate tap, everything checked."""

    def take_permit(self) -> None:
        """Take the permit away in the ordinary way; for anything else there is STOP."""

    def begin_test(self) -> Future[None]:
        """Begin the self-test."""

    def heard_tone(self, heard: bool) -> None:
        """Say whether the tone of the self-test was heard."""

    def begin_proof(self) -> Future[None]:
        """Begin the proof test, in service mode."""

    def arm_proof(self) -> Future[None]:
        """Give the permit for the step at hand, so that it can be seen to fall."""

    def fail_proof(self) -> Future[None]:
        """It was done, and nothing changed: the test has failed."""

    def absent_in_proof(self) -> Future[None]:
        """This site has no key that the kiosk could see."""

    def end_proof(self) -> None:
        """Forget a test that is under way, or over."""

    def begin_measure(self, belt_mm: int, turns: int) -> Future[None]:
        """Begin a calibration with this length of belt, over so many turns."""

    def mark(self) -> Future[None]:
        """The mark on the belt is at the mark on the frame, at rest: a pass begins, or ends."""

    def agree(self, right: bool) -> Future[None]:
        """Say that the belt was turned the right way, or the wrong one by mistake."""

    def go_on(self) -> Future[None]:
        """Mean a value that is far from the present one: on to the second pass."""

    def again(self) -> Future[None]:
        """Do the pass at hand once more."""

    def save_measure(self) -> Future[None]:
        """Leave service mode and keep what was measured."""

    def end_measure(self) -> None:
        """Forget a calibration that is under way, or over."""

    def power(self, wish: PowerWish) -> Future[None]:
        """Restart or shut down; refused while a session or an export is under way."""
