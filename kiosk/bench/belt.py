"""A belt that moves as it is told, and what its sensor says of it: with the truth beside it.

The simulated treadmill and sensor: each edge at its own time, 1 % pole error, 20 us jitter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from hardware.simulator.sensor import FRAME_S, SimulatedSensor
from hardware.simulator.treadmill import MM_S_PER_KMH, Segment, Treadmill

STEADY_KMH: Final = 0.003
"""A belt this close to what it was told has arrived."""


class Told(NamedTuple):
    """From ``at_s`` on the belt is to do ``kmh``, reached at 1 km/h a second."""

    at_s: float
    kmh: float


class Said(NamedTuple):
    """What the sensor says at ``at_s``, and what the belt does (km/h, mm from the start).

    ``is_steady`` when it has arrived at what it was told.
    """

    at_s: float
    line: bytes
    kmh: float
    mm: float
    is_steady: bool


def belt(told: Sequence[Told], end_s: float, *, mm_per_count: float, seed: int) -> Iterator[Said]:
    """Yield what the sensor says 50 times a second until ``end_s``; ``told`` is in order."""
    treadmill = Treadmill(0.0, controlled=False)
    sensor = SimulatedSensor(mm_per_count, 0.0, seed=seed)
    waiting = list(told)
    goal_kmh = 0.0
    for number in range(1, round(end_s / FRAME_S) + 1):
        now_s = number * FRAME_S
        while waiting and waiting[0].at_s <= now_s:
            goal_kmh = waiting.pop(0).kmh
            treadmill.command(goal_kmh, 1.0)
        for segment in treadmill.advance(now_s):
            sensor.follow(segment)
        kmh = treadmill.speed_kmh
        is_steady = abs(kmh - goal_kmh) <= STEADY_KMH
        yield Said(now_s, sensor.frame(now_s), kmh, treadmill.position_mm, is_steady)


def stopped_belt(
    kmh: float, stop_s: float, end_s: float, *, mm_per_count: float, seed: int
) -> Iterator[Said]:
    """Yield the same of a belt that does ``kmh`` from the start and stands still at ``stop_s``."""
    sensor = SimulatedSensor(mm_per_count, 0.0, seed=seed)
    from_s = from_mm = 0.0
    for number in range(1, round(end_s / FRAME_S) + 1):
        now_s = number * FRAME_S
        to_s = min(now_s, stop_s)
        if to_s > from_s:
            to_mm = from_mm + kmh * MM_S_PER_KMH * (to_s - from_s)
            sensor.follow(Segment(from_s, from_mm, to_s, to_mm))
            from_s, from_mm = to_s, to_mm
        moves = now_s < stop_s
        yield Said(now_s, sensor.frame(now_s), kmh if moves else 0.0, from_mm, True)
