"""Charts of a person's sessions with their words: levels, days, legends. Looks: charts.kv."""

from __future__ import annotations

from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Line, Rectangle, SmoothEllipse
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.cues.texts import numbers
from kiosk.screens import theme
from kiosk.screens.charting import ChartView
from kiosk.screens.gauges import Drawn
from kiosk.screens.graph import BAND, Graph, dashes, ring
from kiosk.screens.lettering import Caps
from kiosk.screens.widgets import load_kv


class Swatch(Drawn):
    """A mark of a chart, for its legend."""

    redraw_on = ("mark",)
    mark = StringProperty("")

    def draw(self) -> None:
        """As the chart draws it."""
        x, y = self.x + self.width / 2, self.y + self.height / 2
        size = theme.u(3.0)
        match self.mark:
            case "bar" | "band":
                Color(*(theme.LIGHT.accent if self.mark == "bar" else BAND))
                Rectangle(pos=(x - size / 2, y - size / 2), size=(size, size))
            case "frame":
                Color(*theme.LIGHT.ink)
                Line(
                    rectangle=(x - size / 2, y - size / 2, size, size),
                    width=max(1.0, theme.u(0.3)),
                )
            case "ring":
                ring(x, y, size)
            case "disc":
                Color(*theme.LIGHT.accent)
                SmoothEllipse(pos=(x - size / 2, y - size / 2), size=(size, size))
            case "dash":
                Color(*theme.BAD)
                dashes(self.x, y, self.width)


class Plot(Widget):
    """The drawing, with the words of its levels at the left."""

    view = ObjectProperty(None, allownone=True)
    gutter = NumericProperty(0)
    """How much at the left is the words', in pixels; what stands below begins beside it."""

    def __init__(self, **kwargs: Any) -> None:
        """Lay out when the chart, the place or the size changes."""
        super().__init__(**kwargs)
        self._graph = Graph()
        self._words: list[Caps] = []
        for prop in ("pos", "size"):
            self.fbind(prop, self._place)
        self.fbind("view", self._take)
        self._take()

    def _take(self, *_: object) -> None:
        self.clear_widgets()
        self._words = []
        view: ChartView | None = self.view
        if view is None:
            return
        self._graph.view = view
        self.add_widget(self._graph)
        for _value, text in view.marks:
            word = Caps(text=text, cap=theme.BODY, bold=False, halign="right")
            word.color = theme.LIGHT.dim
            self._words.append(word)
            self.add_widget(word)
        self._place()

    def _place(self, *_: object) -> None:
        view: ChartView | None = self.view
        if view is None:
            return
        gutter = max([0.0, *(float(word.texture.width) for word in self._words if word.texture)])
        cap = theme.u(theme.BODY)
        self.gutter = left = gutter + theme.u(2.4)
        self._graph.pos = (self.x + left, self.y + cap / 2)
        self._graph.size = (max(0.0, self.width - left), max(0.0, self.height - cap))
        for word, (value, _text) in zip(self._words, view.marks, strict=True):
            word.size = (gutter + 1, cap)
            word.pos = (self.x, self._graph.level(value) - cap / 2)


class LegendItem(BoxLayout):
    """A mark and its word."""

    mark = StringProperty("")
    text = StringProperty("")
    word_width = NumericProperty(0)

    @property
    def natural(self) -> float:
        """How wide its word would be."""
        label = CoreLabel(font_size=theme.font(theme.BODY))
        return float(label.get_extents(numbers(self.text))[0])


class SessionChart(BoxLayout):
    """A chart with its title, what it comes to, its days and its legend."""

    view = ObjectProperty(None, allownone=True)

    def on_kv_post(self, _base: object) -> None:
        """The legend's place is there now."""
        self.fbind("view", self._legend)
        self.ids.legend.fbind("width", self._share)
        self._legend()

    def _legend(self, *_: object) -> None:
        legend = self.ids.legend
        legend.clear_widgets()
        view: ChartView | None = self.view
        for mark, text in view.legend if view is not None else ():
            legend.add_widget(LegendItem(mark=mark, text=text))
        self._share()

    def _share(self, *_: object) -> None:
        """Give each word its width; where a language is long, all of them are narrower."""
        legend = self.ids.legend
        items = legend.children
        wanted = [item.natural for item in items]
        between = legend.spacing * (len(items) - 1) if items else 0
        room = legend.width - between - sum(item.width - item.word_width for item in items)
        share = min(1.0, max(0.0, room) / (sum(wanted) or 1.0))
        for item, width in zip(items, wanted, strict=True):
            item.word_width = width * share


load_kv(__file__)
