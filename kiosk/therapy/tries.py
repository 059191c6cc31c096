"""How often a name and a PIN may be tried: counted for all profiles together, through restarts.

One count for everybody keeps no name anywhere, and whoever goes through names gets no more tries
than whoever goes through PINs. A right PIN takes back the wrong tries that were made with the same
name, and no others: who has a profile of their own must not buy tries at another's with it. Where
several people share the name, it takes back nothing but itself. After a quarter of an hour without
a wrong try all is forgotten.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import msgspec

from kiosk.lockout import (
    Clock,
    Lock,
    Tries,
    begun,
    carried_on,
    counted,
    left_s,
    left_words,
    locked_words,
)
from kiosk.records.files import make_folder, set_aside_if_possible, write_atomically
from kiosk.records.sealed import seal, unseal
from kiosk.session.actions import Refusal
from profiles.saying import Saying

log = logging.getLogger(__name__)

QUIET_S: Final = 900.0
_MOST_NAMES: Final = 100


class _Kept(Tries, frozen=True, kw_only=True):
    """What lies in the file; ``quiet`` runs from the newest wrong try."""

    quiet: Lock | None = None


class ProfileTries:
    """The tries at one kiosk's profiles. Only one thread at a time may call.

    When the disk fails they are counted in memory: whoever comes to walk must still get in.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        """Read the file, ``DATA/settings/profile-tries.json``; a damaged one begins locked."""
        self._path = path
        self._clock = clock or Clock()
        self._mine: dict[str, int] = {}
        self._kept = self._before = self._read()

    def begin(self, name: str) -> None:
        """Count a try as wrong, before it is judged: a pulled plug gives nobody another one.

        ``name`` is what was typed, in the form in which names are compared; it stays in memory,
        until its PIN is right. Raises :class:`Refusal` while a lock lasts.
        """
        lock, quiet = self._kept.lock, self._kept.quiet
        if (again := carried_on(self._kept, self._clock)) is not self._kept:
            self._keep(again)
        if lock is not None and (left := left_s(lock, self._clock)) > 0:
            raise Refusal("pin", locked_words(left))
        if quiet is not None and left_s(quiet, self._clock) <= 0:
            self._kept = _Kept()
        if self._kept.wrong == 0:
            self._mine = {}
        self._before = self._kept
        once_more = counted(self._kept, self._clock)
        self._keep(msgspec.structs.replace(once_more, quiet=begun(self._clock, QUIET_S)))
        if name in self._mine or len(self._mine) < _MOST_NAMES:
            self._mine[name] = self._mine.get(name, 0) + 1

    def was_right(self, name: str, *, shared: bool = False) -> None:
        """Take back the try that was just begun, and the wrong ones made with this name.

        Not those of a name that is ``shared``: they may have been made at somebody else's PIN.
        """
        mine = self._mine.pop(name, 1) - 1
        if shared:
            self._mine[name], mine = mine, 0
        wrong = self._before.wrong - mine
        self._keep(msgspec.structs.replace(self._before, wrong=max(0, wrong)))

    def left(self) -> Saying:
        """Return how many tries are left, or how long to wait."""
        return left_words(self._kept)

    def _read(self) -> _Kept:
        try:
            return unseal(self._path.read_bytes(), _Kept)
        except FileNotFoundError:
            return _Kept()
        except (ValueError, OSError) as error:
            log.error("%s cannot be read: %s", self._path, type(error).__name__)
            if isinstance(error, ValueError):
                set_aside_if_possible(self._path)
            return _Kept(locks=1, lock=begun(self._clock, 60.0))

    def _keep(self, kept: _Kept) -> None:
        self._kept = kept
        try:
            make_folder(self._path.parent)
            write_atomically(self._path, seal(kept))
        except OSError as error:
            log.error("tries at profiles are counted in memory only: %s", error.strerror)
