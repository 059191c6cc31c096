"""A day or a time, set part by part with a key above and one below each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from kivy.clock import Clock
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from kiosk.screens import theme, tiles  # noqa: F401 - steppers.kv names its Head
from kiosk.screens.dates import Part, part_words, stepped
from kiosk.screens.widgets import Page, Tap, load_kv

HELD_AFTER_S: Final = 0.5
AGAIN_S: Final = 0.12


class StepKey(Tap):
    """One step a tap, more while it is held. No guard: it is tapped many times in a row."""

    icon = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        """Nothing is held."""
        self.register_event_type("on_step")
        super().__init__(guard_s=0.0, **kwargs)
        self._held: Any = None
        self._repeated = False
        self.fbind("down", self._hold)

    def on_step(self) -> None:
        """Nothing by default: steppers bind it."""

    def on_tap(self) -> None:
        """A step, unless holding made some already."""
        if not self._repeated:
            self.dispatch("on_step")

    def _hold(self, *_: object) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None
        if self.down:
            self._repeated = False
            self._held = Clock.schedule_once(self._again, HELD_AFTER_S)

    def _again(self, _dt: float) -> None:
        if self.down and self.get_root_window() is not None:
            self._repeated = True
            self.dispatch("on_step")
            self._held = Clock.schedule_once(self._again, AGAIN_S)


class Stepper(BoxLayout):
    """One part: its keys and its value."""

    value = StringProperty("")


class Steppers(GridLayout):
    """The parts side by side; ``on_when`` after each step."""

    when = ObjectProperty(None)

    def __init__(self, when: datetime, parts: Sequence[Part], **kwargs: Any) -> None:
        """Begin at a time."""
        columns = min(len(parts), 3) if theme.portrait() else len(parts)
        super().__init__(cols=columns, spacing=theme.u(2.6), **kwargs)
        self._steppers: dict[Part, Stepper] = {}
        for part in parts:
            stepper = Stepper()
            stepper.ids.up.bind(on_step=lambda *_, part=part: self._step(part, 1))
            stepper.ids.down.bind(on_step=lambda *_, part=part: self._step(part, -1))
            self._steppers[part] = stepper
            self.add_widget(stepper)
        self.when = when
        self._tell()

    def _step(self, part: Part, by: int) -> None:
        self.when = stepped(self.when, part, by)
        self._tell()

    def _tell(self) -> None:
        for part, stepper in self._steppers.items():
            stepper.value = part_words(self.when, part)


class StepPage(Page):
    """Steppers, and the button that takes what they say, in words: ``on_take``."""

    text = StringProperty("")

    def __init__(
        self,
        when: datetime,
        parts: Sequence[Part],
        words: Callable[[datetime], str],
        **kwargs: Any,
    ) -> None:
        """``words`` are what the button says of a time."""
        self.register_event_type("on_take")
        super().__init__(**kwargs)
        self.head = self.ids.head
        self.steppers = Steppers(when, parts)
        self.steppers.bind(when=lambda _steppers, now: self._told(words(now)))
        self.ids.place.add_widget(self.steppers)
        self._told(words(when))

    def on_take(self) -> None:
        """Nothing by default: pages bind it."""

    def _told(self, words: str) -> None:
        self.text = words


load_kv(__file__)
