"""Edges of an encoder to the lines of the belt sensor's protocol, version 1. No hardware in here.

Runs on MicroPython on the board, and on MicroPython's unix port in the tests. What an interrupt
calls (``Counter.edge``, ``Counter.pulse``, ``Counter.key_is_out``) allocates no memory, since an
interrupt may not: it only moves small integers. Everything that grows or wraps at 32 bits is done
in ``Sensor.frame``, outside any interrupt.

Times are microseconds of ``ticks_us``, which wraps at a power of two that differs between ports;
only ``ticks_diff`` looks at two of them. The protocol's own clock is 32 bits and is kept here.
"""

from array import array

VERSION = "sternway-1.0"
UINT32 = 0xFFFFFFFF
OLDEST_EDGE_US = 1 << 30
FRAMES_PER_IDENTITY = 50
FRAMES_PER_SECOND = 50

ENCODER_FAULT = 0x01
TOO_FAST = 0x02
KEY_OUT = 0x04

ILLEGAL_A_SECOND = 3
"""So many jumps over a state within a second are a fault of the encoder, not a spark."""
WAVERING_FRAMES = 25
"""So many frames more with quarter turns that make no count than without: one channel is dead.

It looks like a belt that rests on an edge and trembles, but it goes on: half a second of it counts.
"""
COUNTS_A_FRAME = 200
"""More than 10,000 counts a second: a loose wire that hums, not a belt."""

_ILLEGAL = 2
# Was (A, B), is (A, B): a quarter turn forwards, backwards, none, or a state that was jumped over.
_STEPS = array("b", [0, -1, 1, 2, 1, 0, 2, -1, -1, 2, 0, 1, 2, 1, -1, 0])


class Counter:
    """Counts whole periods of an encoder, with the time of the last one.

    With two channels a count needs a whole period in one direction (four quarters), so that an
    encoder that trembles on an edge while the belt rests counts nothing.
    """

    def __init__(self, state=0):
        """``state`` is A and B as they are now, as one number: 2 A + B."""
        self.counted = 0
        self.edges = 0
        self.edge_ticks = 0
        self.illegal = 0
        self.quarters = 0
        self.key_was_out = False
        self._state = state
        self._quarters = 0

    def edge(self, state, ticks):
        """A or B changed: two channels. Called by an interrupt."""
        step = _STEPS[self._state << 2 | state]
        self._state = state
        if step == _ILLEGAL:
            self.illegal += 1
            return
        if step:
            self.quarters += 1
        quarters = self._quarters + step
        if quarters == 4:
            quarters = 0
            self._count(1, ticks)
        elif quarters == -4:
            quarters = 0
            self._count(-1, ticks)
        self._quarters = quarters

    def pulse(self, ticks):
        """One channel rose; it cannot tell a direction. Called by an interrupt."""
        self._count(1, ticks)

    def key_is_out(self):
        """Told also where the key was out for less than a frame. Called by an interrupt."""
        self.key_was_out = True

    def _count(self, way, ticks):
        self.counted += way
        self.edges += 1
        self.edge_ticks = ticks


class Sensor:
    """Makes the frames from what a counter counted since the frame before."""

    def __init__(self, counter, ticks_us, ticks_diff, serial, lock, unlock, clock_us=0, count=0):
        """``lock`` keeps interrupts off and returns what ``unlock`` takes.

        ``clock_us`` and ``count`` are other than 0 only in the tests of the wraps.
        """
        self._counter = counter
        self._ticks_us = ticks_us
        self._ticks_diff = ticks_diff
        self._serial = serial
        self._lock = lock
        self._unlock = unlock
        self._ticks = ticks_us()
        self._clock_us = clock_us
        self._edge_us = clock_us
        self._age_us = 0
        self._count = count
        self._seq = 0
        self._frames = 0
        # Of each frame of the last second, how many jumps there were in it.
        self._jumps_of = array("B", bytes(FRAMES_PER_SECOND))
        self._jumps_at = 0
        self._jumps = 0
        self._faulty_left = 0
        self._wavering = 0

    def frame(self, key_out=False):
        """Return the line of a frame, and at times the identity's after it, as bytes.

        ``key_out``: the safety key is out as this is called.
        """
        counter = self._counter
        held = self._lock()
        # The time is read where no edge can come between it and the counts: an edge that is later
        # than its frame is impossible, and the kiosk takes it for a fault.
        now = self._ticks_us()
        counted, counter.counted = counter.counted, 0
        edges, counter.edges = counter.edges, 0
        illegal, counter.illegal = counter.illegal, 0
        quarters, counter.quarters = counter.quarters, 0
        edge_ticks = counter.edge_ticks
        key_was_out, counter.key_was_out = counter.key_was_out, False
        self._unlock(held)
        past_us = self._ticks_diff(now, self._ticks)
        self._ticks = now
        self._clock_us = (self._clock_us + past_us) & UINT32
        if edges:
            self._age_us = self._ticks_diff(now, edge_ticks)
            self._edge_us = (self._clock_us - self._age_us) & UINT32
        else:
            self._age_us += past_us
        if self._age_us > OLDEST_EDGE_US:
            self._age_us = OLDEST_EDGE_US
            self._edge_us = (self._clock_us - OLDEST_EDGE_US) & UINT32
        self._count = (self._count + counted) & UINT32
        status = (
            self._judged(illegal)
            | self._wavers(quarters, edges)
            | (TOO_FAST if edges > COUNTS_A_FRAME else 0)
        )
        if key_out or key_was_out:
            status |= KEY_OUT
        signed = self._count - (UINT32 + 1) if self._count > UINT32 >> 1 else self._count
        line = compose(f"SWB,{self._seq},{self._clock_us},{signed},{self._edge_us},{status:02X}")
        self._seq = (self._seq + 1) & 0xFF
        self._frames += 1
        if self._frames % FRAMES_PER_IDENTITY == 1:
            self._frames = 1
            line += compose(f"SWI,1,{self._serial},{VERSION}")
        return line

    def _judged(self, illegal):
        """Return the encoder's fault bit: it stands for a second after the last jump too many."""
        jumps = min(illegal, ILLEGAL_A_SECOND)
        self._jumps += jumps - self._jumps_of[self._jumps_at]
        self._jumps_of[self._jumps_at] = jumps
        self._jumps_at = (self._jumps_at + 1) % FRAMES_PER_SECOND
        if jumps and self._jumps >= ILLEGAL_A_SECOND:
            self._faulty_left = FRAMES_PER_SECOND
        elif self._faulty_left:
            self._faulty_left -= 1
        else:
            return 0
        return ENCODER_FAULT

    def _wavers(self, quarters, edges):
        """Return the encoder's fault bit where quarter turns come and no count comes of them."""
        if edges:
            self._wavering = 0
        elif quarters:
            # It stands for a second after the last one, and goes at once with a count.
            self._wavering = min(self._wavering + 1, WAVERING_FRAMES + FRAMES_PER_SECOND)
        elif self._wavering:
            self._wavering -= 1
        return ENCODER_FAULT if self._wavering >= WAVERING_FRAMES else 0


def crc16(payload):
    """Return CRC-16/CCITT-FALSE (polynomial 1021, initial value FFFF)."""
    crc = 0xFFFF
    for byte in payload:
        crc = (crc << 8) & 0xFFFF ^ _CRC[crc >> 8 ^ byte]
    return crc


def compose(payload):
    """Return the line of a payload such as ``SWB,1,20000,0,0,00``: ``$``, CRC, CR and LF."""
    raw = payload.encode()
    return b"$" + raw + f"*{crc16(raw):04X}\r\n".encode()


def _row(byte):
    crc = byte << 8
    for _ in range(8):
        crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


_CRC = array("H", [_row(byte) for byte in range(256)])
