"""What only staff may clear, kept through the end of a guard that did not end in order.

The latch lives in the guard, and a guard that crashed, or was killed by its watchdog, is started
anew within a second: that alone must not clear what asks for a PIN. It lies beside the socket, in
memory (``/run``): a restart of the machine clears it, as pulling its plug always could.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from hardware.link import STAFF_CLEARS, Reason


class KeptLatches:
    """A small file, written whole when the latches change. One thread uses it."""

    def __init__(self, socket_path: Path) -> None:
        """``socket_path`` is where the guard listens: the file lies beside it."""
        self._path = socket_path.with_suffix(".latched")
        self._kept: tuple[Reason, ...] = ()

    def read(self) -> tuple[Reason, ...]:
        """Return what the guard before had latched; all that staff clear, where nobody can tell."""
        try:
            self._kept = msgspec.json.decode(self._path.read_bytes(), type=tuple[Reason, ...])
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            print(f"sternway guard: {self._path}: {error}: staff must clear", file=sys.stderr)
            self._kept = tuple(sorted(STAFF_CLEARS))
        return self._kept

    def keep(self, latched: tuple[Reason, ...]) -> None:
        """Keep what staff must clear. Where that cannot be, it is said, and the guard goes on."""
        latched = tuple(reason for reason in latched if reason in STAFF_CLEARS)
        if latched == self._kept:
            return
        new = self._path.with_suffix(".new")
        try:
            new.write_bytes(msgspec.json.encode(latched))
            new.replace(self._path)
        except OSError as error:
            print(f"sternway guard: latches are in memory alone: {error}", file=sys.stderr)
        self._kept = latched

    def forget(self) -> None:
        """Take the file away: whoever ended the guard in order has nothing to be kept for."""
        self._path.unlink(missing_ok=True)
