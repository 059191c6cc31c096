"""How it goes with a profile: its sessions, its weeks against the schedule, its sums. Pure.

Sessions are records of the log (contracts.md §4), in its order. One whose day cannot be right is
counted all the same, on the day of the one before it (``points.py``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from profiles.points import DAY, SessionPoint, own_of, points
from profiles.profile import Prescription
from profiles.state import State

if TYPE_CHECKING:
    from profiles.kept import Line

__all__ = ["Progress", "SessionPoint", "Span", "Week", "held_spans", "progress"]

WEEK: Final = timedelta(days=7)
_STOPS: Final = frozenset({"stopped", "safety_stop", "interrupted"})

Span = tuple[date, date]
"""Days, both included."""


class Week(NamedTuple):
    """Seven days of the schedule: how many sessions were asked for, and how many were walked.

    ``asked`` is less than the schedule's where the profile could not be walked on some days.
    ``over`` is False of the week that runs today.
    """

    begins: date
    asked: int
    attended: int
    over: bool

    @property
    def due(self) -> int:
        """How many count as owed: the week that runs owes no more than came."""
        return self.asked if self.over else self.kept

    @property
    def kept(self) -> int:
        """How many of those that were asked for came; more make up for no other week."""
        return min(self.asked, self.attended)


class Progress(NamedTuple):
    """A person's sessions, oldest first, and what they come to.

    ``adherence_pct`` is None without a schedule, or before anything was due. ``stops`` are the
    reasons of stopped sessions with their number, most frequent first; an outcome stands for
    itself where no reason is known.
    """

    sessions: tuple[SessionPoint, ...]
    weeks: tuple[Week, ...]
    adherence_pct: float | None
    attended: int
    completed: int
    walked_s: float
    distance_m: float
    stops: tuple[tuple[str, int], ...]

    @property
    def mean_kmh(self) -> float | None:
        """The speed over all the time walked; None for less than the 0.1 s that a record tells."""
        kmh = self.distance_m / self.walked_s * 3.6 if self.walked_s >= 0.1 else math.inf
        return kmh if math.isfinite(kmh) else None

    @property
    def in_band_pct(self) -> float | None:
        """The share of the time on target, over all the time of which it is known."""
        known = [
            (one.in_band_pct, one.walked_s) for one in self.sessions if one.in_band_pct is not None
        ]
        walked_s = sum(weight for _share, weight in known)
        return sum(share * weight for share, weight in known) / walked_s if walked_s > 0 else None


def progress(
    prescription: Prescription,
    records: Sequence[Mapping[str, Any]],
    today: date,
    *,
    state: State | None = None,
    held: Iterable[Span] = (),
    zone: tzinfo | None = UTC,
) -> Progress:
    """Return how it goes; ``records`` are the person's sessions, newest last.

    With ``state`` a profile that a therapist ended asks for nothing more, and with ``held``
    (:func:`held_spans`) nothing is asked for on days on which it could not be walked. ``zone`` is
    where days begin, today's too; None takes the machine's.
    """
    own = own_of(prescription, state or State(), records)
    sessions = points(prescription, own, today, zone)
    attended = [one for one in sessions if one.walked_s > 0]
    weeks = _weeks(prescription, attended, today, state or State(), tuple(held))
    stops = Counter(one.stop_reason or one.outcome for one in sessions if one.outcome in _STOPS)
    due = sum(week.due for week in weeks)
    return Progress(
        sessions=sessions,
        weeks=weeks,
        adherence_pct=round(100 * sum(week.kept for week in weeks) / due, 1) if due else None,
        attended=len(attended),
        completed=sum(one.outcome == "completed" for one in sessions),
        walked_s=math.fsum(one.walked_s for one in sessions),
        distance_m=math.fsum(one.distance_m for one in sessions),
        stops=tuple(stops.most_common()),
    )


def held_spans(
    lines: Iterable[Line], state: State, today: date, zone: tzinfo | None = None
) -> tuple[Span, ...]:
    """Return the days on which a profile was held from morning to night, in a zone.

    ``lines`` are the audit's about it, oldest first. The days on which it was held and released
    are no such days: somebody may have walked on them.
    """
    found: list[Span] = []
    since: date | None = None
    for line in lines:
        day = datetime.fromisoformat(line.at).astimezone(zone).date()
        if line.what == "held":
            since = since or day
        elif line.what == "forgotten":
            since = None  # whoever comes under this code now is another story
        elif line.what == "released" and since is not None:
            found.append((since + DAY, day - DAY))
            since = None
    if state.held is not None:
        found.append(((since or state.held.since) + DAY, today))
    return tuple(span for span in found if span[0] <= span[1])


def _weeks(
    prescription: Prescription,
    attended: Iterable[SessionPoint],
    today: date,
    state: State,
    held: Sequence[Span],
) -> tuple[Week, ...]:
    """Return the schedule's weeks up to today's, at most as many as were prescribed.

    They count from the first session of this version of the profile, so that whoever begins late
    is not behind; before that there is none. None begins after the profile's last day.
    """
    schedule = prescription.schedule
    days = _counted_days([one for one in attended if one.version == prescription.version], today)
    if schedule is None or not days:
        return ()
    last = prescription.expires_on
    if state.ended_on is not None:
        last = min(last, state.ended_on - DAY)
    first, found = min(days), []
    for number in range(schedule.weeks):
        begins = first + number * WEEK
        if begins > min(today, last):
            break
        open_days = sum(
            day <= last and not any(since <= day <= until for since, until in held)
            for day in (begins + n * DAY for n in range(7))
        )
        came = sum(begins <= day < begins + WEEK for day in days)
        # The share of a week that is cut short, rounded down: nobody owes half a session.
        asked = schedule.sessions_per_week * open_days // 7
        found.append(Week(begins, asked, came, begins + WEEK <= today))
    return tuple(found)


def _counted_days(sessions: Sequence[SessionPoint], today: date) -> list[date]:
    """Return the day on which each session counts: its own, else that of the one before it.

    A day after today's is none. Empty when no session has a day.
    """
    days = [one.day if one.day is not None and one.day <= today else None for one in sessions]
    known = [day for day in days if day is not None]
    if not known:
        return []
    found, before = [], known[0]
    for day in days:
        before = day or before
        found.append(before)
    return found
