"""How far an export is, told often enough to look alive, and the one place that hears "cancel"."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from kiosk.export.errors import CANCELLED, NOTHING_LEFT, Cancelled

Phase = Literal["writing", "checking", "done"]

_TELL_EVERY_S: Final = 0.1
_GUESS_AFTER_S: Final = 1.0


class Progress(NamedTuple):
    """How far it is. ``seconds_left`` is None while that is anyone's guess.

    Bytes count twice, once when they are safe on the target and once when they were read back.
    """

    phase: Phase
    bytes_done: int
    bytes_total: int
    seconds_left: float | None


Tell = Callable[[Progress], None]


class Meter:
    """Counts bytes, tells about it ten times a second at most, and stops a cancelled export."""

    def __init__(
        self,
        total: int,
        tell: Tell,
        cancel: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``total`` is an estimate; it grows when it was too low."""
        self._total = max(1, total)
        self._tell = tell
        self._cancel = cancel
        self._clock = clock
        self._began = clock()
        self._told = self._began - _TELL_EVERY_S
        self._done = 0
        self._phase: Phase = "writing"

    def check(self) -> None:
        """Raise :class:`Cancelled` when somebody cancelled."""
        if self._cancel.is_set():
            raise Cancelled(CANCELLED, NOTHING_LEFT)

    def enter(self, phase: Phase, total: int | None = None) -> None:
        """Begin another phase; ``total`` corrects the estimate once the size is known."""
        self._phase = phase
        if total is not None:
            self._total = max(1, total)
        self._told = self._began - _TELL_EVERY_S
        self.add(0)

    def add(self, count: int) -> None:
        """Count bytes that are done, and tell if it is time to."""
        self._done += count
        self._total = max(self._total, self._done)
        now = self._clock()
        if now - self._told < _TELL_EVERY_S:
            return
        self._told = now
        passed = now - self._began
        left = None
        if self._done and passed >= _GUESS_AFTER_S:
            left = passed * (self._total - self._done) / self._done
        if self._phase == "done":
            left = 0.0
        self._tell(Progress(self._phase, self._done, self._total, left))
