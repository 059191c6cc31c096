"""Which of Google's Material Symbols the screens use, and the font that holds them.

The font is built from the set's own drawings by ``build.py`` (`make icons`) and lies beside this.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

FONT: Final = Path(__file__).parent / "symbols.ttf"
SET: Final = "Material Symbols"
VERSION: Final = "0.47.5"
"""Of the npm package @material-symbols/svg-700, which follows Google's set."""
LICENCE: Final = "Apache-2.0"
FIRST: Final = 0xE000
"""The first picture's character, in the area that Unicode leaves to everybody."""


class Symbol(NamedTuple):
    """One of the set's symbols; its rounded, filled drawing of the heaviest weight is taken.

    ``grow``: how much it is enlarged, since the set leaves room around a symbol and the more the
    plainer it is; never past its box. ``over``: it is turned upside down.
    """

    name: str
    grow: float = 1.06
    over: bool = False


SYMBOLS: Final[dict[str, Symbol]] = {
    "check": Symbol("check", 1.3),
    "cross": Symbol("close", 1.45),
    "back": Symbol("arrow_back", 1.3),
    "next": Symbol("arrow_forward", 1.3),
    "opens": Symbol("chevron_right", 1.5),
    "erase": Symbol("backspace", 1.1),
    "shift": Symbol("shift", 1.1),
    "up": Symbol("keyboard_arrow_up", 1.6),
    "down": Symbol("keyboard_arrow_down", 1.6),
    "faster": Symbol("shift", 1.2),
    "slower": Symbol("shift", 1.2, over=True),
    "plus": Symbol("add", 1.35),
    "minus": Symbol("remove", 1.35),
    "pause": Symbol("pause", 1.2),
    "play": Symbol("play_arrow", 1.45),
    "octagon": Symbol("report", 1.2),
    "warning": Symbol("warning", 1.1),
    "info": Symbol("info", 1.1),
    "lock": Symbol("lock"),
    "key": Symbol("key"),
    "pulse": Symbol("vital_signs"),
    "page": Symbol("description"),
    "on": Symbol("check_box", 1.15),
    "off": Symbol("check_box_outline_blank", 1.15),
    "export": Symbol("upload", 1.25),
    "import": Symbol("download", 1.25),
    "gear": Symbol("settings", 1.1),
    "house": Symbol("home", 1.15),
    "sound": Symbol("volume_up", 1.15),
    "sun": Symbol("light_mode", 1.02),
    "power": Symbol("power_settings_new"),
    "clock": Symbol("schedule"),
    "calendar": Symbol("calendar_month"),
    "person": Symbol("person", 1.25),
    "globe": Symbol("language"),
    "shield": Symbol("verified_user", 1.1),
    "alert": Symbol("gpp_maybe", 1.1),
    "search": Symbol("search", 1.2),
    "filter": Symbol("filter_list", 1.15),
    "swap": Symbol("swap_horiz", 1.1),
    "same": Symbol("equal", 1.3),
    "bars": Symbol("bar_chart", 1.25),
    "bin": Symbol("delete", 1.1),
    "redo": Symbol("replay"),
    "eject": Symbol("eject", 1.35),
    "unseen": Symbol("visibility_off", 1.05),
    "tap": Symbol("touch_app", 1.05),
    "walks": Symbol("directions_walk", 1.05),
    "hand": Symbol("back_hand", 1.0),
    "speed": Symbol("speed", 1.1),
    "badge": Symbol("badge", 1.05),
}
"""Each picture by the name that the screens have for it."""
_PLACE: Final = {name: FIRST + number for number, name in enumerate(SYMBOLS)}


def letter(name: str) -> str | None:
    """Return the character that is this picture in the font; None: the set does not have it."""
    place = _PLACE.get(name)
    return None if place is None else chr(place)
