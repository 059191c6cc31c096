"""Row ``frame-speed``: from a sensor's line to a judged speed, beside a parser of such lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from hardware.belt.protocol import Frame, LineDecoder
from hardware.belt.speed import BeltSpeed
from hardware.core import GuardCore
from hardware.link import Alive, BeginCheck, RequestPermit, Terms
from kiosk.bench.belt import Said, Told, belt
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale

NAME: Final = "frame-speed"
OURS: Final = "a frame: decoded, its speed, the permit judged"
SPEED: Final = "of it: decoded, and its speed"
PEER: Final = "pynmea2.parse of a VTG sentence"
MM_PER_COUNT: Final = 5.0
BLOCK: Final = 1_000
"""Frames whose mean is one figure."""
SETTLED: Final = 250
"""Frames of a belt at rest before anybody may walk."""
SPEEDS_KMH: Final = (1.2, 1.6, 2.4, 3.2, 0.6)
_TOLD_EVERY_S: Final = 20.0

Parse = Callable[[str], Any]


class _Pair(NamedTuple):
    """A sensor's line, and the same speed as a satellite receiver tells it."""

    now_ns: int
    line: bytes
    sentence: str


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        f"{scale.frames:,} frames of a walk through protocol, speed and interlock, the permit on",
        "pynmea2.parse of a sentence as long as a frame, in turn frame by frame",
        (Goal(OURS, PEER, at_most=1.0),),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Judge a frame, parse a sentence, and so on: neither finds the processor warm from itself."""
    lab.tell(f"{NAME}: making frames")
    pairs = [_Pair(round(one.at_s * 1e9), one.line, sentence(one.kmh)) for one in _walk(lab)]
    core = _permitted(pairs[:SETTLED])
    parse = _parser()
    part = _Part()
    for pair in pairs[:SETTLED]:
        part.use(pair.line, pair.now_ns)
    figures: dict[str, list[float]] = {OURS: [], SPEED: [], PEER: []}
    for start in range(SETTLED, len(pairs), BLOCK):
        lab.tell(f"{NAME}: judging", f"{start - SETTLED:,}")
        block = pairs[start : start + BLOCK]
        taken = _in_turn(core, part, parse or _nothing, block)
        for values, one_us in zip(figures.values(), taken, strict=True):
            values.append(one_us)
    _check(core, len(pairs))
    if parse is None:
        del figures[PEER]
    return Figure(
        [Series(name, "us", tuple(values)) for name, values in figures.items()],
        notes=[
            f"Each figure is the mean of {BLOCK:,}. The frame is fed and judged as the guard's "
            "loop does it; nothing is sent. The sentence tells the same speed; what its fields are "
            "as numbers is not asked of it."
        ],
        missing={} if parse else {PEER: "pynmea2 is not installed here (`make setup` does it)"},
    )


def sentence(kmh: float) -> str:
    """Return the NMEA sentence of a speed: course, course, knots, km/h."""
    body = f"GPVTG,054.7,T,034.4,M,{kmh / 1.852:05.2f},N,{kmh:05.2f},K"
    checksum = 0
    for letter in body.encode("ascii"):
        checksum ^= letter
    return f"${body}*{checksum:02X}"


def _walk(lab: Lab) -> list[Said]:
    end_s = (SETTLED + lab.scale.frames) / 50
    changes = int(end_s / _TOLD_EVERY_S) + 1
    told = [
        Told(6.0 + number * _TOLD_EVERY_S, SPEEDS_KMH[number % len(SPEEDS_KMH)])
        for number in range(changes)
    ]
    return list(belt(told, end_s, mm_per_count=MM_PER_COUNT, seed=1))


def _permitted(pairs: list[_Pair]) -> GuardCore:
    """Return a guard that gave the permit, by the usual way to it."""
    core = GuardCore(mm_per_count=MM_PER_COUNT, facing="away")
    for pin in ("estop", "key"):
        core.set_pin(pin, True)
    for pair in pairs:
        core.command(Alive(), pair.now_ns)
        core.feed(pair.line, pair.now_ns)
        core.step(pair.now_ns)
    now_ns = pairs[-1].now_ns
    core.command(BeginCheck(Terms(cap_kmh=4.0, rails="both")), now_ns)
    for pin in ("rail_left", "rail_right"):
        core.set_pin(pin, True)
    refused = core.command(RequestPermit(), now_ns)
    if refused is not None:
        raise RowFailed(f"no permit was given: {', '.join(refused.failing)}")
    return core


class _Part:
    """The first part of the way alone, on its own: from a line to a speed that is plausible."""

    def __init__(self) -> None:
        self._decoder = LineDecoder()
        self._belt = BeltSpeed(MM_PER_COUNT)

    def use(self, line: bytes, now_ns: int) -> None:
        """Take one line."""
        for frame in self._decoder.feed(line):
            if isinstance(frame, Frame):
                self._belt.use(frame, now_ns)


def _in_turn(
    core: GuardCore, part: _Part, parse: Parse, block: list[_Pair]
) -> tuple[float, float, float]:
    """Return the mean microseconds of a judged frame, of its first part, and of a sentence."""
    clock = time.perf_counter_ns
    ours_ns = part_ns = peer_ns = 0
    for now_ns, line, words in block:
        core.command(Alive(), now_ns)
        start_ns = clock()
        core.feed(line, now_ns)
        core.step(now_ns)
        judged_ns = clock()
        part.use(line, now_ns)
        between_ns = clock()
        parse(words)
        end_ns = clock()
        ours_ns += judged_ns - start_ns
        part_ns += between_ns - judged_ns
        peer_ns += end_ns - between_ns
    mean_us = 1 / 1000 / len(block)
    return ours_ns * mean_us, part_ns * mean_us, peer_ns * mean_us


def _check(core: GuardCore, frames: int) -> None:
    """See that each frame was used, and that the walk went on to its end."""
    seen = core.status(core.state.estop_since or 0).frames
    if (seen.accepted, seen.rejected, seen.lost) != (frames, 0, 0) or not core.permit:
        raise RowFailed(
            f"of {frames:,} frames {seen.accepted:,} were taken, {seen.rejected:,} rejected, "
            f"{seen.lost:,} lost; the permit is {'on' if core.permit else core.state.reason}"
        )


def _parser() -> Parse | None:
    """Return what parses a sentence, if it is installed: it is the developers' alone."""
    try:
        import pynmea2
    except ImportError:
        return None
    parse: Parse = pynmea2.parse
    if parse(sentence(2.5)).spd_over_grnd_kmph != 2.5:
        raise RowFailed("pynmea2 does not read the speed that is in the sentence")
    return parse


def _nothing(_words: str) -> None:
    """Stand where no parser is."""
