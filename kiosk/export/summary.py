"""The sums behind both reports, gathered session by session. Pure; holds no record."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, NamedTuple

from kiosk.export.fields import Value
from kiosk.records.chart import Chart

LINES: Final = 5_000
"""A report lists so many sessions, and no more: it must open on a phone (about 3 MB)."""
_BARS: Final = 52
"""More bars than this cannot be told apart."""
_BAND_PARTS: Final = 10


Axis = Literal["date", "day", "number"]


class Line(NamedTuple):
    """One session of the report's table. ``day`` is a number, or a date when identified."""

    code: str
    person: str | None
    number: int | None
    day: int | str | None
    program: str | None
    walked_s: float | None
    distance_m: float | None
    mean_kmh: float | None
    in_band_pct: float | None
    pain_before: int | None
    pain_after: int | None
    rpe: int | None
    outcome: str | None
    stop_reason: str | None
    chart: Chart | None


@dataclass
class Sums:
    """Totals of some sessions. Means are over those whose value is known."""

    sessions: int = 0
    walked_s: float = 0.0
    distance_m: float = 0.0
    in_band_s: float = 0.0
    judged_s: float = 0.0
    pain_changes: int = 0
    pain_change: int = 0
    last_day: int | None = None

    def add(self, line: Line) -> None:
        """Count a session in."""
        walked_s = line.walked_s or 0.0
        self.sessions += 1
        self.walked_s += walked_s
        self.distance_m += line.distance_m or 0.0
        if line.in_band_pct is not None:
            self.judged_s += walked_s
            self.in_band_s += walked_s * line.in_band_pct / 100
        if line.pain_before is not None and line.pain_after is not None:
            self.pain_changes += 1
            self.pain_change += line.pain_after - line.pain_before

    @property
    def mean_m(self) -> float:
        """Metres in a session."""
        return self.distance_m / self.sessions if self.sessions else 0.0

    @property
    def mean_kmh(self) -> float | None:
        """Speed over all the time walked, km/h."""
        return self.distance_m / self.walked_s * 3.6 if self.walked_s else None

    @property
    def in_band_pct(self) -> float | None:
        """Share of all the time walked that was on target, percent."""
        return 100 * self.in_band_s / self.judged_s if self.judged_s else None

    @property
    def mean_pain_change(self) -> float | None:
        """Pain after minus before, of those who gave both."""
        return self.pain_change / self.pain_changes if self.pain_changes else None


class Step(NamedTuple):
    """Some days in a row: the first and the last of them, and their sums."""

    first: int
    last: int
    sums: Sums


@dataclass
class Summary:
    """Everything the reports show.

    ``by_day`` is keyed by day number, or ordinal of the date when identified; ``by_number`` by the
    person's how-manieth session it was, for when no clock was trusted.
    """

    identified: bool
    total: Sums = field(default_factory=Sums)
    guests: int = 0
    people: dict[str, Sums] = field(default_factory=dict)
    programs: dict[str | None, Sums] = field(default_factory=dict)
    outcomes: Counter[str | None] = field(default_factory=Counter)
    reasons: Counter[str | None] = field(default_factory=Counter)
    by_day: dict[int, Sums] = field(default_factory=dict)
    by_number: dict[int, Sums] = field(default_factory=dict)
    band_parts: list[int] = field(default_factory=lambda: [0] * _BAND_PARTS)
    pain: Counter[int] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line, *, listed: bool = True) -> None:
        """Count a session in, and list it while there is room."""
        self.total.add(line)
        self.programs.setdefault(line.program, Sums()).add(line)
        self.outcomes[line.outcome] += 1
        if line.outcome in {"stopped", "safety_stop"}:
            self.reasons[line.stop_reason] += 1
        if line.in_band_pct is not None:
            part = min(_BAND_PARTS - 1, max(0, int(line.in_band_pct * _BAND_PARTS / 100)))
            self.band_parts[part] += 1
        if line.pain_before is not None and line.pain_after is not None:
            change = line.pain_after - line.pain_before
            self.pain[(change > 0) - (change < 0)] += 1
        day = _day_number(line.day)
        if line.person is None:
            self.guests += 1
        else:
            sums = self.people.setdefault(line.person, Sums())
            sums.add(line)
            sums.last_day = day if sums.last_day is None else max(sums.last_day, day or 0)
        if day is not None:
            self.by_day.setdefault(day, Sums()).add(line)
        if line.number is not None:
            self.by_number.setdefault(line.number, Sums()).add(line)
        if listed and len(self.lines) < LINES:
            self.lines.append(line)

    @property
    def axis(self) -> Axis | None:
        """What the charts go along; None where nothing has an order."""
        if self.by_day:
            return "date" if self.identified else "day"
        return "number" if self.by_number else None

    def steps(self) -> list[Step]:
        """Return the days put together so that they fit a chart, days without a session too."""
        sums_by = self.by_day or self.by_number
        if not sums_by:
            return []
        first, last = min(sums_by), max(sums_by)
        span = last - first + 1
        width = 1 if span <= _BARS else 7 * math.ceil(span / _BARS / 7)
        steps = [
            Step(begin, min(last, begin + width - 1), Sums())
            for begin in range(first, last + 1, width)
        ]
        for day, sums in sums_by.items():
            _join(steps[(day - first) // width].sums, sums)
        return steps


def line_of(names: Sequence[str], row: Sequence[Value], day: int | str | None) -> Line:
    """Return the line of a session from its row of ``sessions.csv``."""
    values: Mapping[str, Value] = dict(zip(names, row, strict=True))

    def text(name: str) -> str | None:
        value = values[name]
        return value if isinstance(value, str) else None

    def real(name: str) -> float | None:
        value = values[name]
        return float(value) if isinstance(value, int | float) else None

    def whole(name: str) -> int | None:
        value = values[name]
        return value if isinstance(value, int) else None

    return Line(
        text("session_id") or "",
        text("profile_code"),
        whole("session_number"),
        day,
        text("program_id"),
        real("walked_s"),
        real("distance_m"),
        real("mean_kmh"),
        real("in_band_pct"),
        whole("pain_before"),
        whole("pain_after"),
        whole("rpe"),
        text("outcome"),
        text("stop_reason"),
        None,
    )


def _join(into: Sums, other: Sums) -> None:
    into.sessions += other.sessions
    into.walked_s += other.walked_s
    into.distance_m += other.distance_m
    into.in_band_s += other.in_band_s
    into.judged_s += other.judged_s


def _day_number(day: int | str | None) -> int | None:
    return date.fromisoformat(day).toordinal() if isinstance(day, str) else day
