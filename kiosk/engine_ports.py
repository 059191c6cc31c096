"""What the engine tells the desks of staff, therapists and people with a profile."""

from __future__ import annotations

from typing import Protocol

from kiosk.session.model import Phase
from kiosk.session.plan import Plan
from kiosk.staff.model import Role, StaffDesk
from kiosk.therapy.model import PatronDesk, TherapyDesk


class Staff(StaffDesk, Protocol):
    """The staff's desk, and what the engine tells it; ``kiosk.staff`` has the real one."""

    def opened(self, role: Role) -> None:
        """A PIN was right."""

    def is_open(self, role: Role) -> bool:
        """Say whether this role's PIN is open."""


class Therapy(TherapyDesk, Protocol):
    """The therapist's desk, and what the engine tells it; ``kiosk.therapy`` has the real one."""

    def opened(self) -> None:
        """The therapist's PIN was right."""


class Patrons(PatronDesk, Protocol):
    """Who is here with a profile, as the engine needs it."""

    def begin(self, who: str, pin: str) -> str:
        """Find somebody by their PIN, or see that whoever is here may begin; return their code.

        Raises :class:`Refusal`. Called in the desk's thread.
        """

    def plan(self, code: str) -> Plan:
        """Return what whoever is here walks; raises :class:`Refusal`."""

    def follow(self, phase: Phase, code: str | None) -> None:
        """Hear where the session stands, and whose it is."""
