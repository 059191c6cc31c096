"""What the kiosk knows of a profile beyond what was prescribed: held, released, how far it is."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

HoldReason = Literal["pain", "pain_rise", "exertion", "therapist"]
Seq = Annotated[int, Meta(ge=0)]


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """The profile may not be walked until a therapist releases it."""

    why: HoldReason
    since: date


class SpeedRise(Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the progression that raised the speed: when, and from what."""

    on: date
    from_kmh: float


class State(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The state of one profile. ``*_seq`` are numbers of the session log: its order never lies.

    ``automatic`` is the therapist's choice on this kiosk: steps of the progression take effect by
    themselves. Off, each waits for a release.
    """

    since_seq: Seq = 0
    """Sessions up to here are of somebody else: the code was forgotten here and given out again."""
    held: Held | None = None
    ended_on: date | None = None
    """A therapist ended it before it expired: it may not be walked any more. The day is what the
    clock showed, for people and for what was due until then."""
    released_on: date | None = None
    released_seq: Seq = 0
    """Sessions up to here were judged by a therapist: they hold the profile no more."""
    automatic: bool = False
    added_min: Annotated[float, Meta(ge=0)] = 0.0
    added_kmh: Annotated[float, Meta(ge=0)] = 0.0
    added_incline_pct: Annotated[float, Meta(ge=0)] = 0.0
    steps: Annotated[int, Meta(ge=0)] = 0
    """How many steps of the progression were taken."""
    stepped_on: date | None = None
    stepped_seq: Seq = 0
    """Sessions up to here are behind the newest step: they count for no other one."""
    rises: tuple[SpeedRise, ...] = ()
    """The newest rises in speed, for what it may rise in a week."""
