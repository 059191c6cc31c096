"""A session's trace as it leaves, and the few points of it that a chart shows. Pure."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from kiosk.export.fields import PHASES
from kiosk.export.tables import BOM
from kiosk.records.trace import HEADER
from kiosk.session.model import Phase

_HEADER: Final = ",".join(HEADER).encode() + b"\n"
_FIGURES: Final = b"0123456789."
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
_STATE: Final = HEADER.index("state")
_ROWS: Final = tuple(
    b",%s,,,,,,,\n" % phase.encode()
    for phase in sorted(PHASES, key=lambda phase: (phase != Phase.WALKING, phase))
)
"""Every row a trace may have, without its figures; nearly all of them are the first."""
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


def clean(content: bytes) -> bytes:
    """Return a trace in the shape in which ``kiosk.records`` writes it.

    A trace has no names or dates, only times from the session's own start. One of another shape
    (an older or newer version's) is cut down to the listed columns and their types.
    """
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    return content if _is_as_written(content) else _cut_down(content)


def exported(content: bytes) -> bytes:
    """Return a clean trace as CSV for people: BOM and CRLF."""
    return BOM + content.replace(b"\n", b"\r\n")


def _is_as_written(content: bytes) -> bool:
    """Say whether a trace is what ``kiosk.records`` writes, at the speed of a search.

    Without its figures every row must be a listed state between commas, and nothing else: no colon,
    no letter, a minus only before a number, so no date.
    """
    if not content.startswith(_HEADER) or not content.endswith(b"\n"):
        return False
    # No figure stands in the header, so its length stays.
    rows = content.translate(None, _FIGURES)[len(_HEADER) :]
    if b"-" in rows:
        rows = rows.replace(b",-", b",")
    for row in _ROWS:
        if not rows:
            break
        rows = rows.replace(row, b"")
    return not rows


def _cut_down(content: bytes) -> bytes:
    """Return the listed columns of a trace, each value of its type or empty."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([_value(name, row.get(name)) for name in HEADER])
    return text.getvalue().encode()


def _value(name: str, value: str | None) -> str:
    value = value or ""
    if name == HEADER[_STATE]:
        return value if value in PHASES else ""
    return value if _NUMBER.fullmatch(value) else ""


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
