"""A session's trace: speed, target, distance and hands at 5 Hz, as CSV (contracts.md §5)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kiosk.records.files import write_atomically

Row = tuple[float, str, float | None, float, float, float, int, int, float]
"""The columns of :data:`HEADER` (a screen's ``TraceRow`` is one): km/h, m, %; None is unknown."""

HEADER: Final = (
    "t_s",
    "state",
    "speed_kmh",
    "target_low_kmh",
    "target_high_kmh",
    "distance_m",
    "rail_left",
    "rail_right",
    "incline_pct",
)
_DECIMALS: Final = 3
"""Milliseconds, metres per hour and millimetres: finer than anything that is measured."""


def rounded(row: Row) -> Row:
    """Return the row as it is kept: three decimals; a speed that is no number is unknown."""
    t_s, state, speed, low, high, distance, left, right, incline = row
    known = speed is not None and math.isfinite(speed)
    return (
        round(t_s, _DECIMALS),
        str(state),
        round(speed, _DECIMALS) if known and speed is not None else None,
        round(low, _DECIMALS),
        round(high, _DECIMALS),
        round(distance, _DECIMALS),
        int(left),
        int(right),
        round(incline, _DECIMALS),
    )


def to_csv(rows: Iterable[Row]) -> bytes:
    """Return the file's bytes; an empty cell is unknown, never zero."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return text.getvalue().encode()


def write_trace(path: Path, rows: Iterable[Row]) -> bytes:
    """Write the file, durably, and return its bytes. Raises ``OSError`` where the disk does."""
    content = to_csv(rows)
    write_atomically(path, content)
    return content
