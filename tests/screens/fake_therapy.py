"""A therapist's desk without disks: it keeps to what the real one promises."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from kiosk.therapy.model import TherapyState
from tests.screens.fake_staff import FakeStaff


class FakeTherapy:
    """What it shows can be set field by field; what is asked of it is remembered in ``asked``."""

    def __init__(self, staff: FakeStaff) -> None:
        self.staff = staff
        self.shown = TherapyState()
        self.asked: list[Any] = []

    def reset(self, **fields: Any) -> None:
        """Show a fresh state with these fields."""
        self.shown = replace(TherapyState(), **fields)
        self.asked.clear()

    def state(self) -> TherapyState:
        return self.shown

    def leave(self) -> None:
        self.asked.append("leave")
