"""What is kept: journals of sessions that power ended, and months that something broke."""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from kiosk.records import chain, journal
from kiosk.records.errors import BadRecord, BrokenFile
from kiosk.records.log import head_in
from kiosk.records.months import _check_tables, _rescue
from kiosk.records.recovery import record_of
from kiosk.records.salvage import documents_in
from kiosk.records.storage import SafeStorage, tables_in
from kiosk.records.trace import to_csv
from tests.fuzz import changes
from tests.fuzz.files import shelf
from tests.fuzz.target import Break, Target
from tests.records.sessions import head, record, rows, so_far

# ---- journal -------------------------------------------------------------------------------------


def journal_is_recovered(data: bytes) -> None:
    """A journal is ``BrokenFile`` or a record; a line whose checksum fails adds nothing to it."""
    lines = data.split(b"\n")[:-1]
    for line in lines:
        entry = journal.entry_of(line)
        if entry is not None:
            assert is_whole(line), "a line counts whose checksum does not fit"
            again = journal.line_of(entry)
            assert journal.entry_of(again[:-1]) is not None
    whole = [line for line in lines if is_whole(line)]
    try:
        found = journal.read_journal(data)
    except BrokenFile:
        assert not any(isinstance(journal.entry_of(line), LEADING) for line in whole)
        return
    alone = journal.read_journal(b"".join(line + b"\n" for line in whole))
    assert found == msgspec.structs.replace(alone, damaged=found.damaged)
    assert found.damaged == alone.damaged + len(lines) - len(whole)
    assert to_csv(found.rows).count(b"\n") >= len(found.rows) + 1
    kept = record_of(found)
    if found.closed:
        assert kept == found.record
    else:
        assert kept.get("outcome") in {"interrupted", "completed", "stopped", "safety_stop"}
    for ask in (journal.session_id_of, journal.month_of):
        try:
            name = ask(kept)
        except BadRecord:
            return
        assert re.fullmatch(r"[0-9A-Za-z-]{1,64}", name), "a name that leaves its folder"
    try:
        linked = chain.link(kept, 1, chain.NO_HASH)
    except BadRecord:
        return
    assert chain.check([linked], chain.head_of(linked)) is None
    assert chain.check([{**linked, "walked_s": -1.5}]) is not None, "an edited record passes"


LEADING = journal.HeadEntry | journal.CheckpointEntry | journal.ClosedEntry


def is_whole(line: bytes) -> bool:
    """Whether a line is as it was written, by a reader of its own."""
    found = re.fullmatch(rb'\["([0-9a-f]{8})",(.*)\]', line, re.DOTALL)
    return found is not None and int(found[1], 16) == zlib.crc32(found[2])


def journals() -> Iterator[bytes]:
    """A session as it runs, as it was closed, and one that ended before it walked."""
    begun = journal.line_of(journal.HeadEntry(head("a-1")))
    walked = journal.line_of(journal.RowsEntry(rows(0, 3)))
    so = journal.line_of(journal.CheckpointEntry(so_far("a-1", 4.0)))
    ended = journal.line_of(journal.CheckpointEntry(so_far("a-1", 4.0, outcome="completed")))
    linked = chain.link(record("a-1"), 1, chain.NO_HASH)
    closed = journal.line_of(journal.ClosedEntry(linked))
    yield begun
    yield begun + walked + so + walked
    yield begun + walked + so + ended + closed
    yield so + closed[:-20]


JOURNAL = Target(
    "journal",
    journal_is_recovered,
    journals,
    changes.journal_lines,
    (
        Break(
            "a line's checksum is not looked at",
            "kiosk/records/journal.py",
            'if line[2:10] != b"%08x" % zlib.crc32(payload):',
            "if False:",
        ),
        Break(
            "a session is named as it likes",
            "kiosk/records/journal.py",
            "if not isinstance(session_id, str) or not _NAME.fullmatch(session_id):",
            "if not isinstance(session_id, str):",
        ),
    ),
)

# ---- month ---------------------------------------------------------------------------------------


def month_is_served(data: bytes) -> None:
    """A month's file is read, or set aside with what can be saved in its place; nothing is lost.

    A second look finds the same as the first, and nothing to set aside.
    """
    try:
        _tables, vouched = tables_in(data)
    except BrokenFile:
        pass
    else:
        assert vouched <= is_vouched(data), "a checksum that does not fit vouches for it"
    for one in documents_in(data):
        json.dumps(one)
    try:
        said = head_in(data)
    except ValueError:
        pass
    else:
        assert isinstance(said.seq, int)
    folder = shelf() / "month"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "2026-11.json"
    path.write_bytes(data)
    told: list[Any] = []
    first = SafeStorage(path, told.append, _check_tables, _rescue).read()
    aside = [one.read_bytes() for one in folder.glob("*.broken-*")]
    assert data in [*aside, path.read_bytes() if path.exists() else b""], "bytes were lost"
    assert len(aside) == len(told)
    told.clear()
    second = SafeStorage(path, told.append, _check_tables, _rescue).read()
    assert not told, f"what was saved is broken: {told[0]}"
    assert (second or None) == (first or None), "a second look finds something else"
    for document in (first or {}).get("sessions", {}).values():
        assert isinstance(document["seq"], int)


def is_vouched(data: bytes) -> bool:
    """Whether a file's checksum stands in it and fits, by a reader of its own."""
    found = re.match(rb'\{"checksum":\{"1":\{"tables":"[1n]","sha256":"(.{64})"\}\},', data)
    return (
        found is not None and hashlib.sha256(data[found.end() :]).hexdigest().encode() == found[1]
    )


def months() -> Iterator[bytes]:
    """A month of three sessions as it is written, without its checksum, and a head."""
    records, last = [], chain.NO_HASH
    for number, name in enumerate(("a-1", "b-2", "c-3"), start=1):
        linked = chain.link(record(name), number, last)
        records.append(linked)
        last = linked["hash"]
    for count in (1, 3):
        table = {"sessions": {str(one["seq"]): one for one in records[:count]}}
        path = shelf() / "seed.json"
        SafeStorage(path).write(table)
        yield path.read_bytes()
        yield json.dumps(table, separators=(",", ":")).encode()
    yield b"{}"
    yield json.dumps({"seq": 3, "hash": last}).encode()


def month_changed(data: bytes, chance: random.Random) -> bytes:
    """A month with its tree changed, at times under a checksum that fits again."""
    opening = re.match(rb'\{"checksum":\{"1":\{"tables":"[1n]","sha256":"[^"]*"\}\},', data)
    rest = b"{" + data[opening.end() :] if opening else data
    change = chance.choice((changes.json_tree, changes.other_number, changes.torn))
    made = change(rest, chance)[1:]
    if opening is None:
        return b"{" + made
    start = data[: opening.end()]
    if chance.random() < 0.6:
        digest = hashlib.sha256(made).hexdigest().encode()
        start = re.sub(rb'"sha256":"[^"]*"', b'"sha256":"' + digest + b'"', start)
    return start + made


MONTH = Target(
    "month",
    month_is_served,
    months,
    month_changed,
    (
        Break(
            "a checksum that does not fit is no damage",
            "kiosk/records/storage.py",
            "return _sum_in(content) in {None, hashlib.sha256(rest).hexdigest()}",
            "return True",
        ),
        Break(
            "a broken file is not set aside",
            "kiosk/records/storage.py",
            "aside=aside(one.path).name,",
            "aside=one.path.name,",
        ),
    ),
)

TARGETS = (JOURNAL, MONTH)
