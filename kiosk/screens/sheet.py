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
from kiosk.screens.reader import Paged, Turning
from kiosk.screens.therapist import Item
from kiosk.screens.widgets import Page, load_kv


class PairRow(BoxLayout):
    """A name at the left and its value at the right, or below where both are long."""

    name = StringProperty("")
    value = StringProperty("")
    beside = BooleanProperty(True)
    name_width = NumericProperty(0.0)


class Sheet(Paged):
    """Pages of items."""

    items = ListProperty([])

    def __init__(self, **kwargs: Any) -> None:
        """Set anew when the items change."""
        super().__init__(GAP, **kwargs)
        self.fbind("items", self.set_pages)

    def pages_now(self) -> list[list[Any]]:
        """Return the items of each page."""
        return paged(self.items, self.width, self.height)

    def widget_of(self, thing: Item) -> Widget:
        """Return a name with its value, a fault with its place, or a text."""
        return _widget(thing, self.width)


class SheetPage(Turning, Page):
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
    last_kind = StringProperty("primary")
    go_back: Callable[[], None] | None = ObjectProperty(None, allownone=True)
    go_aside: Callable[[], None] | None = ObjectProperty(None, allownone=True)
    go_on: Callable[[], None] | None = ObjectProperty(None, allownone=True)

    def put(self, items: Sequence[Item]) -> None:
        """Show these."""
        found = list(items)
        if found != self.items:
            self.items = found

    @property
    def paged(self) -> Paged:
        """The sheet."""
        sheet: Paged = self.ids.sheet.__self__
        return sheet


GAP: Final = 2.2
WITH: Final = 2
"""Lines that a heading takes along to the next page."""


def paged(items: Sequence[Item], width: float, room: float) -> list[list[Any]]:
    """Fill pages. A name stays with its value, a heading with what follows it, a sentence whole."""
    pages: list[list[Item]] = [[]]
    used, gap = 0.0, theme.u(GAP)
    for number, whole in enumerate(items):
        item: Item | None = whole
        follows = items[number + 1 : number + 1 + WITH] if whole.kind == "head" else ()
        taken = min(room / 2, sum(gap + _height(one, width) for one in follows))
        while item is not None:
            before = gap if pages[-1] else 0.0
            fresh = all(one.kind == "head" for one in pages[-1])
            part, item = _cut(item, width, room - used - before - taken, fresh=fresh)
            if part is None:
                pages.append([])
                used = 0.0
                continue
            used += before + _height(part, width)
            pages[-1].append(part)
    return pages


def _cut(item: Item, width: float, room: float, *, fresh: bool) -> tuple[Item | None, Item | None]:
    """Return what of an item fits, and what is left; on a ``fresh`` page something always does.

    A page with nothing but headings is fresh too: no heading is left alone on one.

    Only what is higher than a page, or than a heading leaves of one, is ever split: half a
    sentence may say the opposite of it.
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
