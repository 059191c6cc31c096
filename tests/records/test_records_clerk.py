"""The clerk on a failing disk, call by call, with a clock of its own."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.records import questions
from kiosk.records.chain import Record
from kiosk.records.clerk import RETRY_EVERY_S, SYNC_EVERY_S, Clerk
from kiosk.records.errors import DataUnusable, StoreStopped
from kiosk.records.folder import Folder
from kiosk.records.health import room
from kiosk.records.running import Running
from profiles.saying import plain
from tests.records.bench import Bench, bench
from tests.records.disk import PowerCut, cut, disk, failing
from tests.records.sessions import (
    chain_fault,
    kept,
    rows,
    so_far,
    trace_kept,
)


@contextmanager
def refusing(number: int = errno.ENOSPC) -> Iterator[None]:
    """A disk that takes nothing."""
    act = failing(number)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("write", "fsync", "fdatasync", "mkdir"):
            patch.setattr(os, name, lambda *_: act())
        yield


ERROR = "The log cannot be written: the disk reports an error."


def test_a_walk_is_kept_with_its_trace(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        done = one.walk("s-1").result(0)
        assert one.clerk.health is None
    assert kept(tmp_path) == [done]
    assert done["seq"] == 1
    assert [line["t_s"] for line in trace_kept(tmp_path, "s-1")] == [
        str(number / 5) for number in range(10)
    ]
    assert not list((tmp_path / "journal").iterdir())


def calls_of_a_walk(tmp_path: Path) -> int:
    with bench(tmp_path / "counted") as one:
        one.walk("s-0")
        with disk() as counted:
            one.walk("s-1")
    return counted.count


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_an_error_at_any_call_loses_nothing(tmp_path: Path, number: int) -> None:
    for at in range(calls_of_a_walk(tmp_path)):
        data = tmp_path / str(at)
        with bench(data) as one:
            one.walk("s-0")
            with disk(at, failing(number)):
                future = one.walk("s-1")
            if not future.done():
                assert one.clerk.health is not None
                one.now += RETRY_EVERY_S
                one.clerk.work(urgent=False)
            assert future.result(0)["walked_s"] == 2.0
            one.now += RETRY_EVERY_S
            one.clerk.work(urgent=False)
            assert one.clerk.health is None
        assert [done["session_id"] for done in kept(data)] == ["s-0", "s-1"]
        assert chain_fault(data) is None
        assert len(trace_kept(data, "s-1")) == 10
        assert not list((data / "journal").iterdir())


def test_a_disk_that_fails_from_any_call_on_keeps_the_session_in_memory(tmp_path: Path) -> None:
    for at in range(calls_of_a_walk(tmp_path)):
        data = tmp_path / str(at)
        with bench(data) as one:
            one.walk("s-0")
            with disk(at, failing(), lasting=True):
                future = one.walk("s-1")
                was_done = future.done()
                for _ in range(3):
                    one.now += RETRY_EVERY_S
                    one.clerk.work(urgent=False)
                assert future.done() == was_done
                assert was_done or one.clerk.health is not None
            one.now += RETRY_EVERY_S
            one.clerk.work(urgent=False)
            assert future.result(0)["session_id"] == "s-1"
            assert one.clerk.health is None
        assert [done["session_id"] for done in kept(data)] == ["s-0", "s-1"]
        assert chain_fault(data) is None
        assert len(trace_kept(data, "s-1")) == 10


def test_a_crash_at_any_call_keeps_the_session_once(tmp_path: Path) -> None:
    """The process ends at the call (as by SIGKILL); what the system took is on the disk."""
    for at in range(calls_of_a_walk(tmp_path)):
        data = tmp_path / str(at)
        with bench(data) as one:
            one.walk("s-0")
            begun = False
            with pytest.raises(PowerCut), disk(at, cut):
                one.walk("s-1")
            begun = (data / "journal" / "s-1.jsonl").exists()
            closed = any(future.done() for future in one.futures[1:])
        with bench(data) as two:
            recovered = two.clerk.recovered
            assert len(recovered) <= begun
            assert closed or len(recovered) == begun or kept(data)[1]["outcome"] == "completed"
            assert two.clerk.health is None
            assert two.folder.faults() == ()
        found = kept(data)
        assert [done["session_id"] for done in found] == ["s-0", "s-1"][
            : 1 + (begun or len(found) > 1)
        ]
        assert chain_fault(data) is None
        assert not list((data / "journal").iterdir())
        assert not list(data.rglob(".*"))
        if len(found) > 1:
            lines = [line["t_s"] for line in trace_kept(data, "s-1")]
            assert lines == [str(number / 5) for number in range(len(lines))]
            if found[1]["outcome"] == "completed":
                assert len(lines) == 10
            else:
                assert (found[1]["outcome"], found[1]["stop_reason"]) == ("interrupted", None)
        with bench(data) as three:
            assert three.clerk.recovered == ()


def test_a_crash_at_any_call_of_the_recovery_does_not_double_it(tmp_path: Path) -> None:
    at, more = 0, True
    while more:
        data = tmp_path / str(at)
        with bench(data) as one:
            one.walk("s-0")
            one.begin("s-1")
            one.clerk.append(rows(0, 5), so_far("s-1", 1.0))
            one.clerk.work(urgent=True)
        try:
            with disk(at, cut), bench(data):
                more = False
        except PowerCut:
            pass
        with bench(data) as two:
            assert two.folder.faults() == ()
        assert [(done["session_id"], done["outcome"]) for done in kept(data)] == [
            ("s-0", "completed"),
            ("s-1", "interrupted"),
        ]
        assert chain_fault(data) is None
        assert len(trace_kept(data, "s-1")) == 5
        assert not list((data / "journal").iterdir())
        at += 1
    assert at > 15


NEW_FILE = ["open", "write", "fsync", "rename", "fsync"]


def test_after_a_failed_sync_the_journal_is_written_anew(tmp_path: Path) -> None:
    """The kernel may have dropped the pages, and a second fdatasync would not say so."""
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        one.clerk.append(rows(0, 5), so_far("s-1", 1.0))
        with disk(1, failing(errno.EIO)) as counted:
            one.clerk.work(urgent=True)
        assert counted.names[:2] == ["write", "fdatasync"]
        with disk() as counted:
            one.clerk.work(urgent=True)
        assert counted.names[:5] == NEW_FILE


def test_a_closed_session_is_complete_as_soon_as_its_journal_says_so(tmp_path: Path) -> None:
    for at in range(2, 15):
        data = tmp_path / str(at)
        with bench(data) as one:
            one.begin("s-1")
            one.clerk.work(urgent=True)
            one.close("s-1")
            with pytest.raises(PowerCut), disk(at, cut) as counted:
                one.clerk.work(urgent=True)
                one.fold()
            assert counted.names[:2] == ["write", "fdatasync"]
            assert one.futures[0].done(), "no more than that is needed to keep it"
        with bench(data):
            assert [done["outcome"] for done in kept(data)] == ["completed"]


def test_a_session_closed_on_a_failing_disk_is_complete_in_its_new_journal(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        with refusing():
            one.close("s-1")
            one.clerk.work(urgent=True)
        with pytest.raises(PowerCut), disk(5, cut) as counted:
            one.clerk.work(urgent=True)
        assert counted.names[:5] == NEW_FILE
    with bench(tmp_path):
        assert [done["outcome"] for done in kept(tmp_path)] == ["completed"]


def test_a_journal_that_cannot_be_deleted_is_all_that_is_tried_again(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        future = one.close("s-1")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("kiosk.records.folder.delete_all", lambda _: failing(errno.EIO)())
            one.clerk.work(urgent=True)
            assert future.done()
            one.fold()
        assert (
            plain(one.clerk.health or ())
            == "The log cannot be written: the disk reports an error. "
            "Leave the kiosk on, export the log to a stick, then call the service: "
            "the memory card may be worn out."
        )
        with disk() as counted:
            one.clerk.work(urgent=True)
        derived = ["open", "write", "rename"]
        again = [*NEW_FILE, *derived, "unlink", "fsync"]
        assert counted.names[: len(again)] == again, "its trace and chart, and no month"
        assert one.clerk.health is None


def test_a_full_disk_is_said_and_retried(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        with refusing():
            future = one.walk("s-1")
            assert not future.done()
            assert plain(one.clerk.health or ()) == (
                "The log cannot be written: the disk is full. "
                "Finished sessions that are only in memory: 1. "
                "Leave the kiosk on, export the log to a stick, then call the service: "
                "old speed curves can go from the card, the records stay."
            )
            again = one.close("s-1")
            other = one.walk("s-2")
            assert "memory: 2." in plain(one.clerk.health or ())
        one.clerk.work(urgent=True)
        assert one.clerk.health is None
        assert future.result(0)["seq"] == 1
        assert again.result(0) == future.result(0)
        assert other.result(0)["seq"] == 2


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EIO, "reports an error"), (errno.EROFS, "read-only")]
)
def test_the_reason_is_said(tmp_path: Path, number: int, words: str) -> None:
    with bench(tmp_path) as one, refusing(number):
        one.walk("s-1")
        assert words in plain(one.clerk.health or ())


def test_a_failing_disk_is_not_tried_at_every_row(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        with disk(0, failing()) as counted:
            one.clerk.work(urgent=True)
            after_the_first = counted.count
            for part in range(4):
                one.now += 0.2
                one.clerk.append(rows(part, 1), None)
                one.clerk.work(urgent=False)
            assert counted.count == after_the_first
            one.now += 0.25
            one.clerk.work(urgent=False)
            assert counted.count > after_the_first


def test_the_journal_is_whole_again_after_a_failure(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.append(rows(0, 5), so_far("s-1", 1.0))
        one.clerk.work(urgent=True)
        with refusing():
            one.clerk.append(rows(5, 5), so_far("s-1", 2.0))
            one.clerk.work(urgent=True)
        one.clerk.append(rows(10, 1), None)
        one.clerk.work(urgent=True)
    with bench(tmp_path) as two:
        assert [done["walked_s"] for done in two.clerk.recovered] == [2.0]
    assert len(trace_kept(tmp_path, "s-1")) == 11


def test_rows_are_synced_twice_a_second_and_checkpoints_at_once(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        with disk() as counted:
            one.now += 0.1
            one.clerk.append(rows(0, 1), None)
            one.clerk.work(urgent=False)
            assert counted.names == ["write"]
            assert one.clerk.due_s() == pytest.approx(SYNC_EVERY_S - 0.1)
            one.now += one.clerk.due_s()
            one.clerk.work(urgent=False)
            assert counted.names == ["write", "fdatasync"]
            one.clerk.append([], so_far("s-1", 1.0))
            one.clerk.work(urgent=False)
            assert counted.names == ["write", "fdatasync"] * 2


def test_an_idle_kiosk_hardly_writes(tmp_path: Path) -> None:
    with bench(tmp_path) as one, disk() as counted:
        for _ in range(121):
            one.now += one.clerk.due_s()
            one.clerk.work(urgent=False)
        assert one.now == pytest.approx(700, abs=5)
        assert counted.names.count("write") == 10


def test_a_disk_that_fails_while_nobody_walks_blocks_the_next_start(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        with refusing(errno.EIO):
            one.now += 60
            one.clerk.work(urgent=False)
            assert plain(one.clerk.health or ()).startswith(
                "The log cannot be written: the disk reports an error. Leave the kiosk on"
            )
        one.now += 5
        one.clerk.work(urgent=False)
        assert one.clerk.health is None


def test_a_folder_that_is_gone_blocks(tmp_path: Path) -> None:
    assert str(room(tmp_path / "gone")) == "The log cannot be written: the data folder is gone."


def test_too_little_room_blocks(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    clerk = Clerk(folder, lambda: 0.0, 2**60)
    clerk.work(urgent=True)
    assert "MB are free" in plain(clerk.health or ())
    clerk.finish()


def test_a_start_on_a_failing_disk_recovers_later(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
    two = Bench(tmp_path)
    with refusing(errno.EROFS):
        two.clerk.work(urgent=True)
        assert "read-only" in plain(two.clerk.health or ())
        future = two.walk("s-2")
        assert not future.done()
    two.clerk.work(urgent=True)
    assert [done["session_id"] for done in two.clerk.recovered] == ["s-1"]
    assert future.result(0)["seq"] == 2
    two.clerk.finish()


def test_a_session_never_closed_is_kept_when_the_next_begins(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.append(rows(0, 5), so_far("s-1", 1.0))
        one.walk("s-2")
    assert [done["outcome"] for done in kept(tmp_path)] == ["interrupted", "completed"]


def test_a_session_that_was_never_begun_is_kept_all_the_same(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.clerk.append(rows(0, 1), None)
        future = one.close("s-1")
        one.clerk.work(urgent=True)
        assert future.result(0)["seq"] == 1
        again = one.close("s-1")
        one.clerk.work(urgent=True)
        assert again.result(0) == future.result(0)


def test_ending_says_what_is_not_on_the_disk(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    with refusing():
        future = one.walk("s-1")
        assert one.clerk.finish() is False
    with pytest.raises(StoreStopped):
        future.result(0)


def test_a_question_about_a_log_that_cannot_be_read_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench(tmp_path) as one:
        one.walk("s-1")
        answer: Future[list[Record]] = Future()
        monkeypatch.setattr(os, "pread", lambda *_: failing(errno.EIO)())
        one.clerk.ask(questions.last(3), answer)
        one.clerk.work(urgent=False)
        with pytest.raises(DataUnusable):
            answer.result(0)


def test_a_damaged_journal_is_recovered_and_kept_for_a_look(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.append(rows(0, 5), so_far("s-1", 1.0))
        one.clerk.work(urgent=True)
        one.clerk.append(rows(5, 5), so_far("s-1", 2.0))
        one.clerk.work(urgent=True)
    path = tmp_path / "journal" / "s-1.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = b"\0" * len(lines[2][:-1]) + b"\n"
    path.write_bytes(b"".join(lines))
    (tmp_path / "journal" / "s-2.jsonl").write_bytes(b"")
    with bench(tmp_path) as two:
        assert [done["walked_s"] for done in two.clerk.recovered] == [2.0]
        said = tuple(map(str, two.folder.faults()))
    assert said == (
        "journal/s-2.jsonl is broken (no whole record in it): set aside as s-2.jsonl.broken-1.",
        "journal/s-1.jsonl is damaged: set aside as s-1.jsonl.broken-1.",
    )
    with bench(tmp_path) as three:
        assert three.clerk.recovered == ()
        assert tuple(map(str, three.folder.faults())) == (
            "journal/s-1.jsonl.broken-1 was set aside as broken.",
            "journal/s-2.jsonl.broken-1 was set aside as broken.",
        )


def test_a_journal_that_cannot_become_a_record_is_set_aside(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.clerk.begin(Running({"session_id": "s-1"}, tmp_path / "journal"))
        one.clerk.work(urgent=True)
    with bench(tmp_path) as two:
        assert two.clerk.recovered == ()
        assert "no record can be made of it" in str(two.folder.faults()[0])
