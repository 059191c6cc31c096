"""A chart of a person's sessions, drawn: bars, lines, pairs and weeks, each with its own shapes."""

from __future__ import annotations

from typing import Final

from kivy.graphics import Color, Line, Mesh, Rectangle, SmoothEllipse, SmoothRoundedRectangle
from kivy.properties import ObjectProperty

from kiosk.screens import theme
from kiosk.screens.charting import ChartView
from kiosk.screens.gauges import Drawn
from kiosk.screens.strokes import stroke

BAND: Final = theme.rgb("9FD8CC")
"""A band of targets; as on the summary."""
WIDEST: Final = 8.0
"""Of a bar, in mm: a single one is no wall."""


class Graph(Drawn):
    """The drawing itself. Lines at the marks, then what was walked."""

    redraw_on = ("view",)
    view = ObjectProperty(None, allownone=True)

    def draw(self) -> None:
        """From the back to the front."""
        view: ChartView | None = self.view
        if view is None or self.width <= 0 or self.height <= 0:
            return
        if view.band is not None:
            low, high = (self.level(value) for value in view.band)
            Color(*BAND)
            Rectangle(pos=(self.x, low), size=(self.width, high - low))
        for value, _text in view.marks:
            Color(*theme.LIGHT.line[:3], 0.55)
            thin = max(1.0, theme.u(0.2))
            Rectangle(pos=(self.x, round(self.level(value))), size=(self.width, thin))
        getattr(self, f"_{view.shape}")(view)
        if view.limit is not None:
            Color(*theme.BAD)
            dashes(self.x, self.level(view.limit), self.width)

    def level(self, value: float) -> float:
        """Return where a value lies."""
        view: ChartView = self.view
        share = (value - view.low) / ((view.full - view.low) or 1.0)
        return float(self.y + self.height * min(1.0, max(0.0, share)))

    def _slots(self, view: ChartView) -> tuple[list[float], float]:
        """Return the middles of the sessions' places, and how wide something there may be."""
        slot = self.width / max(1, len(view.values))
        middles = [self.x + slot * (index + 0.5) for index in range(len(view.values))]
        return middles, min(slot * 0.72, theme.u(WIDEST))

    def _bars(self, view: ChartView) -> None:
        middles, wide = self._slots(view)
        Color(*theme.LIGHT.accent)
        for x, (value,) in zip(middles, view.values, strict=True):
            if value is not None:
                self._bar(x, value, wide)

    def _bar(self, x: float, value: float, wide: float) -> None:
        foot = self.level(0.0)
        high = max(theme.u(0.5), self.level(value) - foot)
        round_ = min(wide / 3, theme.u(0.9), high / 2)
        SmoothRoundedRectangle(
            pos=(x - wide / 2, foot), size=(wide, high), radius=[round_, round_, 0, 0]
        )

    def _weeks(self, view: ChartView) -> None:
        middles, wide = self._slots(view)
        edge = max(1.0, theme.u(0.3))
        for x, (came, asked, over) in zip(middles, view.values, strict=True):
            Color(*theme.LIGHT.accent)
            if came:
                self._bar(x, came, wide * 0.72)
            foot = self.level(0.0)
            Color(*theme.LIGHT.ink)
            left, top = x - wide / 2, self.level(asked or 0.0)
            right = x + wide / 2
            if over:
                Line(points=[left, foot, left, top, right, top, right, foot], width=edge)
            else:  # the week that runs owes nothing yet: its frame is open
                corner = theme.u(1.6)
                for side, way in ((left, 1), (right, -1)):
                    reach = side + way * min(corner, wide / 3)
                    Line(points=[side, top - corner, side, top, reach, top], width=edge)

    def _line(self, view: ChartView) -> None:
        middles, wide = self._slots(view)
        parts: list[list[float]] = [[]]
        for x, (value,) in zip(middles, view.values, strict=True):
            if value is None:
                parts.append([])
            else:
                parts[-1] += [x, self.level(value)]
        Color(*theme.LIGHT.accent)
        for part in parts:
            if len(part) > 2:
                stroke(part, theme.u(0.7))
        size = min(theme.u(2.8), max(theme.u(1.9), wide))
        for x, (value,) in zip(middles, view.values, strict=True):
            if value is not None:
                self._point(x, value, size, view.limit)

    def _pairs(self, view: ChartView) -> None:
        middles, wide = self._slots(view)
        size = min(theme.u(3.6), max(theme.u(2.7), wide))
        aside = min(wide * 0.35, theme.u(2.0))
        for x, (before, after) in zip(middles, view.values, strict=True):
            if before is not None and after is not None:
                Color(*theme.LIGHT.line)
                ends = [x - aside, self.level(before), x + aside, self.level(after)]
                stroke(ends, theme.u(0.6))
            if before is not None:
                ring(x - aside, self.level(before), size)
            if after is not None:
                self._point(x + aside, after, size * 0.92, view.limit)

    def _point(self, x: float, value: float, size: float, limit: float | None) -> None:
        """A disc; at the limit or over it a triangle, which is also larger."""
        y = self.level(value)
        if limit is not None and value >= limit:
            Color(*theme.BAD)
            triangle(x, y, size * 1.35)
        else:
            Color(*theme.LIGHT.accent)
            SmoothEllipse(pos=(x - size / 2, y - size / 2), size=(size, size))


def ring(x: float, y: float, size: float) -> None:
    """Draw a hollow point, with the ground in it."""
    Color(*theme.LIGHT.accent)
    SmoothEllipse(pos=(x - size / 2, y - size / 2), size=(size, size))
    inner = size - 2 * max(1.2, theme.u(0.45))
    Color(*theme.WHITE)
    SmoothEllipse(pos=(x - inner / 2, y - inner / 2), size=(inner, inner))


def triangle(x: float, y: float, size: float) -> None:
    """Draw a point that warns."""
    half = size / 2
    corners = [x, y + half, x + half, y - half * 0.8, x - half, y - half * 0.8]
    vertices = [v for i in range(0, 6, 2) for v in (corners[i], corners[i + 1], 0.0, 0.0)]
    Mesh(vertices=vertices, indices=[0, 1, 2], mode="triangles")
    stroke(corners, max(1.0, theme.u(0.3)), close=True)


def dashes(x: float, y: float, width: float) -> None:
    """Draw a dashed line."""
    long, thick, at = theme.u(2.2), max(1.5, theme.u(0.45)), 0.0
    while at < width:
        Rectangle(pos=(x + at, y - thick / 2), size=(min(long, width - at), thick))
        at += long * 1.7
