"""The guard's settings: frozen, bounded, and stricter than the safety table or refused.

Lengths of time are seconds, speeds km/h, pins BCM numbers. A bound that is a number stands in
the type; a rule between two settings is checked where the table is built.
"""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from hardware.errors import SettingError
from hardware.limits import Limits

RESERVE_S: Final = 0.1
"""Of the time a lost kiosk may last, kept back for the loop, the pin and a late scheduler."""
LONGEST_SOCKET_PATH: Final = 107
"""Linux keeps a Unix socket's address in 108 bytes, with a closing zero."""

Pin = Annotated[int, Meta(ge=0, le=27)]
HAT_PINS: Final = {0, 1}
"""A Raspberry Pi asks its hat's memory over these as it starts."""
PULLED_UP_PINS: Final = {2, 3}
"""The board pulls these high by 1.8 kilohms, which no pull-down beside the wire undoes."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of ``sternway.toml``: it never changes, and a key it does not know is an error."""


class Treadmill(Table, frozen=True):
    """The belt, and how its treadmill takes the permit."""

    facing: Literal["away", "console"] = "away"
    mm_per_count: Annotated[float, Meta(ge=0.5, le=20.0)] = 5.0
    invert: bool = False
    cap_kmh: Annotated[float, Meta(gt=0.0, le=5.0)] = 4.0
    rails: Literal["both", "one", "none"] = "both"
    permit: Literal["level", "pulse", "none"] = "level"


class Sensor(Table, frozen=True):
    """Where the belt sensor is plugged in."""

    # Name it by /dev/serial/by-id/...: ttyACM0 becomes ttyACM1 when a sensor is replugged.
    port: Annotated[str, Meta(min_length=1)] = "/dev/ttyACM0"


class Pins(Table, frozen=True):
    """BCM numbers of the wires; None is a wire that this site does not have."""

    estop: Pin = 17
    estop_b: Pin | None = None
    rail_left: Pin = 22
    rail_right: Pin = 23
    stop_button: Pin | None = None
    key: Pin | None = None
    permit: Pin = 27
    relay_feedback: Pin | None = None
    # Of a relay with guided contacts the one that is closed while the relay is off is the better
    # one to read: if the permit's contact welds, it stays open, and no walk begins.
    relay_feedback_closed: Literal["on", "off"] = "on"
    # Danger: a GPIO line is claimed low. With False the relay may be energised for some
    # microseconds when the guard starts, and for good while the guard is not running.
    permit_active_high: bool = True

    def numbers(self) -> dict[str, int]:
        """Return the number of each pin that this site has, by name."""
        named = {name: getattr(self, name) for name in PIN_NAMES}
        return {name: number for name, number in named.items() if number is not None}

    def __post_init__(self) -> None:
        """Refuse two wires on one pin: one of them would be silently dead."""
        for (one, pin), (other, same) in combinations(self.numbers().items(), 2):
            if pin == same:
                raise SettingError(f"{one} and {other} are both on BCM {pin}: give each its own")
        # Danger: with the guard not running, nothing would keep the relay off there.
        never = HAT_PINS | (PULLED_UP_PINS if self.permit_active_high else set())
        if self.permit in never:
            raise SettingError(
                f"permit is on BCM {self.permit}, which the board itself drives or pulls high: "
                "the belt could run without the guard; give it another, such as 27"
            )


_NO_PINS: Final = {"permit_active_high", "relay_feedback_closed"}
PIN_NAMES: Final = tuple(name for name in Pins.__struct_fields__ if name not in _NO_PINS)
SIMULATED_PINS: Final = Pins(estop_b=18, stop_button=24, key=25)
"""Every wire that the bench can drive."""


class LimitSettings(Table, frozen=True):
    """The interlock's numbers, in seconds and km/h: each default is what safety.md allows.

    A site may be stricter down to where the guard would stop without a cause (a belt sensor
    speaks every 0.02 s, a screen is alive every 0.25 s). Sensor and rails may also be laxer than
    their default, up to the hard bounds of safety.md.
    """

    estop_closed_s: Annotated[float, Meta(ge=0.05, le=5.0)] = 0.05
    runaway_over_kmh: Annotated[float, Meta(ge=0.4, le=1.0)] = 1.0
    runaway_s: Annotated[float, Meta(ge=0.02, le=0.1)] = 0.1
    rails_warn_s: Annotated[float, Meta(ge=0.1, le=1.0)] = 1.0
    rails_revoke_s: Annotated[float, Meta(ge=0.2, le=3.0)] = 2.0
    one_hand_warn_s: Annotated[float, Meta(ge=0.1, le=2.0)] = 2.0
    sensor_lost_s: Annotated[float, Meta(ge=0.1, le=1.0)] = 0.5
    sensor_healthy_s: Annotated[float, Meta(ge=2.0, le=60.0)] = 2.0
    overspeed_over_kmh: Annotated[float, Meta(ge=0.1, le=0.3)] = 0.3
    overspeed_s: Annotated[float, Meta(ge=0.1, le=0.5)] = 0.5
    wrong_direction_kmh: Annotated[float, Meta(ge=0.05, le=0.2)] = 0.2
    wrong_direction_s: Annotated[float, Meta(ge=0.1, le=0.3)] = 0.3
    permit_ineffective_s: Annotated[float, Meta(ge=2.0, le=8.0)] = 8.0
    unexpected_kmh: Annotated[float, Meta(ge=0.05, le=0.2)] = 0.2
    unexpected_s: Annotated[float, Meta(ge=0.1, le=0.5)] = 0.5
    kiosk_lost_s: Annotated[float, Meta(ge=0.5, le=1.0)] = 1.0

    def __post_init__(self) -> None:
        """Refuse a warning that could not come before what it warns of."""
        if self.rails_warn_s >= self.rails_revoke_s:
            raise SettingError(
                f"rails_warn_s ({self.rails_warn_s:g}) must be less than "
                f"rails_revoke_s ({self.rails_revoke_s:g}): the warning comes first"
            )


class GuardTable(Table, frozen=True):
    """The guard's own: where it listens. None is the usual place (:func:`runtime_folder`)."""

    socket: str | None = None


class GuardSettings(Table, frozen=True):
    """Everything that the guard has to know."""

    treadmill: Treadmill = Treadmill()
    sensor: Sensor = Sensor()
    pins: Pins = Pins()
    limits: LimitSettings = LimitSettings()
    guard: GuardTable = GuardTable()

    def to_limits(self) -> Limits:
        """Return the interlock's numbers, in its units."""
        s = self.limits
        return Limits(
            site_cap_kmh=self.treadmill.cap_kmh,
            estop_closed_ns=_ns(s.estop_closed_s),
            runaway_over_kmh=s.runaway_over_kmh,
            runaway_ns=_ns(s.runaway_s),
            rails_warn_ns=_ns(s.rails_warn_s),
            rails_revoke_ns=_ns(s.rails_revoke_s),
            one_hand_warn_ns=_ns(s.one_hand_warn_s),
            sensor_lost_ns=_ns(s.sensor_lost_s),
            sensor_healthy_ns=_ns(s.sensor_healthy_s),
            overspeed_over_kmh=s.overspeed_over_kmh,
            overspeed_ns=_ns(s.overspeed_s),
            wrong_direction_kmh=s.wrong_direction_kmh,
            wrong_direction_ns=_ns(s.wrong_direction_s),
            ineffective_ns=_ns(s.permit_ineffective_s),
            unexpected_kmh=s.unexpected_kmh,
            unexpected_ns=_ns(s.unexpected_s),
            kiosk_lost_ns=_ns(s.kiosk_lost_s - RESERVE_S),
        )

    def socket_path(self, *, simulate: bool) -> Path:
        """Return where the guard listens; a simulated one never at a real one's place."""
        if self.guard.socket is not None:
            return Path(self.guard.socket)
        return runtime_folder() / ("guard-simulated.sock" if simulate else "guard.sock")

    def bench_path(self) -> Path:
        """Return where the bench door opens unless it is told otherwise: beside the guard's."""
        return self.socket_path(simulate=True).with_name("bench.sock")


def runtime_folder() -> Path:
    """Return the folder for sockets: systemd's, else the user's own; it is not made here."""
    if service := os.environ.get("RUNTIME_DIRECTORY"):
        return Path(service.split(":")[0])
    if user := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(user) / "sternway"
    # Whether it is ours is checked before it is used (hardware/sockets.py).
    return Path(f"/tmp/sternway-{os.getuid()}")  # noqa: S108


def _ns(seconds: float) -> int:
    return round(seconds * 1_000_000_000)
