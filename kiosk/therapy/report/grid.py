"""The ground of a report's chart: where a value stands, grid lines, limits and labels. Pure.

All charts have one size, so that they stand in rows. Lengths are units of the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kiosk.export.drawing import (
    ACCENT,
    BAD,
    HAIR,
    LINE,
    Box,
    Drawing,
    Mark,
    Stroke,
    Text,
    figure,
)

WIDTH: Final = 300.0
HEIGHT: Final = 142.0
_LEFT: Final = 36.0
_RIGHT: Final = 296.0
_TOP: Final = 10.0
_BOTTOM: Final = 118.0
_UNDER: Final = 17.0
_LETTER: Final = 7.2
"""About as wide as a letter of a label."""
_DASH: Final = 7.0
_WIDEST: Final = 22.0


class Plot(NamedTuple):
    """The place of so many slots and of the values from ``low`` to ``high``."""

    slots: int
    low: float
    high: float

    def x(self, index: int) -> float:
        """Return the middle of a slot."""
        return _LEFT + (_RIGHT - _LEFT) * (index + 0.5) / self.slots

    def y(self, value: float) -> float:
        """Return the height of a value; one outside is drawn at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return _BOTTOM - (_BOTTOM - _TOP) * share

    def slot(self, index: int) -> tuple[float, float]:
        """Return the left edge and the width of a bar."""
        width = min(_WIDEST, (_RIGHT - _LEFT) / self.slots * 0.7)
        return self.x(index) - width / 2, width


def drawing(
    key: str,
    title: str,
    says: str,
    marks: Sequence[Mark],
    head: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
) -> Drawing:
    """Return a chart of the one size."""
    return Drawing(key, title, says, WIDTH, HEIGHT, tuple(marks), head, tuple(rows))


def lines(plot: Plot, step: float) -> list[Mark]:
    """Return the grid lines with their figures, the lowest one strong."""
    marks: list[Mark] = []
    for index in range(round((plot.high - plot.low) / step) + 1):
        value = plot.low + index * step
        y = plot.y(value)
        marks.append(Stroke(((_LEFT, y), (_RIGHT, y)), HAIR if index else LINE, 1.0))
        marks.append(Text(_LEFT - 7, y + 4.5, figure(value), "end"))
    return marks


def bars(plot: Plot, values: Sequence[float | None]) -> list[Mark]:
    """Return a bar for each known value; zero is a bar too, hardly more than the line."""
    marks: list[Mark] = []
    for index, value in enumerate(values):
        if value is not None:
            left, width = plot.slot(index)
            y = min(plot.y(value), plot.y(plot.low) - 1.2)
            marks.append(Box(left, y, width, plot.y(plot.low) - y, ACCENT))
    return marks


def limit(plot: Plot, value: float, name: str) -> list[Mark]:
    """Return a broken line at a limit, with its name above its right end."""
    y = plot.y(value)
    marks: list[Mark] = []
    x = _LEFT
    while x < _RIGHT:
        marks.append(Stroke(((x, y), (min(x + _DASH, _RIGHT), y)), BAD, 1.6))
        x += 1.7 * _DASH
    marks.append(Text(_RIGHT, y - 4, name, "end", BAD, True))
    return marks


def under(plot: Plot, labels: Sequence[str], what: str) -> list[Mark]:
    """Return as many labels under the slots as fit, with what they count at the left."""
    room = (len(labels[-1]) + 1.5) * _LETTER
    every = max(1, -(-int(room * plot.slots) // int(_RIGHT - _LEFT)))
    marks: list[Mark] = [
        Text(plot.x(index), _BOTTOM + _UNDER, labels[index], "middle")
        for index in range(0, len(labels), every)
    ]
    return [*marks, Text(0.0, _BOTTOM + _UNDER, what, "start")]


def ends(plot: Plot, first: str, last: str) -> list[Mark]:
    """Return the labels of the first and the last slot."""
    if not last:
        return [Text(plot.x(0), _BOTTOM + _UNDER, first, "middle")]
    return [
        Text(_LEFT, _BOTTOM + _UNDER, first, "start"),
        Text(_RIGHT, _BOTTOM + _UNDER, last, "end"),
    ]
