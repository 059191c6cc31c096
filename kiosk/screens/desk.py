"""The one door between the screens and the rest: snapshots come out, actions go in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from kiosk.session.actions import Action
from kiosk.session.model import Snapshot, TraceRow
from kiosk.staff.model import StaffDesk
from kiosk.therapy.model import PatronDesk, TherapyDesk
from profiles.model import Program

__all__ = ["Desk", "TraceRow"]


class Desk(Protocol):
    """What a screen may call. Every method returns at once; none raises for a person's mistake."""

    @property
    def staff(self) -> StaffDesk:
        """What staff see and may do behind their PIN."""

    @property
    def therapy(self) -> TherapyDesk:
        """What a therapist sees and may do behind their PIN."""

    @property
    def patron(self) -> PatronDesk:
        """Who is here with a profile."""

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot."""

    def post(self, action: Action) -> Future[None]:
        """Ask for an action; the future ends with a ``Refusal`` where it cannot be.

        Futures are completed by another thread: look at ``done()`` in a frame, add no callback.
        """

    def stop(self) -> None:
        """STOP: the guard is told from this very call, the session right after."""

    def alive(self) -> None:
        """Tell the guard that the screen's main loop runs. Call it 10 times a second from there."""

    def lives(self) -> bool:
        """Say whether the session behind the screens goes on; where it does not, end the kiosk."""

    def trace(self) -> Sequence[TraceRow]:
        """Return the trace of the session shown, oldest first."""

    def programs(self) -> Mapping[str, Program]:
        """Return the built-in programs by id, in the order in which they are offered."""

    def pin_is_set(self, role: str) -> bool:
        """Say whether a PIN of ``staff`` or ``therapist`` exists."""

    def pin_locked_s(self, role: str) -> float:
        """Return how long a role's PIN is locked after wrong tries, in seconds; 0: it is not."""

    def set_first_pin(self, role: str, pin: str) -> Future[None]:
        """Set the PIN of a role that has none yet (4-8 digits)."""
