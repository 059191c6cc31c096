"""Does the sensor's clock run as fast as ours? What tells a speed must know how long a second is.

A sensor whose clock runs five times too fast tells a fifth of the belt's speed, frame by frame
without a flaw. How late a frame comes varies, with a busy computer by tenths of a second; the
least of a second does not: it stays, or the clocks go apart. No I/O here.
"""

from __future__ import annotations

from typing import Final

LOOK_US: Final = 1_000_000
"""The least lateness is taken over so long, by our clock."""
RENEW_US: Final = 10_000_000
"""So old may be what it is compared with."""
SLACK_US: Final = 100_000
SLACK_PART: Final = 20
"""So far may the clocks go apart: a constant, and a twentieth of the time since. Quartz needs a
hundredth of a per cent."""


class ClockRate:
    """Compares two clocks by pairs of their times. It begins anew wherever either one jumped."""

    def __init__(self) -> None:
        """Know of no pair yet."""
        self._from_us: int | None = None
        # The least lateness of a second, when that second was over, and that of the one under way.
        self._known_us: int | None = None
        self._known_at_us: int
        self._least_us: int

    def restart(self) -> None:
        """Forget every pair: one of the clocks began anew."""
        self._from_us = self._known_us = None

    def is_off(self, sensor_us: int, host_us: int) -> bool:
        """Take a pair of times (µs, each unwrapped); say whether the clocks go apart."""
        late_us = host_us - sensor_us
        if self._from_us is None:
            self._from_us, self._least_us = host_us, late_us
        elif late_us < self._least_us:
            self._least_us = late_us
        is_over = host_us - self._from_us >= LOOK_US
        off = self._known_us is not None and self._apart(self._known_us, host_us, is_over)
        if is_over:
            if self._known_us is None or host_us - self._known_at_us >= RENEW_US:
                self._known_us, self._known_at_us = self._least_us, host_us
            self._from_us = None
        return off

    def _apart(self, known_us: int, host_us: int, is_over: bool) -> bool:
        apart_us = self._least_us - known_us
        most_us = SLACK_US + (host_us - self._known_at_us) // SLACK_PART
        # Earlier than can be shows at once; later by the least of a whole second alone.
        return apart_us < -most_us or (is_over and apart_us > most_us)
