"""Words on the glass, measured by the height of their capitals. Looks: widgets.kv."""

from __future__ import annotations

from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Rectangle
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.screens import theme


class Text(Label):
    """Words that flow over as many lines as their width asks for; as high as they are."""

    cap = NumericProperty(theme.BODY)


class Caps(Widget):
    """One line whose box is exactly its capitals high, so that figures align to the millimetre.

    Of ``choices`` the first that fits the width is shown; ``text`` is the only choice otherwise.
    Descenders hang out of the box: leave ``theme.DROP_EM`` below words.
    """

    text = StringProperty("")
    choices = ListProperty([])
    cap = NumericProperty(theme.MOVING)
    bold = BooleanProperty(True)
    color = ColorProperty((1, 1, 1, 1))
    halign = OptionProperty("left", options=("left", "center", "right"))
    shown = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        """Make the texture when a text, size or weight changes; move it when the box does."""
        self.texture: Any = None
        super().__init__(**kwargs)
        with self.canvas:
            self._color = Color(*self.color)
            self._rect = Rectangle()
        for prop in ("text", "choices", "cap", "bold", "width"):
            self.fbind(prop, self._render)
        for prop in ("pos", "size", "halign"):
            self.fbind(prop, self._place)
        self.fbind("color", self._tint)
        self._render()

    def _render(self, *_: object) -> None:
        for text in self.choices or [self.text]:
            label = CoreLabel(text=text, font_size=theme.font(self.cap), bold=self.bold)
            label.refresh()
            self.texture = label.texture
            self.shown = text
            if self.texture is None or self.texture.width <= self.width + 1:
                break
        self._place()

    def _place(self, *_: object) -> None:
        texture = self.texture if self.shown else None
        self._rect.texture = texture
        if texture is None:
            self._rect.size = (0, 0)
            return
        spare = self.width - texture.width
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[self.halign]
        size = theme.font(self.cap)
        baseline = texture.height - (theme.TOP_EM + theme.CAP_EM) * size
        foot = self.y + (self.height - theme.u(self.cap)) / 2
        self._rect.size = texture.size
        self._rect.pos = (round(self.x + spare * share), round(foot - baseline))

    def _tint(self, *_: object) -> None:
        self._color.rgba = self.color

    @property
    def drawn(self) -> tuple[float, float, float, float]:
        """Where the texture lies: x, y, width, height."""
        return (*self._rect.pos, *self._rect.size)
