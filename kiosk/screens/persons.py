"""Somebody with a profile, in words and shapes: what they walk today, why not, how it went.

No Kivy. Nothing here says to anybody else what is wrong with a person: a hold has one kind
sentence, whatever its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hardware.link import RailsMode
from kiosk.cues.texts import _
from kiosk.screens.dates import day_and_month
from kiosk.screens.presenters import THEN
from kiosk.session.model import Walk
from kiosk.therapy.model import Person
from profiles.about import About
from profiles.model import Step
from profiles.progress import SessionPoint
from profiles.progression import Proposal

LAST: Final = 6
"""As many sessions as have room side by side, with their numbers; one less on an upright screen."""
LONG_M: Final = 1000.0
LABELLED: Final = 8
"""A plan with more steps than that is drawn without words."""
LEAST_SHARE: Final = 0.06
NAME: Final = 14
"""Letters of a name that fit a greeting on every screen."""
_ASK: Final = "Whom to ask here"


class Bar(NamedTuple):
    """One column: how wide and how high as shares, and words; of each the first that fits."""

    width: float
    share: float
    over: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    strong: bool = True


class Trend(NamedTuple):
    """The last sessions, oldest first. ``days`` stand below them: each, or the first and last."""

    unit: str
    bars: tuple[Bar, ...]
    days: tuple[str, ...]
    pain: bool


class MineView(NamedTuple):
    """What a person is shown before they start. ``why`` not says the same as the desk."""

    code: str
    greeting: tuple[str, ...]
    program: str
    new: str
    facts: str
    incline: str
    steps: tuple[Bar, ...]
    rails: str
    trend: Trend | None
    halt: tuple[str, ...]
    ask: str


def mine_view(person: Person, about: About, last: int = LAST) -> MineView:
    """Return what to show to a person; ``last`` is how many sessions there is room for."""
    walk = person.walk
    new = "" if person.stepped is None else stepped_words(person.stepped)
    incline = incline_words(walk.steps)
    band = _("{low:.1f}–{high:.1f} km/h").format(low=walk.low_kmh, high=walk.high_kmh)
    minutes = _("{n:g} min").format(n=round(walk.minutes, 1))
    return MineView(
        code=person.code,
        greeting=greetings(person.name),
        program="" if new and incline else _(person.program_name),
        new=new,
        facts=_("{minutes} at {speed}").format(minutes=minutes, speed=band),
        incline=incline,
        steps=step_bars(walk.steps),
        rails=rails_words(person.rails),
        trend=trend(person.past, last=last),
        halt=_halt(person),
        ask=contact(about),
    )


def greetings(name: str) -> tuple[str, ...]:
    """Return greetings, the fullest first."""
    return tuple(_("Hello, {name}").format(name=short) for short in short_names(name))


def short_names(name: str) -> tuple[str, ...]:
    """Return ways to write a name, the fullest first; the last one fits wherever one should."""
    first = name.split(maxsplit=1)[0] if name.split() else name
    cut = first if len(first) <= NAME else f"{first[: NAME - 1]}\u2026"
    return (name, first, cut)


def stepped_words(step: Proposal) -> str:
    """Return what is new today by the progression."""
    if step.kind == "minutes":
        more = round(step.then - step.now, 1)
        if more == 1:
            return _("New today: 1 minute more")
        return _("New today: {n:g} minutes more").format(n=more)
    if step.kind == "incline":
        return _("New today: incline {pct:g}\u00a0%").format(pct=step.then)
    if f"{step.now:.1f}" == f"{step.then:.1f}":
        return _("New today: a little faster")
    return _("New today: up to {kmh:.1f} km/h").format(kmh=step.then)


def incline_words(steps: Sequence[Step]) -> str:
    """Return the incline of a plan; nothing where it is level throughout."""
    inclines = {step.incline_pct for step in steps}
    if inclines == {0.0}:
        return ""
    if len(inclines) == 1:
        return _("Incline {pct:g}\u00a0%").format(pct=max(inclines))
    return _("Incline up to {pct:g}\u00a0%").format(pct=max(inclines))


def rails_words(rails: RailsMode) -> str:
    """Return what the hands are to do."""
    return {
        "both": _("Both hands on the rails"),
        "one": _("One hand on a rail"),
        "none": _("No rails needed"),
    }[rails]


def step_bars(steps: Sequence[Step]) -> tuple[Bar, ...]:
    """Return a plan as columns: the longer the wider, the quicker the higher.

    Widths go by the root: a minute beside an hour is still seen, and has room for its words.
    """
    whole = sum(step.s**0.5 for step in steps) or 1.0
    full = max(step.high_kmh for step in steps) or 1.0
    hilly = len({step.incline_pct for step in steps}) > 1
    words = len(steps) <= LABELLED
    found = []
    for step in steps:
        minutes = round(step.s / 60, 1)
        number = f"{minutes:g}"
        pct = _("{pct:g}\u00a0%").format(pct=step.incline_pct)
        found.append(
            Bar(
                width=step.s**0.5 / whole,
                share=max(0.3, step.high_kmh / full),
                inside=(pct, "") if words and hilly else (),
                under=(_("{n:g} min").format(n=minutes), number, "") if words else (),
            )
        )
    return tuple(found)


def trend(
    past: Sequence[SessionPoint], today: SessionPoint | None = None, last: int = LAST
) -> Trend | None:
    """Return the last sessions, ``today``'s after them; None where there is none."""
    points = [*past, *([] if today is None else [today])][-last:]
    if not points:
        return None
    full = max(point.distance_m for point in points) or 1.0
    far = full >= LONG_M
    bars = tuple(
        Bar(
            width=1 / len(points),
            share=max(LEAST_SHARE, point.distance_m / full),
            over=(_distance(max(point.distance_m, 0.0), far),),
            under=_pain_words(point),
            strong=index == len(points) - 1,
        )
        for index, point in enumerate(points)
    )
    days = [_day(point, today) for point in points]
    if len(points) > 3:
        days = [days[0], days[-1]]
    rated = any(p.pain_before is not None or p.pain_after is not None for p in points)
    unit = _("Distance in kilometres") if far else _("Distance in metres")
    return Trend(unit, bars, tuple(days), rated)


def trend_with(
    past: Sequence[SessionPoint], walk: Walk, since_seq: int | None, last: int = LAST
) -> Trend | None:
    """Return the last sessions with the walk that is over, once.

    ``since_seq`` is the newest session there was when it began (0: none): whatever is newer in
    ``past`` is the walk itself. None where nobody noted it: then what was measured tells.
    """
    this = SessionPoint(
        seq=-1,
        day=None,
        version=walk.plan.profile_version,
        outcome=walk.outcome or "interrupted",
        stop_reason=walk.stop_reason,
        walked_s=walk.walked_s,
        distance_m=walk.meters.distance_m,
        mean_kmh=None,
        in_band_pct=None,
        pain_before=walk.pain_before,
        pain_after=walk.pain_after,
        rpe=walk.rpe,
    )
    before = list(past)
    if before and _is_this(before[-1], this, since_seq):
        before.pop()
    return trend(before, this, last)


def last_seq(person: Person | None) -> int | None:
    """Return the newest session's number of somebody who is about to begin another."""
    if person is None:
        return None
    return person.past[-1].seq if person.past else 0


def _is_this(point: SessionPoint, this: SessionPoint, since_seq: int | None) -> bool:
    if since_seq is not None:
        return point.seq > since_seq
    rated = ("pain_before", "pain_after", "rpe", "outcome")
    return (
        abs(point.walked_s - this.walked_s) < 0.2
        and abs(point.distance_m - this.distance_m) < 0.2
        and all(getattr(point, name) == getattr(this, name) for name in rated)
    )


def _day(point: SessionPoint, today: SessionPoint | None) -> str:
    if point is today:
        return _("today")
    return "–" if point.day is None else day_and_month(point.day)


def _distance(distance_m: float, far: bool) -> str:
    return f"{distance_m / LONG_M:.2f}" if far else str(int(distance_m))


def _pain_words(point: SessionPoint) -> tuple[str, ...]:
    pains = point.pain_before, point.pain_after
    if pains == (None, None):
        return ("–",)
    before, after = ("–" if pain is None else str(pain) for pain in pains)
    return (f"{before}{THEN}{after}", f"{THEN}{after}")


def _halt(person: Person) -> tuple[str, ...]:
    """Return why no session may start and what to do; nothing where one may."""
    if person.why is None:
        return ()
    if person.why == "held":
        what = _("Your walks are on hold.")
        do = _("Please see your therapist before you walk again.")
    else:
        what = _("Your profile has run out.")
        do = _("Please ask your therapist for a new one.")
    return (what, do)


def contact(about: About) -> str:
    """Return whom to ask here, as the page about walking backwards says it."""
    asked = [part.paragraphs for part in about.sections if part.title == _ASK]
    return " ".join(_(text) for text in asked[0]) if asked else ""
