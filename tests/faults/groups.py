"""Every part of the fourteen groups, in their order."""

from __future__ import annotations

from tests.faults import (
    bounds,
    broken,
    full,
    kills,
    level,
    locks,
    moved,
    nth,
    pins,
    power,
    power_small,
    power_sticks,
    prescriptions,
    ready,
    rows,
    sensor,
    stick,
    stopped,
    tables,
)
from tests.faults.frame import Part

PARTS: list[Part] = sorted(
    [
        *power.PARTS,
        *power_small.PARTS,
        *power_sticks.PARTS,
        *kills.PARTS,
        *broken.PARTS,
        *nth.PARTS,
        *full.PARTS,
        *sensor.PARTS,
        *pins.PARTS,
        *rows.PARTS,
        *bounds.PARTS,
        *ready.PARTS,
        *tables.PARTS,
        *stopped.PARTS,
        *moved.PARTS,
        *stick.PARTS,
        *prescriptions.PARTS,
        *locks.PARTS,
        *level.PARTS,
    ],
    key=lambda part: part.group,
)
