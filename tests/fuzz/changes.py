"""Small changes that know what they change: lines with checksums, trees of JSON and MessagePack."""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from tests.hardware.belt_model import crc16
from tests.profiles.mutated import broken, changed, places

NUMBERS = (0, 1, 2, 127, 128, 255, 256, 2**15, 2**16, 2**30, 2**31 - 1, 2**31, 2**32 - 1, 2**32)
_PAYLOAD = re.compile(rb"\$([^$*\r\n]*)\*?[0-9A-Fa-f]*")
_MEMBER = re.compile(rb'"\w*"\s*:')
_DIGITS = re.compile(rb"-?\d+")


def torn(data: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut, doubled or put in."""
    return broken(data, chance) if data else bytes([chance.randrange(256)])


def other_number(data: bytes, chance: random.Random) -> bytes:
    """One decimal number in the bytes is another, near or at an edge."""
    found = list(_DIGITS.finditer(data))
    if not found:
        return torn(data, chance)
    at = chance.choice(found)
    number = int(at[0][:20]) + chance.choice((-1, 1, -20_000, 20_000, 1 << 31, -(1 << 31)))
    if chance.random() < 0.5:
        number = chance.choice(NUMBERS) * chance.choice((1, 1, -1))
    return data[: at.start()] + str(number).encode() + data[at.end() :]


def sensor_lines(data: bytes, chance: random.Random) -> bytes:
    """Lines of a sensor, changed, most times with a CRC that fits again."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            return torn(data, chance)
        case 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        case 2 if len(lines) > 1:
            del lines[at]
        case _:
            change = chance.choice((torn, other_number))
            lines[at] = change(lines[at], chance)
            if chance.random() < 0.8:
                lines[at] = _PAYLOAD.sub(_with_crc, lines[at], count=1)
    return b"\n".join(lines)


def _with_crc(found: re.Match[bytes]) -> bytes:
    return b"$%b*%04X" % (found[1], crc16(found[1]))


def json_tree(data: bytes, chance: random.Random) -> bytes:
    """One place of a JSON value changed, removed or added to."""
    if chance.random() < 0.25:
        return torn(data, chance)
    if chance.random() < 0.1 and (found := list(_MEMBER.finditer(data))):
        one, other = chance.choice(found), chance.choice(found)
        return data[: one.start()] + other[0] + b"1," + data[one.start() :]
    try:
        value = changed(json.loads(data), chance)
        return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8")
    except (ValueError, IndexError, TypeError, RecursionError):
        return torn(data, chance)


def json_lines(data: bytes, chance: random.Random) -> bytes:
    """One of several lines of JSON changed, doubled, moved or taken out."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            return torn(data, chance)
        case 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        case 2 if len(lines) > 1:
            del lines[at]
        case 3:
            lines[at] = other_number(lines[at], chance)
        case _:
            lines[at] = json_tree(lines[at], chance)
    return b"\n".join(lines)


def message_tree(data: bytes, chance: random.Random) -> bytes:
    """One place of a MessagePack value changed, removed or added to."""
    if chance.random() < 0.25:
        return torn(data, chance)
    try:
        value: Any = msgspec.msgpack.decode(data)
        value = odd_number(value, chance) if chance.random() < 0.3 else changed(value, chance)
        return msgspec.msgpack.encode(value)
    except (ValueError, IndexError, TypeError, OverflowError, RecursionError):
        return torn(data, chance)


ODD = (float("nan"), float("inf"), float("-inf"), 0.0, -1.0, 1e308, 5e-324, 2**63, -(2**63))


def odd_number(value: Any, chance: random.Random) -> Any:
    """The value with one of its numbers at an edge, or none at all."""
    found = [path for path in places(value) if type(at(value, path)) in {int, float}]
    *folders, key = chance.choice(found)
    at(value, folders)[key] = chance.choice(ODD)
    return value


def at(value: Any, path: Sequence[Any]) -> Any:
    """What stands at a place."""
    for key in path:
        value = value[key]
    return value


def journal_lines(data: bytes, chance: random.Random) -> bytes:
    """Lines of a journal changed, most times with a checksum that fits again."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            return torn(data, chance)
        case 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        case 2 if len(lines) > 1:
            del lines[at]
        case _:
            payload = json_tree(lines[at][12:-1], chance)
            lines[at] = b'["%08x",%b]' % (zlib.crc32(payload), payload)
    return b"\n".join(lines)


def toml_lines(data: bytes, chance: random.Random) -> bytes:
    """Lines of a settings file: other values, other keys, doubled tables."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            return torn(data, chance)
        case 1:
            lines.insert(chance.randrange(len(lines)), lines[at])
        case 2 if len(lines) > 1:
            del lines[at]
        case 3:
            lines[at] = other_number(lines[at], chance)
        case _:
            key, _, _ = lines[at].partition(b"=")
            lines[at] = key + b"= " + chance.choice(TOML_VALUES)
    return b"\n".join(lines)


TOML_VALUES: tuple[bytes, ...] = (
    b"nan",
    b"inf",
    b"-inf",
    b"true",
    b'""',
    b'"away"',
    b"[]",
    b"{}",
    b"[1]",
    b"1e308",
)
TOML_VALUES += (b"-1", b"0", b"0.0", b"5.0", b"5.1", b"99999999999999999999", b'"\\u0000"', b"27")
TOML_VALUES += (b"2026-01-01", b"{ a = 1 }", b'"`"', b'"$.x"', b'"""\na"""', b"0x1f", b"1_0")


def tar_members(data: bytes, chance: random.Random) -> bytes:
    """A tar with its bytes changed, most times with headers whose sums fit again."""
    made = bytearray(data)
    heads = [at for at in range(0, len(made) - 511, 512) if made[at + 257 : at + 262] == b"ustar"]
    if chance.random() < 0.5 or not heads:
        made = bytearray(torn(data, chance))
    else:
        where = chance.choice((0, 99, 100, 124, 135, 148, 156, 157, 257, 345))
        made[chance.choice(heads) + where] = chance.choice(b"\0 01257Lx/.")
    if chance.random() < 0.8:
        for at in range(0, len(made) - 511, 512):
            if made[at + 257 : at + 262] == b"ustar":
                made[at + 148 : at + 156] = b" " * 8
                made[at + 148 : at + 156] = b"%06o\0 " % sum(made[at : at + 512])
    return bytes(made)
