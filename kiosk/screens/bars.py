"""Columns with their numbers: a plan's steps, and somebody's last sessions. Looks: bars.kv."""

from __future__ import annotations

from typing import Any

from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

from kiosk.screens import theme
from kiosk.screens.lettering import Caps
from kiosk.screens.trends import Bar, Trend
from kiosk.screens.widgets import load_kv


class Column(BoxLayout):
    """One bar, a number over it and a word in it."""

    share = NumericProperty(1.0)
    over = ListProperty([""])
    inside = ListProperty([""])
    strong = BooleanProperty(True)
    soft = BooleanProperty(False)
    """An edge around a pale ground, for words in it."""
    slim = NumericProperty(1.0)
    """How much of its place the bar is wide."""


class PlanBars(BoxLayout):
    """A plan: the longer a step the wider, the quicker the higher; its minutes below."""

    bars = ObjectProperty(())

    def on_bars(self, *_: object) -> None:
        """Lay the columns anew."""
        columns, words = self.ids.columns, self.ids.words
        columns.clear_widgets()
        words.clear_widgets()
        for bar in self.bars:
            columns.add_widget(
                Column(share=bar.share, inside=_some(bar.inside), soft=True, size_hint_x=bar.width)
            )
            words.add_widget(_caps(_some(bar.under), size_hint_x=bar.width))


class TrendBars(BoxLayout):
    """The last sessions: how far each went, the pain before and after it, and its day."""

    trend: Trend | None = ObjectProperty(None, allownone=True)
    unit = StringProperty("")
    pain = BooleanProperty(False)

    def on_kv_post(self, _base: object) -> None:
        """The rows are there now."""
        self.on_trend()

    def on_trend(self, *_: object) -> None:
        """Lay the columns anew."""
        if self.trend is None or not self.ids:
            return
        for name in ("columns", "pains", "days"):
            self.ids[name].clear_widgets()
        self.unit, self.pain = self.trend.unit, self.trend.pain
        for bar in self.trend.bars:
            self.ids.columns.add_widget(_column(bar))
            self.ids.pains.add_widget(_caps(_some(bar.under), bold=bar.strong))
        ends = len(self.trend.days) != len(self.trend.bars)
        for index, day in enumerate(self.trend.days):
            side = ("left", "right")[index] if ends else "center"
            self.ids.days.add_widget(_caps([day], halign=side))


def _column(bar: Bar) -> Column:
    return Column(share=bar.share, over=_some(bar.over), strong=bar.strong, slim=0.62)


def _caps(choices: list[str], **kwargs: Any) -> Caps:
    kwargs.setdefault("bold", False)
    kwargs.setdefault("halign", "center")
    color = theme.LIGHT.ink if kwargs["bold"] else theme.LIGHT.dim
    made = Caps(choices=choices, cap=theme.BODY, color=color, **kwargs)
    made.pos_hint = {"center_y": 0.5}
    return made


def _some(words: tuple[str, ...]) -> list[str]:
    return list(words) or [""]


load_kv(__file__)
