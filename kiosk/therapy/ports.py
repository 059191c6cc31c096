"""What the therapist's desk asks of others: the office with its sticks, and the report's writer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol, TypeVar

from kiosk.staff.model import Role
from kiosk.therapy.model import ReportDone
from kiosk.therapy.todays import Found
from profiles.progress import Progress

_T = TypeVar("_T")


class Office(Protocol):
    """What is needed of the staff's office; ``kiosk.staff`` has the real one."""

    def need(self, *roles: Role) -> None:
        """Raise :class:`Refusal` unless one of these roles is open."""

    def is_open(self, role: Role) -> bool:
        """Say whether a role's PIN is open."""

    def at_stick(
        self,
        stick_id: str,
        job: Callable[[Path], _T],
        *roles: Role,
        writable: bool,
        freed: Callable[[], None] = ...,
    ) -> Future[_T]:
        """Do something with a mounted stick in the office's thread, and let go of it."""

    def apart(self, job: Callable[[], _T]) -> Future[_T]:
        """Do something that takes long in the office's thread."""


class Reporter(Protocol):
    """Writes a profile's report into a stick's folder."""

    def __call__(self, found: Found, goes: Progress, to: Path, *, identified: bool) -> ReportDone:
        """Raise an ``ExportError``, or :class:`Refusal`, with one sentence."""
