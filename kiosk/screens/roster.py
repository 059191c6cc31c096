"""The list of profiles: paged, searched, narrowed down; a tap opens one."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.browse import WHICH, Which, chosen, which_tiles, which_words
from kiosk.screens.room import Room
from kiosk.screens.rows import RowsPage
from kiosk.screens.searching import SearchPage
from kiosk.screens.therapist import profiles_facts, profiles_words, row_view
from kiosk.screens.tiles import Tiles
from kiosk.screens.widgets import TouchGuard
from kiosk.session.model import Snapshot
from kiosk.therapy.model import Row, TherapyState


class ProfilesPage(BoxLayout):
    """The list, the search and the choice of which ones."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with the list, where it was left."""
        super().__init__(**kwargs)
        self.room = room
        self.browse = room.browse
        self.page: Any = None
        self.part = ""
        self._opening = False
        self._asked: tuple[tuple[Row, ...], str, Which] | None = None
        self._rows: tuple[Row, ...] = ()
        self.list()

    def show(self, snapshot: Snapshot) -> None:
        """Keep up with the profiles."""
        state = self.room.therapy.state()
        if self.part == "search":
            self.page.put(state.rows)
        elif self.part == "which":
            self.page.put(which_tiles(state.rows, self.browse.which))
        else:
            self._put_list(state)

    def list(self) -> None:
        """Show the list."""
        page = RowsPage(lambda: self.room.go("therapy"), main_icon="search")
        page.head.title, page.head.corner = [_("Profiles")], _("Back")
        page.index = self.browse.page
        page.bind(
            on_row=lambda _page, code: self.open(code),
            on_act=lambda *_: self.search(),
            on_choose=lambda *_: self.which(),
            index=lambda _page, index: setattr(self.browse, "page", int(index)),
        )
        self._show("list", page)

    def search(self) -> None:
        """Show the keys; what was looked for before is looked for no more."""
        self.browse.look_for("")
        page = SearchPage(self._back, "")
        page.bind(
            on_typed=lambda _page, text: self._typed(text),
            on_found=lambda _page, code: self.open(code),
            on_all=lambda *_: self.list(),
        )
        self._show("search", page)
        page.put(self.room.therapy.state().rows)

    def which(self) -> None:
        """Show what the list may be narrowed down to."""
        tiles = Tiles(self._only, self.list)
        tiles.head.title, tiles.head.corner = [_("Show which?")], _("Back")
        self._show("which", tiles)

    def open(self, code: str) -> None:
        """Open one; its page comes as soon as it is looked up."""
        if self._opening:
            return
        self._opening = True

        def then(refused: str | None) -> None:
            self._opening = False
            if refused is not None:
                self.room.notice = refused
            elif self.parent is not None and self.room.local == "profiles":
                self.room.go("profile")

        self.room.watch(self.room.therapy.open(code), then)

    def _typed(self, text: str) -> None:
        self.browse.only("all")
        self.browse.look_for(text)
        self.page.put(self.room.therapy.state().rows)

    def _back(self) -> None:
        self.browse.look_for("")
        self.list()

    def _only(self, key: str) -> None:
        which = next((which for which in WHICH if which == key), None)
        if which is not None:
            self.browse.only(which)
        self.list()

    def _put_list(self, state: TherapyState) -> None:
        page, rows = self.page, self._chosen(state)
        page.put(rows, row_view)
        page.main = _("Search") if state.rows else ""
        page.extra = which_words(self.browse.which) if state.rows else ""
        page.extra_icon = "filter"
        page.head.told = list(self._told(state, len(rows)))
        page.empty = ""
        if not state.rows:
            page.empty = _("There is no profile yet. Import some from a stick.")
        elif not rows:
            page.empty = _("Nobody is found.")

    def _chosen(self, state: TherapyState) -> tuple[Row, ...]:
        """Return the rows to show; a thousand are not looked through ten times a second."""
        asked = (state.rows, self.browse.search, self.browse.which)
        if self._asked is None or self._asked[0] is not asked[0] or self._asked[1:] != asked[1:]:
            self._asked, self._rows = asked, chosen(state.rows, self.browse)
        return self._rows

    def _told(self, state: TherapyState, count: int) -> tuple[str, ...]:
        if not state.rows:
            return ("",)
        if self.browse.search:
            words = _("{n} with {text}").format(n=count, text=self.browse.search)
            return (words, str(count))
        if self.browse.which != "all":
            return (profiles_words(count), str(count))
        return profiles_facts(state.rows)

    def _show(self, part: str, page: Any) -> None:
        self.part, self.page = part, page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()
