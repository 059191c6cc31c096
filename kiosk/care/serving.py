"""Service mode as the kiosk keeps it: begun by a tap, ended by everything else.

Danger: it moves a belt. It lasts only while a machine page says at each look that it is up: a page
that is covered, left or frozen cannot forget to end it. The guard ends it by itself when this kiosk
goes away (``hardware/interlock.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from hardware.link import ClearLatches, RequestPermit, Revoke, Service, Status, ToGuard
from kiosk.care.model import Served
from kiosk.session.actions import Refusal
from profiles.saying import Saying, saying

NS: Final = 1_000_000_000
ATTENDED_NS: Final = NS
ANSWERS_NS: Final = 3 * NS
"""A guard that is busy on a slow machine is not one that is gone."""
PERMIT_RESTS_NS: Final = 90 * NS
"""A permit on a belt that rests for this long was forgotten."""
MOVED_NS: Final = 3 * NS

ENDED: Final = saying("Service mode has ended: begin once more.")
NO_ANSWER: Final = saying(
    "The safety guard does not answer. Restart the kiosk; if it stays so, call the service."
)
_BELT: Final = saying(
    "Service mode did not begin: wait until the belt stands still, then try again."
)
BUSY: Final = saying("A session is under way: wait until it is over.")
_LATCH: Final = saying("The staff must clear the last stop with their PIN.")
_REFUSED: Final = saying("The safety guard refused service mode. Try again in a moment.")


def why_not(failing: tuple[str, ...], status: Status | None) -> Saying:
    """Return why the guard did not begin service mode: what it said, else what it shows."""
    names = {str(one) for one in failing}
    moves = status is not None and status.at_rest is False
    latched = status is not None and bool(status.latched)
    if names & {"session", "permit"}:
        return BUSY
    if "belt" in names or (moves and "latch" not in names):
        return _BELT
    if "latch" in names or latched:
        return _LATCH
    return _REFUSED


class Serving:
    """Whether service mode is on, and what ends it. Any thread may call; ``lock`` is shared."""

    def __init__(self, lock: threading.RLock, now_ns: Callable[[], int]) -> None:
        """It is off, and nothing is sent before ``send`` is set."""
        self._lock = lock
        self._now_ns = now_ns
        self.send: Callable[[ToGuard], None] = lambda _message: None
        self.served = Served()
        self._attended_ns = self._moved_ns = -MOVED_NS
        self._entering: tuple[Future[None], int] | None = None
        self._rest_ns: int | None = None
        self._counts: int | None = None
        self._status: Status | None = None

    def attend(self) -> None:
        """A machine page is up."""
        self._attended_ns = self._now_ns()

    def attended(self) -> bool:
        """Say whether one is up, and its loop runs."""
        return self._now_ns() - self._attended_ns < ATTENDED_NS

    def moved(self) -> bool:
        """Say whether the belt moved within the last seconds."""
        return self._now_ns() - self._moved_ns < MOVED_NS

    def forget(self) -> None:
        """Another guard speaks: it is in no service mode."""
        self.served, self._counts, self._status = Served(), None, None

    def enter(self, answer: Future[None]) -> None:
        """Ask for it; ``answer`` ends when the guard has done it, or not."""
        if self.served.on:
            answer.set_result(None)
            return
        self.attend()
        self._give_up(ENDED)
        self._entering = answer, self._now_ns()
        self.send(Service(on=True))

    def leave(self) -> None:
        """End it, and its permit."""
        with self._lock:
            if self.served.on or self._entering is not None:
                self._give_up(ENDED)
                self.send(Revoke("closed"))
                self.send(Service(on=False))

    def give_permit(self) -> None:
        """Ask for the permit; what staff clear is cleared by the same tap, if its cause is gone."""
        if not self.served.on:
            raise Refusal("service", ENDED)
        self.served = Served(on=True)
        self.send(ClearLatches())
        self.send(RequestPermit())

    def on_status(self, status: Status) -> None:
        """One status of the guard."""
        self._status = status
        if self._counts is not None and status.counts != self._counts:
            self._moved_ns = self._now_ns()
        self._counts = status.counts
        resting = status.permit and status.service and status.at_rest is not False
        self._rest_ns = (self._rest_ns or self._now_ns()) if resting else None
        if status.service is not self.served.on:
            self.served = Served(on=status.service)
        if status.service and self._entering is not None:
            (answer, _), self._entering = self._entering, None
            answer.set_result(None)

    def refused(self, command: str, failing: tuple[str, ...]) -> bool:
        """Hear what the guard did not do; return whether it was the permit of service mode."""
        if command == "service":
            self._give_up(why_not(failing, self._status))
        if command != "request_permit" or not self.served.on:
            return False
        self.served = Served(on=True, failing=tuple(dict.fromkeys(str(one) for one in failing)))
        return True

    def tick(self, *, may: bool) -> None:
        """Look at the clock; ``may``: the PIN is open and no session is under way."""
        now = self._now_ns()
        if self.served.on and not (may and self.attended()):
            self.leave()
        elif self._rest_ns is not None and now - self._rest_ns >= PERMIT_RESTS_NS:
            self._rest_ns = now
            self.send(Revoke("closed"))
        if self._entering is not None and now - self._entering[1] >= ANSWERS_NS:
            self._give_up(NO_ANSWER)
            # An answer that comes later must not begin what nobody waits for.
            self.send(Service(on=False))

    def _give_up(self, why: Saying) -> None:
        if self._entering is not None:
            (answer, _), self._entering = self._entering, None
            answer.set_exception(Refusal("service", why))
