"""The summary in words and numbers: figures, advice, chart and the text of the QR code. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kiosk.cues import units
from kiosk.cues.texts import _, numbers
from kiosk.screens.desk import TraceRow
from kiosk.screens.presenters import THEN, clock
from kiosk.screens.reasons import by_staff, told
from kiosk.session.model import Snapshot, Walk

CHART_POINTS: Final = 240
"""More than a chart's pixels can tell apart only costs time."""
HEADROOM: Final = 1.12
"""How much higher a chart is than what stands in it."""
STEPS: Final = (0.5, 1.0, 2.0, 5.0)
TICKS: Final = 4


class Figure(NamedTuple):
    """One number of the summary and what it is."""

    name: str
    value: str


class Note(NamedTuple):
    """A sentence of the advice; ``strong`` says what to do, and stands out wherever it stands."""

    text: str
    strong: bool = False


class SummaryView(NamedTuple):
    """What the summary shows once the person has rated, or did not want to."""

    title: str
    figures: tuple[Figure, ...]
    advice: tuple[Note, ...]
    qr_text: str


class ChartView(NamedTuple):
    """Speed against target: points of (share of time, km/h), and the target's steps.

    ``ticks`` are the speeds (km/h) that the scale names, each with its number in the unit shown.
    """

    full_kmh: float
    ticks: tuple[tuple[float, str], ...]
    speed: tuple[tuple[tuple[float, float], ...], ...]
    bands: tuple[tuple[float, float, float, float], ...]
    ends: tuple[str, str]


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_BORG: Final = {
    6: _n("no effort at all"),
    7: _n("extremely light"),
    8: _n("extremely light"),
    9: _n("very light"),
    10: _n("very light"),
    11: _n("light"),
    12: _n("light"),
    13: _n("somewhat hard"),
    14: _n("somewhat hard"),
    15: _n("hard"),
    16: _n("hard"),
    17: _n("very hard"),
    18: _n("very hard"),
    19: _n("extremely hard"),
    20: _n("as hard as can be"),
}


def borg_word(rpe: int) -> str:
    """Return the word for an exertion on Borg's scale of 6 to 20."""
    return _(_BORG[rpe])


def pain_word(pain: int) -> str:
    """Return the word for a pain of 0 to 10."""
    if pain == 0:
        return _("no pain")
    if pain <= 3:
        return _("mild")
    if pain <= 6:
        return _("moderate")
    return _("severe") if pain < 10 else _("the worst")


def advice(walk: Walk) -> tuple[Note, ...]:
    """Return that the therapist should be seen, and why, by the plan's stop rules; often nothing.

    What to do comes first: the reasons may need a second page.
    """
    plan, found = walk.plan, []
    after, before, rpe = walk.pain_after, walk.pain_before, walk.rpe
    if after is not None and after >= plan.pain_limit:
        found.append(_("Your pain is {n} out of 10.").format(n=after))
    if after is not None and before is not None and after - before >= plan.pain_rise:
        found.append(_("Your pain rose by {n}.").format(n=after - before))
    if rpe is not None and rpe >= plan.rpe_limit:
        found.append(_("It was very hard for you: {n} of 20.").format(n=rpe))
    if not found:
        return ()
    do = _("Please see your therapist or the staff before the next walk.")
    if plan.profile_code is not None:
        do = _("Your profile is on hold: please see your therapist.")
    return (Note(do, strong=True), *(Note(text) for text in found))


def summary_view(snapshot: Snapshot, name: str = "") -> SummaryView | None:
    """Return the summary, or None where there is no walk.

    ``name`` is of somebody with a profile; it stands in the title alone, never in the QR code.
    """
    walk = snapshot.session.walk
    if walk is None:
        return None
    meters = walk.meters
    done = walk.outcome == "completed"
    figures = (
        Figure(_("Time"), clock(meters.walked_ns // 1_000_000_000)),
        Figure(_("Distance"), units.walked_words(meters.distance_m)),
        Figure(_("On target"), share(meters.in_band_ns, meters.walked_ns)),
        _hands(walk),
        Figure(_("Pain"), f"{_number(walk.pain_before)} {THEN} {_number(walk.pain_after)}"),
        Figure(_("Effort"), _number(walk.rpe)),
    )
    notes = advice(walk)
    if snapshot.health.log is not None:
        kept = _("The log cannot be written now. Please tell the staff, and leave the kiosk on.")
        notes = (*notes, Note(kept))
    if any(by_staff(reason) for reason in (snapshot.status.latched if snapshot.status else ())):
        notes = (*notes, Note(_("The staff clear the stop before the next walk.")))
    well = _("Well done, {name}!").format(name=name) if name else _("Well done!")
    what = told(walk.stop_reason).what
    title = well if done else _("{name}: {what}").format(name=name, what=what) if name else what
    lines = [f"Sternway: {_(walk.plan.name)}"]
    lines += [f"{figure.name}: {figure.value}" for figure in figures]
    lines += [note.text for note in notes]
    return SummaryView(title, figures, notes, numbers("\n".join(lines)))


def _hands(walk: Walk) -> Figure:
    """Return how well the rails were held, by what the plan asks of the hands."""
    meters = walk.meters
    if walk.plan.rails == "both":
        return Figure(_("Both hands"), share(meters.both_ns, meters.walked_ns))
    if walk.plan.rails == "one":
        held_ns = meters.both_ns + meters.one_ns
        return Figure(_("One hand"), share(held_ns, meters.walked_ns))
    top = _("Top {unit}").format(unit=units.speed_unit())
    return Figure(top, units.speed_number(meters.max_kmh))


def chart_view(trace: Sequence[TraceRow], walk: Walk) -> ChartView:
    """Return the chart of the walking part of a trace; an unknown speed leaves a gap."""
    rows = [row for row in trace if row.state == "walking"]
    aims = [step.high_kmh for step in walk.plan.steps]
    full = max([*aims, *(row.speed_kmh or 0.0 for row in rows)]) * HEADROOM
    ticks = ticks_of(full)
    if len(rows) < 2:
        return ChartView(full, ticks, (), (), ("0:00", clock(walk.walked_s)))
    stride = max(1, len(rows) // CHART_POINTS)
    last = len(rows) - 1
    parts: list[list[tuple[float, float]]] = [[]]
    for index in (*range(0, last, stride), last):
        speed = rows[index].speed_kmh
        if speed is None:
            parts.append([])
        else:
            parts[-1].append((index / last, max(speed, 0.0)))
    return ChartView(
        full,
        ticks,
        tuple(tuple(part) for part in parts if len(part) > 1),
        _bands(rows),
        ("0:00", clock(walk.meters.walked_ns // 1_000_000_000)),
    )


def ticks_of(full_kmh: float) -> tuple[tuple[float, str], ...]:
    """Return round numbers of the unit that is shown, at most ``TICKS`` of them, with 0."""
    whole = units.speed(full_kmh)
    step = next((step for step in STEPS if whole / step < TICKS), STEPS[-1])
    return tuple(
        (full_kmh * number * step / whole, f"{number * step:g}")
        for number in range(int(whole / step) + 1)
    )


def _bands(rows: Sequence[TraceRow]) -> tuple[tuple[float, float, float, float], ...]:
    last, found, begin = len(rows) - 1, [], 0
    for index in range(1, len(rows) + 1):
        ended = index == len(rows)
        here = rows[begin].target_low_kmh, rows[begin].target_high_kmh
        if ended or (rows[index].target_low_kmh, rows[index].target_high_kmh) != here:
            found.append((begin / last, min(index, last) / last, *here))
            begin = index
    return tuple(found)


def share(part_ns: int, whole_ns: int) -> str:
    """Return a share in percent; nothing walked has none."""
    return "–" if whole_ns <= 0 else f"{round(100 * part_ns / whole_ns)} %"


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)
