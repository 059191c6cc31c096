"""How many of the sensor's lines come in a second, from the guard's counters."""

from __future__ import annotations

from collections import deque
from typing import Final

from hardware.link import Status
from kiosk.care.model import Rates

NS: Final = 1_000_000_000
OVER_NS: Final = 3 * NS
EVERY_NS: Final = NS // 4


class Rating:
    """Counters of the last seconds. One thread may tell it."""

    def __init__(self) -> None:
        """Nothing was counted."""
        self._seen: deque[tuple[int, int, int, int]] = deque()

    def tell(self, status: Status) -> Rates:
        """Take one status, and return the rates."""
        frames, seen = status.frames, self._seen
        if seen and frames.accepted < seen[-1][1]:
            seen.clear()  # the guard began anew
        if not seen or status.t_ns - seen[-1][0] >= EVERY_NS:
            seen.append((status.t_ns, frames.accepted, frames.rejected, frames.lost))
        while status.t_ns - seen[0][0] > OVER_NS:
            seen.popleft()
        if len(seen) < 2:
            return Rates()
        first, last = seen[0], seen[-1]
        seconds = (last[0] - first[0]) / NS
        return Rates(*(round((last[n] - first[n]) / seconds, 1) for n in (1, 2, 3)))
