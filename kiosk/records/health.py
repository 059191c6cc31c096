"""Whether the data folder can take another session, and one sentence where it cannot."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from kiosk.records.files import delete, write_atomically
from profiles.saying import Saying, saying

MIN_FREE_BYTES: Final = 64 * 1024 * 1024
"""Room asked for before a session starts; the longest needs about 12 MB."""

_PROBE: Final = ".probe"
_FULL: Final = saying("The log cannot be written: the disk is full.")
_FORBIDDEN: Final = saying("The log cannot be written: the kiosk may not write to its data folder.")
_WHY: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: saying("The log cannot be written: the disk is read-only."),
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOENT: saying("The log cannot be written: the data folder is gone."),
    errno.EIO: saying("The log cannot be written: the disk reports an error."),
}
_MAKE_ROOM: Final = saying(
    "Leave the kiosk on, export the log to a stick, then call the service: "
    "old speed curves can go from the card, the records stay."
)
_WORN: Final = saying(
    "Leave the kiosk on, export the log to a stick, then call the service: "
    "the memory card may be worn out."
)
_AGAIN: Final = saying("Restart the kiosk; if it stays so, call the service.")
_NEARLY_FULL: Final = saying(
    "The disk is nearly full: {free} MB are free, {needed} MB are needed.", free=0, needed=0
).text
_MENDS: Final = {
    _FULL.text: _MAKE_ROOM,
    _NEARLY_FULL: _MAKE_ROOM,
    _WHY[errno.EROFS].text: _WORN,
    _WHY[errno.EIO].text: _WORN,
}


def mend_of(why: Saying) -> Saying:
    """Return what staff do about it. What is only in memory would not outlive a restart."""
    return _MENDS.get(why.text, _AGAIN)


def sentence_of(error: OSError) -> Saying:
    """Return one sentence for the screen about a failed write or read."""
    reason = error.strerror or type(error).__name__
    return _WHY.get(error.errno or 0) or saying(
        "The log cannot be written: the disk says: {reason}.", reason=reason
    )


def room(data: Path, min_free_bytes: int = MIN_FREE_BYTES) -> Saying | None:
    """Return why the disk has no room or takes no writes, or None. It writes nothing."""
    try:
        stat = os.statvfs(data)
    except OSError as error:
        return sentence_of(error)
    if stat.f_flag & os.ST_RDONLY:
        return sentence_of(OSError(errno.EROFS, os.strerror(errno.EROFS)))
    free = stat.f_bavail * stat.f_frsize
    if free < min_free_bytes:
        return saying(
            "The disk is nearly full: {free} MB are free, {needed} MB are needed.",
            free=free // 2**20,
            needed=min_free_bytes // 2**20,
        )
    return None


def probe(data: Path) -> Saying | None:
    """Return why a small durable write fails, or None: only a write shows that writes work."""
    path = data / _PROBE
    try:
        write_atomically(path, b"sternway\n")
        delete(path)
    except OSError as error:
        return sentence_of(error)
    return None
