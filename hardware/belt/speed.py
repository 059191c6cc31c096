"""Frames to signed speed and distance; what is not certain is unknown. No I/O here.

Speed is counts over *edge* time, so a slow belt is as exact as a fast one. How many edges are
taken together follows first-order adaptive windowing (Janabi-Sharifi, Hayward & Chen 2000, with
the line through both ends): the longest recent stretch in which every edge lies within the
encoder's own error of one straight line. A steady belt is averaged over half a second to a
second; a ramp is followed within a few edges. The window's first edge is kept from frame to frame
with the slopes that all edges since allow, so that a steady belt costs one comparison an edge.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from hardware.belt.protocol import UINT32, Frame
from hardware.belt.rate import ClockRate
from hardware.limits import REST_BELOW_KMH

KMH_PER_MM_US: Final = 3600.0
"""1 mm/µs in km/h."""
EDGE_SLACK_US: Final = 200
"""An edge stamped this little before the frame that came before it may still be new (jitter)."""
MAX_WINDOW_US: Final = 1_000_000
NEW_WINDOW_US: Final = MAX_WINDOW_US // 2
"""How far back a window may begin when one is chosen; it then grows to its greatest length."""
KEPT_EDGES: Final = 32
"""One edge a frame at most is kept, so this is more than a new window holds."""
POLE_ERROR: Final = 0.03
"""How far an edge may lie off the line, as a share of a count: three times the usual 1 %."""
EDGE_JITTER_US: Final = 50.0
STEP_MM_US: Final = 0.15e-3
"""The plausibility rule of safety.md: 0.15 m/s, plus 5 m/s² × the time since the last one."""
ACCELERATION_MM_US2: Final = 5e-9
FASTEST_MM_US: Final = 10e-3
"""While the speed is unknown, this is what bounds it: no treadmill does 10 m/s."""
IMPLAUSIBLE_IN_A_ROW: Final = 3
STOPPED_CLOCK_FRAMES: Final = 5
CLOCK_AHEAD_US: Final = 100_000
"""How far a frame's clock may run ahead of the kiosk's since the last: a delivery in bursts."""
CLOCK_BEHIND_US: Final = 500_000
"""How late a frame may be delivered; later than this the sensor counts as lost anyway."""
OLDEST_EDGE_US: Final = 1 << 30
"""The sensor sends an older edge as this far back (contracts.md §1)."""
REBASE_AFTER_US: Final = 60_000_000
"""After so long a silence the clock may have wrapped unseen: nothing is subtracted across it."""

_HALF: Final = UINT32 // 2
_MASK: Final = UINT32 - 1


class BeltSpeed:
    """The signed speed of the belt, from frames in the order in which they came.

    ``speed_kmh`` and ``travel_mm`` have the sign of the sensor's count. ``speed_kmh`` is None
    while it is unknown. ``travel_mm`` only ever grows by counts whose way is certain; ``counts``
    are all of them, whatever a millimetre is.
    """

    def __init__(self, mm_per_count: float) -> None:
        """Start with everything unknown; ``mm_per_count`` comes from calibration."""
        self._mm = mm_per_count
        self.speed_kmh: float | None = None
        self.travel_mm = 0.0
        self.counts = 0
        self.used_ns: int | None = None
        self.fault: str | None = None
        self.faults = 0
        self.lost = 0
        # Unwrapped edges that the speed may rest on: (time in us, count), newest last.
        self._edges: deque[tuple[int, int]] = deque(maxlen=KEPT_EDGES)
        self._rate = ClockRate()

        # ---- set by the first frame (see _rebase) ----
        self._frame: Frame
        self._implausible: int
        self._stopped_clock: int
        self._unused: int
        # What the frames so far show (mm/us). It is told as ``speed_kmh`` only once a second
        # frame bears it out: a single damaged frame must not make a speed out of nothing.
        self._velocity: float | None
        self._direction: int
        self._clock_us: int
        self._count: int
        # Counts since a turn: the next edge the same way makes them part of the way, and an
        # encoder that only dithers takes them back.
        self._pending: int

        # ---- the window: set by the first edge that goes one way (see _turn) ----
        # Its first edge, how far an edge may lie off the line (mm), and the slopes (mm/us) that
        # fit every edge in it.
        self._first_us: int
        self._first_count: int
        self._slack: float
        self._lowest: float
        self._highest: float

    def use(self, frame: Frame, now_ns: int) -> bool:
        """Take one accepted frame that came at ``now_ns``; return whether it was used.

        Sets ``fault`` (a sentence) while the sensor cannot be believed, and counts ``faults``.
        """
        used_ns = self.used_ns
        if (fault := frame.fault) is not None:
            if used_ns is not None:
                self._unused += frame.seq != self._frame.seq
            self._blame(fault)
            return False
        if used_ns is None or (host_us := (now_ns - used_ns) // 1000) > REBASE_AFTER_US:
            self.fault = None
            self._rebase(frame, now_ns)
            return True
        last = self._frame
        passed_us = (frame.clock_us - last.clock_us) & _MASK
        in_time = -CLOCK_BEHIND_US <= passed_us - host_us <= CLOCK_AHEAD_US
        if not passed_us or not in_time or not self._took(frame, last, passed_us):
            self._refuse(frame, last, passed_us, now_ns)
            return False
        missed = (frame.seq - last.seq - 1) & 0xFF
        if missed > self._unused:
            self.lost += missed - self._unused
        self._unused = self._implausible = self._stopped_clock = 0
        self._frame = frame
        self.used_ns = now_ns
        if self._rate.is_off(self._clock_us, now_ns // 1000):
            self._blame("the sensor's clock runs at another speed than the kiosk's")
            return False
        self.fault = None
        return True

    def _refuse(self, frame: Frame, last: Frame, passed_us: int, now_ns: int) -> None:
        """Count a frame that cannot be used, and say so when it is one too many."""
        # One that was heard was not lost; a double (two readers, an echo) was not even new.
        self._unused += frame.seq != last.seq
        if passed_us == 0:
            self._stopped_clock += 1
            if self._stopped_clock >= STOPPED_CLOCK_FRAMES:
                self._blame("the sensor's clock stands still")
            return
        self._stopped_clock = 0
        self._implausible += 1
        if self._implausible >= IMPLAUSIBLE_IN_A_ROW:
            self._blame("three implausible frames in a row: the sensor restarted or slips")
            self._rebase(frame, now_ns)

    def _took(self, frame: Frame, last: Frame, passed_us: int) -> bool:
        """Carry speed and way on to ``frame``, if it is plausible; return whether it is."""
        counts = ((frame.count - last.count + _HALF) & _MASK) - _HALF
        age_us = (frame.clock_us - frame.edge_us) & _MASK
        was = self._velocity
        may_change = STEP_MM_US + ACCELERATION_MM_US2 * passed_us
        if counts == 0 and (frame.edge_us == last.edge_us or _grew_old(age_us, last, passed_us)):
            edge_us = None
            velocity = self._without_edge(age_us)
        else:
            # All of the new edges but the first fell between the last frame and the newest edge;
            # an edge from before that would have been counted before.
            between_us = passed_us - age_us
            if between_us < -EDGE_SLACK_US:
                return False
            more = abs(counts) - 1
            if more > 0:
                fastest = FASTEST_MM_US if was is None else abs(was) + may_change
                if more * self._mm > fastest * between_us:
                    return False
            edge_us = self._clock_us + between_us
            velocity = self._with_edges(counts, edge_us)
            if velocity == 0.0:
                # It turned. Which way an edge goes is seen without error, so none is allowed for.
                may_change -= STEP_MM_US
        if was is None or velocity is None:
            self.speed_kmh = None
        elif -may_change <= velocity - was <= may_change:
            self.speed_kmh = velocity * KMH_PER_MM_US
        else:
            return False
        self._velocity = velocity
        self._clock_us += passed_us
        if edge_us is not None:
            self._count += counts
            self.counts += counts
            if counts * self._direction > 0:
                self.travel_mm += (self._pending + counts) * self._mm
                self._pending = 0
            else:
                self._turn(counts, edge_us)
            self._edges.append((edge_us, self._count))
        return True

    def _without_edge(self, age_us: int) -> float | None:
        """Return the speed when no edge came: at most one count since the last edge."""
        most = self._mm / max(1, age_us)
        if most * KMH_PER_MM_US < REST_BELOW_KMH:
            return 0.0
        velocity = self._velocity
        if velocity is None or -most <= velocity <= most:
            return velocity
        return most if velocity > 0 else -most

    def _with_edges(self, counts: int, edge_us: int) -> float | None:
        """Return the speed shown by ``counts`` more edges, the last at ``edge_us`` (unwrapped).

        It is the slope through the newest edges that lie on one straight line.
        """
        if counts * self._direction <= 0:
            # The first edge ever tells nothing of the way before it. Otherwise the belt turned on
            # this edge, or an encoder at rest dithers over it.
            return self._velocity if counts and not self._direction else 0.0
        # A frame refused after this leaves its mark only on the window, which is chosen anew as
        # soon as an edge does not fit into it.
        count = self._count + counts
        passed_us = edge_us - self._first_us
        if 0 < passed_us <= MAX_WINDOW_US:
            slope = (count - self._first_count) * self._mm / passed_us
            if self._lowest <= slope <= self._highest:
                slack = self._slack / passed_us
                low, high = slope - slack, slope + slack
                # Conditional expressions: max() and min() would take as long as all the rest.
                self._lowest = low if low > self._lowest else self._lowest
                self._highest = high if high < self._highest else self._highest
                return slope
        return self._fitted_anew(edge_us, count)

    def _fitted_anew(self, edge_us: int, count: int) -> float | None:
        """Choose the window that ends with this edge, and return its slope."""
        mm = self._mm
        slack = POLE_ERROR * mm + abs(self._velocity or 0.0) * EDGE_JITTER_US
        lowest, highest = -FASTEST_MM_US, FASTEST_MM_US
        found = None
        for first_us, first_count in reversed(self._edges):
            passed_us = edge_us - first_us
            if passed_us <= 0:
                continue
            slope = (count - first_count) * mm / passed_us
            if found is not None and not (
                passed_us <= NEW_WINDOW_US and lowest <= slope <= highest
            ):
                break
            # Every older edge must see this one within the slack of its own line.
            lowest = max(lowest, slope - slack / passed_us)
            highest = min(highest, slope + slack / passed_us)
            found = first_us, first_count, slope, passed_us
        if found is None:
            return self._velocity
        self._first_us, self._first_count, slope, passed_us = found
        self._slack = slack
        self._lowest = slope - slack / passed_us
        self._highest = slope + slack / passed_us
        return slope

    def _turn(self, counts: int, edge_us: int) -> None:
        """Go on in the direction of ``counts``, or in none: no window goes back beyond this."""
        self._pending += counts
        self._direction = (counts > 0) - (counts < 0)
        self._edges.clear()
        # No slope is as high as that: the next edge chooses the window.
        self._first_us, self._first_count = edge_us, self._count
        self._lowest = math.inf

    def _rebase(self, frame: Frame, now_ns: int) -> None:
        """Begin anew at this frame: nothing before it is ever subtracted from."""
        self._frame = frame
        self._clock_us = frame.clock_us
        self._count = frame.count
        self._pending = 0
        self._direction = 0
        self._edges.clear()
        self._rate.restart()
        self._unused = self._implausible = self._stopped_clock = 0
        self.used_ns = now_ns
        self.speed_kmh = None
        self._velocity = None
        self._velocity = self._without_edge((frame.clock_us - frame.edge_us) & _MASK)

    def _blame(self, fault: str) -> None:
        self.fault = fault
        self.faults += 1
        self._velocity = None
        self.speed_kmh = None


def _grew_old(age_us: int, last: Frame, passed_us: int) -> bool:
    """Say whether the edge changed only because it is as old as can be sent, and was before."""
    last_age_us = (last.clock_us - last.edge_us) & _MASK
    return age_us == OLDEST_EDGE_US and last_age_us + passed_us >= OLDEST_EDGE_US
