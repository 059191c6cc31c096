"""Damaged bytes among those of a real, moving belt, and what a guard makes of them.

A CRC-16 lets one damaged line in 65,536 pass, so frames with one field made up and a right CRC
are sent as well.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hardware.core import GuardCore
from hardware.link import Alive
from tests.hardware.belt_model import UINT32, Frame, Motion, Sensor

MEMORY_S = 0.6
"""A used frame stands for 0.5 s, and a ramp is followed within 0.1 s."""
TOLERANCE_KMH = 0.05
TOLERANCE = 0.03

Damage = Callable[[random.Random, Frame], bytes]


def torn(chance: random.Random, frame: Frame) -> bytes:
    """A line with random bytes flipped, put in, left out or exchanged."""
    line = bytearray(frame.line)
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 8])):
        at = chance.randrange(len(line))
        match chance.randrange(6):
            case 0:
                line[at] ^= 1 << chance.randrange(8)
            case 1:
                line[at] = chance.randrange(256)
            case 2:
                line.insert(at, chance.choice(b"0123456789,$*\r\n\0ABCDEF\xff"))
            case 3 if len(line) > 1:
                del line[at]
            case 4:
                other = chance.randrange(len(line))
                line[at], line[other] = line[other], line[at]
            case _:
                line[at] = chance.choice(b"0123456789")
    return bytes(line)


def made_up(chance: random.Random, frame: Frame) -> bytes:
    """A line with one field made up and a right CRC: what one damage in 65,536 looks like."""
    match chance.randrange(5):
        case 0:
            frame = frame._replace(seq=chance.randrange(256))
        case 1:
            frame = frame._replace(clock_us=chance.randrange(UINT32))
        case 2:
            frame = frame._replace(count=chance.randrange(-(2**31), 2**31))
        case 3:
            frame = frame._replace(edge_us=chance.randrange(UINT32))
        case _:
            frame = frame._replace(status=chance.randrange(256))
    return frame.line


def digit(chance: random.Random, frame: Frame) -> bytes:
    """A line with one decimal digit of one number wrong and a right CRC: at times all but true.

    No line can have just this: the CRC finds every damage that spans no more than two bytes.
    """
    name = chance.choice(["clock_us", "count", "edge_us"])
    digits = list(str(getattr(frame, name)))
    at = chance.randrange(len(digits))
    if digits[at] != "-":
        digits[at] = chance.choice("0123456789")
    number = int("".join(digits))
    top = 2**31 if name == "count" else UINT32
    return frame._replace(**{name: number if number < top else 0}).line


def walks(chance: random.Random) -> Motion:
    """A quarter of an hour of standing, setting off, walking, changing speed and stopping."""
    corners = [(0.0, 0.0)]
    t, kmh = 1.0, 0.0
    while t < 900.0:
        corners.append((t, kmh))
        goal = chance.choice([0.0, 0.4, 0.8, 1.2, 1.6, 2.4, 4.0, -1.0])
        t += abs(goal - kmh) / chance.choice([0.5, 1.0, 2.0])
        corners.append((t, goal))
        kmh = goal
        t += chance.uniform(1.0, 8.0)
    return Motion(*corners)


class Wrong(NamedTuple):
    """A speed that the belt never had."""

    t: float
    kmh: float
    low_kmh: float
    high_kmh: float
    lines: bytes

    @property
    def off_kmh(self) -> float:
        return max(self.low_kmh - self.kmh, self.kmh - self.high_kmh)


class Outcome(NamedTuple):
    """What came of an attack."""

    wrong: list[Wrong]
    counted: Counter[str]
    causes: set[str]

    @property
    def longest(self) -> int:
        """How many frames on end a false speed stood."""
        most = run = 0
        last = -1.0
        for one in self.wrong:
            run = run + 1 if one.t - last < 0.03 else 1
            last = one.t
            most = max(most, run)
        return most


class Attack(NamedTuple):
    """Which damages, to what share of the frames, and whether the sound frame comes too."""

    damages: list[Damage]
    share: float
    extra: bool = False

    def run(self, seed: int, size: int) -> Outcome:
        """Feed a guard the frames of a walking belt, and ``size`` damaged bytes among them."""
        chance = random.Random(seed)
        core = GuardCore(mm_per_count=5.0, facing="away")
        for pin in ("estop", "key", "rail_left", "rail_right"):
            core.set_pin(pin, True)
        outcome = Outcome([], Counter(), set())
        counted = outcome.counted
        recent: list[bytes] = []
        for number, (t, frame, motion) in enumerate(_frames(chance)):
            pieces = [frame.line]
            if number > 100 and chance.random() < self.share:
                bad = chance.choice(self.damages)(chance, frame)
                pieces = [bad, frame.line] if self.extra else [bad]
                chance.shuffle(pieces)
                recent = [*recent[-4:], bad]
                counted["damaged bytes"] += len(bad)
            now_ns = round(t * 1e9)
            core.feed(b"".join(pieces), now_ns)
            core.command(Alive(), now_ns)
            core.step(now_ns)
            status = core.status(now_ns)
            counted["frames"] += 1
            counted["unknown"] += status.speed_kmh is None
            outcome.causes.update(status.causes)
            if status.speed_kmh is not None:
                low, high = motion.range_kmh(frame.t - MEMORY_S, frame.t)
                slack = TOLERANCE_KMH + TOLERANCE * max(abs(low), abs(high))
                if not low - slack <= status.speed_kmh <= high + slack:
                    outcome.wrong.append(Wrong(t, status.speed_kmh, low, high, b"".join(recent)))
            if counted["damaged bytes"] >= size:
                break
        counted["rejected"] = status.frames.rejected
        return outcome


def _frames(chance: random.Random) -> Iterator[tuple[float, Frame, Motion]]:
    """Walk after walk, each a sensor that started anew after a silence."""
    begin = 0.0
    while True:
        motion = walks(chance)
        sensor = Sensor(
            pole_error=0.01,
            jitter_us=20.0,
            clock_us=chance.randrange(UINT32),
            count=chance.randrange(-(2**31), 2**31),
            seq=chance.randrange(256),
            seed=chance.randrange(1 << 30),
        )
        for frame in sensor.frames(motion, 900.0):
            yield begin + frame.t, frame, motion
        begin += 1_000.0


ATTACKS = {
    "torn lines instead of sound ones": Attack([torn], 0.5),
    "torn lines between sound ones": Attack([torn], 1.0, extra=True),
    "made-up fields instead": Attack([made_up], 0.05),
    "made-up fields between": Attack([made_up], 0.05, extra=True),
    "torn lines and made-up fields": Attack([torn, torn, torn, made_up], 0.2),
}
NEARLY_TRUE = Attack([digit], 0.05)
