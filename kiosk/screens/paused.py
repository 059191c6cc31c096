"""A walk broken off for a moment: by the patron, by a belt at rest, or for another incline."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, StringProperty

from kiosk.screens import theme
from kiosk.screens.moving import PausedView, paused_view
from kiosk.screens.room import Room
from kiosk.screens.starting import MovingPage
from kiosk.screens.volume import VolumeKey
from kiosk.screens.widgets import Tap, load_kv
from kiosk.session.actions import ConfirmIncline, Resume
from kiosk.session.model import Snapshot


class WideButton(Tap):
    """The one thing to tap on a moving screen, beside STOP."""

    text = StringProperty("")
    short = StringProperty("")


class PausedPage(MovingPage):
    """What there is to do, time left, and the way on."""

    title = StringProperty("")
    big = StringProperty("")
    do = StringProperty("")
    sets = BooleanProperty(False)
    button = StringProperty("")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Everything comes with the snapshots."""
        self.room = room
        self.view: PausedView | None = None
        super().__init__(**kwargs)
        side = theme.u(theme.MOVING_TOUCH)
        self.volume = VolumeKey(room=room, dark=True, named=False)
        self.volume.size_hint, self.volume.size = (None, None), (side, side)

    def show(self, snapshot: Snapshot) -> None:
        """Paused, or waiting for another incline."""
        view = paused_view(snapshot)
        if view is None or view == self.view:
            return
        self.view = view
        self.title, self.big, self.do, self.button = view.title, view.big, view.do, view.button
        self.sets = view.confirm_pct is not None
        self._put_volume(there=not self.sets)

    def _put_volume(self, *, there: bool) -> None:
        """The volume stands beside the way on, but where that says what the console must show."""
        row = self.ids.row
        if there and self.volume.parent is None:
            row.add_widget(self.volume)
        elif not there and self.volume.parent is not None:
            row.remove_widget(self.volume)

    def go_on(self) -> None:
        """On through checks and countdown; or confirm what the console shows."""
        if self.view is not None and self.view.confirm_pct is not None:
            self.room.post(ConfirmIncline(incline_pct=self.view.confirm_pct))
        else:
            self.room.post(Resume())


load_kv(__file__)
