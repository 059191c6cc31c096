"""Files from a stick, read within bounds; and the few durable steps this package does itself.

Every function raises ``OSError`` as the system gave it, apart from :class:`FileRefused`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from profiles.errors import FileRefused
from profiles.saying import saying

_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TOO_LARGE: Final = saying("is over 1 MiB; split it into several files")
_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700


def content_of(path: Path, most_bytes: int) -> bytes:
    """Return a regular file of at most so many bytes; never through a link, never waiting.

    Raises :class:`FileRefused` for anything else, with the reason and without the path.
    """
    try:
        file = os.open(path, _READ)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileRefused(saying("is a link; put the file itself there")) from None
        why = error.strerror or type(error).__name__
        raise FileRefused(
            saying("cannot be read ({reason}); look whether it is there", reason=why)
        ) from None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise FileRefused(saying("is no file; name a profile's file"))
        if found.st_size > most_bytes:
            raise FileRefused(_TOO_LARGE)
        return _all_of(file, most_bytes)
    except OSError as error:
        if isinstance(error, FileRefused):
            raise
        why = error.strerror or type(error).__name__
        raise FileRefused(
            saying("cannot be read ({reason}); try another stick", reason=why)
        ) from None
    finally:
        os.close(file)


def _all_of(file: int, most_bytes: int) -> bytes:
    """Read to the end: a file may grow while it is read, and lie about its size."""
    content = bytearray()
    while chunk := os.read(file, most_bytes + 1 - len(content)):
        content += chunk
        if len(content) > most_bytes:
            raise FileRefused(_TOO_LARGE)
    return bytes(content)


def make_folder(folder: Path) -> None:
    """Create a folder for the kiosk's user alone, durably, and those above it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def create(path: Path, content: bytes) -> None:
    """Create a small file durably, whole or not at all; raises ``FileExistsError`` if it is there.

    A link gives it its name: of two processes or threads that make it at once, one is second.
    """
    temp = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    temp.unlink(missing_ok=True)
    file = os.open(temp, _NEW, _FILE_MODE)
    try:
        try:
            left = memoryview(content)
            while left:  # a disk that is nearly full takes a part
                left = left[os.write(file, left) :]
            os.fsync(file)
        finally:
            os.close(file)
        path.hardlink_to(temp)
    finally:
        temp.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; a second process or thread waits. The kernel frees it in any case."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE_MODE)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
