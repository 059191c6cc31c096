"""One file of an export while it is being written, beside its name.

It gets its name once it is durable (``target``), and is compared with what was meant once it was
read back (``readback``).
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Final, NamedTuple

from kiosk.export.progress import Meter
from kiosk.records.files import write_all

PART: Final = ".part"
"""Suffix of what is not finished: of each file, and of the folder."""

SYNC_BYTES: Final = 8 * 1024 * 1024
"""No more than this is written without being synced, so that progress and cancel stay true."""

_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_MODE: Final = 0o644
"""A stick goes to other people, and what is on it is de-identified or encrypted."""


class Written(NamedTuple):
    """One file as it was meant: path in the folder, size in bytes, SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


class Growing:
    """A file that is being written beside its name. ``OSError`` is the target's.

    ``folder`` is the open folder in which it will be called ``name``. ``unsynced`` of its bytes are
    not durable yet.
    """

    def __init__(self, folder: int, path: str, name: str, meter: Meter) -> None:
        """Open it; one that is there already is an error, and a link is not followed."""
        self.folder, self.path, self.name = folder, path, name
        self.unsynced = 0
        self._size = 0
        self._digest = sha256()
        self._meter = meter
        self._file = os.open(name + PART, _NEW_FILE, _FILE_MODE, dir_fd=folder)

    def write(self, chunk: bytes) -> None:
        """Append. Raises :class:`~kiosk.export.errors.Cancelled` when somebody cancelled."""
        self._meter.check()
        self._digest.update(chunk)
        size = len(chunk)
        self._size += size
        self.unsynced += size
        # A disk that fills up takes fewer bytes than it was given.
        done = os.write(self._file, chunk)
        if done < size:
            write_all(self._file, chunk[done:])
        if self.unsynced >= SYNC_BYTES:
            os.fsync(self._file)
            self._meter.add(self.unsynced)
            self.unsynced = 0

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

    def written(self) -> Written:
        """Return what it was meant to be."""
        return Written(self.path, self._size, self._digest.hexdigest())
