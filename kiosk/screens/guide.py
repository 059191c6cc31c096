"""Leading somebody through steps at the machine: a picture, a sentence, keys; and STOP beside them.

While service mode is on a band says that nobody may stand on the belt; while its permit is on STOP
is where it always is, the largest thing there is, and acts as the finger comes down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kivy.graphics import Color
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.cues.texts import _
from kiosk.screens import starting, theme  # noqa: F401 - guide.kv names its StopColumn
from kiosk.screens.caring import Button, GuideView
from kiosk.screens.icons import PICTURES, Icon
from kiosk.screens.room import Room
from kiosk.screens.starting import StopColumn
from kiosk.screens.strokes import arc, stroke
from kiosk.screens.widgets import BigButton, StopButton, TouchGuard, load_kv

LONG: Final = 60
"""Letters of a sentence from which on its picture is small."""
SHORT: Final = 9
"""Letters of a lesser button beside which its picture fits."""
_HIGH: Final = {1: (22.0, 26.0), 2: (22.0, 26.0), 3: (17.0, 22.0)}
"""Height of a lesser and of the likeliest button of a column, by how many there are."""


class StepPicture(Icon):
    """An icon, or one of the pictures of a belt with its mark."""

    def _draw(self, *_: object) -> None:
        if self.name not in PICTURES:
            super()._draw()
            return
        self.canvas.clear()
        wide = min(self.width, self.height / 0.74)
        high = wide * 0.42
        # With the frame's mark above it the belt is 1.7 times as high.
        left, low = self.x + (self.width - wide) / 2, self.y + (self.height - high * 1.7) / 2
        ends, pen = high / 2, wide * 0.035
        with self.canvas:
            Color(*self.color)
            right = [left + wide - ends, low + ends]
            points = [left + ends, low + high, right[0], low + high]
            points += arc(right[0], right[1], ends, 0, 180)
            points += arc(left + ends, low + ends, ends, 180, 360)
            stroke(points, pen, close=True)
            for x in (left + ends, right[0]):
                stroke(arc(x, low + ends, ends * 0.45), pen)
            middle = left + wide / 2
            Color(*theme.BAD)
            stroke([middle, low + high * 0.84, middle, low + high * 1.16], pen * 1.7)
            stroke([middle, low + high * 1.36, middle, low + high * 1.66], pen * 1.7)
            if self.name == "turns":
                Color(*self.color)
                tip = left + wide * 0.68
                stroke([left + wide * 0.32, low + ends, tip, low + ends], pen)
                back, middle_y = tip - pen * 3, low + ends
                head = [back, middle_y + pen * 3, tip, middle_y, back, middle_y - pen * 3]
                stroke(head, pen)


class ServiceBand(BoxLayout):
    """Says that service mode is on."""

    words = ListProperty([""])


class GuideBody(BoxLayout):
    """The step: its title, picture and sentence, and a live line."""

    title = StringProperty("")
    shape = StringProperty("")
    text = StringProperty("")
    fact = StringProperty("")
    mood = OptionProperty("plain", options=("plain", "good", "bad"))
    narrow = BooleanProperty(False)
    picture_mm = NumericProperty(24)
    long = BooleanProperty(False)

    def on_text(self, *_: object) -> None:
        """A long sentence needs the room of its picture; a belt is wider than high."""
        self.long = len(self.text) > LONG
        small = self.long and self.shape not in PICTURES
        self.picture_mm = (12 if small else 15) if self.narrow else (15 if small else 24)

    on_narrow = on_shape = on_text


class GuideButtons(BoxLayout):
    """What can be done: a column at the right, or a row below where STOP has the right."""

    row = BooleanProperty(False)


class Guide(BoxLayout):
    """Shows one :class:`GuideView` after another; ``tapped`` is told the key of a button."""

    def __init__(self, room: Room, tapped: Callable[[str], None], **kwargs: Any) -> None:
        """The first step comes with :meth:`put`."""
        super().__init__(**kwargs)
        self.room = room
        self._tapped = tapped
        self._view: GuideView | None = None
        self._keys: list[str] = []
        self.body = GuideBody()

    def put(self, view: GuideView) -> None:
        """Show a step. What only says something else is changed in place, under any finger."""
        if view == self._view:
            return
        before, self._view = self._view, view
        body = self.body
        body.title, body.shape, body.text = view.title, view.shape, view.text
        body.fact, body.mood = view.fact, view.mood
        if before is None or _built(before) != _built(view):
            self._build(view)
            if before is not None and before.buttons != view.buttons:
                # Another key may have come under a finger.
                TouchGuard.took_effect()

    def _build(self, view: GuideView) -> None:
        self.clear_widgets()
        if self.body.parent is not None:
            self.body.parent.remove_widget(self.body)
        if view.service:
            words = [_("Service mode: nobody on the belt"), _("Nobody on the belt")]
            self.add_widget(ServiceBand(words=words))
        row = view.permit or theme.portrait()
        main = BoxLayout(orientation="vertical" if theme.portrait() else "horizontal")
        left = BoxLayout(orientation="vertical")
        self.body.narrow = view.permit
        left.add_widget(self.body)
        main.add_widget(left)
        buttons = _buttons(view.buttons, self._tapped, row=row)
        if row:
            if view.buttons:
                left.add_widget(_padded(buttons, below=True))
        else:
            main.add_widget(_padded(buttons, below=False))
        if view.permit:
            column = StopColumn()
            stop = StopButton()
            stop.bind(on_stop=lambda *_: self.room.desk.stop())
            column.add_widget(stop)
            main.add_widget(column)
        self.add_widget(main)


def _built(view: GuideView) -> tuple[object, ...]:
    return view.buttons, view.service, view.permit


def _buttons(views: tuple[Button, ...], tapped: Callable[[str], None], *, row: bool) -> Any:
    stacked = row and len(views) > 2
    box = GuideButtons(row=row, orientation="vertical" if stacked or not row else "horizontal")
    if row:
        box.height = theme.u(18)
    if stacked:
        box.height = theme.u(len(views) * (18 + theme.GAP) - theme.GAP)
    alone = len(views) == 1 and views[0].icon != "back"
    if not row and alone:
        box.add_widget(Widget())
    for number, view in enumerate(views):
        kind = "primary" if view.primary else "plain"
        high = theme.u(18 if row else _HIGH[min(len(views), 3)][view.primary])
        # A longer word needs the room that its picture would take.
        icon = view.icon if view.primary or len(view.text) <= SHORT else ""
        button = BigButton(text=view.text, icon=icon, kind=kind, height=high)
        button.bind(on_tap=lambda _button, key=view.key: tapped(key))
        if not row and number == len(views) - 1 and number > 0:
            box.add_widget(Widget())
        box.add_widget(button)
    if not row and not alone and len(views) < 2:
        box.add_widget(Widget())
    return box


def _padded(widget: Any, *, below: bool) -> Any:
    edge = theme.u(theme.MARGIN)
    if below:
        box = BoxLayout(
            size_hint_y=None, height=widget.height + edge, padding=(edge, 0, edge, edge)
        )
    else:
        wide = widget.width + edge
        box = BoxLayout(size_hint_x=None, width=wide, padding=(0, edge, edge, edge))
    box.add_widget(widget)
    return box


load_kv(__file__)
