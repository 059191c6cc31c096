"""Something that takes minutes and is done to a stick: how far it is, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.screens import gauges  # noqa: F401 - working.kv names its ShareBar
from kiosk.screens.room import Room
from kiosk.screens.sticks import StickChooser
from kiosk.screens.tiles import StaffText
from kiosk.screens.upkeeping import WorkView
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.sticks.model import Stick


class WorkPage(Page):
    """How far it is. ``stop`` is called by the key, which is there where it can be stopped."""

    title = StringProperty("")
    percent = StringProperty("")
    share = NumericProperty(0.0)
    told = StringProperty("")
    stops = BooleanProperty(False)
    stop = ObjectProperty(None, allownone=True)

    def put(self, view: WorkView) -> None:
        """Show how far it is, live."""
        self.title, self.percent = view.title, view.percent
        self.share, self.told = view.share, view.told


class Flow(BoxLayout):
    """A page of staff that leads through steps, one of which asks for a stick."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Nothing is up yet."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self.stick: Stick | None = None
        self._ended = False
        """Whether a job has ended, and its page says how."""

    def leave(self) -> None:
        """Back to the settings, or out where the PIN has run out."""
        opened = "staff" in self.room.staff.state().open_roles
        self.room.go("settings" if opened else "home")

    def _over(self) -> None:
        """How a job ended was read: forget it, and leave."""
        self._ended = False
        self.room.staff.upkeep.end()
        self.leave()

    def choose(
        self, title: str, chosen: Callable[[Stick], None], back: Callable[[], None], *, write: bool
    ) -> None:
        """Ask for a stick."""

        def taken(stick: Stick) -> None:
            self.stick = stick
            chosen(stick)

        self.stick = None
        self.put_up(StickChooser(title, taken, back, write=write))
        self.page.put(self.room.staff.state())

    def look_at_sticks(self) -> bool:
        """Keep up with the sticks; say whether the one that was chosen is gone."""
        state = self.room.staff.state()
        if isinstance(self.page, StickChooser):
            self.page.put(state)
            return False
        return self.stick is not None and self.stick.id not in {one.id for one in state.sticks}

    def text(self, title: str, lines: Any, **fields: Any) -> StaffText:
        """Put up a text."""
        page = StaffText(title=title, **fields)
        page.put(lines)
        self.put_up(page)
        return page

    def put_up(self, page: Any) -> None:
        """Show a page."""
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
