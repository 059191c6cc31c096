"""The summary as charts: what was done, how it went on, how it ended. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from kiosk.cues.texts import _, day_in_figures
from kiosk.export import words
from kiosk.export.drawing import (
    ACCENT,
    AMBER,
    BAD,
    DIM,
    GOOD,
    HAIR,
    INK,
    LINE,
    Box,
    Dot,
    Drawing,
    Mark,
    Stroke,
    Text,
    figure,
    nice_top,
    short_figure,
)
from kiosk.export.summary import Step, Summary, Sums

_WIDTH: Final = 480.0
_HEIGHT: Final = 216.0
_LEFT: Final = 44.0
_RIGHT: Final = 470.0
_TOP: Final = 14.0
_BOTTOM: Final = 172.0
_ROW: Final = 27.0
_MAX_DOTS: Final = 30
_LABEL_WIDTH: Final = 62.0
"""Room that a label under the axis needs beside the next."""

_OUTCOME_COLOURS: Final = {
    "completed": GOOD,
    "stopped": AMBER,
    "safety_stop": BAD,
    "interrupted": LINE,
}


def charts_of(summary: Summary) -> list[Drawing]:
    """Return the charts of both reports; those that would show nothing are left out."""
    steps = summary.steps()
    found = []
    if steps:
        found += [
            _bars_by_day(summary, steps),
            _line_by_day(
                summary, steps, "distance", _("Distance in a session"), _("m"), lambda s: s.mean_m
            ),
            _line_by_day(summary, steps, "speed", _("Speed"), _("km/h"), lambda s: s.mean_kmh),
        ]
    if any(summary.band_parts):
        found.append(_band(summary))
    if summary.total.sessions:
        found.append(_endings(summary))
    if summary.reasons:
        found.append(_stops(summary))
    return found


def day_label(summary: Summary, day: int) -> str:
    """Return a day as it is shown: its number, or its date when identified."""
    return day_in_figures(date.fromordinal(day)) if summary.axis == "date" else str(day)


def _bars_by_day(summary: Summary, steps: Sequence[Step]) -> Drawing:
    values = [float(step.sums.sessions) for step in steps]
    top, unit = nice_top(max(values), whole=True)
    marks = _grid(top, unit) + _under(summary, steps)
    slot = (_RIGHT - _LEFT) / len(steps)
    width = min(28.0, slot * 0.72)
    for index, value in enumerate(values):
        high = (_BOTTOM - _TOP) * value / top
        x = _LEFT + slot * (index + 0.5) - width / 2
        if value:
            marks.append(Box(x, _BOTTOM - high, width, high, ACCENT))
    title = {
        "date": _("Sessions by date"),
        "day": _("Sessions by day of treatment"),
        "number": _("People by their how-manieth session"),
    }[summary.axis or "day"]
    says = _("{n} sessions.").format(n=figure(sum(values))) + _width_of(summary, steps)
    head = (_along(summary), _("Sessions"))
    rows = [(_span(summary, s), str(s.sums.sessions)) for s in steps if s.sums.sessions]
    return Drawing("days", title, says, _WIDTH, _HEIGHT, tuple(marks), head, tuple(rows))


def _line_by_day(
    summary: Summary,
    steps: Sequence[Step],
    key: str,
    title: str,
    unit: str,
    value_of: Callable[[Sums], float | None],
) -> Drawing:
    values = [value_of(step.sums) if step.sums.sessions else None for step in steps]
    known = [value for value in values if value is not None]
    top, line = nice_top(max(known, default=0.0))
    marks = _grid(top, line) + _under(summary, steps)
    slot = (_RIGHT - _LEFT) / len(steps)
    points = [
        (_LEFT + slot * (index + 0.5), _BOTTOM - (_BOTTOM - _TOP) * value / top)
        for index, value in enumerate(values)
        if value is not None
    ]
    if len(points) > 1:
        marks.append(Stroke(tuple(points), ACCENT, 2.2))
    if len(points) <= _MAX_DOTS:
        marks += [Dot(x, y, 3.2, ACCENT) for x, y in points]
    says = _("Mean from {low} to {high} {unit}.").format(
        low=short_figure(min(known, default=0.0)),
        high=short_figure(max(known, default=0.0)),
        unit=unit,
    )
    head = (_along(summary), f"{title} ({unit})")
    rows = [
        (_span(summary, step), short_figure(value))
        for step, value in zip(steps, values, strict=True)
        if value is not None
    ]
    name = _("{what}, mean ({unit})").format(what=title, unit=unit)
    return Drawing(key, name, says, _WIDTH, _HEIGHT, tuple(marks), head, tuple(rows))


def _band(summary: Summary) -> Drawing:
    parts = summary.band_parts
    top, unit = nice_top(max(parts), whole=True)
    marks = _grid(top, unit)
    slot = (_RIGHT - _LEFT) / len(parts)
    for index, count in enumerate(parts):
        high = (_BOTTOM - _TOP) * count / top
        if count:
            marks.append(Box(_LEFT + slot * index + 3, _BOTTOM - high, slot - 6, high, ACCENT))
    for percent in (0, 25, 50, 75, 100):
        x = _LEFT + (_RIGHT - _LEFT) * percent / 100
        marks.append(Text(x, _BOTTOM + 20, f"{percent} %", "end" if percent == 100 else "middle"))
    overall = summary.total.in_band_pct
    says = _("Over all the time walked: {share} %.").format(
        share="–" if overall is None else round(overall)
    )
    rows = [(f"{10 * i}–{10 * (i + 1)} %", str(count)) for i, count in enumerate(parts)]
    head = (_("Share of the time on target"), _("Sessions"))
    title = _("Share of the time on target")
    return Drawing("band", title, says, _WIDTH, _HEIGHT, tuple(marks), head, tuple(rows))


def _endings(summary: Summary) -> Drawing:
    counts = [
        (words.outcome(name), summary.outcomes.get(name, 0), colour)
        for name, colour in _OUTCOME_COLOURS.items()
    ]
    if summary.outcomes.get(None):
        counts.append((words.outcome(None), summary.outcomes[None], DIM))
    done = summary.outcomes.get("completed", 0)
    says = _("{done} of {n} were walked to the end.").format(done=done, n=summary.total.sessions)
    return _rows("ends", _("How sessions ended"), says, counts, _("Sessions"))


def _stops(summary: Summary) -> Drawing:
    counts = [
        (words.reason(name), count, AMBER if name in {"patron", None} else BAD)
        for name, count in summary.reasons.most_common()
    ]
    most = counts[0]
    says = _("Most often: {what} ({n}).").format(what=most[0], n=most[1])
    return _rows("stops", _("Why sessions were stopped"), says, counts, _("Sessions"))


def _rows(
    key: str, title: str, says: str, counts: Sequence[tuple[str, int, str]], unit: str
) -> Drawing:
    """Return horizontal bars, each with its name before it and its number behind it."""
    left, right = 168.0, _RIGHT - 46
    most = max(count for _name, count, _colour in counts) or 1
    marks: list[Mark] = []
    for index, (name, count, colour) in enumerate(counts):
        y = _TOP + _ROW * index
        width = max(2.0 if count else 0.0, (right - left) * count / most)
        marks += [
            Text(left - 10, y + 17, name, "end", INK),
            Box(left, y + 4, width, 18, colour),
            Text(left + width + 8, y + 17, str(count), "start", INK, True),
        ]
    height = _TOP + _ROW * len(counts) + 6
    rows = tuple((name, str(count)) for name, count, _colour in counts)
    return Drawing(key, title, says, _WIDTH, height, tuple(marks), (title, unit), rows)


def _grid(top: float, step: float) -> list[Mark]:
    marks: list[Mark] = []
    for index in range(round(top / step) + 1):
        y = _BOTTOM - (_BOTTOM - _TOP) * index * step / top
        marks.append(Stroke(((_LEFT, y), (_RIGHT, y)), LINE if index == 0 else HAIR, 1.0))
        marks.append(Text(_LEFT - 8, y + 4.5, figure(index * step), "end"))
    return marks


def _under(summary: Summary, steps: Sequence[Step]) -> list[Mark]:
    """Return the labels under the days: the first, the last, and as many between as fit."""
    slot = (_RIGHT - _LEFT) / len(steps)
    room = _LABEL_WIDTH * (1.35 if summary.axis == "date" else 0.7)
    every = max(1, -(-int(room) // max(1, int(slot))))
    marks: list[Mark] = []
    for index in range(0, len(steps), every):
        x = _LEFT + slot * (index + 0.5)
        label = day_label(summary, steps[index].first)
        marks.append(Text(min(x, _RIGHT - 10), _BOTTOM + 20, label, "middle"))
    under = {
        "day": _("days since the first session"),
        "number": _("sessions of each person, in order"),
    }
    if summary.axis in under:
        marks.append(Text(_RIGHT, _BOTTOM + 37, under[summary.axis], "end"))
    return marks


def _along(summary: Summary) -> str:
    return {"date": _("Date"), "day": _("Day"), "number": _("Session")}[summary.axis or "day"]


def _width_of(summary: Summary, steps: Sequence[Step]) -> str:
    """Say what one bar stands for, where that is more than one day."""
    days = steps[0].last - steps[0].first + 1
    if days == 1:
        return ""
    if summary.axis == "number":
        return " " + _("A bar is {n} sessions in a row.").format(n=days)
    return " " + _("A bar is {n} days.").format(n=days)


def _span(summary: Summary, step: Step) -> str:
    first = day_label(summary, step.first)
    return first if step.first == step.last else f"{first} – {day_label(summary, step.last)}"
