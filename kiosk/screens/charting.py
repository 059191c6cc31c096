"""A person's sessions as charts: what is drawn and what stands beside it. No Kivy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from kiosk.cues.texts import _, grouped
from kiosk.screens.dates import day_and_month, short_day
from kiosk.screens.prescribed import band_words, due_share, minutes_words
from kiosk.screens.presenters import clock, metres
from kiosk.screens.results import borg_word
from kiosk.therapy.model import Opened
from profiles.progress import Progress, SessionPoint

MOST: Final = 30
"""Sessions on a chart, the newest: more cannot be told apart at a glance."""
MOST_WEEKS: Final = 13

_KMH: Final = 0.1
"""Of what is told of a speed."""

Shape = Literal["bars", "line", "pairs", "weeks"]
Mark = Literal["bar", "frame", "ring", "disc", "dash", "band"]


class ChartView(NamedTuple):
    """One chart. ``values`` has a tuple for each session, oldest first; None leaves a gap.

    ``bars`` and ``line``: (value,); ``pairs``: (before, after); ``weeks``: (walked, asked, over).
    ``marks`` are levels with a line and a word; ``limit`` is where the stop rules hold.
    """

    key: str
    title: str
    told: str
    shape: Shape
    values: tuple[tuple[float | None, ...], ...]
    low: float
    full: float
    marks: tuple[tuple[float, str], ...]
    ends: tuple[str, str]
    some: tuple[str, ...] = ("",)
    limit: float | None = None
    band: tuple[float, float] | None = None
    legend: tuple[tuple[Mark, str], ...] = ()


def chart_views(opened: Opened) -> tuple[ChartView, ...]:
    """Return the charts of a profile, in their order; none before its first walk."""
    walks = [one for one in opened.progress.sessions if one.walked_s > 0]
    if not walks:
        return ()
    shown = walks[-MOST:]
    some: tuple[str, ...] = ("",)
    if len(walks) > MOST:
        some = _some(MOST, len(walks))
    weeks = [_weeks(opened.progress)] if opened.progress.weeks else []
    makers = (_distance, _time, _speed, _in_band, _pain, _exertion)
    return (*weeks, *(make(opened, shown)._replace(some=some) for make in makers))


def _some(shown: int, of: int) -> tuple[str, ...]:
    """Return that a chart does not show everything, the longest first; it never goes without."""
    numbers = {"n": shown, "all": grouped(of)}
    return (
        _("the last {n} of {all}").format(**numbers),
        _("{n} of {all}").format(**numbers),
        f"{shown} / {of}",
    )


def _weeks(progress: Progress) -> ChartView:
    weeks = progress.weeks[-MOST_WEEKS:]
    most = max(max(week.asked, week.attended) for week in weeks)
    share = due_share(progress)
    words = _("Nothing was due yet.")
    if share is not None:
        words = _("{share} % of what was due").format(share=share)
    return ChartView(
        "weeks",
        _("Walks a week"),
        words,
        "weeks",
        tuple((week.attended, week.asked, 1.0 if week.over else 0.0) for week in weeks),
        0.0,
        float(most) * 1.08,
        _marks(most, 1, lambda value: f"{value:g}"),
        _ends([week.begins for week in weeks]),
        some=_some(len(weeks), len(progress.weeks)) if len(weeks) < len(progress.weeks) else ("",),
        legend=(("bar", _("walked")), ("frame", _("asked for"))),
    )


def _distance(opened: Opened, shown: Sequence[SessionPoint]) -> ChartView:
    values = [one.distance_m for one in shown]
    words = _("Last {last}, most {most}").format(last=metres(values[-1]), most=metres(max(values)))
    return _bars("distance", _("Distance"), words, values, shown, metres, 1)


def _time(opened: Opened, shown: Sequence[SessionPoint]) -> ChartView:
    values = [one.walked_s / 60 for one in shown]
    words = _("Last {last}, longest {most}").format(
        last=clock(values[-1] * 60), most=clock(max(values) * 60)
    )
    return _bars("time", _("Time walked"), words, values, shown, minutes_words, 0.5)


def _speed(opened: Opened, shown: Sequence[SessionPoint]) -> ChartView:
    values, walk = [one.mean_kmh for one in shown], opened.outlook.walk
    full = _nice(max([walk.high_kmh * 1.15, *(v for v in values if v is not None)]), _KMH)
    words = _("Target {band}").format(band=band_words(walk.low_kmh, walk.high_kmh))
    return ChartView(
        "speed",
        _("Mean speed, km/h"),
        words,
        "line",
        tuple((value,) for value in values),
        0.0,
        full,
        _marks(full, _KMH, lambda value: f"{value:.1f}"),
        _ends([one.day for one in shown]),
        band=(walk.low_kmh, walk.high_kmh),
        legend=(("disc", _("walked")), ("band", _("target"))),
    )


def _in_band(opened: Opened, shown: Sequence[SessionPoint]) -> ChartView:
    values = [one.in_band_pct for one in shown]
    known = [value for value in values if value is not None]
    words = _("Not known")
    if known:
        mean = round(sum(known) / len(known))
        words = _("Last {last} %, mean {mean} %").format(last=round(known[-1]), mean=mean)
    return ChartView(
        "band",
        _("Time on target"),
        words,
        "bars",
        tuple((value,) for value in values),
        0.0,
        104.0,
        tuple((float(level), f"{level}\u00a0%") for level in (0, 50, 100)),
        _ends([one.day for one in shown]),
    )


def _pain(opened: Opened, shown: Sequence[SessionPoint]) -> ChartView:
    limit = opened.prescription.stop_rules.pain_at_or_above
    last = shown[-1]
    words = _("Last: {before} before, {after} after").format(
        before=_number(last.pain_before), after=_number(last.pain_after)
    )
    return ChartView(
        "pain",
        _("Pain of 10"),
        words,
        "pairs",
        tuple((one.pain_before, one.pain_after) for one in shown),
        -0.5,
        10.5,
        tuple((float(level), str(level)) for level in (0, 5, 10)),
        _ends([one.day for one in shown]),
        limit=float(limit),
        legend=(
            ("ring", _("before")),
            ("disc", _("after")),
            ("dash", _("hold: {n}").format(n=limit)),
        ),
    )


def _exertion(opened: Opened, shown: Sequence[SessionPoint]) -> ChartView:
    limit = opened.prescription.stop_rules.rpe_at_or_above
    last = shown[-1].rpe
    words = _("Last: not told")
    if last is not None:
        words = _("Last {n}: {word}").format(n=last, word=borg_word(last))
    return ChartView(
        "exertion",
        _("Effort, 6 to 20"),
        words,
        "line",
        tuple((one.rpe,) for one in shown),
        5.4,
        20.6,
        tuple((float(level), str(level)) for level in (6, 13, 20)),
        _ends([one.day for one in shown]),
        limit=float(limit),
        legend=(("disc", _("told after")), ("dash", _("hold: {n}").format(n=limit))),
    )


def _bars(
    key: str,
    title: str,
    words: str,
    values: Sequence[float],
    shown: Sequence[SessionPoint],
    say: Callable[[float], str],
    unit: float,
) -> ChartView:
    full = _nice(max([*values, 1.0]), unit)
    return ChartView(
        key,
        title,
        words,
        "bars",
        tuple((value,) for value in values),
        0.0,
        full,
        _marks(full, unit, say),
        _ends([one.day for one in shown]),
    )


def _nice(most: float, unit: float) -> float:
    """Return a round number from ``most`` up, half of which is told exactly in ``unit``s too."""
    step = 10.0 ** math.floor(math.log10(most))
    for power in (step, step * 10):
        for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10):
            full = round(factor * power, 6)
            if most <= full + 1e-9 and _is_told(full / 2, unit):
                return full
    return 100 * step


def _is_told(value: float, unit: float) -> bool:
    return abs(value / unit - round(value / unit)) < 1e-6


def _marks(full: float, unit: float, say: Callable[[float], str]) -> tuple[tuple[float, str], ...]:
    """Return zero, the middle and ``full``; half a walk is none, so there may be no middle."""
    levels = (0.0, full / 2, full) if _is_told(full / 2, unit) else (0.0, full)
    return tuple((float(level), say(level)) for level in levels)


def _ends(days: Sequence[date | None]) -> tuple[str, str]:
    known = [day for day in days if day is not None]
    if not known:
        return ("", "")
    if known[0] == known[-1]:
        return (short_day(known[0]), "")
    if known[0].year != known[-1].year:
        return (short_day(known[0]), short_day(known[-1]))
    return (day_and_month(known[0]), day_and_month(known[-1]))


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)
