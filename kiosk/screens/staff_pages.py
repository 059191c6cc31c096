"""The staff's screens, by the names that ``router.STAFF`` has for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kiosk.screens.backups import BackupPage
from kiosk.screens.begin import BeginPage
from kiosk.screens.calibrate import CalibratePage
from kiosk.screens.clinickey import KeyPage
from kiosk.screens.clock import ClockPage
from kiosk.screens.export import ExportPage
from kiosk.screens.hardware import HardwarePage
from kiosk.screens.log import LogPage
from kiosk.screens.machine import MachinePage, ProofPage
from kiosk.screens.pinning import NewPinPage, PinsPage
from kiosk.screens.power import PowerPage
from kiosk.screens.settings import SettingsPage
from kiosk.screens.staff import FaultsPage, StaffPage
from kiosk.screens.sticks import SticksPage
from kiosk.screens.update import UpdatePage
from kiosk.screens.version import VersionPage

STAFF_PAGES: Final[dict[str, Callable[..., Any]]] = {
    "staff": StaffPage,
    "export": ExportPage,
    "sticks": SticksPage,
    "clock": ClockPage,
    "pins": PinsPage,
    "newpin": NewPinPage,
    "key": KeyPage,
    "faults": FaultsPage,
    "settings": SettingsPage,
    "begin": BeginPage,
    "log": LogPage,
    "version": VersionPage,
    "machine": MachinePage,
    "hardware": HardwarePage,
    "proof": ProofPage,
    "calibrate": CalibratePage,
    "power": PowerPage,
    "update": UpdatePage,
    "backup": BackupPage,
}
