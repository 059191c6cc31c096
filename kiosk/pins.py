"""The PINs of staff and therapist: argon2id hashes in ``DATA/settings/pins.json``.

In simulation the file is ``pins-simulated.json``, so that a simulation on a real kiosk's folder
neither opens it with a known PIN nor leaves one there.

A PIN of four digits can be tried out in minutes, so what protects it is the counting of wrong
tries: five, then a minute's lock, doubling to fifteen minutes. A try is counted on the disk before
it is judged, so that pulling the plug gives nobody another one. A new PIN that is held against the
other role's is a try at that one.
"""

from __future__ import annotations

import itertools
import logging
import re
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.lockout import Clock, carried_on, counted, left_s, left_words, locked_words
from kiosk.pins_kept import Entry, Reset, keep_damaged, load, set_aside, write
from profiles.saying import Said, Saying, saying, sayings

log = logging.getLogger(__name__)

SIMULATED_PINS: Final = {"staff": "1234", "therapist": "5678"}
"""Preset in simulation alone; a real kiosk has no PIN before someone sets one."""

_PIN: Final = re.compile(r"[0-9]{4,8}")
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's least for argon2id: about 25 ms on a PC and 0.1 s on a Pi, the same for every PIN."""


class PinError(Exception):
    """Base of the errors of this module. No message ever holds a PIN."""


class PinRefused(PinError, ValueError):
    """A PIN that was not accepted, or not taken; what is ``said`` is for the PIN pad."""

    def __init__(self, *said: Saying | str) -> None:
        """Keep the sentences, so that the pad can show them in its language."""
        self.said = sayings(said)
        super().__init__(" ".join(str(one) for one in self.said))


class Pins:
    """The PINs of one data folder. Any thread may call; a verify takes about 0.1 s on a Pi.

    When the disk fails, tries are counted in memory until the process ends: staff must still get
    in, to export what a failing disk holds.
    """

    def __init__(self, data: Path, *, simulated: bool, clock: Clock | None = None) -> None:
        """Read the file; in simulation the roles have :data:`SIMULATED_PINS`."""
        self._path = data / "settings" / ("pins-simulated.json" if simulated else "pins.json")
        self._clock = clock or Clock()
        self._guard = threading.Lock()
        found = load(self._path)
        self._aside = set_aside(self._path)
        self._roles = None if found is None else dict(found.roles)
        self._reset = None if found is None else found.reset
        self._preset: frozenset[str] = frozenset()
        if simulated and self._roles is not None:
            for role, pin in SIMULATED_PINS.items():
                if role not in self._roles:
                    self._roles[role] = Entry(hash=_HASHER.hash(pin))
                elif not _matches(self._roles[role].hash, pin):
                    continue
                self._preset |= {role}

    def fault(self) -> Said:
        """Return why no PIN can be used, with the mend, or what was damaged and set aside."""
        if self._roles is None:
            return (self._damaged(),)
        return tuple(saying("{file} was set aside as broken.", file=name) for name in self._aside)

    def is_set(self, role: str) -> bool:
        """Say whether a role has a PIN. A damaged file counts as set: nobody may walk in by it."""
        return self._roles is None or role in self._roles

    def set_first(self, role: str, pin: str) -> None:
        """Set the PIN of a role that has none; raises :class:`PinRefused`, with the reason, else.

        One that cannot be written is refused too: a PIN that a restart forgets is none.
        """
        self._set(role, pin, only_first=True)

    def change(self, role: str, pin: str) -> None:
        """Set a PIN, whatever it was before; raises :class:`PinRefused` with the reason.

        Who may do so is the caller's to know. Wrong tries and locks of the old one are forgotten.
        """
        self._set(role, pin, only_first=False)

    def reset(self, roles: Collection[str], by: Reset) -> tuple[str, ...]:
        """Forget PINs, once for each file, and return whose; none for a file that was no new one.

        With damaged PINs nothing is kept of any role: this is their mend. Raises ``OSError``, and
        changes nothing, when it cannot be written.
        """
        with self._guard:
            if self._reset is not None and self._reset.is_same(by):
                return ()
            if self._roles is None:
                roles = SIMULATED_PINS
            left = {role: kept for role, kept in (self._roles or {}).items() if role not in roles}
            if self._roles is None:
                keep_damaged(self._path)
            self._write(left, by)
            self._roles, self._reset = left, by
            self._aside = set_aside(self._path)
            return tuple(role for role in SIMULATED_PINS if role in roles)

    def _set(self, role: str, pin: str, *, only_first: bool) -> None:
        if role not in SIMULATED_PINS:
            raise PinRefused("There is no such role.")
        if not _PIN.fullmatch(pin):
            raise PinRefused("A PIN has 4 to 8 digits.")
        with self._guard:
            if self._roles is None:
                raise PinRefused(self._damaged())
            if only_first and role in self._roles:
                raise PinRefused("This PIN is set already.")
            if is_easy(pin):
                raise PinRefused("Anybody would guess that: choose another one.")
            self._compare_with_others(role, pin)
            roles = {**self._roles, role: Entry(hash=_HASHER.hash(pin))}
            try:
                self._write(roles, self._reset)
            except OSError as error:
                raise PinRefused(
                    saying(
                        "The PIN could not be saved: {reason}.",
                        reason=error.strerror or type(error).__name__,
                    )
                ) from error
            self._roles = roles
            self._preset -= {role}

    def is_preset(self, role: str) -> bool:
        """Say whether a simulation's PIN is still the one that its bench shows."""
        return role in self._preset

    def locked_s(self, role: str) -> float:
        """Return how long a role's lock lasts, in seconds; 0 where there is none."""
        entry = (self._roles or {}).get(role)
        if entry is None or entry.lock is None:
            return 0.0
        return max(0.0, left_s(entry.lock, self._clock))

    def verify(self, role: str, pin: str) -> None:
        """Return if this is the role's PIN; raises :class:`PinRefused` with a sentence if not."""
        with self._guard:
            if self._roles is None:
                raise PinRefused(self._damaged())
            entry = self._roles.get(role)
            if entry is None:
                raise PinRefused("No PIN has been set yet.")
            self._refuse_while_locked(role, entry)
            once_more = counted(entry, self._clock)
            self._keep(role, once_more)
            if not _matches(entry.hash, pin):
                raise PinRefused("Wrong PIN.", left_words(once_more))
            self._keep(role, Entry(hash=entry.hash))

    def _compare_with_others(self, role: str, pin: str) -> None:
        """Raise :class:`PinRefused` where this is another role's PIN.

        Either answer says something of that PIN, so each is a wrong try at it, until it is entered.
        """
        for other, entry in tuple((self._roles or {}).items()):
            if other == role:
                continue
            self._refuse_while_locked(other, entry)
            self._keep(other, counted(entry, self._clock))
            if _matches(entry.hash, pin):
                raise PinRefused("Staff and therapist need PINs of their own: choose another one.")

    def _refuse_while_locked(self, role: str, entry: Entry) -> None:
        """Raise :class:`PinRefused` while a role's lock lasts."""
        if entry.lock is None:
            return
        left = left_s(entry.lock, self._clock)
        if (again := carried_on(entry, self._clock)) is not entry:
            self._keep(role, again)
        if left > 0:
            raise PinRefused(locked_words(left))

    def _keep(self, role: str, entry: Entry) -> None:
        """Put an entry into memory, and on the disk if that is possible."""
        self._roles = {**(self._roles or {}), role: entry}
        try:
            write(self._path, self._roles, self._reset)
        except OSError as error:
            log.error("the PIN tries are counted in memory only: %s", error.strerror)

    def _write(self, roles: dict[str, Entry], reset: Reset | None) -> None:
        """Write both generations: no PIN that was changed or forgotten may come back by damage."""
        write(self._path, roles, reset)
        try:
            write(self._path, roles, reset)
        except OSError as error:
            # The change holds, after a restart too; the next try writes again.
            log.warning("the PINs are written once only: %s", error.strerror)

    def _damaged(self) -> Saying:
        return saying(
            "The PINs cannot be read: {file} is damaged. Reset them with a file on the card.",
            file=str(self._path),
        )


def is_easy(pin: str) -> bool:
    """Say whether a PIN is among the first that anybody tries: 0000, 1234, 8765."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in itertools.pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def _matches(kept: str, pin: str) -> bool:
    try:
        return _HASHER.verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
