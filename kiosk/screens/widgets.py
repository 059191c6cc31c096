"""The few widgets that every screen is composed of: texts, buttons, pages. Looks: widgets.kv."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from kivy.core.text import Label as CoreLabel
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.cues.texts import numbers
from kiosk.screens import icons, lettering, theme  # noqa: F401 - widgets.kv names Icon, Caps

NARROWER: Final = 0.92
GUARD_S: Final = 0.4
"""A touch that begins sooner after a tap is the other half of a double touch."""


def load_kv(module_file: str) -> None:
    """Load the .kv beside a screen's module, once."""
    path = str(Path(module_file).with_suffix(".kv"))
    if path not in Builder.files:
        Builder.load_file(path)


class TouchGuard:
    """When the last tap took effect, over all buttons: a double touch counts once."""

    last_s = float("-inf")

    @classmethod
    def begins_too_soon(cls, guard_s: float) -> bool:
        """Say whether a touch that begins now belongs to the tap before it."""
        return time.monotonic() - cls.last_s < guard_s

    @classmethod
    def took_effect(cls) -> None:
        """Note that a tap was accepted, or that another screen came under the finger."""
        cls.last_s = time.monotonic()

    @classmethod
    def reset(cls) -> None:
        """Forget the last tap."""
        cls.last_s = float("-inf")


class Tap(BoxLayout):
    """A surface that acts when the finger leaves it; dragged off, it does nothing.

    ``kind``: ``primary`` is what most people want now, ``plain`` the rest, ``quiet`` has no box,
    ``danger`` cannot be undone.
    """

    __events__ = ("on_tap",)
    kind = OptionProperty("plain", options=("primary", "plain", "quiet", "chosen", "danger"))
    dark = BooleanProperty(False)
    down = BooleanProperty(False)
    guard_s = NumericProperty(GUARD_S)
    ink = ColorProperty(theme.LIGHT.ink)
    fill = ColorProperty(theme.LIGHT.card)
    edge = ColorProperty(theme.LIGHT.line)

    def __init__(self, **kwargs: Any) -> None:
        """Colours follow kind, ground and finger."""
        super().__init__(**kwargs)
        for prop in ("kind", "dark", "down", "disabled"):
            self.fbind(prop, self._dress)
        self._dress()

    def _dress(self, *_: object) -> None:
        look = theme.DARK if self.dark else theme.LIGHT
        strong = self.kind in {"primary", "chosen"}
        self.ink = look.on_accent if strong else look.ink
        if self.kind == "quiet":
            self.ink = look.dim
        if self.kind == "danger":
            self.ink = theme.BAD
        fill = look.accent if strong else look.card
        if self.kind == "quiet":
            fill = theme.CLEAR
        if self.down:
            fill = _pressed(fill, look)
        self.fill = fill
        edges = {"quiet": theme.CLEAR, "danger": theme.BAD}
        self.edge = fill if strong else edges.get(self.kind, look.line)

    def on_touch_down(self, touch: Any) -> bool:
        """Take the finger, unless it is the second half of a double touch."""
        if self.disabled or not self.collide_point(*touch.pos) or _wheel(touch):
            return bool(super().on_touch_down(touch))
        if not TouchGuard.begins_too_soon(self.guard_s):
            touch.grab(self)
            self.down = True
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Dragged off: let go, and stay let go."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        if not self.collide_point(*touch.pos):
            self.down = False
            touch.ungrab(self)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Act."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        if self.down and self.collide_point(*touch.pos):
            self.down = False
            TouchGuard.took_effect()
            self.dispatch("on_tap")
        self.down = False
        return True

    def on_tap(self) -> None:
        """Nothing by default: screens bind it."""

    def means_something_else(self) -> None:
        """Forget a finger that is on it or on its way: that one meant what stood here before."""
        self.down = False
        TouchGuard.took_effect()


class BigButton(Tap):
    """A button with a word, a picture, or both: one above the other where it is narrow.

    The way back looks alike everywhere: its arrow stands before its word wherever both fit. So do
    other pictures on a button that is low; a longer word needs the room of its picture there.
    """

    text = StringProperty("")
    icon = StringProperty("")
    cap = NumericProperty(theme.BODY)
    stacked = BooleanProperty(False)
    words = NumericProperty(0)
    """How wide the word would be on one line, in pixels."""
    pictured = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        """Measure the word when it or the button changes."""
        super().__init__(**kwargs)
        for prop in ("text", "icon", "cap", "width", "height"):
            self.fbind(prop, self._measure)
        self._measure()

    def _measure(self, *_: object) -> None:
        label = CoreLabel(font_size=theme.font(self.cap), bold=True)
        self.words = label.get_extents(numbers(self.text))[0] if self.text else 0
        # A single word may be a little narrower, rather than without its picture.
        least = self.words * (1 if " " in self.text else NARROWER)
        beside = least + theme.u(self.cap * theme.PICTURE + theme.BESIDE) + self.padding[0] * 2
        narrow, low = self.width < theme.u(theme.WIDE), self.height < theme.u(theme.LOW)
        fits = beside <= self.width and (low or self.icon == "back")
        self.pictured = bool(self.icon) and (fits or not (narrow and low and self.text))
        self.stacked = narrow and not fits


class StopButton(Widget):
    """STOP: it acts while the finger comes down, once for a double touch."""

    __events__ = ("on_stop",)
    text = StringProperty("STOP")
    cap = NumericProperty(10.0)
    down = BooleanProperty(False)
    _last_s = float("-inf")

    def on_touch_down(self, touch: Any) -> bool:
        """Stop now, whatever else was touched a moment ago."""
        if not self.collide_point(*touch.pos) or _wheel(touch):
            return False
        touch.grab(self)
        self.down = True
        now = time.monotonic()
        if now - self._last_s >= GUARD_S:
            self._last_s = now
            self.dispatch("on_stop")
        TouchGuard.took_effect()
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Look released again."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self.down = False
        return True

    def on_stop(self) -> None:
        """Nothing by default: screens bind it."""


class Card(BoxLayout):
    """A quiet surface that holds what belongs together."""

    fill = ColorProperty(theme.LIGHT.card)
    edge = ColorProperty(theme.CLEAR)


class Ground(Widget):
    """What a whole screen stands on: the colour that each frame of the window begins with.

    A rectangle of that size would be a sixth of what the processor, without a graphics chip, needs
    for a walking screen.
    """

    ground = ColorProperty(theme.LIGHT.ground)

    def __init__(self, **kwargs: Any) -> None:
        """It is the window's as soon as the screen is put up."""
        super().__init__(**kwargs)
        self.fbind("ground", self._take_window)
        self.fbind("parent", self._take_window)

    def _take_window(self, *_: object) -> None:
        if self.parent is not None:
            Window.clearcolor = self.ground


class Page(Ground, BoxLayout):
    """A screen: its content, and a column of actions at the right, or a row of them below."""


class Body(BoxLayout):
    """The content of a page, from top to bottom."""


class Spacer(Widget):
    """Keeps a column's first actions at its top and the last at its foot."""


class Actions(BoxLayout):
    """What can be done on a page; the likeliest comes last, nearest to the hand."""

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take an action; a row, in portrait, has no room to spare for a spacer."""
        if not (isinstance(widget, Spacer) and theme.portrait()):
            super().add_widget(widget, *args, **kwargs)


class Offers(BoxLayout):
    """A column of what can be done; what is not offered now leaves its room to the others.

    What is offered has an opacity. The way back is above, what most people want now at the foot.
    """

    def on_kv_post(self, _base: object) -> None:
        """All of it is there now."""
        # Kept here: an id alone does not keep what is taken off the page.
        self._all = list(reversed(self.children))
        for child in self._all:
            child.fbind("opacity", self._offer)
        self._offer()

    def _offer(self, *_: object) -> None:
        shown = [
            child
            for child in self._all
            if child.opacity > 0 and not (isinstance(child, Spacer) and theme.portrait())
        ]
        if shown != list(reversed(self.children)):
            self.clear_widgets()
            for child in shown:
                self.add_widget(child)


def _pressed(fill: theme.Colour, look: theme.Palette) -> theme.Colour:
    """A step towards the ink, so that a press is seen on any colour."""
    share = 0.18
    if fill[3] == 0:
        return (*look.ink[:3], 0.12)
    red, green, blue = (f + (i - f) * share for f, i in zip(fill[:3], look.ink[:3], strict=True))
    return red, green, blue, 1.0


def _wheel(touch: Any) -> bool:
    return "button" in touch.profile and touch.button != "left"


load_kv(__file__)
