"""The therapist's first screen behind their PIN, and the list of what is wrong with profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line, TileView, faults_words
from kiosk.screens.therapist import fault_lines, home_view
from kiosk.screens.tiles import StaffText
from kiosk.screens.widgets import Page, Tap, TouchGuard, load_kv
from kiosk.session.model import Snapshot


class HomeTile(Tap):
    """One thing that a therapist does, as wide as the page; its fact below it or beside it."""

    key = StringProperty("")
    names = ListProperty([""])
    facts = ListProperty([""])
    icon = StringProperty("")
    warn = BooleanProperty(False)
    beside = BooleanProperty(False)

    def take(self, view: TileView) -> None:
        """Show another state of the same thing."""
        self.names, self.facts = [view.name], list(view.facts)
        self.icon, self.warn = view.icon, view.warn


class HomePage(Page):
    """The head and the tiles."""


class TherapyPage(BoxLayout):
    """Health at a glance, and a tile for each thing that a therapist does."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The tiles come with the first snapshot."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self._tiles: list[HomeTile] = []
        self.home()

    def show(self, snapshot: Snapshot) -> None:
        """Tell how all is, live."""
        state = self.room.therapy.state()
        if isinstance(self.page, StaffText):
            lines = fault_lines(state.faults)
            self.page.title = faults_words(len(lines)) if lines else _("All is well")
            self.page.mark, self.page.good = ("warning", False) if lines else ("check", True)
            self.page.put(lines or [Line(_("Nothing is wrong now."))])
            return
        view = home_view(state)
        head = self.page.ids.head
        head.told, head.bad = list(view.health), not view.healthy
        head.mark, head.good = view.mark, not view.due
        self._put(view.tiles)

    def home(self) -> None:
        """The first page."""
        page = HomePage()
        page.ids.head.title = [_("Therapist")]
        page.ids.head.corner, page.ids.head.corner_icon = _("Done"), "check"
        page.ids.head.bind(on_leave=lambda *_: self.room.go("home"))
        self._tiles = []
        self._show(page)

    def faults(self) -> None:
        """What is wrong, one sentence each."""
        page = StaffText(last=_("Done"), go_on=self.home, back=_("Back"), go_back=self.home)
        self._show(page)

    def _put(self, views: Sequence[TileView]) -> None:
        place = self.page.ids.tiles
        if [view.key for view in views] != [tile.key for tile in self._tiles]:
            place.clear_widgets()
            self._tiles = []
            for view in views:
                tile = HomeTile(key=view.key, beside=len(views) > 3 and not theme.portrait())
                tile.bind(on_tap=self._tapped)
                self._tiles.append(tile)
                place.add_widget(tile)
        for tile, view in zip(self._tiles, views, strict=True):
            tile.take(view)

    def _tapped(self, tile: Any) -> None:
        if tile.key == "faults":
            self.faults()
        else:
            self.room.go(tile.key)

    def _show(self, page: Any) -> None:
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
