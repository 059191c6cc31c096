"""A session of a person as charts and reports take it, with a day only where that can be right.

Pure. The log's order never lies. Its days may: a clock that lost its power begins somewhere in the
past, and nobody vouches for it until somebody looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final, NamedTuple

from profiles.profile import Prescription
from profiles.state import State

DAY: Final = timedelta(days=1)
_NOT_BEFORE: Final = date(2025, 1, 1)
"""There was no Sternway yet: a clock that shows such a day lost its power."""
PAIN: Final = (0, 10)
BORG: Final = (6, 20)
_MOST: Final = 1e12
"""No figure of a session is larger."""


class SessionPoint(NamedTuple):
    """One session of a person; None is unknown. ``walked_s`` is seconds, ``rpe`` Borg's 6 to 20.

    ``day`` is None where it cannot be right. ``clock_trusted``: somebody vouched for it.
    """

    seq: int
    day: date | None
    version: int | None
    outcome: str
    stop_reason: str | None
    walked_s: float
    distance_m: float
    mean_kmh: float | None
    in_band_pct: float | None
    pain_before: int | None
    pain_after: int | None
    rpe: int | None
    clock_trusted: bool = False


def own_of(
    prescription: Prescription, state: State, records: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the sessions of whoever has the profile now, and of nobody who had its code before."""
    mine, since = prescription.code, state.since_seq
    return [one for one in records if one.get("profile_code") == mine and one["seq"] > since]


def points(
    prescription: Prescription,
    records: Sequence[Mapping[str, Any]],
    today: date,
    zone: tzinfo | None,
) -> tuple[SessionPoint, ...]:
    """Return the sessions, with the days that can be.

    Nobody vouched for some: those are believed between a trusted one before and one after, not
    after today, and not before the profile's version was issued (a day before, for time zones).
    """
    found = [_point(one, zone) for one in records]
    latest = today
    for i in range(len(found) - 1, -1, -1):
        day = found[i].day
        if day is None:
            continue
        if found[i].clock_trusted:
            latest = min(latest, day) if day <= today else latest
        elif day > latest:
            found[i] = found[i]._replace(day=None)
    earliest = _NOT_BEFORE
    for i, one in enumerate(found):
        if one.day is None:
            continue
        own = one.version == prescription.version
        if one.clock_trusted:
            earliest = max(earliest, one.day) if one.day <= today else earliest
        # A file may name any day there is: none is taken from it, the first has none before it.
        elif one.day < earliest or (own and one.day + DAY < prescription.issued_on):
            found[i] = one._replace(day=None)
    return tuple(found)


def _point(record: Mapping[str, Any], zone: tzinfo | None) -> SessionPoint:
    version, outcome = record.get("profile_version"), record.get("outcome")
    reason = record.get("stop_reason")
    return SessionPoint(
        seq=record["seq"],
        day=day_of(record.get("started_at"), zone),
        version=version if type(version) is int else None,
        outcome=outcome if isinstance(outcome, str) and outcome else "interrupted",
        stop_reason=reason if isinstance(reason, str) and reason else None,
        walked_s=max(0.0, _number(record.get("walked_s")) or 0.0),
        distance_m=_number(record.get("distance_m")) or 0.0,
        mean_kmh=_number(record.get("mean_kmh")),
        in_band_pct=_number(record.get("in_band_pct"), 0, 100),
        pain_before=whole(record.get("pain_before"), *PAIN),
        pain_after=whole(record.get("pain_after"), *PAIN),
        rpe=whole(record.get("rpe"), *BORG),
        clock_trusted=record.get("clock_trusted") is True,
    )


def day_of(started: object, zone: tzinfo | None) -> date | None:
    """Return the day of a record's ``started_at`` in a zone; None for what is no time."""
    try:
        return datetime.fromisoformat(str(started)).astimezone(zone).date()
    except (ValueError, OverflowError, OSError):
        return None


def _number(value: object, low: float = -_MOST, high: float = _MOST) -> float | None:
    """Return a number within the bounds, else None: unknown is never zero. NaN is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if low <= value <= high else None


def whole(value: object, low: int, high: int) -> int | None:
    """Return a whole number within the bounds, else None: unknown."""
    return value if type(value) is int and low <= value <= high else None
