"""The first minutes of a version that is only tried: kept, or the machine is started anew.

The kiosk says itself that it works (``Keep``). A version whose kiosk never does, because its kernel
hangs, its display stays dark or its log does not open, would stay up: then nobody can walk, and the
restart takes a try away, until the version before is started again.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Final

from kiosk.upkeep.updater.boot import Boot

WITHIN_S: Final = 300.0
LOOK_EVERY_S: Final = 2.0


def watch(
    boot: Boot,
    restart: Callable[[], None],
    *,
    within_s: float = WITHIN_S,
    now_s: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until the running version is kept; else call ``restart``. Return whether it was kept."""
    due_s = now_s() + within_s
    while boot.on_trial():
        if now_s() >= due_s:
            print("sternway update: this version does not work: starting anew", flush=True)
            restart()
            return False
        wait(LOOK_EVERY_S)
    return True


def restart_machine() -> None:
    """Start the machine anew."""
    subprocess.run(["systemctl", "--no-block", "reboot"], check=True)
