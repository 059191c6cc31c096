"""Texts that keep to their room on a page: one line shrinks, many lines are measured first."""

from __future__ import annotations

import math
import re
from typing import Final

from fpdf.enums import Align, MethodReturnValue

from kiosk.cues.texts import figures
from kiosk.export.drawing import DIM, INK
from kiosk.export.facts import Fact
from kiosk.export.sheet import FONT, Sheet, font_file

_LINE: Final = 0.44
"""A line's height in millimetres for each point of its letters."""
_SMALLEST_PT: Final = 4.5
_PAIR_PT: Final = 8.5
_REMARK_PT: Final = 8.0
_NAME_MM: Final = 22.0
_UNIT: Final = re.compile(r" (?=(?:%|km/h|min)(?!\w))")
"""The space before a unit: no line ends there."""
_SPARE_FONT: Final = "DejaVu"
"""For letters that the screens' own font has not got."""


class Fitted(Sheet):
    """A page on which nothing flows. All lengths in millimetres, sizes in points."""

    def learn(self, text: str) -> None:
        """Take another font too where this text has letters that the screens' own lacks."""
        known = self.fonts[FONT.lower()].cmap  # type: ignore[union-attr]
        if any(ord(letter) not in known for letter in text if letter.isprintable()):
            for style in ("", "B"):
                self.add_font(_SPARE_FONT, style, font_file("DejaVuSans.ttf"))
            self.set_fallback_fonts([_SPARE_FONT], exact_match=False)

    def say(
        self,
        x: float,
        y: float,
        width: float,
        size: float,
        colour: str,
        text: str,
        *,
        bold: bool = False,
        right: bool = False,
    ) -> None:
        """Write one line into its room: what is too wide shrinks, and is cut as a last resort."""
        if not text:
            return
        text = figures(text)
        self.write_in(size, colour, bold=bold)
        wide = self.get_string_width(text)
        if wide > width:
            self.write_in(max(_SMALLEST_PT, size * width / wide * 0.995), colour, bold=bold)
            while self.get_string_width(text) > width and len(text) > 1:
                text = text[:-2] + "…"
        self.set_xy(x, y)
        self.cell(width, size * _LINE, text, align=Align.R if right else Align.L)

    def remark(self, x: float, y: float, width: float, text: str) -> None:
        """Write a short remark: in one line, or smaller in two where it needs them."""
        self.write_in(_REMARK_PT, INK)
        if self.get_string_width(text) <= width:
            self.say(x, y, width, _REMARK_PT, INK, text)
            return
        size = _REMARK_PT - 0.5
        text = figures(text)
        while self._lines(text, x, y, width, size, drawn=False) > 2 * size * _LINE + 0.01:
            size -= 0.25
        self._lines(text, x, y, width, size, drawn=True)

    def pair(
        self,
        fact: Fact,
        x: float,
        y: float,
        width: float,
        *,
        drawn: bool,
        most_mm: float = math.inf,
        own: bool = False,
    ) -> float:
        """Write a name and its text, which may take several lines; return how high they are.

        The letters shrink until they take no more than ``most_mm``. ``own``: somebody's own words.
        """
        if drawn:
            self.say(x, y, _NAME_MM - 2, _PAIR_PT, DIM, fact.name)
        text = fact.value if own else figures(fact.value)
        left, room, size = x + _NAME_MM, width - _NAME_MM, _PAIR_PT
        while (high := self._lines(text, left, y, room, size, drawn=False)) > most_mm:
            size -= 0.25
        if drawn:
            self._lines(text, left, y, room, size, drawn=True)
        return high + 0.9

    def _lines(
        self, text: str, x: float, y: float, width: float, size: float, *, drawn: bool
    ) -> float:
        self.write_in(size, INK)
        self.set_xy(x, y)
        high = self.multi_cell(
            width,
            size * _LINE,
            _UNIT.sub("\u00a0", text),
            align=Align.L,
            dry_run=not drawn,
            output=MethodReturnValue.HEIGHT,
        )
        return float(high)  # type: ignore[arg-type]
