"""The few points of a trace that a chart shows, made once when the trace is kept.

``DATA/charts/<session_id>.json`` stands beside ``DATA/traces/<session_id>.csv``. It is believed
only for the very bytes it was made of, so it can be lost or left out: whoever needs a chart then
makes it anew, which takes some milliseconds for a long walk.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kiosk.records.files import write_derived
from kiosk.records.trace import HEADER

VERSION: Final = 1
_LONGEST: Final = 64 * 1024
_HEADER: Final = ",".join(HEADER).encode() + b"\n"
_SPEED: Final = re.compile(rb"\n[^,]*,[^,]*,([^,]*)")
_UNKNOWN: Final = b"-inf"
"""Stands for an unknown speed while the lowest and the highest are looked for."""
BUCKETS: Final = 40
"""A chart shows the lowest and the highest speed of each of so many parts of a session."""


class Chart(NamedTuple):
    """A session's speed, small enough that 5,000 fit into one page. Speeds in 0.01 km/h.

    ``seconds`` is the trace's length; ``speeds`` lie evenly over it, None where the speed is
    unknown; ``bands`` are (first point, last point, low, high), only while walking.
    """

    seconds: int
    speeds: list[int | None]
    bands: list[tuple[int, int, int, int]]


class Kept(msgspec.Struct, frozen=True):
    """A chart as it is kept: ``of`` is SHA-256 (hex) of the trace; None: nothing to draw."""

    version: int
    of: str
    chart: Chart | None


_decoder = msgspec.json.Decoder(Kept)


def keep_chart(folder: Path, session_id: str, trace: bytes) -> None:
    """Make the chart of a trace that was written and keep it, not durably."""
    kept = Kept(VERSION, _sum(trace), chart_of(trace))
    write_derived(folder / f"{session_id}.json", msgspec.json.encode(kept))


def kept_chart(path: str, trace: bytes) -> Kept | None:
    """Return what was kept for these very bytes, or None: they may not be ours then."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            kept = _decoder.decode(os.read(file, _LONGEST))
        finally:
            os.close(file)
    except (OSError, ValueError, RecursionError):
        return None  # it is derived: whatever is wrong with it, it is made anew
    return kept if kept.version == VERSION and kept.of == _sum(trace) else None


def _sum(trace: bytes) -> str:
    return hashlib.sha256(trace).hexdigest()


def chart_of(content: bytes) -> Chart | None:
    """Return the chart of a clean trace; None where there is nothing to draw."""
    lines = content[len(_HEADER) : -1].split(b"\n")
    rows = len(lines)
    if rows < 2:
        return None
    try:
        seconds = float(lines[-1].partition(b",")[0]) - float(lines[0].partition(b",")[0])
        # One search for the column costs a third of taking every row apart.
        found = _SPEED.findall(content, len(_HEADER) - 1)
        speeds = list(map(float, [speed or _UNKNOWN for speed in found]))
        if rows <= 2 * BUCKETS:
            picked, points = list(range(rows)), [_hundredths(speed) for speed in speeds]
        else:
            edges = [index * rows // BUCKETS for index in range(BUCKETS + 1)]
            points = _extremes(speeds, edges)
            picked = [place for place in edges[:-1] for _ in (0, 1)]
        return Chart(max(1, round(seconds)), points, _bands([lines[row] for row in picked]))
    except (ValueError, OverflowError):
        return None


def _extremes(speeds: Sequence[float], edges: Sequence[int]) -> list[int | None]:
    """Return two points for each part: its lowest and highest speed, in the order they came."""
    points: list[int | None] = []
    for begin, end in itertools.pairwise(edges):
        part = speeds[begin:end]
        low, high = min(part), max(part)
        if low == -math.inf:
            # Something in it is unknown: the line breaks off here.
            points += (_hundredths(high), None)
        elif part.index(low) <= part.index(high):
            points += (round(low * 100), round(high * 100))
        else:
            points += (round(high * 100), round(low * 100))
    return points


def _bands(rows: Sequence[bytes]) -> list[tuple[int, int, int, int]]:
    """Return the target's steps over the picked rows."""
    bands: list[tuple[int, int, int, int]] = []
    before: Sequence[bytes] = ()
    for index, row in enumerate(rows):
        _t_s, state, _speed, low_kmh, high_kmh, _rest = row.split(b",", 5)
        here = state, low_kmh, high_kmh
        if state == b"walking":
            if here == before:
                first, _last, low, high = bands[-1]
                bands[-1] = (first, index, low, high)
            else:
                low, high = round(float(low_kmh) * 100), round(float(high_kmh) * 100)
                bands.append((index, index, low, high))
        before = here
    return bands


def _hundredths(speed: float) -> int | None:
    return None if speed == -math.inf else round(speed * 100)
