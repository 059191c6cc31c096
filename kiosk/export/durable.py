"""One wait for many files: ``syncfs``, which Python does not have.

A stick needs 10 to 50 ms for each fsync, whatever it is of: it writes its tables and empties its
cache. Ten thousand traces would take minutes. ``syncfs`` makes all that was written to a filesystem
durable, as one fsync does for one file, and since Linux 5.8 it reports what failed on the way.
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

_libc: Final = ctypes.CDLL(None, use_errno=True)


def sync_filesystem(file: int) -> None:
    """Make everything on the filesystem of an open file or folder durable.

    Raises ``OSError`` when a write to it failed since the file was opened.
    """
    if _libc.syncfs(file) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
