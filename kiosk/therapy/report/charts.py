"""A report's charts, one session beside the next in the log's order. Pure.

What is not known leaves a gap. Nothing is told by colour alone: before is a ring and after a disc,
a limit is a broken line with its name on it, the week that runs is an outline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from kiosk.cues.texts import _
from kiosk.export.drawing import (
    ACCENT,
    CARD,
    DIM,
    INK,
    Box,
    Dot,
    Drawing,
    Mark,
    Stroke,
    nice_top,
    short_figure,
)
from kiosk.therapy.report import grid
from kiosk.therapy.report.grid import Plot
from kiosk.therapy.report.subject import UNKNOWN, Calendar, Subject, calendar_of
from profiles.progress import SessionPoint, Week

_MOST_DOTS: Final = 40
"""Of more sessions dots would run into each other: lines alone are drawn."""
_RADIUS: Final = 4.0
_LEAST: Final = 0.1

Value = Callable[[SessionPoint], float | None]


def charts_of(subject: Subject, *, identified: bool) -> tuple[Drawing, ...]:
    """Return the six charts of both papers, empty before the first session."""
    sessions = subject.progress.sessions
    if not sessions:
        return ()
    calendar = calendar_of(subject.progress, identified=identified)
    stop = subject.prescription.stop_rules
    first = _minutes(sessions, calendar)
    if subject.progress.weeks:
        first = _weeks(subject.progress.weeks, subject.progress.adherence_pct)
    return (
        first,
        _bars("distance", _("Distance (m)"), sessions, calendar, lambda one: one.distance_m),
        _speed(sessions, calendar),
        _band(sessions, calendar),
        _pain(sessions, calendar, stop.pain_at_or_above),
        _effort(sessions, calendar, stop.rpe_at_or_above),
    )


def _weeks(weeks: Sequence[Week], adherence_pct: float | None) -> Drawing:
    """Return the sessions a week as bars, under a line for what was asked."""
    most = max(max(week.asked, week.attended) for week in weeks)
    top, step = nice_top(float(max(1, most)), whole=True)
    if top <= most:
        top += step  # the line for what was asked stands clear of the top
    plot = Plot(len(weeks), 0.0, top)
    marks = grid.lines(plot, step)
    rows = []
    for index, week in enumerate(weeks):
        left, width = plot.slot(index)
        if week.attended:
            y = plot.y(float(week.attended))
            marks.append(Box(left, y, width, plot.y(0.0) - y, ACCENT))
            if not week.over and width > 5:
                marks.append(Box(left + 1.6, y + 1.6, width - 3.2, plot.y(0.0) - y - 1.6, CARD))
        asked = plot.y(float(week.asked))
        reach = min(3.0, width * 0.2)
        marks.append(Stroke(((left - reach, asked), (left + width + reach, asked)), INK, 2.0))
        rows.append((str(index + 1), str(week.attended), str(week.asked)))
    marks += grid.under(plot, [str(number + 1) for number in range(len(weeks))], _("week"))
    says = _("Line: asked for.")
    if not weeks[-1].over and weeks[-1].attended:
        says = _("Line: asked for. Outline: this week.")
    if adherence_pct is None:
        says = _("Nothing was due yet.")
    head = (_("Week"), _("Walked"), _("Asked for"))
    return grid.drawing("weeks", _("Sessions a week"), says, marks, head, rows)


def _minutes(sessions: Sequence[SessionPoint], calendar: Calendar) -> Drawing:
    return _bars(
        "minutes", _("Time walked (min)"), sessions, calendar, lambda one: one.walked_s / 60
    )


def _bars(
    key: str, title: str, sessions: Sequence[SessionPoint], calendar: Calendar, value: Value
) -> Drawing:
    values = [value(one) for one in sessions]
    known = [one for one in values if one is not None]
    top, step = _top(known)
    plot = Plot(len(sessions), 0.0, top)
    marks = grid.lines(plot, step) + grid.bars(plot, values)
    return _finished(key, title, _each(known), plot, marks, sessions, calendar, values)


def _speed(sessions: Sequence[SessionPoint], calendar: Calendar) -> Drawing:
    values = [one.mean_kmh for one in sessions]
    known = [one for one in values if one is not None]
    top, step = _top(known)
    plot = Plot(len(sessions), 0.0, top)
    marks = grid.lines(plot, step) + _line(plot, values, ACCENT, 2.4)
    if len(sessions) <= _MOST_DOTS:
        marks += _discs(plot, values)
    says = _each(known)
    title = _("Mean speed (km/h)")
    return _finished("speed", title, says, plot, marks, sessions, calendar, values)


def _band(sessions: Sequence[SessionPoint], calendar: Calendar) -> Drawing:
    values = [one.in_band_pct for one in sessions]
    known = [one for one in values if one is not None]
    plot = Plot(len(sessions), 0.0, 100.0)
    marks = grid.lines(plot, 50.0) + grid.bars(plot, values)
    title = _("Time on target (%)")
    return _finished("band", title, _each(known), plot, marks, sessions, calendar, values)


def _pain(sessions: Sequence[SessionPoint], calendar: Calendar, limit: int) -> Drawing:
    """Return pain before and after: a ring, a disc and what lies between."""
    plot = Plot(len(sessions), 0.0, 10.0)
    marks = grid.lines(plot, 5.0) + grid.limit(plot, limit, _("held from {n}").format(n=limit))
    before = [one.pain_before for one in sessions]
    after = [one.pain_after for one in sessions]
    if len(sessions) <= _MOST_DOTS:
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            if one is not None and other is not None:
                x = plot.x(index)
                marks.append(Stroke(((x, plot.y(one)), (x, plot.y(other))), DIM, 1.4))
        marks += [mark for x, y in _placed(plot, before) for mark in _ring(x, y)]
        same = {
            index for index, one in enumerate(before) if one is not None and one == after[index]
        }
        # Pain that stayed is a disc within its ring: both show.
        marks += [
            Dot(plot.x(index), plot.y(value), _RADIUS - 1.4 if index in same else _RADIUS, ACCENT)
            for index, value in enumerate(after)
            if value is not None
        ]
        says = _("Ring: before. Disc: after.")
    else:
        marks += _line(plot, before, DIM, 1.2) + _line(plot, after, ACCENT, 2.4)
        says = _("Thin line: before. Thick line: after.")
    rows = [
        (str(index + 1), calendar.of(one), _cell(one.pain_before), _cell(one.pain_after))
        for index, one in enumerate(sessions)
    ]
    head = (_("No."), _day_head(calendar), _("Before"), _("After"))
    marks += grid.ends(plot, *_ends(sessions, calendar))
    return grid.drawing("pain", _("Pain (0 to 10)"), says, marks, head, rows)


def _effort(sessions: Sequence[SessionPoint], calendar: Calendar, limit: int) -> Drawing:
    values = [one.rpe for one in sessions]
    plot = Plot(len(sessions), 6.0, 20.0)
    marks = grid.lines(plot, 7.0) + grid.limit(plot, limit, _("held from {n}").format(n=limit))
    marks += _line(plot, values, ACCENT, 2.4)
    if len(sessions) <= _MOST_DOTS:
        marks += _discs(plot, values)
    known = [float(one) for one in values if one is not None]
    title = _("Effort (Borg, 6 to 20)")
    return _finished("effort", title, _each(known), plot, marks, sessions, calendar, values)


def _finished(
    key: str,
    title: str,
    says: str,
    plot: Plot,
    marks: list[Mark],
    sessions: Sequence[SessionPoint],
    calendar: Calendar,
    values: Sequence[float | None],
) -> Drawing:
    marks = marks + grid.ends(plot, *_ends(sessions, calendar))
    rows = [
        (str(index + 1), calendar.of(one), _cell(value))
        for index, (one, value) in enumerate(zip(sessions, values, strict=True))
    ]
    return grid.drawing(key, title, says, marks, (_("No."), _day_head(calendar), title), rows)


def _ends(sessions: Sequence[SessionPoint], calendar: Calendar) -> tuple[str, str]:
    """Return the labels under the first and the last session; a day that is known with it."""
    found = []
    for number in (1, len(sessions)):
        day = calendar.said(sessions[number - 1].day)
        if calendar.of(sessions[number - 1]) == UNKNOWN or day is None:
            found.append(_("no. {n}").format(n=number))
        else:
            found.append(_("no. {n}, {day}").format(n=number, day=day))
    return found[0], found[1] if len(sessions) > 1 else ""


def _top(known: Sequence[float]) -> tuple[float, float]:
    """Return the end of an axis and the step of its lines; next to nothing needs no finer one."""
    return nice_top(max([_LEAST, *known]))


def _each(known: Sequence[float]) -> str:
    if not known:
        return _("Not known of any session.")
    low, high = short_figure(min(known)), short_figure(max(known))
    if low == high:
        return _("{n} in each session.").format(n=low)
    return _("From {low} to {high} in a session.").format(low=low, high=high)


def _line(plot: Plot, values: Sequence[float | None], colour: str, width: float) -> list[Mark]:
    """Return the lines through what is known; a gap is a gap."""
    parts: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append((plot.x(index), plot.y(value)))
    found: list[Mark] = [Stroke(tuple(part), colour, width) for part in parts if len(part) > 1]
    # One alone between two gaps is no line, and must show all the same.
    alone = [part[0] for part in parts if len(part) == 1]
    return found + [Dot(x, y, width * 0.8, colour) for x, y in alone]


def _placed(plot: Plot, values: Sequence[float | None]) -> list[tuple[float, float]]:
    return [(plot.x(i), plot.y(value)) for i, value in enumerate(values) if value is not None]


def _discs(plot: Plot, values: Sequence[float | None]) -> list[Mark]:
    return [Dot(x, y, _RADIUS - 0.4, ACCENT) for x, y in _placed(plot, values)]


def _ring(x: float, y: float) -> list[Mark]:
    return [Dot(x, y, _RADIUS + 0.8, DIM), Dot(x, y, _RADIUS - 0.4, CARD)]


def _day_head(calendar: Calendar) -> str:
    return _("Date") if calendar.identified else _("Day")


def _cell(value: float | None) -> str:
    return UNKNOWN if value is None else short_figure(value)
