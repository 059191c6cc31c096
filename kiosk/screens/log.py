"""The log for staff: days, a day's sessions, one session with its chart, and a search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues import units
from kiosk.cues.texts import _, say
from kiosk.logbook.model import Day, Detail, Logbook, Query
from kiosk.screens.dates import DAY_PARTS, here, short_day, weekday_words, within_bounds
from kiosk.screens.keyboard import TypePage
from kiosk.screens.room import Room
from kiosk.screens.rows import RowsPage
from kiosk.screens.sessions import (
    chart_of,
    day_row,
    detail_items,
    detail_title,
    filter_tiles,
    list_told,
    query_words,
    reason_tiles,
    session_row,
)
from kiosk.screens.sheet import SheetPage
from kiosk.screens.staffing import Line
from kiosk.screens.steppers import StepPage
from kiosk.screens.summary import ChartBox, ResultPage
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import TouchGuard
from kiosk.session.model import Snapshot

CODE: int = 16
"""Letters of the longest code."""


class LogPage(BoxLayout):
    """From the days to one session and back. What is looked for goes with the page."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin to read the log."""
        super().__init__(**kwargs)
        self.room = room
        self.desk = room.staff.logbook
        self.page: Any = None
        self.query = Query()
        self.day: date | None = None
        self._turned = 0
        self._shown: Logbook | None = None
        self._fill: Callable[[Logbook], None] | None = None
        self.desk.open(self.query)
        self.days()

    def show(self, snapshot: Snapshot) -> None:
        """Show what was read meanwhile."""
        book = self.desk.state()
        if self._fill is not None and book is not self._shown:
            self._shown = book
            self._fill(book)

    # --- lists ------------------------------------------------------------------------------

    def days(self) -> None:
        """Every day that has sessions, the newest first."""
        page = self._list(lambda: self.room.go("staff"), query_words(self.query))
        page.head.title = [query_words(self.query), _("Log")]
        page.extra, page.extra_icon = _("Search"), "search"
        page.index = self._turned
        page.bind(on_row=lambda _page, key: self._open_day(page, key))
        page.bind(on_choose=lambda *_: self.search())

        def fill(book: Logbook) -> None:
            if book.query != self.query:
                return  # that of the search before
            told = list_told(book)
            page.head.told = [told, told.partition(" ")[0]]
            page.empty = "" if book.days or book.reading else _("Nothing is found.")
            page.main = _("Faults") if book.faults else ""
            page.main_icon = "warning" if book.faults else ""
            page.put(book.days, day_row)

        page.bind(on_act=lambda *_: self._faults())
        self._lay(page, fill)

    def _open_day(self, page: RowsPage, key: str) -> None:
        self._turned = int(page.index)
        self.sessions(date.fromisoformat(key) if key else None)

    def sessions(self, day: date | None) -> None:
        """One day's sessions, the newest first."""
        self.day = day
        page = self._list(self.days, _("Day not known"))
        if day is not None:
            page.head.title = [weekday_words(datetime.combine(day, time())), short_day(day)]
        page.bind(on_row=lambda _page, key: self.open(key))

        def fill(book: Logbook) -> None:
            found = next((one for one in book.days if one.day == day), Day(day, ()))
            page.empty = "" if found.lines else _("Nothing is found.")
            page.put(found.lines, lambda line: session_row(line, self.room.desk.programs()))

        self._lay(page, fill)

    def _list(self, leave: Callable[[], None], title: str) -> RowsPage:
        page = RowsPage(leave)
        page.head.title, page.head.corner = [title], _("Back")
        page.head.good = False
        return page

    # --- one session ------------------------------------------------------------------------

    def open(self, session_id: str) -> None:
        """One session; its record and its trace are read for it."""
        waiting = StaffText(title=_("One moment."), back=_("Back"))
        waiting.go_back = self._again
        self._lay(waiting)

        asked = self.desk.session(session_id)

        def then(refused: str | None) -> None:
            if self.page is not waiting:
                return  # somebody went on meanwhile
            if refused is None:
                self.detail(asked.result())
            else:
                self._told(_("Not readable"), refused, self._again)

        self.room.watch(asked, then)

    def detail(self, detail: Detail) -> None:
        """Everything that is known of a session."""
        page = SheetPage(titles=list(detail_title(detail)), back=_("Back"))
        page.put(detail_items(detail, self.room.desk.programs()))
        page.go_back = self._again
        if detail.curve is not None:
            page.extra, page.extra_icon = _("Chart"), "pulse"
            page.go_aside = lambda: self.chart(detail)
        self._lay(page)

    def chart(self, detail: Detail) -> None:
        """Its speed against the target."""
        if detail.curve is None:
            return
        view = chart_of(detail.curve)
        begin, end = view.ends
        box = ChartBox(view=view, unit=units.speed_unit(), begin=begin, end=end)
        self._lay(ResultPage(box, None, lambda: self.detail(detail), title=_("Speed")))

    def _again(self) -> None:
        self.sessions(self.day)

    # --- the search -------------------------------------------------------------------------

    def search(self) -> None:
        """What may be looked for."""
        page = Tiles(self._searched, self.days)
        page.head.title, page.head.corner = [_("Search")], _("Back")
        page.put(filter_tiles(self.query))
        self._lay(page)

    def find(self, query: Query) -> None:
        """Look for something, from the newest day on."""
        self.query, self._turned = query, 0
        self.desk.find(query)
        self.days()

    def _searched(self, key: str) -> None:
        match key:
            case "reason":
                self._reasons()
            case "code":
                self._code()
            case "day":
                self._one_day()
            case "guests":
                self.find(Query(guests=True))
            case "safety_stop" | "stopped" | "interrupted":
                self.find(Query(outcome=key))
            case _:
                self.find(Query())

    def _reasons(self) -> None:
        page = Tiles(lambda key: self.find(Query(reason=key)), self.search)
        page.head.title, page.head.corner = [_("One reason")], _("Back")
        page.put(reason_tiles(self.query))
        self._lay(page)

    def _code(self) -> None:
        title = _("One code")
        page = TypePage(self.search, self.query.code, most=CODE, title=title, codes=True)
        page.done, page.hint = _("Search"), _("its first letters")
        page.bind(on_typed=lambda _page, text: self.find(Query(code=text.upper())))
        self._lay(page)

    def _one_day(self) -> None:
        newest = next((day.day for day in self.desk.state().days if day.day is not None), None)
        begin = here(self.room.staff.state().clock)
        if newest is not None:
            begin = datetime.combine(newest, time())
        page = StepPage(within_bounds(begin), DAY_PARTS, weekday_words)
        page.head.title, page.head.corner = [_("One day")], _("Back")
        page.head.bind(on_leave=lambda *_: self.search())
        page.bind(on_take=lambda *_: self._go_to(page.steppers.when.date()))
        self._lay(page)

    def _go_to(self, day: date) -> None:
        self.query, self._turned = Query(), 0
        self.desk.find(self.query)
        self.sessions(day)

    # --- what is up -------------------------------------------------------------------------

    def _faults(self) -> None:
        faults = " ".join(say(fault) for fault in self.desk.state().faults[:20])
        self._told(_("Faults of the log"), faults, self.days)

    def _told(self, title: str, text: str, leave: Callable[[], None]) -> None:
        page = StaffText(title=title, mark="warning", good=False, last=_("Back"))
        page.last_icon, page.go_on = "back", leave
        page.put([Line(text)])
        self._lay(page)

    def _lay(self, page: Any, fill: Callable[[Logbook], None] | None = None) -> None:
        self.page, self._fill, self._shown = page, fill, None
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()
        if fill is not None:
            fill(self.desk.state())
