"""Our own drawings, for what no set has: hands on the rails, the belt, the slope, who walks.

Each is strokes and shapes in a unit square, as thick as the set's; a symbol of the set may be part
of one. Why each is here stands in the README.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from kivy.graphics import Mesh, SmoothEllipse, SmoothRoundedRectangle

from kiosk.screens.strokes import arc, stroke


class Shape(NamedTuple):
    """One part: what it is, its numbers in the unit square (y up), and a width or radius.

    ``symbol``: a symbol of the set, in a square given by x, y and side; a fourth number that is not
    0 mirrors it.
    """

    kind: str
    numbers: tuple[float, ...]
    width: float = 0.0
    symbol: str = ""


class Frame(NamedTuple):
    """Where the unit square lies on the screen, in pixels; ``flip``: seen in a mirror."""

    left: float
    low: float
    side: float
    flip: bool = False

    def at(self, numbers: tuple[float, ...]) -> list[float]:
        """Return points as pixels."""
        return [
            self.low + n * self.side
            if i % 2
            else self.left + (1 - n if self.flip else n) * self.side
            for i, n in enumerate(numbers)
        ]

    def part(self, numbers: tuple[float, ...]) -> Frame:
        """Return the frame of a square in this one."""
        x, y, side = numbers[:3]
        left = 1 - x - side if self.flip else x
        flip = self.flip ^ bool(numbers[3:] and numbers[3])
        return Frame(self.left + left * self.side, self.low + y * self.side, side * self.side, flip)


def _stadium(x: float, y: float, wide: float, high: float) -> tuple[float, ...]:
    """Return points around a belt seen from its side."""
    end = high / 2
    right = arc(x + wide - end, y + end, end, 0, 180)
    return tuple(right + arc(x + end, y + end, end, 180, 360))


def _symbol(name: str, x: float, y: float, side: float, *, mirrored: bool = False) -> Shape:
    return Shape("symbol", (x, y, side, float(mirrored)), symbol=name)


_THICK: Final = 0.11
"""A line, as thick as the set's."""
_CONSOLE: Final = (
    Shape("stroke", (0.84, 0.08, 0.84, 0.56), 0.1),
    Shape("stroke", (0.74, 0.68, 0.93, 0.52), 0.12),
)
_RAIL: Final = Shape("stroke", (0.08, 0.9, 0.92, 0.9), 0.14)
_STANDS: Final = (
    Shape("disc", (0.5, 0.865, 0.115)),
    Shape("poly", (0.395, 0.68, 0.605, 0.68, 0.585, 0.4, 0.415, 0.4)),
    Shape("stroke", (0.44, 0.42, 0.43, 0.07), 0.105),
    Shape("stroke", (0.56, 0.42, 0.57, 0.07), 0.105),
)
"""Somebody seen from behind, without arms."""
_ON: Final = (
    Shape("stroke", (0.4, 0.665, 0.27, 0.525, 0.11, 0.555), 0.088),
    Shape("disc", (0.105, 0.545, 0.065)),
)
_DOWN: Final = (
    Shape("stroke", (0.4, 0.665, 0.325, 0.54, 0.3, 0.385), 0.088),
    Shape("disc", (0.298, 0.375, 0.055)),
)
"""The left arm: on its rail, and hanging."""
_SIDE_RAIL: Final = (
    Shape("stroke", (0.05, 0.45, 0.16, 0.45), 0.09),
    Shape("stroke", (0.105, 0.45, 0.105, 0.04), 0.065),
)


def _other(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Return strokes and discs of the left on the right."""
    return tuple(
        one._replace(
            numbers=tuple(
                n if i % 2 or (one.kind, i) == ("disc", 2) else 1 - n
                for i, n in enumerate(one.numbers)
            )
        )
        for one in shapes
    )


_SIDE_RAILS: Final = (*_SIDE_RAIL, *_other(_SIDE_RAIL))

SHAPES: Final[dict[str, tuple[Shape, ...]]] = {
    "hold": (
        Shape("box", (0.0, 0.52, 0.19, 0.17), 0.07),
        Shape("box", (0.81, 0.52, 0.19, 0.17), 0.07),
        Shape("stroke", (0.3, 0.46, 0.3, 0.76), 0.118),
        Shape("stroke", (0.433, 0.46, 0.433, 0.81), 0.118),
        Shape("stroke", (0.567, 0.46, 0.567, 0.81), 0.118),
        Shape("stroke", (0.7, 0.46, 0.7, 0.76), 0.118),
        Shape("box", (0.241, 0.26, 0.518, 0.28), 0.13),
        Shape("box", (0.345, 0.04, 0.31, 0.34), 0.05),
        Shape("cut", (0.3, 0.41, 0.59, 0.41), 0.2),
        Shape("stroke", (0.26, 0.41, 0.59, 0.41), 0.13),
    ),
    "reach": (_RAIL, _symbol("hand", 0.14, 0.02, 0.76)),
    "rails": _SIDE_RAILS,
    "arms-both": (*_STANDS, *_ON, *_other(_ON)),
    "arms-left": (*_STANDS, *_ON, *_other(_DOWN)),
    "arms-right": (*_STANDS, *_DOWN, *_other(_ON)),
    "arms-down": (*_STANDS, *_DOWN, *_other(_DOWN)),
    "both": (*_SIDE_RAILS, *_STANDS, *_ON, *_other(_ON)),
    "hold-left": (*_SIDE_RAILS, *_STANDS, *_ON, *_other(_DOWN)),
    "hold-right": (*_SIDE_RAILS, *_STANDS, *_DOWN, *_other(_ON)),
    "free": (*_SIDE_RAILS, *_STANDS, *_DOWN, *_other(_DOWN)),
    "start": (
        Shape("box", (0.02, 0.4, 0.84, 0.56), 0.14),
        Shape("cut", (0.63, 0.5, 0.63, 0.34), 0.36),
        Shape("cutout", (0.06, 0.48, 0.4), symbol="play"),
        _symbol("tap", 0.4, 0.02, 0.64),
    ),
    "estop": (
        Shape("box", (0.04, 0.1, 0.92, 0.2), 0.07),
        Shape("box", (0.33, 0.24, 0.34, 0.32), 0.03),
        Shape("cut", (0.36, 0.34, 0.64, 0.34), 0.06),
        Shape("box", (0.12, 0.5, 0.76, 0.36), 0.17),
    ),
    "railstop": (
        Shape("stroke", (0.09, 0.5, 0.12, 0.5), 0.16),
        Shape("stroke", (0.88, 0.5, 0.91, 0.5), 0.16),
        Shape("disc", (0.5, 0.5, 0.265)),
        Shape("cut", tuple(arc(0.5, 0.5, 0.175)), 0.045),
    ),
    "belt": (
        Shape("loop", _stadium(0.07, 0.29, 0.86, 0.42), _THICK),
        Shape("disc", (0.28, 0.5, 0.095)),
        Shape("disc", (0.72, 0.5, 0.095)),
    ),
    "slope": (Shape("poly", (0.06, 0.18, 0.94, 0.18, 0.94, 0.8)),),
    "stick": (
        Shape("box", (0.24, 0.04, 0.52, 0.62), 0.12),
        Shape("loop", (0.35, 0.6, 0.65, 0.6, 0.65, 0.9, 0.35, 0.9), _THICK),
        Shape("cut", (0.42, 0.22, 0.58, 0.22), 0.09),
    ),
    "walker": (
        _symbol("walks", 0.2, 0.02, 0.96),
        Shape("stroke", (0.1, 0.44, 0.36, 0.44), 0.085),
        Shape("stroke", (0.21, 0.58, 0.08, 0.44, 0.21, 0.3), 0.085),
    ),
    "towards": (_symbol("walks", -0.1, 0.04, 0.92), *_CONSOLE),
    "away": (_symbol("walks", -0.1, 0.04, 0.92, mirrored=True), *_CONSOLE),
}


def draw_shape(shape: Shape, frame: Frame) -> None:
    """Draw one part into the open canvas."""
    _DRAW[shape.kind](shape, frame)


def _stroke(shape: Shape, frame: Frame) -> None:
    stroke(frame.at(shape.numbers), shape.width * frame.side)


def _poly(shape: Shape, frame: Frame) -> None:
    points = frame.at(shape.numbers)
    vertices = [v for i in range(0, len(points), 2) for v in (points[i], points[i + 1], 0.0, 0.0)]
    Mesh(vertices=vertices, indices=list(range(len(points) // 2)), mode="triangle_fan")
    stroke(points, frame.side * 0.06, close=True)


def _disc(shape: Shape, frame: Frame) -> None:
    (x, y), radius = frame.at(shape.numbers[:2]), shape.numbers[2] * frame.side
    SmoothEllipse(pos=(x - radius, y - radius), size=(2 * radius, 2 * radius))


def _box(shape: Shape, frame: Frame) -> None:
    x, y, wide, high = shape.numbers
    SmoothRoundedRectangle(
        pos=frame.at((x + wide if frame.flip else x, y)),
        size=(wide * frame.side, high * frame.side),
        radius=[shape.width * frame.side],
    )


def _loop(shape: Shape, frame: Frame) -> None:
    stroke(frame.at(shape.numbers), shape.width * frame.side, close=True)


def _nothing(shape: Shape, frame: Frame) -> None:
    """A symbol that is not in the set: a test sees to it that there is none."""


_DRAW: Final[dict[str, Callable[[Shape, Frame], None]]] = {
    "stroke": _stroke,
    "cut": _stroke,
    "loop": _loop,
    "poly": _poly,
    "disc": _disc,
    "box": _box,
    "symbol": _nothing,
    "cutout": _nothing,
}
