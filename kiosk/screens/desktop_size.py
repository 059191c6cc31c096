"""How large the window is, with what the simulation adds around the kiosk's screen. No Kivy."""

from __future__ import annotations

from typing import Final

PANEL_PX: Final = 360
BAND_PX: Final = 34
PANEL_HIGH_PX: Final = 720
"""The panel's own height: a lower kiosk's window grows to it."""


def window_size(width: int, height: int, *, panel: bool) -> tuple[int, int]:
    """Return the window's size: the screen, and in the simulation a band above and a panel."""
    if not panel:
        return width, height
    return width + PANEL_PX, max(height + BAND_PX, PANEL_HIGH_PX)
