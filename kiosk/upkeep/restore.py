"""A backup's way back: opened and checked whole beside the data, then swapped in by renames.

:func:`stage` leaves it ready and changes nothing else; :func:`apply` swaps it in when the program
starts, before anything opens the data. A power cut before the mark that it is ready leaves the data
as it was, and one after it a swap that the next start goes on with: never half of each.
"""

from __future__ import annotations

import logging
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from kiosk.export.durable import sync_filesystem
from kiosk.export.errors import ExportError, told_of
from kiosk.export.sealed import unsealed
from kiosk.paths import ASIDE
from kiosk.records.errors import DataUnusable
from kiosk.records.files import (
    lock_folder,
    make_folder,
    sync_folder,
    write_all,
    write_atomically,
)
from kiosk.records.sealed import seal, unseal
from kiosk.upkeep import keys
from kiosk.upkeep.backup import CLINIC, DATA, HEAD, KEY, SUFFIX, chunks_of
from kiosk.upkeep.carried import carry_over, keep_calibration
from kiosk.upkeep.content import (
    MANIFEST,
    READ_BYTES,
    STAGE,
    File,
    Head,
    Manifest,
    belongs,
    top_names,
)
from kiosk.upkeep.errors import (
    NO_ROOM,
    NOT_A_BACKUP,
    NOT_TAKEN,
    WRONG_PHRASE,
    BackupUnusable,
)
from kiosk.upkeep.updater.manifest import ordered
from profiles.errors import LibraryUnusable
from profiles.saying import saying

log = logging.getLogger(__name__)

SECRET: Final = "sternway-clinic-key.age"  # noqa: S105 - a file's name
_READY: Final = "ready.json"
_BEGUN: Final = "begun.json"
_NEW: Final = "new"
_SPARE_BYTES: Final = 64 * 1024 * 1024
"""Left free: a log must still be written when all is in its place."""
_MOST_HEAD: Final = 64 * 1024
_MOST_FILES: Final = 1_000_000
_MOST_MANIFEST: Final = 256 * 1024 * 1024
_BAD_ZIP: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(KeyError, NotImplementedError, RuntimeError),
)
"""All that a zip which somebody made by hand can lead to."""
_READ: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

Progress = Callable[[Literal["reading", "checking"], int, int], None]
"""Hears the phase, the bytes done of it and all of it."""


class _Ready(msgspec.Struct, frozen=True):
    """A backup waits to be swapped in. ``old`` and ``aside`` come with the swap's own start."""

    head: Head
    new: tuple[str, ...]
    old: tuple[str, ...] | None = None
    aside: str = ""


def head_of(path: Path) -> Head:
    """Return what a backup says of itself; raises :class:`BackupUnusable`.

    Also where the stick cannot be read there: beside it may lie one that can.
    """
    try:
        with _opened(path) as archive:
            return _head(archive)
    except (*_BAD_ZIP, OSError, ValueError) as error:
        raise BackupUnusable(NOT_A_BACKUP) from error


def backups_in(folder: Path) -> tuple[Path, ...]:
    """Return the files on a stick that are called backups. Raises ``OSError``."""
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.name.endswith(SUFFIX) and not path.name.startswith(".") and path.is_file()
    )


def stage(
    path: Path,
    data: Path,
    passphrase: str,
    *,
    version: str,
    progress: Progress = lambda *_: None,
) -> Head:
    """Open a backup, check all of it, and leave it ready beside the data.

    Raises :class:`BackupUnusable`; nothing has changed then. A clinic's key file beside the backup
    opens it too, with that key's passphrase.
    """
    place = data / STAGE
    try:
        _clear(place)
        with _opened(path) as archive:
            _check_version(_head(archive), version)
            identity = _identity(archive, path.parent / SECRET, keys.plain(passphrase))
            make_folder(place / _NEW)
            size = archive.getinfo(DATA).file_size
            _need_room(place, size)
            _decrypt(archive, identity, place / "data.zip", size, progress)
        with zipfile.ZipFile(place / "data.zip") as inner:
            manifest = _manifest(inner)
            _check_version(manifest.head, version)
            _need_room(place, sum(file.bytes for file in manifest.files))
            _extract(inner, manifest, place / _NEW, progress)
        (place / "data.zip").unlink()
        _sync(place)
        ready = _Ready(manifest.head, top_names(place / _NEW))
        write_atomically(place / _READY, seal(ready))
        return manifest.head
    except _BAD_ZIP as error:
        _forget(place)
        raise BackupUnusable(NOT_A_BACKUP) from error
    except ExportError as error:
        _forget(place)
        raise BackupUnusable(*error.said) from error
    except OSError as error:
        _forget(place)
        raise BackupUnusable(*told_of(error, NOT_TAKEN)) from error
    except BackupUnusable:
        _forget(place)
        raise


def apply(data: Path) -> Head | None:
    """Swap in what is ready, and go on with a swap that was broken off; None where nothing is.

    Who was deleted since the backup is deleted again, what was held stays so, and this machine's
    calibration and its record of tests stay its own (``carried.py``, ``content.py``).
    Raises ``OSError``, and :class:`kiosk.records.errors.RecordsError` where another kiosk has the
    data, or where nobody can tell any more how far a swap was. To be called before anything else
    opens it.
    """
    place = data / STAGE
    if not place.is_dir():
        return None
    lock = lock_folder(data)
    try:
        ready = _ready(place)
        if ready is None:
            _clear(place)
            return None
        if ready.old is None:
            keep_calibration(data, place / _NEW)
            new, old = top_names(place / _NEW), top_names(data)
            ready = _Ready(ready.head, new, old, _free_aside(data))
            # Twice: once something was moved, nothing but this tells old from new.
            write_atomically(place / _BEGUN, seal(ready))
            write_atomically(place / _READY, seal(ready))
        _swap(data, place, ready)
        try:
            carry_over(data / ready.aside, data)
        except LibraryUnusable as error:
            # People must walk meanwhile; what is left in its place is gone on with.
            log.error("who was deleted since the backup is back until the next start: %s", error)
        else:
            _clear(place)
        return ready.head
    finally:
        os.close(lock)


def _swap(data: Path, place: Path, ready: _Ready) -> None:
    """Move the old aside, then the new in; whatever is done already is left alone."""
    aside = data / ready.aside
    make_folder(aside)
    for name in ready.old or ():
        if not os.path.lexists(aside / name) and os.path.lexists(data / name):
            (data / name).rename(aside / name)
    sync_folder(aside)
    sync_folder(data)
    for name in ready.new:
        if os.path.lexists(place / _NEW / name):
            (place / _NEW / name).rename(data / name)
    sync_folder(data)
    sync_folder(place / _NEW)
    (place / _READY).unlink(missing_ok=True)
    sync_folder(place)


def _ready(place: Path) -> _Ready | None:
    """Return what waits, or was begun; None: nothing does, or what waited is damaged.

    The backup is still on its stick then, and the data as it was. Raises :class:`DataUnusable`
    where a swap was begun and both notes of it are damaged.
    """
    begun = (place / _BEGUN).exists()
    for name in (_BEGUN, _READY):
        try:
            found = unseal((place / name).read_bytes(), _Ready)
        except FileNotFoundError:
            continue
        except ValueError as error:
            log.warning("%s of a restore is damaged: %s", name, error)
            continue
        if not begun or found.old is not None:
            return found
    if begun:
        raise DataUnusable(
            f"{place}: a restore was broken off, and its notes are damaged: what was here is in "
            f"{ASIDE}N, what comes is in {place.name}/{_NEW}"
        )
    return None


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup on a stick; raises :class:`BackupUnusable`, ``OSError``."""
    with os.fdopen(os.open(path, _READ), "rb") as file:
        try:
            archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise BackupUnusable(NOT_A_BACKUP) from error
        with archive:
            names = sorted(archive.namelist())
            stored = all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
            if not stored or names not in (
                sorted((HEAD, KEY, DATA)),
                sorted((HEAD, KEY, CLINIC, DATA)),
            ):
                raise BackupUnusable(NOT_A_BACKUP)
            yield archive


def _head(archive: zipfile.ZipFile) -> Head:
    try:
        return msgspec.json.decode(_small(archive, HEAD), type=Head)
    except (ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise BackupUnusable(NOT_A_BACKUP) from error


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MOST_HEAD:
        raise BackupUnusable(NOT_A_BACKUP)
    return archive.read(name)


def _check_version(head: Head, version: str) -> None:
    try:
        newer = ordered(head.version) > ordered(version)
    except ValueError as error:
        raise BackupUnusable(NOT_A_BACKUP) from error
    if newer:
        raise BackupUnusable(
            saying(
                "This backup is of version {other}, and here is {version}: "
                "update this kiosk first.",
                other=head.version,
                version=version,
            )
        )


def _identity(archive: zipfile.ZipFile, clinic: Path, passphrase: str) -> Any:
    """Return the backup's own key, by its passphrase, or by the clinic's key and its passphrase."""
    found = keys.unlocked(_small(archive, KEY), passphrase)
    if found is None and CLINIC in archive.namelist() and clinic.is_file():
        with clinic.open("rb") as file:
            theirs = keys.unlocked(file.read(_MOST_HEAD), passphrase)
        if theirs is not None:
            found = keys.unlocked_by(_small(archive, CLINIC), theirs)
    if found is None:
        raise BackupUnusable(WRONG_PHRASE)
    return found


def _decrypt(
    archive: zipfile.ZipFile, identity: Any, to: Path, size: int, progress: Progress
) -> None:
    file = os.open(to, _NEW_FILE, 0o600)
    done = 0

    def write(chunk: bytes) -> None:
        nonlocal done
        write_all(file, chunk)
        done += len(chunk)
        progress("reading", min(done, size), size)

    try:
        unsealed(chunks_of(archive), identity, write)
    finally:
        os.close(file)


def _manifest(inner: zipfile.ZipFile) -> Manifest:
    """Return the list of files, seen to be exactly what is there; raises what a bad zip does."""
    infos = inner.infolist()
    if len(infos) > _MOST_FILES or inner.getinfo(MANIFEST).file_size > _MOST_MANIFEST:
        raise BackupUnusable(NOT_A_BACKUP)
    try:
        manifest = msgspec.json.decode(inner.read(MANIFEST), type=Manifest)
    except (ValueError, RecursionError) as error:
        raise BackupUnusable(NOT_A_BACKUP) from error
    listed = {file.path: file.bytes for file in manifest.files}
    there = {info.filename: info.file_size for info in infos if info.filename != MANIFEST}
    if listed != there or len(infos) != len(listed) + 1 or not all(map(belongs, listed)):
        raise BackupUnusable(NOT_A_BACKUP)
    return manifest


def _extract(inner: zipfile.ZipFile, manifest: Manifest, to: Path, progress: Progress) -> None:
    total, done = sum(file.bytes for file in manifest.files), 0
    for one in manifest.files:
        path = to / one.path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _extract_one(inner, one, path)
        done += one.bytes
        progress("checking", done, total)


def _extract_one(inner: zipfile.ZipFile, one: File, path: Path) -> None:
    digest, size = sha256(), 0
    file = os.open(path, _NEW_FILE, 0o600)
    try:
        with inner.open(one.path) as member:
            while chunk := member.read(READ_BYTES):
                size += len(chunk)
                if size > one.bytes:
                    raise BackupUnusable(NOT_A_BACKUP)
                digest.update(chunk)
                write_all(file, chunk)
    finally:
        os.close(file)
    if (size, digest.hexdigest()) != (one.bytes, one.sha256):
        raise BackupUnusable(NOT_A_BACKUP)


def _need_room(place: Path, size: int) -> None:
    if shutil.disk_usage(place).free < size + _SPARE_BYTES:
        raise BackupUnusable(NO_ROOM)


def _sync(place: Path) -> None:
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_filesystem(folder)
    finally:
        os.close(folder)


def _free_aside(data: Path) -> str:
    number = 1
    while os.path.lexists(data / f"{ASIDE}{number}"):
        number += 1
    return f"{ASIDE}{number}"


def _clear(place: Path) -> None:
    """Remove what an attempt left; both notes first, or a start would look for what is gone."""
    if not place.is_dir():
        return
    for note in (_READY, _BEGUN):
        (place / note).unlink(missing_ok=True)
    sync_folder(place)
    shutil.rmtree(place)


def _forget(place: Path) -> None:
    """After an error that is the one to tell: what is left is cleared at the next start."""
    shutil.rmtree(place, ignore_errors=True)
