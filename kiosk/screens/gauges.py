"""What is read like an instrument: time as a ring, speed against its band, chart, QR."""

from __future__ import annotations

import itertools
import math
from typing import Any, Final

import segno
from kivy.clock import Clock
from kivy.graphics import (
    Color,
    Line,
    PopMatrix,
    PushMatrix,
    Rectangle,
    SmoothRoundedRectangle,
    Translate,
)
from kivy.properties import (
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.widget import Widget

from kiosk.screens import theme
from kiosk.screens.strokes import curve, stroke

STEPS: Final = 120
"""Of a ring, once around."""


class Drawn(Widget):
    """A widget that draws itself whole, once a frame at most, when something shown changed."""

    redraw_on: tuple[str, ...] = ()

    def __init__(self, **kwargs: Any) -> None:
        """Draw now, and whenever a listed property, the place or the size changes."""
        super().__init__(**kwargs)
        self.redraw = Clock.create_trigger(self._redraw, -1)
        for prop in ("pos", "size", "opacity", *self.redraw_on):
            self.fbind(prop, self.redraw)
        self.redraw()

    def _redraw(self, *_: object) -> None:
        self.canvas.clear()
        if self.opacity > 0:
            with self.canvas:
                self.draw()

    def draw(self) -> None:
        """Add the instructions; the canvas is open and empty.

        Only x, y, width and height: ``right`` or ``center_x`` may still be those of before.
        """


class Ring(Drawn):
    """Time left: a ring around the box, clockwise from the top; round, or long as a track."""

    redraw_on = ("left", "track", "color", "stroke")
    share = NumericProperty(1.0)
    left = NumericProperty(STEPS)
    """The share in steps of the way around: less than one is not seen, and not drawn."""
    stroke = NumericProperty(3.0)
    track = ColorProperty(theme.TRACK)
    color = ColorProperty(theme.DARK.accent)

    def on_share(self, _ring: Ring, share: float) -> None:
        """Draw anew only what is seen."""
        self.left = round(STEPS * min(1.0, max(0.0, share)))

    def draw(self) -> None:
        """A full track, and over it what is left."""
        half = theme.u(self.stroke) / 2
        points = _track(self.x + half, self.y + half, self.width - 2 * half, self.height - 2 * half)
        Color(*self.track)
        curve(points, half * 1.1)
        if self.left >= 1:
            Color(*self.color)
            curve(points[-2 * self.left - 2 :], 2 * half)


def _track(x: float, y: float, width: float, height: float) -> list[float]:
    """Points around a stadium, clockwise from the middle of its top back to there."""
    radius = min(width, height) / 2
    corners = (
        (x + width - radius, y + height - radius, 90),
        (x + width - radius, y + radius, 0),
        (x + radius, y + radius, -90),
        (x + radius, y + height - radius, -180),
    )
    points = [x + width / 2, y + height]
    for middle_x, middle_y, start in corners:
        for step in range(0, 91, 3):
            angle = math.radians(start - step)
            points += [middle_x + radius * math.cos(angle), middle_y + radius * math.sin(angle)]
    return _evenly([*points, x + width / 2, y + height])


def _evenly(points: list[float], count: int = STEPS) -> list[float]:
    """The same way in equal steps, so that a share of the points is a share of the way."""
    pairs = list(zip(points[::2], points[1::2], strict=True))
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(pairs)]
    whole, even, index, behind = sum(lengths) or 1.0, [*pairs[0]], 0, 0.0
    for number in range(1, count):
        goal = whole * number / count
        while index < len(lengths) - 1 and behind + lengths[index] < goal:
            behind += lengths[index]
            index += 1
        share = (goal - behind) / (lengths[index] or 1.0)
        (ax, ay), (bx, by) = pairs[index], pairs[index + 1]
        even += [ax + (bx - ax) * share, ay + (by - ay) * share]
    return [*even, *pairs[-1]]


class ShareBar(Drawn):
    """How much of something is done, as a bar on a light screen."""

    redraw_on = ("share",)
    share = NumericProperty(0.0)

    def draw(self) -> None:
        """An edge all around, and from the left what is done."""
        edge = theme.u(0.35)
        Color(*theme.LIGHT.line)
        SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=[self.height / 2])
        wide, high = self.width - 2 * edge, self.height - 2 * edge
        Color(*theme.LIGHT.card)
        SmoothRoundedRectangle(
            pos=(self.x + edge, self.y + edge), size=(wide, high), radius=[high / 2]
        )
        if self.share > 0:
            done = max(high, wide * min(1.0, self.share))
            Color(*theme.LIGHT.accent)
            SmoothRoundedRectangle(
                pos=(self.x + edge, self.y + edge), size=(done, high), radius=[high / 2]
            )


HALF_MM: Final = 1.7
"""Half a marker's width."""


class BandBar(Drawn):
    """Speed against the target band: a wide bar, the band in it, a marker at the speed."""

    redraw_on = ("low", "high", "full", "judged")
    kmh = NumericProperty(None, allownone=True)
    low = NumericProperty(0.8)
    high = NumericProperty(1.2)
    full = NumericProperty(2.4)
    judged = StringProperty("unknown")

    def __init__(self, **kwargs: Any) -> None:
        """A new speed moves the marker, and nothing is drawn anew for it."""
        self._marker = Translate()
        self._is_marked = False
        super().__init__(**kwargs)
        self.fbind("kmh", self._move)

    def draw(self) -> None:
        """The band is the bright part; the marker is a needle with a head, amber out of it."""
        inset = theme.u(1.6)
        high, y = self.height - 2 * inset, self.y + inset
        radius = [high / 2]
        Color(*theme.DARK.card)
        SmoothRoundedRectangle(pos=(self.x, y), size=(self.width, high), radius=radius)
        Color(*theme.DARK.line)
        Line(rounded_rectangle=(self.x, y, self.width, high, high / 2), width=theme.u(0.25))
        left, right = self._at(self.low), self._at(self.high)
        Color(*theme.DARK.accent)
        SmoothRoundedRectangle(pos=(left, y), size=(right - left, high), radius=[theme.u(1.4)])
        self._is_marked = self.kmh is not None
        if not self._is_marked:
            return
        half, edge = theme.u(HALF_MM), theme.u(0.9)
        out = self.judged in {"low", "high"}
        self._move()
        PushMatrix()
        self.canvas.add(self._marker)
        Color(*theme.DARK.ground)
        SmoothRoundedRectangle(
            pos=(-half - edge, self.y - edge),
            size=(2 * (half + edge), self.height + 2 * edge),
            radius=[half + edge],
        )
        Color(*(theme.AMBER if out else theme.WHITE))
        SmoothRoundedRectangle(pos=(-half, self.y), size=(2 * half, self.height), radius=[half])
        PopMatrix()

    def _move(self, *_: object) -> None:
        if self._is_marked is not (self.kmh is not None):
            self.redraw()
        elif self.kmh is not None:
            half = theme.u(HALF_MM)
            inside = min(max(self._at(self.kmh), self.x + half), self.x + self.width - half)
            self._marker.x = inside

    def _at(self, kmh: float) -> float:
        return float(self.x + self.width * min(1.0, max(0.0, kmh / (self.full or 1.0))))


class Chart(Drawn):
    """Speed over time, the target as a band behind it. Its numbers are texts of the screen."""

    redraw_on = ("view",)
    view = ObjectProperty(None, allownone=True)

    def draw(self) -> None:
        """Bands with their edges, the scale's lines, then the speed; unknown, it has a gap."""
        if self.view is None:
            return
        edge = max(1.0, theme.u(0.5))
        for begin, end, low, high in self.view.bands:
            left, wide = self.x + begin * self.width, (end - begin) * self.width
            foot, top = self.level(low), self.level(high)
            Color(*theme.BAND)
            Rectangle(pos=(left, foot), size=(wide, top - foot))
            Color(*theme.LIGHT.accent)
            Rectangle(pos=(left, foot), size=(wide, edge))
            Rectangle(pos=(left, top - edge), size=(wide, edge))
        Color(*theme.LIGHT.line)
        thin = max(1.0, round(theme.u(0.2)))
        for kmh, _words in self.view.ticks:
            Rectangle(
                pos=(self.x, round(self.level(kmh) - thin / 2)),
                size=(self.width, thin if kmh else 2 * thin),
            )
        Color(*theme.LIGHT.ink)
        for part in self.view.speed:
            points = []
            for share, kmh in part:
                points += [self.x + share * self.width, self.level(kmh)]
            stroke(points, theme.u(1.1))

    def level(self, kmh: float) -> float:
        """Return how high (px) a speed stands."""
        full = self.view.full_kmh if self.view is not None else 1.0
        return float(self.y + self.height * min(1.0, kmh / (full or 1.0)))


class QrCode(Drawn):
    """A QR code of a text. Black on white with its quiet zone, whatever the page's colours."""

    redraw_on = ("text",)
    text = StringProperty("")

    def draw(self) -> None:
        """Whole pixels a module: phones read that best."""
        if not self.text:
            return
        rows = list(segno.make_qr(self.text, error="m").matrix_iter(scale=1, border=4))
        module = int(min(self.size) // len(rows))
        side = module * len(rows)
        left = round(self.x + (self.width - side) / 2)
        top = round(self.y + (self.height + side) / 2)
        Color(1, 1, 1, 1)
        Rectangle(pos=(left, top - side), size=(side, side))
        Color(0, 0, 0, 1)
        for number, row in enumerate(rows):
            begin = None
            for column, dark in enumerate([*row, 0]):
                if dark and begin is None:
                    begin = column
                elif not dark and begin is not None:
                    Rectangle(
                        pos=(left + begin * module, top - (number + 1) * module),
                        size=((column - begin) * module, module),
                    )
                    begin = None
