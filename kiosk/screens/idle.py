"""The first screen: the place's name, one big tap to start, and a line that tells how all is."""

from __future__ import annotations

import time
from typing import Any, Final

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from kiosk.cues.languages import NAMES, OWN
from kiosk.screens.presenters import IdleView, idle_view
from kiosk.screens.room import Room
from kiosk.screens.widgets import BigButton, Page, Tap, load_kv
from kiosk.session.model import Snapshot

OFFERED_S: Final = 20.0
"""How long the languages stay, should nobody choose one."""


class StartTile(Tap):
    """The one big thing to tap."""


class ShutTile(Tap):
    """In its place while nobody may walk: why, and what mends it. It leads to the whole of it."""

    line = StringProperty("")


class Doors(BoxLayout):
    """What else the first screen leads to: the page about it all, the languages, the staff's."""

    page = ObjectProperty(None)
    language = StringProperty("")


class Languages(GridLayout):
    """Every language by its own name: whoever reads no other one finds theirs."""


class IdlePage(Page):
    """Nothing runs."""

    site = StringProperty("")
    line = StringProperty("")
    healthy = BooleanProperty(True)
    blocked = BooleanProperty(False)
    mark = StringProperty("check")
    new = BooleanProperty(False)
    """No PIN was ever chosen: staff set it up."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Show the site's name."""
        self.room = room
        self.view: IdleView | None = None
        super().__init__(**kwargs)
        self.site = room.place.name
        self._doors()

    def show(self, snapshot: Snapshot) -> None:
        """Tell how all is."""
        staff = self.room.staff.state()
        view = idle_view(snapshot, relay=self.room.place.relay, staff=staff)
        if view != self.view:
            self.view, self.line, self.healthy = view, view.line, view.healthy
            self.mark, self.blocked = view.mark, bool(view.blocked)
            self._tile()
        set_up = self.room.staff.preferences.state().set_up
        self.new = "staff" in staff.pins_missing or not set_up
        if time.monotonic() - self._offered_s > OFFERED_S:
            self._doors()

    def offer(self) -> None:
        """Put the languages where the doors were."""
        offered = Languages()
        for language, name in NAMES.items():
            kind = "chosen" if language == self.room.language else "plain"
            icon = "check" if kind == "chosen" else ""
            key = BigButton(text=name, icon=icon, kind=kind, size_hint_y=1)
            key.bind(on_tap=lambda _key, language=language: self.speak(language))
            offered.add_widget(key)
        self._foot(offered)
        self._offered_s = time.monotonic()

    def speak(self, language: str) -> None:
        """Take a language; the screen is made anew in it, or has its doors back."""
        if language == self.room.language:
            self._doors()
        self.room.language = language

    def _doors(self) -> None:
        name = NAMES.get(self.room.language, NAMES[OWN])
        self._foot(Doors(page=self, language=name))
        self._offered_s = float("inf")

    def _foot(self, shown: Any) -> None:
        self.ids.foot.clear_widgets()
        self.ids.foot.add_widget(shown)

    def _tile(self) -> None:
        """What starts a walk looks like it only where one can be started."""
        wanted = ShutTile if self.blocked else StartTile
        shown = next(iter(self.ids.tile.children), None)
        if type(shown) is not wanted:
            self.ids.tile.clear_widgets()
            shown = wanted()
            shown.bind(on_tap=lambda _tile: self.start())
            self.ids.tile.add_widget(shown)
        if self.blocked:
            shown.line = self.line

    def start(self) -> None:
        """On to the programs, or say plainly why not."""
        self.room.go("blocked" if self.blocked else "choose")


load_kv(__file__)
