"""The numbers of exports: one that was used once is never given again, whatever is deleted.

What lies on a stick is not enough to go by: staff delete exports there, or take another stick. So
the kiosk keeps the newest number of each day. Where that cannot be kept (a full disk must not keep
the log from leaving), what lies on the stick has to do.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import msgspec

from kiosk.records.files import make_folder, write_atomically

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
            write_atomically(self._path, msgspec.json.encode(newest))
        except OSError as error:
            log.warning("the number of an export could not be kept: %s", error.strerror)
        return number

    def _kept(self) -> dict[str, int]:
        try:
            content = self._path.read_bytes()
            return msgspec.json.decode(content, type=dict[str, int])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("the numbers of earlier exports cannot be read: %s", error)
            return {}
