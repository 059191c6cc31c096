"""Which PINs are open, and for how long: what staff may do is decided here, not by a screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from kiosk.session.actions import Refusal
from kiosk.staff.model import ROLES, Role
from profiles.saying import Saying, saying

CLOSES_AFTER_S: Final = 300.0
"""Staff who are called away leave the kiosk open: long enough to read a page, no longer."""

_NEEDS: Final[dict[frozenset[Role], Saying]] = {
    frozenset({"staff"}): saying("This needs the staff's PIN: enter it again."),
    frozenset({"therapist"}): saying("This needs the therapist's PIN: enter it again."),
    frozenset(ROLES): saying("This needs the staff's PIN or the therapist's PIN: enter it again."),
}


class Roles:
    """The roles that are open. Any thread may call; ``clock`` is monotonic, in seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is open. ``busy`` says whether something runs that staff wait for."""
        self._clock = clock
        self._guard = threading.Lock()
        self._open: frozenset[Role] = frozenset()
        self._used_s = 0.0
        self.busy: Callable[[], bool] = lambda: False

    def opened(self, role: Role) -> None:
        """A role's PIN was right."""
        with self._guard:
            self._close_if_forgotten()
            self._open |= {role}
            self._used_s = self._clock()

    def leave(self) -> None:
        """Close everything."""
        with self._guard:
            self._open = frozenset()

    def now_open(self) -> frozenset[Role]:
        """Return what is open."""
        with self._guard:
            self._close_if_forgotten()
            return self._open

    def need(self, *roles: Role) -> None:
        """Let one of these roles pass; raises :class:`Refusal`. It counts as a sign of life."""
        with self._guard:
            self._close_if_forgotten()
            if not self._open & set(roles):
                raise Refusal("locked", _NEEDS[frozenset(roles)])
            self._used_s = self._clock()

    def _close_if_forgotten(self) -> None:
        now = self._clock()
        if self.busy():
            self._used_s = now
        elif now - self._used_s >= CLOSES_AFTER_S:
            self._open = frozenset()
