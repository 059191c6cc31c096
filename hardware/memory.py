"""Keeps the guard's memory in memory, so that no pass ever waits for the disk."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from typing import Final

MCL_CURRENT: Final = 1
MCL_FUTURE: Final = 2
ASKED_BY: Final = "STERNWAY_LOCK_MEMORY"
"""Set to 1 by the service. Elsewhere the limit for locked memory is too small for Python."""


def lock_memory(environment: Mapping[str, str] | None = None) -> bool:
    """Lock everything that is mapped now and later, if the service asks for it; say whether it is.

    A guard that may not is still a guard: it says so on standard error and goes on.
    """
    if (os.environ if environment is None else environment).get(ASKED_BY) != "1":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(MCL_CURRENT | MCL_FUTURE) == 0:
        return True
    why = os.strerror(ctypes.get_errno())
    print(f"guard: memory is not locked ({why}): set LimitMEMLOCK=infinity", file=sys.stderr)
    return False
