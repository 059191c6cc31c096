"""Longer texts: as many pages as they need at a size that can be read, never smaller letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from kivy.core.text import Label as CoreLabel
from kivy.properties import ListProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.screens import theme
from kiosk.screens.icons import Icon
from kiosk.screens.lettering import Text

PICTURE: Final = 15.0
"""Side of a paragraph's picture, in mm."""
TITLED: Final = 11.0
"""The same of a heading's."""
BESIDE: Final = 4.0
"""Between the two, in mm."""


class Block(NamedTuple):
    """A paragraph (or heading) as it is set."""

    text: str
    cap: float = theme.BODY
    bold: bool = False
    heading: bool = False
    bad: bool = False
    icon: str = ""
    """What stands before its lines, all of which begin beside it."""


def heading(text: str, icon: str = "") -> Block:
    """Return a block set as a heading; it begins a page, or stands with what follows it."""
    return Block(text, theme.TITLE if len(text) < 24 else theme.LEAD, True, True, icon=icon)


class Paged(BoxLayout):
    """Sets what it holds into pages of its own size, and shows one of them.

    A subclass says what a page holds (:meth:`pages_now`) and how one thing looks
    (:meth:`widget_of`), and calls :meth:`set_pages` where what it holds has changed.
    """

    index = NumericProperty(0)
    count = NumericProperty(1)

    def __init__(self, gap_mm: float, **kwargs: Any) -> None:
        """Set anew when the room changes."""
        self._pages: list[list[Any]] = [[]]
        super().__init__(orientation="vertical", spacing=theme.u(gap_mm), **kwargs)
        self.fbind("size", self.set_pages)
        self.fbind("index", self._turn)
        self.set_pages()

    def pages_now(self) -> list[list[Any]]:
        """Return what stands on each page, at the present size; there is one page at least."""
        raise NotImplementedError

    def widget_of(self, thing: Any) -> Widget:
        """Return one thing of a page as it is shown."""
        raise NotImplementedError

    def set_pages(self, *_: object) -> None:
        """Fill the pages anew; the one that is shown stays, if there are still so many."""
        if self.width < theme.u(20) or self.height < theme.u(10):
            return
        self._pages = self.pages_now()
        self.count = len(self._pages)
        self.index = min(self.index, self.count - 1)
        self._turn()

    def _turn(self, *_: object) -> None:
        self.clear_widgets()
        for thing in self._pages[min(int(self.index), len(self._pages) - 1)]:
            self.add_widget(self.widget_of(thing))
        self.add_widget(Widget())


class Turning:
    """What the buttons of a page with a :class:`Paged` do: turn it, lead on or out, or aside.

    A subclass says where its ``paged`` is; ``go_back``, ``go_aside`` and ``go_on`` may be None.
    """

    go_back: Callable[[], None] | None
    go_aside: Callable[[], None] | None
    go_on: Callable[[], None] | None

    @property
    def paged(self) -> Paged:
        """What is turned."""
        raise NotImplementedError

    def backward(self) -> None:
        """A page back, or out."""
        if self.paged.index > 0:
            self.paged.index -= 1
        elif self.go_back is not None:
            self.go_back()

    def onward(self) -> None:
        """A page on, or what the last one leads to."""
        if self.paged.index + 1 < self.paged.count:
            self.paged.index += 1
        elif self.go_on is not None:
            self.go_on()

    def aside(self) -> None:
        """The third thing to do."""
        if self.go_aside is not None:
            self.go_aside()


class Reader(Paged):
    """Pages of blocks."""

    blocks = ListProperty([])

    def __init__(self, **kwargs: Any) -> None:
        """Set anew when the texts change."""
        super().__init__(theme.GAP, **kwargs)
        self.fbind("blocks", self.set_pages)

    def pages_now(self) -> list[list[Any]]:
        """Return the blocks of each page."""
        return _paged(self.blocks, self.width, self.height, theme.u(theme.GAP))

    def widget_of(self, thing: Block) -> Widget:
        """Return a paragraph, or a heading."""
        color = theme.LIGHT.accent if thing.heading else theme.LIGHT.ink
        color = theme.BAD if thing.bad else color
        text = Text(text=thing.text, cap=thing.cap, bold=thing.bold, color=color)
        if not thing.icon:
            return text
        row = BoxLayout(size_hint_y=None, height=_height(thing, self.width))
        row.spacing = theme.u(BESIDE)
        picture = Icon(name=thing.icon, color=theme.LIGHT.accent, pos_hint={"center_y": 0.5})
        picture.ground = theme.LIGHT.ground
        picture.size_hint, picture.size = (None, None), (_side(thing), _side(thing))
        text.pos_hint = {"center_y": 0.5}
        row.add_widget(picture)
        row.add_widget(text)
        return row


def _paged(blocks: Sequence[Block], width: float, room: float, gap: float) -> list[list[Any]]:
    """Fill pages. A heading begins one; a paragraph is cut only where it must be."""
    pages: list[list[Block]] = [[]]
    used = 0.0
    for block in blocks:
        if block.heading and pages[-1]:
            pages.append([])
            used = 0.0
        rest: Block | None = block
        while rest is not None:
            before = gap if pages[-1] else 0.0
            high = _height(rest, width)
            begun = any(not placed.heading for placed in pages[-1])
            if used + before + high > room and begun:
                pages.append([])
                used = 0.0
                continue
            part, rest = _cut(rest, width, room - used - before)
            pages[-1].append(part)
            used += before + _height(part, width)
    return pages


def _cut(block: Block, width: float, room: float) -> tuple[Block, Block | None]:
    """Return as many whole sentences as there is room for, and what is left."""
    if _height(block, width) <= room:
        return block, None
    sentences = re.split(r"(?<=[.?!])\s+", block.text)
    for count in range(len(sentences) - 1, 0, -1):
        part = block._replace(text=" ".join(sentences[:count]))
        if count == 1 or _height(part, width) <= room:
            return part, block._replace(text=" ".join(sentences[count:]))
    return block, None


def _side(block: Block) -> float:
    return theme.u(TITLED if block.heading else PICTURE)


def _height(block: Block, width: float) -> float:
    if block.icon:
        alone = block._replace(icon="")
        return max(_side(block), _height(alone, width - _side(block) - theme.u(BESIDE)))
    label = CoreLabel(
        text=block.text,
        font_size=theme.font(block.cap),
        bold=block.bold,
        text_size=(width, None),
    )
    label.refresh()
    return float(label.texture.height)
