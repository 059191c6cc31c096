"""What a person walks today, and what comes next. Pure: the day and the sessions are arguments.

After ``every_sessions`` completed sessions one step is proposed: minutes until they reach their
limit, then speed, then incline. All of it concerns the main step; the warm-up and the cool-down
stay. Speed rises by at most a tenth in seven days, and waits where it must: the incline does not
overtake it. Nothing goes past the profile's limits or the program's cap.

Sessions are records of the log (contracts.md §4) in its order; those of another profile or version
do not count. Days begin where the kiosk stands, if its zone is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta, tzinfo
from typing import Any, Final, Literal, NamedTuple

import msgspec

from profiles.planned import Walk, walk_of
from profiles.points import BORG, PAIN, day_of, own_of, whole
from profiles.profile import Prescription
from profiles.state import HoldReason, SpeedRise, State

WEEK: Final = timedelta(days=7)
FORTNIGHT: Final = timedelta(days=14)
WEEKLY_RISE: Final = 0.10
SMALLEST_KMH: Final = 0.01
"""Less than that is no step: the screen shows one decimal, the belt knows two."""
_ROUND: Final = 6
_MOST_RISES: Final = 60
"""More than lead from 0.1 to 5 km/h."""

Kind = Literal["minutes", "speed", "incline"]
Waits = Literal[
    "expired", "held", "no_progression", "sessions", "fortnight", "speed_week", "finished"
]


class Proposal(NamedTuple):
    """One step of the progression: what rises, from what to what, and the state with it."""

    kind: Kind
    now: float
    then: float
    state: State


class Outlook(NamedTuple):
    """What holds today. ``proposal`` is None where ``waits`` says what is being waited for.

    ``hold`` is a reason that the sessions give and the state does not have yet: keep it at once.
    ``applies`` says that the proposal takes effect by itself; it does not where of sessions that
    count nobody gave pain and exertion afterwards, of which there are ``unrated``.
    """

    walk: Walk
    expired: bool
    held: HoldReason | None
    hold: HoldReason | None
    completed: int
    proposal: Proposal | None
    applies: bool
    waits: Waits | None
    unrated: int

    @property
    def may_walk(self) -> bool:
        """Whether a session may start; otherwise the screen says to see the therapist."""
        return not self.expired and self.held is None


def outlook(
    prescription: Prescription,
    state: State,
    records: Sequence[Mapping[str, Any]],
    today: date,
    *,
    zone: tzinfo | None = UTC,
    site_cap_kmh: float | None = None,
) -> Outlook:
    """Return what holds today; ``records`` are the person's sessions, newest last.

    ``zone`` is where days begin, today's too; None takes the machine's. Nothing goes past the cap
    of the site either: a step that could not be walked would take effect when the cap is raised.
    """
    own = own_of(prescription, state, records)
    hold = None if state.held is not None else _hold(prescription, state, own)
    held = state.held.why if state.held is not None else hold
    # Whatever the day: a clock that was ahead when it was ended begins nothing again.
    expired = state.ended_on is not None or today > prescription.expires_on
    counted, missed = _counted(prescription, state, own, today, zone)
    proposal: Proposal | None = None
    waits: Waits | None = None
    if expired:
        waits = "expired"
    elif held is not None:
        waits = "held"
    else:
        walked = walk_of(prescription, state, site_cap_kmh)
        proposal, waits = _next(prescription, state, own, counted, missed, today, walked)
    unrated = sum(not _is_rated(one) for one in counted)
    return Outlook(
        walk=walk_of(prescription, state, site_cap_kmh),
        expired=expired,
        held=held,
        hold=hold,
        completed=len(counted),
        proposal=proposal,
        applies=proposal is not None and state.automatic and not missed and not unrated,
        waits=waits,
        unrated=unrated,
    )


def judged(prescription: Prescription, record: Mapping[str, Any]) -> HoldReason | None:
    """Return which stop rule a session breaks, the gravest first, or None."""
    stop = prescription.stop_rules
    # A record that somebody damaged is told, and served: what is no number in it is unknown.
    before, after = (whole(record.get(key), *PAIN) for key in ("pain_before", "pain_after"))
    rpe = whole(record.get("rpe"), *BORG)
    if any(pain is not None and pain >= stop.pain_at_or_above for pain in (before, after)):
        return "pain"
    if before is not None and after is not None and after - before >= stop.pain_rise:
        return "pain_rise"
    if rpe is not None and rpe >= stop.rpe_at_or_above:
        return "exertion"
    return None


def _hold(
    prescription: Prescription, state: State, own: Sequence[Mapping[str, Any]]
) -> HoldReason | None:
    """Return why the sessions that no therapist has judged yet hold the profile.

    A newer version does not wipe out what an older one's session said about the person.
    """
    for record in reversed(own):
        if record["seq"] > state.released_seq and (why := judged(prescription, record)):
            return why
    return None


def _counted(
    prescription: Prescription,
    state: State,
    own: Sequence[Mapping[str, Any]],
    today: date,
    zone: tzinfo | None,
) -> tuple[list[Mapping[str, Any]], bool]:
    """Return the completed sessions that count for the next step, and whether a fortnight without
    any session lies behind the newest step.

    After such a gap the count begins anew. A day that a wrong clock gave makes gaps that were
    none: that holds the progression, and is the cautious side.
    """
    counted: list[Mapping[str, Any]] = []
    missed, last = False, state.stepped_on
    for record in own:
        is_new = record["seq"] > state.stepped_seq
        if not is_new or record.get("profile_version") != prescription.version:
            continue
        day = day_of(record.get("started_at"), zone)
        if day is not None and last is not None and day - last >= FORTNIGHT:
            counted, missed = [], True
        last = day or last
        if record.get("outcome") == "completed":
            counted.append(record)
    if last is not None and today - last >= FORTNIGHT:
        return [], True
    return counted, missed


def _is_rated(record: Mapping[str, Any]) -> bool:
    """Say whether it is known how a session was for its person: what is unknown was not fine."""
    after, rpe = whole(record.get("pain_after"), *PAIN), whole(record.get("rpe"), *BORG)
    return after is not None and rpe is not None


def _next(
    prescription: Prescription,
    state: State,
    own: Sequence[Mapping[str, Any]],
    counted: Sequence[Mapping[str, Any]],
    missed: bool,
    today: date,
    walk: Walk,
) -> tuple[Proposal | None, Waits | None]:
    wanted = prescription.progression
    if wanted is None:
        return None, "no_progression"
    if len(counted) < wanted.every_sessions:
        return None, "fortnight" if missed else "sessions"
    limits = prescription.limits
    stepped = msgspec.structs.replace(
        state, steps=state.steps + 1, stepped_on=today, stepped_seq=own[-1]["seq"]
    )
    minutes = _toward(walk.minutes, wanted.add_min, limits.max_session_min)
    if minutes > walk.minutes:
        added = round(state.added_min + minutes - walk.minutes, _ROUND)
        then = msgspec.structs.replace(stepped, added_min=added)
        return Proposal("minutes", walk.minutes, minutes, then), None
    kmh = _toward(walk.high_kmh, wanted.add_kmh, walk.cap_kmh)
    if kmh - walk.high_kmh >= SMALLEST_KMH - 1e-9:
        return _faster(state, stepped, walk.high_kmh, kmh, today)
    incline = _toward(walk.incline_pct, wanted.add_incline_pct, limits.max_incline_pct)
    if incline > walk.incline_pct:
        added = round(state.added_incline_pct + incline - walk.incline_pct, _ROUND)
        then = msgspec.structs.replace(stepped, added_incline_pct=added)
        return Proposal("incline", walk.incline_pct, incline, then), None
    return None, "finished"


def _faster(
    state: State, stepped: State, now_kmh: float, wanted_kmh: float, today: date
) -> tuple[Proposal | None, Waits | None]:
    """Return the next speed, no more than a tenth over what it was at any time in seven days.

    A rise dated in the future, by a clock that was wrong, counts as one of this week.
    """
    recent = tuple(rise for rise in state.rises if rise.on > today - WEEK)
    lowest_kmh = min([now_kmh, *(rise.from_kmh for rise in recent)])
    # Rounded down, to hundredths: a tenth more is the most.
    most_kmh = int(lowest_kmh * (1 + WEEKLY_RISE) * 100 + 1e-6) / 100
    kmh = min(wanted_kmh, most_kmh)
    if kmh - now_kmh < SMALLEST_KMH - 1e-9:
        return None, "speed_week" if recent else "finished"
    then = msgspec.structs.replace(
        stepped,
        added_kmh=round(state.added_kmh + kmh - now_kmh, _ROUND),
        # Older ones too: if the clock goes back, they are of this week again.
        rises=(*state.rises, SpeedRise(today, now_kmh))[-_MOST_RISES:],
    )
    return Proposal("speed", now_kmh, kmh, then), None


def _toward(now: float, add: float, limit: float) -> float:
    return now if add <= 0 else max(now, min(round(now + add, _ROUND), limit))
