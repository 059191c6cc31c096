"""A sheet of names and values, old beside new, over as many pages as it needs. Looks: sheet.kv."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from kivy.core.text import Label as CoreLabel
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.screens import theme
from kiosk.screens.lettering import Text
from kiosk.screens.presenters import THEN
from kiosk.screens.therapist import Item
from kiosk.screens.widgets import Page, load_kv


class PairRow(BoxLayout):
    """A name at the left and its value at the right, or below where both are long."""

    name = StringProperty("")
    value = StringProperty("")
    beside = BooleanProperty(True)
    name_width = NumericProperty(0.0)


class Sheet(BoxLayout):
    """Sets items into pages of its own size and shows one of them."""

    items = ListProperty([])
    index = NumericProperty(0)
    count = NumericProperty(1)

    def __init__(self, **kwargs: Any) -> None:
        """Set anew when the items or the room for them change."""
        self._pages: list[list[Item]] = [[]]
        super().__init__(orientation="vertical", spacing=theme.u(GAP), **kwargs)
        self.fbind("items", self._set)
        self.fbind("size", self._set)
        self.fbind("index", self._turn)
        self._set()

    def _set(self, *_: object) -> None:
        if self.width < theme.u(20) or self.height < theme.u(10):
            return
        self._pages = paged(self.items, self.width, self.height)
        self.count = len(self._pages)
        self.index = min(self.index, self.count - 1)
        self._turn()

    def _turn(self, *_: object) -> None:
        self.clear_widgets()
        for item in self._pages[min(int(self.index), len(self._pages) - 1)]:
            self.add_widget(_widget(item, self.width))
        self.add_widget(Widget())


class SheetPage(Page):
    """A title with its mark, a sheet, and up to three things to do.

    ``last`` leads on from every page, ``back`` a page back or out.
    """

    mark = StringProperty("")
    look = StringProperty("")
    titles = ListProperty([""])
    told = StringProperty("")
    items = ListProperty([])
    back = StringProperty("")
    extra = StringProperty("")
    extra_icon = StringProperty("")
    last = StringProperty("")
    last_icon = StringProperty("check")
    go_back: Callable[[], None] | None = ObjectProperty(None, allownone=True)
    go_aside: Callable[[], None] | None = ObjectProperty(None, allownone=True)
    go_on: Callable[[], None] | None = ObjectProperty(None, allownone=True)

    def put(self, items: Sequence[Item]) -> None:
        """Show these."""
        found = list(items)
        if found != self.items:
            self.items = found

    def backward(self) -> None:
        """A page back, or out."""
        if self.ids.sheet.index > 0:
            self.ids.sheet.index -= 1
        elif self.go_back is not None:
            self.go_back()

    def onward(self) -> None:
        """A page on, or what the last one leads to."""
        if self.ids.sheet.index + 1 < self.ids.sheet.count:
            self.ids.sheet.index += 1
        elif self.go_on is not None:
            self.go_on()

    def aside(self) -> None:
        """The third thing to do."""
        if self.go_aside is not None:
            self.go_aside()


GAP: Final = 2.2
WITH: Final = 2
"""Lines that a heading takes along to the next page."""


def paged(items: Sequence[Item], width: float, room: float) -> list[list[Item]]:
    """Fill pages. A name stays with its value, a heading with what follows it, a sentence whole."""
    pages: list[list[Item]] = [[]]
    used, gap = 0.0, theme.u(GAP)
    for number, whole in enumerate(items):
        item: Item | None = whole
        follows = items[number + 1 : number + 1 + WITH] if whole.kind == "head" else ()
        taken = min(room / 2, sum(gap + _height(one, width) for one in follows))
        while item is not None:
            before = gap if pages[-1] else 0.0
            part, item = _cut(item, width, room - used - before - taken, fresh=not pages[-1])
            if part is None:
                pages.append([])
                used = 0.0
                continue
            used += before + _height(part, width)
            pages[-1].append(part)
    return pages


def _cut(item: Item, width: float, room: float, *, fresh: bool) -> tuple[Item | None, Item | None]:
    """Return what of an item fits, and what is left; on a ``fresh`` page something always does.

    Only what is higher than a page is ever split: half a sentence may say the opposite of it.
    """
    if _height(item, width) <= room:
        return item, None
    if item.kind == "pair" and fresh:
        # Higher than a page: as sentences, the old value before the new one.
        old = "" if item.old is None else f"{item.old} {THEN} "
        item = Item("text", f"{item.text}: {old}{item.value}")
    if item.kind == "fault" and fresh:
        place = f" ({item.value})" if item.value else ""
        item = Item("text", f"{item.text}{place}")
    if item.kind in {"text", "strong", "dim", "bad"} and fresh:
        words = item.text.split(" ")
        count = _most(words, lambda some: _height(item._replace(text=some), width) <= room)
        if 0 < count < len(words):
            first, rest = " ".join(words[:count]), " ".join(words[count:])
            return item._replace(text=first), item._replace(text=rest)
    return (item, None) if fresh else (None, item)


def _most(words: Sequence[str], fits: Callable[[str], bool]) -> int:
    """Return how many words fit."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(" ".join(words[:middle])):
            low = middle
        else:
            high = middle - 1
    return low


def _height(item: Item, width: float) -> float:
    if item.kind == "fault":
        return sum(_text(text, width, theme.BODY)[1] for text in (item.text, item.value) if text)
    if item.kind != "pair":
        cap = theme.LEAD if item.kind == "head" else theme.BODY
        return _text(item.text, width, cap, bold=item.kind in {"head", "strong", "bad"})[1]
    if _beside(item, width):
        return _text(item.text, width, theme.BODY)[1]
    name, value = (
        _text(text, width, theme.BODY, bold=bold)[1]
        for text, bold in ((item.text, False), (item.values, True))
    )
    return name + value


def _beside(item: Item, width: float) -> bool:
    name, value = (
        _text(text, None, theme.BODY, bold=bold)[0]
        for text, bold in ((item.text, False), (item.values, True))
    )
    return "\n" not in item.values and name + value + theme.u(3) <= width


def _text(text: str, width: float | None, cap: float, *, bold: bool = False) -> tuple[float, float]:
    label = CoreLabel(text=text, font_size=theme.font(cap), bold=bold, text_size=(width, None))
    label.refresh()
    return float(label.texture.width), float(label.texture.height)


def _widget(item: Item, width: float) -> Widget:
    if item.kind == "pair":
        row = PairRow(name=item.text, value=item.values, beside=_beside(item, width))
        row.name_width = _text(item.text, None, theme.BODY)[0] + 2
        row.height = _height(item, width)
        return row
    if item.kind == "fault":
        fault = BoxLayout(orientation="vertical", size_hint_y=None, height=_height(item, width))
        for text, ink in ((item.text, theme.LIGHT.ink), (item.value, theme.LIGHT.dim)):
            if text:
                fault.add_widget(Text(text=text, cap=theme.BODY, color=ink))
        return fault
    color = {"head": theme.LIGHT.accent, "bad": theme.BAD, "dim": theme.LIGHT.dim}
    return Text(
        text=item.text,
        cap=theme.LEAD if item.kind == "head" else theme.BODY,
        bold=item.kind in {"head", "strong", "bad"},
        color=color.get(item.kind, theme.LIGHT.ink),
    )


load_kv(__file__)
