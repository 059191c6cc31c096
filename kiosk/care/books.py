"""What staff proved and calibrated, for good: JSON Lines that are only ever added to.

One file each under ``DATA/care``. A line is on the disk before it counts. A line that a lost power
or a bad block damaged is passed over: what it would have said counts as not done.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Final

import msgspec

from kiosk.records.files import make_folder, sync_folder, write_all

log = logging.getLogger(__name__)

TAIL_BYTES: Final = 256 * 1024
"""As much as is read at the start: over two years of daily tests."""


class Book:
    """One file of lines. Only one thread may add at a time."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path

    def add(self, line: dict[str, Any]) -> None:
        """Put a line onto the disk; raises OSError, and then it does not count."""
        make_folder(self.path.parent)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            # After a lost power the last line may have no end: ours must not hang onto it.
            cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            write_all(descriptor, (b"\n" if cut else b"") + msgspec.json.encode(line) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self.path.parent)

    def lines(self) -> list[dict[str, Any]]:
        """Return the newest lines that can be read, oldest first; none where there is no file."""
        try:
            with self.path.open("rb") as file:
                start = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
                file.seek(start)
                kept = file.read().split(b"\n")[1 if start else 0 :]
        except FileNotFoundError:
            return []
        except OSError as error:
            log.error("%s cannot be read: %s", self.path, error.strerror)
            return []
        found = []
        for line in filter(None, kept):
            try:
                value = msgspec.json.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                log.warning("%s holds a damaged line", self.path)
                continue
            if isinstance(value, dict):
                found.append(value)
        return found
