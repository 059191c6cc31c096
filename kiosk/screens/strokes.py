"""Thick lines with smooth edges and round ends, on graphics with or without multisampling.

Kivy's ``Line`` rounds but is jagged where the driver does not multisample; its ``SmoothLine`` is
smooth and does not round. So: smooth lines, and smooth discs where they bend or end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from kivy.graphics import SmoothEllipse, SmoothLine

Pair = tuple[float, float]

BEND: Final = 20.0
"""Degrees from which on a bend is rounded; a curve made of short pieces needs no discs."""


def stroke(points: Sequence[float], width: float, *, close: bool = False) -> None:
    """Draw a line ``width`` px thick into the open canvas; round where it bends and at its ends."""
    pairs = list(zip(points[::2], points[1::2], strict=True))
    if close:
        pairs.append(pairs[0])
    for piece in pieces(pairs):
        flat = [number for pair in piece for number in pair]
        SmoothLine(points=flat, width=max(1.0, width / 2 + 0.6), overdraw_width=1.2)
        _disc(piece[0], width)
    _disc(pairs[-1], width)


def curve(points: Sequence[float], width: float) -> None:
    """Draw a line of short pieces that bends nowhere much; round at its ends."""
    SmoothLine(points=list(points), width=max(1.0, width / 2 + 0.6), overdraw_width=1.2)
    _disc((points[0], points[1]), width)
    _disc((points[-2], points[-1]), width)


def pieces(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Cut a line where it bends: its own joint is a spike there, the sharper the longer."""
    parts = [[pairs[0]]]
    for index, pair in enumerate(pairs[1:], 1):
        parts[-1].append(pair)
        if index < len(pairs) - 1 and _bend(*pairs[index - 1 : index + 2]) > BEND:
            parts.append([pair])
    return parts


def _disc(middle: Pair, size: float) -> None:
    x, y = middle
    SmoothEllipse(pos=(x - size / 2, y - size / 2), size=(size, size))


def arc(x: float, y: float, radius: float, begin: float = 0.0, end: float = 360.0) -> list[float]:
    """Points of an arc, degrees clockwise from the top."""
    steps = max(8, int(abs(end - begin) / 4))
    points: list[float] = []
    for step in range(steps + 1):
        angle = math.radians(begin + (end - begin) * step / steps)
        points += [x + radius * math.sin(angle), y + radius * math.cos(angle)]
    return points


def _bend(a: Pair, b: Pair, c: Pair) -> float:
    before = math.atan2(b[1] - a[1], b[0] - a[0])
    after = math.atan2(c[1] - b[1], c[0] - b[0])
    turn = abs(math.degrees(after - before)) % 360
    return min(turn, 360 - turn)
