"""The numbers of the interlock, as safety.md has them. No I/O here."""

from __future__ import annotations

from typing import Final

import msgspec

MS: Final = 1_000_000
"""Nanoseconds."""
REST_BELOW_KMH: Final = 0.05
"""A belt slower than this is at rest."""


USED_STANDS_NS: Final = 500 * MS
"""A used frame tells the speed for so long, however much longer a site bears a mute sensor."""


class Limits(msgspec.Struct, frozen=True):
    """The numbers of the interlock table; settings may make them stricter, never laxer."""

    site_cap_kmh: float = 4.0
    estop_closed_ns: int = 50 * MS
    runaway_over_kmh: float = 1.0
    runaway_ns: int = 100 * MS
    rails_warn_ns: int = 1000 * MS
    rails_revoke_ns: int = 2000 * MS
    one_hand_warn_ns: int = 2000 * MS
    sensor_lost_ns: int = 500 * MS
    sensor_healthy_ns: int = 2000 * MS
    overspeed_over_kmh: float = 0.3
    overspeed_ns: int = 500 * MS
    wrong_direction_kmh: float = 0.2
    wrong_direction_ns: int = 300 * MS
    ineffective_ns: int = 8000 * MS
    unexpected_kmh: float = 0.2
    unexpected_ns: int = 500 * MS
    # The table allows 1.0 s; the rest is for the loop, the pin and a late scheduler.
    kiosk_lost_ns: int = 900 * MS

    @property
    def used_stands_ns(self) -> int:
        """How long a used frame tells the speed; then the speed is unknown."""
        return min(self.sensor_lost_ns, USED_STANDS_NS)
