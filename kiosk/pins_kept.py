"""What is kept of the PINs, and its file. No PIN stands in it: argon2id hashes, tries and locks."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import msgspec

from kiosk.lockout import Tries
from kiosk.records.files import (
    PREVIOUS,
    copy_aside,
    files_set_aside,
    make_folder,
    set_aside_if_possible,
    write_atomically,
)
from kiosk.records.sealed import seal, unseal

log = logging.getLogger(__name__)

_ZONE_STEP_S: Final = 900
_ZONES_S: Final = 26 * 3600


class Entry(Tries, frozen=True, kw_only=True):
    """What is kept of one role: its hash, and the wrong tries since the last right PIN."""

    hash: str


class Reset(msgspec.Struct, frozen=True):
    """Which file last reset PINs: its content's SHA-256, its size, when it was written."""

    sha256: str
    bytes: int
    mtime_s: int

    def is_same(self, other: Reset) -> bool:
        """Say whether both are one file.

        A FAT partition keeps local time: the same file seems hours apart, in steps of a quarter,
        after the zone or the summer time changed. That must not reset anything again.
        """
        apart_s = abs(self.mtime_s - other.mtime_s)
        same = (self.sha256, self.bytes) == (other.sha256, other.bytes)
        return same and apart_s % _ZONE_STEP_S == 0 and apart_s <= _ZONES_S


class File(msgspec.Struct, frozen=True):
    """What the file says; under a hash, or one flipped bit in a name would be "no PIN yet"."""

    roles: dict[str, Entry] = {}
    reset: Reset | None = None


def load(path: Path) -> File | None:
    """Return what was kept, from the previous generation if need be; None: none is left whole.

    A damaged file is set aside where the other one is whole. Where none is, both stay: a kiosk
    without any of them has no PIN yet, and whoever comes first may choose one.
    """
    damaged = False
    for candidate in (path, path.with_name(path.name + PREVIOUS)):
        try:
            found = unseal(candidate.read_bytes(), File)
        except FileNotFoundError:
            continue
        except (ValueError, OSError) as error:
            log.error("%s is damaged: %s", candidate, type(error).__name__)
            damaged = True
        else:
            if damaged:
                set_aside_if_possible(path)
            return found
    return None if damaged else File()


def set_aside(path: Path) -> tuple[str, ...]:
    """Return the names of what was set aside of this file, now or before."""
    try:
        found = files_set_aside(path.parent)
    except OSError:
        return ()
    return tuple(one.name for one in found if one.name.startswith(path.name))


def keep_damaged(path: Path) -> None:
    """Keep both damaged generations beside their places, as they are about to be replaced.

    Raises ``OSError``.
    """
    for candidate in (path, path.with_name(path.name + PREVIOUS)):
        copy_aside(candidate)


def write(path: Path, roles: dict[str, Entry], reset: Reset | None) -> None:
    """Write it durably, the previous generation beside it. Raises ``OSError``."""
    make_folder(path.parent)
    write_atomically(path, seal(File(roles=roles, reset=reset)), keep_previous=True)
