"""The boot partition, made writable for as long as something is written to it, and no longer."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiosk.upkeep.updater.disk import sync_folder

_MS_RDONLY: Final = 1
_MS_REMOUNT: Final = 32
_KEPT: Final = os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME
"""Flags of the mount that stay as they are; mount(2) has the same bits for them."""
_libc: Final = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Remount a partition that is mounted read-only; one that can be written stays as it is.

    Raises ``OSError``. A partition that cannot be made read-only again is only said so: what was
    written is durable by then.
    """
    if not os.statvfs(folder).f_flag & os.ST_RDONLY:
        yield
        return
    _remount(folder, 0)
    try:
        yield
    finally:
        try:
            sync_folder(folder)
            _remount(folder, _MS_RDONLY)
        except OSError as error:
            print(f"sternway update: {folder} stays writable: {error.strerror}", flush=True)


def _remount(folder: Path, how: int) -> None:
    # By the call itself: mount(8) would want to write below /run, which this service may not.
    flags = _MS_REMOUNT | how | os.statvfs(folder).f_flag & _KEPT
    if _libc.mount(None, os.fsencode(folder), None, flags, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
