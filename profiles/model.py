"""Steps and programs: frozen, checked, and never over the hard bounds.

Speeds are km/h backwards, inclines percent, times seconds unless a name says minutes. The bounds
stand twice on purpose: msgspec checks what is decoded (and writes it into JSON Schemas), while
``__post_init__`` also guards values that our own code builds.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from profiles.errors import ProgramError

MAX_CAP_KMH: Final = 5.0
"""No cap and no step is over this, whoever asks (safety.md, hard bounds)."""
MAX_INCLINE_PCT: Final = 10.0
MINUTES: Final = (1, 60)
"""Shortest and longest session."""
MAX_STEP_S: Final = MINUTES[1] * 60

Audience = Literal["anyone", "staff"]
Grade = Literal["moderate", "low", "very low", "expert opinion"]

Kmh = Annotated[float, Meta(ge=0.0, le=MAX_CAP_KMH)]
InclinePct = Annotated[float, Meta(ge=0.0, le=MAX_INCLINE_PCT)]
StepName = Annotated[str, Meta(min_length=1, max_length=40)]


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One stretch of a plan: ``s`` seconds in the speed band ``low_kmh`` to ``high_kmh``.

    Also the shape of a step in a recording. Raises ``ProgramError`` when out of bounds; when it
    is decoded, msgspec reports that as its ``ValidationError`` with the path.
    """

    name: StepName
    s: Annotated[float, Meta(gt=0.0, le=MAX_STEP_S)]
    low_kmh: Kmh
    high_kmh: Kmh
    incline_pct: InclinePct = 0.0

    def __post_init__(self) -> None:
        # Written as "not inside" so that a NaN, which is never inside, is refused too.
        if not 0 < self.s <= MAX_STEP_S:
            raise ProgramError(f"s is {self.s}; make it over 0 and at most {MAX_STEP_S} seconds")
        if not 0 <= self.low_kmh <= MAX_CAP_KMH:
            raise ProgramError(f"low_kmh is {self.low_kmh}; make it 0 to {MAX_CAP_KMH}")
        if not 0 <= self.high_kmh <= MAX_CAP_KMH:
            raise ProgramError(f"high_kmh is {self.high_kmh}; make it 0 to {MAX_CAP_KMH}")
        if self.low_kmh > self.high_kmh:
            raise ProgramError(
                f"low_kmh {self.low_kmh} is over high_kmh {self.high_kmh}; swap or change them"
            )
        if not 0 <= self.incline_pct <= MAX_INCLINE_PCT:
            raise ProgramError(f"incline_pct is {self.incline_pct}; make it 0 to {MAX_INCLINE_PCT}")


class StepPattern(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step of a program before its minutes are chosen.

    ``s`` is whole seconds, so that sums stay exact; None marks the main step, which takes what
    the others leave of the chosen minutes.
    """

    name: StepName
    s: Annotated[int, Meta(gt=0, le=MAX_STEP_S)] | None = None
    low_kmh: Kmh
    high_kmh: Kmh
    incline_pct: InclinePct = 0.0

    def __post_init__(self) -> None:
        self.lasting(1 if self.s is None else self.s)  # a Step knows the bounds; ask it

    def lasting(self, s: int) -> Step:
        """The step as it is walked, ``s`` seconds long. Raises ``ProgramError`` out of bounds."""
        return Step(self.name, float(s), self.low_kmh, self.high_kmh, self.incline_pct)


class Program(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A built-in program: its texts, who may start it, and the steps for the minutes chosen.

    Raises ``ProgramError`` when its own numbers contradict each other. A patient reads
    ``purpose``, a therapist ``evidence``. The length limits are those of the cards.
    """

    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{2,23}$")]
    version: Annotated[int, Meta(ge=1)]
    name: Annotated[str, Meta(min_length=1, max_length=24)]
    tagline: Annotated[str, Meta(min_length=1, max_length=60)]
    purpose: Annotated[str, Meta(min_length=1, max_length=400)]
    evidence: Annotated[str, Meta(min_length=1, max_length=600)]
    evidence_grade: Grade
    dose: Annotated[str, Meta(min_length=1, max_length=240)]
    disclaimer: Annotated[str, Meta(min_length=1, max_length=400)]
    audience: Audience
    """"staff": a staff unlock, or a profile that allows the incline, is needed to start."""
    cap_kmh: Annotated[float, Meta(gt=0.0, le=MAX_CAP_KMH)]
    minutes: Annotated[
        tuple[Annotated[int, Meta(ge=MINUTES[0], le=MINUTES[1])], ...], Meta(min_length=1)
    ]
    """The lengths it may have, ascending."""
    default_minutes: int
    pattern: Annotated[tuple[StepPattern, ...], Meta(min_length=1)] = msgspec.field(name="steps")

    def __post_init__(self) -> None:
        if not 0 < self.cap_kmh <= MAX_CAP_KMH:
            raise ProgramError(
                f"cap_kmh is {self.cap_kmh}; make it over 0 and at most {MAX_CAP_KMH}"
            )
        self._check_minutes()
        self._check_steps()

    def _check_minutes(self) -> None:
        if not self.minutes or list(self.minutes) != sorted(set(self.minutes)):
            raise ProgramError("minutes must ascend, each once; sort them and drop the doubles")
        if self.minutes[0] < MINUTES[0] or self.minutes[-1] > MINUTES[1]:
            raise ProgramError(f"minutes must be {MINUTES[0]} to {MINUTES[1]}; drop the others")
        if self.default_minutes not in self.minutes:
            raise ProgramError(
                f"default_minutes is {self.default_minutes}; make it one of {_listed(self.minutes)}"
            )

    def _check_steps(self) -> None:
        mains = sum(step.s is None for step in self.pattern)
        if mains != 1:
            raise ProgramError(
                f"steps: {mains} of them leave out s; exactly one must, the main step, "
                "which takes the rest of the minutes"
            )
        for i, step in enumerate(self.pattern):
            if step.high_kmh > self.cap_kmh:
                raise ProgramError(
                    f"steps[{i}].high_kmh {step.high_kmh} is over cap_kmh {self.cap_kmh}; "
                    f"lower it, or raise the cap (at most {MAX_CAP_KMH})"
                )
        # A guest must never meet a slope that nobody allowed them.
        if self.max_incline_pct > 0 and self.audience != "staff":
            raise ProgramError(
                'audience must be "staff" where a step has an incline; change either'
            )
        if self._fixed_s >= self.minutes[0] * 60:
            raise ProgramError(
                f"steps: the fixed ones take {self._fixed_s} s and leave nothing for the main "
                f"step at {self.minutes[0]} minutes; shorten them or drop these minutes"
            )

    def steps(self, minutes: int | None = None) -> tuple[Step, ...]:
        """The steps for ``minutes`` (None: the default); their seconds sum to it exactly.

        Raises ``ProgramError``, naming the allowed ones, for minutes it does not have.
        """
        main_s = self._chosen(minutes) * 60 - self._fixed_s
        return tuple(step.lasting(main_s if step.s is None else step.s) for step in self.pattern)

    def planned_s(self, minutes: int | None = None) -> float:
        """Seconds of walking for ``minutes`` (None: the default). Raises as ``steps``."""
        return float(self._chosen(minutes) * 60)

    @property
    def main_index(self) -> int:
        """Where the main step stands, in ``pattern`` and in ``steps()`` alike."""
        return next(i for i, step in enumerate(self.pattern) if step.s is None)

    @property
    def speed_range_kmh(self) -> tuple[float, float]:
        """Lowest low and highest high of all steps, for a card."""
        return min(p.low_kmh for p in self.pattern), max(p.high_kmh for p in self.pattern)

    @property
    def max_incline_pct(self) -> float:
        """The steepest step, for a card; a profile may set another."""
        return max(p.incline_pct for p in self.pattern)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text a person may read, as the catalogues key it: whole, never pieced together."""
        named = (self.name, self.tagline, self.purpose, self.evidence, self.evidence_grade)
        return (*named, self.dose, self.disclaimer, *(step.name for step in self.pattern))

    @property
    def _fixed_s(self) -> int:
        return sum(step.s for step in self.pattern if step.s is not None)

    def _chosen(self, minutes: int | None) -> int:
        chosen = self.default_minutes if minutes is None else minutes
        if chosen not in self.minutes:
            raise ProgramError(
                f"{self.id}: minutes is {chosen}; choose one of {_listed(self.minutes)}"
            )
        return chosen


def _listed(minutes: tuple[int, ...]) -> str:
    return ", ".join(map(str, minutes))
