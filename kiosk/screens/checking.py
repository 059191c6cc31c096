"""The ready check, live: every check with a mark and a word, and what to do about the first."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, SmoothRoundedRectangle
from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

from hardware.link import Check
from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.checks import ARMS, CheckLine, CheckView, Picture, check_view
from kiosk.screens.gauges import Drawn
from kiosk.screens.icons import Icon
from kiosk.screens.room import Room
from kiosk.screens.volume import VolumeKey
from kiosk.screens.widgets import Page, load_kv
from kiosk.session.actions import Cancel, ConfirmIncline, Go
from kiosk.session.model import Snapshot

LOOKS = {
    "good": theme.GOOD,
    "bad": theme.BAD,
    "now": theme.LIGHT.accent,
    "then": theme.LIGHT.dim,
}


class CheckRow(BoxLayout):
    """One check: a round tick, a square cross or, to be done yet, a ring; and its word."""

    word = StringProperty("")
    look = OptionProperty("ok", options=("ok", "due", "bad"))


class Lit(Drawn):
    """The light behind a rail that a hand is missing on."""

    redraw_on = ("lit",)
    lit = ObjectProperty((False, False))

    def draw(self) -> None:
        """Draw where the rails of the pictures are, in their square."""
        side = min(self.size)
        left, low = self.x + (self.width - side) / 2, self.y + (self.height - side) / 2
        Color(*theme.AMBER)
        for shown, x in zip(self.lit, (-0.015, 0.775), strict=True):
            if shown:
                SmoothRoundedRectangle(
                    pos=(left + x * side, low - 0.02 * side),
                    size=(0.24 * side, 0.68 * side),
                    radius=[0.06 * side],
                )


class Walker(FloatLayout):
    """Somebody between the rails, seen from behind; ``name`` says where the hands are."""

    def __init__(self, one: Picture, **kwargs: Any) -> None:
        """Draw what is lit, the rails, then the person over them."""
        super().__init__(**kwargs)
        self.name = one.name
        rails = theme.LIGHT.dim if any(one.lit) else theme.LIGHT.line
        whole = {"x": 0, "y": 0}
        self.add_widget(Lit(lit=one.lit, pos_hint=whole))
        self.add_widget(Icon(name="rails", color=rails, pos_hint=whole))
        self.add_widget(Icon(name=one.name, color=LOOKS[one.look], pos_hint=whole))


class Pictures(BoxLayout):
    """What to do, as one picture, or as one thing after another."""

    shown = ObjectProperty(())
    wide = NumericProperty(0)

    def on_shown(self, _widget: object, pictures: tuple[Picture, ...]) -> None:
        """Draw them; what only leads from one to the next is smaller."""
        self.clear_widgets()
        for one in pictures:
            if one.name in ARMS.values():
                self.add_widget(Walker(one, size_hint_x=2))
                continue
            icon = Icon(name=one.name, color=LOOKS[one.look])
            icon.ground = theme.LIGHT.card
            if one.look == "then":
                icon.size_hint_x, icon.width = None, theme.u(theme.pick(4, 6))
            self.add_widget(icon)
        person = pictures[-1].name in ARMS.values()
        alone = 32 if person else 26 if pictures[0].look == "good" else 20
        self.wide = theme.u(alone if len(pictures) == 1 else 41)


class CheckingPage(Page):
    """Leads to green; the countdown then begins by itself, as both hands are on the rails."""

    do = StringProperty("")
    pictures = ObjectProperty(())
    ready = BooleanProperty(False)
    go_text = StringProperty("")
    go_icon = StringProperty("play")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The rows come with the first snapshot."""
        self.room = room
        self.view: CheckView | None = None
        self.moved = False
        self._meant: object = None
        super().__init__(**kwargs)
        self._put_volume()

    def _put_volume(self) -> None:
        """The volume stands where there is room: with the actions, or beside the checks."""
        key = VolumeKey(room=self.room)
        if theme.portrait():
            key.size_hint, key.width = (None, None), theme.u(theme.TOUCH)
            key.pos_hint = {"top": 1}
            self.ids.top.add_widget(key)
        else:
            actions = self.ids.actions
            actions.add_widget(key, len(actions.children) - 1)

    def show(self, snapshot: Snapshot) -> None:
        """Bring marks, words and hands up to date."""
        view = check_view(snapshot, turn=self.room.place.belt.turned)
        if view == self.view:
            return
        self.moved = view.resuming
        names = [line.name for line in view.lines]
        if self.view is None or names != [line.name for line in self.view.lines]:
            self.ids.grid.clear_widgets()
            for line in view.lines:
                self.ids.grid.add_widget(CheckRow(word=line.word, look=_look(line)))
        else:
            for row, line in zip(reversed(self.ids.grid.children), view.lines, strict=True):
                row.look = _look(line)
        self.view = view
        self.do = view.do
        self.pictures = view.pictures
        self.ready = view.first is None
        self._dress_go(view)

    def _dress_go(self, view: CheckView) -> None:
        button = self.ids.go
        means = (view.confirm_pct, view.first == "latch")
        if means != self._meant and self._meant is not None:
            # Else a tap on Start confirms an incline that nobody has read.
            button.means_something_else()
        self._meant = means
        if view.confirm_pct is not None:
            self.go_text = _("It shows {pct:g}\u00a0%").format(pct=view.confirm_pct)
            self.go_icon, button.kind, button.disabled = "check", "primary", False
        elif view.first == "latch":
            self.go_text, self.go_icon, button.kind = _("Staff"), "lock", "plain"
            button.disabled = False
        elif view.waiting:
            # The three numbers stay together where the line is short.
            self.go_text = _("Then: 3, 2, 1").replace(", ", ",\u00a0")
            self.go_icon, button.kind = "", "quiet"
            button.disabled = True
        else:
            self.go_text, self.go_icon, button.kind = _("Start"), "play", "primary"
            button.disabled = False
            if view.first not in {None, Check.RAILS}:
                # A tap is kept, but it is not what is to be done now.
                button.kind = "plain"

    def go(self) -> None:
        """Start, confirm the incline, or let staff clear, whichever the button says."""
        if self.view is None:
            return
        if self.view.confirm_pct is not None:
            self.room.post(ConfirmIncline(incline_pct=self.view.confirm_pct))
        elif self.view.first == "latch":
            self.room.pin("home")
        else:
            self.room.post(Go())

    def leave(self) -> None:
        """Back to the first screen, or to the pause of a walk that had begun."""
        self.room.post(Cancel())


def _look(line: CheckLine) -> str:
    return "ok" if line.ok else "due" if line.due else "bad"


load_kv(__file__)
