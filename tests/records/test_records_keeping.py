"""The clerk and its folder to the letter: when each thing is due, what is told, what is let go."""

from __future__ import annotations

import errno
import logging
import os
from concurrent.futures import Future
from pathlib import Path

import pytest

from kiosk.records.chain import Record
from kiosk.records.clerk import (
    FOLD_AFTER_S,
    LOOK_EVERY_S,
    RETRY_AT_LEAST_S,
    RETRY_EVERY_S,
    SURVEY_EVERY_S,
    Clerk,
)
from kiosk.records.errors import DataLocked, DataUnusable, StoreStopped
from kiosk.records.folder import Folder
from kiosk.records.journal import Journal, read_journal
from kiosk.records.questions import Question, last
from kiosk.records.running import Running
from profiles.saying import plain
from tests.records.bench import Bench, bench
from tests.records.disk import disk, failing
from tests.records.sessions import (
    chain_fault,
    head,
    in_months,
    kept,
    record,
    rows,
    so_far,
    trace_kept,
)


def closed(one: Bench, session_id: str, started_at: str) -> Future[Record]:
    """Close a session that was never begun."""
    done = record(session_id, started_at=started_at)
    future: Future[Record] = Future()
    one.clerk.close(Running(done, one.data / "journal"), done, future)
    one.clerk.work(urgent=True)
    return future


def three_months(data: Path) -> None:
    """Leave three months behind, a session in each."""
    with bench(data) as one:
        for month in ("2026-09", "2026-10", "2026-11"):
            closed(one, f"s-{month}", f"{month}-02T10:00:00.000Z")
        one.fold()


def test_before_the_first_work_nothing_is_known(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    assert plain(one.clerk.health or ()) == "The log is not open yet."
    assert one.clerk.count is None
    assert one.clerk.recovered == ()
    assert one.clerk.finish() is True
    assert not (tmp_path / "log").exists(), "nothing was opened"


def test_the_first_work_opens_the_log_urgent_or_not(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    one.clerk.work(urgent=False)
    assert one.clerk.health is None
    assert (tmp_path / "log" / "head.json").exists()
    one.clerk.let_go()


def test_a_session_that_waits_is_counted_before_it_is_in_a_month(tmp_path: Path) -> None:
    three_months(tmp_path)
    with bench(tmp_path) as one:
        assert one.clerk.count == 3
        closed(one, "s-1", "2026-11-03T10:00:00.000Z")
        assert len(in_months(tmp_path)) == 3
        assert one.clerk.count == 4
        one.fold()
        assert one.clerk.count == 4


def test_a_failing_disk_is_tried_every_ten_seconds_while_nobody_walks(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    with disk(0, failing(errno.EIO), lasting=True) as counted:
        one.clerk.work(urgent=False)
        assert counted.names.count("mkdir") == 1
        for _ in range(2):
            assert 0 < one.clerk.due_s() <= LOOK_EVERY_S
            one.now += RETRY_EVERY_S / 2 - 0.1
            one.clerk.work(urgent=False)
            assert counted.names.count("mkdir") == 1
        one.now += 0.3
        one.clerk.work(urgent=False)
        assert counted.names.count("mkdir") == 2
    one.clerk.let_go()


def test_a_failing_disk_is_tried_every_second_while_somebody_walks(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        with disk(0, failing(errno.EIO), lasting=True) as counted:
            one.clerk.work(urgent=True)
            tried = counted.count
            one.now += RETRY_AT_LEAST_S
            one.clerk.work(urgent=False)
            assert counted.count > tried


def test_what_is_urgent_is_durable_at_once(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        one.clerk.append(rows(0, 1), None)
        with disk() as counted:
            one.clerk.work(urgent=True)
        assert counted.names == ["write", "fdatasync"]


def test_no_write_is_tried_in_vain_while_a_session_writes(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        with disk() as counted:
            for second in range(200):
                one.now += 1
                one.clerk.append(rows(second * 5, 5), so_far("s-1", second + 1.0))
                one.clerk.work(urgent=False)
        assert set(counted.names) == {"write", "fdatasync"}


def test_months_are_looked_at_one_by_one_while_nobody_walks(tmp_path: Path) -> None:
    three_months(tmp_path)
    (tmp_path / "log" / "2026-09.json").write_bytes(b"{")
    (tmp_path / "log" / "2026-09.json.bak").unlink(missing_ok=True)
    with bench(tmp_path) as one:
        before = one.folder.faults()
        one.begin("s-1")
        one.clerk.work(urgent=True)
        for _ in range(9):
            one.now += 1
            one.clerk.work(urgent=False)
        assert one.folder.faults() == before, "somebody walks"
        one.close("s-1")
        one.clerk.work(urgent=True)
        one.fold()
        steps, waits = 0, set()
        while one.clerk.due_s() <= SURVEY_EVERY_S:
            waits.add(round(one.clerk.due_s(), 6))
            one.now += SURVEY_EVERY_S
            one.clerk.work(urgent=False)
            steps += 1
        assert 3 <= steps <= 9
        assert waits <= {0, SURVEY_EVERY_S}
        assert SURVEY_EVERY_S in waits
        said = " ".join(map(str, one.folder.faults()))
        assert "2026-09.json" in said
        assert "Record 1 is missing from the log." in said
        assert one.clerk.count == 3, "2 and 3, and the one of today"
        assert one.clerk.due_s() > SURVEY_EVERY_S


def test_a_session_closed_again_after_it_went_into_its_month_is_not_doubled(
    tmp_path: Path,
) -> None:
    with bench(tmp_path) as one:
        first = closed(one, "s-1", "2026-11-02T10:00:00.000Z").result(0)
        one.fold()
        again = closed(one, "s-1", "2026-11-02T10:00:00.000Z").result(0)
        assert again == first
        one.fold()
    assert kept(tmp_path) == [first]
    assert chain_fault(tmp_path) is None


def test_a_session_that_was_begun_is_kept_though_its_month_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        monkeypatch.setattr(one.folder.log.months, "find", lambda _: failing(errno.EIO)())
        future = one.close("s-1")
        one.clerk.work(urgent=True)
        assert future.result(0)["seq"] == 1


def test_a_session_lost_before_its_first_checkpoint_is_kept_under_its_head(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.append(rows(0, 3), None)
        one.begin("s-2")
        one.clerk.work(urgent=True)
        assert caplog.messages == ["session s-1 was never closed: kept as interrupted"]
        one.close("s-2")
        one.fold()
    lost, _ = kept(tmp_path)
    assert (lost["session_id"], lost["outcome"]) == ("s-1", "interrupted")
    assert (lost["kiosk_id"], lost["walked_s"]) == ("kiosk-1", 0.0)


def test_a_session_lost_after_a_checkpoint_is_kept_as_far_as_that(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.append(rows(0, 35), so_far("s-1", 7.0))
        one.begin("s-2")
        one.clerk.work(urgent=True)
        one.close("s-2")
        one.fold()
    lost, _ = kept(tmp_path)
    assert (lost["outcome"], lost["walked_s"]) == ("interrupted", 7.0)
    assert len(trace_kept(tmp_path, "s-1")) == 35


def test_a_failing_disk_is_told_to_the_service_once_and_so_is_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        with disk(0, failing(errno.EIO), lasting=True):
            for _ in range(3):
                one.clerk.work(urgent=True)
        one.clerk.work(urgent=True)
        one.clerk.work(urgent=True)
        assert caplog.messages == [
            "The log cannot be written: the disk reports an error.",
            "the log can be written again",
        ]


def test_a_question_hears_of_a_session_that_waits_for_its_month(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        done = closed(one, "s-1", "2026-11-02T10:00:00.000Z").result(0)
        assert in_months(tmp_path) == []
        answer: Future[list[Record]] = Future()
        one.clerk.ask(last(5), answer)
        one.clerk.work(urgent=True)
        assert answer.result(0) == [done]


def test_a_question_that_the_disk_does_not_answer_is_refused_in_words(tmp_path: Path) -> None:
    three_months(tmp_path)
    with bench(tmp_path) as one:
        answer: Future[list[Record]] = Future()
        one.clerk.ask(Question(lambda _: failing(errno.EIO)() or [], lambda _: True, 5), answer)
        one.clerk.work(urgent=True)
        with pytest.raises(DataUnusable, match=r"^The log cannot be written: the disk reports"):
            answer.result(0)


def test_rows_that_nobody_walks_are_told_to_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with bench(tmp_path) as one:
        one.clerk.append(rows(0, 3), None)
    assert caplog.messages == ["3 rows without a running session: dropped"]


def test_the_end_puts_what_is_kept_into_its_month(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    one.clerk.work(urgent=True)
    done = closed(one, "s-1", "2026-11-02T10:00:00.000Z").result(0)
    assert in_months(tmp_path) == []
    assert one.clerk.finish() is True
    assert in_months(tmp_path) == [done]
    with bench(tmp_path):
        pass  # the folder was let go of


def test_an_end_on_a_disk_that_failed_before_tries_no_month(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    one.clerk.work(urgent=True)
    closed(one, "s-1", "2026-11-02T10:00:00.000Z")
    one.begin("s-2")
    with disk(0, failing(errno.EIO), lasting=True):
        one.clerk.work(urgent=True)
    with disk() as counted:
        assert one.clerk.finish() is False
    assert counted.names == []
    with bench(tmp_path):
        assert [one["session_id"] for one in in_months(tmp_path)] == ["s-1"]


def test_an_end_whose_month_fails_leaves_the_journal_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = Bench(tmp_path)
    one.clerk.work(urgent=True)
    done = closed(one, "s-1", "2026-11-02T10:00:00.000Z").result(0)
    with disk(0, failing(errno.EIO), lasting=True):
        assert one.clerk.finish() is True, "it is on the disk, in its journal"
    assert caplog.messages == ["The log cannot be written: the disk reports an error."]
    with bench(tmp_path):
        assert in_months(tmp_path) == [done]


def test_a_close_that_the_disk_never_took_is_refused_in_words(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    one.clerk.work(urgent=True)
    with disk(0, failing(errno.EIO), lasting=True):
        future = closed(one, "s-1", "2026-11-02T10:00:00.000Z")
    one.clerk.let_go()
    with pytest.raises(StoreStopped, match=r"^the store ended before the disk took it$"):
        future.result(0)


def test_the_months_wait_two_seconds_after_the_last_session(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        closed(one, "s-1", "2026-11-02T10:00:00.000Z")
        assert one.clerk.due_s() == pytest.approx(FOLD_AFTER_S)


def test_a_large_month_waits_longer_and_is_due_to_the_very_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench(tmp_path) as one:
        monkeypatch.setattr(one.folder.log.months, "rewritten_bytes", lambda _: 500_000)
        one.now = 1000.0
        closed(one, "s-1", "2026-11-02T10:00:00.000Z")
        one.now = 1004.875
        one.clerk.work(urgent=False)
        assert in_months(tmp_path) == []
        assert one.clerk.due_s() == pytest.approx(0.125)
        one.now = 1005.0
        one.clerk.work(urgent=False)
        assert len(in_months(tmp_path)) == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    data = tmp_path / "file"
    with pytest.raises(DataUnusable) as said:
        Folder(data)
    assert str(said.value) == f"{data}: cannot be made (File exists)"


def test_a_folder_is_held_by_one_process_until_it_is_let_go(tmp_path: Path) -> None:
    one = Folder(tmp_path)
    with pytest.raises(DataLocked):
        Folder(tmp_path)
    one.release()
    one.release()
    Folder(tmp_path).release()


@pytest.mark.parametrize("folder", ["profiles", "settings", "journal", "traces", "charts", "log"])
def test_what_was_set_aside_is_named_at_a_start(
    tmp_path: Path, folder: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "s-1.broken-1").write_bytes(b"")
    (tmp_path / folder / "preferences.broken-1").write_bytes(b"")
    with bench(tmp_path) as one:
        said = f"{folder}/s-1.broken-1 was set aside as broken."
        assert tuple(map(str, one.folder.faults())) == (said,)
        assert caplog.messages == [said]


def test_two_sessions_that_were_open_are_recovered_in_the_order_of_their_names(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    journals = tmp_path / "journal"
    with bench(tmp_path):
        for session_id in ("s-2", "s-1"):
            running = Running(head(session_id), journals)
            number = {"s-1": 7, "s-2": 6}[session_id]  # it counts only once the session is closed
            running.add([], {**so_far(session_id, 1.0), "seq": number})
            running.write(sync=True)
            running.release()
        closed_first = Running(head("s-3"), journals)
        closed_first.link({**record("s-3"), "seq": 1, "prev_hash": "0" * 64, "hash": "1" * 64})
        closed_first.write(sync=True)
        closed_first.release()
    caplog.clear()
    with bench(tmp_path) as two:
        assert [one["session_id"] for one in two.clerk.recovered] == ["s-1", "s-2"]
    assert [one["session_id"] for one in in_months(tmp_path)] == ["s-3", "s-1", "s-2"]
    assert caplog.messages == [
        "session s-1 recovered as interrupted",
        "session s-2 recovered as interrupted",
    ]
    for one in ("s-1", "s-2", "s-3"):
        assert (tmp_path / "charts" / f"{one}.json").exists()


def test_a_journal_that_can_become_no_record_is_told_with_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with bench(tmp_path) as one:
        one.clerk.begin(Running({"session_id": "s-1"}, tmp_path / "journal"))
        one.clerk.work(urgent=True)
        after = Running(head("s-2"), tmp_path / "journal")
        after.write(sync=True)
        after.release()
    with bench(tmp_path) as two:
        [said] = map(str, two.folder.faults())
        assert [one["session_id"] for one in two.clerk.recovered] == ["s-2"], "the others go on"
    aside = "set aside as s-1.jsonl.broken-1."
    assert said == f"journal/s-1.jsonl is broken (no record can be made of it): {aside}"
    assert caplog.messages == [
        "s-1.jsonl is broken: started_at must be an ISO 8601 date and time",
        said,
    ]


def test_a_journal_is_written_whole_and_then_line_by_line(tmp_path: Path) -> None:
    running = Running(head("s-1"), tmp_path)
    assert (running.unsynced, running.durable, running.pressing) == (True, False, True)
    running.write(sync=True)
    assert (running.unsynced, running.durable, running.pressing) == (False, False, False)
    running.add(rows(0, 2), None)
    assert (running.unsynced, running.pressing) == (True, False)
    running.write(sync=False)
    assert (running.unsynced, running.pressing) == (True, False), "the kernel has it"
    running.write(sync=True)
    assert not running.unsynced
    running.add([], so_far("s-1", 1.0))
    assert running.pressing
    running.write(sync=True)
    running.release()
    expected = Journal(head("s-1"), tuple(rows(0, 2)), so_far("s-1", 1.0), False, 0)
    assert read_journal((tmp_path / "s-1.jsonl").read_bytes()) == expected


def test_a_file_that_cannot_even_be_closed_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Running(head("s-1"), tmp_path)
    running.write(sync=True)
    real, tried = os.close, []

    def close(descriptor: int) -> None:
        tried.append(descriptor)
        real(descriptor)
        raise OSError(errno.EIO, "it says again what fdatasync said")

    monkeypatch.setattr(os, "close", close)
    running.release()
    monkeypatch.undo()
    assert len(tried) == 1
    assert running.unsynced, "nobody knows what is on the disk"


def test_a_clerk_blocks_while_there_is_no_room_and_looks_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    now = [0.0]
    clerk = Clerk(folder, lambda: now[0], 2**60)
    clerk.work(urgent=False)
    first, *_ = clerk.health or ()
    assert str(first).startswith("The disk is nearly full: ")
    assert clerk.due_s() <= LOOK_EVERY_S
    clerk.let_go()
