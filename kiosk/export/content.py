"""What an export holds: each file as the bytes it is made of, in the order it is written.

Nothing here knows where the bytes go. Records are read twice or thrice, one at a time, so that
100,000 of them need no more memory than a hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from kiosk.export.facts import Source
from kiosk.export.people import People
from kiosk.export.shape import columns, deidentified, row_of
from kiosk.export.summary import LINES, Summary, line_of
from kiosk.export.tables import csv_chunks, json_chunks, json_of
from kiosk.export.traces import clean, exported
from kiosk.records.chain import Record
from kiosk.records.chart import chart_of
from kiosk.records.reader import Entry, LogReader
from kiosk.records.salvage import is_proved

_AHEAD: Final = 16
"""So many sessions before its turn the disk is told of a trace: it reads while we compute."""


class Item(NamedTuple):
    """One file: its path in the folder and its bytes, which can be read once."""

    path: str
    chunks: Iterable[bytes]


class Content:
    """The files of one export. The iterator must be used up item by item."""

    def __init__(
        self,
        log: LogReader,
        people: People,
        entries: list[Entry],
        formats: frozenset[str],
        *,
        identified: bool,
        source: Source,
    ) -> None:
        """``entries`` are the sessions in the order they are written."""
        self._log = log
        self._people = people
        self._entries = entries
        self._formats = formats
        self._identified = identified
        self._source = source if identified else Source()
        self._names = [field.name for field in columns(identified=identified)]
        # Of more sessions than a report lists, it lists the newest (identified: oldest first).
        self._unlisted = max(0, len(entries) - LINES) if identified else 0
        self.summary = Summary(identified)

    def items(self) -> Iterator[Item]:
        """Return every file, the report last: it shows what passed by on the way."""
        reports = bool(self._formats & {"html", "pdf"})
        if "csv" in self._formats:
            yield Item("sessions.csv", csv_chunks(self._names, self._rows(counted=reports)))
        elif reports:
            for _row in self._rows(counted=True):
                pass  # only to count
        if "json" in self._formats:
            yield Item("sessions.json", json_chunks(self._documents()))
        if self._formats & {"traces", "html"}:
            yield from self._traces()
        if "html" in self._formats:
            from kiosk.export.page import page

            yield Item("report.html", page(self.summary, self._source))
        if "pdf" in self._formats:
            from kiosk.export.paper import paper

            yield Item("report.pdf", paper(self.summary, self._source))

    def _rows(self, *, counted: bool) -> Iterator[list[Any]]:
        for number, entry in enumerate(self._entries):
            who = self._people.of(entry)
            record = self._checked(entry)
            row = row_of(record, who, identified=self._identified)
            if counted:
                day: int | str | None = who.day
                if self._identified:
                    on = self._people.date_of(entry)
                    day = on.isoformat() if on is not None else None
                line = line_of(self._names, row, day)
                self.summary.add(line, listed=number >= self._unlisted)
            yield row

    def _checked(self, entry: Entry) -> Record:
        """Return a record; one that somebody changed leaves as well, but never in silence."""
        record = self._log.record(entry)
        if not is_proved(record):
            self._log.tell_changed(entry)
        return record

    def _documents(self) -> Iterator[bytes]:
        alone = not self._formats & {"csv", "html", "pdf"}
        for entry in self._entries:
            if alone:
                self._checked(entry)
            if self._identified:
                # As it stands in the log, so that its hash still fits.
                yield self._log.raw(entry)
            else:
                yield json_of(deidentified(self._log.record(entry), self._people.of(entry)))

    def _traces(self) -> Iterator[Item]:
        """Give the traces, and the sessions that the report lists their charts."""
        traces, page = "traces" in self._formats, "html" in self._formats
        lines = self.summary.lines
        for number, entry in enumerate(self._entries):
            if number + _AHEAD < len(self._entries):
                self._log.expect(self._entries[number + _AHEAD])
            place = number - self._unlisted
            listed = page and 0 <= place < len(lines)
            trace = self._log.trace(entry) if traces or listed else None
            if trace is None:
                continue
            kept = self._log.chart(entry, trace)
            if kept is None:
                # Nobody vouches for it: it may be another version's, or somebody wrote into it.
                cleaned = clean(trace)
                if cleaned != trace:
                    self._log.tell_trace_changed()
                trace = cleaned
            if listed:
                chart = kept.chart if kept is not None else chart_of(trace)
                lines[place] = lines[place]._replace(chart=chart)
            if traces:
                yield Item(f"traces/{self._people.of(entry).session}.csv", (exported(trace),))
