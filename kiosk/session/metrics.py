"""The figures of a walk, added up from one status to the next. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from hardware.link import Status
from kiosk.session.model import Meters, Phase, Session, Walk
from kiosk.session.plan import NS
from profiles.model import Step

BAND_SLACK_KMH: Final = 0.05
"""The band is judged as precisely as speed is shown (0.1 km/h): 2.04 still reads 2.0."""


def in_band(speed_kmh: float | None, step: Step) -> bool:
    """Say whether a known speed lies in the step's band; unknown is not in it."""
    if speed_kmh is None:
        return False
    return step.low_kmh - BAND_SLACK_KMH <= speed_kmh <= step.high_kmh + BAND_SLACK_KMH


def measured(session: Session, walk: Walk, status: Status, now: int) -> Walk:
    """Return ``walk`` with the time and the way since the last status added to its meters."""
    meters = walk.meters
    moved_m = 0.0
    if session.last_odometer_m is not None:
        moved_m = status.odometer_m - session.last_odometer_m
    if walk.permitted:
        meters = msgspec.structs.replace(meters, total_m=meters.total_m + abs(moved_m))
    if session.phase is Phase.WALKING:
        left_ns = walk.plan.planned_ns - meters.walked_ns
        passed_ns = min(now - session.last_ns, left_ns)
        hands = status.pins.rail_left + status.pins.rail_right
        meters = msgspec.structs.replace(
            meters,
            walked_ns=meters.walked_ns + passed_ns,
            distance_m=meters.distance_m + moved_m,
            max_kmh=max(meters.max_kmh, status.speed_kmh or 0.0),
            in_band_ns=meters.in_band_ns + passed_ns * in_band(status.speed_kmh, walk.step),
            both_ns=meters.both_ns + passed_ns * (hands == 2),
            one_ns=meters.one_ns + passed_ns * (hands == 1),
            none_ns=meters.none_ns + passed_ns * (hands == 0),
        )
    return msgspec.structs.replace(walk, meters=meters)


def percent(part_ns: int, whole_ns: int) -> float | None:
    """Return a share of the walked time in percent; None before anything was walked."""
    return round(100.0 * part_ns / whole_ns, 1) if whole_ns else None


def mean_kmh(meters: Meters) -> float | None:
    """Return the mean speed of the walked time; None before anything was walked."""
    if not meters.walked_ns:
        return None
    return meters.distance_m / (meters.walked_ns / NS) * 3.6
