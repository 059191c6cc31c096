"""The settings: groups as tiles, each setting with what it is now, and how it is changed."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.dial import DialPage
from kiosk.screens.keyboard import TypePage
from kiosk.screens.room import Room
from kiosk.screens.settling import (
    GROUPS,
    MOST,
    Dial,
    Field,
    Group,
    field,
    group_words,
    home_tiles,
    option_tiles,
    tiles,
)
from kiosk.screens.sheet import SheetPage
from kiosk.screens.staffing import Line, settings_tiles
from kiosk.screens.therapist import Item
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.upkeeping import upkeep_tiles
from kiosk.screens.widgets import TouchGuard
from kiosk.session.model import Snapshot


class SettingsPage(BoxLayout):
    """From the groups to one setting and back; what is being changed outlives no leaving."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with the group that was open, or with all of them."""
        super().__init__(**kwargs)
        self.room = room
        self.group: Group | None = None
        self.tiles: Tiles | None = None
        self.page: Any = None
        self.home()

    def show(self, snapshot: Snapshot) -> None:
        """Tell what is set, live."""
        if self.tiles is None:
            return
        desk = self.room.staff.preferences
        now = desk.state()
        if self.group is not None:
            self.tiles.put(tiles(self.group, now, desk.bounds()))
        else:
            staff = self.room.staff
            more = (*settings_tiles(staff.state()), *upkeep_tiles(staff.upkeep.state()))
            self.tiles.put((*home_tiles(now), *more))

    def home(self) -> None:
        """All groups."""
        self.group = None
        self._tiles(_("Settings"), self._tapped, lambda: self.room.go("staff"))

    def open(self, group: Group) -> None:
        """The settings of a group."""
        self.group = group
        self._tiles(group_words(group)[0], self.edit, self.home)

    def edit(self, key: str) -> None:
        """One setting."""
        desk = self.room.staff.preferences
        one, value = field(key, desk.bounds()), getattr(desk.state(), key)
        if one.dial is not None:
            self._dial(one, one.dial, value)
        elif one.options:
            self._options(one, value)
        else:
            self._text(one, value)

    def _tapped(self, key: str) -> None:
        group = next((group for group in GROUPS if group == key), None)
        if group is not None:
            self.open(group)
        else:
            self.room.go(key)

    def _back(self) -> None:
        if self.group is None:
            self.home()
        else:
            self.open(self.group)

    # --- ways to change one -----------------------------------------------------------------

    def _text(self, one: Field, value: str) -> None:
        least = 0 if one.key == "contact" else 1
        page = TypePage(self._back, value, most=MOST[one.key], least=least, title=one.name)
        page.hint = one.about
        page.bind(on_typed=lambda _page, text: self._set(one, text))
        self._show(page)

    def _options(self, one: Field, value: Any) -> None:
        def taken(key: str) -> None:
            self._chosen(one, value, one.options[int(key)].value)

        page = Tiles(taken, self._back)
        page.head.title, page.head.corner = [one.name], _("Back")
        page.put(option_tiles(one, value))
        self._show(page)

    def _dial(self, one: Field, dial: Dial, value: float) -> None:
        page = DialPage(dial, value, self._back, about=one.bound or one.about)
        page.head.title = [one.name]
        if one.key == "volume_pct":
            page.tried = _("Try it")
            page.bind(on_try=lambda _page, volume: self.room.try_sound(round(volume)))
        whole = isinstance(value, int)
        page.bind(on_take=lambda _page, new: self._chosen(one, value, round(new) if whole else new))
        self._show(page)

    def _chosen(self, one: Field, old: Any, new: Any) -> None:
        if new == old:
            self._back()
        elif one.checked:
            self._check(one, old, new)
        else:
            self._set(one, new)

    def _check(self, one: Field, old: Any, new: Any) -> None:
        """Show old beside new, and what it means: one more tap sets it."""
        page = SheetPage(titles=[one.name], mark=one.icon, back=_("Back"), last=_("Set it"))
        page.go_back, page.go_on = self._back, lambda: self._set(one, new)
        items = [
            Item("pair", _("Until now"), one.word(old)),
            Item("pair", _("From now on"), one.word(new)),
            Item("text", one.about),
        ]
        page.put([*items, *([Item("dim", one.bound)] if one.bound else [])])
        self._show(page)

    def _set(self, one: Field, value: Any) -> None:
        page = StaffText(title=_("One moment."))
        self._show(page)
        asked = self.room.staff.preferences.change(**{one.key: value})

        def then(refused: str | None) -> None:
            if self.page is not page:
                return  # somebody left meanwhile
            if refused is None:
                self.room.settle()
                self._back()
            else:
                self._refused(refused)

        self.room.watch(asked, then)

    def _refused(self, text: str) -> None:
        page = StaffText(title=_("Not set"), mark="warning", good=False, last=_("Back"))
        page.last_icon, page.go_on = "back", self._back
        page.put([Line(text)])
        self._show(page)

    # --- what is up -------------------------------------------------------------------------

    def _tiles(self, title: str, tapped: Any, leave: Any) -> None:
        page = Tiles(tapped, leave)
        page.head.title, page.head.corner = [title], _("Back")
        self._show(page)
        self.tiles = page

    def _show(self, page: Any) -> None:
        self.tiles = None
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()
