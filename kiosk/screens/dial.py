"""A number between two keys, with what it means: volume, brightness, the top speed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.properties import NumericProperty, StringProperty

from kiosk.cues.texts import _
from kiosk.screens import steppers, theme, tiles  # noqa: F401 - dial.kv names StepKey and Head
from kiosk.screens.settling import Dial
from kiosk.screens.widgets import Page, load_kv


class DialPage(Page):
    """``on_take`` with the number; ``on_try`` where ``tried`` names what can be tried."""

    about = StringProperty("")
    words = StringProperty("")
    tried = StringProperty("")
    main = StringProperty("")
    value = NumericProperty(0.0)

    def __init__(self, dial: Dial, value: float, leave: Callable[[], None], **kwargs: Any) -> None:
        """Begin at a value."""
        self.register_event_type("on_take")
        self.register_event_type("on_try")
        super().__init__(**kwargs)
        self.head = self.ids.head
        self.head.corner = _("Back")
        self.head.bind(on_leave=lambda *_: leave())
        self._dial = dial
        self.ids.less.bind(on_step=lambda *_: self.step(-1))
        self.ids.more.bind(on_step=lambda *_: self.step(1))
        self.main = self.main or _("Save")
        self.value = value
        self.words = dial.words(value)

    def step(self, by: int) -> None:
        """One step, on the steps' own grid, never past an end."""
        dial = self._dial
        count = round((self.value - dial.low) / dial.step)
        wanted = round(dial.low + (count + by) * dial.step, 6)
        self.value = min(dial.high, max(dial.low, wanted))
        self.words = dial.words(self.value)

    def on_take(self, value: float) -> None:
        """Nothing by default: pages bind it."""

    def on_try(self, value: float) -> None:
        """Nothing by default: pages bind it."""


load_kv(__file__)
