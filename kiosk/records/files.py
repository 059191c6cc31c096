"""Files that a power cut leaves either old or new, never half: everything kept goes through here.

A rename is atomic, but only what was fsynced before it survives: the file itself first (else the
new name may show an empty file), the folder after it (else the old name may come back).
Every function raises ``OSError`` as the system gave it; errors are handled in one place, the store.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from kiosk.records.errors import DataLocked, DataUnusable

log = logging.getLogger(__name__)

PREVIOUS: Final = ".bak"
"""Suffix of the previous generation of a file."""

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
"""Sessions are health data and PIN hashes are secrets: nobody but the kiosk's user reads them."""


def write_atomically(path: Path, content: bytes, *, keep_previous: bool = False) -> None:
    """Replace ``path`` by ``content``, durably: when this returns, a power cut cannot undo it.

    See :func:`replace`.
    """
    replace(path, lambda descriptor: write_all(descriptor, content), keep_previous=keep_previous)


def replace(path: Path, fill: Callable[[int], None], *, keep_previous: bool) -> None:
    """Replace ``path`` by what ``fill`` writes to a file descriptor, durably.

    ``keep_previous`` leaves the generation before it as ``<name>.bak``. When it raises, the old
    file is still whole; whether the new one is already in its place is not known (the folder's
    fsync may be what failed), so whoever retries writes the whole file again.
    """
    temp = _temp_of(path)
    try:
        _write_new(temp, fill)
        if keep_previous and path.exists():
            _link_previous(path)
        temp.rename(path)
    except BaseException as error:
        if isinstance(error, Exception):
            with contextlib.suppress(OSError):  # the first error is the one to tell
                temp.unlink()
        raise
    sync_folder(path.parent)


def write_derived(path: Path, content: bytes) -> None:
    """Replace a file that can be made anew from others: whole or old for readers, not durable.

    After a power cut it may be anything, so whoever reads it must be able to tell.
    """
    temp = _temp_of(path)
    descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)
    temp.rename(path)


def create_new(path: Path, content: bytes) -> int:
    """Write a whole new file durably and return it open for appending (a file descriptor).

    A file that is there already is replaced; readers and a power cut see all of ``content`` or
    nothing.
    """
    write_atomically(path, content)
    return os.open(path, os.O_WRONLY | os.O_APPEND)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; ``os.write`` may take fewer, for instance when the disk fills up."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: files created, renamed and deleted in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder, durably, and those above it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    sync_folder(folder.parent)


def delete(path: Path) -> None:
    """Delete a file durably; one that is gone already is fine."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def delete_all(paths: Iterable[Path]) -> None:
    """Delete files of one folder durably, with one wait for all of them."""
    folder: Path | None = None
    for path in paths:
        path.unlink(missing_ok=True)
        folder = path.parent
    if folder is not None:
        sync_folder(folder)


def set_aside(path: Path) -> Path:
    """Rename a broken file to the first free ``<name>.broken-<n>``, durably, and return that."""
    aside = _free(path)
    path.rename(aside)
    sync_folder(path.parent)
    return aside


def copy_aside(path: Path) -> None:
    """Have a broken file beside its place as well, which keeps it for now; no file is no harm."""
    if path.exists():
        link_aside(path)


def link_aside(path: Path) -> Path:
    """Do as :func:`set_aside` does, but leave the file in its place as well.

    One that lies there already stays the only one, so that this may be done again after a failure.
    """
    there = path.parent.glob(f"{path.name}.broken-*")
    aside = next((one for one in there if one.samefile(path)), None)
    if aside is None:
        aside = _free(path)
        aside.hardlink_to(path)
    sync_folder(path.parent)
    return aside


def _free(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    return aside


def set_aside_if_possible(path: Path) -> None:
    """Set a broken file aside that can be done without; a disk that fails keeps it in its place."""
    try:
        set_aside(path)
    except OSError as error:
        log.error("%s could not be set aside: %s", path, error.strerror)


def files_set_aside(folder: Path) -> list[Path]:
    """Return the files that were set aside in a folder, now or before, by name."""
    return sorted(folder.glob("*.broken-*"))


def clean_temps(folder: Path) -> None:
    """Delete what an interrupted :func:`write_atomically` left in a folder."""
    for stale in folder.glob(".*.tmp"):
        stale.unlink(missing_ok=True)


def lock_folder(folder: Path) -> int:
    """Take the folder for this process alone and return the lock, to be closed at the end.

    The lock is on ``folder/lock``; where that cannot be created (read-only disk) on the folder
    itself. The kernel frees it when the process ends, however it ends. Raises :class:`DataLocked`
    when another process has it, :class:`DataUnusable` when the folder cannot be opened.
    """
    try:
        try:
            lock = os.open(folder / "lock", os.O_RDONLY | os.O_CREAT, _FILE_MODE)
        except OSError:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise DataUnusable(f"{folder}: cannot be opened ({error.strerror})") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise DataLocked(f"{folder}: another Sternway is running on this data folder") from error
    return lock


def _temp_of(path: Path) -> Path:
    """Return the temporary name beside ``path``: one name each, so a crash leaves one at most."""
    return path.with_name(f".{path.name}.tmp")


def _write_new(path: Path, fill: Callable[[int], None]) -> None:
    """Write a file and fsync it; the name is not durable yet."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    try:
        fill(descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link_previous(path: Path) -> None:
    """Let ``<name>.bak`` be the present file, without a moment in which either name is missing."""
    previous = path.with_name(path.name + PREVIOUS)
    if previous.exists() and previous.samefile(path):
        return  # a write was broken off after this step; a rename onto oneself would do nothing
    temp = _temp_of(previous)
    temp.unlink(missing_ok=True)
    temp.hardlink_to(path)
    temp.rename(previous)
