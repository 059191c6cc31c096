"""The log: records chained one to the next in the months' files, with the head beside them.

The order of the log is ``seq`` alone, because the wall clock may jump. A record is linked to the
chain when its session is closed, and goes into its month some time later (``clerk.py``).
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from kiosk.records import chain
from kiosk.records.chain import NO_HASH, Head, Members, Record
from kiosk.records.files import PREVIOUS, set_aside, write_atomically
from kiosk.records.months import Months, missing
from kiosk.records.salvage import is_proved, is_record
from profiles.saying import Saying, saying

log = logging.getLogger(__name__)

HEAD_FILE: Final = "head.json"
RECENT: Final = 64
"""Records whose chain is checked at each start: some 20 ms. ``sternway log verify`` checks all."""


class _HeadFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """``head.json``: the head, and a checksum over it, so that a flipped bit is no other head."""

    seq: int
    hash: str
    crc: str | None = None


class Log:
    """The kept sessions of one data folder. One thread uses it; ``OSError`` comes from the disk."""

    def __init__(self, folder: Path, on_fault: Callable[[Saying], None]) -> None:
        """Look at nothing yet; :meth:`open` does. ``on_fault`` hears a sentence per fault."""
        self.months = Months(folder, on_fault)
        self._folder = folder
        self._on_fault = on_fault
        self._head = Head()
        self._written = Head()

    @property
    def head(self) -> Head:
        """The newest linked record's number and hash; it may not be in a month's file yet."""
        return self._head

    def open(self) -> None:
        """Read the head and make it agree with the records, without hiding what is missing.

        A crash between the records and the head leaves the head behind: it is moved on. A head that
        is ahead of the records, or names another one, stays: the next record follows on *it*, so
        that the gap shows for ever. The file of the newest record is checked, and the newest
        records' chain.
        """
        self.months.check_newest()
        kept = self._read_head()
        self._head = self._written = kept or Head()
        recent = self.months.newest(RECENT)[::-1]
        for text in (_disagreement(kept, recent), _broken_link(recent)):
            if text is not None:
                self._on_fault(text)
        if kept is None and recent:
            self._remember_loss(recent[-1]["seq"])
        elif kept is None:
            # From the first start on there is a head, so that none at all is never a crash's doing.
            self._write_head(Head())
        if recent and recent[-1]["seq"] > self._head.seq:
            self._head = chain.head_of(recent[-1])
            self._write_head(self._head)

    def link(self, record: Record, members: Members | None = None) -> Record:
        """Give a record its number and its place in the chain; nothing is written."""
        linked = chain.link(record, self._head.seq + 1, self._head.hash, members)
        self._head = chain.head_of(linked)
        return linked

    def adopt(self, record: Record) -> bool:
        """Go on from a record that was linked before a restart; say whether it can be.

        One whose number is taken or whose hash does not fit cannot. A gap before it stays one.
        """
        if not is_record(record) or record["seq"] <= self._head.seq or not is_proved(record):
            return False
        if record["seq"] > self._head.seq + 1:
            self._on_fault(missing(self._head.seq + 1, record["seq"] - 1))
        self._head = chain.head_of(record)
        return True

    def keep(self, linked: Iterable[Record]) -> None:
        """Put linked records into their months, then move the head, durably. See ``Months.keep``.

        May be called again after an ``OSError``.
        """
        records = sorted(linked, key=lambda record: record["seq"])
        self.months.keep(records)
        if records and records[-1]["seq"] > self._written.seq:
            self._write_head(chain.head_of(records[-1]))

    def survey(self) -> Iterator[None]:
        """Look at every month, one at a step; see :meth:`Months.survey`."""
        return self.months.survey(lambda: self._written.seq)

    def _read_head(self) -> Head | None:
        """Return the head as it was kept, else the one before it, else None."""
        for path in (self._folder / HEAD_FILE, self._folder / (HEAD_FILE + PREVIOUS)):
            try:
                return head_in(path.read_bytes())
            except FileNotFoundError:
                continue
            except ValueError:
                aside = set_aside(path)
                self._on_fault(
                    saying(
                        "{file} is broken: set aside as {aside}.", file=path.name, aside=aside.name
                    )
                )
        return None

    def _remember_loss(self, last_seq: int) -> None:
        """Leave a file that is told at every start, until someone who looked deletes it.

        Without the head nobody knows whether there were records after the last.
        """
        path = self._folder / HEAD_FILE
        if not any(path.parent.glob(f"{HEAD_FILE}.broken-*")):
            text = f"There was no {HEAD_FILE}. It was made anew from record {last_seq}, the last."
            write_atomically(path.with_name(f"{HEAD_FILE}.broken-1"), f"{text}\n".encode())

    def _write_head(self, head: Head) -> None:
        content = msgspec.json.encode(_HeadFile(head.seq, head.hash, _crc(head)))
        write_atomically(self._folder / HEAD_FILE, content, keep_previous=True)
        self._written = head


def _crc(head: Head) -> str:
    return f"{zlib.crc32(f'{head.seq} {head.hash}'.encode()):08x}"


def head_in(content: bytes) -> Head:
    """Return the head in a file's bytes; raises ``ValueError`` for a broken one."""
    try:
        found = msgspec.json.decode(content, type=_HeadFile)
    except RecursionError as error:
        raise ValueError("nested far too deep") from error
    head = Head(found.seq, found.hash)
    if found.crc not in {None, _crc(head)}:
        raise ValueError("its checksum does not fit")
    return head


def _disagreement(kept: Head | None, recent: Sequence[Record]) -> Saying | None:
    """Return what is wrong between the head and the newest records (oldest first), or None.

    Behind by records that follow on it, is what a crash between the two leaves.
    """
    last = chain.head_of(recent[-1]) if recent else Head()
    if kept is None and last.seq > 0:
        return saying("{file} was lost: made anew from the records.", file=HEAD_FILE)
    kept = kept or Head()
    if last.seq < kept.seq:
        return missing(last.seq + 1, kept.seq)
    if last.seq == kept.seq:
        if last == kept:
            return None
        return saying("Record {n} is not the one that was kept.", n=kept.seq)
    newer = [record for record in recent if record["seq"] > kept.seq]
    follows = newer[0]["seq"] == kept.seq + 1 and newer[0]["prev_hash"] == kept.hash
    if follows:
        return None
    return saying(
        "{file} names record {n}: {last} came after it.",
        file=HEAD_FILE,
        n=kept.seq,
        last=last.seq,
    )


def _broken_link(recent: Sequence[Record]) -> Saying | None:
    """Return the first place at which the newest records (oldest first) do not hold together."""
    if not recent:
        return None
    first = recent[0]
    before = Head(first["seq"] - 1, first["prev_hash"] if first["seq"] > 1 else NO_HASH)
    fault = chain.check(recent, after=before)
    return None if fault is None else fault.text
