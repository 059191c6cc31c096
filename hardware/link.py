"""The messages between guard and kiosk: one message, one packet of a SOCK_SEQPACKET socket.

Both processes run on one machine, so every ``*_ns`` is CLOCK_MONOTONIC and comparable.
Speeds are km/h, positive when the person walks backwards; ``None`` means unknown, never zero.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

import msgspec

VERSION: Final = 1
MAX_PACKET_BYTES: Final = 65_536


class Reason(StrEnum):
    """Why a permit was revoked, in the order of precedence within one pass (safety.md)."""

    ESTOP = "estop"
    SAFETY_KEY = "safety_key"
    RUNAWAY = "runaway"
    RAILS_RELEASED = "rails_released"
    SENSOR_LOST = "sensor_lost"
    SENSOR_FAULT = "sensor_fault"
    OVERSPEED = "overspeed"
    WRONG_DIRECTION = "wrong_direction"
    PERMIT_INEFFECTIVE = "permit_ineffective"
    UNEXPECTED_MOTION = "unexpected_motion"
    KIOSK_LOST = "kiosk_lost"
    GUARD_LOST = "guard_lost"
    PATRON = "patron"


Ordinary = Literal["pause", "finished", "no_motion", "closed"]
"""Why a permit ends without anything being wrong; nothing is latched then."""

STAFF_CLEARS: Final = frozenset(
    {
        Reason.ESTOP,
        Reason.RUNAWAY,
        Reason.SENSOR_LOST,
        Reason.SENSOR_FAULT,
        Reason.PERMIT_INEFFECTIVE,
        Reason.UNEXPECTED_MOTION,
    }
)
"""Reasons that only a staff PIN clears; every other one clears in the next ready check."""

RailsMode = Literal["both", "one", "none"]


class Check(StrEnum):
    """What must be true before a permit is given, in the order in which it is shown."""

    ESTOP = "estop"
    KEY = "key"
    STOP_BUTTON = "stop_button"
    SENSOR = "sensor"
    BELT = "belt"
    RELAY = "relay"
    LATCH = "latch"
    KIOSK = "kiosk"
    RAILS_OPENED = "rails_opened"
    RAILS = "rails"


class Terms(msgspec.Struct, frozen=True):
    """What holds for one session: its cap (km/h) and how the rails must be held."""

    cap_kmh: float
    rails: RailsMode


# --- kiosk to guard ------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """First packet of a client. An observer gets every status and may command nothing."""

    version: int
    role: Literal["kiosk", "observer"]


class Alive(msgspec.Struct, frozen=True, tag="alive"):
    """Sent by the screen's own main loop, 4 times a second or more, so that a frozen one counts."""


class BeginCheck(msgspec.Struct, frozen=True, tag="begin_check"):
    """A person begins a ready check: the terms of the session, and the patron's own clearing."""

    terms: Terms


class RequestPermit(msgspec.Struct, frozen=True, tag="request_permit"):
    """Ask for the permit once; the guard checks everything anew and grants or refuses."""


class Revoke(msgspec.Struct, frozen=True, tag="revoke"):
    """Take the permit away: ``patron`` for STOP, or one of the ordinary ends."""

    reason: Literal["patron"] | Ordinary


class EndSession(msgspec.Struct, frozen=True, tag="end_session"):
    """The record is closed: nobody is being led through a walk any more."""


class ClearLatches(msgspec.Struct, frozen=True, tag="clear"):
    """A staff PIN was accepted: clear every latch whose cause is gone."""


class Service(msgspec.Struct, frozen=True, tag="service"):
    """Enter or leave service mode (calibration, proof tests): cap 1.5 km/h, rails not watched."""

    on: bool


class Configure(msgspec.Struct, frozen=True, tag="configure"):
    """Set what staff set of the belt: accepted only while nobody can be on it.

    ``cap_kmh`` may be stricter than the guard's own file, never laxer. A new :class:`Welcome` says
    that it holds, :class:`Refused` why not.
    """

    facing: Literal["away", "console"]
    mm_per_count: float
    invert: bool
    cap_kmh: float


class SendRaw(msgspec.Struct, frozen=True, tag="send_raw"):
    """Ask for every raw input as well: to record them, or for staff to look at."""

    on: bool


class BenchReply(msgspec.Struct, frozen=True, tag="bench_reply"):
    """The kiosk's answer to a :class:`BenchDo`; ``error`` is None when it was done."""

    number: int
    error: str | None


ToGuard = (
    Hello
    | Alive
    | BeginCheck
    | RequestPermit
    | Revoke
    | EndSession
    | ClearLatches
    | Service
    | Configure
    | SendRaw
    | BenchReply
)

# --- guard to kiosk ------------------------------------------------------------------------


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """The guard's facts, once after :class:`Hello`, and again when a :class:`Configure` holds.

    ``pins`` are the BCM numbers of the wires that this site has, ``port`` where its sensor is.
    """

    version: int
    facing: Literal["away", "console"]
    mm_per_count: float
    site_cap_kmh: float
    permit_mode: Literal["level", "pulse", "none"]
    simulated: bool
    rails_warn_s: float
    rails_revoke_s: float
    pins: dict[str, int] = {}
    port: str = ""
    invert: bool = False


class Frames(msgspec.Struct, frozen=True):
    """Counters of the belt sensor's lines since the guard started."""

    accepted: int = 0
    rejected: int = 0
    lost: int = 0


class Pins(msgspec.Struct, frozen=True):
    """Logical levels: closed, in, held and pressed are True.

    ``estop`` is True when every one of its ``contacts`` is closed. ``relay`` is the feedback of
    the stop relay, None where the site has none.
    """

    estop: bool
    key: bool
    rail_left: bool
    rail_right: bool
    stop_button: bool
    estop_disagree: bool = False
    contacts: tuple[bool, ...] = ()
    relay: bool | None = None


class Status(msgspec.Struct, frozen=True, tag="status"):
    """What the guard knows and decided in one pass.

    ``reason`` is why the permit last fell, fixed in the pass that revoked it; ``latched`` what
    still needs clearing; ``causes`` what is wrong right now. ``grants`` and ``revokes`` count, so
    that a kiosk which missed a packet still sees every change. ``counts`` are the encoder's since
    the guard started, with the sign of ``speed_kmh``: what a calibration counts.
    """

    t_ns: int
    permit: bool
    grants: int
    revokes: int
    reason: str | None
    latched: tuple[Reason, ...]
    causes: tuple[Reason, ...]
    failing: tuple[Check, ...]
    rails_warning: Literal["none", "one_hand", "no_hands"]
    coasting: bool
    pins: Pins
    rails_opened: tuple[bool, bool]
    speed_kmh: float | None
    at_rest: bool | None
    odometer_m: float
    sensor_fault: str | None
    frames: Frames
    sensor_serial: str | None = None
    sensor_firmware: str | None = None
    port_error: str | None = None
    service: bool = False
    counts: int = 0


class Raw(msgspec.Struct, frozen=True, tag="raw"):
    """One raw input as it came: bytes of the sensor's port, or a pin's logical level."""

    t_ns: int
    belt: bytes | None = None
    pin: str | None = None
    level: int | None = None


class BenchDo(msgspec.Struct, frozen=True, tag="bench_do"):
    """A bench ``{"do": ...}`` line, as JSON bytes; answered by :class:`BenchReply`."""

    number: int
    line: bytes


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """A command that the guard did not carry out, with what stands in the way."""

    command: str
    failing: tuple[str, ...]


ToKiosk = Welcome | Status | Raw | BenchDo | Refused

_encoder = msgspec.msgpack.Encoder()
_to_guard: msgspec.msgpack.Decoder[ToGuard] = msgspec.msgpack.Decoder(ToGuard)
_to_kiosk: msgspec.msgpack.Decoder[ToKiosk] = msgspec.msgpack.Decoder(ToKiosk)


def encode(message: ToGuard | ToKiosk) -> bytes:
    """Return the packet of a message."""
    return _encoder.encode(message)


def decode_to_guard(packet: bytes) -> ToGuard:
    """Return the kiosk's message; raises ``msgspec.MsgspecError`` (a ValueError) on any other.

    Danger: what else came out of here would end the guard, whoever sent it.
    """
    try:
        return _to_guard.decode(packet)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def decode_to_kiosk(packet: bytes) -> ToKiosk:
    """Return the guard's message; raises ``msgspec.MsgspecError`` (a ValueError) on any other."""
    try:
        return _to_kiosk.decode(packet)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
