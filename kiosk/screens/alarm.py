"""The belt does not do what it was told: nothing else matters now."""

from __future__ import annotations

from typing import Any

from kivy.properties import StringProperty

from kiosk.screens.moving import Alarm, alarm
from kiosk.screens.room import Room
from kiosk.screens.starting import MovingPage
from kiosk.screens.widgets import load_kv
from kiosk.session.model import Snapshot


class AlarmPage(MovingPage):
    """Amber over everything, with the button that is meant as a picture, and STOP in its place.

    Red is STOP's alone: on a red page it would be what is meant, and it does not help here.
    """

    text = StringProperty("")
    do = StringProperty("")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Everything comes with the snapshots."""
        self.room = room
        self.view: Alarm | None = None
        super().__init__(**kwargs)

    def show(self, snapshot: Snapshot) -> None:
        """Say what to do."""
        view = alarm(snapshot)
        if view is not None and view != self.view:
            self.view, self.text, self.do = view, view.text, view.do


load_kv(__file__)
