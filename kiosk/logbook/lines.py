"""From a record's bytes to its line, and which lines a query finds. Pure.

The command line's ``sternway log show`` and the kiosk's log say the same of a session.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from itertools import groupby

import msgspec

from kiosk.logbook.model import Curve, Day, Line, Query
from kiosk.records.chart import Chart


class _Record(msgspec.Struct, frozen=True, gc=False):
    """The part of a record that a list shows."""

    seq: int
    session_id: str
    outcome: str | None = None
    started_at: str | None = None
    clock_trusted: bool | None = None
    profile_code: str | None = None
    program_id: str | None = None
    walked_s: float | None = None
    distance_m: float | None = None
    stop_reason: str | None = None


_decoder = msgspec.json.Decoder(_Record)


def line_of(raw: bytes, zone: tzinfo | None = None) -> Line:
    """Return the line of a record. Raises ``msgspec.MsgspecError`` (a ValueError) for none.

    ``zone`` None is the machine's own.
    """
    record = _decoder.decode(raw)
    return Line(
        seq=record.seq,
        session_id=record.session_id,
        at=time_of(record.started_at, zone),
        code=record.profile_code,
        program=record.program_id,
        walked_s=record.walked_s,
        distance_m=record.distance_m,
        outcome=record.outcome or "",
        reason=record.stop_reason,
        clock_trusted=record.clock_trusted is True,
    )


def time_of(started_at: str | None, zone: tzinfo | None) -> datetime | None:
    """Return a record's time at the place; None where it has none that can be read."""
    if started_at is None:
        return None
    try:
        utc = datetime.fromisoformat(started_at)
        if utc.tzinfo is None:
            utc = utc.replace(tzinfo=UTC)
        return utc.astimezone(zone)
    except (ValueError, OverflowError):  # the latter at either end of the calendar
        return None


def in_english(line: Line, started_at: str | None) -> str:
    """Return a session as one line for a terminal; its time is as the log has it."""
    why = f" ({line.reason})" if line.reason else ""
    minutes, seconds = divmod(round(line.walked_s or 0), 60)
    return (
        f"{line.seq:>6}  {started_at}  {line.program or '-':<12}  "
        f"{minutes:>3}:{seconds:02d}  {line.distance_m or 0.0:>8.1f} m  "
        f"{line.outcome}{why}"
    )


def is_found(line: Line, query: Query) -> bool:
    """Say whether a query looks for this session."""
    if query.guests and line.code is not None:
        return False
    if query.code and not (line.code or "").startswith(query.code):
        return False
    if query.outcome is not None and line.outcome != query.outcome:
        return False
    return query.reason is None or line.reason == query.reason


def days_of(lines: Iterable[Line], query: Query) -> tuple[Day, ...]:
    """Return the days of what is found; ``lines`` are the newest first, as the log has them.

    A clock that was set back makes a day come twice; it is one day here.
    """
    found: dict[date | None, list[Line]] = {}
    for day, some in groupby((one for one in lines if is_found(one, query)), _day):
        found.setdefault(day, []).extend(some)
    known = sorted((day for day in found if day is not None), reverse=True)
    order: list[date | None] = [*known, *([None] if None in found else [])]
    return tuple(Day(day, tuple(found[day])) for day in order)


def _day(line: Line) -> date | None:
    return None if line.at is None else line.at.date()


def curve_of(chart: Chart | None) -> Curve | None:
    """Return a chart's points as shares of its length and km/h; None where nothing is to draw."""
    if chart is None or len(chart.speeds) < 2:
        return None
    last = len(chart.speeds) - 1
    parts: list[list[tuple[float, float]]] = [[]]
    for index, speed in enumerate(chart.speeds):
        if speed is None:
            parts.append([])
        else:
            parts[-1].append((index / last, max(0.0, speed / 100)))
    return Curve(
        seconds=float(chart.seconds),
        speed=tuple(tuple(part) for part in parts if len(part) > 1),
        bands=tuple(
            (first / last, end / last, low / 100, high / 100)
            for first, end, low, high in chart.bands
        ),
    )
