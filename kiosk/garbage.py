"""When the kiosk looks for garbage: when nobody is there, and hardly ever while somebody walks.

To look through all that there is takes a tenth of a second, and longer on a small machine. No
screen changes meanwhile, and no thread of the process goes on: a stop that is to be shown waits.
"""

from __future__ import annotations

import gc
import time
from typing import Final

EVERY_S: Final = 60.0
THRESHOLDS: Final = (5_000, 20, 200)
"""What was made and dropped lately is looked through as ever, all of it after 20 million objects.
Screens that were taken down wait for a calm moment."""


class Garbage:
    """What stands at the start is there for good; the rest is looked through while all is calm."""

    def __init__(self) -> None:
        """Nothing is changed before :meth:`settle`."""
        self._before: tuple[int, int, int] | None = None
        self._looked_s = float("-inf")

    def settle(self) -> None:
        """Take what there is for what stays."""
        if self._before is None:
            gc.collect()
            gc.freeze()
            self._before = gc.get_threshold()
            gc.set_threshold(*THRESHOLDS)
            self._looked_s = time.monotonic()

    def calm(self) -> None:
        """Look for garbage, once a minute: nobody waits for anything."""
        now = time.monotonic()
        if self._before is not None and now - self._looked_s >= EVERY_S:
            self._looked_s = now
            gc.collect()

    def close(self) -> None:
        """Leave it to Python again."""
        if self._before is not None:
            gc.set_threshold(*self._before)
            gc.unfreeze()
            self._before = None
