"""The belt is to be started, as the permit is given; or stopped, as the plan is done."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.lettering import Text
from kiosk.screens.moving import finish_shown, hold, hold_now, start_shown
from kiosk.screens.room import Room
from kiosk.screens.widgets import Ground, load_kv
from kiosk.session.model import Snapshot


class MovingPage(Ground, BoxLayout):
    """A dark screen, read from 1.5 m: what is shown, and the column with STOP."""

    ground = ColorProperty(theme.DARK.ground)


class MovingBody(BoxLayout):
    """What is shown on a moving screen."""


class MovingText(Text):
    """Words that are read from 1.5 m."""


class StopColumn(BoxLayout):
    """Where STOP is, on every moving screen: the right edge, or the lower one."""


class SayPage(MovingPage):
    """A few words, and STOP."""

    title = StringProperty("")
    text = StringProperty("")
    warns = BooleanProperty(False)

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Words do not change here."""
        self.room = room
        super().__init__(**kwargs)

    def show(self, snapshot: Snapshot) -> None:
        """Nothing here changes by itself."""


class StartingPage(SayPage):
    """The belt may run; whoever starts it does so now."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Say who presses what."""
        super().__init__(room, **kwargs)
        self.text = start_shown(room.place.belt)

    def show(self, snapshot: Snapshot) -> None:
        """Warn of hands that left the rails, before the guard stops for it."""
        status = snapshot.status
        warning = "none" if status is None else status.rails_warning
        walk = snapshot.session.walk
        rails = walk.plan.rails if walk is not None else "both"
        words = {"none": hold(rails), "one_hand": _("Both hands!")}
        self.title = words.get(warning, hold_now(rails))
        self.warns = warning != "none"


class FinishingPage(SayPage):
    """The plan is walked."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Say it, and what to do."""
        super().__init__(room, **kwargs)
        self.title = _("Well done!")
        self.text = finish_shown(room.place.belt)


load_kv(__file__)
