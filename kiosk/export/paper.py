"""``report.pdf``: the summary on A4, for a file of paper. Its font is the screens' own (Roboto)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from fpdf.enums import Align, XPos, YPos

from kiosk.cues.texts import _, figures
from kiosk.export import charts, facts, words
from kiosk.export.drawing import ACCENT, BAD, DIM, HAIR, INK, LINE, Drawing
from kiosk.export.sheet import Sheet
from kiosk.export.summary import Summary

_MARGIN_MM: Final = 17.0
_GUTTER_MM: Final = 8.0
_FOOT_MM: Final = 18.0
_PEOPLE: Final = 60


def paper(summary: Summary, source: facts.Source) -> Iterator[bytes]:
    """Return the document's bytes."""
    yield _Paper(summary, source).made()


class _Paper(Sheet):
    """One document. All lengths in millimetres."""

    def __init__(self, summary: Summary, source: facts.Source) -> None:
        super().__init__(facts.title(), identified=summary.identified, margin_mm=_MARGIN_MM)
        self._summary = summary
        self._source = source
        self.set_auto_page_break(True, _FOOT_MM + 4)

    def made(self) -> bytes:
        """Return the whole document."""
        self.add_page()
        self._head()
        if self._summary.total.sessions:
            self._figures()
            self._charts(charts.charts_of(self._summary))
            self._table(facts.programs(self._summary))
            people = facts.people(self._summary, _PEOPLE)
            if people is not None:
                self._table(people)
        return bytes(self.output())

    def footer(self) -> None:
        """Close a page: what it is, what it is not, and its number. fpdf2 calls it."""
        self.set_y(-_FOOT_MM)
        self.ink_in(HAIR)
        self.line(_MARGIN_MM, self.get_y(), self.w - _MARGIN_MM, self.get_y())
        self.set_y(-_FOOT_MM + 2)
        self.write_in(7.5, DIM)
        self.cell(0, 4, f"{facts.kind(self._summary)} · {_(words.DISCLAIMER)}")
        self.set_x(_MARGIN_MM)
        self.cell(0, 4, f"{self.page_no()} / {{nb}}", align=Align.R)

    def _head(self) -> None:
        self.write_in(8.5, ACCENT, bold=True)
        self.set_char_spacing(1.2)
        self._line(5, "STERNWAY")
        self.set_char_spacing(0)
        self.write_in(22, INK, bold=True)
        self._line(11, facts.title())
        self.write_in(11.5, INK)
        if place := facts.place(self._summary, self._source):
            self._paragraph(6, place)
        self._paragraph(6, facts.scope(self._summary, self._source))
        closed = self._summary.identified
        self.write_in(9, BAD if closed else ACCENT, bold=True)
        self._line(5.5, facts.kind(self._summary))
        self.write_in(9, DIM)
        self._paragraph(4.6, " ".join([*facts.notes(self._summary), _(words.BAND)]))
        self.ln(4)

    def _figures(self) -> None:
        """Draw the figures in a row or two."""
        found = facts.figures(self._summary)
        across = 4
        width = (self.epw - (across - 1) * 3) / across
        high = 18.5
        top = self.get_y()
        for index, one in enumerate(found):
            x = _MARGIN_MM + index % across * (width + 3)
            y = top + index // across * (high + 3)
            self.ink_in(HAIR)
            self.rect(x, y, width, high, round_corners=True, corner_radius=2)
            for size, colour, bold, text, down in (
                (8.5, DIM, False, one.name, 2.0),
                (14.0, INK, True, one.value, 6.2),
                (7.8, DIM, False, one.note, 12.9),
            ):
                shown = figures(text)
                self.write_in(size, colour, bold=bold)
                wide = self.get_string_width(shown)
                if wide > width - 4:
                    self.write_in(size * (width - 4) / wide, colour, bold=bold)
                self.set_xy(x + 3, y + down)
                self.cell(width - 4, size * 0.45, shown)
        rows = -(-len(found) // across)
        self.set_xy(_MARGIN_MM, top + rows * (high + 3) + 3)

    def _charts(self, drawings: Sequence[Drawing]) -> None:
        """Draw the charts two beside each other, each pair kept on one page."""
        width = (self.epw - _GUTTER_MM) / 2
        for begin in range(0, len(drawings), 2):
            pair = drawings[begin : begin + 2]
            high = max(15 + width * one.height / one.width for one in pair)
            if self.get_y() + high > self.h - _FOOT_MM - 4:
                self.add_page()
            top = self.get_y()
            for index, one in enumerate(pair):
                self._chart(one, _MARGIN_MM + index * (width + _GUTTER_MM), top, width)
            self.set_xy(_MARGIN_MM, top + high + 3)

    def _chart(self, drawing: Drawing, x: float, y: float, width: float) -> None:
        self.write_in(10.5, INK, bold=True)
        self.set_xy(x, y)
        self.cell(width, 5, drawing.title)
        self.write_in(8.5, DIM)
        self.set_xy(x, y + 5)
        self.cell(width, 4.5, figures(drawing.says))
        self.draw(drawing, x, y + 12, width)

    def _table(self, table: facts.Table) -> None:
        if self.get_y() + 34 > self.h - _FOOT_MM:
            self.add_page()
        self.ln(2)
        self.write_in(10.5, INK, bold=True)
        self._line(7, table.title)
        first = 0.24 if len(table.head) > 6 else 0.3
        rest = (1 - first) / (len(table.head) - 1)
        widths = [first, *[rest] * (len(table.head) - 1)]
        self._row(table.head, widths, DIM, LINE)
        for row in table.rows:
            if self.get_y() + 6 > self.h - _FOOT_MM - 4:
                self.add_page()
                self._row(table.head, widths, DIM, LINE)
            self._row(row, widths, INK, HAIR)
        self.ln(5)

    def _row(self, cells: Sequence[str], shares: Sequence[float], ink: str, rule: str) -> None:
        self.write_in(8.5, ink)
        for index, (text, share) in enumerate(zip(cells, shares, strict=True)):
            self.cell(self.epw * share, 5.4, figures(text), align=Align.R if index else Align.L)
        self.ln(5.4)
        self.ink_in(rule)
        self.line(_MARGIN_MM, self.get_y(), self.w - _MARGIN_MM, self.get_y())

    def _line(self, high: float, text: str) -> None:
        self.cell(0, high, figures(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _paragraph(self, high: float, text: str) -> None:
        self.multi_cell(0, high, figures(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
