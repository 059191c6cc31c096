"""The clinic's key: what identified exports are locked to. Made on a stick, or taken from one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from kivy.properties import ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.lettering import Caps
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line, key_words, label_words
from kiosk.screens.sticks import StickChooser
from kiosk.screens.tiles import StaffText
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.model import Snapshot
from kiosk.sticks.model import Stick

SHOWN_S: Final = 300.0
"""How long a passphrase stays on an untouched screen: long enough to write it down."""


class KeyHome(Page):
    """What the key is for, which one there is, and the two ways to one."""

    flow = ObjectProperty(None)
    key = StringProperty("")
    text = StringProperty("")


class SecretPage(Page):
    """The passphrase, in groups: shown once, and kept nowhere."""

    flow = ObjectProperty(None)
    groups = ListProperty([])

    def on_kv_post(self, _base: object) -> None:
        """The grid is there now."""
        self.fbind("groups", self._put)
        self._put()

    def _put(self, *_: object) -> None:
        grid = self.ids.grid
        grid.clear_widgets()
        for group in self.groups:
            grid.add_widget(Caps(text=group, cap=theme.pick(9.6, 10), color=theme.LIGHT.ink))


class KeyPage(BoxLayout):
    """Leads to a key; the therapist's PIN comes first."""

    outlives = True
    """A passphrase is shown once."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Go on where the PIN pad was asked for, if it opened anything."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self._stick: Stick | None = None
        self._secret_s: float | None = None
        self._safe = self._ended = False
        step, room.key_step = room.key_step, ""
        if step and "therapist" in room.staff.state().open_roles:
            self._choose(step)
        else:
            self._home()

    @property
    def holds(self) -> bool:
        """Whether it stays though nobody touches it: somebody is writing."""
        return self._secret_s is not None and time.monotonic() - self._secret_s < SHOWN_S

    @property
    def public(self) -> bool:
        """Whether it stays though the PIN has run out meanwhile: it says how it went."""
        return self.holds or self._ended

    def show(self, snapshot: Snapshot) -> None:
        """Keep up with the sticks and with the key."""
        state = self.room.staff.state()
        if isinstance(self.page, StickChooser):
            self.page.put(state)
        elif isinstance(self.page, KeyHome):
            self.page.key = key_words(state.clinic_key)
            if state.clinic_key is None:
                self.page.text = _("Exports with codes and dates are locked with it.")
            else:
                self.page.text = _("Older exports still need the key of their time.")

    def ask(self, step: str) -> None:
        """``make`` or ``take`` a key, after the therapist's PIN."""
        state = self.room.staff.state()
        if "therapist" in state.open_roles:
            self._choose(step)
        elif "therapist" in state.pins_missing:
            self.room.notice = _("There is no therapist's PIN yet. Choose one under PINs.")
        else:
            self.room.key_step = step
            self.room.pin("key", "therapist")

    def leave(self) -> None:
        """Back to the settings, or to the export that needs a key."""
        self.room.back("settings")

    def written(self) -> None:
        """The passphrase is on paper: forget it, and say whether the stick is free."""
        self._secret_s = None
        lines = [Line(_("Keep the stick and the paper, and not together."))]
        self._end(_("The clinic's key is in use"), lines)

    def _choose(self, step: str) -> None:
        title = _("New key") if step == "make" else _("Take a key")

        def chosen(stick: Stick) -> None:
            self._ready(step, stick)

        self._show(StickChooser(title, chosen, self._home, write=step == "make"))
        self.page.put(self.room.staff.state())

    def _home(self) -> None:
        self._ended = False
        self._show(KeyHome(flow=self))

    def _ready(self, step: str, stick: Stick) -> None:
        """Say what will happen before it does: a new key replaces the one there is."""
        make = step == "make"
        page = StaffText(title=_("New key") if make else _("Take a key"), back=_("Back"))
        page.go_back = self._home
        onto = _("The secret half goes onto {stick}. A passphrase locks it: have pen and paper.")
        take = _("Takes the clinic's public key from {stick}.")
        lines = [Line((onto if make else take).format(stick=label_words(stick)))]
        if self.room.staff.state().clinic_key is not None:
            lines.append(Line(_("It replaces the key there is."), "strong"))
        page.put(lines)
        page.last, page.last_icon = (_("Make") if make else _("Take")), "key"
        page.go_on = lambda: self._ask(step, stick)
        self._show(page)

    def _ask(self, step: str, stick: Stick) -> None:
        self._stick, self._safe = stick, False
        staff = self.room.staff
        asked = (staff.make_clinic_key if step == "make" else staff.take_clinic_key)(stick.id)
        page = StaffText(title=_("One moment"))
        page.put([Line(_("Leave the stick in."))])
        self._show(page)
        self.room.watch(asked, self._answered(step, asked))

    def _answered(self, step: str, asked: Future[str]) -> Callable[[str | None], None]:
        def then(refused: str | None) -> None:
            if refused is not None:
                self._end(_("Not done"), [Line(refused)], good=False)
            elif step == "make":
                self._secret_s = time.monotonic()
                self._show(SecretPage(flow=self, groups=groups(asked.result())))
            else:
                words = _("Public key {key}.").format(key=key_words(asked.result()))
                self._end(_("The clinic's key is in use"), [Line(words)])
            self._let_go()

        return then

    def _let_go(self) -> None:
        """The stick is not needed any more, however it went."""
        if self._stick is None:
            return

        def then(refused: str | None) -> None:
            self._safe = refused is None
            if isinstance(self.page, StaffText) and self.page.mark and self._safe:
                self._tell_safe(self.page)

        self.room.watch(self.room.staff.eject(self._stick.id), then)

    def _end(self, title: str, lines: list[Line], *, good: bool = True) -> None:
        page = StaffText(title=title, good=good, mark="check" if good else "warning")
        page.last, page.go_on = _("Done"), self._home
        page.put(lines)
        self._show(page)
        self._lines, self._ended = lines, True
        if self._safe:
            self._tell_safe(page)

    def _tell_safe(self, page: StaffText) -> None:
        page.put([*self._lines, Line(_("The stick can be taken out."), "strong")])

    def _show(self, page: Any) -> None:
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


def groups(passphrase: str) -> list[str]:
    """Return the groups of a passphrase, each with the sign that parts it from the next."""
    return re.findall(r"[^-\s]+-?", passphrase)


load_kv(__file__)
