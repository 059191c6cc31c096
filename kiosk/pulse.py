"""Whether the session's own thread goes round, and what the screens see where it does not.

Kivy's loop says to the guard that the screen is alive. That alone is not enough: a session that
stands still behind a screen that moves would neither see a walk end nor sound an alarm.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec

from kiosk.session import machine
from kiosk.session.model import Snapshot

STUCK_NS: Final = 800_000_000
"""So long without a round: the screens are told as if the guard were lost (safety.md: 1.0 s)."""


class Pulse:
    """Beaten by the session's thread in each of its rounds, felt by Kivy's."""

    def __init__(self, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        """Not beating yet: before its first round nothing is stuck. ``clock_ns`` is monotonic."""
        self._clock_ns = clock_ns
        self._beat_ns: int | None = None
        self._told_ns: int | None = None
        self._stuck: Snapshot | None = None

    def beat(self) -> None:
        """A round is done."""
        self._beat_ns = self._clock_ns()

    def end(self) -> None:
        """No more rounds will come, and none is waited for."""
        self._beat_ns = None

    def renewed(self) -> bool:
        """Say whether a round was done since this was last asked: a sign of life of both loops."""
        told_ns, self._told_ns = self._told_ns, self._beat_ns
        return self._beat_ns is not None and self._beat_ns != told_ns

    def stuck(self) -> bool:
        """Say whether the rounds have stopped for too long."""
        beat_ns = self._beat_ns
        return beat_ns is not None and self._clock_ns() - beat_ns >= STUCK_NS

    def seen(self, newest: Snapshot) -> Snapshot:
        """Return the newest snapshot, or what it becomes by the rule of a guard that is lost.

        The thread that would carry that out is the one that stands still; it is shown all the same.
        """
        if not self.stuck():
            self._stuck = None
            return newest
        now_ns = self._clock_ns()
        if self._stuck is None:
            session, _effects = machine.guard_lost(newest.session, now_ns)
            health = msgspec.structs.replace(newest.health, guard=False)
            self._stuck = msgspec.structs.replace(
                newest, session=session, health=health, failing=("guard",)
            )
        self._stuck = msgspec.structs.replace(self._stuck, now_ns=now_ns)
        return self._stuck
