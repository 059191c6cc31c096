"""The simulated treadmill: a belt with inertia that runs only while it is permitted to.

Speeds are km/h and positions mm, signed like the sensor (positive: from the console to the
rear); times are monotonic seconds. No thread and no clock here: :meth:`Treadmill.advance` is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

STEP_S: Final = 0.001
LAG_S: Final = 0.08
"""The belt follows its motor's ramp with this first-order lag."""
STEEPEST_KMH_S: Final = 12.0
"""3.3 m/s², as fast as a belt with someone on it may change: within safety.md's plausibility."""
DEFAULT_RAMP_KMH_S: Final = 1.0
COAST_KMH_S: Final = 1.0
SETTLED_KMH: Final = 0.002
MM_S_PER_KMH: Final = 1000.0 / 3.6
LONGEST_JUMP_S: Final = 5.0
"""A process that stood still longer than this does not simulate all of it."""


class Segment(NamedTuple):
    """A stretch of uniform motion."""

    from_s: float
    from_mm: float
    to_s: float
    to_mm: float


class Treadmill:
    """The belt's motion, and the permit's part in it (``controlled``: there is a permit relay)."""

    def __init__(self, now_s: float, *, controlled: bool = True) -> None:
        """Stand still at position 0, without a permit."""
        self.now_s = now_s
        self.position_mm = 0.0
        self.speed_kmh = 0.0
        self._controlled = controlled
        self._permit = False
        self._forced = False
        self._target_kmh = 0.0
        self._ramp_kmh_s = COAST_KMH_S
        self._setpoint_kmh = 0.0

    def command(
        self, speed_kmh: float, ramp_kmh_s: float | None = None, *, force: bool = False
    ) -> None:
        """Take a new speed. Without permit or ``force`` it is ignored, and forgotten."""
        self._forced = force
        if force or self._permit or not self._controlled:
            self._target_kmh = speed_kmh
            self._ramp_kmh_s = min(ramp_kmh_s or DEFAULT_RAMP_KMH_S, STEEPEST_KMH_S)
        else:
            self._coast()

    def set_permit(self, on: bool) -> None:
        """Take or lose the permit. Losing it forgets the speed: getting it back starts nothing."""
        self._permit = on
        if not on and self._controlled and not self._forced:
            self._coast()

    def advance(self, to_s: float) -> Iterator[Segment]:
        """Move on to ``to_s``, yielding the motion in stretches; a steady one is exact."""
        self.now_s = max(self.now_s, to_s - LONGEST_JUMP_S)
        while self.now_s < to_s:
            if self.speed_kmh == self._setpoint_kmh == self._target_kmh:
                step_s = to_s - self.now_s
                mean_kmh = self.speed_kmh
            else:
                step_s = min(STEP_S, to_s - self.now_s)
                before_kmh = self.speed_kmh
                self._accelerate(step_s)
                mean_kmh = (before_kmh + self.speed_kmh) / 2
            start_s, start_mm = self.now_s, self.position_mm
            self.now_s = start_s + step_s
            self.position_mm += mean_kmh * MM_S_PER_KMH * step_s
            yield Segment(start_s, start_mm, self.now_s, self.position_mm)

    def _coast(self) -> None:
        self._target_kmh = 0.0
        self._ramp_kmh_s = COAST_KMH_S
        self._setpoint_kmh = self.speed_kmh

    def _accelerate(self, step_s: float) -> None:
        ramp_kmh = self._ramp_kmh_s * step_s
        missing_kmh = self._target_kmh - self._setpoint_kmh
        self._setpoint_kmh += max(-ramp_kmh, min(ramp_kmh, missing_kmh))
        behind_kmh = self._setpoint_kmh - self.speed_kmh
        most_kmh = STEEPEST_KMH_S * step_s
        change_kmh = behind_kmh * -math.expm1(-step_s / LAG_S)
        self.speed_kmh += max(-most_kmh, min(most_kmh, change_kmh))
        arrived = self._setpoint_kmh == self._target_kmh
        if arrived and abs(self._target_kmh - self.speed_kmh) < SETTLED_KMH:
            self.speed_kmh = self._target_kmh
