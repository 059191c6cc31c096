"""The faces of the pain scale, drawn: fonts with such pictures look different everywhere.

They tell pain and not mood: at 0 a calm face that does not smile; then brows that rise to the
nose, eyes that narrow until they are shut tight, a mouth that turns down and opens. None weeps.
"""

from __future__ import annotations

from typing import Final

from kivy.graphics import Color, Mesh, SmoothEllipse
from kivy.properties import ColorProperty, NumericProperty

from kiosk.screens import theme
from kiosk.screens.gauges import Drawn
from kiosk.screens.strokes import arc, stroke

SHUT: Final = 7
"""From this pain on the eyes are shut tight."""
OPEN: Final = 8
"""From this pain on the mouth is open."""


class Face(Drawn):
    """A drawn face for a pain of 0 (calm) to 10 (the worst)."""

    redraw_on = ("level", "color")
    level = NumericProperty(0)
    color = ColorProperty(theme.LIGHT.ink)

    def draw(self) -> None:
        """Brows, eyes and mouth change with the level."""
        side = min(self.size)
        x, y = self.x + self.width / 2, self.y + self.height / 2
        Color(*self.color)
        stroke(arc(x, y, side * 0.455), side * 0.08)
        for sign in (-1, 1):
            self._eye(x, y, sign * side)
        self._mouth(x, y, side)

    def _eye(self, x: float, y: float, side: float) -> None:
        """Draw one with its brow; ``side`` is below zero for the left."""
        pain, unit, pen = self.level, abs(side), abs(side) * 0.062
        if pain < SHUT:
            wide = unit * 0.056
            high = wide * (1 - 0.08 * pain)
            SmoothEllipse(
                pos=(x + side * 0.17 - wide, y + unit * 0.06 - high), size=(2 * wide, 2 * high)
            )
        else:
            # A wedge that points to the nose, the wider open the worse it is.
            lift = unit * (0.05 + 0.008 * (pain - SHUT))
            out, tip, level = x + side * 0.25, x + side * 0.1, y + unit * 0.04
            stroke([out, level + lift, tip, level, out, level - lift], pen)
        if pain >= 1:
            slant = unit * 0.0125 * (min(pain, SHUT) + 1)
            high = y + unit * 0.22
            stroke([x + side * 0.28, high - slant / 2, x + side * 0.1, high + slant / 2], pen)

    def _mouth(self, x: float, y: float, side: float) -> None:
        pain = self.level
        bend, wide = side * 0.024 * min(pain, OPEN), side * (0.17 - 0.004 * pain)
        if pain >= OPEN:
            bend, wide = side * (0.07 + 0.045 * (pain - 7)), side * (0.13 + 0.02 * (pain - 7))
        points: list[float] = []
        for number in range(13):
            share = number / 6 - 1
            points += [x + share * wide, y - side * 0.2 + bend * (0.5 - share * share)]
        if pain < OPEN:
            stroke(points, side * 0.068)
            return
        pairs = zip(points[::2], points[1::2], strict=True)
        flat = [number for pair in pairs for number in (*pair, 0, 0)]
        Mesh(vertices=flat, indices=list(range(13)), mode="triangle_fan")
        stroke(points, side * 0.068, close=True)
