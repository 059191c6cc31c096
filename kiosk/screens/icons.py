"""The pictures, drawn as strokes and shapes in a unit square: sharp at any size, no font needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kivy.clock import Clock
from kivy.graphics import Color, Mesh, SmoothEllipse, SmoothRoundedRectangle
from kivy.properties import ColorProperty, NumericProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.screens.strokes import arc, stroke

Op = tuple[str, tuple[float, ...], float]
"""A shape: what it is, its numbers in the unit square (y up), and a width or radius."""

_OCTAGON: Final = (
    0.31, 0.05, 0.69, 0.05, 0.95, 0.31, 0.95, 0.69,
    0.69, 0.95, 0.31, 0.95, 0.05, 0.69, 0.05, 0.31,
)  # fmt: skip
_TRIANGLE: Final = (0.5, 0.92, 0.96, 0.1, 0.04, 0.1)
_HAND: Final[tuple[Op, ...]] = (
    ("box", (0.27, 0.08, 0.46, 0.44), 0.16),
    ("stroke", (0.335, 0.4, 0.335, 0.76), 0.105),
    ("stroke", (0.45, 0.4, 0.45, 0.88), 0.105),
    ("stroke", (0.565, 0.4, 0.565, 0.86), 0.105),
    ("stroke", (0.675, 0.4, 0.675, 0.74), 0.1),
    ("stroke", (0.34, 0.24, 0.13, 0.5), 0.11),
)
_STANDS: Final[tuple[Op, ...]] = (
    ("disc", (0.34, 0.84, 0.11), 0),
    ("stroke", (0.34, 0.64, 0.34, 0.4), 0.14),
    ("stroke", (0.34, 0.4, 0.24, 0.06), 0.1),
    ("stroke", (0.34, 0.4, 0.44, 0.06), 0.1),
    ("stroke", (0.84, 0.06, 0.84, 0.6), 0.07),
    ("stroke", (0.72, 0.7, 0.94, 0.52), 0.1),
)
"""Somebody beside a console."""

SHAPES: Final[dict[str, tuple[Op, ...]]] = {
    "check": (("stroke", (0.14, 0.5, 0.4, 0.24, 0.86, 0.78), 0.13),),
    "cross": (
        ("stroke", (0.2, 0.2, 0.8, 0.8), 0.13),
        ("stroke", (0.2, 0.8, 0.8, 0.2), 0.13),
    ),
    "back": (("stroke", (0.62, 0.16, 0.3, 0.5, 0.62, 0.84), 0.12),),
    "next": (("stroke", (0.38, 0.16, 0.7, 0.5, 0.38, 0.84), 0.12),),
    "erase": (
        ("loop", (0.3, 0.2, 0.94, 0.2, 0.94, 0.8, 0.3, 0.8, 0.05, 0.5), 0.09),
        ("stroke", (0.46, 0.36, 0.74, 0.64), 0.1),
        ("stroke", (0.46, 0.64, 0.74, 0.36), 0.1),
    ),
    "up": (("stroke", (0.18, 0.4, 0.5, 0.72, 0.82, 0.4), 0.14),),
    "down": (("stroke", (0.18, 0.6, 0.5, 0.28, 0.82, 0.6), 0.14),),
    "faster": (
        ("poly", (0.5, 0.94, 0.94, 0.48, 0.06, 0.48), 0),
        ("box", (0.34, 0.08, 0.32, 0.44), 0.06),
    ),
    "slower": (
        ("poly", (0.5, 0.06, 0.06, 0.52, 0.94, 0.52), 0),
        ("box", (0.34, 0.48, 0.32, 0.44), 0.06),
    ),
    "plus": (("stroke", (0.5, 0.18, 0.5, 0.82), 0.13), ("stroke", (0.18, 0.5, 0.82, 0.5), 0.13)),
    "minus": (("stroke", (0.18, 0.5, 0.82, 0.5), 0.13),),
    "pause": (("box", (0.2, 0.14, 0.2, 0.72), 0.05), ("box", (0.6, 0.14, 0.2, 0.72), 0.05)),
    "play": (("poly", (0.26, 0.12, 0.26, 0.88, 0.88, 0.5), 0),),
    "octagon": (("loop", _OCTAGON, 0.08), ("stroke", (0.3, 0.5, 0.7, 0.5), 0.12)),
    "warning": (
        ("loop", _TRIANGLE, 0.09),
        ("stroke", (0.5, 0.36, 0.5, 0.6), 0.09),
        ("disc", (0.5, 0.23, 0.055), 0),
    ),
    "info": (
        ("ring", (0.5, 0.5, 0.44), 0.08),
        ("stroke", (0.5, 0.24, 0.5, 0.54), 0.1),
        ("disc", (0.5, 0.72, 0.06), 0),
    ),
    "lock": (
        ("box", (0.18, 0.08, 0.64, 0.46), 0.08),
        ("stroke", (0.31, 0.52, 0.31, 0.68), 0.09),
        ("stroke", (0.69, 0.52, 0.69, 0.68), 0.09),
        ("arc", (0.5, 0.68, 0.19, -90, 90), 0.09),
    ),
    "key": (
        ("ring", (0.28, 0.5, 0.19), 0.1),
        ("stroke", (0.48, 0.5, 0.94, 0.5), 0.1),
        ("stroke", (0.74, 0.48, 0.74, 0.3), 0.1),
        ("stroke", (0.9, 0.48, 0.9, 0.34), 0.1),
    ),
    "pulse": (
        ("stroke", (0.04, 0.5, 0.28, 0.5, 0.4, 0.82, 0.58, 0.18, 0.7, 0.5, 0.96, 0.5), 0.09),
    ),
    "belt": (
        ("outline", (0.05, 0.3, 0.9, 0.4), 0.08),
        ("ring", (0.25, 0.5, 0.07), 0.07),
        ("ring", (0.75, 0.5, 0.07), 0.07),
    ),
    "page": (
        ("outline", (0.2, 0.06, 0.6, 0.88), 0.08),
        ("stroke", (0.35, 0.66, 0.65, 0.66), 0.08),
        ("stroke", (0.35, 0.48, 0.65, 0.48), 0.08),
        ("stroke", (0.35, 0.3, 0.52, 0.3), 0.08),
    ),
    "on": (
        ("outline", (0.1, 0.1, 0.8, 0.8), 0.08),
        ("stroke", (0.27, 0.5, 0.44, 0.32, 0.74, 0.69), 0.12),
    ),
    "off": (("outline", (0.1, 0.1, 0.8, 0.8), 0.08),),
    "export": (
        ("stroke", (0.5, 0.3, 0.5, 0.92), 0.1),
        ("stroke", (0.28, 0.7, 0.5, 0.92, 0.72, 0.7), 0.1),
        ("stroke", (0.12, 0.42, 0.12, 0.1, 0.88, 0.1, 0.88, 0.42), 0.1),
    ),
    "stick": (
        ("outline", (0.27, 0.06, 0.46, 0.58), 0.08),
        ("stroke", (0.36, 0.64, 0.36, 0.92, 0.64, 0.92, 0.64, 0.64), 0.08),
        ("stroke", (0.5, 0.76, 0.5, 0.79), 0.07),
        ("stroke", (0.42, 0.24, 0.58, 0.24), 0.08),
    ),
    "gear": (
        ("ring", (0.5, 0.5, 0.26), 0.12),
        ("stroke", (0.5, 0.8, 0.5, 0.93), 0.15),
        ("stroke", (0.5, 0.07, 0.5, 0.2), 0.15),
        ("stroke", (0.07, 0.5, 0.2, 0.5), 0.15),
        ("stroke", (0.8, 0.5, 0.93, 0.5), 0.15),
        ("stroke", (0.2, 0.2, 0.29, 0.29), 0.15),
        ("stroke", (0.71, 0.71, 0.8, 0.8), 0.15),
        ("stroke", (0.2, 0.8, 0.29, 0.71), 0.15),
        ("stroke", (0.71, 0.29, 0.8, 0.2), 0.15),
    ),
    "house": (
        ("stroke", (0.06, 0.46, 0.5, 0.9, 0.94, 0.46), 0.1),
        ("stroke", (0.18, 0.4, 0.18, 0.08, 0.82, 0.08, 0.82, 0.4), 0.1),
        ("stroke", (0.42, 0.1, 0.42, 0.34, 0.58, 0.34, 0.58, 0.1), 0.08),
    ),
    "sound": (
        ("poly", (0.06, 0.36, 0.26, 0.36, 0.5, 0.16, 0.5, 0.84, 0.26, 0.64, 0.06, 0.64), 0),
        ("arc", (0.5, 0.5, 0.22, 45, 135), 0.08),
        ("arc", (0.5, 0.5, 0.4, 45, 135), 0.08),
    ),
    "sun": (
        ("disc", (0.5, 0.5, 0.2), 0),
        ("stroke", (0.5, 0.82, 0.5, 0.94), 0.09),
        ("stroke", (0.5, 0.06, 0.5, 0.18), 0.09),
        ("stroke", (0.06, 0.5, 0.18, 0.5), 0.09),
        ("stroke", (0.82, 0.5, 0.94, 0.5), 0.09),
        ("stroke", (0.19, 0.19, 0.27, 0.27), 0.09),
        ("stroke", (0.73, 0.73, 0.81, 0.81), 0.09),
        ("stroke", (0.19, 0.81, 0.27, 0.73), 0.09),
        ("stroke", (0.73, 0.27, 0.81, 0.19), 0.09),
    ),
    "power": (
        ("stroke", (0.5, 0.5, 0.5, 0.92), 0.1),
        ("arc", (0.5, 0.46, 0.36, 35, 325), 0.1),
    ),
    "clock": (
        ("ring", (0.5, 0.5, 0.44), 0.08),
        ("stroke", (0.5, 0.74, 0.5, 0.5, 0.68, 0.4), 0.09),
    ),
    "calendar": (
        ("outline", (0.1, 0.1, 0.8, 0.72), 0.08),
        ("stroke", (0.1, 0.6, 0.9, 0.6), 0.08),
        ("stroke", (0.32, 0.76, 0.32, 0.92), 0.09),
        ("stroke", (0.68, 0.76, 0.68, 0.92), 0.09),
        ("stroke", (0.3, 0.36, 0.7, 0.36), 0.08),
    ),
    "person": (
        ("disc", (0.5, 0.72, 0.2), 0),
        ("box", (0.16, 0.06, 0.68, 0.38), 0.19),
    ),
    "globe": (
        ("ring", (0.5, 0.5, 0.44), 0.08),
        ("stroke", (0.06, 0.5, 0.94, 0.5), 0.07),
        ("stroke", (0.5, 0.06, 0.5, 0.94), 0.07),
        ("arc", (0.82, 0.5, 0.54, 217, 323), 0.07),
        ("arc", (0.18, 0.5, 0.54, 37, 143), 0.07),
    ),
    "shield": (
        ("loop", (0.5, 0.95, 0.88, 0.8, 0.84, 0.4, 0.5, 0.06, 0.16, 0.4, 0.12, 0.8), 0.09),
        ("stroke", (0.34, 0.5, 0.47, 0.37, 0.68, 0.62), 0.09),
    ),
    "search": (("ring", (0.42, 0.58, 0.3), 0.11), ("stroke", (0.65, 0.35, 0.9, 0.1), 0.13)),
    "filter": (
        ("stroke", (0.1, 0.78, 0.9, 0.78), 0.11),
        ("stroke", (0.26, 0.5, 0.74, 0.5), 0.11),
        ("stroke", (0.42, 0.22, 0.58, 0.22), 0.11),
    ),
    "swap": (
        ("stroke", (0.1, 0.66, 0.88, 0.66), 0.1),
        ("stroke", (0.66, 0.9, 0.9, 0.66), 0.1),
        ("stroke", (0.12, 0.34, 0.9, 0.34), 0.1),
        ("stroke", (0.34, 0.1, 0.1, 0.34), 0.1),
    ),
    "same": (
        ("stroke", (0.16, 0.62, 0.84, 0.62), 0.13),
        ("stroke", (0.16, 0.36, 0.84, 0.36), 0.13),
    ),
    "bars": (
        ("stroke", (0.06, 0.08, 0.94, 0.08), 0.09),
        ("box", (0.12, 0.2, 0.18, 0.3), 0.03),
        ("box", (0.41, 0.2, 0.18, 0.66), 0.03),
        ("box", (0.7, 0.2, 0.18, 0.46), 0.03),
    ),
    "bin": (
        ("stroke", (0.1, 0.76, 0.9, 0.76), 0.09),
        ("stroke", (0.38, 0.78, 0.38, 0.92, 0.62, 0.92, 0.62, 0.78), 0.08),
        ("stroke", (0.2, 0.74, 0.26, 0.08, 0.74, 0.08, 0.8, 0.74), 0.09),
        ("stroke", (0.42, 0.58, 0.42, 0.26), 0.07),
        ("stroke", (0.58, 0.58, 0.58, 0.26), 0.07),
    ),
    "import": (
        ("stroke", (0.5, 0.34, 0.5, 0.92), 0.1),
        ("stroke", (0.28, 0.54, 0.5, 0.32, 0.72, 0.54), 0.1),
        ("stroke", (0.12, 0.42, 0.12, 0.1, 0.88, 0.1, 0.88, 0.42), 0.1),
    ),
    "slope": (("poly", (0.04, 0.16, 0.96, 0.16, 0.96, 0.78), 0),),
    "walker": (
        ("disc", (0.56, 0.86, 0.1), 0),
        ("stroke", (0.54, 0.68, 0.5, 0.44), 0.13),
        ("stroke", (0.5, 0.44, 0.6, 0.26, 0.57, 0.06), 0.1),
        ("stroke", (0.5, 0.44, 0.4, 0.24, 0.26, 0.12), 0.1),
        ("stroke", (0.55, 0.68, 0.66, 0.5, 0.84, 0.53), 0.08),
        ("stroke", (0.88, 0.62, 0.88, 0.06), 0.05),
        ("stroke", (0.24, 0.58, 0.1, 0.45, 0.24, 0.32), 0.06),
        ("stroke", (0.1, 0.45, 0.34, 0.45), 0.06),
    ),
    "towards": (
        *_STANDS,
        ("stroke", (0.36, 0.62, 0.6, 0.5), 0.09),
        ("poly", (0.46, 0.94, 0.46, 0.74, 0.6, 0.84), 0),
    ),
    "away": (
        *_STANDS,
        ("stroke", (0.32, 0.62, 0.08, 0.5), 0.09),
        ("poly", (0.22, 0.94, 0.22, 0.74, 0.08, 0.84), 0),
    ),
    "redo": (
        ("arc", (0.5, 0.45, 0.34, 75, 360), 0.1),
        ("poly", (0.48, 0.95, 0.48, 0.63, 0.74, 0.79), 0),
    ),
    "eject": (
        ("poly", (0.5, 0.88, 0.88, 0.44, 0.12, 0.44), 0),
        ("box", (0.1, 0.12, 0.8, 0.16), 0.04),
    ),
    "hand": _HAND,
    "hands": _HAND,
    "nohand": (*_HAND, ("cut", (0.1, 0.1, 0.9, 0.9), 0.2), ("stroke", (0.1, 0.1, 0.9, 0.9), 0.09)),
}  # fmt: skip


class Icon(Widget):
    """A picture in the middle of its box, as large as the box's shorter side."""

    name = StringProperty("")
    color = ColorProperty((0, 0, 0, 1))
    ground = ColorProperty((0, 0, 0, 0))
    """What shows through where a shape cuts another."""
    grow = NumericProperty(1.0)

    def __init__(self, **kwargs: Any) -> None:
        """Draw anew whenever something shown changes."""
        super().__init__(**kwargs)
        # Before the next frame, once: laying a page out moves each picture several times.
        later = Clock.create_trigger(self._draw, -1)
        for prop in ("pos", "size", "name", "color", "ground", "grow"):
            self.fbind(prop, later)
        later()

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        side = min(self.size) * self.grow
        left, low = self.x + (self.width - side) / 2, self.y + (self.height - side) / 2

        def at(numbers: tuple[float, ...]) -> list[float]:
            return [low + n * side if i % 2 else left + n * side for i, n in enumerate(numbers)]

        with self.canvas:
            Color(*self.color)
            for kind, numbers, width in SHAPES.get(self.name, ()):
                if kind == "cut":
                    Color(*self.ground)
                _DRAW[kind](at, numbers, side, width)
                if kind == "cut":
                    Color(*self.color)


At = Callable[[tuple[float, ...]], list[float]]


def _stroke(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    stroke(at(numbers), width * side)


def _loop(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    stroke(at(numbers), width * side, close=True)


def _poly(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    points = at(numbers)
    vertices = [v for i in range(0, len(points), 2) for v in (points[i], points[i + 1], 0.0, 0.0)]
    Mesh(vertices=vertices, indices=list(range(len(points) // 2)), mode="triangle_fan")
    stroke(points, side * 0.05, close=True)


def _disc(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    (x, y), radius = at(numbers[:2]), numbers[2] * side
    SmoothEllipse(pos=(x - radius, y - radius), size=(2 * radius, 2 * radius))


def _ring(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    x, y = at(numbers[:2])
    stroke(arc(x, y, numbers[2] * side), width * side)


def _arc(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    x, y = at(numbers[:2])
    stroke(arc(x, y, numbers[2] * side, numbers[3], numbers[4]), width * side)


def _box(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    size = numbers[2] * side, numbers[3] * side
    SmoothRoundedRectangle(pos=at(numbers[:2]), size=size, radius=[width * side])


def _outline(at: At, numbers: tuple[float, ...], side: float, width: float) -> None:
    x, y = at(numbers[:2])
    wide, high = numbers[2] * side, numbers[3] * side
    corners = [x, y, x + wide, y, x + wide, y + high, x, y + high]
    stroke(corners, width * side, close=True)


_DRAW: Final[dict[str, Callable[[At, tuple[float, ...], float, float], None]]] = {
    "stroke": _stroke,
    "cut": _stroke,
    "loop": _loop,
    "poly": _poly,
    "disc": _disc,
    "ring": _ring,
    "arc": _arc,
    "box": _box,
    "outline": _outline,
}
