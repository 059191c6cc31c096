"""What staff proved and calibrated, for good: JSON Lines that are only ever added to.

One file each under ``DATA/care``. A line is on the disk before it counts, and stands there under
its hash: nobody knows what a damaged one said, so it is None and never what it looks like.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Final

from kiosk.records.files import make_folder, sync_folder, write_all
from kiosk.records.sealed import seal, unseal

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
            write_all(descriptor, (b"\n" if cut else b"") + seal(line) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self.path.parent)

    def lines(self) -> list[dict[str, Any] | None]:
        """Return the newest lines, oldest first, None for a damaged one; none without a file.

        A file that the disk does not give is one damaged line.
        """
        try:
            with self.path.open("rb") as file:
                start = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
                file.seek(start)
                kept = file.read().split(b"\n")[1 if start else 0 :]
        except FileNotFoundError:
            return []
        except OSError as error:
            log.error("%s cannot be read: %s", self.path, error.strerror)
            return [None]
        found: list[dict[str, Any] | None] = []
        for line in filter(None, kept):
            try:
                found.append(unseal(line, dict[str, Any]))
            except ValueError:
                log.warning("%s holds a damaged line", self.path)
                found.append(None)
        return found
