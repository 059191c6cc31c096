"""The PINs: set up on the first start, changed later, and what to do about a forgotten one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.about import TextPage
from kiosk.screens.pin import PadPage
from kiosk.screens.pins import NewPin, role_words
from kiosk.screens.reader import Block, heading
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line, TileView
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import TouchGuard
from kiosk.session.model import Snapshot
from kiosk.staff.model import ROLES, Role


class SetupPage(TextPage):
    """Before the first PIN: whose it is, so that nobody chooses it by chance."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Say what is about to be chosen."""
        super().__init__(room, **kwargs)
        self.last, self.last_icon = _("Choose"), "lock"
        self.blocks = [
            heading(_("For the staff")),
            Block(_("This kiosk has no PIN yet. Whoever looks after it chooses one now.")),
            Block(_("Not staff? Please tap Back.")),
        ]

    def leave(self) -> None:
        """Back to the first screen."""
        self.room.go("home")

    def done(self) -> None:
        """On to the pad."""
        self.room.go("pin")


class PinsPage(BoxLayout):
    """Whose PIN to change; and how to get in without one."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The tiles come with the first snapshot."""
        super().__init__(**kwargs)
        self.room = room
        self.tiles: Tiles | None = None
        self._list()

    def show(self, snapshot: Snapshot) -> None:
        """Tell which there are."""
        if self.tiles is None:
            return
        missing = self.room.staff.state().pins_missing
        lost = TileView("lost", _("Forgotten?"), (_("what to do"),), "info")
        self.tiles.put((*(self._tile(role, role in missing) for role in ROLES), lost))

    def _tile(self, role: Role, missing: bool) -> TileView:
        facts: tuple[str, ...] = (_("change it"),)
        icon = "lock"
        if missing:
            facts = (_("none yet: choose it"), _("none yet"))
        elif role == self.room.changed:
            facts, icon = (_("the new one holds"), _("changed")), "check"
        return TileView(role, role_words(role), facts, icon, warn=missing)

    def _list(self) -> None:
        self.tiles = Tiles(self._tapped, lambda: self.room.go("settings"))
        self.tiles.head.title, self.tiles.head.corner = [_("PINs")], _("Back")
        self._show(self.tiles)

    def _tapped(self, key: str) -> None:
        state = self.room.staff.state()
        if key == "lost":
            self._lost()
            return
        role: Role = "staff" if key == "staff" else "therapist"
        if role == "therapist" and not {role} & (state.open_roles | set(state.pins_missing)):
            self.room.pin("newpin", role)
            return
        self.room.role = role
        self.room.go("newpin")

    def _lost(self) -> None:
        self.tiles = None
        self._show(lost_page(self._list))

    def _show(self, page: Any) -> None:
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


class ForgottenPage(BoxLayout):
    """How to get in without the PIN, for whoever stands before the pad."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Say it; "Back" leads to the pad."""
        super().__init__(**kwargs)
        self.add_widget(lost_page(lambda: room.go("pin")))

    def show(self, snapshot: Snapshot) -> None:
        """Nothing of it changes."""


def lost_page(leave: Callable[[], None]) -> StaffText:
    """Return the page that says how a forgotten PIN is reset: with the memory card."""
    page = StaffText(title=_("A forgotten PIN"), last=_("Back"), last_icon="back")
    page.go_on = leave
    page.put(
        [
            Line(_("Switch the kiosk off and put its memory card into a computer.")),
            Line(_("On the part called bootfs, make the file sternway-reset-pins.txt.")),
            Line(_("Write staff or therapist into it, and put the card back.")),
        ]
    )
    return page


class NewPinPage(PadPage):
    """A new PIN for ``room.role``. In the set-up the therapist's may wait."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Ask for it."""
        missing = room.role in room.staff.state().pins_missing
        self.flow = NewPin(room.role, is_set=not missing)
        super().__init__(room, back=_("Later") if room.setting_up else _("Back"), **kwargs)
        self.back_icon = "next" if room.setting_up else "back"

    def show(self, snapshot: Snapshot) -> None:
        """Say what is to be tapped."""
        view = self.flow.view()
        self.title, self.text, self.wrong = view.title, view.text, view.wrong
        if view.finished:
            self.room.changed = self.flow.role
            self.leave()

    def entered(self, pin: str) -> None:
        """A whole PIN was tapped."""
        if self.flow.entered(pin):
            asked = self.room.staff.set_pin(self.flow.role, pin, self.flow.old)
            self.room.watch(asked, then=self.flow.was_set)

    def leave(self) -> None:
        """Back to the PINs; from the set-up on to its steps."""
        done = self.room.staff.preferences.state().set_up
        self.room.go("pins" if not self.room.setting_up else "staff" if done else "begin")
        self.room.setting_up = False
