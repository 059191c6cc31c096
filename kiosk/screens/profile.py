"""One profile: its plan, its next step, and what a therapist may do with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import deciding, prescribed, stepping
from kiosk.screens.deciding import Asked
from kiosk.screens.export import NamesPage, NamesTile
from kiosk.screens.room import Room
from kiosk.screens.sheet import SheetPage
from kiosk.screens.staffing import Line
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.model import Snapshot
from kiosk.therapy.model import Opened


class NextPage(Page):
    """What is proposed, from what to what; and how steps come."""

    change = StringProperty("")
    what = StringProperty("")
    text = StringProperty("")
    mode = StringProperty("")
    may_accept = BooleanProperty(False)

    def __init__(self, flow: ProfilePage, **kwargs: Any) -> None:
        """Everything comes with the states."""
        self.flow = flow
        super().__init__(**kwargs)

    def put(self, opened: Opened) -> None:
        """Show it, live."""
        view = stepping.next_view(opened)
        self.change, self.what, self.text = view.change, view.what, view.text
        self.mode, self.may_accept = view.mode, view.may_accept


class ProfilePage(BoxLayout):
    """The opened profile; where there is none any more it leads back to the list."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with its tiles."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self._put: Callable[[Opened], None] | None = None
        self._asked: Future[None] | None = None
        self._gone = False
        self.tiles()

    @property
    def opened(self) -> Opened | None:
        """The profile that is open."""
        return self.room.therapy.state().opened

    def show(self, snapshot: Snapshot) -> None:
        """Keep up with the profile."""
        opened = self.opened
        if opened is None:
            if not self._gone:
                self.room.go("profiles")
        elif self._put is not None:
            self._put(opened)

    # --- what can be tapped ------------------------------------------------------------------

    def tapped(self, key: str) -> None:
        """One of the tiles."""
        match key:
            case "plan":
                self.plan()
            case "next":
                self.next()
            case "progress" | "report":
                self.room.go(key)
            case "hold":
                self.hold()
            case "release" | "expire" | "delete":
                self.sure(_asked_of(key))

    def leave(self) -> None:
        """Back to the list."""
        self.room.therapy.shut()
        self.room.go("profiles")

    def hold(self) -> None:
        """Hold it at once: that is the safe side, and is undone by a release."""
        if (opened := self.opened) is not None:
            code = opened.prescription.code
            self._do(lambda: self.room.therapy.hold(code), self._nothing)

    def accept(self) -> None:
        """Take the step that is proposed."""
        if (opened := self.opened) is not None:
            code = opened.prescription.code
            self._do(lambda: self.room.therapy.step(code), self._nothing)

    def mode(self, key: str) -> None:
        """How steps come from now on."""
        if (opened := self.opened) is not None:
            code, on = opened.prescription.code, key == "automatic"
            self._do(lambda: self.room.therapy.set_automatic(code, on), self.next)

    def yes(self, asked: Asked) -> None:
        """It is sure."""
        opened, therapy = self.opened, self.room.therapy
        if opened is None:
            return
        code = opened.prescription.code
        calls = {"expire": therapy.expire, "delete": therapy.forget, "release": therapy.release}
        self._gone = self._gone or asked == "delete"
        self._do(lambda: calls[asked](code), lambda: self._over(asked, code))

    def _do(self, call: Callable[[], Future[None]], then: Callable[[], None]) -> None:
        """Ask, and wait for the answer; what is asked meanwhile is not."""
        if self._asked is not None:
            return
        self._asked = asked = call()

        def answered(refused: str | None) -> None:
            self._asked = None
            if refused is not None:
                self._gone = False
                self.room.notice = refused
            elif self.parent is not None:
                then()

        self.room.watch(asked, answered)

    def _nothing(self) -> None:
        """The state tells."""

    # --- the pages ---------------------------------------------------------------------------

    def tiles(self) -> None:
        """The first page."""
        tiles = Tiles(self.tapped, self.leave)
        tiles.head.corner = _("Back")

        def put(opened: Opened) -> None:
            view = prescribed.profile_view(opened)
            head = tiles.head
            head.title, head.told = list(view.title), list(view.told)
            head.mark, head.bad, head.good = view.icon, view.bad, view.good
            tiles.put(view.tiles)

        self._show(tiles, put)

    def plan(self) -> None:
        """The whole of it, page by page."""
        page = SheetPage(back=_("Back"), go_back=self.tiles)
        page.extra, page.extra_icon, page.go_aside = _("Close"), "cross", self.tiles

        def put(opened: Opened) -> None:
            page.put(prescribed.plan_items(opened, self.room.staff.state().clock.zone))

        self._show(page, put)

    def next(self) -> None:
        """The next step."""
        page = NextPage(self)
        self._show(page, page.put)

    def modes(self) -> None:
        """Both ways a step can come."""
        page = NamesPage()
        page.ids.head.title, page.ids.head.corner = [_("How steps come"), _("Steps")], _("Back")
        page.ids.head.bind(on_leave=lambda *_: self.next())
        tiles = {}
        for key, name, text in stepping.mode_texts():
            tiles[key] = NamesTile(name=name, text=text)
            tiles[key].bind(on_tap=lambda *_, key=key: self.mode(key))
            page.ids.list.add_widget(tiles[key])

        def put(opened: Opened) -> None:
            now = "automatic" if opened.state.automatic else "manual"
            for key, tile in tiles.items():
                tile.kind = "chosen" if key == now else "plain"

        self._show(page, put)

    def sure(self, asked: Asked) -> None:
        """Ask once, saying what is lost and what stays."""
        words, icon = deciding.sure_words(asked)
        page = SheetPage(back=_("Back"), go_back=self.tiles, last=words, last_icon=icon)
        page.titles = [deciding.sure_title(asked)]
        if (opened := self.opened) is not None:
            page.told = deciding.who_words(opened)
        page.mark, page.look = ("warning", "bad") if asked != "release" else ("pause", "bad")
        page.last_kind = "danger" if asked == "delete" else "primary"
        page.go_on = lambda: self.yes(asked)
        self._show(page, lambda opened: page.put(deciding.sure_items(asked, opened)))

    def _over(self, asked: Asked, code: str) -> None:
        title, text = deciding.done_words(asked, code)
        page = StaffText(mark="check", title=title, last=_("Done"))
        page.put([Line(text)])
        page.go_on = self.leave if asked == "delete" else self.tiles
        self._show(page, None)

    def _show(self, page: Any, put: Callable[[Opened], None] | None) -> None:
        self.page, self._put = page, put
        if put is not None and (opened := self.opened) is not None:
            put(opened)
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


def _asked_of(key: str) -> Asked:
    return "expire" if key == "expire" else "delete" if key == "delete" else "release"


load_kv(__file__)
