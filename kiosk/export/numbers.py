"""The numbers of exports: one that was used once is never given again, whatever is deleted.

What lies on a stick is not enough to go by: staff delete exports there, or take another stick. So
the kiosk keeps the newest number of each day, under a hash. Where that cannot be kept (a full disk
must not keep the log from leaving), what lies on the stick has to do. A damaged file is set aside,
which staff are told of, and the generation before it goes on.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from kiosk.records.files import (
    PREVIOUS,
    make_folder,
    set_aside_if_possible,
    write_atomically,
)
from kiosk.records.sealed import seal, unseal

log = logging.getLogger(__name__)

_MOST: Final = 400
"""Days that are remembered: a stick that is older than that has its own folders to go by."""


class Numbers:
    """``DATA/settings/exports.json``: the newest number by the beginning of the name."""

    def __init__(self, data: Path) -> None:
        """Read nothing yet."""
        self._path = data / "settings" / "exports.json"

    def take(self, stem: str, least: int) -> int:
        """Return a number that nothing of this name ever had, at least ``least``; keep it."""
        kept = self._kept()
        number = max(least, kept.pop(stem, 0) + 1)
        kept[stem] = number
        newest = dict([*kept.items()][-_MOST:])
        try:
            make_folder(self._path.parent)
            write_atomically(self._path, seal(newest), keep_previous=True)
        except OSError as error:
            log.warning("the number of an export could not be kept: %s", error.strerror)
        return number

    def _kept(self) -> dict[str, int]:
        previous = self._path.with_name(self._path.name + PREVIOUS)
        for path, behind in ((self._path, 0), (previous, 1)):
            try:
                kept: dict[str, int] = unseal(path.read_bytes(), dict[str, int])
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                log.warning("%s: %s", path.name, error)
                if not isinstance(error, OSError):
                    set_aside_if_possible(path)
                continue
            # The generation before may not know of the newest export of each day.
            return {stem: number + behind for stem, number in kept.items()}
        return {}
