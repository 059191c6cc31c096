"""The store from outside: threads, futures, the folder's lock, a worker that dies."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kiosk.records import store as store_module
from kiosk.records.clerk import Clerk
from kiosk.records.errors import BadRecord, DataLocked, DataUnusable, StoreBusy, StoreStopped
from kiosk.records.folder import Folder
from kiosk.records.store import Store
from kiosk.session.model import TraceRow
from profiles.saying import plain
from tests.records.sessions import (
    chain_fault,
    head,
    in_months,
    kept,
    record,
    row,
    rows,
    so_far,
    trace_kept,
)


def nobody_dies(error: BaseException) -> None:
    raise AssertionError(error)


@contextmanager
def running(data: Path, **more: Any) -> Iterator[Store]:
    store = Store(data, on_death=more.pop("on_death", nobody_dies), min_free_bytes=0, **more)
    store.start()
    try:
        yield store
    finally:
        store.stop()


def until(true: Callable[[], object]) -> None:
    """Wait until something comes true; the thread has ten seconds for it."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def walk(store: Store, session_id: str) -> Any:
    store.begin(head(session_id))
    for second in range(3):
        store.append([TraceRow(*row(5 * second + part)) for part in range(5)])
        store.append([], so_far(session_id, second + 1.0))
    return store.close(record(session_id, 3.0))


def test_a_session_comes_back_as_it_is_kept(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        done = walk(store, "s-1").result(10)
        assert in_months(tmp_path) == []
        assert kept(tmp_path) == [done]
        assert done == {**record("s-1", 3.0), **{k: done[k] for k in ("seq", "prev_hash", "hash")}}
        assert store.last_sessions(5).result(10) == [done]
        assert store.health() is None
        assert store.faults() == ()
        assert len(trace_kept(tmp_path, "s-1")) == 15
    assert store.health() is not None
    assert in_months(tmp_path) == [done]
    assert not list((tmp_path / "journal").iterdir())


def test_many_sessions_closed_at_once_are_all_kept_in_order(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        futures = [walk(store, f"s-{number}") for number in range(20)]
        assert [future.result(20)["seq"] for future in futures] == list(range(1, 21))
    assert chain_fault(tmp_path) is None
    assert all(len(trace_kept(tmp_path, f"s-{number}")) == 15 for number in range(20))


def test_a_stopped_store_leaves_the_session_to_the_next_start(tmp_path: Path) -> None:
    store = Store(tmp_path, on_death=nobody_dies, min_free_bytes=0)
    assert store.start() == ()
    store.begin(head("s-1"))
    store.append(rows(0, 7), so_far("s-1", 1.0))
    assert store.stop() is True
    again = Store(tmp_path, on_death=nobody_dies, min_free_bytes=0)
    [found] = again.start()
    assert (found["session_id"], found["outcome"], found["walked_s"]) == ("s-1", "interrupted", 1.0)
    assert (found["stop_reason"], found["seq"]) == (None, 1)
    assert again.stop() is True
    assert kept(tmp_path) == [found]
    assert len(trace_kept(tmp_path, "s-1")) == 7


def test_two_stores_on_one_folder_are_refused(tmp_path: Path) -> None:
    with running(tmp_path):
        second = Store(tmp_path, on_death=nobody_dies)
        with pytest.raises(DataLocked, match=str(tmp_path)):
            second.start()
        assert second.stop() is False
    with running(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataUnusable, match="file"):
        Store(tmp_path / "file" / "data", on_death=nobody_dies).start()


def test_what_is_given_may_be_changed_afterwards(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        given = record("s-1")
        future = store.close(given)
        given["events"].append("later")
        given["walked_s"] = -1
        assert future.result(10)["walked_s"] == 60.0
        assert len(future.result()["events"]) == 1


def test_no_number_is_unknown(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        done = store.close(record("s-1", mean_kmh=float("nan"))).result(10)
    assert done["mean_kmh"] is None


@pytest.mark.parametrize(
    "bad", [{"session_id": "../x"}, {"started_at": None}, {"x": object()}, {"x": 2**60}]
)
def test_what_could_never_be_kept_is_refused_at_once(tmp_path: Path, bad: dict[str, Any]) -> None:
    with running(tmp_path) as store:
        with pytest.raises(BadRecord):
            store.close({**record("s-1"), **bad})
        if "x" not in bad:
            with pytest.raises(BadRecord):
                store.begin({**head("s-1"), **bad})
        assert walk(store, "s-2").result(10)["seq"] == 1


def test_no_call_waits_for_a_slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    real = Clerk.work

    def slow(self: Clerk, *, urgent: bool) -> None:
        gate.wait(10)
        real(self, urgent=urgent)

    with running(tmp_path) as store:
        monkeypatch.setattr(Clerk, "work", slow)
        before = time.monotonic()
        store.begin(head("s-1"))
        for number in range(20_000):
            store.append([row(number)])
        future = store.close(record("s-1"))
        assert time.monotonic() - before < 5
        assert not future.done()
        questions = [store.last_sessions(1) for _ in range(store_module.MAX_WAITING + 5)]
        with pytest.raises(StoreBusy):
            questions[-1].result(0)
        gate.set()
        assert future.result(10)["seq"] == 1
        assert questions[0].result(10)[0]["session_id"] == "s-1"
    assert len(trace_kept(tmp_path, "s-1")) == 20_000


def test_a_failing_disk_blocks_and_then_mends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.records.clerk.RETRY_EVERY_S", 0.05)
    monkeypatch.setattr("kiosk.records.clerk.FOLD_AFTER_S", 0.05)
    real = Folder.fold

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with running(tmp_path) as store:
        monkeypatch.setattr(Folder, "fold", full)
        assert walk(store, "s-1").result(10)["seq"] == 1
        until(lambda: "disk is full" in plain(store.health() or ()))
        assert in_months(tmp_path) == []
        monkeypatch.setattr(Folder, "fold", real)
        until(lambda: in_months(tmp_path))
        until(lambda: store.health() is None)


def test_stopping_while_the_disk_fails_ends_the_future(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as store:
        monkeypatch.setattr(
            "kiosk.records.files.write_all", lambda *_: (_ for _ in ()).throw(OSError(5, "EIO"))
        )
        future = walk(store, "s-1")
        until(lambda: store.health() is not None)
        assert store.stop() is False
        with pytest.raises(StoreStopped):
            future.result(0)


def test_the_workers_death_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[BaseException] = []
    with running(tmp_path, on_death=died.append) as store:

        def broken(self: Clerk, *, urgent: bool) -> None:
            raise RuntimeError("a mistake")

        monkeypatch.setattr(Clerk, "work", broken)
        store.begin(head("s-1"))
        until(lambda: died)
        assert isinstance(died[0], RuntimeError)
        assert plain(store.health() or ()) == "The log is not open."
        with pytest.raises(StoreStopped):
            store.append(rows(0, 1))


def test_a_store_that_never_started_takes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, on_death=nobody_dies)
    assert store.health() is not None
    assert store.faults() == ()
    with pytest.raises(StoreStopped):
        store.begin(head("s-1"))
    assert store.stop() is False


def test_faults_are_told_while_the_file_lies_there(tmp_path: Path) -> None:
    with running(tmp_path) as store:
        walk(store, "s-1").result(10)
    (tmp_path / "log" / "2026-11.json").write_bytes(b"")
    (tmp_path / "log" / "2026-11.json.bak").unlink(missing_ok=True)
    with running(tmp_path) as store:
        assert store.health() is None, "the rest is served"
        assert len(store.faults()) == 2
        assert store.last_sessions(5).result(10) == []
        assert walk(store, "s-2").result(10)["seq"] == 2, "no number is given out twice"
    with running(tmp_path) as store:
        assert tuple(map(str, store.faults())) == (
            "log/2026-11.json.broken-1 was set aside as broken.",
        )
