"""3, 2, 1, as large as the screen; a tap anywhere leads back."""

from __future__ import annotations

from typing import Any

from kivy.properties import StringProperty

from kiosk.screens.checks import countdown_left
from kiosk.screens.moving import hold
from kiosk.screens.room import Room
from kiosk.screens.widgets import Ground, Tap, load_kv
from kiosk.session.actions import Back
from kiosk.session.model import Snapshot


class CountdownPage(Ground, Tap):
    """The whole screen is one button. Its rule leaves out a button's looks."""

    left = StringProperty("3")
    hold = StringProperty("")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Count down."""
        self.room = room
        super().__init__(dark=True, **kwargs)

    def show(self, snapshot: Snapshot) -> None:
        """The number follows the session's own clock."""
        self.left = str(countdown_left(snapshot))
        walk = snapshot.session.walk
        self.hold = hold(walk.plan.rails if walk is not None else "both")

    def on_tap(self) -> None:
        """Back to the check."""
        self.room.post(Back(), then=lambda _refused: None)


load_kv(__file__)
