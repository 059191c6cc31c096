"""A calibration as pure state: a length of belt, whole turns, and the counts that they made.

millimetres per count = belt length x turns / counts. The second pass is measured with the new
value, so that it shows how far off that is: a mark missed by 10 mm on five turns of 3 m is 0.07 %.
A wrong value makes every speed and every limit wrong, so what lies out of bounds is refused.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from hardware.link import Reason, Status

BELT_MM: Final = (1500, 6000)
TURNS: Final = (1, 20)
USUAL_TURNS: Final = 5
MM_PER_COUNT: Final = (0.5, 20.0)
FEWEST_COUNTS: Final = 200
"""Under so many one count more or less would be half a percent."""
GOOD_PCT: Final = 0.5
FAR_PCT: Final = 10.0
"""From here on a new value is called to mind: most likely a turn was miscounted."""

Step = Literal[
    "idle",
    "mark",
    "turn",
    "way",
    "mark2",
    "turn2",
    "result",
    "far",
    "refused",
    "saved",
    "interrupted",
]
"""``interrupted``: something came between; nothing is kept, and nothing was changed."""
Broken = Literal["estop", "stop", "safety", "service", "link", "left"]
Why = Literal["", "few", "bounds", "spoiled", "moving", "silent", "turned"] | Broken
_STOPS: Final[dict[str | None, Broken]] = {Reason.ESTOP: "estop", Reason.PATRON: "stop"}


class Measure(msgspec.Struct, frozen=True):
    """A calibration under way. ``counts`` run live in a pass; the sign is a walk's: positive.

    ``now_mm`` and ``now_invert`` are what holds; ``mm`` and ``invert`` what was measured.
    ``error_pct`` is the second pass against the first; ``why`` says what was wrong with the last,
    or what interrupted it all. ``motor``: in this pass the permit was seen on.
    """

    step: Step = "idle"
    belt_mm: int = 3000
    turns: int = USUAL_TURNS
    now_mm: float = 5.0
    now_invert: bool = False
    from_counts: int = 0
    counts: int = 0
    first: int = 0
    mm: float | None = None
    invert: bool = False
    error_pct: float | None = None
    why: Why = ""
    motor: bool = False

    @property
    def change_pct(self) -> float:
        """How much larger the new value is than the present one."""
        return 0.0 if self.mm is None else (self.mm / self.now_mm - 1) * 100

    @property
    def turns_seen(self) -> float:
        """The turns so far, as the value in use for this pass counts them; only a help."""
        mm = self.now_mm if self.mm is None else self.mm
        return abs(self.counts) * mm / self.belt_mm

    @property
    def good(self) -> bool:
        """Whether the second pass bears the first one out."""
        return self.error_pct is not None and abs(self.error_pct) <= GOOD_PCT

    @property
    def turning(self) -> bool:
        """Whether a pass is under way."""
        return self.step in {"turn", "turn2"}

    @property
    def unsaved(self) -> bool:
        """Whether something was measured that would be lost now."""
        return self.turning or self.step in {"way", "mark2", "far", "result"}


def begin(belt_mm: int, turns: int, now_mm: float, now_invert: bool) -> Measure:
    """Return a calibration that waits at its first mark; ValueError for a length not plausible."""
    if not BELT_MM[0] <= belt_mm <= BELT_MM[1] or not TURNS[0] <= turns <= TURNS[1]:
        raise ValueError("a belt is 1500 to 6000 mm long, and turned 1 to 20 times")
    return Measure("mark", belt_mm, turns, now_mm, now_invert, invert=now_invert)


def advance(measure: Measure, status: Status) -> Measure:
    """Return it after one status: counts run on, and a sensor in doubt spoils the pass."""
    if not measure.turning:
        return measure
    doubt = {Reason.SENSOR_LOST, Reason.SENSOR_FAULT} & set(status.causes)
    if doubt or status.sensor_fault is not None:
        return replace(again(measure), why="spoiled")
    if measure.motor and not status.permit and status.reason not in {None, "closed"}:
        return interrupt(measure, _STOPS.get(status.reason, "safety"))
    if measure.motor and not status.service:
        return interrupt(measure, "service")
    motor = measure.motor or status.permit
    return replace(measure, counts=status.counts - measure.from_counts, motor=motor)


def interrupt(measure: Measure, why: Broken) -> Measure:
    """Something came between; what was not begun, or is saved, stays as it is."""
    if not measure.unsaved:
        return measure
    return replace(again(replace(measure, step="idle")), step="interrupted", why=why)


def cut_off(measure: Measure) -> Measure:
    """The guard is silent, or another one began to count: a pass under way is lost."""
    return interrupt(measure, "link") if measure.turning else measure


def mark(measure: Measure, status: Status) -> Measure:
    """The marks are together, and the belt is at rest: begin a pass, or end it."""
    if status.at_rest is not True:
        return replace(measure, why="silent" if status.at_rest is None else "moving")
    if measure.step in {"mark", "mark2"}:
        step: Step = "turn" if measure.step == "mark" else "turn2"
        return replace(measure, step=step, from_counts=status.counts, counts=0, why="", motor=False)
    if not measure.turning:
        return measure
    counts = status.counts - measure.from_counts
    measure = replace(measure, counts=counts, why="")
    if abs(counts) < FEWEST_COUNTS:
        return replace(again(measure), why="few")
    return _first(measure) if measure.step == "turn" else _second(measure)


def agree(measure: Measure, right: bool) -> Measure:
    """The belt ran against what is set: was that its way for a walk, or a slip of the hand?"""
    if measure.step != "way":
        return measure
    if not right:
        return replace(again(measure), why="turned")
    return replace(_judged(measure), invert=not measure.now_invert)


def again(measure: Measure) -> Measure:
    """Do the pass at hand once more; from the result on, both."""
    if measure.step in {"mark2", "turn2"}:
        return replace(measure, step="mark2", counts=0, why="")
    fresh = Measure("mark", measure.belt_mm, measure.turns, measure.now_mm, measure.now_invert)
    return fresh if measure.step == "idle" else replace(fresh, invert=measure.now_invert)


def go_on(measure: Measure) -> Measure:
    """A value far from the present one is meant: on to the second pass."""
    return replace(measure, step="mark2", counts=0) if measure.step == "far" else measure


def _first(measure: Measure) -> Measure:
    counts = abs(measure.counts)
    mm = measure.belt_mm * measure.turns / counts
    measure = replace(measure, first=measure.counts, mm=mm)
    if not MM_PER_COUNT[0] <= mm <= MM_PER_COUNT[1]:
        return replace(measure, step="refused", why="bounds")
    if measure.counts < 0:
        return replace(measure, step="way")
    return _judged(measure)


def _judged(measure: Measure) -> Measure:
    step: Step = "far" if abs(measure.change_pct) >= FAR_PCT else "mark2"
    return replace(measure, step=step, counts=0)


def _second(measure: Measure) -> Measure:
    if measure.mm is None or (measure.counts > 0) != (measure.first > 0):
        return replace(again(measure), why="turned")
    true_mm = measure.belt_mm * measure.turns
    error = (abs(measure.counts) * measure.mm - true_mm) / true_mm * 100
    return replace(measure, step="result", error_pct=error)
