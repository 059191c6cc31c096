"""Unlocks that wait for the guard to clear what the staff's PIN clears."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Final

from hardware.link import Status
from kiosk.session.actions import Refusal

CLEARED_WITHIN_NS: Final = 1_000_000_000
LEFT_TO_CLEAR: Final = {
    "estop": "release the emergency stop first",
    "sensor_lost": "the belt sensor must be heard for 2 seconds first",
    "sensor_fault": "the belt sensor must be in order for 2 seconds first",
    "permit_ineffective": "the belt must stand still first",
    "unexpected_motion": "the belt must stand still first",
    "safety_key": "put the safety key in first",
}


class Unlocks:
    """Those under way. Only the session's thread may call."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._waiting: list[tuple[Future[None], int]] = []

    def begin(self, future: Future[None], now_ns: int) -> None:
        """The guard was asked, at this monotonic time."""
        self._waiting.append((future, now_ns))

    def settle(self, status: Status | None, now_ns: int) -> None:
        """Answer those for which the guard cleared everything, or did not speak in time."""
        left = []
        for future, asked_ns in self._waiting:
            if status is not None and status.t_ns > asked_ns and not status.latched:
                future.set_result(None)
            elif now_ns - asked_ns >= CLEARED_WITHIN_NS:
                future.set_exception(Refusal("guard", "The guard does not answer: call the staff."))
            else:
                left.append((future, asked_ns))
        self._waiting = left

    def refuse(self, failing: tuple[str, ...]) -> None:
        """Say what the guard could not clear, and what to do first."""
        todo = "; ".join(LEFT_TO_CLEAR.get(reason, reason) for reason in failing)
        for future, _ in self._waiting:
            future.set_exception(Refusal("latched", f"Not cleared yet: {todo}."))
        self._waiting = []
