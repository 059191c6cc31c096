"""The picture turned on the display, and the fingers with it, where it is mounted another way.

A display straight from the kernel (KMSDRM) has nobody else who would turn it: Raspberry Pi's Touch
Display 2 is upright by itself. Kivy turns what it draws and where it takes touches to be alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kiosk.config import Screen


def turn(window: Any, screen: Screen, *, alone: bool) -> None:
    """Turn what the window shows as the settings say. ``alone``: there is no window system.

    Kivy counts the other way round.
    """
    degrees = screen.rotate
    if degrees == "auto":
        wide, high = window.system_size
        across = (wide > high) != (screen.width > screen.height)
        degrees = 90 if alone and across else 0
    window.rotation = -degrees % 360
    # By itself Kivy draws anew only where width and height changed: never upside down.
    window.update_viewport()
