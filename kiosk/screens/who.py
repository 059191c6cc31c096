"""Who is it? A first name or a code, then a PIN. Never a list of people to choose from.

A letter is two taps, as 26 keys that an unsteady finger hits do not fit on a small screen: a key
shows its letters, and a tap on it brings them up where they stood.
"""

from __future__ import annotations

from typing import Any, Final

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.naming import GROUPS, NameFlow, key_words
from kiosk.screens.pin import PadPage
from kiosk.screens.room import Room
from kiosk.screens.widgets import Page, Tap, TouchGuard, load_kv
from kiosk.session.model import Snapshot

CELLS: Final = 9


class LetterKey(Tap):
    """A group of letters, a letter, or what is done with them."""

    key = StringProperty("")
    rows = ListProperty([])
    icon = StringProperty("")
    large = BooleanProperty(False)


class NamePage(Page):
    """What is typed, beside the letters."""

    flow = ObjectProperty(None)
    title = StringProperty("")
    text = StringProperty("")
    shown = ListProperty([""])
    typed = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        """The keys come with :meth:`bring_up`."""
        self.group: str | None = None
        super().__init__(**kwargs)

    def bring_up(self) -> None:
        """Show what is typed, and the keys there are now."""
        view = self.flow.flow.name_view()
        self.title, self.text = view.title, view.text
        self.shown, self.typed = list(view.shown), view.typed
        if view.group != self.group:
            self.group = view.group
            self._lay(view.group)
        for key in self.ids.pad.children:
            if getattr(key, "key", "") == "check":
                key.kind = "primary" if view.typed else "plain"

    def _lay(self, group: str) -> None:
        pad = self.ids.pad
        pad.clear_widgets()
        self.ids.foot.clear_widgets()
        if not group:
            for name in GROUPS:
                self._add(pad, LetterKey(key=name, rows=list(key_words(name))))
            self._add(pad, LetterKey(key="erase", icon="erase"))
            self._add(pad, LetterKey(key="check", icon="check"))
            return
        for letter in group:
            self._add(pad, LetterKey(key=letter, rows=[letter], large=True))
        for _gap in range(len(group), CELLS - 3):
            pad.add_widget(BoxLayout())
        self._add(self.ids.foot, LetterKey(key="others", icon="back", rows=[_("Other letters")]))

    def _add(self, grid: Any, key: LetterKey) -> None:
        key.bind(on_tap=self.flow.tapped)
        grid.add_widget(key)


class PersonPad(PadPage):
    """The PIN of somebody with a profile."""

    flow = ObjectProperty(None)

    def entered(self, pin: str) -> None:
        """A whole PIN was tapped."""
        self.flow.entered(pin)

    def leave(self) -> None:
        """Back to the name."""
        self.flow.back()


class WhoPage(BoxLayout):
    """Leads from the letters to whoever was found. What is typed goes with the page."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Ask for the name."""
        super().__init__(**kwargs)
        self.room = room
        self.flow = NameFlow()
        self._page: Any = None
        self._put()

    def show(self, snapshot: Snapshot) -> None:
        """Nothing here changes with a session."""

    def on_parent(self, _me: object, parent: object) -> None:
        """Off the screen: keep nothing that was typed."""
        if parent is None:
            self.flow.forget()
            self.clear_widgets()

    def tapped(self, key: LetterKey) -> None:
        """A key of the letters."""
        if key.key == "check":
            if self.flow.named():
                self._put()
            return
        if key.key == "erase":
            self.flow.erase()
        elif key.key == "others":
            self.flow.back()
        elif len(key.key) == 1:
            self.flow.letter(key.key)
        else:
            self.flow.open(key.key)
        self._page.bring_up()

    def back(self) -> None:
        """A step back, or out."""
        if not self.flow.back():
            self.room.go("choose")
        elif isinstance(self._page, NamePage):
            self._page.bring_up()
        else:
            self._put()

    def entered(self, pin: str) -> None:
        """A whole PIN was tapped: ask the desk, once."""
        if self.flow.entered():
            self.room.watch(self.room.patron.find(self.flow.who, pin), then=self._answered)
            self._dress()

    def _answered(self, refused: str | None) -> None:
        """Somebody was found, or not. Whoever went away meanwhile is not let in."""
        if self.flow.step != "wait" or self.parent is None:
            if refused is None:
                self.room.patron.leave()
        elif refused is None:
            self.room.go("mine")
        else:
            self.flow.refused(refused)
            self._dress()

    def _put(self) -> None:
        self.clear_widgets()
        if self.flow.step == "name":
            self._page = NamePage(flow=self)
            self._page.bring_up()
        else:
            self._page = PersonPad(self.room, flow=self, back=_("Back"))
            self._dress()
        self.add_widget(self._page)
        TouchGuard.took_effect()

    def _dress(self) -> None:
        view = self.flow.pad_view()
        page = self._page
        page.title, page.text, page.wrong = view.title, view.text, view.wrong


load_kv(__file__)
