"""The pictures: symbols of a well-kept set, from its font, and our own where the set has none.

A symbol is drawn as the font has it at just so many pixels, so it is sharp at any size, and once
for all the places where it stands. Our own drawings are in ``shapes.py``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.graphics import ClearBuffers, ClearColor, Color, Fbo, Rectangle
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.screens import symbols
from kiosk.screens.shapes import SHAPES, Frame, draw_shape

KEPT: Final = 256
"""Drawn symbols that are kept, each of one size: more than all pages together show."""


@lru_cache(maxsize=KEPT)
def drawn(name: str, px: int) -> Any:
    """Return the texture of a symbol, white, ``px`` wide and high; None: the set has none."""
    letter = symbols.letter(name)
    if letter is None or px < 1:
        return None
    label = CoreLabel(
        text=letter,
        font_name=str(symbols.FONT),
        font_size=px,
        font_hinting=None,
        color=(1, 1, 1, 1),
    )
    label.refresh()
    return label.texture


class Icon(Widget):
    """A picture in the middle of its box, as large as the box's shorter side."""

    name = StringProperty("")
    color = ColorProperty((0, 0, 0, 1))
    ground = ColorProperty((0, 0, 0, 0))
    """What shows through where a shape of our own cuts another."""
    grow = NumericProperty(1.0)
    flip = BooleanProperty(False)
    """Whether it is seen in a mirror: the other hand."""

    def __init__(self, **kwargs: Any) -> None:
        """Draw anew whenever something shown changes."""
        super().__init__(**kwargs)
        # Before the next frame, once: laying a page out moves each picture several times.
        later = Clock.create_trigger(self._draw, -1)
        for prop in ("pos", "size", "name", "color", "ground", "grow", "flip", "opacity"):
            self.fbind(prop, later)
        later()

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        if self.opacity <= 0 or not self.name:
            return
        side = min(self.size) * self.grow
        if side < 1:
            return
        left, low = self.x + (self.width - side) / 2, self.y + (self.height - side) / 2
        px, texture = round(side), None
        if self.name in SHAPES:
            # Before the canvas is open: it would take the making of the picture in as well.
            texture = _own(self.name, px, tuple(self.color), tuple(self.ground), self.flip)
        with self.canvas:
            if texture is not None:
                Color(1, 1, 1, 1)
                Rectangle(pos=(round(left), round(low)), size=(px, px), texture=texture)
            else:
                Color(*self.color)
                draw_symbol(self.name, Frame(left, low, side, self.flip))


@lru_cache(maxsize=KEPT)
def _own(
    name: str, px: int, color: tuple[float, ...], ground: tuple[float, ...], flip: bool
) -> Any:
    """Return the texture of a drawing of our own; a frame then pays for one rectangle, not forty.

    Its empty pixels have the colour too, without being seen: else smooth edges would be dark.
    """
    fbo, frame = Fbo(size=(px, px)), Frame(0, 0, px, flip)
    with fbo:
        ClearColor(*color[:3], 0)
        ClearBuffers()
        Color(*color)
        for shape in SHAPES[name]:
            if shape.kind in CUTS:
                Color(*ground)
            if not (shape.symbol and draw_symbol(shape.symbol, frame.part(shape.numbers))):
                draw_shape(shape, frame)
            if shape.kind in CUTS:
                Color(*color)
    fbo.draw()
    return fbo.texture


def is_known(name: str) -> bool:
    """Say whether there is such a picture; none at all, "", is one too."""
    return not name or name in SHAPES or name in PICTURES or symbols.letter(name) is not None


PICTURES: Final = frozenset({"mark", "turns"})
"""Pictures of other shapes than a square's: ``guide.py`` draws them."""
CUTS: Final = frozenset({"cut", "cutout"})
"""Shapes that are drawn in the colour of the ground."""


def draw_symbol(name: str, frame: Frame) -> bool:
    """Draw a symbol into the open canvas, on whole pixels; False: the set does not have it."""
    texture = drawn(name, round(frame.side))
    if texture is None:
        return False
    coords = list(texture.tex_coords)
    if frame.flip:
        coords = coords[2:4] + coords[0:2] + coords[6:8] + coords[4:6]
    Rectangle(
        pos=(round(frame.left), round(frame.low)),
        size=texture.size,
        texture=texture,
        tex_coords=coords,
    )
    return True
