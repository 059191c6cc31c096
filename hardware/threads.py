"""Names for threads that `top -H` and a debugger show, not Python alone."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

LONGEST_NAME = 15
"""Linux cuts a thread's name off here."""


def name_this_thread(name: str) -> None:
    """Give the calling thread its name in the kernel; of the main thread it is the process's."""
    comm = Path(f"/proc/self/task/{threading.get_native_id()}/comm")
    # Only a convenience: without /proc the thread works all the same.
    with contextlib.suppress(OSError):
        comm.write_text(name[:LONGEST_NAME])
