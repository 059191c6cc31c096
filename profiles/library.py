"""The profiles of this kiosk: a TinyDB file, all of it in memory, every change one atomic write,
and once more for the generation before it.

The storage is handed in by whoever composes the program: it makes writes survive a power cut. The
kiosk and the command line may have the file open at once: each change is made under a lock, on what
the file holds then, and each question looks first whether the file is a new one.
"""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from tinydb import TinyDB
from tinydb.storages import Storage

from profiles.errors import LibraryUnusable, NotAccepted, UnknownCode
from profiles.files import locked, make_folder
from profiles.hashing import NamePin, hashed
from profiles.kept import (
    ABOUT,
    PROFILES,
    Kept,
    Line,
    Tables,
    What,
    Who,
    line,
)
from profiles.memory import ONLY, Memory, keep, memory_of, note, was_forgotten
from profiles.names import name_key
from profiles.profile import Prescription
from profiles.purge import purged
from profiles.saying import Said, saying
from profiles.state import Held, HoldReason, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Ready:
    """A profile that may be put in: its PIN is hashed with the library's ``secret``.

    ``replaces`` is the version that it was compared with, None for a new one.
    """

    prescription: Prescription
    pin_hash: str
    secret: bytes
    sha256: str
    replaces: int | None


class Library:
    """The profiles of one data folder. Any thread may call; questions about a PIN take two hashes.

    Every method raises :class:`LibraryUnusable` when the disk fails; then nothing has changed.
    """

    def __init__(
        self,
        path: Path,
        storage: Callable[[Path], Storage],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        newest_seq: Callable[[], int] = lambda: 0,
    ) -> None:
        """Open nothing yet. ``path`` is ``DATA/profiles/profiles.json``; ``now`` is the kiosk's.

        ``newest_seq`` returns the number of the session log's newest session, 0 without any.
        """
        self._now = now
        self._newest_seq = newest_seq
        self._path = path
        self._storage = storage
        self._guard = threading.RLock()
        self._memory = Memory()
        self._identity: tuple[int, ...] | None = None
        self._is_read = False

    @property
    def secret(self) -> bytes:
        """The secret of this library's PIN hashes."""
        return bytes.fromhex(self._fresh().about.secret)

    @property
    def faults(self) -> Said:
        """A sentence for each document that is no profile; it stays in the file as it is."""
        return self._fresh().faults

    def all(self) -> list[Kept]:
        """Return every profile, by code: the therapist's list, never a patron's."""
        return sorted(self._fresh().kept.values(), key=lambda kept: kept.code)

    def get(self, code: str) -> Kept:
        """Return a profile. Raises :class:`UnknownCode`."""
        try:
            return self._fresh().kept[code]
        except KeyError:
            raise UnknownCode(_unknown(code)) from None

    def find(self, typed: str, pin: str) -> Kept | None:
        """Return the profile that a code or first name and a PIN belong to, or None.

        It takes two hashes, whoever exists: a wrong name and a wrong PIN cannot be told apart. The
        caller counts the tries. What may mean two people finds neither.
        """
        memory = self._fresh()
        secret = bytes.fromhex(memory.about.secret)
        by_code = memory.kept.get(typed.strip().upper())
        name = typed if by_code is None else by_code.prescription.display_name
        of_code, of_name = hashed(NamePin(name, pin), secret), hashed(NamePin(typed, pin), secret)
        code = memory.by_hash.get(of_name) if name_key(typed) else None
        if by_code is not None and hmac.compare_digest(of_code, by_code.pin_hash):
            return by_code if code in {None, by_code.code} else None
        return None if code is None else memory.kept[code]

    def meant(self, name: str) -> int:
        """Return how many profiles have this key of a first name (:func:`name_key`), or as code."""
        kept = self._fresh().kept.values()
        return sum(
            name in {name_key(one.prescription.display_name), name_key(one.code)} for one in kept
        )

    def code_of_hash(self, pin_hash: str) -> str | None:
        """Return which profile has this first name and PIN, or None."""
        return self._fresh().by_hash.get(pin_hash)

    def audit(self, code: str | None = None) -> list[Line]:
        """Return the audit's lines, oldest first; of one profile, or of all."""
        return [one for one in self._fresh().lines if code is None or one.code == code]

    def put(self, ready: Sequence[Ready], who: Who) -> None:
        """Put profiles in, all or none; a newer version keeps whether it is held.

        A code that was forgotten here is somebody else's now: the sessions so far are not theirs.
        Raises :class:`NotAccepted` where the library is not what they were compared with.
        """
        with self._changing() as memory:
            for one in ready:
                self._check(one, memory)
                code = one.prescription.code
                old = memory.kept.get(code)
                kept = Kept(
                    prescription=one.prescription,
                    pin_hash=one.pin_hash,
                    state=self._new(memory, code) if old is None else _carried(old.state),
                )
                keep(memory, kept)
                version = one.prescription.version
                note(memory, line(self._now(), who, "imported", code, version, one.sha256))

    def hold(
        self, code: str, why: HoldReason, today: date, who: Who, *, judged_seq: int | None = None
    ) -> None:
        """Hold a profile until a therapist releases it; one that is held keeps its first reason.

        ``judged_seq`` is the ``released_seq`` with which its sessions were judged: if a therapist
        has released it since, they have judged them.
        """
        if self.get(code).state.held is not None:
            return
        with self._changing() as memory:
            kept = self._in(memory, code)
            stale = judged_seq is not None and judged_seq != kept.state.released_seq
            if kept.state.held is not None or stale:
                return
            state = msgspec.structs.replace(kept.state, held=Held(why, today))
            self._put_state(memory, kept, state, who, "held")

    def release(self, code: str, seq: int, today: date, who: Who) -> None:
        """Release a profile; sessions up to number ``seq`` hold it no more."""
        self._change(code, who, "released", held=None, released_on=today, released_seq=seq)

    def end(self, code: str, today: date, who: Who) -> None:
        """Let a profile expire now. A newer version begins anew."""
        self._change(code, who, "ended", ended_on=today)

    def set_automatic(self, code: str, on: bool, who: Who) -> None:
        """Say whether steps of the progression take effect by themselves."""
        self._change(code, who, "automatic" if on else "manual", automatic=on)

    def step(self, seen: Kept, proposed: State, who: Who) -> None:
        """Take a step of the progression: the state of a proposal for a profile as it was seen.

        Raises :class:`NotAccepted` when the profile has changed since.
        """
        with self._changing() as memory:
            kept = self._in(memory, seen.code)
            if kept != seen or kept.state.held is not None:
                raise NotAccepted(
                    saying("{code} has changed meanwhile: look at it again.", code=seen.code)
                )
            keep(memory, msgspec.structs.replace(kept, state=proposed))
            note(memory, line(self._now(), who, "stepped", kept.code, kept.prescription.version))

    def forget(self, code: str, who: Who) -> tuple[str, ...]:
        """Remove a profile: name, note and PIN hash, everywhere. Its sessions stay, by its code.

        Returns the names of damaged files that were deleted, since a name might stand in them.
        Raises :class:`UnknownCode`.
        """
        with self._changing(forgetting=True) as memory:
            if code not in memory.numbers:
                raise UnknownCode(_unknown(code))
            kept = memory.kept.get(code)
            del memory.tables[PROFILES][memory.numbers[code]]
            version = 0 if kept is None else kept.prescription.version
            note(memory, line(self._now(), who, "forgotten", code, version))
        return self.finish_forgetting()

    def finish_forgetting(self) -> tuple[str, ...]:
        """Write once more, so that the previous generation has forgotten too.

        Until that is durable the file says that it is forgetting, and whoever reads it goes on.
        """
        with self._changing():
            return purged(self._path)

    def _change(self, code: str, who: Who, what: What, **changes: Any) -> None:
        with self._changing() as memory:
            kept = self._in(memory, code)
            state = msgspec.structs.replace(kept.state, **changes)
            self._put_state(memory, kept, state, who, what)

    def _new(self, memory: Memory, code: str) -> State:
        return State(since_seq=self._newest_seq() if was_forgotten(memory, code) else 0)

    def _put_state(self, memory: Memory, kept: Kept, state: State, who: Who, what: What) -> None:
        keep(memory, msgspec.structs.replace(kept, state=state))
        note(memory, line(self._now(), who, what, kept.code, kept.prescription.version))

    @staticmethod
    def _in(memory: Memory, code: str) -> Kept:
        try:
            return memory.kept[code]
        except KeyError:
            raise UnknownCode(_unknown(code)) from None

    @staticmethod
    def _check(ready: Ready, memory: Memory) -> None:
        code = ready.prescription.code
        old = memory.kept.get(code)
        same = ready.replaces == (None if old is None else old.prescription.version)
        twin = memory.by_hash.get(ready.pin_hash, code)
        if not same or twin != code or ready.secret != bytes.fromhex(memory.about.secret):
            raise NotAccepted(
                saying("The profiles here have changed meanwhile: look at the files again.")
            )

    def _fresh(self) -> Memory:
        """Return what the file holds now."""
        with self._guard:
            try:
                identity = self._identity_now()
                if self._is_read and identity == self._identity:
                    return self._memory
                memory = self._read()
            except OSError as error:
                raise LibraryUnusable(
                    f"{self._path}: cannot be read ({error.strerror}); look at the disk"
                ) from error
            # Taken before reading: a file replaced meanwhile is read again the next time.
            self._memory, self._identity, self._is_read = memory, identity, True
        if memory.about.forgetting:
            try:
                self.finish_forgetting()
            except LibraryUnusable as error:
                # It says so until it is done; meanwhile the others must be able to walk.
                log.warning("A profile is not forgotten everywhere yet: %s", error)
        return memory

    def _read(self) -> Memory:
        database = TinyDB(self._path, storage=self._storage)
        try:
            return memory_of(database.storage.read() or {}, self._memory.about)
        finally:
            database.close()

    @contextmanager
    def _changing(self, *, forgetting: bool = False) -> Iterator[Memory]:
        """Give a copy of what the file holds, and write what became of it; one at a time."""
        with self._guard:
            try:
                make_folder(self._path.parent)
                with locked(self._path.with_name("lock")):
                    memory = self._read()
                    memory.about = msgspec.structs.replace(memory.about, forgetting=forgetting)
                    yield memory
                    memory.tables[ABOUT] = {ONLY: msgspec.to_builtins(memory.about)}
                    self._write(memory.tables)
            except LibraryUnusable:
                raise
            except OSError as error:
                raise LibraryUnusable(
                    f"{self._path}: cannot be written ({error.strerror}); look at the disk"
                ) from error

    def _write(self, tables: Tables) -> None:
        """Write both generations: damage must not bring back what was held, ended or replaced."""
        database = TinyDB(self._path, storage=self._storage)
        try:
            database.storage.write(tables)
            try:
                database.storage.write(tables)
            except OSError as error:
                # The change holds; the next one writes both again.
                log.warning(
                    "The profiles are written once only (%s): damage would bring back what was "
                    "before",
                    error.strerror,
                )
        finally:
            database.close()
            self._is_read = False

    def _identity_now(self) -> tuple[int, ...] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _unknown(code: str) -> str:
    return f"there is no profile {code[:16]!r} here; look at the list"


def _carried(state: State) -> State:
    """Return the state under a newer version: still held, and at the beginning of its plan."""
    return State(
        since_seq=state.since_seq,
        held=state.held,
        released_on=state.released_on,
        released_seq=state.released_seq,
        automatic=state.automatic,
    )
