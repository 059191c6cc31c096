"""The log for the staff's screens: read in a thread of its own, the newest sessions first.

100,000 sessions take seconds to look at on a small machine, so what was read is shown as it comes,
and kept while somebody looks: a query over it takes milliseconds. Nothing of the log is changed.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from kiosk.logbook.lines import curve_of, days_of, line_of
from kiosk.logbook.model import EACH, Detail, Line, Logbook, Query
from kiosk.records.chart import chart_of
from kiosk.records.errors import RecordsError
from kiosk.records.reader import Entry, LogReader
from kiosk.records.salvage import is_proved
from kiosk.session.actions import Refusal
from kiosk.staff.answers import refused
from kiosk.worker import Worker
from kiosk.zone import zone_of
from profiles.saying import Saying, saying

SHOWN_EVERY: Final = 10 * EACH
"""Sessions between two times that the days are put together: the more, the longer that takes."""
_UNREADABLE: Final = saying("This session cannot be read: the log is damaged there.")
_NO_LOG: Final = saying("The log cannot be read.")


NEWEST: Final = 200
WITHIN_S: Final = 1.0


class Newest(Protocol):
    """What has the newest records at hand; ``kiosk.records.store`` has the real one."""

    def last_sessions(self, count: int) -> Future[list[dict[str, Any]]]:
        """Ask for the newest kept records, newest first."""


class LogDesk:
    """The screens' :class:`kiosk.logbook.model.LogbookDesk`, over one data folder."""

    def __init__(
        self,
        data: Path,
        *,
        zone: str,
        may: Callable[[], None],
        on_death: Callable[[BaseException], None],
        newest: Callable[[], list[dict[str, Any]]] = list,
    ) -> None:
        """Nothing is read before :meth:`open`. ``may`` raises a Refusal without the staff's PIN.

        ``newest`` returns the newest records, as far as they can be had within a moment.
        """
        self._data = data
        self._zone = zone_of(zone)
        self._may = may
        self._newest = newest
        self._worker = Worker("logbook", on_death=on_death, look=self._look, background=True)
        self._asked: deque[tuple[str, Future[Detail]]] = deque()
        self._state = Logbook()
        self._all: list[Line] | None = None
        self._faults: list[Saying] = []
        self._turn = 0
        self._asked_anew = 0
        self._opened = 0
        self._wished: deque[tuple[Query | None, int]] = deque(maxlen=1)
        self._lines: dict[str, Line] = {}
        self._entries: dict[str, Entry] = {}
        self._reader: LogReader | None = None

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def stop(self) -> None:
        """End; whatever is read meanwhile is dropped."""
        self._turn += 1
        self._wished.clear()
        self._worker.close()

    # --- what the screens may ask -----------------------------------------------------------

    def state(self) -> Logbook:
        """Return the newest state."""
        return self._state

    def open(self, query: Query) -> None:
        """Read the log and find these; without the staff's PIN nothing is."""
        self._begin(query, fresh=True)

    def find(self, query: Query) -> None:
        """Find these among what was read."""
        self._begin(query, fresh=False)

    def _begin(self, query: Query, *, fresh: bool) -> None:
        try:
            self._may()
        except Refusal:
            return
        self._turn += 1
        if fresh:
            self._asked_anew = self._turn
        self._wish(query)

    def close(self) -> None:
        """Forget what was read."""
        self._turn += 1
        self._wish(None)

    def _wish(self, query: Query | None) -> None:
        """Have the newest wish done, and no other: each letter that is typed is one more."""
        self._wished.append((query, self._turn))
        self._worker.nudge()

    def session(self, session_id: str) -> Future[Detail]:
        """Return one session whole."""
        try:
            self._may()
        except Refusal as refusal:
            return refused(refusal)
        answer: Future[Detail] = Future()
        self._asked.append((session_id, answer))
        self._worker.nudge()
        return answer

    # --- in its own thread ------------------------------------------------------------------

    def _look(self) -> None:
        """Answer who asked, and do what was wished last; called after each nudge."""
        self._answer()
        while self._wished:
            query, turn = self._wished.popleft()
            if query is None:
                self._forget()
            else:
                self._read(query, turn)
            self._answer()

    def _read(self, query: Query, turn: int) -> None:
        """Show what is looked for of the log, and open it if it was asked for anew since."""
        reader = self._reader if self._opened >= self._asked_anew else None
        if reader is None:
            self._all = None
            self._begin_with_newest(query)
            try:
                reader = LogReader(self._data)
            except (RecordsError, OSError):
                self._publish(Logbook(query, reading=False, faults=((_NO_LOG,),)))
                return
            self._close()
            self._reader, self._opened = reader, turn
            self._entries = {entry.session_id: entry for entry in reader.entries}
        if self._all is not None:
            self._show(query, self._all, len(self._all), len(self._all), self._faults, False)
            return
        faults: list[Saying] = []
        lines: list[Line] = []
        total = len(reader.entries)
        for number, entry in enumerate(reversed(reader.entries), start=1):
            if turn != self._turn:
                return  # something else is asked for, or nobody looks any more
            if number % EACH == 0:
                self._answer()
            line = self._lines.get(entry.session_id) or self._new(reader, entry, faults)
            if line is not None:
                lines.append(line)
            if number == EACH or number % SHOWN_EVERY == 0:
                self._show(query, lines, number, total, [*reader.faults, *faults])
        self._all, self._faults = lines, [*reader.faults, *faults]
        self._show(query, lines, total, total, self._faults, False)

    def _begin_with_newest(self, query: Query) -> None:
        """Show the newest sessions at once: finding out where all of them stand takes a while."""
        lines: list[Line] = []
        for record in self._newest():
            with contextlib.suppress(ValueError, OverflowError):  # it is named in its turn
                lines.append(line_of(msgspec.json.encode(record), self._zone))
        self._show(query, lines, len(lines), len(lines), [])

    def _new(self, reader: LogReader, entry: Entry, faults: list[Saying]) -> Line | None:
        try:
            line = line_of(reader.raw(entry), self._zone)
        except (OSError, ValueError):
            faults.append(saying("Record {n} cannot be read.", n=entry.seq))
            return None
        self._lines[entry.session_id] = line
        return line

    def _show(
        self,
        query: Query,
        lines: list[Line],
        read: int,
        total: int,
        faults: list[Saying],
        reading: bool = True,
    ) -> None:
        days = days_of(lines, query)
        self._publish(
            Logbook(
                query=query,
                days=days,
                reading=reading,
                read=read,
                total=total,
                found=sum(len(day.lines) for day in days),
                faults=tuple((one,) for one in faults),
            )
        )

    def _publish(self, state: Logbook) -> None:
        self._state = state

    def _answer(self) -> None:
        """Answer who asked for one session: nobody waits for all of the log."""
        while self._asked:
            session_id, answer = self._asked.popleft()
            try:
                answer.set_result(self._detail(session_id))
            except Refusal as refusal:
                answer.set_exception(refusal)

    def _detail(self, session_id: str) -> Detail:
        entry, reader = self._entries.get(session_id), self._reader
        if entry is None or reader is None:
            raise Refusal("log", _UNREADABLE)
        try:
            raw = reader.raw(entry)
            line, record = line_of(raw, self._zone), reader.record(entry)
            trace = reader.trace(entry)
        except (OSError, ValueError, RecordsError) as error:
            raise Refusal("log", _UNREADABLE) from error
        kept = None if trace is None else reader.chart(entry, trace)
        chart = kept.chart if kept is not None else chart_of(trace) if trace else None
        return Detail(line, record, curve_of(chart), damaged=not is_proved(record))

    def _forget(self) -> None:
        self._close()
        self._lines, self._entries, self._state = {}, {}, Logbook()
        self._all = None

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def newest_of(store: Newest, count: int = NEWEST) -> list[dict[str, Any]]:
    """Return the newest records if the log gives them within a moment, else none."""
    try:
        return store.last_sessions(count).result(WITHIN_S)
    except (RecordsError, TimeoutError):
        return []
