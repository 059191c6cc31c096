"""The first screen: the place's name, one big tap to start, and a line that tells how all is."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, StringProperty

from kiosk.screens.presenters import IdleView, idle_view
from kiosk.screens.room import Room
from kiosk.screens.widgets import Page, Tap, load_kv
from kiosk.session.model import Snapshot


class StartTile(Tap):
    """The one big thing to tap."""


class IdlePage(Page):
    """Nothing runs."""

    site = StringProperty("")
    line = StringProperty("")
    healthy = BooleanProperty(True)
    mark = StringProperty("check")
    new = BooleanProperty(False)
    """No PIN was ever chosen: staff set it up."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Show the site's name."""
        self.room = room
        self.view: IdleView | None = None
        super().__init__(**kwargs)
        self.site = room.place.name

    def show(self, snapshot: Snapshot) -> None:
        """Tell how all is."""
        staff = self.room.staff.state()
        view = idle_view(snapshot, relay=self.room.place.relay, staff=staff)
        if view != self.view:
            self.view, self.line, self.healthy = view, view.line, view.healthy
            self.mark = view.mark
        self.new = "staff" in staff.pins_missing

    def start(self) -> None:
        """On to the programs, or say plainly why not."""
        blocked = self.view is not None and self.view.blocked
        self.room.go("blocked" if blocked else "choose")


load_kv(__file__)
