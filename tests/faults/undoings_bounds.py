"""Bounds that can be taken away: each is a number, and another one stands in its place."""

from __future__ import annotations

from tests.faults.undoing import Undoing

_SPEED, _SERVER = "hardware/belt/speed.py", "hardware/server.py"


def _with(before: str, after: str) -> str:
    """Return a definition with another value; what is none is replaced as a whole."""
    name, is_definition, _ = before.partition(": Final = ")
    return f"{name}{is_definition}{after}" if is_definition else after


_NUMBERS = (
    ("crowd", _SERVER, "MOST_CLIENTS: Final = 16", "1600", "8.link", "any number may come in"),
    (
        "hello",
        _SERVER,
        "HELLO_NS: Final = 2_000_000_000",
        "2 * 10**11",
        "8.link",
        "who says nothing may stay",
    ),
    (
        "babble",
        _SERVER,
        "PACKETS_A_PASS: Final = 32",
        "3200",
        "8.link",
        "one kiosk may fill a pass of the guard",
    ),
    (
        "deaf",
        _SERVER,
        "DEAF_NS: Final = 1_000_000_000",
        "10**11",
        "8.link",
        "who does not read is waited for",
    ),
    (
        "packet",
        "hardware/link.py",
        "MAX_PACKET_BYTES: Final = 65_536",
        "6_553_600",
        "8.link",
        "a packet may be of any size",
    ),
    (
        "stall",
        "hardware/loop.py",
        "STALL_NS: Final = 100",
        "10_000",
        "8.link",
        "a guard that stood still judges by what came since",
    ),
    (
        "flood",
        "hardware/loop.py",
        "CHUNKS_A_PASS: Final = 2",
        "200",
        "8.link",
        "the sensor may fill a pass of the guard",
    ),
    (
        "queue",
        "hardware/belt/port.py",
        "LONGEST_QUEUE: Final = 32",
        "3200",
        "6.exact",
        "what the sensor says may pile up",
    ),
    (
        "edge-slack",
        _SPEED,
        "EDGE_SLACK_US: Final = 200",
        "20_000",
        "6.exact",
        "an edge may be older than the frame before it",
    ),
    (
        "window",
        _SPEED,
        "MAX_WINDOW_US: Final = 1_000_000",
        "3_000_000",
        "6.exact",
        "a speed is that of three seconds",
    ),
    (
        "in-a-row",
        _SPEED,
        "IMPLAUSIBLE_IN_A_ROW: Final = 3",
        "30",
        "6.exact",
        "a sensor may lie thirty times in a row",
    ),
    (
        "clock-stands",
        _SPEED,
        "STOPPED_CLOCK_FRAMES: Final = 5",
        "50",
        "6.exact",
        "the sensor's clock may stand still for a second",
    ),
    (
        "clock-ahead",
        _SPEED,
        "CLOCK_AHEAD_US: Final = 100_000",
        "1_000_000",
        "6.exact",
        "frames may come from the future",
    ),
    (
        "clock-behind",
        _SPEED,
        "CLOCK_BEHIND_US: Final = 500_000",
        "5_000_000",
        "6.exact",
        "frames may be five seconds old",
    ),
    (
        "fastest",
        _SPEED,
        "FASTEST_MM_US: Final = 10e-3",
        "100e-3",
        "6.exact",
        "a belt of 360 km/h is believed",
    ),
    (
        "guard-late",
        "kiosk/session/controller.py",
        "GUARD_LOST_NS: Final = 8 * NS // 10",
        "3 * NS",
        "8.session",
        "a guard may be silent for three seconds",
    ),
    (
        "unlocked",
        "kiosk/session/controller.py",
        "UNLOCKED_NS: Final = 120",
        "1200",
        "8.session",
        "who was unlocked stays so for twenty minutes",
    ),
    (
        "checkpoint",
        "kiosk/session/controller.py",
        "CHECKPOINT_NS: Final = NS",
        "30 * NS",
        "8.session",
        "a session is journaled each half minute",
    ),
    (
        "disagreement",
        "hardware/core.py",
        "DISAGREE_NS: Final = 100",
        "1000",
        "8.wires",
        "the two contacts may disagree for a second",
    ),
    (
        "rest",
        "hardware/limits.py",
        "REST_BELOW_KMH: Final = 0.05",
        "0.2",
        "8.rules",
        "a belt at 0.2 km/h counts as at rest",
    ),
    (
        "service-speed",
        "hardware/interlock.py",
        "SERVICE_TERMS: Final = Terms(cap_kmh=1.5",
        "Terms(cap_kmh=2.5",
        "8.rules",
        "in service mode the belt may run at 2.5 km/h",
    ),
    (
        "stop-hold",
        "hardware/interlock.py",
        "STOP_HOLDS_NS: Final = 500",
        "50",
        "8.rules",
        "a STOP holds for a twentieth of a second",
    ),
    (
        "weekly-rise",
        "profiles/progression.py",
        "WEEKLY_RISE: Final = 0.10",
        "0.20",
        "12.steps",
        "the speed may rise by a fifth in a week",
    ),
    (
        "fortnight",
        "profiles/progression.py",
        "FORTNIGHT: Final = timedelta(days=14)",
        "timedelta(days=140)",
        "12.steps",
        "who was away for months goes on rising",
    ),
    (
        "plan-steps",
        "profiles/profile.py",
        "MOST_STEPS: Final = 60",
        "6000",
        "12.bounds",
        "a plan may have any number of steps",
    ),
    (
        "session-minutes",
        "profiles/model.py",
        "MINUTES: Final = (1, 60)",
        "(1, 600)",
        "12.bounds",
        "a profile may walk for hours",
    ),
    (
        "proof-late",
        "kiosk/care/proof.py",
        "FALLS_WITHIN_NS: Final = 300",
        "3000",
        "8.proof",
        "a permit that falls after seconds passes the daily test",
    ),
    (
        "contact-late",
        "kiosk/care/proof.py",
        "FOLLOWS_WITHIN_NS: Final = 1000",
        "10_000",
        "8.proof",
        "a contact that follows after seconds passes it",
    ),
    (
        "short-pin",
        "kiosk/pins.py",
        "[0-9]{4,8}",
        "[0-9]{1,8}",
        "13.exact",
        "a PIN may have one digit",
    ),
    (
        "battery",
        "kiosk/clock.py",
        "SAME_S: Final = 5.0",
        "500_000.0",
        "10.exact",
        "a battery's clock is believed that was wrong",
    ),
)

OF_BOUNDS = tuple(
    Undoing(name, what, file, before, _with(before, after), fault)
    for name, file, before, after, fault, what in _NUMBERS
)
