"""A backup: all data in one file on a stick, locked, durable, read back before it has its name.

The file is a zip whose parts only lie side by side: ``backup.json`` says what it is, ``key.age``
holds the backup's own key behind a passphrase, ``clinic.age`` the same key locked with the
clinic's, and ``data.zip.age`` the data, which that key opens. ``age`` and an unzip program open it
by hand.
"""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from collections.abc import Callable, Generator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from kiosk.export.errors import ExportError, told_of
from kiosk.export.medium import Reader
from kiosk.export.sealed import sealed, unsealed
from kiosk.records.files import sync_folder, write_all
from kiosk.upkeep import keys
from kiosk.upkeep.content import READ_BYTES, Head, items, listing
from kiosk.upkeep.errors import (
    BACKUP_FAILED,
    KEPT_CHANGING,
    NOT_READ_BACK,
    BackupFailed,
)

HEAD: Final = "backup.json"
KEY: Final = "key.age"
CLINIC: Final = "clinic.age"
DATA: Final = "data.zip.age"
SUFFIX: Final = ".backup"
PART: Final = ".part"
_TRIES: Final = 3
_NEW_FILE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE: Final = 0o600

Progress = Callable[[Literal["writing", "reading"], int, int], None]
"""Hears the phase, the bytes done of it and all of it."""


class Made(NamedTuple):
    """A backup that was made. The passphrase stands nowhere else."""

    path: Path
    bytes: int
    files: int
    passphrase: str


class _Changed(Exception):
    """Some file changed while it was written."""


def back_up(
    data: Path, to: Path, head: Head, clinic: str | None, progress: Progress = lambda *_: None
) -> Made:
    """Write a backup of ``data`` into the folder ``to``; raises :class:`BackupFailed`.

    ``clinic`` is the clinic's public key. Data that changes meanwhile is written anew.
    """
    path = _free_name(to, head)
    part = path.with_name(path.name + PART)
    try:
        for _ in range(_TRIES):
            part.unlink(missing_ok=True)
            try:
                made = _try(data, part, head, clinic, progress)
            except _Changed:
                continue
            part.rename(path)
            sync_folder(to)
            return made._replace(path=path)
        raise BackupFailed(KEPT_CHANGING)
    except ExportError as error:
        raise BackupFailed(*error.said) from error
    except OSError as error:
        if isinstance(error, BackupFailed):
            raise
        raise BackupFailed(*told_of(error, BACKUP_FAILED)) from error
    finally:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            part.unlink(missing_ok=True)


def _try(data: Path, part: Path, head: Head, clinic: str | None, progress: Progress) -> Made:
    stamps = listing(data)
    total = sum(stamp.bytes for stamp in stamps)
    identity, recipient = keys.new_key()
    passphrase = keys.new_passphrase()
    content = items(data, stamps, head, _counting("writing", total, progress))
    file = os.open(part, _NEW_FILE, _MODE)
    try:
        out = _Out(file)
        try:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
                _put(archive, HEAD, msgspec.json.encode(head))
                _put(archive, KEY, keys.locked(identity, passphrase))
                if clinic is not None:
                    _put(archive, CLINIC, keys.locked_for(identity, clinic))
                with archive.open(_info(DATA), "w", force_zip64=True) as member:
                    sealed(content, recipient, lambda chunk: _void(member.write(chunk)))
        except FileNotFoundError as error:
            raise _Changed from error
        os.fsync(file)
    finally:
        os.close(file)
    if listing(data) != stamps:
        raise _Changed
    _read_back(part, out, passphrase, progress)
    return Made(part, out.count, len(stamps), passphrase)


def _read_back(part: Path, out: _Out, passphrase: str, progress: Progress) -> None:
    """See that the stick has it, and that the passphrase opens all of it, as a restore will."""
    folder = os.open(part.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        tell = _counting("reading", out.count, progress)
        ((size, digest),) = Reader(folder, tell).digests([(part.name, out.count)])
    finally:
        os.close(folder)
    if (size, digest) != (out.count, out.digest.hexdigest()):
        raise BackupFailed(NOT_READ_BACK)
    with zipfile.ZipFile(part) as archive:
        identity = keys.unlocked(archive.read(KEY), passphrase)
        if identity is None:
            raise BackupFailed(NOT_READ_BACK)
        unsealed(chunks_of(archive), identity, lambda _chunk: None)
    progress("reading", out.count, out.count)


def chunks_of(archive: zipfile.ZipFile) -> Generator[bytes]:
    """Return the locked data of a backup, piece by piece."""
    with archive.open(DATA) as member:
        while chunk := member.read(READ_BYTES):
            yield chunk


class _Out(io.RawIOBase):
    """The file as a zip is written to it: forwards alone, counted, hashed."""

    def __init__(self, file: int) -> None:
        super().__init__()
        self._file = file
        self.count = 0
        self.digest = sha256()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        write_all(self._file, content)
        self.digest.update(content)
        self.count += len(content)
        return len(content)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(_info(name), content)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o600 << 16
    return info


def _free_name(to: Path, head: Head) -> Path:
    stem = f"sternway-{head.kiosk_id}-{head.made_at[:10]}"
    number = 1
    while True:
        more = "" if number == 1 else f"-{number}"
        path = to / f"{stem}{more}{SUFFIX}"
        if not os.path.lexists(path):
            return path
        number += 1


def _counting(
    phase: Literal["writing", "reading"], total: int, progress: Progress
) -> Callable[[int], None]:
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(phase, min(done, total), total)

    return tell


def _void(_count: int) -> None:
    """How much was written is known already."""
