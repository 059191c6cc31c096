"""Bytes onto the slots and onto the boot partition: durable, and read back from the card itself.

Every step is one call to the system, one after another, so that tests can cut the power at each.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from kiosk.upkeep.updater.words import NOT_KEPT, SLOT_IN_USE, UpdateError
from profiles.saying import saying

Tell = Callable[[int], None]
"""Hears of so many bytes more; raises to stop."""
PART: Final = ".new"
_SYNC_BYTES: Final = 16 * 1024 * 1024
"""Written between two waits: else the card has a gigabyte to swallow at the end, and a walk's log
waits for it."""
_BUFFER_BYTES: Final = 1024 * 1024
_MODE: Final = 0o644


def write_slot(device: Path, chunks: Iterable[bytes], size: int, tell: Tell) -> None:
    """Write a slot from its beginning, durably. Raises :class:`UpdateError`, ``OSError``."""
    try:
        # Of a device that anything uses the kernel lets nobody have it "exclusively".
        slot = os.open(device, os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise UpdateError(SLOT_IN_USE) from error
        raise
    try:
        room = os.lseek(slot, 0, os.SEEK_END)
        if size > room:
            raise too_large(size, room)
        os.lseek(slot, 0, os.SEEK_SET)
        _write(slot, chunks, tell)
    finally:
        os.close(slot)


def too_large(size: int, room: int) -> UpdateError:
    """Return what is said of a root that does not fit into its slot."""
    return UpdateError(
        saying(
            "The update is too large for this kiosk: {size} MB, and a slot has {room}.",
            size=size // 10**6,
            room=room // 10**6,
        )
    )


def write_file(path: Path, chunks: Iterable[bytes], tell: Tell = lambda _count: None) -> None:
    """Replace a file of the boot partition: the old one is there until the new one is durable."""
    temp = path.with_name(path.name + PART)
    file = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
    try:
        _write(file, chunks, tell)
        temp.rename(path)
        # vfat keeps where a file lies in the file's own inode: without this the folder's sync
        # would free the old content on the card and leave a name that leads there.
        os.fsync(file)
    finally:
        os.close(file)
    sync_folder(path.parent)


def digest_of(path: Path, size: int, tell: Tell = lambda _count: None) -> str:
    """Return the SHA-256 of the first bytes of a file or device, as they are on the card."""
    digest, left = sha256(), size
    for piece in _pieces(path):
        digest.update(piece[:left])
        tell(min(left, len(piece)))
        left -= min(left, len(piece))
        if left == 0:
            break
    return digest.hexdigest() if left == 0 else ""


def must_be(path: Path, size: int, sha: str, tell: Tell = lambda _count: None) -> None:
    """Raise :class:`UpdateError` where the card does not hold what was written to it."""
    if digest_of(path, size, tell) != sha:
        raise UpdateError(NOT_KEPT)


def remove(paths: Iterable[Path]) -> None:
    """Delete files durably; those that are gone are fine."""
    for folder in {path.parent: None for path in paths if _unlinked(path)}:
        sync_folder(folder)


def rename(old: Path, new: Path) -> None:
    """Rename within a folder, durably; as :func:`write_file` does."""
    file = os.open(old, os.O_RDONLY | os.O_CLOEXEC)
    try:
        old.rename(new)
        os.fsync(file)
    finally:
        os.close(file)
    sync_folder(new.parent)


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(0o755)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _unlinked(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _write(file: int, chunks: Iterable[bytes], tell: Tell) -> None:
    waiting = 0
    for chunk in chunks:
        view = memoryview(chunk)
        while view:
            view = view[os.write(file, view) :]
        tell(len(chunk))
        waiting += len(chunk)
        if waiting >= _SYNC_BYTES:
            os.fsync(file)
            waiting = 0
    os.fsync(file)


def _pieces(path: Path) -> Iterator[memoryview]:
    """Return what the card holds, past the kernel's cache; each piece is gone with the next."""
    with contextlib.ExitStack() as stack:
        try:
            file = os.open(path, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        stack.callback(os.close, file)
        # A map's pages are aligned, as O_DIRECT wants it.
        buffer = stack.enter_context(mmap.mmap(-1, _BUFFER_BYTES))
        view = stack.enter_context(memoryview(buffer))
        while count := os.readv(file, [view]):
            with view[:count] as piece:
                yield piece
            if count % mmap.PAGESIZE:
                break  # the end: O_DIRECT may not go on from an odd place
