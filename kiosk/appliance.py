"""Whether this machine is the appliance: its kernel is started with the name of a slot.

Read by the guard, the kiosk and the update service alike, so it imports nothing of ours.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

CMDLINE: Final = Path("/proc/cmdline")
_SLOT: Final = re.compile(r"(?:^|\s)sternway\.slot=([ab])(?:\s|$)")


def running_slot(cmdline: str) -> Literal["a", "b"] | None:
    """Return the slot that the kernel was started with, None where this is no appliance."""
    found = _SLOT.search(cmdline)
    if found is None:
        return None
    return "a" if found[1] == "a" else "b"


def is_appliance() -> bool:
    """Say whether this is one. Raises OSError where the kernel does not tell."""
    return running_slot(CMDLINE.read_text()) is not None
