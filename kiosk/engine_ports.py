"""What the engine tells the desks of staff, therapists and people with a profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hardware.link import Raw, Status, ToGuard, Welcome
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


class Care(Protocol):
    """What staff do to the machine, as the engine needs it; ``kiosk.care`` has the real one.

    All of it is called in the session's thread.
    """

    def bind(self, send: Callable[[ToGuard], None], raw: Callable[[bool], None]) -> None:
        """Take the ways to the guard: ``raw`` asks for raw inputs, or for none."""

    def on_welcome(self, welcome: Welcome) -> None:
        """A guard began to speak."""

    def on_status(self, status: Status) -> None:
        """One status of the guard."""

    def on_raw(self, raw: Raw) -> None:
        """A raw input."""

    def on_refused(self, command: str, failing: tuple[str, ...]) -> None:
        """The guard did not do what it was asked."""

    def tick(self, *, idle: bool) -> None:
        """Look at the clock; ``idle``: no session is under way."""


class NoCare:
    """Where nobody looks after the machine: a bench, a test."""

    def bind(self, *_: object) -> None:
        """Need no way to the guard."""

    def on_welcome(self, *_: object) -> None:
        """Ignore it, as all that follows."""

    on_status = on_raw = on_refused = on_welcome

    def tick(self, *, idle: bool) -> None:
        """Look at no clock."""


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
