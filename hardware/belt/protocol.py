"""Bytes to frames: the belt sensor's line protocol, version 1 (contracts.md §1). No I/O here."""

from __future__ import annotations

import binascii
import re
from typing import Annotated, Final, NamedTuple

import msgspec

MAX_LINE_BYTES: Final = 64
UINT32: Final = 1 << 32

_BELT: Final = re.compile(rb"\$(SWB,([-0-9,]+),([0-9A-Fa-f]{2}))\*([0-9A-F]{4})\r?")
_IDENTITY: Final = re.compile(rb"\$(SWI,1,([!-)+-~]{1,32}),([!-)+-~]{1,32}))\*([0-9A-F]{4})\r?")

_Uint32 = Annotated[int, msgspec.Meta(ge=0, lt=UINT32)]
_Int32 = Annotated[int, msgspec.Meta(ge=-(UINT32 // 2), lt=UINT32 // 2)]
# Of digits, signs and commas, JSON allows just what the protocol does: whole numbers, written in
# one way. This checks the bounds of all four at once, and is much quicker than int().
_numbers: Final = msgspec.json.Decoder(
    tuple[Annotated[int, msgspec.Meta(ge=0, le=0xFF)], _Uint32, _Int32, _Uint32]
)


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One ``$SWB`` line: numbers as the sensor sent them, wraps and all.

    ``clock_us`` and ``edge_us`` are unsigned 32 bits, ``count`` signed 32 bits, ``seq`` 8 bits.
    """

    seq: int
    clock_us: int
    count: int
    edge_us: int
    status: int

    @property
    def key_pulled(self) -> bool:
        """Status bit 2: the treadmill's safety key is out."""
        return bool(self.status & 0x04)

    @property
    def fault(self) -> str | None:
        """What makes this frame a sensor fault, or None: a status bit, or an impossible edge."""
        if self.status & ~0x04:
            return f"the sensor reports a fault (status {self.status:02X})"
        # An edge is at most 2^30 us old by contract, so half the range tells past from future.
        if (self.clock_us - self.edge_us) & (UINT32 // 2):
            return "an edge lies after its frame"
        return None


class Identity(NamedTuple):
    """One ``$SWI`` line: who the sensor says it is."""

    serial: str
    firmware: str


def crc16(payload: bytes) -> int:
    """Return CRC-16/CCITT-FALSE (polynomial 1021, initial value FFFF) of ``payload``."""
    return binascii.crc_hqx(payload, 0xFFFF)


def compose(payload: str) -> bytes:
    """Return the line of a payload such as ``SWB,1,20000,0,0,00``, with ``$``, CRC and CRLF."""
    raw = payload.encode("ascii")
    return b"$%s*%04X\r\n" % (raw, crc16(raw))


def parse_line(line: bytes) -> Frame | Identity | None:
    """Return what a line without its LF says, or None where it must be rejected."""
    match = _BELT.fullmatch(line)
    if match is None:
        return _parse_identity(line)
    payload, numbers, status, crc = match.groups()
    if binascii.crc_hqx(payload, 0xFFFF) != int(crc, 16):
        return None
    try:
        seq, clock_us, count, edge_us = _numbers.decode(b"[%b]" % numbers)
    except msgspec.MsgspecError:
        return None
    return Frame(seq, clock_us, count, edge_us, int(status, 16))


def _parse_identity(line: bytes) -> Identity | None:
    match = _IDENTITY.fullmatch(line)
    if match is None or len(line.removesuffix(b"\r")) > MAX_LINE_BYTES:
        return None
    payload, serial, firmware, crc = match.groups()
    if b"," in serial or b"," in firmware or crc16(payload) != int(crc, 16):
        return None
    return Identity(serial.decode("ascii"), firmware.decode("ascii"))


class LineDecoder:
    """Turns a byte stream, cut anywhere, into frames. Its memory is one line at most."""

    def __init__(self) -> None:
        """Start at the beginning of a line, with nothing rejected."""
        self.rejected = 0
        self._partial = b""
        self._overlong = False

    def feed(self, data: bytes) -> list[Frame | Identity]:
        """Return what the complete lines in ``data`` say; count and drop every other line."""
        found: list[Frame | Identity] = []
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()
        for line in lines:
            if self._overlong:
                # The tail of a line whose beginning was already counted and dropped.
                self._overlong = False
                continue
            item = parse_line(line)
            if item is None:
                self.rejected += 1
            else:
                found.append(item)
        if len(self._partial) > MAX_LINE_BYTES + 1:
            self.rejected += not self._overlong
            self._overlong = True
        if self._overlong:
            self._partial = b""
        return found

    def restart(self) -> None:
        """Forget a half line: the port was reopened."""
        self._partial = b""
        self._overlong = False
