"""Frames to signed speed and distance; what is not certain is unknown. No I/O here.

Speed is counts over *edge* time, so a slow belt is as exact as a fast one. How many edges are
taken together follows first-order adaptive windowing (Janabi-Sharifi, Hayward & Chen 2000): the
longest recent stretch in which every edge lies within the encoder's own error of one straight
line. A steady belt is averaged over half a second; a ramp is followed within a few edges.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from hardware.belt.protocol import UINT32, Frame

KMH_PER_MM_US: Final = 3600.0
"""1 mm/µs in km/h."""
EDGE_SLACK_US: Final = 200
"""An edge stamped this little before the frame that came before it may still be new (jitter)."""
MAX_WINDOW_US: Final = 500_000
MAX_WINDOW_EDGES: Final = 24
POLE_ERROR: Final = 0.03
"""How far an edge may lie from its place, as a share of a count (1 % is usual; three times that)."""
EDGE_JITTER_US: Final = 50.0
STEP_MM_US: Final = 0.15e-3
"""The plausibility rule of safety.md: 0.15 m/s, plus 5 m/s² of the time since the last used frame."""
ACCELERATION_MM_US2: Final = 5e-9
IMPLAUSIBLE_IN_A_ROW: Final = 3
STOPPED_CLOCK_FRAMES: Final = 5
REST_BELOW_KMH: Final = 0.05
CLOCK_AHEAD_US: Final = 100_000
"""How far a frame's clock may run ahead of the kiosk's since the last frame: a delivery in bursts."""
CLOCK_BEHIND_US: Final = 500_000
"""How late a frame may be delivered; later than this the sensor counts as lost anyway."""
OLDEST_EDGE_US: Final = 1 << 30
"""The sensor sends an older edge as this far back (contracts.md §1)."""
REBASE_AFTER_US: Final = 60_000_000
"""After so long a silence the clock may have wrapped unseen: nothing is subtracted across it."""


class BeltSpeed:
    """The signed speed of the belt, from frames in the order in which they came.

    ``speed_kmh`` and ``travel_mm`` have the sign of the sensor's count. ``speed_kmh`` is None
    while it is unknown. ``travel_mm`` only ever grows by counts whose way is certain.
    """

    def __init__(self, mm_per_count: float) -> None:
        """Start with everything unknown; ``mm_per_count`` comes from calibration."""
        self._mm = mm_per_count
        self.speed_kmh: float | None = None
        self.travel_mm = 0.0
        self.used_ns: int | None = None
        self.fault: str | None = None
        self.faults = 0
        self.lost = 0
        self._implausible = 0
        self._stopped_clock = 0
        self._unused = 0
        self._velocity: float | None = None
        self._direction = 0
        self._frame: Frame | None = None
        # Unwrapped edges that the speed may rest on: (time in us, count), newest last.
        self._edges: deque[tuple[int, int]] = deque(maxlen=MAX_WINDOW_EDGES)
        self._clock_us = 0
        self._count = 0

    def use(self, frame: Frame, now_ns: int) -> bool:
        """Take one accepted frame that came at ``now_ns``; return whether it was used.

        Sets ``fault`` (a sentence) while the sensor cannot be believed, and counts ``faults``.
        """
        if (fault := frame.fault) is not None:
            self._blame(fault)
            return False
        last = self._frame
        if last is None or self.used_ns is None:
            self._rebase(frame, now_ns)
            return True
        host_us = (now_ns - self.used_ns) // 1000
        if host_us > REBASE_AFTER_US:
            self._rebase(frame, now_ns)
            return True
        passed_us = (frame.clock_us - last.clock_us) % UINT32
        if passed_us == 0:
            self._stopped_clock += 1
            self._unused += 1
            if self._stopped_clock >= STOPPED_CLOCK_FRAMES:
                self._blame("the sensor's clock stands still")
            return False
        self._stopped_clock = 0
        velocity = self._judged(frame, last, passed_us, host_us)
        if velocity is None:
            self._implausible += 1
            self._unused += 1
            if self._implausible >= IMPLAUSIBLE_IN_A_ROW:
                self._blame("three implausible frames in a row: the sensor restarted or slips")
                self._rebase(frame, now_ns)
            return False
        self._accept(frame, last, velocity[0], now_ns)
        return True

    def _judged(
        self, frame: Frame, last: Frame, passed_us: int, host_us: int
    ) -> tuple[float | None] | None:
        """Return the speed (mm/us, or None: not known yet) this frame shows; None: implausible."""
        if not -CLOCK_BEHIND_US <= passed_us - host_us <= CLOCK_AHEAD_US:
            return None
        counts = (frame.count - last.count + UINT32 // 2) % UINT32 - UINT32 // 2
        age_us = (frame.clock_us - frame.edge_us) % UINT32
        if counts == 0 and (frame.edge_us == last.edge_us or age_us >= OLDEST_EDGE_US):
            velocity = self._without_edge(frame, age_us)
        elif age_us > passed_us + EDGE_SLACK_US:
            # The count or the edge changed, yet by its time no edge fell since the last frame.
            return None
        else:
            # All of these edges but the first fell within this frame's own time.
            slowest = (abs(counts) - 1) * self._mm / max(1, passed_us - age_us)
            if slowest - abs(self._velocity or 0.0) > _limit(passed_us):
                return None
            velocity = self._with_edges(counts, self._clock_us + passed_us - age_us)
        if velocity is not None and self._velocity is not None:
            if abs(velocity - self._velocity) > _limit(passed_us):
                return None
        return (velocity,)

    def _without_edge(self, frame: Frame, age_us: int) -> float | None:
        """Return the speed when no edge came: at most one count since the last edge."""
        most = self._mm / max(1, age_us)
        if most * KMH_PER_MM_US < REST_BELOW_KMH:
            return 0.0
        if self._velocity is None or abs(self._velocity) <= most:
            return self._velocity
        return most if self._velocity > 0 else -most

    def _with_edges(self, counts: int, edge_us: int) -> float | None:
        """Return the speed shown by ``counts`` more edges, the last at ``edge_us`` (unwrapped)."""
        direction = (counts > 0) - (counts < 0)
        if direction == 0 or (self._direction and direction != self._direction):
            # The belt turned on this edge, or an encoder at rest dithers over it.
            return 0.0
        if not self._direction:
            # The first edge ever: nothing is known of the way before it.
            return self._velocity
        return self._fitted(edge_us, self._count + counts)

    def _fitted(self, edge_us: int, count: int) -> float:
        """Return the slope through the newest edges that lie on one straight line."""
        mm = self._mm
        slack = POLE_ERROR * mm + abs(self._velocity or 0.0) * EDGE_JITTER_US
        lowest, highest = -1e9, 1e9
        n, st, sx, stt, stx = 1, 0.0, 0.0, 0.0, 0.0
        for time_us, edge_count in reversed(self._edges):
            dt = float(time_us - edge_us)
            if n > 1 and -dt > MAX_WINDOW_US:
                break
            if dt == 0.0:
                continue
            dx = (edge_count - count) * mm
            slope = dx / dt
            if n > 1 and not lowest <= slope <= highest:
                break
            # Every older edge must see this one within the slack of its own line.
            lowest = max(lowest, (dx + slack) / dt)
            highest = min(highest, (dx - slack) / dt)
            n += 1
            st += dt
            sx += dx
            stt += dt * dt
            stx += dt * dx
        spread = n * stt - st * st
        return (n * stx - st * sx) / spread if spread > 0.0 else 0.0

    def _accept(
        self, frame: Frame, last: Frame, velocity: float | None, now_ns: int
    ) -> None:
        passed_us = (frame.clock_us - last.clock_us) % UINT32
        counts = (frame.count - last.count + UINT32 // 2) % UINT32 - UINT32 // 2
        age_us = (frame.clock_us - frame.edge_us) % UINT32
        self._clock_us += passed_us
        self._count += counts
        self.travel_mm += counts * self._mm
        if counts or (frame.edge_us != last.edge_us and age_us < OLDEST_EDGE_US):
            direction = (counts > 0) - (counts < 0)
            if direction != self._direction:
                self._edges.clear()
                self._direction = direction
            self._edges.append((self._clock_us - age_us, self._count))
        self.lost += max(0, (frame.seq - last.seq - 1) % 256 - self._unused)
        self._unused = 0
        self._implausible = 0
        self.fault = None
        self._frame = frame
        self._velocity = velocity
        self.speed_kmh = None if velocity is None else velocity * KMH_PER_MM_US
        self.used_ns = now_ns

    def _rebase(self, frame: Frame, now_ns: int) -> None:
        """Begin anew at this frame: nothing before it is ever subtracted from."""
        self._frame = frame
        self._clock_us = 0
        self._count = 0
        self._direction = 0
        self._edges.clear()
        self._unused = 0
        self._implausible = 0
        self.used_ns = now_ns
        age_us = (frame.clock_us - frame.edge_us) % UINT32
        self._velocity = None
        self._velocity = self._without_edge(frame, age_us)
        self.speed_kmh = self._velocity

    def _blame(self, fault: str) -> None:
        self.fault = fault
        self.faults += 1
        self._velocity = None
        self.speed_kmh = None


def _limit(passed_us: int) -> float:
    """Return how much the speed (mm/us) may change in ``passed_us``."""
    return STEP_MM_US + ACCELERATION_MM_US2 * passed_us
