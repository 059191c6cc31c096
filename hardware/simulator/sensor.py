"""The simulated belt sensor: from the belt's motion to the lines of contracts.md §1.

Its encoder has an error that repeats with each pole, and a jitter, both seeded.
"""

from __future__ import annotations

import random
from typing import Final, Literal

from hardware.belt.protocol import UINT32, compose
from hardware.simulator.treadmill import Segment

Fault = Literal["ok", "mute", "freeze", "garbage", "reset", "fault", "unplug"]

FRAME_S: Final = 0.02
FRAMES_PER_IDENTITY: Final = 50
POLES: Final = 20
POLE_ERROR: Final = 0.01
JITTER_US: Final = 20.0
OLDEST_EDGE_US: Final = 1 << 30
SERIAL: Final = "SIM-0001"
FIRMWARE: Final = "simulated-1"
GARBAGE_BYTES: Final = 40
FAULT_STATUS: Final = 0x01


class SimulatedSensor:
    """Counts the edges that the belt brings past, and says so in lines."""

    def __init__(
        self,
        mm_per_count: float,
        now_s: float,
        *,
        seed: int = 1,
        clock_us: int = 0,
        count: int = 0,
        seq: int = 0,
    ) -> None:
        """Power up at ``now_s`` with the belt at 0 mm; the counters may start close to a wrap."""
        self.mode: Fault = "ok"
        self._mm = mm_per_count
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._errors = [self._random.uniform(-POLE_ERROR, POLE_ERROR) for _ in range(POLES)]
        # The edge in front of the belt; halfway at first, so that a belt at 0 rests on no edge.
        self._ahead = 0
        self._power_up(now_s, clock_us, count)
        self._seq = seq
        self._frames = 0
        self._last_line = b""

    def reset(self, now_s: float) -> None:
        """Restart: clock and count begin at 0, in the middle of whatever the belt does."""
        self._power_up(now_s, 0, 0)

    def follow(self, segment: Segment) -> None:
        """Count the edges of a stretch of motion, each at its own time."""
        while segment.to_mm >= self._edge_mm(self._ahead):
            self._edge(segment, self._edge_mm(self._ahead), 1)
            self._ahead += 1
        while segment.to_mm < self._edge_mm(self._ahead - 1):
            self._ahead -= 1
            self._edge(segment, self._edge_mm(self._ahead), -1)

    def lines(self, now_s: float) -> bytes:
        """Return what the sensor sends at ``now_s``, a frame every :data:`FRAME_S`."""
        if self.mode == "freeze":
            return self._last_line
        if self.mode == "reset":
            self.reset(now_s)
            self.mode = "ok"
        sent = self.frame(now_s)
        self._frames += 1
        if self._frames % FRAMES_PER_IDENTITY == 1:
            sent += compose(f"SWI,1,{SERIAL},{FIRMWARE}")
        if self.mode == "garbage":
            return self._random.randbytes(GARBAGE_BYTES)
        return b"" if self.mode in {"mute", "unplug"} else sent

    def frame(self, now_s: float) -> bytes:
        """Return one ``$SWB`` line."""
        clock_us = self._clock(now_s)
        edge_us = max(self._edge_us, clock_us - OLDEST_EDGE_US)
        count = (self._count + UINT32 // 2) % UINT32 - UINT32 // 2
        status = FAULT_STATUS if self.mode == "fault" else 0
        self._last_line = compose(
            f"SWB,{self._seq},{clock_us % UINT32},{count},{edge_us % UINT32},{status:02X}"
        )
        self._seq = (self._seq + 1) % 256
        return self._last_line

    def _power_up(self, now_s: float, clock_us: int, count: int) -> None:
        self._since_s = now_s
        self._start_us = clock_us
        self._edge_us = clock_us
        self._count = count

    def _clock(self, at_s: float) -> int:
        """Return the sensor's clock, not wrapped."""
        return self._start_us + round((at_s - self._since_s) * 1e6)

    def _edge(self, segment: Segment, edge_mm: float, way: int) -> None:
        moved_mm = segment.to_mm - segment.from_mm
        share = (edge_mm - segment.from_mm) / moved_mm
        at_s = segment.from_s + share * (segment.to_s - segment.from_s)
        jitter_us = self._random.uniform(-JITTER_US, JITTER_US)
        # Never before the edge before it, nor after the time at which it is counted.
        stamped_us = min(self._clock(at_s) + round(jitter_us), self._clock(segment.to_s))
        self._edge_us = max(self._edge_us, stamped_us)
        self._count += way

    def _edge_mm(self, number: int) -> float:
        return (number + 0.5 + self._errors[number % POLES]) * self._mm
