"""What stopped the walk, what to do now, and who can clear it.

STOP keeps its place until the belt is known to stand still: a second, frightened press must not
land on something else.
"""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.moving import StoppedView, stopped_view
from kiosk.screens.room import Room
from kiosk.screens.starting import MovingPage
from kiosk.screens.widgets import StopButton, Tap, TouchGuard, load_kv
from kiosk.session.actions import Done
from kiosk.session.model import Snapshot


class SideButton(Tap):
    """A word in the column where STOP is."""

    text = StringProperty("")


class StoppedPage(MovingPage):
    """Goes on to the summary with a tap, or by itself."""

    what = StringProperty("")
    do = StringProperty("")
    who = ListProperty([])
    warn = BooleanProperty(False)
    lock = BooleanProperty(False)

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Everything comes with the snapshots."""
        self.room = room
        self.view: StoppedView | None = None
        super().__init__(**kwargs)

    def show(self, snapshot: Snapshot) -> None:
        """Tell it; change the buttons when the belt stands still."""
        view = stopped_view(snapshot)
        if view is None or view == self.view:
            return
        before, self.view = self.view, view
        self.what, self.do, self.who = view.what, view.do, view.who
        self.warn, self.lock = view.warn, view.lock
        if before is None or (before.moving, before.staff) != (view.moving, view.staff):
            self._put_buttons(view)
            # A finger on its way to STOP must not land on what took its place.
            TouchGuard.took_effect()

    def _put_buttons(self, view: StoppedView) -> None:
        side = self.ids.side
        side.clear_widgets()
        if view.staff:
            side.add_widget(self._staff())
        if view.moving:
            stop = StopButton()
            stop.bind(on_stop=lambda *_: self.room.desk.stop())
            side.add_widget(stop)
        else:
            go_on = SideButton(text=_("Next"), kind="primary")
            go_on.bind(on_tap=lambda *_: self.room.post(Done(), then=lambda _refused: None))
            side.add_widget(_framed(go_on, first=not view.staff, last=True))

    def _staff(self) -> Any:
        staff = SideButton(text=_("Staff"))
        staff.bind(on_tap=lambda *_: self.room.pin("home"))
        box = _framed(staff, first=True, last=False)
        if theme.portrait():
            box.size_hint_x, box.width = None, theme.u(41)
        else:
            box.size_hint_y, box.height = None, theme.u(theme.MOVING_TOUCH + 2.5)
        return box


def _framed(button: SideButton, *, first: bool, last: bool) -> BoxLayout:
    """Keep a button off the edges, which are STOP's."""
    edge = theme.u(2.5)
    padding: tuple[float, float, float, float]
    if theme.portrait():
        padding = (edge if first else 0, 0, edge if last else 0, edge)
    else:
        padding = (0, edge if first else 0, edge, edge if last else 0)
    box = BoxLayout(padding=padding)
    box.add_widget(button)
    return box


load_kv(__file__)
