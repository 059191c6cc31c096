"""Words on the glass, measured by the height of their capitals. Looks: widgets.kv."""

from __future__ import annotations

from typing import Any, Final

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, PopMatrix, PushMatrix, Rectangle, Scale
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

from kiosk.cues.texts import numbers
from kiosk.screens import theme

NARROWEST: Final = 0.7
"""How much a word may be condensed where another language needs more room than there is: letters
stay as high as they are. The languages that ship need far less; ``tests/screens`` holds them."""


class Text(Label):
    """Words that flow over as many lines as their width asks for; as high as they are.

    A word that is longer than the line condenses all of them, instead of being broken; so do words
    that need more height than there is ``room`` for (pixels; 0: as much as they need).
    """

    cap = NumericProperty(theme.BODY)
    room = NumericProperty(0)
    squeeze = NumericProperty(1.0)

    def __init__(self, **kwargs: Any) -> None:
        """Measure the words again when they, their size or the line change."""
        super().__init__(**kwargs)
        with self.canvas.before:
            PushMatrix()
            self._scale = Scale(1, 1, 1)
        with self.canvas.after:
            PopMatrix()
        for prop in ("text", "font_size", "bold", "width", "room"):
            self.fbind(prop, self._condense)
        for prop in ("squeeze", "pos", "size"):
            self.fbind(prop, self._draw_narrow)
        self._condense()

    def on_text(self, _label: Any, text: str) -> None:
        """Write numbers as the language in use does."""
        self.text = numbers(text)

    def texture_update(self, *largs: object) -> None:
        """Draw the text as it is now: it may have been changed while it was being told."""
        self._label.text = self.text
        super().texture_update(*largs)

    def _condense(self, *_: object) -> None:
        label = CoreLabel(font_size=self.font_size, bold=self.bold)
        # A space that does not break holds its words together, as Kivy's lines do.
        words = sorted(self.text.replace("\n", " ").split(" "), key=len)[-3:]
        widest = max((label.get_extents(word)[0] for word in words if word), default=0)
        fits = widest <= self.width + 1
        # Two pixels to spare: the layout of a line rounds up.
        widths = 1.0 if fits else max(NARROWEST, (self.width - 2) / widest)
        # Less than one line there is never.
        room = max(self.room, theme.LINE_EM * self.font_size) + 1 if self.room > 0 else 0
        while room and widths > NARROWEST and self._high(widths) > room:
            widths = max(NARROWEST, widths - 0.05)
        self.squeeze = widths

    def _high(self, squeeze: float) -> float:
        line = (self.width / squeeze, None)
        label = CoreLabel(
            text=self.text,
            font_size=self.font_size,
            bold=self.bold,
            text_size=line,
            line_height=self.line_height,
        )
        return float(label.render()[1])

    def _draw_narrow(self, *_: object) -> None:
        self._scale.origin = (self.x + self.width / 2, self.y)
        self._scale.x = self.squeeze


class Caps(Widget):
    """One line whose box is exactly its capitals high, so that figures align to the millimetre.

    Of ``choices`` the first that fits the width is shown; ``text`` is the only choice otherwise.
    ``ease`` is how narrow one may be condensed before the next, shorter one is taken.
    Where none fits the last one is drawn smaller, down to capitals of ``least`` mm, and then
    condensed, see :data:`NARROWEST`.
    Descenders hang out of the box: leave ``theme.DROP_EM`` below words.
    """

    text = StringProperty("")
    choices = ListProperty([])
    cap = NumericProperty(theme.MOVING)
    least = NumericProperty(0)
    ease = NumericProperty(1.0)
    bold = BooleanProperty(True)
    color = ColorProperty((1, 1, 1, 1))
    halign = OptionProperty("left", options=("left", "center", "right"))
    shown = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        """Make the texture when a text, size or weight changes; move it when the box does."""
        self.texture: Any = None
        self.squeeze = 1.0
        self.drawn_cap: float = self.cap
        super().__init__(**kwargs)
        with self.canvas:
            self._color = Color(*self.color)
            self._rect = Rectangle()
        for prop in ("text", "choices", "cap", "least", "ease", "bold", "width"):
            self.fbind(prop, self._render)
        for prop in ("pos", "size", "halign"):
            self.fbind(prop, self._place)
        self.fbind("color", self._tint)
        self._render()

    def _render(self, *_: object) -> None:
        self.drawn_cap = self.cap
        for text in self.choices or [self.text]:
            self._draw(text)
            if self._wide * self.ease <= self.width + 1:
                break
        if self._wide > self.width + 1 and 0 < self.least < self.cap:
            self.drawn_cap = max(self.least, self.cap * self.width / self._wide)
            self._draw(self.shown)
        wide = self._wide
        self.squeeze = max(NARROWEST, min(1.0, self.width / wide)) if wide else 1.0
        self._place()

    def _draw(self, text: str) -> None:
        text = numbers(text)
        label = CoreLabel(text=text, font_size=theme.font(self.drawn_cap), bold=self.bold)
        label.refresh()
        self.texture, self.shown = label.texture, text

    @property
    def _wide(self) -> float:
        return float(self.texture.width) if self.texture is not None and self.shown else 0.0

    def _place(self, *_: object) -> None:
        texture = self.texture if self.shown else None
        self._rect.texture = texture
        if texture is None:
            self._rect.size = (0, 0)
            return
        wide = texture.width * self.squeeze
        spare = self.width - wide
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[self.halign]
        size = theme.font(self.drawn_cap)
        baseline = texture.height - (theme.TOP_EM + theme.CAP_EM) * size
        foot = self.y + (self.height - theme.u(self.drawn_cap)) / 2
        self._rect.size = (wide, texture.height)
        self._rect.pos = (round(self.x + spare * share), round(foot - baseline))

    def _tint(self, *_: object) -> None:
        self._color.rgba = self.color

    @property
    def drawn(self) -> tuple[float, float, float, float]:
        """Where the texture lies: x, y, width, height."""
        return (*self._rect.pos, *self._rect.size)
