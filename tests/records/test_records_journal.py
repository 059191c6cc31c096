"""The journal: whatever becomes of its file, what is read from it is what was written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.records.errors import BadRecord, BrokenFile
from kiosk.records.journal import (
    CheckpointEntry,
    ClosedEntry,
    Entry,
    HeadEntry,
    Journal,
    RowsEntry,
    entry_of,
    line_of,
    month_of,
    read_journal,
    session_id_of,
)
from kiosk.records.recovery import record_of
from kiosk.records.trace import Row, rounded, to_csv
from tests.records.sessions import head, record, row, rows, so_far


def written(seconds: int, *, closed: bool) -> list[Entry]:
    """A journal of so many seconds: a row in each line, a checkpoint a second."""
    entries: list[Entry] = [HeadEntry(head("s"))]
    for second in range(seconds):
        entries += [RowsEntry(rows(5 * second + part, 1)) for part in range(5)]
        entries.append(CheckpointEntry(so_far("s", second + 1.0)))
    if closed:
        entries.append(ClosedEntry(record("s", float(seconds))))
    return entries


WRITTEN = written(4, closed=True)
CONTENT = b"".join(map(line_of, WRITTEN))
ROWS = rows(0, 20)
RECORDS = [entry.record for entry in WRITTEN if isinstance(entry, CheckpointEntry | ClosedEntry)]


def read(content: bytes) -> Journal | None:
    try:
        return read_journal(content)
    except BrokenFile:
        return None


def is_subsequence(part: Sequence[Row], whole: Sequence[Row]) -> bool:
    rest = iter(whole)
    return all(one in rest for one in part)


def test_a_line_is_json_that_anyone_can_read() -> None:
    crc, entry = json.loads(CONTENT.splitlines()[0])
    assert len(crc) == 8
    assert entry == {"kind": "head", "head": head("s")}


def test_everything_written_is_read() -> None:
    found = read_journal(CONTENT)
    assert found == Journal(head("s"), tuple(ROWS), record("s", 4.0), True, 0)


def test_every_truncation_gives_a_true_beginning() -> None:
    """A torn end costs only itself: rows and record are those of the lines before it."""
    ends = [sum(len(line_of(entry)) for entry in WRITTEN[: n + 1]) for n in range(len(WRITTEN))]
    for size in range(len(CONTENT) + 1):
        found = read(CONTENT[:size])
        lines = [entry for entry, end in zip(WRITTEN, ends, strict=True) if end <= size]
        if not lines:
            assert found is None
            continue
        assert found is not None
        records = [one.record for one in lines if isinstance(one, CheckpointEntry | ClosedEntry)]
        assert found.rows == tuple(
            one for line in lines if isinstance(line, RowsEntry) for one in line.rows
        )
        assert found.rows == tuple(ROWS[: len(found.rows)])
        assert found.record == (records[-1] if records else None)
        assert found.closed == (len(lines) == len(WRITTEN))
        assert found.damaged == 0


def check_damaged(content: bytes, lines_hit: int) -> None:
    found = read(content)
    if found is None:
        return
    assert found.head in (None, head("s"))
    assert found.record is None or found.record in RECORDS
    assert is_subsequence(found.rows, ROWS)
    assert len(found.rows) >= len(ROWS) - lines_hit
    if found.closed:
        assert found.record == RECORDS[-1]


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, 8 * len(CONTENT) - 1), size=st.integers(0, len(CONTENT)))
def test_a_flipped_bit_costs_one_line(at: int, size: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[at // 8] ^= 1 << at % 8
    assert read(bytes(damaged)) is not None, "one line is never all"
    check_damaged(bytes(damaged), lines_hit=2)
    cut = bytes(damaged[:size])
    check_damaged(cut, lines_hit=len(ROWS))


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, len(CONTENT)),
    gone=st.integers(0, 600),
    instead=st.binary(max_size=80) | st.integers(0, 4096).map(lambda size: b"\0" * size),
)
def test_bytes_replaced_anywhere_never_lie(at: int, gone: int, instead: bytes) -> None:
    check_damaged(CONTENT[:at] + instead + CONTENT[at + gone :], lines_hit=len(ROWS))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_no_journal(content: bytes) -> None:
    assert read(content) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"kind":"head"}',
        b'{"kind":"rows","rows":[[1]]}',
        b"[" * 50_000,
        b"\xff",
    ],
)
def test_a_line_with_a_right_checksum_and_a_wrong_content_is_not_whole(payload: bytes) -> None:
    import zlib

    assert entry_of(b'["%08x",%b]' % (zlib.crc32(payload), payload)) is None


def test_damage_inside_is_told_from_a_torn_end() -> None:
    lines = CONTENT.splitlines(keepends=True)
    assert read_journal(b"".join(lines[:5]) + lines[5][:-9]).damaged == 0
    assert read_journal(b"".join(lines[:5]) + b"\n" + lines[6]).damaged == 1
    assert read_journal(b"".join(lines[:5]) + b"x\n\ny\n" + lines[6]).damaged == 3


@pytest.mark.parametrize("at", [0, 1, 10, 11, -1])
def test_a_line_with_another_frame_around_its_entry_is_not_whole(at: int) -> None:
    line = bytearray(line_of(HeadEntry(head("s")))[:-1])
    assert entry_of(bytes(line)) is not None
    line[at] = ord(" ")
    assert entry_of(bytes(line)) is None


def test_a_journal_with_nothing_whole_says_so() -> None:
    with pytest.raises(BrokenFile, match=r"^no whole record in it$"):
        read_journal(line_of(RowsEntry(rows(0, 1))))


def test_an_open_journal_becomes_an_interrupted_record() -> None:
    entries = [*written(4, closed=False)]
    entries[-1] = CheckpointEntry(so_far("s", 4.0, outcome="interrupted"))
    found = record_of(read_journal(b"".join(map(line_of, entries))))
    assert (found["outcome"], found["stop_reason"]) == ("interrupted", None)
    assert found["walked_s"] == 4.0


def test_a_walk_that_had_ended_and_only_waited_to_be_rated_keeps_how_it_ended() -> None:
    entries = [*written(4, closed=False)]
    entries[-1] = CheckpointEntry(
        so_far("s", 4.0, outcome="safety_stop", stop_reason="estop", reasons_seen=["estop"])
    )
    found = record_of(read_journal(b"".join(map(line_of, entries))))
    assert (found["outcome"], found["stop_reason"]) == ("safety_stop", "estop")
    assert (found["walked_s"], found["reasons_seen"]) == (4.0, ["estop"])


@pytest.mark.parametrize("outcome", [["completed"], {}, 3, "won"])
def test_an_ending_that_is_none_is_an_interruption(outcome: Any) -> None:
    content = line_of(HeadEntry(head("s"))) + line_of(CheckpointEntry(so_far("s", 4.0)))
    journal = msgspec.structs.replace(read_journal(content), record={"outcome": outcome})
    assert record_of(journal)["outcome"] == "interrupted"


def test_a_journal_without_a_checkpoint_becomes_a_record_in_which_nothing_was_walked() -> None:
    found = record_of(read_journal(line_of(HeadEntry({**head("s"), "more": 1}))))
    assert set(record("s")) <= set(found)
    assert "more" not in found
    assert found["outcome"] == "interrupted"
    assert found["walked_s"] == 0.0
    assert found["mean_kmh"] is None
    assert found["program_id"] == "easy-walk"


def test_a_closed_journal_is_kept_as_it_is() -> None:
    assert record_of(read_journal(CONTENT)) == record("s", 4.0)


def test_who_and_when_is_the_heads_whatever_the_record_says() -> None:
    began = head("s", "2026-10-31T23:59:00.000Z")
    other = so_far("another", 4.0, outcome="stopped", stop_reason="patron")
    for outcome in ("stopped", None):
        entry = CheckpointEntry({**other, "outcome": outcome})
        found = record_of(read_journal(line_of(HeadEntry(began)) + line_of(entry)))
        assert (found["session_id"], found["started_at"]) == ("s", began["started_at"])
        assert found["walked_s"] == 4.0
    only = record_of(read_journal(line_of(HeadEntry({"session_id": "s"})) + line_of(entry)))
    assert (only["session_id"], only["started_at"]) == ("s", other["started_at"])


def test_a_closing_without_a_record_closes_nothing() -> None:
    closed = Journal(head("s"), (), None, closed=True, damaged=0)
    assert record_of(closed) == record_of(msgspec.structs.replace(closed, closed=False))
    assert record_of(closed)["outcome"] == "interrupted"
    whole = Journal(head("s"), (), record("s", 4.0), closed=True, damaged=0)
    assert record_of(whole) == record("s", 4.0)


def test_a_lost_head_does_not_lose_the_record() -> None:
    found = read_journal(CONTENT.split(b"\n", 1)[1])
    assert found.head is None
    assert record_of(found) == record("s", 4.0)


@pytest.mark.parametrize("bad", ["", "../x", "a/b", "a" * 65, "a\n", ".x", None, 3])
def test_an_id_that_cannot_name_a_file_is_refused(bad: Any) -> None:
    with pytest.raises(BadRecord, match=r"^session_id must be letters, digits and dashes, at most"):
        session_id_of({"session_id": bad})
    assert session_id_of({"session_id": "a-" + "Z9" * 31}) == "a-" + "Z9" * 31


@pytest.mark.parametrize("bad", ["", "2026", "2026-13-01", "23.11.2026", None])
def test_a_record_without_a_month_is_refused(bad: Any) -> None:
    with pytest.raises(BadRecord, match=r"^started_at must be an ISO 8601 date and time$"):
        month_of({"started_at": bad})
    assert month_of({"started_at": "2026-11-23T10:00:00.000Z"}) == "2026-11"


def test_unknown_is_an_empty_cell() -> None:
    unknown: Row = (0.2, "starting", None, 1.0, 2.0, 0.0, 1, 0, 0.0)
    lines = to_csv([unknown, row(1)]).decode().splitlines()
    assert lines[0] == (
        "t_s,state,speed_kmh,target_low_kmh,target_high_kmh,distance_m,"
        "rail_left,rail_right,incline_pct"
    )
    assert lines[1] == "0.2,starting,,1.0,2.0,0.0,1,0,0.0"
    assert len(lines) == 3


def test_rows_are_kept_to_the_millimetre_and_no_number_is_unknown() -> None:
    given_row: Row = (0.20000001, "walking", float("nan"), 1, 2, 1.23456, True, False, 0)
    assert rounded(given_row) == (0.2, "walking", None, 1.0, 2.0, 1.235, 1, 0, 0.0)
