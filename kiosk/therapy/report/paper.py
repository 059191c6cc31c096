"""``report.pdf``: exactly one A4 page, whatever the profile and however many sessions.

Nothing here flows: each block has its room, texts shrink into theirs, and what room is left goes
between the blocks. So no input makes a second page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from kiosk.cues.texts import _
from kiosk.export.drawing import ACCENT, BAD, DIM, GROUND, HAIR, INK, LINE, Drawing
from kiosk.export.facts import Fact
from kiosk.therapy.report import words
from kiosk.therapy.report.facts import Facts, Sessions, newest
from kiosk.therapy.report.fitted import Fitted

MARGIN_MM: Final = 14.0
BOTTOM_MM: Final = 10.0
_ACROSS: Final = 3
_GUTTER_MM: Final = 5.0
_PAD_MM: Final = 3.0
_LEAST_GAP_MM: Final = 2.4
_MOST_GAP_MM: Final = 6.0
_ROW_MM: Final = 4.3
_FOOT_MM: Final = 31.0
_NOTE_MM: Final = 16.0
_CARD_MM: Final = 19.0
_COLUMNS: Final = (0.06, 0.115, 0.085, 0.085, 0.105, 0.1, 0.11, 0.1, 0.08, 0.16)
"""Widths of the table's columns, in shares of the page's."""

_Block = tuple[float, Callable[[float], object]]
"""How high it is, and what draws it from there down."""


def paper(facts: Facts, charts: Sequence[Drawing]) -> Iterator[bytes]:
    """Return the document's bytes."""
    yield Paper(facts, charts).made()


class Paper(Fitted):
    """The page. All lengths in millimetres."""

    def __init__(self, facts: Facts, charts: Sequence[Drawing]) -> None:
        super().__init__(facts.title, identified=facts.identified, margin_mm=MARGIN_MM)
        self.learn(facts.who + facts.note + facts.made)
        self.set_auto_page_break(False)
        self._facts = facts
        self._charts = charts

    def made(self) -> bytes:
        """Return the whole document."""
        self.add_page()
        blocks, gap = self._arranged()
        y = MARGIN_MM
        for high, draw in blocks:
            draw(y)
            y += high + gap
        self._foot(self.h - BOTTOM_MM - _FOOT_MM)
        return bytes(self.output())

    def _arranged(self) -> tuple[list[_Block], float]:
        """Return the blocks and the gap below each; a page that is too full loses sessions."""
        most = len(self._facts.table.rows) if self._facts.table is not None else 0
        for rows in range(most, -1, -1):
            blocks = self._blocks(rows)
            room = self.h - MARGIN_MM - BOTTOM_MM - _FOOT_MM - sum(high for high, _draw in blocks)
            if room / len(blocks) >= _LEAST_GAP_MM:
                break
        return blocks, min(_MOST_GAP_MM, room / len(blocks))

    def _blocks(self, rows: int) -> list[_Block]:
        facts = self._facts
        found: list[_Block] = [
            (19.0, self._head),
            (_CARD_MM, self._now),
            (self._prescription(0.0, drawn=False), self._prescription),
            (15.5, self._figures),
        ]
        if facts.table is None:
            return [*found, (10.0, self._nothing)]
        high = 8.5 + (self.epw - 2 * _GUTTER_MM) / 3 * 142 / 300
        for begin in range(0, len(self._charts), _ACROSS):
            part = self._charts[begin : begin + _ACROSS]
            found.append((high, lambda y, part=part: self._chart_row(part, y)))  # type: ignore[misc]
        table = newest(facts.table, rows)
        return [*found, (7.4 + _ROW_MM * (len(table.rows) + 2), lambda y: self._table(table, y))]

    def _head(self, y: float) -> None:
        facts = self._facts
        self.set_char_spacing(1.2)
        self.say(MARGIN_MM, y, 60, 8.0, ACCENT, "STERNWAY", bold=True)
        self.set_char_spacing(0)
        self.say(MARGIN_MM + 60, y, self.epw - 60, 8.5, DIM, facts.title, right=True)
        self.say(MARGIN_MM, y + 4.0, self.epw, 21.0, INK, facts.who, bold=True)
        colour = BAD if facts.identified else ACCENT
        self.write_in(9.0, colour)
        left = self.epw - self.get_string_width(facts.kind) - 4
        self.say(MARGIN_MM, y + 13.6, left, 9.0, INK, facts.about)
        self.say(MARGIN_MM, y + 13.6, self.epw, 9.0, colour, facts.kind, right=bool(facts.about))
        self.ink_in(ACCENT, 0.6)
        self.line(MARGIN_MM, y + 19.0, self.w - MARGIN_MM, y + 19.0)

    def _now(self, y: float) -> None:
        """Draw how the profile stands, what is walked today and what comes next."""
        width = (self.epw - 2 * _GUTTER_MM) / 3
        for index, fact in enumerate(self._facts.now):
            x = MARGIN_MM + index * (width + _GUTTER_MM)
            bad = index == 0 and self._facts.standing != "ready"
            self.fill_in(GROUND)
            self.rect(x, y, width, _CARD_MM, style="F")
            if bad:
                self.fill_in(BAD)
                self.rect(x, y, 1.4, _CARD_MM, style="F")
            inner = width - 2 * _PAD_MM
            self.say(x + _PAD_MM, y + 1.8, inner, 7.5, DIM, fact.name)
            value = BAD if bad else INK
            self.say(x + _PAD_MM, y + 5.0, inner, 12.0, value, fact.value, bold=True)
            self.remark(x + _PAD_MM, y + 11.2, inner, fact.note)

    def _prescription(self, y: float, *, drawn: bool = True) -> float:
        """Draw what was prescribed in two columns, plan and note across; return how high."""
        first, *rest = self._facts.prescription
        half = (self.epw - _GUTTER_MM) / 2
        begin = y
        self._title(_("Prescription"), y, drawn=drawn)
        y += 5.6
        y += self.pair(first, MARGIN_MM, y, self.epw, drawn=drawn)
        for index in range(0, len(rest), 2):
            y += max(
                self.pair(fact, MARGIN_MM + n * (half + _GUTTER_MM), y, half, drawn=drawn)
                for n, fact in enumerate(rest[index : index + 2])
            )
        if self._facts.note:
            note = Fact(_("Note"), self._facts.note)
            y += self.pair(note, MARGIN_MM, y, self.epw, drawn=drawn, most_mm=_NOTE_MM, own=True)
        return y - begin

    def _figures(self, y: float) -> None:
        found = self._facts.figures
        width = self.epw / len(found)
        self.ink_in(HAIR)
        self.line(MARGIN_MM, y, self.w - MARGIN_MM, y)
        self.line(MARGIN_MM, y + 15.5, self.w - MARGIN_MM, y + 15.5)
        for index, fact in enumerate(found):
            x = MARGIN_MM + index * width
            if index:
                self.ink_in(HAIR)
                self.line(x, y + 2.0, x, y + 13.5)
            left = x + (2.4 if index else 0.0)
            room = width - (2.4 if index else 0.0) - 1.0
            self.say(left, y + 1.5, room, 7.5, DIM, fact.name)
            self.say(left, y + 4.8, room, 13.0, INK, fact.value, bold=True)
            self.say(left, y + 11.2, room, 7.2, DIM, fact.note)

    def _nothing(self, y: float) -> None:
        self.say(MARGIN_MM, y + 2.0, self.epw, 11.0, INK, _(words.NO_SESSION))

    def _chart_row(self, drawings: Sequence[Drawing], y: float) -> None:
        width = (self.epw - 2 * _GUTTER_MM) / 3
        for index, drawing in enumerate(drawings):
            x = MARGIN_MM + index * (width + _GUTTER_MM)
            self.say(x, y, width, 8.8, INK, drawing.title, bold=True)
            self.say(x, y + 3.9, width, 7.2, DIM, drawing.says)
            self.draw(drawing, x, y + 8.5, width)

    def _table(self, table: Sessions, y: float) -> None:
        self._title(table.title, y)
        y += 5.6
        self._row(table.head, y, 7.6, DIM, LINE)
        for row in table.rows:
            y += _ROW_MM
            self._row(row, y, 8.2, INK, HAIR)
        y += _ROW_MM + 0.8
        said = self._facts.stops
        if said:
            self.say(MARGIN_MM, y, 20.5, 8.0, DIM, _("All stops"))
            self.say(MARGIN_MM + 22.0, y, self.epw - 22.0, 8.0, INK, said)

    def _row(self, cells: Sequence[str], y: float, size: float, ink: str, rule: str) -> None:
        x = MARGIN_MM
        last = len(cells) - 1
        for index, (text, share) in enumerate(zip(cells, _COLUMNS, strict=True)):
            width = self.epw * share
            inset = 4.0 if index == last else 1.6 if index > 1 else 0.0
            right = 1 < index < last
            self.say(x + inset, y + 0.5, width - inset, size, ink, text, right=right)
            x += width
        self.ink_in(rule, 0.2)
        self.line(MARGIN_MM, y + _ROW_MM, self.w - MARGIN_MM, y + _ROW_MM)

    def _foot(self, y: float) -> None:
        """Draw what the clinic fills in by hand, what this is not, and where it was made."""
        facts = self._facts
        shares = (0.4, 0.2, 0.4)
        x = MARGIN_MM
        for text, share in zip(facts.sign, shares, strict=True):
            width = (self.epw - 2 * _GUTTER_MM) * share
            self.ink_in(INK, 0.25)
            self.line(x, y + 13.5, x + width, y + 13.5)
            self.say(x, y + 14.1, width, 7.5, DIM, text)
            x += width + _GUTTER_MM
        self.say(MARGIN_MM, y + 19.6, self.epw, 7.2, DIM, facts.scales)
        self.say(MARGIN_MM, y + 23.0, self.epw, 7.2, INK, facts.disclaimer)
        self.say(MARGIN_MM, y + 26.4, self.epw, 7.2, DIM, facts.made)

    def _title(self, text: str, y: float, *, drawn: bool = True) -> None:
        if drawn:
            self.say(MARGIN_MM, y, self.epw, 10.0, INK, text, bold=True)
