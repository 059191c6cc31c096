"""Longer texts: as many pages as they need at a size that can be read, never smaller letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from kivy.core.text import Label as CoreLabel
from kivy.properties import ListProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.screens import theme
from kiosk.screens.lettering import Text


class Block(NamedTuple):
    """A paragraph (or heading) as it is set."""

    text: str
    cap: float = theme.BODY
    bold: bool = False
    heading: bool = False
    bad: bool = False


def heading(text: str) -> Block:
    """Return a block set as a heading; it begins a page, or stands with what follows it."""
    return Block(text, theme.TITLE if len(text) < 24 else theme.LEAD, True, True)


class Reader(BoxLayout):
    """Sets blocks into pages of its own size and shows one of them."""

    blocks = ListProperty([])
    index = NumericProperty(0)
    count = NumericProperty(1)

    def __init__(self, **kwargs: Any) -> None:
        """Set anew when the texts or the room for them change."""
        self._pages: list[list[Block]] = [[]]
        super().__init__(orientation="vertical", spacing=theme.u(theme.GAP), **kwargs)
        self.fbind("blocks", self._set)
        self.fbind("size", self._set)
        self.fbind("index", self._turn)
        self._set()

    def _set(self, *_: object) -> None:
        if self.width < theme.u(20) or self.height < theme.u(10):
            return
        self._pages = _paged(self.blocks, self.width, self.height, theme.u(theme.GAP))
        self.count = len(self._pages)
        self.index = min(self.index, self.count - 1)
        self._turn()

    def _turn(self, *_: object) -> None:
        self.clear_widgets()
        for block in self._pages[min(int(self.index), len(self._pages) - 1)]:
            color = theme.LIGHT.accent if block.heading else theme.LIGHT.ink
            color = theme.BAD if block.bad else color
            self.add_widget(Text(text=block.text, cap=block.cap, bold=block.bold, color=color))
        self.add_widget(Widget())


def _paged(blocks: Sequence[Block], width: float, room: float, gap: float) -> list[list[Block]]:
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


def _height(block: Block, width: float) -> float:
    label = CoreLabel(
        text=block.text,
        font_size=theme.font(block.cap),
        bold=block.bold,
        text_size=(width, None),
    )
    label.refresh()
    return float(label.texture.height)
