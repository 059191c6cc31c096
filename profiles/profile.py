"""A therapist's profile: frozen, checked, never over the hard bounds (contracts.md §7).

This is the one definition. The JSON Schema is generated from it (``schema.py``), a file's faults
are found with it (``checking.py``), and what msgspec cannot say stands as data in ``rules.py``.
``description`` says what a value must be, so that it reads after "make it".

A :class:`Profile` is what a file holds. The kiosk keeps and uses its :class:`Prescription`, which
has no PIN at all. Neither shows a name, a note or a PIN in its ``repr``: those end up in logs.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from profiles import rules
from profiles.described import described
from profiles.errors import ProfileError
from profiles.model import MAX_CAP_KMH, MAX_INCLINE_PCT, MINUTES, StepName
from profiles.saying import Saying, saying

MOST_PROFILES: Final = 1000
MOST_STEPS: Final = 60

ProgramId = Literal["easy-walk", "low-back", "big-toe", "ankle-uphill", "ankle-level"]
RailsMode = Literal["both", "one", "none"]
Language = Literal["en", "es", "de", "fr"]


def _number(low: float, high: float, unit: Saying) -> Meta:
    text = saying("a number from {low} to {high} ({unit})", low=low, high=high, unit=unit)
    return Meta(ge=low, le=high, description=described(text))


def _over(low: float, high: float, unit: Saying) -> Meta:
    text = saying("a number over {low} and at most {high} ({unit})", low=low, high=high, unit=unit)
    return Meta(gt=low, le=high, description=described(text))


def _whole(low: int, high: int, unit: Saying) -> Meta:
    text = saying("a whole number from {low} to {high} ({unit})", low=low, high=high, unit=unit)
    return Meta(ge=low, le=high, description=described(text))


# `$` also stands before a line's end in Python, and not in a browser: `(?!\n)` makes them agree.
# The ranges are control characters and those that turn the direction of writing around.
Code = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9][A-Z0-9-]{2,15}$(?!\n)",
        description=described(saying("3 to 16 capital letters, digits and dashes, as P-7F3K")),
    ),
]
Pin = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4,8}$(?!\n)", description=described(saying("4 to 8 digits, in quotes"))),
]
DisplayName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern=r"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+$(?!\n)",
        description=described(saying("a short first name, 1 to 40 characters in one line")),
    ),
]
Note = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
        r"\u202a-\u202e\u2066-\u2069]*$(?!\n)",
        description=described(saying("a text of at most 500 characters")),
    ),
]
Day = Annotated[date, Meta(description=described(saying("a day as 2026-11-22")))]
Kmh = Annotated[float, _over(0, MAX_CAP_KMH, saying("km/h"))]
LowKmh = Annotated[float, _number(0, MAX_CAP_KMH, saying("km/h"))]
InclinePct = Annotated[float, _number(0, MAX_INCLINE_PCT, saying("percent"))]


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What no session of this person and no step of the progression ever goes over."""

    max_kmh: Kmh
    max_incline_pct: InclinePct = 0.0
    max_session_min: Annotated[int, _whole(*MINUTES, saying("minutes"))]


class OwnStep(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One stretch of a plan that the therapist wrote."""

    name: Annotated[StepName, Meta(description=described(saying("a text of 1 to 40 characters")))]
    minutes: Annotated[float, _over(0, MINUTES[1], saying("minutes"))] = msgspec.field(name="min")
    low_kmh: LowKmh
    high_kmh: Kmh
    incline_pct: InclinePct = 0.0


class Plan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is walked: a built-in program, or steps of one's own; exactly one of the two."""

    program: ProgramId | UnsetType = UNSET
    steps: (
        Annotated[
            tuple[OwnStep, ...],
            Meta(
                min_length=1,
                max_length=MOST_STEPS,
                description=described(saying("a list of 1 to {n}", n=MOST_STEPS)),
            ),
        ]
        | UnsetType
    ) = UNSET


class Schedule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often somebody should come, and for how long: what adherence is measured against."""

    sessions_per_week: Annotated[int, _whole(1, 14, saying("sessions a week"))]
    weeks: Annotated[int, _whole(1, 52, saying("weeks"))]


class Progression(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is added after ``every_sessions`` completed sessions: one of the three at a time."""

    every_sessions: Annotated[int, _whole(1, 50, saying("completed sessions"))]
    add_min: Annotated[int, _whole(0, 10, saying("minutes"))] = 0
    add_kmh: Annotated[float, _number(0, 1, saying("km/h"))] = 0.0
    add_incline_pct: Annotated[float, _number(0, 5, saying("percent"))] = 0.0


class StopRules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the profile is held until a therapist releases it.

    The defaults are the clinical table's and the laxest there are; a profile may be stricter.
    """

    pain_at_or_above: Annotated[int, _whole(1, 6, saying("pain of 10"))] = 6
    pain_rise: Annotated[int, _whole(1, 2, saying("points of pain"))] = 2
    rpe_at_or_above: Annotated[int, _whole(7, 15, saying("exertion, Borg's scale"))] = 15


class Prescription(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A profile without its PIN. What may be left out has the cautious value.

    ``expires_on`` is the last day on which it may be used; ``language`` None keeps the screen's.
    Raises :class:`ProfileError` where parts contradict each other.
    """

    code: Code
    display_name: DisplayName
    version: Annotated[int, _whole(1, 999_999, saying("one more with every change"))]
    issued_on: Day
    expires_on: Day
    language: Language | None = None
    screening_cleared: bool = False
    rails: RailsMode = "both"
    limits: Limits
    plan: Plan
    schedule: Schedule | None = None
    progression: Progression | None = None
    stop_rules: StopRules = StopRules()
    note: Note = ""

    def __post_init__(self) -> None:
        for fault in rules.broken(msgspec.to_builtins(self)):
            raise ProfileError(f"{fault.path}: {fault.text}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, version={self.version})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("code", self.code), ("version", self.version)]


class Profile(Prescription, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A profile as a file holds it, alone or in a bundle."""

    sternway: Literal["profile"]
    schema: Literal[1]
    pin: Pin

    def prescription(self) -> Prescription:
        """Return it without its PIN."""
        names = Prescription.__struct_fields__
        return Prescription(**{name: getattr(self, name) for name in names})


class Bundle(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Several profiles in one file. A code stands in it once; ``reading.py`` sees to that."""

    sternway: Literal["bundle"]
    schema: Literal[1]
    profiles: Annotated[
        tuple[Profile, ...],
        Meta(
            min_length=1,
            max_length=MOST_PROFILES,
            description=described(saying("a list of 1 to {n} profiles", n=MOST_PROFILES)),
        ),
    ]
