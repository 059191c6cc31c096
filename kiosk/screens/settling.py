"""The settings in words: which there are, what each means, what it may be. No Kivy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from kiosk.cues import units
from kiosk.cues.languages import NAMES
from kiosk.cues.texts import _, numbers
from kiosk.preferences.model import Bounds, Preferences
from kiosk.screens.staffing import Kind, TileView

Group = Literal["place", "sound", "screen", "limits"]
GROUPS: Final[tuple[Group, ...]] = ("place", "sound", "screen", "limits")
MOST: Final = {"site_name": 60, "contact": 120}
"""Letters of a text, as the settings' file has it."""
HOURS: Final = (4, 8, 12, 24, 48, 72, 168)
DIM_S: Final = (60, 120, 300, 600, 1800, 0)


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


class Option(NamedTuple):
    """One value that a setting may have; ``whole`` is its name where there is room for it."""

    value: Any
    name: str
    icon: str = ""
    fact: str = ""
    whole: str = ""


class Dial(NamedTuple):
    """A number that is stepped: bounds and step, and how it is written."""

    low: float
    high: float
    step: float
    words: Callable[[float], str]


class Field(NamedTuple):
    """One setting: what it is called, what it means, what it may be.

    ``checked``: about safety, so that old and new stand side by side before it holds.
    """

    key: str
    name: str
    icon: str
    about: str
    options: tuple[Option, ...] = ()
    dial: Dial | None = None
    checked: bool = False
    bound: str = ""

    def word(self, value: Any) -> str:
        """Return a value in words."""
        if self.dial is not None:
            return self.dial.words(value)
        found = next((option for option in self.options if option.value == value), None)
        if found is None:
            return str(value) or _("not given")
        return found.whole or found.name

    def facts(self, value: Any) -> tuple[str, ...]:
        """Return a value for a tile, longest first."""
        short = next((option.name for option in self.options if option.value == value), "")
        return (self.word(value), short) if short else (self.word(value),)


def group_words(group: Group) -> tuple[str, str]:
    """Return a group's name and its picture."""
    name, icon = _GROUP[group]
    return _(name), icon


_GROUP: Final[dict[Group, tuple[str, str]]] = {
    "place": (_n("Place"), "house"),
    "sound": (_n("Sound"), "sound"),
    "screen": (_n("Screen"), "sun"),
    "limits": (_n("Limits"), "speed"),
}


def fields(group: Group, bounds: Bounds) -> tuple[Field, ...]:
    """Return the settings of a group."""
    match group:
        case "place":
            return (*_texts(), language_field(), units_field(), starts_field())
        case "sound":
            return _sound()
        case "screen":
            return _screen()
        case _:
            return (_cap(bounds), rails_field(bounds), _proof(bounds), facing_field())


def field(key: str, bounds: Bounds) -> Field:
    """Return one setting by its key. Raises ``StopIteration`` for one that is not there."""
    return next(one for group in GROUPS for one in fields(group, bounds) if one.key == key)


def tiles(group: Group, now: Preferences, bounds: Bounds) -> tuple[TileView, ...]:
    """Return the tiles of a group: each setting with what it is now."""
    return tuple(
        TileView(one.key, one.name, one.facts(getattr(now, one.key)), one.icon)
        for one in fields(group, bounds)
    )


def option_tiles(one: Field, value: Any) -> tuple[TileView, ...]:
    """Return what a setting may be; what it is now is filled."""
    found = []
    for index, option in enumerate(one.options):
        chosen = option.value == value
        kind: Kind = "chosen" if chosen else "plain"
        icon = "check" if chosen and len(one.options) > 2 else option.icon
        facts = (option.fact,) if option.fact else ()
        found.append(TileView(str(index), option.name, facts, icon, kind))
    return tuple(found)


def home_tiles(now: Preferences) -> tuple[TileView, ...]:
    """Return the groups of settings, each with what staff look for most."""
    facts = {
        "place": now.site_name,
        "sound": percent(now.volume_pct) if now.sound else _("off"),
        "screen": percent(now.brightness_pct),
        "limits": _("up to {speed}").format(speed=limit_words(now.cap_kmh)),
    }
    made = []
    for group in GROUPS:
        name, icon = group_words(group)
        made.append(TileView(group, name, (facts[group],), icon))
    return tuple(made)


def _texts() -> tuple[Field, ...]:
    return (
        Field(
            "site_name",
            _("Name"),
            "house",
            _("It stands on the first screen, and on reports."),
        ),
        Field("contact", _("Contact"), "info", _("Whom people ask. It stands under About.")),
    )


def language_field() -> Field:
    """Return the language that the place speaks."""
    options = tuple(Option(code, name, "globe") for code, name in NAMES.items())
    return Field("language", _("Language"), "globe", "", options)


def units_field() -> Field:
    """Return how speeds and distances are written."""
    options = (
        Option("metric", _("km/h, metres"), "belt"),
        Option("imperial", _("mph, feet"), "belt"),
    )
    return Field("units", _("Units"), "belt", "", options)


def starts_field() -> Field:
    """Return who sets the belt moving."""
    options = (
        Option("patron", _("The walker"), "walker"),
        Option("helper", _("A helper"), "person"),
    )
    about = _(
        "Who sets the treadmill's belt moving, and changes its speed. It is said before each walk. "
        "A helper should, where the console is behind people."
    )
    return Field("starts_belt", _("Starts the belt"), "play", about, options)


def facing_field() -> Field:
    """Return which way people face."""
    options = (
        Option("away", _("Away"), "away", _("from the console"), _("away from the console")),
        Option("console", _("Towards"), "towards", _("the console"), _("towards the console")),
    )
    about = _("Which way people face while they walk backwards: it says how the belt must run.")
    return Field("facing", _("People face"), "swap", about, options, checked=True)


def rails_field(bounds: Bounds) -> Field:
    """Return how the rails must be held."""
    names = {
        "both": (_("Both hands"), "both"),
        "one": (_("One hand"), "hold-right"),
        "none": (_("Not watched"), "unseen"),
    }
    options = tuple(Option(mode, *names[mode]) for mode in bounds.rails_modes())
    about = _("How the rails must be held. A profile may ask for its own way.")
    bound = "" if len(options) > 1 else _("The site's file asks for both hands.")
    return Field("rails", _("Rails"), "hold", about, options, checked=True, bound=bound)


def _sound() -> tuple[Field, ...]:
    on_off = (Option(True, _("on"), "sound"), Option(False, _("off"), "cross"))
    return (
        Field(
            "volume_pct",
            _("Volume"),
            "sound",
            _("Warnings are always loud."),
            dial=Dial(0, 100, 5, percent),
        ),
        Field("voice", _("Voice"), "person", "", on_off),
        Field("sound", _("All sounds"), "sound", "", on_off),
    )


def _screen() -> tuple[Field, ...]:
    after = tuple(Option(seconds, after_words(seconds), "clock") for seconds in DIM_S)
    return (
        Field(
            "brightness_pct",
            _("Brightness"),
            "sun",
            _("While somebody is at the kiosk."),
            dial=Dial(20, 100, 10, percent),
        ),
        Field("dim_after_s", _("Dim after"), "clock", "", after),
        Field(
            "dim_pct",
            _("When dimmed"),
            "sun",
            _("After a while untouched. A touch wakes it, and does nothing else."),
            dial=Dial(5, 100, 5, percent),
        ),
    )


def _cap(bounds: Bounds) -> Field:
    return Field(
        "cap_kmh",
        _("Top speed"),
        "pulse",
        _("Nobody may walk faster here. A little over it, the belt is stopped."),
        dial=Dial(0.5, bounds.cap_kmh, 0.1, limit_words),
        checked=True,
        bound=_("The site's file allows up to {speed}.").format(speed=limit_words(bounds.cap_kmh)),
    )


def _proof(bounds: Bounds) -> Field:
    hours = [hours for hours in HOURS if hours <= bounds.proof_every_h]
    if bounds.proof_every_h not in hours:
        hours.append(bounds.proof_every_h)
    options = tuple(Option(one, hours_words(one), "clock") for one in hours[-6:])
    about = _("How often staff test stop, key and rails. Overdue, nobody can start.")
    return Field("proof_every_h", _("Proof test"), "check", about, options, checked=True)


def percent(value: float) -> str:
    """Return a share in words."""
    return f"{value:.0f}\u00a0%"


def limit_words(kmh: float) -> str:
    """Return a speed that is set, in the units of the place; no two tenths of km/h are alike."""
    return numbers(f"{units.target_number(kmh)}\u00a0{units.speed_unit()}")


def speed_words(kmh: float) -> str:
    """Return a speed that was measured, in the units of the place."""
    return numbers(f"{units.speed(kmh):.1f}\u00a0{units.speed_unit()}")


def hours_words(hours: float) -> str:
    """Return an interval in words."""
    if hours == 168:
        return _("every week")
    if hours == 24:
        return _("every day")
    if hours % 24 == 0:
        return _("every {n} days").format(n=int(hours // 24))
    return _("every hour") if hours == 1 else _("every {n} hours").format(n=int(hours))


def after_words(seconds: float) -> str:
    """Return how long until a screen is dimmed."""
    if seconds == 0:
        return _("never")
    minutes = round(seconds / 60)
    return _("1 minute") if minutes == 1 else _("{n} minutes").format(n=minutes)
