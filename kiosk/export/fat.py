"""What a FAT stick cannot hold, foreseen: it would only say so in the middle of an export.

A folder is at most 2 MiB of entries of 32 bytes (``fs/fat/dir.c`` in Linux). A name that is not
plain upper case 8.3 takes one for itself and one for each 13 characters of its long form; while a
file is written it stands under a longer name. exFAT has neither limit.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

from kiosk.cues.texts import grouped
from kiosk.export.growing import PART
from kiosk.export.target import AT_ONCE
from profiles.saying import Saying, saying

_MSDOS_SUPER_MAGIC: Final = 0x4D44
_ENTRIES: Final = 65_535
"""2 MiB of them; Linux leaves the last one free."""
_DOTS: Final = 2
"""A folder's entries for itself and the one above."""
_IN_AN_ENTRY: Final = 13
_MAX_FILE_BYTES: Final = 4 * 1024**3 - 1
_STATFS_BYTES: Final = 256
"""More than any Linux' ``struct statfs``; its type comes first."""

_libc: Final = ctypes.CDLL(None, use_errno=True)


def is_fat(folder: Path) -> bool:
    """Say whether a folder is on FAT (12, 16 or 32). Raises ``OSError`` as the system does."""
    found = ctypes.create_string_buffer(_STATFS_BYTES)
    if _libc.statfs(os.fsencode(folder), found) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    size = ctypes.sizeof(ctypes.c_long)
    return int.from_bytes(found.raw[:size], sys.byteorder) == _MSDOS_SUPER_MAGIC


def obstacle(path: str, size: int, files: int, name: str) -> Saying | None:
    """Say in one sentence why FAT does not take these files, None where it does.

    ``path`` is a file of ``size`` bytes, or a folder of so many ``files`` with names as ``name``.
    """
    if files == 1 and size > _MAX_FILE_BYTES:
        return saying(
            "{file} would be larger than 4 GB, which a FAT32 stick cannot hold: choose fewer "
            "days, or a stick that is formatted as exFAT.",
            file=path,
        )
    most = most_files(name)
    if files > most:
        return saying(
            "{folder} would hold {n} files, and a folder on a FAT32 stick takes {most}: choose "
            "fewer days, leave the traces out, or take a stick that is formatted as exFAT.",
            folder=path,
            n=grouped(files),
            most=grouped(most),
        )
    return None


def most_files(name: str) -> int:
    """Return how many files with names as ``name`` an export can put into one folder.

    Two lots of them may stand under their names while they are written, or under both. The places
    of those names are used again, but not to the last one: so they are counted as lost.
    """
    lost = 2 * AT_ONCE * entries_of(name + PART)
    return (_ENTRIES - _DOTS - lost) // entries_of(name)


def entries_of(name: str) -> int:
    """Return how many entries a long name takes."""
    length = len(name.encode("utf-16-le")) // 2
    return 1 - (-length // _IN_AN_ENTRY)
