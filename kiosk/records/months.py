"""The months' TinyDB files: records go in, and few are read out of many.

What a call costs depends on the months it touches and on nothing else: an index beside each month
says where its records stand (``index.py``).
"""

from __future__ import annotations

import itertools
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from tinydb.table import Document

from kiosk.records import index
from kiosk.records.chain import Record
from kiosk.records.errors import BrokenFile
from kiosk.records.files import PREVIOUS
from kiosk.records.index import TABLE, About, Index, Row
from kiosk.records.journal import month_of, session_id_of
from kiosk.records.salvage import is_proved, is_record, saved
from kiosk.records.storage import AppendDB, SafeStorage, Tables
from profiles.saying import Saying, saying

_MONTH_FILES: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9].json"
_INDEXES_IN_MEMORY: Final = 3
_GAPS_TOLD: Final = 5

Pick = Callable[[Index], Sequence[Row]]
"""Chooses the rows of a month that a question is about, oldest first."""


class Months:
    """The months of one log folder. One thread uses it; ``OSError`` comes from the disk."""

    def __init__(self, folder: Path, on_fault: Callable[[Saying], None]) -> None:
        """Look at nothing yet. ``on_fault`` hears a sentence about each file set aside."""
        self._folder = folder
        self._on_fault = on_fault
        self._indexes: OrderedDict[Path, Index] = OrderedDict()
        self._abouts: dict[Path, About] = {}
        self._unsure: set[Path] = set()

    def find(self, record: Record) -> Record | None:
        """Return the session as it stands in its month, or None.

        What a process before this one wrote may not be durable: the next :meth:`keep` writes that
        month again.
        """
        path = self._path(record)
        session_id = session_id_of(record)
        rows = [row for row in self._index(path).rows if row.session_id == session_id]
        if not rows:
            return None
        self._unsure.add(path)
        return self._records(path, rows)[0]

    def keep(self, records: Iterable[Record]) -> None:
        """Put linked records into their months, durably. One that is there is not doubled.

        They go in in the order of the chain, though a clock that went back makes that a month more
        than once: whatever breaks it off, the months then hold a beginning of the chain. May be
        called again after an ``OSError``: nobody knows what the first attempt left on the disk, so
        a month it began with is then written anew, whole.
        """
        in_order = sorted(records, key=lambda record: record["seq"])
        for path, group in itertools.groupby(in_order, key=self._path):
            self._keep_in(path, list(group))

    def rewritten_bytes(self, records: Iterable[Record]) -> int:
        """Return how much :meth:`keep` would have to write: the sizes of the months concerned."""
        total = 0
        for path in {self._path(record) for record in records}:
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total

    def newest(self, count: int, pick: Pick = lambda month: month.rows) -> list[Record]:
        """Return the newest of the picked records, newest first, reading no month in vain."""
        months = sorted(
            ((self._about(path).last_seq, path) for path in self._months()), reverse=True
        )
        found: list[tuple[int, Row, Path]] = []
        for last_seq, path in months:
            if len(found) >= count > 0 and last_seq < found[count - 1][0]:
                break
            found += [(row.seq, row, path) for row in pick(self._index(path))[-count:]]
            found.sort(key=lambda one: one[0], reverse=True)
        chosen = sorted(found[:count], key=lambda one: one[2])
        records: list[Record] = []
        for path, group in itertools.groupby(chosen, key=lambda one: one[2]):
            records += self._records(path, [row for _, row, _ in group])
        return sorted(records, key=lambda record: record["seq"], reverse=True)

    def of_person(self, profile_code: str, count: int) -> list[Record]:
        """Return a person's newest records, newest first."""
        return self.newest(
            count,
            lambda month: [month.rows[place] for place in month.people.get(profile_code, ())],
        )

    def between(self, since: str, until: str) -> list[Record]:
        """Return the records that began in a span of time, in the order of the log.

        ``since`` (included) and ``until`` (not) are written as ``started_at`` is: UTC, ISO 8601.
        """
        found: list[Record] = []
        for path in self._months():
            if since[:7] <= path.stem <= until[:7]:
                rows = [
                    row for row in self._index(path).rows if since <= (row.started_at or "") < until
                ]
                found += self._records(path, rows)
        return sorted(found, key=lambda record: record["seq"])

    def count(self) -> int | None:
        """Return how many records there are; None while a month has not been looked at yet."""
        known = [index.read_about(path) or self._remembered(path) for path in self._months()]
        return None if None in known else sum(about.count for about in known if about)

    def check_newest(self) -> None:
        """Look closely at the file of the newest record; a broken one is set aside and told.

        The newest by its number: under a clock that once stood years ahead a month was made whose
        name comes after all that follow.
        """
        months = [(self._about(path).last_seq, path) for path in self._months()]
        if months:
            self._surveyed(max(months)[1])

    def survey(self, last_seq: Callable[[], int]) -> Iterator[None]:
        """Look at every month, one at a step, newest first; then for numbers that are missing.

        A broken month is set aside and told, one that cannot be read is told and left. The log may
        grow meanwhile, so its last number is asked for once every month was counted: a record that
        came in must not stand for one that is missing.
        """
        count, readable = 0, True
        for path in reversed(self._months()):
            try:
                count += self._surveyed(path).count
            except OSError as error:
                self._on_fault(cannot_be_read(f"log/{path.name}", error))
                readable = False
            yield
        last = last_seq()
        if count == last or not readable:
            return
        seqs: set[int] = set()
        for path in self._months():
            seqs.update(row.seq for row in self._index(path).rows)
            yield
        for said in gaps(seqs, last):
            self._on_fault(said)

    def _surveyed(self, path: Path) -> About:
        with suppress(FileNotFoundError):  # then what was there before is put back, just below
            if not self._storage(path).is_vouched_for():
                self._storage(path).read()
        return self._about(path)

    def _keep_in(self, path: Path, records: Sequence[Record]) -> None:
        """Put records into one month."""
        before = self._index(path)
        known = {row.session_id for row in before.rows}
        new = {record["seq"]: record for record in records if record["session_id"] not in known}
        again = path in self._unsure
        if not new and not again:
            return
        self._unsure.add(path)
        with AppendDB(path, *self._storage_words(), storage=SafeStorage) as database:
            if not again:
                documents = [Document(record, doc_id=seq) for seq, record in new.items()]
                database.table(TABLE).insert_multiple(documents)
            else:
                tables = database.storage.read() or {}
                added = {str(seq): record for seq, record in new.items()}
                tables.setdefault(TABLE, {}).update(added)
                database.storage.write(tables)
        self._unsure.discard(path)
        with suppress(OSError):  # it is derived, and the records are durable
            self._remember(path, index.make(path) if again else index.extend(path, before))

    def _records(self, path: Path, rows: Sequence[Row]) -> list[Record]:
        """Return some records of a month; where they are not where they were, it is mended."""
        if not rows:
            return []
        try:
            return _read_rows(path, rows)
        except (BrokenFile, FileNotFoundError):
            self._indexes.pop(path, None)
            self._storage(path).read()
            wanted = {row.session_id for row in rows}
            again = [row for row in self._made(path).rows if row.session_id in wanted]
            return _read_rows(path, again) if again else []

    def _about(self, path: Path) -> About:
        return index.read_about(path) or self._index(path).about

    def _index(self, path: Path) -> Index:
        """Return a month's index, made anew where it does not fit; an empty one for no month."""
        known = self._indexes.get(path)
        if known is None or not index.fits(known.about, path):
            known = index.read(path) or self._made(path)
            self._remember(path, known)
        self._indexes.move_to_end(path)
        return known

    def _made(self, path: Path) -> Index:
        try:
            return index.make(path)
        except (BrokenFile, FileNotFoundError):
            # Sets a broken file aside, and puts in its place what can be saved.
            if self._storage(path).read() is None:
                return index.EMPTY
            return index.make(path)

    def _remembered(self, path: Path) -> About | None:
        """Return what a month whose index cannot be read held when it was looked at, and holds."""
        about = self._abouts.get(path)
        return about if about is not None and index.fits(about, path) else None

    def _remember(self, path: Path, found: Index) -> None:
        self._indexes[path] = found
        self._abouts[path] = found.about
        while len(self._indexes) > _INDEXES_IN_MEMORY:
            self._indexes.popitem(last=False)

    def _months(self) -> list[Path]:
        """Return the months' files, also those of which only the previous generation is left."""
        found = {
            path.with_name(path.name.removesuffix(PREVIOUS))
            for pattern in (_MONTH_FILES, _MONTH_FILES + PREVIOUS)
            for path in self._folder.glob(pattern)
        }
        return sorted(found)

    def _path(self, record: Record) -> Path:
        return self._folder / f"{month_of(record)}.json"

    def _storage(self, path: Path) -> SafeStorage:
        return SafeStorage(path, *self._storage_words())

    def _storage_words(self) -> tuple[Any, ...]:
        return self._on_fault, _check_tables, _rescue


def missing(first: int, last: int) -> Saying:
    """Return the sentence about records that are missing."""
    if first == last:
        return saying("Record {n} is missing from the log.", n=first)
    return saying("Records {first} to {last} are missing from the log.", first=first, last=last)


def gaps(seqs: Iterable[int], last: int) -> list[Saying]:
    """Return a sentence for each gap in the numbers from 1 to ``last``; of many, how many."""
    found: list[Saying] = []
    before = 0
    for seq in sorted({seq for seq in seqs if 0 < seq <= last} | {last + 1}):
        if seq > before + 1:
            found.append(missing(before + 1, seq - 1))
        before = seq
    if len(found) > _GAPS_TOLD:
        more = saying("More is missing from the log: {n} gaps in all.", n=len(found))
        return [*found[:_GAPS_TOLD], more]
    return found


def cannot_be_read(file: str, error: OSError) -> Saying:
    """Return the sentence about a file of the data folder that the disk does not give."""
    reason = error.strerror or type(error).__name__
    return saying("{file} cannot be read ({reason}).", file=file, reason=reason)


def _read_rows(path: Path, rows: Sequence[Row]) -> list[Record]:
    """Return the records that stand where the rows say, or raise :class:`BrokenFile`."""
    found: list[Record] = []
    with path.open("rb") as file:
        for row in rows:
            content = os.pread(file.fileno(), row.length, row.offset)
            record = _json_in(content)
            if not is_record(record) or record["session_id"] != row.session_id:
                raise BrokenFile(saying("record {n} is not where it was", n=row.seq))
            found.append(record)
    return found


def _json_in(content: bytes) -> Any:
    """Return what some bytes of a file say, or None where they say nothing."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _check_tables(tables: Tables, vouched: bool) -> None:
    """Raise :class:`BrokenFile` for what is no table of records: damage that is still JSON."""
    if tables.keys() - {TABLE}:
        raise BrokenFile(saying("a table of another name"))
    for number, document in tables.get(TABLE, {}).items():
        if not is_record(document) or str(document["seq"]) != number:
            raise BrokenFile(saying("document {n} is no record", n=number))
        if not vouched and not is_proved(document):
            raise BrokenFile(saying("record {n} was changed", n=number))


def _rescue(broken: Sequence[bytes], whole: Tables | None) -> Tables | None:
    records = [*(whole or {}).get(TABLE, {}).values()]
    for content in broken:
        records = saved(content, records)
    return {TABLE: {str(record["seq"]): record for record in records}} if records else None
