"""The staff's screens, by the names that ``router.STAFF`` has for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kiosk.screens.clinickey import KeyPage
from kiosk.screens.clock import ClockPage
from kiosk.screens.export import ExportPage
from kiosk.screens.pinning import NewPinPage, PinsPage
from kiosk.screens.staff import FaultsPage, StaffPage
from kiosk.screens.sticks import SticksPage

STAFF_PAGES: Final[dict[str, Callable[..., Any]]] = {
    "staff": StaffPage,
    "export": ExportPage,
    "sticks": SticksPage,
    "clock": ClockPage,
    "pins": PinsPage,
    "newpin": NewPinPage,
    "key": KeyPage,
    "faults": FaultsPage,
}
