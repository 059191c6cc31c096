"""Scales to tap on: pain 0-10 with drawn faces, exertion 6-20 with its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.properties import NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.face import Face
from kiosk.screens.lettering import Caps, Text
from kiosk.screens.results import borg_word, pain_word
from kiosk.screens.widgets import BigButton, Tap, load_kv


class ScaleKey(Tap):
    """One number of a scale, with its face where there is one."""

    def __init__(self, value: int, face: bool, **kwargs: Any) -> None:
        """Show the number."""
        super().__init__(guard_s=0.0, **kwargs)
        self.value = value
        self.padding = [theme.u(1)] * 4
        self.spacing = theme.u(0.4)
        self._face = Face(level=value, color=self.ink) if face else None
        if self._face is not None:
            self.orientation, self.padding = (
                "vertical",
                [theme.u(mm) for mm in (1.2, 1.2, 1.2, 2.4)],
            )
            self.spacing = theme.u(0.9)
            self.add_widget(self._face)
        self._number = Caps(text=str(value), cap=5.8, halign="center", color=self.ink)
        self._number.pos_hint = {"center_y": 0.5}
        self.add_widget(self._number)
        self.fbind("ink", self._tint)

    def _tint(self, *_: object) -> None:
        self._number.color = self.ink
        if self._face is not None:
            self._face.color = self.ink


class Scale(FloatLayout):
    """All numbers, a question over them, and below them the word for the one that was tapped.

    The last row also holds the way on, so that all of it is seen at once on the smallest screen.
    """

    value = NumericProperty(None, allownone=True)

    def __init__(
        self, question: str, values: range, *, faces: bool, back: bool, **kwargs: Any
    ) -> None:
        """``faces``: pain; else exertion."""
        super().__init__(**kwargs)
        self.register_event_type("on_chosen")
        self.register_event_type("on_back")
        self.faces = faces
        self.question = Text(text=question, cap=theme.LEAD, bold=True, color=theme.LIGHT.accent)
        self.question.size_hint_x = None
        self.question.room = theme.lines(theme.LEAD, int(theme.pick(1, 3 if faces else 1)))
        self.question.bind(height=self._place)
        self.add_widget(self.question)
        self.ends = _ends(values, pain_word if faces else borg_word)
        if theme.portrait():
            self._unsaid = "\n".join(end.text for end in self.ends) or _("Tap a number")
            self.ends = ()
        else:
            self._unsaid = _("Tap a number")
        for end in self.ends:
            self.add_widget(end)
        self.keys = [ScaleKey(value, faces, size_hint=(None, None)) for value in values]
        for key in self.keys:
            key.bind(on_tap=self._tapped)
            self.add_widget(key)
        self.back: BigButton | None = None
        if back:
            self.back = BigButton(icon="back", text=_("Back"), size_hint=(None, None))
            self.back.bind(on_tap=lambda *_: self.dispatch("on_back"))
            self.add_widget(self.back)
        self.go_on = BigButton(text=self._unsaid, kind="quiet", size_hint=(None, None))
        self.go_on.disabled = True
        self.go_on.bind(on_tap=lambda *_: self.dispatch("on_chosen", int(self.value or 0)))
        self.add_widget(self.go_on)
        self.bind(pos=self._place, size=self._place)

    def on_chosen(self, value: int) -> None:
        """Nothing by default: screens bind it."""

    def on_back(self) -> None:
        """Nothing by default: screens bind it."""

    def _tapped(self, key: ScaleKey) -> None:
        self.value = key.value
        for other in self.keys:
            other.kind = "chosen" if other is key else "plain"
        word = pain_word(key.value) if self.faces else borg_word(key.value)
        self.go_on.text = _("{n}: {word}").format(n=key.value, word=word)
        self.go_on.icon, self.go_on.kind, self.go_on.disabled = "next", "primary", False

    def _place(self, *_: object) -> None:
        columns = int(theme.pick(6, 3))
        gap = theme.u(theme.pick(1.9 if self.ends else 2.2, 2.6))
        rows = -(-len(self.keys) // columns)
        own_row = theme.portrait() or rows < 3
        head = self.question.height + theme.u(theme.pick(0.8, 2))
        self.question.width = self.width
        self.question.pos = (self.x, self.top - self.question.height)
        if self.ends:
            head = self._place_ends()
        total = rows + (1 if own_row else 0)
        high = min((self.height - head - (total - 1) * gap) / total, theme.u(26))
        wide = (self.width - (columns - 1) * gap) / columns
        last = len(self.keys) % columns if theme.portrait() else 0
        for index, key in enumerate(self.keys):
            row, column = divmod(index, columns)
            # Upright, a last row that is not full ends where the others do.
            short = last and row == rows - 1
            key.width = (self.width - (last - 1) * gap) / last if short else wide
            key.height = high
            key.pos = (
                self.x + column * (key.width + gap),
                self.top - head - (row + 1) * high - row * gap,
            )
        if self.back is not None:
            self.back.pos = self.pos
            self.back.size = (theme.u(34) if not theme.portrait() else theme.u(28), high)
        span = columns // 2 if not own_row else columns
        left = self.right - span * wide - (span - 1) * gap
        if own_row and self.back is not None:
            left = max(left, self.back.right + gap)
            if not theme.portrait():
                left = self.right - 3 * wide - 2 * gap
        self.go_on.pos = (left, self.y)
        self.go_on.size = (self.right - left, high)

    def _place_ends(self) -> float:
        """Put what the ends mean below the question; return how high both are together.

        The white over the question's capitals lies in the page's margin.
        """
        high, gap = theme.u(theme.BODY), theme.u(4)
        self.question.y += theme.u(1.4)
        wide = [float(end.texture.width) if end.texture else 0.0 for end in self.ends]
        share = min(1.0, (self.width - gap) / max(1.0, sum(wide)))
        y = self.top - theme.u(7.5) - high
        for end, x, width in zip(
            self.ends, (self.x, self.right - wide[1] * share), wide, strict=True
        ):
            end.pos, end.size = (x, y), (width * share, high)
        return theme.u(7.5 + 2.6) + high


def _ends(values: range, word: Callable[[int], str]) -> tuple[Caps, ...]:
    """Return what the two ends of the scale mean."""
    return tuple(
        Caps(
            text=_("{n}: {word}").format(n=value, word=word(value)),
            cap=theme.BODY,
            bold=False,
            color=theme.LIGHT.ink,
            size_hint=(None, None),
        )
        for value in (values[0], values[-1])
    )


class ScalePage(BoxLayout):
    """A scale with the page's margins around it."""


load_kv(__file__)
