"""The reader of a log, exactly: what it serves, what it says, and what it leaves alone."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.records import reader
from kiosk.records.chart import keep_chart
from kiosk.records.errors import BrokenFile, DataUnusable
from kiosk.records.files import PREVIOUS
from kiosk.records.journal import CheckpointEntry, ClosedEntry, HeadEntry, RowsEntry, line_of
from kiosk.records.reader import LogReader, kiosk_id
from kiosk.records.storage import SafeStorage
from kiosk.records.trace import to_csv
from tests.records.in_months import linked, table
from tests.records.sessions import head, record, row, rows


def month(data: Path, name: str, *records: dict[str, Any]) -> Path:
    """A month's file, as the log writes it."""
    path = data / "log" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    SafeStorage(path, lambda said: pytest.fail(str(said))).write(table(*records))
    return path


def journaled(data: Path, name: str, *entries: Any) -> Path:
    path = data / "journal" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(line_of(entry) for entry in entries))
    return path


def unreadable(monkeypatch: pytest.MonkeyPatch, path: Path, number: int) -> None:
    """Let the disk refuse this file to whoever reads it whole."""
    real = Path.read_bytes

    def read_bytes(self: Path) -> bytes:
        if self == path:
            raise OSError(number, os.strerror(number))
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)


def told(log: LogReader) -> list[str]:
    return [str(said) for said in log.faults]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two months with three records."""
    made = linked("2026-11", "2026-11", "2026-12", code="P-7F3K")
    month(tmp_path, "2026-11", *made[:2])
    month(tmp_path, "2026-12", made[2])
    return tmp_path


@pytest.fixture
def log(data: Path) -> Iterator[LogReader]:
    with LogReader(data) as log:
        yield log


# --- what there is --------------------------------------------------------------------------


def test_each_record_is_there_with_what_it_is_chosen_by(log: LogReader) -> None:
    assert [entry.seq for entry in log.entries] == [1, 2, 3]
    first = log.entries[0]
    assert (first.session_id, first.started_at) == ("s-1", "2026-11-02T10:00:00.000Z")
    assert (first.profile_code, first.clock_trusted) == ("P-7F3K", True)
    assert told(log) == []
    assert log.running == 0


def test_its_bytes_are_those_of_its_file(data: Path, log: LogReader) -> None:
    for entry in log.entries:
        name = "2026-11" if entry.seq < 3 else "2026-12"
        content = (data / f"log/{name}.json").read_bytes()
        assert content[entry.offset : entry.offset + entry.length] == log.raw(entry)
        assert log.record(entry)["seq"] == entry.seq
        assert log.record(entry) == json.loads(log.raw(entry))
    assert [entry.file for entry in log.entries] == [0, 0, 1]


def test_two_records_whose_bytes_are_alike_stand_each_in_its_place(tmp_path: Path) -> None:
    """One is looked for behind the other, not from the start again."""
    made = linked("2026-11", "2026-11")
    twin = {**made[0], "seq": 2}
    path = tmp_path / "log/2026-11.json"
    path.parent.mkdir()
    same = json.dumps(made[0])
    records = ",".join(f'"{n}":{one}' for n, one in enumerate((same, json.dumps(twin), same), 1))
    path.write_text(f'{{"sessions":{{{records}}}}}')
    content = path.read_bytes()
    with LogReader(tmp_path) as log:
        assert len(log.entries) == 1
        assert told(log) == ["A session is in the log twice: its first record was read."]
        found = list(log._found(content, 0))
    first = content.index(same.encode())
    last = content.rindex(same.encode())
    assert [entry.offset for entry in found] == [first, content.index(b'"2":') + 4, last]


def test_three_records_whose_bytes_are_the_same_stand_in_three_places(log: LogReader) -> None:
    same = json.dumps(linked("2026-11")[0])
    content = f'{{"sessions":{{"1":{same},"2":{same},"3":{same}}}}}'.encode()
    offsets = [entry.offset for entry in log._found(content, 0)]
    assert offsets == [content.index(mark) + 4 for mark in (b'"1":{', b'"2":{', b'"3":{')]


def test_a_month_without_a_session_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/2026-11.json").write_text('{"other": {}}')
    with LogReader(tmp_path) as log:
        assert (log.entries, told(log)) == ([], [])


@pytest.mark.parametrize(("trusted", "is_so"), [(True, True), (False, False), (None, False)])
def test_a_clock_is_trusted_only_where_the_record_says_so(
    tmp_path: Path, trusted: bool | None, is_so: bool
) -> None:
    month(tmp_path, "2026-11", {**linked("2026-11")[0], "clock_trusted": trusted})
    with LogReader(tmp_path) as log:
        assert log.entries[0].clock_trusted is is_so


def test_the_records_come_in_the_order_of_the_log(tmp_path: Path) -> None:
    made = linked("2026-12", "2026-11", "2026-12")
    month(tmp_path, "2026-11", made[1])
    month(tmp_path, "2026-12", made[2], made[0])
    with LogReader(tmp_path) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3]


def test_what_is_no_month_is_not_read(data: Path) -> None:
    for name in ("head.json", "2026-13x.json", "x2026-11.json", "2026-11.json.broken-1"):
        (data / "log" / name).write_text("no month")
    with LogReader(data) as log:
        assert len(log.entries) == 3
        assert told(log) == []


def test_an_empty_folder_is_an_empty_log_and_none_is_an_error(tmp_path: Path) -> None:
    with LogReader(tmp_path) as log:
        assert (log.entries, told(log), log.running) == ([], [], 0)
    with pytest.raises(DataUnusable) as raised:
        LogReader(tmp_path / "none")
    assert str(raised.value) == f"{tmp_path / 'none'}: there is no data folder"


def test_a_folder_that_may_not_be_read_is_said(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(DataUnusable) as raised:
        LogReader(data)
    assert str(raised.value) == f"{data}: cannot be read (Permission denied)"


# --- its files ------------------------------------------------------------------------------


def open_files() -> set[str]:
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(link.readlink()))
        except OSError:
            continue
    return found


def test_it_reads_what_a_month_was_when_it_was_opened_and_lets_go_of_it(data: Path) -> None:
    path = data / "log/2026-11.json"
    with LogReader(data) as log:
        assert str(path) in open_files()
        before = log.raw(log.entries[0])
        path.rename(path.with_suffix(".old"))
        month(data, "2026-11", {**linked("2026-11")[0], "walked_s": 1.0})
        assert log.raw(log.entries[0]) == before
    assert not [name for name in open_files() if name.startswith(str(data))]
    log.close()


def test_a_month_that_is_broken_stays_not_open(data: Path) -> None:
    (data / "log/2026-11.json").write_bytes(b"{broken")
    with LogReader(data):
        assert str(data / "log/2026-11.json") not in open_files()


def test_a_link_is_not_followed(data: Path) -> None:
    path = data / "log/2026-12.json"
    path.rename(data / "elsewhere.json")
    path.symlink_to(data / "elsewhere.json")
    with LogReader(data) as log:
        assert len(log.entries) == 2
        (said,) = told(log)
        assert "2026-12" in said


# --- what is damaged ------------------------------------------------------------------------


def test_a_month_that_was_changed_is_named_and_read(data: Path) -> None:
    path = data / "log/2026-11.json"
    path.write_bytes(path.read_bytes().replace(b'"walked_s":60.0', b'"walked_s":61.0', 1))
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3]
        assert told(log) == ["log/2026-11.json was changed: its checksum does not fit."]
        assert log.record(log.entries[0])["walked_s"] == 61.0


def test_of_a_broken_month_the_generation_before_is_read_and_what_can_be_saved(
    data: Path,
) -> None:
    path = data / "log/2026-11.json"
    content = path.read_bytes()
    first, second = linked("2026-11", "2026-11", code="P-7F3K")
    older = month(data, "older", first)
    older.rename(data / f"log/2026-11.json{PREVIOUS}")
    path.write_bytes(content[:-1])  # its last brace
    with LogReader(data) as log:
        assert told(log) == ["log/2026-11.json is broken: what can be read of it was read."]
        assert [entry.seq for entry in log.entries] == [1, 2, 3]
        saved = log.entries[1]
        assert log.record(saved)["session_id"] == second["session_id"]
        assert saved.file == reader._IN_MEMORY
        assert saved.length == len(log.raw(saved))
    assert path.read_bytes() == content[:-1], "a reader sets nothing aside"


def test_where_both_generations_are_broken_each_gives_what_it_has(data: Path) -> None:
    path = data / "log/2026-11.json"
    previous = data / f"log/2026-11.json{PREVIOUS}"
    one, two = linked("2026-11", "2026-11")
    month(data, "2026-11", one)
    one_whole = path.read_bytes()
    month(data, "2026-11", two)
    path.write_bytes(path.read_bytes()[:-1])
    previous.write_bytes(one_whole[:-1])
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3]
        assert told(log) == [
            "log/2026-11.json is broken: what can be read of it was read.",
            f"log/2026-11.json{PREVIOUS} is broken: what can be read of it was read.",
        ]


def test_a_month_that_is_missing_is_read_from_the_generation_before(data: Path) -> None:
    path = data / "log/2026-12.json"
    path.rename(data / f"log/2026-12.json{PREVIOUS}")
    with LogReader(data) as log:
        assert len(log.entries) == 3
        assert told(log) == ["log/2026-12.json is missing: its previous generation was read."]


def test_a_generation_before_is_not_read_beside_a_whole_month(data: Path) -> None:
    stranger = month(data, "older", {**linked("2026-11")[0], "session_id": "s-9", "seq": 9})
    stranger.rename(data / f"log/2026-11.json{PREVIOUS}")
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3]
        assert told(log) == []


def test_a_month_that_the_disk_does_not_give_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def failing(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if str(path).endswith("2026-11.json"):
            raise OSError(errno.EIO, "Input/output error")
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", failing)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [3]
        (said,) = told(log)
        assert "2026-11.json" in said
        assert "Input/output error" in said


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "s_1", "x" * 65])
def test_a_session_whose_number_is_no_name_is_not_served(data: Path, name: str) -> None:
    """It would name a file of its trace."""
    path = data / "log/2026-12.json"
    stranger = {**linked("2026-12")[0], "seq": 3, "session_id": name}
    content = json.dumps({"sessions": {"3": stranger}})
    with (
        LogReader(data) as log,
        pytest.raises(BrokenFile, match=r"^a session's number is no name$"),
    ):
        list(log._found(content.encode(), 0))
    path.write_text(content)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2], "nor is it saved of a broken month"
        assert told(log) == ["log/2026-12.json is broken: what can be read of it was read."]


def test_what_is_saved_of_a_broken_month_and_has_a_field_of_another_kind_is_left_out(
    data: Path,
) -> None:
    """It must not keep all the others from being read."""
    one, two = linked("2026-12", "2026-12")
    odd = {**one, "seq": 3, "session_id": "s-3", "profile_code": 7}
    good = {**two, "seq": 4, "session_id": "s-4"}
    whole = json.dumps({"sessions": {"3": odd, "4": good}})
    (data / "log/2026-12.json").write_text(whole[:-1])
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 4]
        assert told(log) == [
            "log/2026-12.json is broken: what can be read of it was read.",
            "Record 3 is missing from the log.",
        ]


def test_a_session_that_is_in_two_months_counts_once_and_is_named(tmp_path: Path) -> None:
    (one,) = linked("2026-11")
    month(tmp_path, "2026-11", one)
    month(tmp_path, "2026-12", {**one, "seq": 2, "walked_s": 1.0})
    with LogReader(tmp_path) as log:
        (entry,) = log.entries
        assert (entry.seq, entry.file) == (1, 0)
        assert told(log) == ["A session is in the log twice: its first record was read."]


@pytest.mark.parametrize("written", [b"\xff" * 10, b"[1, 2]", b'{"a": '])
def test_a_record_that_was_written_over_is_an_error(
    data: Path, log: LogReader, written: bytes
) -> None:
    entry = log.entries[0]
    with (data / "log/2026-11.json").open("r+b") as file:
        file.seek(entry.offset)
        file.write(written.ljust(entry.length))
    with pytest.raises(BrokenFile) as raised:
        log.record(entry)
    assert [str(said) for said in raised.value.said] == [
        "the log was changed in place while it was read"
    ]


def test_who_finds_a_changed_record_has_it_named_once(log: LogReader) -> None:
    for _ in range(2):
        log.tell_changed(log.entries[1])
    assert told(log) == ["Record 2 was changed: its hash does not fit."]


def test_who_finds_a_changed_trace_has_it_named_once(log: LogReader) -> None:
    for _ in range(2):
        log.tell_trace_changed()
    assert told(log) == ["A trace was changed: what can be read of it was read."]


# --- sessions that are in no month yet ------------------------------------------------------


def test_a_session_that_is_closed_is_served_from_its_journal(data: Path) -> None:
    done = {**record("s-4"), "seq": 4, "profile_code": "P-2"}
    journaled(data, "s-4", HeadEntry(head("s-4")), RowsEntry(rows(0, 3)), ClosedEntry(done))
    with LogReader(data) as log:
        entry = log.entries[3]
        assert (entry.seq, entry.session_id, entry.profile_code) == (4, "s-4", "P-2")
        assert (entry.file, entry.offset) == (reader._IN_JOURNAL, 0)
        assert log.raw(entry) == msgspec.json.encode(done)
        assert entry.length == len(log.raw(entry))
        assert log.record(entry) == done
        trace = to_csv([row(0), row(1), row(2)])
        assert log.trace(entry) == trace
        assert log.trace_bytes(entry) == len(trace)
        assert log.chart(entry, trace) is None
        assert log.running == 0


def test_those_that_still_run_or_cannot_be_read_are_counted(data: Path) -> None:
    journaled(data, "s-4", HeadEntry(head("s-4")), RowsEntry(rows(0, 3)))
    journaled(data, "s-5", HeadEntry(head("s-5")), CheckpointEntry({**record("s-5"), "seq": 5}))
    journaled(data, "s-6").write_bytes(b"broken\n")
    journaled(data, "s-7", ClosedEntry({**record("s-7"), "seq": "seven"}))
    journaled(data, "s-8", ClosedEntry({**record("../s"), "seq": 8}))
    journaled(data, "s-9", ClosedEntry({**record("s-9"), "seq": 4}))
    (data / "journal/other.txt").write_text("no journal")
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3, 4]
        assert log.running == 5
        assert log.record(log.entries[3])["session_id"] == "s-9"
        assert told(log) == []


def test_one_that_goes_into_its_month_meanwhile_is_served_once_and_is_no_fault(
    data: Path,
) -> None:
    journaled(data, "s-3", ClosedEntry(linked("2026-11", "2026-11", "2026-12")[2]))
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3]
        assert told(log) == []


def test_a_journal_that_is_gone_by_then_is_no_session(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = journaled(data, "s-4", ClosedEntry({**record("s-4"), "seq": 4}))
    journaled(data, "s-5", ClosedEntry({**record("s-5"), "seq": 5}))
    unreadable(monkeypatch, path, errno.ENOENT)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3, 5]
        assert log.running == 0


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_a_journal_that_the_disk_does_not_give_is_named_and_nothing_is_missed(
    data: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = journaled(data, "s-4", ClosedEntry({**record("s-4"), "seq": 4}))
    journaled(data, "s-5", ClosedEntry({**record("s-5"), "seq": 5}))
    unreadable(monkeypatch, path, number)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3, 5]
        assert log.running == 0
        assert told(log) == [f"journal/s-4.jsonl cannot be read ({os.strerror(number)})."]


def test_a_broken_month_that_the_disk_does_not_give_again_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data / "log/2026-11.json"
    path.write_bytes(path.read_bytes()[:-1])
    unreadable(monkeypatch, path, errno.EIO)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [3]
        assert told(log) == [
            "log/2026-11.json is broken: what can be read of it was read.",
            "log/2026-11.json cannot be read (Input/output error).",
        ]


def test_a_broken_month_that_is_set_aside_meanwhile_stops_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("2026-11.json", f"2026-11.json{PREVIOUS}"):
        (data / "log" / name).write_bytes(b"x")
    unreadable(monkeypatch, data / "log/2026-11.json", errno.ENOENT)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [3]
        assert told(log) == [
            "log/2026-11.json is broken: what can be read of it was read.",
            f"log/2026-11.json{PREVIOUS} is broken: what can be read of it was read.",
            "Records 1 to 2 are missing from the log.",
        ]


def test_of_a_month_set_aside_meanwhile_the_generation_before_is_still_read(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data / "log/2026-11.json"
    whole = path.read_bytes()
    path.write_bytes(b"x")
    (data / f"log/2026-11.json{PREVIOUS}").write_bytes(whole[:-1])
    unreadable(monkeypatch, path, errno.ENOENT)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3]


# --- what is missing ------------------------------------------------------------------------


def headed(data: Path, seq: int) -> None:
    """A head that names this record, as the log writes it."""
    path = data / "log" / "head.json"
    path.write_bytes(msgspec.json.encode({"seq": seq, "hash": "0" * 64}))


@pytest.mark.parametrize(
    ("left", "head", "said"),
    [
        ((1, 2, 3, 4, 5, 6, 7), 7, []),
        ((1, 2, 3, 4, 5, 6, 7), 6, []),
        ((1, 2, 4, 5, 6, 7), 7, ["Record 3 is missing from the log."]),
        ((1, 2, 4, 5, 6, 7), None, ["Record 3 is missing from the log."]),
        ((2, 3, 4, 7), 7, ["Record 1 is", "Records 5 to 6 are"]),
        ((1, 2, 3, 4, 5), 7, ["Records 6 to 7 are missing from the log."]),
        ((1, 2, 3, 4, 5), None, []),
        ((4, 5, 6, 7), 7, ["Records 1 to 3 are missing from the log."]),
        ((1, 2, 3), 7, ["Records 4 to 7 are missing from the log."]),
        ((), 7, ["Records 1 to 7 are missing from the log."]),
        ((), 0, []),
        (
            (2, 4, 6, 8, 10),
            13,
            [*(f"Record {n} is" for n in (1, 3, 5, 7, 9)), "More is missing from the log: 6 gaps"],
        ),
    ],
)
def test_what_is_missing_is_told(
    tmp_path: Path, left: tuple[int, ...], head: int | None, said: list[str]
) -> None:
    made = linked(*["2026-11"] * 3, *["2026-12"] * 7)
    for name, some in (("2026-11", made[:3]), ("2026-12", made[3:])):
        if here := [one for one in some if one["seq"] in left]:
            month(tmp_path, name, *here)
    (tmp_path / "log").mkdir(exist_ok=True)
    if head is not None:
        headed(tmp_path, head)
    with LogReader(tmp_path) as log:
        found = told(log)
        assert len(log.entries) == len(left)
    assert len(found) == len(said)
    assert all(one.startswith(begin) for one, begin in zip(found, said, strict=True))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"seq":9,"hash":"0","crc":"0"}', b"[" * 9999])
def test_a_head_that_is_broken_names_nothing(data: Path, content: bytes) -> None:
    (data / "log" / "head.json").write_bytes(content)
    with LogReader(data) as log:
        assert told(log) == []


def test_a_session_that_waits_is_not_missing_and_one_before_it_is(data: Path) -> None:
    headed(data, 3)
    journaled(data, "s-5", ClosedEntry({**record("s-5"), "seq": 5}))
    with LogReader(data) as log:
        assert told(log) == ["Record 4 is missing from the log."]
    journaled(data, "s-4", ClosedEntry({**record("s-4"), "seq": 4}))
    with LogReader(data) as log:
        assert told(log) == []


def test_of_a_session_that_is_there_twice_no_number_is_missing(tmp_path: Path) -> None:
    one, two, three = linked("2026-11", "2026-11", "2026-11")
    month(tmp_path, "2026-11", one, {**two, "session_id": one["session_id"]}, three)
    with LogReader(tmp_path) as log:
        assert told(log) == ["A session is in the log twice: its first record was read."]


def test_beside_a_month_that_the_disk_does_not_give_nothing_is_missed(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headed(data, 9)
    real = os.open

    def failing(path: Any, *args: Any, **more: Any) -> int:
        if str(path).endswith("2026-11.json"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", failing)
    with LogReader(data) as log:
        assert told(log) == ["log/2026-11.json cannot be read (Input/output error)."]


def test_what_is_kept_while_the_months_are_read_makes_no_gap(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One session goes into a month that was read already, the next into one that was not."""
    headed(data, 3)
    made = linked("2026-11", "2026-11", "2026-12", "2026-11", "2026-12", code="P-7F3K")
    real = LogReader._open_month

    def open_month(self: LogReader, name: str) -> None:
        real(self, name)
        if name == "2026-11.json":
            month(data, "2026-11", *made[:2], made[3])
            month(data, "2026-12", made[2], made[4])
            headed(data, 5)

    monkeypatch.setattr(LogReader, "_open_month", open_month)
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3, 5]
        assert told(log) == []
    with LogReader(data) as log:
        assert [entry.seq for entry in log.entries] == [1, 2, 3, 4, 5]
        assert told(log) == []


# --- traces and charts ----------------------------------------------------------------------


def traced(data: Path, session_id: str, content: bytes) -> Path:
    path = data / "traces" / f"{session_id}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_trace_is_what_lies_there(data: Path, log: LogReader) -> None:
    traced(data, "s-2", b"t_s,state\n0.2,walking\n")
    first, second, _ = log.entries
    assert log.trace(first) is None
    assert log.trace_bytes(first) == 0
    assert log.trace(second) == b"t_s,state\n0.2,walking\n"
    assert log.trace_bytes(second) == 22
    assert told(log) == []


def test_a_trace_that_cannot_be_read_is_named_and_left_out(data: Path, log: LogReader) -> None:
    traced(data, "s-1", b"")
    (data / "traces/s-2.csv").symlink_to(data / "traces/s-1.csv")
    assert log.trace(log.entries[1]) is None
    assert told(log) == ["A trace cannot be read (Too many levels of symbolic links)."]
    (data / "traces/s-3.csv").mkdir()
    assert log.trace(log.entries[2]) is None
    assert told(log)[1:] == ["A trace cannot be read (Is a directory)."]


def test_a_trace_whose_error_has_no_words_is_named_by_its_kind(
    log: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **_more: object) -> int:
        raise TimeoutError

    monkeypatch.setattr(os, "open", failing)
    assert log.trace(log.entries[0]) is None
    assert told(log) == ["A trace cannot be read (TimeoutError)."]


def test_a_trace_that_is_far_too_large_is_named_and_left_out(data: Path, log: LogReader) -> None:
    path = traced(data, "s-1", b"")
    for size, comes in ((64 << 20, True), ((64 << 20) + 1, False)):
        os.truncate(path, size)
        found = log.trace(log.entries[0])
        assert (found is not None) is comes
        assert found is None or len(found) == size
    assert told(log) == ["A trace is far too large: it was left out."]
    assert str(path) not in open_files()


def test_a_chart_is_served_for_its_very_trace(data: Path, log: LogReader) -> None:
    content = to_csv(rows(0, 40))
    (data / "charts").mkdir()
    keep_chart(data / "charts", "s-1", content)
    found = log.chart(log.entries[0], content)
    assert found is not None
    assert found.chart is not None
    assert log.chart(log.entries[0], content + b"x") is None
    assert log.chart(log.entries[1], content) is None


def test_the_disk_is_told_what_will_be_read(
    data: Path, log: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced(data, "s-1", b"a trace")
    (data / "charts").mkdir()
    (data / "charts/s-1.json").write_bytes(b"a chart")
    (data / "charts/s-2.json").write_bytes(b"a chart whose trace is missing")
    asked: list[tuple[str, int, int, int]] = []

    def advised(file: int, start: int, length: int, advice: int) -> None:
        name = str(Path(f"/proc/self/fd/{file}").readlink())
        asked.append((name, start, length, advice))

    monkeypatch.setattr(os, "posix_fadvise", advised)
    for entry in log.entries:
        log.expect(entry)
    will = os.POSIX_FADV_WILLNEED
    assert asked == [
        (str(data / "traces/s-1.csv"), 0, 0, will),
        (str(data / "charts/s-1.json"), 0, 0, will),
        (str(data / "charts/s-2.json"), 0, 0, will),
    ]
    assert not [name for name in open_files() if "/traces/" in name or "/charts/" in name]


def test_a_trace_of_somebody_else_s_is_read_all_the_same(
    data: Path, log: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a file's owner may read it without its access time being written."""
    path = traced(data, "s-1", b"a trace")
    real, flags = os.open, []

    def other(name: Any, how: int, *more: Any, **named: Any) -> int:
        if str(name) == str(path):
            flags.append(how)
            if how & os.O_NOATIME:
                raise PermissionError(errno.EPERM, "Operation not permitted")
        return real(name, how, *more, **named)

    monkeypatch.setattr(os, "open", other)
    assert log.trace(log.entries[0]) == b"a trace"
    plain = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    assert flags == [plain | os.O_NOATIME, plain]


# --- whose it is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (b"SW-9QX7KZ\n", "SW-9QX7KZ"),
        (b"  a-1 ", "a-1"),
        (b"no name!", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"x" * 65, None),
    ],
)
def test_the_kiosk_s_number(tmp_path: Path, content: bytes, known: str | None) -> None:
    assert kiosk_id(tmp_path) is None
    (tmp_path / "kiosk_id").write_bytes(content)
    assert kiosk_id(tmp_path) == known
