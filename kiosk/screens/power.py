"""Restart and shut down: asked once, refused while somebody walks or an export runs."""

from __future__ import annotations

from typing import Any, cast

from kivy.uix.boxlayout import BoxLayout

from kiosk.care.model import PowerWish
from kiosk.cues.texts import _
from kiosk.screens.caring import POWER, power_tiles
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import TouchGuard
from kiosk.session.model import Snapshot


class PowerPage(BoxLayout):
    """Three ways, each with one question."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The three ways."""
        super().__init__(**kwargs)
        self.room = room
        self.ways()

    def show(self, snapshot: Snapshot) -> None:
        """Nothing here changes by itself."""

    def ways(self) -> None:
        """Show the three ways."""
        tiles = Tiles(lambda key: self.ask(cast("PowerWish", key)), lambda: self.room.go("staff"))
        tiles.head.title, tiles.head.corner = (
            [_("Switch off or restart"), _("Switch off")],
            _("Back"),
        )
        tiles.put(power_tiles())
        self._show(tiles)

    def ask(self, wish: PowerWish) -> None:
        """Ask once."""
        _name, _fact, icon, question, follows = POWER[wish]
        page = StaffText(title=_(question), back=_("Back"), last=_("Yes"), last_icon=icon)
        page.go_back, page.go_on = self.ways, lambda: self._do(wish)
        page.put([Line(_(follows))])
        self._show(page)

    def _do(self, wish: PowerWish) -> None:
        self.room.watch(self.room.staff.care.power(wish), self._told)

    def _told(self, refused: str | None) -> None:
        page = StaffText(title=_("Just a moment") if refused is None else _("Not now"))
        page.put([Line(_("The kiosk is ending.") if refused is None else refused)])
        if refused is not None:
            page.back = _("Back")
            page.go_back = self.ways
        self._show(page)

    def _show(self, page: Any) -> None:
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()
