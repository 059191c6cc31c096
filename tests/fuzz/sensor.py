"""The belt sensor's bytes: what a line says, and that no damage makes a speed that never was."""

from __future__ import annotations

import functools
import itertools
import json
import random
from collections.abc import Iterator
from typing import NamedTuple

from hardware.belt.protocol import MAX_LINE_BYTES, Frame, Identity, LineDecoder, compose
from hardware.belt.speed import BeltSpeed
from tests.fuzz import changes
from tests.fuzz.target import ROOT, Break, Target
from tests.hardware import belt_model
from tests.hardware.belt_model import UINT32, Motion, Sensor
from tests.hardware.damaged import MEMORY_S, TOLERANCE, TOLERANCE_KMH

# ---- protocol: any bytes -------------------------------------------------------------------------


def lines_say(data: bytes) -> None:
    """Bytes cut anywhere say the same as whole, and just what a second, plain reader makes of them.

    Nothing is kept but the beginning of one line.
    """
    whole = LineDecoder()
    items = whole.feed(data)
    chance = random.Random(len(data))
    cut = LineDecoder()
    found, at = [], 0
    while at < len(data):
        size = chance.choice((1, 2, 7, 64, 66, 300))
        found += cut.feed(data[at : at + size])
        at += size
        assert len(cut._partial) <= MAX_LINE_BYTES + 1, "it keeps a line that is too long"
    assert (found, cut.rejected) == (items, whole.rejected), "the pieces say something else"
    expected = [plainly(line) for line in data.split(b"\n")[:-1]]
    good = [one for one in expected if one is not None]
    assert items == good, f"a line says {items!r}, and should {good!r}"
    unfinished = len(data.split(b"\n")[-1]) > MAX_LINE_BYTES + 1
    assert whole.rejected == len(expected) - len(good) + unfinished, "rejected lines are miscounted"
    for item in items:
        if isinstance(item, Frame):
            fields = f"{item.seq},{item.clock_us},{item.count},{item.edge_us},{item.status:02X}"
            again = LineDecoder().feed(compose(f"SWB,{fields}"))
        else:
            again = LineDecoder().feed(compose(f"SWI,1,{item.serial},{item.firmware}"))
        assert again == [item], f"{item!r} is not what its own line says"
    belt = BeltSpeed(5.0)
    for number, item in enumerate(items):
        if isinstance(item, Frame):
            belt.use(item, number * 20_000_000)
            assert belt.speed_kmh is None or abs(belt.speed_kmh) <= 36.0, belt.speed_kmh
            assert len(belt._edges) <= 32


def plainly(line: bytes) -> Frame | Identity | None:
    """What a line says by contracts.md §1, read as slowly and plainly as can be."""
    line = line.removesuffix(b"\r")
    if len(line) > MAX_LINE_BYTES or not line.isascii() or line[:1] != b"$" or line[-5:-4] != b"*":
        return None
    payload, crc = line[1:-5], line[-4:].decode()
    if crc != f"{crc16(payload):04X}":
        return None
    kind, *fields = payload.decode().split(",")
    if kind == "SWI" and len(fields) == 3 and fields[0] == "1":
        good = all(1 <= len(one) <= 32 and _is_name(one) for one in fields[1:])
        return Identity(fields[1], fields[2]) if good else None
    if kind != "SWB" or len(fields) != 5:
        return None
    *numbers, status = fields
    bounds = ((0, 256), (0, UINT32), (-(UINT32 // 2), UINT32 // 2), (0, UINT32))
    for text, (low, high) in zip(numbers, bounds, strict=True):
        # One way to write a number; "-0" is a number of JSON's, and does no harm.
        if not text.removeprefix("-").isdecimal() or text.removeprefix("-") != str(abs(int(text))):
            return None
        if not low <= int(text) < high:
            return None
    if len(status) != 2 or not set(status) <= set("0123456789abcdefABCDEF"):
        return None
    seq, clock_us, count, edge_us = map(int, numbers)
    return Frame(seq, clock_us, count, edge_us, int(status, 16))


# What a byte does to a CRC of 0, from the bit by bit one: the start of FFFF is taken out of it.
_TABLE = [belt_model.crc16(bytes([0xFF ^ byte])) ^ 0xFF00 for byte in range(256)]


def crc16(payload: bytes) -> int:
    """CRC-16/CCITT-FALSE by its table, which no code under test knows."""
    crc = 0xFFFF
    for byte in payload:
        crc = (crc << 8 & 0xFF00) ^ _TABLE[crc >> 8 ^ byte]
    return crc


def _is_name(text: str) -> bool:
    return all("!" <= sign <= "~" and sign not in "*," for sign in text)


def recorded_lines() -> Iterator[bytes]:
    """The contract's vectors, and pieces of the tests' recordings."""
    vectors = belt_model.line("SWB,1,20000,0,0,00") + belt_model.line("SWI,1,PICO-0001,1.0.0")
    yield vectors + belt_model.line("SWB,255,4294967295,-2147483648,4294960000,00", ending="\n")
    for name in ("fine_encoder", "garbage", "wraps", "sensor_fault_reset"):
        text = (ROOT / "tests/recordings" / f"{name}.jsonl").read_text(encoding="utf-8")
        belt = [json.loads(line).get("belt", "") for line in text.splitlines()]
        sent = "".join(belt).encode("latin-1")
        yield sent[len(sent) // 2 :][:1500]


PROTOCOL = Target(
    "protocol",
    lines_say,
    recorded_lines,
    changes.sensor_lines,
    (
        Break(
            "a frame's CRC is not looked at",
            "hardware/belt/protocol.py",
            "if binascii.crc_hqx(payload, 0xFFFF) != int(crc, 16):",
            "if False:",
        ),
        Break(
            "a line without an end is kept whole",
            "hardware/belt/protocol.py",
            '        if self._overlong:\n            self._partial = b""\n        return found',
            "        return found",
        ),
        Break(
            "the clock may be any number",
            "hardware/belt/protocol.py",
            "_Uint32 = Annotated[int, msgspec.Meta(ge=0, lt=UINT32)]",
            "_Uint32 = Annotated[int, msgspec.Meta(ge=0)]",
        ),
    ),
    most_bytes=3000,
)

# ---- belt: the frames of a walking belt, with damage among them ----------------------------------

SECONDS = 4.0
MOTIONS = (
    Motion((0.0, 1.2)),
    Motion((0.0, 4.0)),
    Motion((0.5, 0.0), (1.5, 2.0)),
    Motion((0.0, 3.0), (1.5, 3.0), (3.0, 0.0)),
    Motion((0.0, 0.0)),
    Motion((0.0, 1.0), (1.5, 1.0), (2.5, -1.0)),
    Motion((0.0, 0.2)),
)
FORGED_EVERY = 50
"""Frames between two damages that a CRC-16 lets pass: one in 65,536 does."""
LOST_AFTER_S = 0.5
OP_BYTES = 7
LONGEST = 10
"""Frames for which a single forged one may leave the speed a little wrong (tests/faults)."""


class Op(NamedTuple):
    """One thing that befalls a frame."""

    frame: int
    kind: int
    value: int


def ops_in(data: bytes) -> tuple[Motion, int, list[Op]]:
    """The motion, the sensor's start, and what befalls which frame, all from bytes."""
    head = data[:2].ljust(2, b"\0")
    found, frame = [], 20
    for at in range(2, len(data) - OP_BYTES + 1, OP_BYTES):
        gap, kind, *_ = data[at : at + OP_BYTES]
        frame += gap % 64
        value = int.from_bytes(data[at + 2 : at + OP_BYTES], "little")
        found.append(Op(frame, kind % 8, value))
    return MOTIONS[head[0] % len(MOTIONS)], head[1] % 4, found


@functools.cache
def frames_of(motion: Motion, start: int) -> list[tuple[belt_model.Frame, bytes]]:
    """The frames of a motion and their lines; some sensors begin just before a wrap."""
    clock_us, count = [(0, 0), (UINT32 - 2_000_000, 0), (7, 2**31 - 150), (2**31, -90)][start]
    sensor = Sensor(pole_error=0.01, jitter_us=20.0, clock_us=clock_us, count=count, seq=start * 80)
    return [(frame, frame.line) for frame in sensor.frames(motion, SECONDS)]


def speed_is_true(data: bytes) -> None:
    """Damage makes a speed unknown and never false.

    One frame in fifty may be forged: another field under a right CRC. Then the speed may be off by
    no more than what the rule of plausibility allows, and for a fifth of a second.
    """
    motion, start, ops = ops_in(data)
    decoder, belt = LineDecoder(), BeltSpeed(5.0)
    true = frames_of(motion, start)
    befalls: dict[int, list[Op]] = {}
    for op in ops:
        befalls.setdefault(op.frame, []).append(op)
    known = {line for _, line in true}
    forged_at, used_t, wrong, late = -FORGED_EVERY, 0.0, 0, 0.0
    for number, (frame, own) in enumerate(true):
        sent, late = [own], max(0.0, late - 0.02)
        for op in befalls.get(number, ()):
            may_forge = number - forged_at >= FORGED_EVERY
            sent, more_s = damaged(sent, frame, op, may_forge=may_forge)
            late = max(late, more_s)
        now_s = frame.t + late
        for line in b"".join(sent).splitlines(keepends=True):
            if line not in known and plainly(line.removesuffix(b"\n")) is not None:
                if number - forged_at < FORGED_EVERY and number != forged_at:
                    return  # two that the CRC let pass so soon: nobody judges that
                forged_at = number
        before_t = used_t
        for item in decoder.feed(b"".join(sent)):
            if isinstance(item, Frame) and belt.use(item, round(now_s * 1e9)):
                used_t = now_s
        kmh = belt.speed_kmh
        if kmh is None or now_s - used_t >= LOST_AFTER_S:
            wrong = 0
            continue
        low, high = motion.range_kmh(min(frame.t, before_t) - MEMORY_S, frame.t)
        slack = TOLERANCE_KMH + TOLERANCE * max(abs(low), abs(high))
        off = max(low - slack - kmh, kmh - high - slack)
        wrong = wrong + 1 if off > 0 else 0
        if off <= 0:
            continue
        assert number - forged_at < FORGED_EVERY, (
            f"{kmh:.2f} km/h at frame {number}, and the belt does {low:.2f} to {high:.2f}"
        )
        may = (0.15 + 5.0 * max(0.02, now_s - before_t + 0.12)) * 3.6
        assert off <= may, f"{off:.2f} km/h off at frame {number}; plausible is {may:.2f}"
        assert wrong <= LONGEST, f"a forged frame is believed for {wrong} frames"


def damaged(
    sent: list[bytes], frame: belt_model.Frame, op: Op, *, may_forge: bool
) -> tuple[list[bytes], float]:
    """What comes of a frame's line under one op, and by how many seconds it comes late."""
    line = bytearray(sent[0] if sent and sent[0] else frame.line)
    at, byte = (op.value >> 8) % len(line), op.value & 0xFF
    match op.kind:
        case 0:
            return [], 0.0
        case 1:
            return sent * 2, 0.0
        case 2:
            line[at] ^= byte
        case 3:
            line[at:at] = bytes([byte])
        case 4:
            del line[at : at + 1 + byte % 8]
        case 5:
            return sent, (op.value % 80) / 1000.0
        case 6:
            junk = op.value.to_bytes(5, "little") * (1 + byte % 20)
            return [junk, *sent], 0.0
        case _:
            if not may_forge:
                return sent, 0.0
            number, field = (op.value >> 8) & 0xFFFFFFFF, byte % 8
            near = number % 100_000 - 50_000
            match field:
                case 0:
                    forged = frame._replace(seq=number % 256)
                case 1:
                    forged = frame._replace(clock_us=number)
                case 2:
                    forged = frame._replace(count=number - 2**31)
                case 3:
                    forged = frame._replace(edge_us=number)
                case 4:
                    forged = frame._replace(status=number % 256)
                case 5:
                    forged = frame._replace(clock_us=(frame.clock_us + near) % UINT32)
                case 6:
                    forged = frame._replace(count=_int32(frame.count + number % 64 - 32))
                case _:
                    forged = frame._replace(edge_us=(frame.edge_us + near) % UINT32)
            return [forged.line, *sent] if op.value >> 39 else [forged.line], 0.0
    return [bytes(line), *sent[1:]], 0.0


def _int32(number: int) -> int:
    return (number + UINT32 // 2) % UINT32 - UINT32 // 2


def some_ops() -> Iterator[bytes]:
    """Each motion undamaged, and each kind of damage."""
    for motion, start in itertools.product(range(len(MOTIONS)), (0, 1)):
        yield bytes([motion, start])
    for kind in range(8):
        ops = b"".join(
            bytes([60, kind, field, field * 37 % 256, 3, 200, field % 2 << 7]) for field in range(8)
        )
        yield bytes([kind % len(MOTIONS), kind % 4]) + ops


def other_ops(data: bytes, chance: random.Random) -> bytes:
    """One op added, changed or taken out."""
    made = bytearray(data[:2].ljust(2, b"\0") + data[2:])
    count = (len(made) - 2) // OP_BYTES
    at = 2 + chance.randrange(count + 1) * OP_BYTES
    match chance.randrange(5):
        case 0:
            made[chance.randrange(2)] = chance.randrange(256)
        case 1 if count:
            del made[at : at + OP_BYTES]
        case 2 if count:
            made[2 + chance.randrange(len(made) - 2)] = chance.randrange(256)
        case _:
            gap, kind = chance.choice((0, 1, 2, 5, 20, 60)), chance.choice((0, 1, 2, 4, 5, 6, 7, 7))
            value = chance.randbytes(5)
            made[at:at] = bytes([gap, kind]) + value
    return bytes(made)


BELT = Target(
    "belt",
    speed_is_true,
    some_ops,
    other_ops,
    (
        Break(
            "no speed is implausible",
            "hardware/belt/speed.py",
            "elif -may_change <= velocity - was <= may_change:",
            "elif True:",
        ),
        Break(
            "the clock need not fit ours",
            "hardware/belt/speed.py",
            "in_time = -CLOCK_BEHIND_US <= passed_us - host_us <= CLOCK_AHEAD_US",
            "in_time = True",
        ),
    ),
    most_bytes=2 + 40 * OP_BYTES,
)
