"""Unlocks that wait for the guard to clear what the staff's PIN clears."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Final

from hardware.link import Status
from kiosk.session.actions import Refusal
from profiles.saying import saying

CLEARED_WITHIN_NS: Final = 1_000_000_000
NOT_CLEARED: Final = saying("Not cleared yet.")
_STILL: Final = saying("The belt must stand still first.")
LEFT_TO_CLEAR: Final = {
    "estop": saying("Release the emergency stop first."),
    "sensor_lost": saying("The belt sensor must be heard for some seconds first."),
    "sensor_fault": saying("The belt sensor must be in order for some seconds first."),
    "permit_ineffective": _STILL,
    "unexpected_motion": _STILL,
    "safety_key": saying("Put the safety key in first."),
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
        first = {
            LEFT_TO_CLEAR.get(reason) or saying("The guard says: {reason}.", reason=reason): None
            for reason in failing
        }
        for future, _ in self._waiting:
            future.set_exception(Refusal("latched", NOT_CLEARED, *first))
        self._waiting = []
