"""``sternway.toml`` to frozen settings; every mistake in it is one line that names its mend.

Imports neither Kivy nor TinyDB: the guard process reads the same file.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from hardware.settings import SIMULATED_PINS, GuardSettings, Pins, Table
from kiosk import zone
from kiosk.appliance import is_appliance

PLACES: Final = (Path("/etc/sternway/sternway.toml"), Path("/boot/firmware/sternway.toml"))
"""Where it is looked for, in this order; without either a developer's computer has the defaults."""
MISSING: Final = (
    "sternway.toml is missing from the card's first partition; put this site's file there again"
)
"""Of an appliance. Danger: the defaults are the wires of some other site, and their polarity."""


class ConfigError(ValueError):
    """A configuration that cannot be used: one line with the file, the place in it, the mend."""


class ScreenSize(NamedTuple):
    """A display: pixels, and the diagonal of its picture in millimetres."""

    width: int
    height: int
    diagonal_mm: float


SCREENS: Final = {
    "touch-display-2": ScreenSize(1280, 720, 178.0),
    "original-7": ScreenSize(800, 480, 176.4),
    "10.1": ScreenSize(1280, 800, 255.9),
    "portrait": ScreenSize(720, 1280, 178.0),
}


class Site(Table, frozen=True):
    """Who runs this kiosk; ``starts_belt`` is said in the briefing.

    ``language`` is what the screens speak until somebody chooses another one on the first of them.
    What stands here is what holds until staff set something else on the screen. ``timezone`` is a
    name of the IANA's; empty takes the machine's.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)] = "Sternway"
    contact: Annotated[str, Meta(max_length=120)] = ""
    starts_belt: Literal["patron", "helper"] = "patron"
    language: Literal["en", "es", "de", "fr"] = "en"
    units: Literal["metric", "imperial"] = "metric"
    timezone: Annotated[str, Meta(max_length=60)] = ""


class Screen(Table, frozen=True):
    """The display. Whatever is not set is that of the named ``size``, as people look at it.

    ``rotate`` is by how many degrees the picture is turned on the display's own pixels, clockwise,
    and the fingers with it. "auto" turns it by 90 where the display is upright and ``size`` is not,
    or the other way round, and no window system stands between. ``brightness`` and ``dim`` are
    percent; ``dim_after_s`` 0 never dims it.
    """

    size: Literal["touch-display-2", "original-7", "10.1", "portrait"] = "touch-display-2"
    width: Annotated[int, Meta(ge=320, le=7680)] = 0
    height: Annotated[int, Meta(ge=320, le=7680)] = 0
    diagonal_mm: Annotated[float, Meta(ge=80.0, le=2000.0)] = 0.0
    rotate: Literal["auto", 0, 90, 180, 270] = "auto"
    fullscreen: bool = True
    brightness: Annotated[int, Meta(ge=20, le=100)] = 100
    dim: Annotated[int, Meta(ge=5, le=100)] = 20
    dim_after_s: Annotated[int, Meta(ge=0, le=3600)] = 300

    def __post_init__(self) -> None:
        """Fill in what the size knows."""
        for name, value in SCREENS[self.size]._asdict().items():
            if not getattr(self, name):
                msgspec.structs.force_setattr(self, name, value)

    @property
    def own_size(self) -> tuple[int, int]:
        """Return the display's own width and height, of which the picture is turned."""
        size = self.width, self.height
        return size if self.rotate in {"auto", 0, 180} else (size[1], size[0])

    @property
    def px_per_mm(self) -> float:
        """Pixels per millimetre, by which touch targets and letters are measured."""
        return math.hypot(self.width, self.height) / self.diagonal_mm


class Sound(Table, frozen=True):
    """The speaker; ``volume`` in percent. Warnings sound at full volume all the same."""

    enabled: bool = True
    volume: Annotated[int, Meta(ge=0, le=100)] = 80
    voice: bool = True


class Proof(Table, frozen=True):
    """How often staff prove that e-stop, key and rails work; overdue blocks the next start."""

    every_h: Annotated[int, Meta(ge=1, le=168)] = 24


class Settings(GuardSettings, frozen=True):
    """Everything in ``sternway.toml``: the guard's tables and the kiosk's."""

    site: Site = Site()
    screen: Screen = Screen()
    sound: Sound = Sound()
    proof: Proof = Proof()

    def to_guard_settings(self) -> GuardSettings:
        """Return the guard's part."""
        return GuardSettings(
            treadmill=self.treadmill,
            sensor=self.sensor,
            pins=self.pins,
            limits=self.limits,
            guard=self.guard,
        )


def place_of(path: Path | None) -> Path | None:
    """Return the file that settings are read from; None: there is none, the defaults hold."""
    return path or next((place for place in PLACES if place.is_file()), None)


def is_given(path: Path | None, table: str, key: str) -> bool:
    """Say whether the file sets a key itself. Raises :class:`ConfigError` as loading does."""
    place = place_of(path)
    return place is not None and key in _read(place).get(table, {})


def load_settings(path: Path | None, *, simulate: bool) -> Settings:
    """Return the settings in ``path``, else in the usual places, else the defaults.

    Simulated, every pin that the file leaves out is there, for the bench to drive. Raises
    :class:`ConfigError`, on an appliance also where there is no file.
    """
    path = place_of(path)
    if path is None and not simulate and is_appliance():
        raise ConfigError(MISSING)
    tables = {} if path is None else _read(path)
    if simulate:
        tables = _with_every_pin(tables)
    try:
        settings = msgspec.convert(tables, Settings)
    except msgspec.ValidationError as error:
        line = " ".join(_in_words(str(error), tables).split())
        raise ConfigError(f"{path}: {line}") from error
    if (name := settings.site.timezone) and not zone.is_known(name):
        raise ConfigError(
            f"{path}: site.timezone: {_toml(name)} is not known; {zone.mend_of(name)}"
        )
    return settings


def _read(path: Path) -> dict[str, Any]:
    text = ""
    try:
        # With "sig", since the boot partition is edited on computers that write a byte order mark.
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; mend --config or make it") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); mend that first") from error
    except RecursionError:
        raise ConfigError(
            f"{path}: nested far too deep; write `key = value` below a `[table]`"
        ) from None
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at ")
        last = f"line {len(text.splitlines())}"
        place = where.removesuffix(")").replace("end of document", last) or last
        raise ConfigError(
            f"{path}: {place}: not TOML: {what}; write `key = value` below a `[table]`"
        ) from error


def _with_every_pin(tables: dict[str, Any]) -> dict[str, Any]:
    """Give each input that the file leaves out its simulated pin, or else a free one."""
    pins = tables.get("pins", {})
    if not isinstance(pins, dict):
        return tables
    real, simulated = Pins().numbers(), SIMULATED_PINS.numbers()
    every = real | pins
    for name in [name for name in simulated if name not in every]:
        free = [pin for pin in (simulated[name], *range(4, 28)) if pin not in every.values()]
        every[name] = free[0]
    return tables | {"pins": every}


_PLACE: Final = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<place>[^`]*)`)?", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)
_ENUM: Final = re.compile(r"Invalid enum value .*")
_KIND: Final = re.compile(r"Expected `(?P<kind>.*)`, got `(?P<got>.*)`")
_KINDS: Final = {
    "float": "a number",
    "int": "a whole number",
    "str": 'text in "quotes"',
    "bool": "true or false",
    "object": "a [table]",
}


def _in_words(fault: str, tables: dict[str, Any]) -> str:
    """Turn msgspec's sentence into the place, what is wrong there and the mend."""
    match = _PLACE.fullmatch(fault)
    what, place = (match["what"], match["place"] or "") if match else (fault, "")
    keys = [key for key in place.split(".") if key]
    if (unknown := _UNKNOWN.fullmatch(what)) is not None:
        return _unknown_key(keys, unknown["key"])
    value: Any = tables
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    shown = _toml(value)
    if (kind := _KIND.fullmatch(what)) is not None:
        wanted = " or ".join(_KINDS[k] for k in kind["kind"].split(" | ") if k in _KINDS)
        return f"{place}: {shown} is not {wanted}; write {wanted}"
    field = _field(keys)
    if field is not None and _ENUM.fullmatch(what):
        choices = [str(choice) for choice in field.values]
        return (
            f"{place}: {shown} is not known{_meant(str(value), choices, 0.75)}; {_one_of(choices)}"
        )
    if field is not None and what.startswith("Expected"):
        return f"{place}: {shown} is out of bounds; {_bounds(keys, field)}"
    return f"{place}: {what}"


def _unknown_key(keys: list[str], key: str) -> str:
    known = list(_table(keys).__struct_fields__)
    place = ".".join([*keys, key])
    what = "table" if not keys else "key"
    return f"{place}: no such {what}{_meant(key, known) or '; ' + _one_of(known)}"


def _table(keys: list[str]) -> type[msgspec.Struct]:
    table: Any = Settings
    for key in keys:
        table = type(getattr(table(), key))
    return table  # type: ignore[no-any-return]  # every nested value is a table


def _field(keys: list[str]) -> Any:
    """Return what msgspec knows of a key's type (its bounds or choices), or None."""
    if not keys:
        return None
    info = msgspec.inspect.type_info(_table(keys[:-1]))
    if not isinstance(info, msgspec.inspect.StructType):
        return None
    kind = next((field.type for field in info.fields if field.name == keys[-1]), None)
    if isinstance(kind, msgspec.inspect.UnionType):
        return kind.types[0]
    return kind


def _bounds(keys: list[str], field: Any) -> str:
    if isinstance(field, msgspec.inspect.StrType):
        most = "" if field.max_length is None else f", at most {field.max_length} letters"
        return f"write text{most}" + (", not empty" if field.min_length else "")
    low = f"{field.ge:g}" if field.ge is not None else f"more than {field.gt:g}"
    why = " (a site may be stricter than that, never laxer)" if keys[0] == "limits" else ""
    return f"write a number from {low} to {field.le:g}{why}"


def _meant(word: str, known: list[str], alike: float = 0.5) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=alike)
    return f", did you mean {close[0]}?" if close else ""


def _one_of(choices: list[str]) -> str:
    return f"write one of {', '.join(choices)}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 40 else f"{text[:37]}..."
