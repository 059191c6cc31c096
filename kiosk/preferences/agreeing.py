"""What the guard has to know of the settings, until it says that it does. No thread, no I/O.

The guard starts with its own file's values. The kiosk tells it what staff set at each Welcome, and
after a change; the guard takes it only while nobody can be on the belt. While the two disagree no
session may start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from hardware.link import Configure, ToGuard, Welcome
from kiosk.session.actions import Refusal
from kiosk.session.plan import NS
from profiles.saying import Said, Saying, saying

AGAIN_NS: Final = NS
"""How long after a refusal, or without an answer, the guard is told once more."""
WITHIN_NS: Final = 3 * NS
"""How long a person waits for the guard's answer before it counts as none."""

_WHY: Final = {
    "permit": saying("Somebody is on the belt: try again afterwards."),
    "session": saying("A session is under way: try again afterwards."),
    "service": saying("A test is under way: end it first."),
    "moving": saying("The belt is moving: stop it first."),
    "cap_kmh": saying("The safety guard does not allow so high a speed limit."),
    "mm_per_count": saying("A calibration lies between 0.5 and 20 mm per count."),
}
_SILENT: Final = saying("The safety guard does not answer: try again in a moment.")
_LATER: Final = saying("Another change is under way: try again in a moment.")
_NOT_YET: Final = saying("The safety guard has not taken the kiosk's settings yet.")
_MOMENT: Final = saying("One moment, please.")


class Agreement:
    """Between what should hold and what the guard says. Any thread may ask; one settles."""

    def __init__(self, wanted: Configure) -> None:
        """``wanted`` is what was kept; nothing is known of a guard."""
        self._lock = threading.Lock()
        self._wanted = wanted
        self._asked: Configure | None = None
        self._answer: Future[None] | None = None
        self._until_ns: int | None = None
        self._holds: Configure | None = None
        self._told_ns: int | None = None
        self._refused: Saying | None = None

    # --- any thread -------------------------------------------------------------------------

    def ask(self, wanted: Configure) -> Future[None]:
        """Ask the guard to take this; the future ends when it said that it does, or did not."""
        answer: Future[None] = Future()
        with self._lock:
            if self._answer is not None:
                answer.set_exception(Refusal("busy", _LATER))
                return answer
            self._asked, self._answer, self._until_ns, self._told_ns = wanted, answer, None, None
        return answer

    def keep(self, wanted: Configure) -> None:
        """This is what should hold from now on: it was kept, or what was asked for was not."""
        with self._lock:
            self._wanted, self._told_ns = wanted, None

    def pending(self) -> bool:
        """Say whether somebody waits for the guard's answer."""
        return self._answer is not None

    def fault(self) -> Said:
        """Return why no session may start; nothing where all agree, or there is no guard."""
        with self._lock:
            if self._holds is None or self._holds == self._wanted:
                return ()
            return (_NOT_YET, self._refused or _MOMENT)

    # --- the session's thread ---------------------------------------------------------------

    def welcome(self, welcome: Welcome) -> None:
        """The guard said what holds."""
        holds = Configure(
            facing=welcome.facing,
            mm_per_count=welcome.mm_per_count,
            invert=welcome.invert,
            cap_kmh=welcome.site_cap_kmh,
        )
        with self._lock:
            self._holds, self._refused = holds, None
            answer = self._answer if self._asked == holds else None
            if answer is not None:
                self._wanted = holds
                self._done()
        if answer is not None:
            answer.set_result(None)

    def refused(self, failing: tuple[str, ...]) -> None:
        """The guard did not take it."""
        why = next((_WHY[name] for name in failing if name in _WHY), _SILENT)
        with self._lock:
            self._refused = why
            answer = self._answer
            self._done()
        if answer is not None:
            answer.set_exception(Refusal("guard", why))

    def gone(self) -> None:
        """The guard's socket closed: nothing is known of the next one."""
        with self._lock:
            self._holds = self._told_ns = None

    def settle(self, now_ns: int, send: Callable[[ToGuard], None], *, idle: bool) -> None:
        """Tell the guard what it has to know, once a second, while nobody is led through a walk."""
        with self._lock:
            late, why = self._expire(now_ns), _SILENT
            if late is None and not idle and self._answer is not None:
                late, why = self._answer, _WHY["session"]
                self._done()
            wanted = self._asked or self._wanted
            told = self._told_ns is not None and now_ns - self._told_ns < AGAIN_NS
            due = idle and self._holds not in {None, wanted} and not told
            agreed = self._answer if self._asked is not None and self._holds == wanted else None
            if agreed is not None:
                self._done()
            if due:
                self._told_ns = now_ns
        if late is not None:
            late.set_exception(Refusal("guard", why))
        if agreed is not None:
            agreed.set_result(None)
        if due:
            send(wanted)

    def _expire(self, now_ns: int) -> Future[None] | None:
        """Return the answer that somebody waited for in vain. The lock is held."""
        if self._answer is None:
            return None
        if self._until_ns is None:
            self._until_ns = now_ns + WITHIN_NS
        if now_ns < self._until_ns:
            return None
        late = self._answer
        self._done()
        return late

    def _done(self) -> None:
        self._asked = self._answer = self._until_ns = None
