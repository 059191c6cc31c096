"""The import: what is up follows from the desk's state first, then from what was tapped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import entries, gauges, importing  # noqa: F401 - imports.kv names its ShareBar
from kiosk.screens.room import Room
from kiosk.screens.rows import RowsPage
from kiosk.screens.sheet import SheetPage
from kiosk.screens.staffing import Line
from kiosk.screens.sticks import StickChooser
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.model import Snapshot
from kiosk.therapy.model import FileView, ImportState


class LookPage(Page):
    """Looking at the stick: how far it is."""

    title = StringProperty("")
    told = StringProperty("")
    share = NumericProperty(0.0)

    def __init__(self, flow: ImportPage, **kwargs: Any) -> None:
        """Everything comes with the states."""
        self.flow = flow
        super().__init__(**kwargs)

    def put(self, state: ImportState) -> None:
        """Show how far it is, live."""
        self.title, self.told, self.share = importing.looking_words(state)


class ImportPage(BoxLayout):
    """Leads from the stick through the preview to what was taken."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The first state tells where it stands."""
        super().__init__(**kwargs)
        self.room = room
        self.browse = room.browse
        self.page: Any = None
        self.part = ""
        self.entry: str | None = None
        self.choosing = False
        self._asked: set[str] = set()
        self._places: tuple[tuple[FileView, ...], tuple[importing.Place, ...]] | None = None

    @property
    def holds(self) -> bool:
        """Whether it stays though nobody touches it: something is under way."""
        return self._state.phase in {"looking", "accepting"}

    @property
    def _state(self) -> ImportState:
        return self.room.therapy.state().importing

    def show(self, snapshot: Snapshot) -> None:
        """Bring the page up to the desk's state."""
        state = self._state
        part = self._part(state)
        if part != self.part:
            self.part = part
            self._show(self._make(part, state))
        match part:
            case "stick":
                self.page.put(self.room.staff.state())
            case "looking":
                self.page.put(state)
            case "list":
                self._put_list(state)
            case "entry":
                self._put_entry(state)
            case "over":
                self.page.put(importing.over_lines(state))

    def _part(self, state: ImportState) -> str:
        match state.phase:
            case "idle":
                return "stick"
            case "looked":
                if self.choosing:
                    return "which"
                return "list" if self.entry is None else "entry"
            case "done" | "failed":
                return "over"
        return state.phase

    # --- what can be tapped ------------------------------------------------------------------

    def look(self, stick: Any) -> None:
        """Look at a stick."""
        self.browse.begin_import()
        self.entry, self.choosing = None, False
        self._ask("look", lambda: self.room.therapy.look(stick.id))

    def accept(self) -> None:
        """Import what is ticked."""
        codes = importing.ticked(self._state, self.browse)
        if codes:
            self._ask("accept", lambda: self.room.therapy.accept(codes))

    def _ask(self, what: str, call: Callable[[], Future[None]]) -> None:
        """Ask once. A look's answer comes after its preview: the stick is let go of meanwhile."""
        if what in self._asked:
            return
        self._asked.add(what)

        def then(refused: str | None) -> None:
            self._asked.discard(what)
            if refused is not None and self._state.phase != "failed":
                self.room.notice = refused

        self.room.watch(call(), then)

    def leave(self) -> None:
        """Back to the therapist's first screen; nothing is imported."""
        self.room.therapy.end_import()
        self.room.go("therapy")

    def cancel(self) -> None:
        """Stop looking. The next look need not wait until this one has noticed."""
        self._asked.discard("look")
        self.room.therapy.end_import()

    def again(self) -> None:
        """From the beginning."""
        self._asked.discard("look")
        self.room.therapy.end_import()

    def opened(self, key: str) -> None:
        """Look at one profile."""
        self.entry = key

    def shut(self) -> None:
        """Back to the list."""
        self.entry = None

    def toggle(self, key: str) -> None:
        """Tick a profile, or leave it out."""
        code = self._code(key)
        if code is not None:
            self.browse.left_out ^= {code}

    def only(self, status: str) -> None:
        """Show only those; or tick all, or none."""
        if status == "tick":
            self.browse.tick(self._state.acceptable)
        else:
            self.browse.status = status
        self.browse.import_page, self.choosing = 0, False

    def _found(self, state: ImportState) -> tuple[importing.Place, ...]:
        """Return what was found; a thousand are not sorted ten times a second."""
        if self._places is None or self._places[0] is not state.files:
            self._places = state.files, importing.places(state)
        return self._places[1]

    def _code(self, key: str) -> str | None:
        state = self._state
        place = next((one for one in self._found(state) if one.key == key), None)
        code = place.entry.code if place is not None and place.entry is not None else None
        return code if code in state.acceptable else None

    # --- the pages ---------------------------------------------------------------------------

    def _make(self, part: str, state: ImportState) -> Any:
        match part:
            case "looking":
                return LookPage(self)
            case "accepting":
                page = StaffText(title=_("One moment"))
                page.put([Line(_("The profiles are being imported."))])
                return page
            case "over":
                return self._over(state)
            case "which":
                tiles = Tiles(self.only, lambda: setattr(self, "choosing", False))
                tiles.head.title, tiles.head.corner = [_("Show which?")], _("Back")
                found = self._found(state)
                views = importing.status_tiles(found, self.browse.status)
                tiles.put((*views, importing.tick_tile(state, self.browse)))
                return tiles
            case "list":
                return self._list()
            case "entry":
                return SheetPage(back=_("Back"), go_back=self.shut)
        return StickChooser(_("Import"), self.look, self.leave, write=False)

    def _list(self) -> RowsPage:
        page = RowsPage(self.leave, main_kind="primary")
        page.head.title, page.head.corner = [_("Import")], _("Back")
        page.index = self.browse.import_page
        page.bind(
            on_row=lambda _page, key: self.opened(key),
            on_tick=lambda _page, key: self.toggle(key),
            on_act=lambda *_: self.accept(),
            on_choose=lambda *_: setattr(self, "choosing", True),
            index=lambda _page, index: setattr(self.browse, "import_page", int(index)),
        )
        return page

    def _put_list(self, state: ImportState) -> None:
        page, found = self.page, self._found(state)
        some = importing.shown(found, self.browse.status)
        page.put(some, lambda place: importing.row_view(place, state, self.browse))
        page.head.told = list(importing.told_words(state))
        page.head.mark = "check" if state.safe_to_remove else ""
        page.main = importing.import_words(state, self.browse)
        page.extra = importing.status_words(self.browse.status) if len(found) > 1 else ""
        page.extra_icon = "filter"
        page.empty = "" if some else _("There is no profile on this stick.")

    def _put_entry(self, state: ImportState) -> None:
        place = next((one for one in self._found(state) if one.key == self.entry), None)
        if place is None:
            self.shut()
            return
        words, page = entries.entry_words(place), self.page
        page.titles, page.told, page.mark = list(words.titles), words.told, words.icon
        page.look = "bad" if words.bad else ""
        page.put(words.items)
        code = self._code(place.key)
        left_out = code in self.browse.left_out
        page.extra = "" if code is None else (_("Left out") if left_out else _("Chosen"))
        page.extra_icon = "off" if left_out else "on"
        page.go_aside = lambda: self.toggle(place.key)

    def _over(self, state: ImportState) -> StaffText:
        good = state.phase == "done"
        page = StaffText(mark="check" if good else "warning", good=good)
        page.title = importing.over_title(state)
        page.last, page.go_on = _("Done"), self.leave
        page.back, page.back_icon = _("Again"), "redo"
        page.go_back = self.again
        return page

    def _show(self, page: Any) -> None:
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
