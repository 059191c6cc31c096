"""Events put into SDL's own queue, by the very library that Kivy's window asks."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Final

QUIT: Final = 0x100
KEY_DOWN: Final = 0x300
KEY_UP: Final = 0x301
TEXT_INPUT: Final = 0x303
BUTTON_DOWN: Final = 0x401
BUTTON_UP: Final = 0x402
WHEEL: Final = 0x403
JOY_BUTTON_DOWN: Final = 0x603
FINGER_DOWN: Final = 0x700
FINGER_UP: Final = 0x701
FINGER_MOTION: Final = 0x702
DROP_FILE: Final = 0x1000

_U8, _U16, _U32 = ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32
_I32, _I64, _F32 = ctypes.c_int32, ctypes.c_int64, ctypes.c_float
_HEAD: Final = [("type", _U32), ("timestamp", _U32)]


def _event(name: str, *fields: tuple[str, Any]) -> Any:
    """One member of SDL_Event, as long as the union may be."""
    return type(name, (ctypes.Structure,), {"_fields_": [*_HEAD, *fields, ("pad", _U8 * 96)]})


Finger = _event(
    "Finger",
    *(("touch", _I64), ("finger", _I64)),
    *((name, _F32) for name in ("x", "y", "dx", "dy", "pressure")),
    ("window", _U32),
)
Key = _event(
    "Key",
    ("window", _U32),
    *((name, _U8) for name in ("state", "repeat", "pad2", "pad3")),
    *(("scancode", _I32), ("sym", _I32), ("mod", _U16), ("unused", _U32)),
)
Text = _event("Text", ("window", _U32), ("text", ctypes.c_char * 32))
Button = _event(
    "Button",
    *(("window", _U32), ("which", _U32)),
    *((name, _U8) for name in ("button", "state", "clicks", "pad1")),
    *(("x", _I32), ("y", _I32)),
)
Wheel = _event("Wheel", ("window", _U32), ("which", _U32), ("x", _I32), ("y", _I32))
Drop = _event("Drop", ("file", ctypes.c_void_p), ("window", _U32))
Bare = _event("Bare")


def library() -> Any:
    """The SDL that this process has loaded."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        if "/libSDL2-2" in line:
            return ctypes.CDLL(line.split(maxsplit=5)[5])
    raise AssertionError("SDL is not loaded")


def push(event: Any) -> None:
    """Put an event into the queue, as a driver does."""
    assert library().SDL_PushEvent(ctypes.byref(event)) == 1


def finger(kind: int, number: int, x: float, y: float) -> None:
    """A finger at shares of the window, from its upper left."""
    push(Finger(type=kind, touch=1, finger=number, x=x, y=y, pressure=1.0))


def key(sym: int, mod: int = 0) -> None:
    """A key goes down and up."""
    push(Key(type=KEY_DOWN, state=1, sym=sym, mod=mod))
    push(Key(type=KEY_UP, state=0, sym=sym, mod=mod))


def click(button: int, x: int, y: int) -> None:
    """A mouse button goes down and up."""
    for kind in (BUTTON_DOWN, BUTTON_UP):
        push(Button(type=kind, button=button, state=int(kind == BUTTON_DOWN), x=x, y=y))


def drop(path: str) -> None:
    """A file is dropped on the window. SDL frees the name, so it has to be SDL's memory."""
    sdl = library()
    sdl.SDL_strdup.restype = ctypes.c_void_p
    push(Drop(type=DROP_FILE, file=sdl.SDL_strdup(path.encode())))
