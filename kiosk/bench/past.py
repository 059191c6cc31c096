"""A kiosk's past: as many kept sessions as one likes, written by the product's own log.

Fifty-five sessions a day, two of three by people who have a code and come for twelve weeks, the
others by guests. The last day is always the same, so two runs make the same log.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kiosk.bench.frame import RowFailed
from kiosk.bench.walk import Walk
from kiosk.records import chain
from kiosk.records.chain import Record
from kiosk.records.chart import keep_chart
from kiosk.records.log import Log
from profiles.saying import Saying

PER_DAY: Final = 55
LAST_DAY: Final = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
"""The day of the newest sessions; its month is two thirds full then."""
_EVERY: Final = timedelta(minutes=15)
_COURSE_DAYS: Final = 84
_MINUTES: Final = ((5, 30), (10, 35), (15, 20), (20, 15))
"""How long sessions are, and how many of a hundred are: 11 minutes on average."""
_TOLD_EVERY: Final = 5000


def fill(
    data: Path,
    walk: Walk,
    count: int,
    *,
    traces: bool = False,
    tell: Callable[[int], None] = lambda done: None,
) -> None:
    """Keep ``count`` sessions in a new data folder, and their traces if asked for.

    Raises :class:`RowFailed` when the log finds a fault in what it was given.
    """
    faults: list[Saying] = []
    (data / "log").mkdir(parents=True)
    (data / "traces").mkdir()
    (data / "charts").mkdir()
    log = Log(data / "log", faults.append)
    log.open()
    shared = chain.members_of(walk.record)
    cut = {minutes: trace_of(walk, minutes) for minutes, _ in _MINUTES}
    by_month = itertools.groupby(_changes(walk, count), lambda one: one["started_at"][:7])
    done = 0
    for _, changes in by_month:
        month: list[Record] = []
        for own in changes:
            # What all sessions have in common is canonical JSON already: most of the work.
            members = {**shared, **chain.members_of(own)}
            month.append(log.link({**walk.record, **own}, members))
            if traces:
                trace = cut[int(own["planned_s"] // 60)]
                (data / "traces" / f"{own['session_id']}.csv").write_bytes(trace)
                keep_chart(data / "charts", own["session_id"], trace)
            done += 1
            if done % _TOLD_EVERY == 0:
                tell(done)
        log.keep(month)
    if faults:
        raise RowFailed(f"the log that was made is not whole: {faults[0]}")


def session(walk: Walk, number: int) -> Record:
    """Return a session of the day after the last, as it is when it is closed."""
    at = LAST_DAY + timedelta(days=1, seconds=number)
    numbers = random.Random(number)  # noqa: S311 - repeatable on purpose
    own = _own(walk, numbers, at, round(walk.record["planned_s"] / 60))
    return {**walk.record, **own, "session_id": _name(number, "1")}


def trace_of(walk: Walk, minutes: int) -> bytes:
    """Return the beginning of the walk's trace, as long as a walk of so many minutes leaves."""
    whole_min = walk.record["planned_s"] / 60
    if minutes >= whole_min:
        return walk.trace
    share = walk.trace[: round(len(walk.trace) * minutes / whole_min)]
    return share[: share.rindex(b"\n") + 1]


def _changes(walk: Walk, count: int) -> Iterator[dict[str, Any]]:
    """Yield what each session has of its own, oldest first."""
    numbers = random.Random(count)  # noqa: S311 - repeatable on purpose
    lengths, weights = zip(*_MINUTES, strict=True)
    for number in range(count):
        days, place = divmod(number, PER_DAY)
        day = days - (count - 1) // PER_DAY
        at = LAST_DAY + timedelta(days=day) + place * _EVERY
        [minutes] = numbers.choices(lengths, weights)
        own = _own(walk, numbers, at, minutes)
        if number % 3:
            # Each day one person's course ends and another's begins.
            own["profile_code"] = f"P-{days + numbers.randrange(_COURSE_DAYS):05d}"
            own["profile_version"] = 1
        yield {**own, "session_id": _name(number, "0")}


def _own(walk: Walk, numbers: random.Random, at: datetime, minutes: int) -> dict[str, Any]:
    share = 60 * minutes / walk.record["planned_s"]
    distance_m = round(walk.record["distance_m"] * share * numbers.uniform(0.9, 1), 3)
    return {
        "started_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "planned_s": 60.0 * minutes,
        "walked_s": 60.0 * minutes,
        "distance_m": distance_m,
        "distance_total_m": round(distance_m + 2.6, 3),
        "mean_kmh": round(0.06 * distance_m / minutes, 3),
        "in_band_pct": round(numbers.uniform(60, 100), 1),
    }


def _name(number: int, kind: str) -> str:
    """Return a session number as long as a real one (UUIDv7)."""
    return f"019a0000-0000-7000-8{kind}00-{number:012d}"
