"""A text typed by staff: what stands there so far, and keys of 10 mm. Looks: keyboard.kv."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _, language
from kiosk.screens import keys, theme, tiles  # noqa: F401 - keyboard.kv names Corner
from kiosk.screens.keys import (
    BACK,
    PLANES,
    SHIFT,
    SPACE,
    Plane,
    Typed,
    code_rows,
    planes,
    rows,
    tapped,
)
from kiosk.screens.widgets import Page, Tap, load_kv

ENDS: tuple[int, ...] = (40, 34, 28, 22, 16, 12, 8)
"""How many letters of a text's end are shown where it does not fit: one types at its end."""


class TypeKey(Tap):
    """One key. No guard: keys are tapped in quick succession."""

    text = StringProperty("")
    icon = StringProperty("")
    held = BooleanProperty(False)


class TypePage(Page):
    """A question, the text so far, and the keys; ``on_typed`` with the whole text when it is done.

    ``least`` letters must stand there before it can be done; ``codes`` has a code's keys alone.
    """

    title = StringProperty("")
    told = StringProperty("")
    hint = StringProperty("")
    text = StringProperty("")
    done = StringProperty("")
    least = NumericProperty(1)
    codes = BooleanProperty(False)

    def __init__(
        self, leave: Callable[[], None], text: str, *, most: int, least: int = 1, **kwargs: Any
    ) -> None:
        """Begin with a text."""
        self.register_event_type("on_typed")
        super().__init__(**kwargs)
        self.leave = leave
        self.least = least
        self.done = self.done or _("Save")
        self._most = most
        self._typed = Typed(text, capital=not text)
        self._lay()

    def tap(self, key: str) -> None:
        """One key."""
        before = self._typed
        self._typed = tapped(before, key, self._most)
        self.text = self._typed.text
        if (before.capital, before.plane) != (self._typed.capital, self._typed.plane):
            self._lay()

    def finish(self) -> None:
        """The text is as it should be."""
        if len(self.text.strip()) >= self.least:
            self.dispatch("on_typed", self.text.strip())

    @staticmethod
    def ways(text: str) -> list[str]:
        """Return ways to show a text that is being typed, the longest first."""
        return [text, *(f"\u2026{text[-count:]}" for count in ENDS if count < len(text))]

    def on_typed(self, text: str) -> None:
        """Nothing by default: pages bind it."""

    def _turn(self, plane: Plane) -> None:
        self._typed = keys.turned(self._typed, plane)
        self._lay()

    def _lay(self) -> None:
        self.text = self._typed.text
        place = self.ids.letters
        place.clear_widgets()
        most = 6 if theme.portrait() else 10
        lines = rows(self._typed, language(), upright=theme.portrait())
        if self.codes:
            lines = code_rows(language(), upright=theme.portrait())
        for line in lines:
            row = BoxLayout(spacing=theme.u(1.6))
            for letter in line:
                wide = most - len(line) + 1 if letter == BACK else 1
                row.add_widget(self._key(letter, float(wide)))
            place.add_widget(row)
        if self.codes:
            return
        last = BoxLayout(spacing=theme.u(1.6))
        for plane in planes(self._typed):
            key = TypeKey(text=PLANES[plane], size_hint_x=1.6)
            key.bind(on_tap=lambda *_, plane=plane: self._turn(plane))
            last.add_widget(key)
        last.add_widget(self._key(SPACE, 4.0 if theme.portrait() else 5.0))
        place.add_widget(last)

    def _key(self, letter: str, wide: float) -> TypeKey:
        icons = {BACK: "erase", SHIFT: "shift"}
        words = {SPACE: _("Space"), BACK: "", SHIFT: ""}
        key = TypeKey(text=words.get(letter, letter), icon=icons.get(letter, ""))
        key.held = letter == SHIFT and self._typed.capital
        key.size_hint_x = wide
        key.bind(on_tap=lambda *_, letter=letter: self.tap(letter))
        return key


load_kv(__file__)
