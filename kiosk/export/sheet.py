"""A PDF of A4 pages in the screens' own font, on which drawings can be put: what papers share."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from fpdf import FPDF

from kiosk.cues.texts import figures, language
from kiosk.export.drawing import SIZE, Anchor, Box, Dot, Drawing, Mark, Stroke, Text

FONT: Final = "Roboto"
_PT_PER_MM: Final = 72 / 25.4
_ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A PDF holds the time at which it was made; a de-identified one holds this instead."""


class Sheet(FPDF):
    """One document. All lengths in millimetres."""

    def __init__(self, title: str, *, identified: bool, margin_mm: float) -> None:
        super().__init__(format="A4")
        # fontTools tells at length how it cuts the font down; fpdf2 which letters of a text it
        # has not got, and the text may be a name.
        for noisy in ("fontTools.subset", "fpdf"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        self.set_margins(margin_mm, margin_mm)
        self.c_margin = 0  # texts stand flush with the rules and boxes beside them
        for style, name in (("", "Roboto-Regular.ttf"), ("B", "Roboto-Bold.ttf")):
            self.add_font(FONT, style, font_file(name))
        self.set_title(title)
        self.set_creator("Sternway")
        self.set_lang(language())
        if not identified:
            self.set_creation_date(_ALWAYS)

    def draw(self, drawing: Drawing, x: float, y: float, width: float) -> None:
        """Put a drawing's marks on the page, its upper left at ``x`` and ``y``."""
        scale = width / drawing.width
        for mark in drawing.marks:
            self._mark(mark, x, y, scale)

    def write_in(self, size: float, colour: str, *, bold: bool = False) -> None:
        """Take a size (points) and colour for the texts that follow."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(colour)

    def fill_in(self, colour: str) -> None:
        """Take a colour for the areas that follow."""
        self.set_fill_color(colour)

    def ink_in(self, colour: str, width: float = 0.25) -> None:
        """Take a colour and width for the lines that follow."""
        self.set_draw_color(colour)
        self.set_line_width(width)

    def _mark(self, mark: Mark, x: float, y: float, scale: float) -> None:
        match mark:
            case Box():
                self.fill_in(mark.fill)
                corner = x + mark.x * scale, y + mark.y * scale
                self.rect(*corner, mark.width * scale, mark.height * scale, style="F")
            case Dot():
                self.fill_in(mark.fill)
                centre = x + mark.x * scale, y + mark.y * scale
                self.circle(*centre, mark.radius * scale, style="F")
            case Stroke():
                self.ink_in(mark.colour, mark.width * scale)
                self.polyline([(x + px * scale, y + py * scale) for px, py in mark.points])
            case Text():
                self.write_in(SIZE * scale * _PT_PER_MM, mark.colour, bold=mark.bold)
                text = figures(mark.text)
                place = x + mark.x * scale - self._before(text, mark.anchor)
                self.text(place, y + mark.y * scale, text)

    def _before(self, text: str, anchor: Anchor) -> float:
        """Return how far a text reaches to the left of its anchor."""
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        return self.get_string_width(text) * share


def font_file(name: str) -> Path:
    """Return a font of the screens: Kivy brings it. Found without loading Kivy."""
    return Path(str(metadata.distribution("kivy").locate_file(f"kivy/data/fonts/{name}")))
