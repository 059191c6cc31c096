"""How somebody's last sessions went, as columns: distance, pain, days. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kiosk.cues import units
from kiosk.cues.texts import _
from kiosk.screens.dates import day_and_month
from kiosk.screens.presenters import THEN
from kiosk.session.model import Walk
from kiosk.therapy.model import Person
from profiles.progress import SessionPoint

LAST: Final = 6
"""As many sessions as have room side by side, with their numbers; one less on an upright screen."""
LEAST_SHARE: Final = 0.06


class Bar(NamedTuple):
    """One column: how wide and how high as shares, and words; of each the first that fits."""

    width: float
    share: float
    over: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    strong: bool = True


class Trend(NamedTuple):
    """The last sessions, oldest first. ``days`` stand below them: each, or the first and last."""

    unit: str
    bars: tuple[Bar, ...]
    days: tuple[str, ...]
    pain: bool


def trend(
    past: Sequence[SessionPoint], today: SessionPoint | None = None, last: int = LAST
) -> Trend | None:
    """Return the last sessions, ``today``'s after them; None where there is none."""
    points = [*past, *([] if today is None else [today])][-last:]
    if not points:
        return None
    full = max(point.distance_m for point in points) or 1.0
    far = units.is_far(full)
    bars = tuple(
        Bar(
            width=1 / len(points),
            share=max(LEAST_SHARE, point.distance_m / full),
            over=(_distance(max(point.distance_m, 0.0), far),),
            under=_pain_words(point),
            strong=index == len(points) - 1,
        )
        for index, point in enumerate(points)
    )
    days = [_day(point, today) for point in points]
    if len(points) > 3:
        days = [days[0], days[-1]]
    rated = any(p.pain_before is not None or p.pain_after is not None for p in points)
    unit = _unit(far)
    return Trend(unit, bars, tuple(days), rated)


def trend_with(
    past: Sequence[SessionPoint], walk: Walk, since_seq: int | None, last: int = LAST
) -> Trend | None:
    """Return the last sessions with the walk that is over, once.

    ``since_seq`` is the newest session there was when it began (0: none): whatever is newer in
    ``past`` is the walk itself. None where nobody noted it: then what was measured tells.
    """
    this = SessionPoint(
        seq=-1,
        day=None,
        version=walk.plan.profile_version,
        outcome=walk.outcome or "interrupted",
        stop_reason=walk.stop_reason,
        walked_s=walk.walked_s,
        distance_m=walk.meters.distance_m,
        mean_kmh=None,
        in_band_pct=None,
        pain_before=walk.pain_before,
        pain_after=walk.pain_after,
        rpe=walk.rpe,
    )
    before = list(past)
    if before and _is_this(before[-1], this, since_seq):
        before.pop()
    return trend(before, this, last)


def last_seq(person: Person | None) -> int | None:
    """Return the newest session's number of somebody who is about to begin another."""
    if person is None:
        return None
    return person.past[-1].seq if person.past else 0


def _is_this(point: SessionPoint, this: SessionPoint, since_seq: int | None) -> bool:
    if since_seq is not None:
        return point.seq > since_seq
    rated = ("pain_before", "pain_after", "rpe", "outcome")
    return (
        abs(point.walked_s - this.walked_s) < 0.2
        and abs(point.distance_m - this.distance_m) < 0.2
        and all(getattr(point, name) == getattr(this, name) for name in rated)
    )


def _day(point: SessionPoint, today: SessionPoint | None) -> str:
    if point is today:
        return _("today")
    return "–" if point.day is None else day_and_month(point.day)


def _distance(distance_m: float, far: bool) -> str:
    return units.far_number(distance_m) if far else units.near_number(distance_m)


def _unit(far: bool) -> str:
    if units.in_use() == "metric":
        return _("Distance in kilometres") if far else _("Distance in metres")
    return _("Distance in miles") if far else _("Distance in feet")


def _pain_words(point: SessionPoint) -> tuple[str, ...]:
    pains = point.pain_before, point.pain_after
    if pains == (None, None):
        return ("–",)
    before, after = ("–" if pain is None else str(pain) for pain in pains)
    # Never one of them alone: after an arrow it would read as "more than".
    return (f"{before}{THEN}{after}",)
