"""What can be read of a settings file that cannot be used: enough to say so on its own display.

Nothing here reaches the guard: a walk wants all of the file, and wants it right.
"""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from kiosk.config import Screen, Site

MOST_BYTES: Final = 65536


def salvaged(path: Path | None) -> tuple[Screen, str]:
    """Return the display and the language as far as single lines of the file tell; never raises.

    Tables are not asked: no two of the keys that are looked for have the same name.
    """
    keys = _keys(path)
    screen: dict[str, Any] = {}
    for name in set(Screen.__struct_fields__) & keys.keys():
        with contextlib.suppress(msgspec.ValidationError):
            msgspec.convert(screen | {name: keys[name]}, Screen)
            screen[name] = keys[name]
    language = Site().language
    with contextlib.suppress(msgspec.ValidationError):
        language = msgspec.convert({"language": keys.get("language", language)}, Site).language
    return msgspec.convert(screen, Screen), language


def _keys(path: Path | None) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    if path is None:
        return keys
    with contextlib.suppress(OSError), path.open("rb") as file:
        for line in file.read(MOST_BYTES).decode(errors="replace").splitlines():
            with contextlib.suppress(tomllib.TOMLDecodeError, RecursionError):
                keys |= tomllib.loads(line)
    return keys
