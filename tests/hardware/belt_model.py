"""A belt and its encoder, exactly: what a test holds Sternway's figures against.

The belt's speed is a chain of straight lines over time, so its way is known in closed form and
so is the time at which each pole of the encoder passes. Nothing here uses the code under test.
Times are seconds since the sensor's power-up, lengths millimetres, speeds km/h; positive: the
belt's top moves from console to rear.
"""

from __future__ import annotations

import itertools
import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

KMH = 1e6 / 3600.0
"""1 km/h in mm/s."""
RATE_HZ = 50
UINT32 = 1 << 32
OLDEST_US = 1 << 30


class Piece(NamedTuple):
    """From ``t`` on: at ``x`` with speed ``v`` (mm/s) and acceleration ``a`` (mm/s²)."""

    t: float
    x: float
    v: float
    a: float


class Motion:
    """The belt's speed and way, from the corners ``(t, km/h)`` of its speed; the last one holds.

    Two corners at one time are a jump.
    """

    def __init__(self, *corners: tuple[float, float]) -> None:
        if not corners or corners[0][0] > 0.0:
            corners = ((0.0, 0.0), *corners)
        x = 0.0
        self.pieces: list[Piece] = []
        for (t, kmh), (t_next, kmh_next) in itertools.pairwise(corners):
            seconds = t_next - t
            if seconds < 0:
                raise ValueError(f"corners out of order at {t_next} s")
            if seconds == 0:
                continue
            v, v_next = kmh * KMH, kmh_next * KMH
            # Split where the belt turns: every piece then goes one way.
            turn = t + seconds * v / (v - v_next) if v * v_next < 0 else None
            a = (v_next - v) / seconds
            self.pieces.append(Piece(t, x, v, a))
            if turn is not None:
                x_turn = x + v * (turn - t) / 2
                self.pieces.append(Piece(turn, x_turn, 0.0, a))
            x += (v + v_next) / 2 * seconds
        self.pieces.append(Piece(corners[-1][0], x, corners[-1][1] * KMH, 0.0))
        self._starts = [piece.t for piece in self.pieces]

    def _piece(self, t: float) -> Piece:
        return self.pieces[max(0, bisect_right(self._starts, t) - 1)]

    def kmh(self, t: float) -> float:
        piece = self._piece(t)
        return (piece.v + piece.a * (t - piece.t)) / KMH

    def mm(self, t: float) -> float:
        piece = self._piece(t)
        dt = t - piece.t
        return piece.x + piece.v * dt + piece.a * dt * dt / 2

    def way_m(self, start: float, end: float) -> float:
        """Metres from ``start`` to ``end``, with the belt's sign."""
        return (self.mm(end) - self.mm(start)) / 1000.0

    def total_m(self, start: float, end: float) -> float:
        """Metres from ``start`` to ``end`` whichever way."""
        inside = [t for t in self._starts if start < t < end]
        times = [start, *inside, end]
        pairs = itertools.pairwise(times)
        return sum(abs(self.way_m(a, b)) for a, b in pairs)

    def range_kmh(self, start: float, end: float) -> tuple[float, float]:
        """Least and greatest speed between ``start`` and ``end``."""
        start = max(0.0, start)
        seen = [self.kmh(start), self.kmh(end)]
        for before, piece in zip(self.pieces, self.pieces[1:], strict=False):
            if start <= piece.t <= end:
                seen += [(before.v + before.a * (piece.t - before.t)) / KMH, piece.v / KMH]
        return min(seen), max(seen)

    def first(self, kmh: float, after: float = 0.0, *, below: bool = False) -> float:
        """When the speed first is at least ``kmh`` (or at most, with ``below``), from ``after``."""
        sign = -1.0 if below else 1.0
        goal = sign * kmh * KMH
        ends = [*self._starts[1:], math.inf]
        for piece, end in zip(self.pieces, ends, strict=True):
            t = max(after, piece.t)
            if t >= end:
                continue
            v, a = sign * (piece.v + piece.a * (t - piece.t)), sign * piece.a
            if v >= goal - 1e-9:
                return t
            if a > 0 and t + (goal - v) / a <= end:
                return t + (goal - v) / a
        raise ValueError(f"the belt never reaches {kmh} km/h after {after} s")


class Frame(NamedTuple):
    """What one ``$SWB`` line holds, and when it was composed."""

    t: float
    seq: int
    clock_us: int
    count: int
    edge_us: int
    status: int = 0

    @property
    def line(self) -> bytes:
        return line(f"SWB,{','.join(map(str, self[1:5]))},{self.status:02X}")


def crc16(payload: bytes) -> int:
    """CRC-16/CCITT-FALSE, bit by bit as the standard has it."""
    crc = 0xFFFF
    for byte in payload:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ (0x1021 if crc & 0x8000 else 0)
            crc &= 0xFFFF
    return crc


def line(payload: str, ending: str = "\r\n") -> bytes:
    """The line of a payload, with its CRC."""
    raw = payload.encode("ascii")
    return b"$%s*%04X%s" % (raw, crc16(raw), ending.encode("ascii"))


class Sensor(NamedTuple):
    """An encoder and the board that reads it.

    ``pole_error`` is the most by which a pole may lie off its place, as a share of a count; the
    errors repeat after ``poles`` poles. ``jitter_us`` is the most by which an edge may be stamped
    too early or too late. ``clock_us``, ``count`` and ``seq`` are the values at time 0; with a
    count that is not 0 the last edge was then.
    """

    mm_per_count: float = 5.0
    pole_error: float = 0.0
    poles: int = 20
    jitter_us: float = 0.0
    phase: float = 0.5
    clock_us: int = 0
    count: int = 0
    seq: int = 0
    seed: int = 1

    def edges(self, motion: Motion, until: float) -> list[tuple[float, int]]:
        """Every edge up to ``until``: when it is stamped (s), and which way it goes (1 or -1)."""
        chance = random.Random(self.seed)
        errors = [chance.uniform(-self.pole_error, self.pole_error) for _ in range(self.poles)]
        ends = [piece.t for piece in motion.pieces[1:]] + [until]
        stamped = []
        for piece, end in zip(motion.pieces, ends, strict=True):
            for t, way in self._passed(piece, max(0.0, min(end, until) - piece.t), errors):
                stamp = t + chance.uniform(-self.jitter_us, self.jitter_us) * 1e-6
                stamped.append((stamp, way))
        return sorted(stamped)

    def _passed(
        self, piece: Piece, seconds: float, errors: Sequence[float]
    ) -> Iterator[tuple[float, int]]:
        """The poles that pass in the first seconds of a piece, which goes one way."""
        mm = self.mm_per_count
        x_end = piece.x + piece.v * seconds + piece.a * seconds * seconds / 2
        way = 1 if x_end > piece.x else -1
        low, high = sorted((piece.x, x_end))
        numbers = range(math.floor(low / mm) - 2, math.ceil(high / mm) + 3)
        for number in numbers[::way]:
            pole = (number + self.phase + errors[number % self.poles]) * mm
            if low < pole <= high:
                dx = pole - piece.x
                # The root of x + v t + a t²/2 that stays exact for a small a.
                root = math.sqrt(max(0.0, piece.v * piece.v + 2 * piece.a * dx))
                yield piece.t + (2 * abs(dx) / (abs(piece.v) + root) if dx else 0.0), way

    def frames(
        self, motion: Motion, until: float, *, start: float = 0.0, rate_hz: float = RATE_HZ
    ) -> list[Frame]:
        """The frames from ``start`` to ``until``, both included."""
        edges = self.edges(motion, until)
        made = []
        number, count, edge_us = 0, self.count, 0
        for tick in range(math.floor((until - start) * rate_hz + 1e-6) + 1):
            t = start + tick / rate_hz
            clock_us = round(t * 1e6)
            while number < len(edges) and round(edges[number][0] * 1e6) <= clock_us:
                count += edges[number][1]
                edge_us = round(edges[number][0] * 1e6)
                number += 1
            oldest_us = max(edge_us, clock_us - OLDEST_US)
            made.append(
                Frame(
                    t,
                    (self.seq + tick) % 256,
                    (self.clock_us + clock_us) % UINT32,
                    (count + UINT32 // 2) % UINT32 - UINT32 // 2,
                    (self.clock_us + oldest_us) % UINT32,
                )
            )
        return made
