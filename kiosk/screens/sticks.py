"""Sticks on the screen: choosing one, why one cannot be used, and letting go of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _, say
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line, stick_facts, stick_tile, unusable_words
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.model import Snapshot
from kiosk.staff.model import StaffState
from kiosk.sticks.model import Stick


class InsertPage(Page):
    """Asks for a stick, with a picture; or says why none can be seen."""

    title = StringProperty("")
    fault = StringProperty("")

    def __init__(self, leave: Callable[[], None], **kwargs: Any) -> None:
        """``leave`` is the way back."""
        super().__init__(**kwargs)
        self.leave = leave

    def put(self, state: StaffState) -> None:
        """Say it, live."""
        self.fault = say((state.sticks_fault,)) if state.sticks_fault else ""


class StickChooser(BoxLayout):
    """Nothing in: asks for a stick. One or more: choose; one that cannot be used says why.

    ``always`` shows the list even of one, and hands over also what cannot be used.
    """

    def __init__(
        self,
        title: str,
        chosen: Callable[[Stick], None],
        leave: Callable[[], None],
        *,
        write: bool = True,
        always: bool = False,
        current: str | None = None,
        **kwargs: Any,
    ) -> None:
        """``write``: it must take files. ``current`` is the one that was chosen before."""
        super().__init__(**kwargs)
        self._title, self._chosen, self._leave = title, chosen, leave
        self._write, self._always, self._current = write, always, current
        self._sticks: tuple[Stick, ...] = ()
        self._about: str | None = None
        self._kind = ""
        self._page: Any = None

    def put(self, state: StaffState) -> None:
        """Show what is in, live."""
        self._sticks = state.sticks
        about = self._find(self._about)
        if about is None and len(state.sticks) == 1 and not self._always:
            about = state.sticks[0]
        if not state.sticks:
            self._turn("insert", self._insert).put(state)
        elif about is not None and (why := unusable_words(about, write=self._write)):
            page = self._turn("about", self._unusable)
            page.title = stick_facts(about)[0]
            page.put([Line(why)])
        else:
            tiles = [
                stick_tile(stick, write=self._write, chosen=stick.id == self._current)
                for stick in state.sticks
            ]
            self._turn("tiles", self._tiles).put(tiles)

    def _find(self, stick_id: str | None) -> Stick | None:
        return next((stick for stick in self._sticks if stick.id == stick_id), None)

    def _turn(self, kind: str, make: Callable[[], Any]) -> Any:
        if kind != self._kind:
            self._kind, self._page = kind, make()
            self.clear_widgets()
            self.add_widget(self._page)
            TouchGuard.took_effect()
        return self._page

    def _insert(self) -> Any:
        return InsertPage(self._leave, title=self._title)

    def _tiles(self) -> Any:
        self._about = None
        title = self._title if self._always else _("Which stick?")
        tiles = Tiles(self._tapped, self._leave)
        tiles.head.title, tiles.head.corner = [title], _("Back")
        return tiles

    def _unusable(self) -> Any:
        return StaffText(back=_("Back"), go_back=self._back, mark="warning", good=False)

    def _tapped(self, key: str) -> None:
        stick = self._find(key)
        if stick is None:
            return
        if self._always or unusable_words(stick, write=self._write) is None:
            self._chosen(stick)
        else:
            self._about = key

    def _back(self) -> None:
        if self._about is None:
            self._leave()
        self._about = None


class SticksPage(BoxLayout):
    """What is plugged in, what it is, and letting go of it."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with the list."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self.stick: Stick | None = None
        self.let_go = False
        self.list()

    def show(self, snapshot: Snapshot) -> None:
        """What is in, live; one that was looked at and pulled leads back to the list."""
        state = self.room.staff.state()
        if self.stick is None:
            self.page.put(state)
        elif self.stick.id not in {stick.id for stick in state.sticks}:
            self.list()
            self.page.put(state)

    def list(self) -> None:
        """Show the list."""
        self.stick, self.let_go = None, False
        self._show(StickChooser(_("Sticks"), self.look, self._leave, write=False, always=True))

    def look(self, stick: Stick) -> None:
        """Show one stick."""
        self.stick = stick
        page = StaffText(title=stick_facts(stick)[0], back=_("Back"))
        page.go_back = self.list
        why = unusable_words(stick, write=True)
        if why:
            page.mark, page.good = "warning", False
        page.put([Line(why, "bad")] if why else [Line(_("It can be used."))])
        page.last, page.last_icon, page.go_on = _("Let go"), "eject", self._eject
        self._show(page)

    def _leave(self) -> None:
        self.room.go("staff")

    def _eject(self) -> None:
        stick, page = self.stick, self.page
        if stick is None or self.let_go:
            return
        self.let_go = True
        page.put([Line(_("One moment. Leave it in."))])

        def then(refused: str | None) -> None:
            if page is not self.page:
                return
            if refused is not None:
                self.let_go = False
                page.put([Line(refused, "bad")])
                return
            page.mark, page.good, page.title = "check", True, _("Safe to remove the stick")
            page.put([Line(stick_facts(stick)[0])])
            page.back, page.last, page.last_icon, page.go_on = "", _("Done"), "check", self.list

        self.room.watch(self.room.staff.eject(stick.id), then)

    def _show(self, page: Any) -> None:
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
