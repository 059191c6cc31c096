"""Somebody with a profile, in words and shapes: what they walk today, why not, how it went.

No Kivy. Nothing here says to anybody else what is wrong with a person: a hold has one kind
sentence, whatever its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hardware.link import RailsMode
from kiosk.cues import units
from kiosk.cues.texts import _
from kiosk.screens.trends import LAST, Bar, Trend, trend
from kiosk.therapy.model import Person
from profiles.about import About
from profiles.model import Step
from profiles.progression import Proposal

LABELLED: Final = 8
"""A plan with more steps than that is drawn without words."""
NAME: Final = 14
"""Letters of a name that fit a greeting on every screen."""
_ASK: Final = "Whom to ask here"


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
    rails_icon: str
    trend: Trend | None
    halt: tuple[str, ...]
    ask: str

    def __repr__(self) -> str:
        return "MineView(...)"


def mine_view(person: Person, about: About, last: int = LAST) -> MineView:
    """Return what to show to a person; ``last`` is how many sessions there is room for."""
    walk = person.walk
    new = "" if person.stepped is None else stepped_words(person.stepped)
    incline = incline_words(walk.steps)
    band = units.band_words(walk.low_kmh, walk.high_kmh)
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
        rails_icon="check" if person.rails == "none" else "hold",
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
    if round(units.speed(step.now), 1) == round(units.speed(step.then), 1):
        return _("New today: a little faster")
    return _("New today: up to {speed}").format(speed=units.speed_words(step.then))


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
