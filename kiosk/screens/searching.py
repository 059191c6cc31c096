"""Looking for a profile: keys for letters, digits and the dash, and who is found meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _, language
from kiosk.screens import rows, theme  # noqa: F401 - searching.kv names its RowTap
from kiosk.screens.browse import LONGEST, found
from kiosk.screens.keys import BACK, code_rows
from kiosk.screens.rows import RowTap
from kiosk.screens.therapist import profiles_words, row_view
from kiosk.screens.widgets import Page, Tap, load_kv
from kiosk.therapy.model import Row


class SearchKey(Tap):
    """One key. No guard: keys are tapped in quick succession."""

    text = StringProperty("")
    icon = StringProperty("")


class SearchPage(Page):
    """What is looked for, the first ones found, and the keys.

    ``on_found`` is told the code of one that was tapped, ``on_all`` leads to the list.
    """

    text = StringProperty("")
    count = NumericProperty(0)
    told = StringProperty("")

    def __init__(self, leave: Callable[[], None], text: str, **kwargs: Any) -> None:
        """``on_typed`` is told the whole text after each key."""
        for event in ("on_found", "on_all", "on_typed"):
            self.register_event_type(event)
        super().__init__(**kwargs)
        self.leave = leave
        self.text = text
        self._first: tuple[Row, ...] = ()
        self._everyone: Sequence[Row] | None = None
        self._found = ""
        for line in code_rows(language(), upright=theme.portrait()):
            self._line(line)

    def put(self, everyone: Sequence[Row]) -> None:
        """Show who is found, live."""
        if everyone is self._everyone and self.text == self._found:
            return
        self._everyone, self._found = everyone, self.text
        hits = found(everyone, self.text)
        self.count = len(hits)
        self.told = profiles_words(len(hits)) if hits else _("Nobody is found.")
        first = hits[:1] if self.text else ()
        if first != self._first:
            self._first = first
            self._lay(first)

    def _lay(self, first: Sequence[Row]) -> None:
        place = self.ids.hits
        place.clear_widgets()
        for row in first:
            view = row_view(row)
            tap = RowTap(names=list(view.names), icon=view.icon, look=view.look)
            tap.facts = list(view.facts)
            tap.bind(on_tap=lambda *_, code=row.code: self.dispatch("on_found", code))
            place.add_widget(tap)

    def _line(self, keys: str) -> None:
        row = BoxLayout(spacing=theme.u(1.6))
        for letter in keys:
            key = SearchKey(text="" if letter == BACK else letter)
            key.icon = "erase" if letter == BACK else ""
            key.size_hint_x = self._share(letter, keys)
            key.bind(on_tap=lambda *_, letter=letter: self.type(letter))
            row.add_widget(key)
        self.ids.letters.add_widget(row)

    def _share(self, letter: str, keys: str) -> float:
        """The last key takes what its row has left."""
        most = 6 if theme.portrait() else 10
        return float(most - len(keys) + 1) if letter == BACK else 1.0

    def type(self, letter: str) -> None:
        """One key."""
        if letter == BACK:
            self.text = self.text[:-1]
        elif len(self.text) < LONGEST:
            self.text += letter
        self.dispatch("on_typed", self.text)

    def on_found(self, code: str) -> None:
        """Nothing by default: pages bind it."""

    def on_all(self) -> None:
        """Nothing by default: pages bind it."""

    def on_typed(self, text: str) -> None:
        """Nothing by default: pages bind it."""


load_kv(__file__)
