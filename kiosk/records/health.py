"""Whether the data folder can take another session, and one sentence where it cannot."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from kiosk.records.files import delete, write_atomically

MIN_FREE_BYTES: Final = 64 * 1024 * 1024
"""Room asked for before a session starts; the longest needs about 12 MB."""

_PROBE: Final = ".probe"
_WHY: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "the kiosk may not write to its data folder",
    errno.EPERM: "the kiosk may not write to its data folder",
    errno.ENOENT: "the data folder is gone",
    errno.EIO: "the disk reports an error",
}


def sentence_of(error: OSError) -> str:
    """Return one sentence for the screen about a failed write or read."""
    why = _WHY.get(error.errno or 0) or f"the disk says: {error.strerror or type(error).__name__}"
    return f"The log cannot be written: {why}."


def room(data: Path, min_free_bytes: int = MIN_FREE_BYTES) -> str | None:
    """Return why the disk has no room or takes no writes, or None. It writes nothing."""
    try:
        stat = os.statvfs(data)
    except OSError as error:
        return sentence_of(error)
    if stat.f_flag & os.ST_RDONLY:
        return sentence_of(OSError(errno.EROFS, os.strerror(errno.EROFS)))
    free = stat.f_bavail * stat.f_frsize
    if free < min_free_bytes:
        return (
            f"The disk is nearly full: {free // 2**20} MB are free, "
            f"{min_free_bytes // 2**20} MB are needed."
        )
    return None


def probe(data: Path) -> str | None:
    """Return why a small durable write fails, or None: only a write shows that writes work."""
    path = data / _PROBE
    try:
        write_atomically(path, b"sternway\n")
        delete(path)
    except OSError as error:
        return sentence_of(error)
    return None
