"""Sessions that are kept and in no month yet: what becomes of them, whatever happens."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from kiosk.records.chain import Record
from kiosk.records.clerk import FOLD_AFTER_S, FOLD_BYTES_PER_S, MOST_WAITING
from kiosk.records.reader import LogReader
from kiosk.records.running import Running
from tests.records.bench import Bench, bench
from tests.records.disk import PowerCut, cut, disk, failing
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


def walk(one: Bench, session_id: str, month: str = "2026-11") -> Future[Record]:
    """Walk two seconds and close; nothing is folded."""
    at = f"{month}-23T10:00:00.000Z"
    one.clerk.begin(Running(head(session_id, at), one.data / "journal"))
    one.clerk.append(rows(0, 10), so_far(session_id, 2.0, started_at=at))
    one.clerk.work(urgent=True)
    done = record(session_id, 2.0, started_at=at)
    future: Future[Record] = Future()
    one.clerk.close(Running(done, one.data / "journal"), done, future)
    one.clerk.work(urgent=True)
    return future


def test_keeping_costs_one_append_and_one_sync(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.begin("s-1")
        one.clerk.work(urgent=True)
        with disk() as counted:
            future = one.close("s-1")
            one.clerk.work(urgent=True)
        assert counted.names == ["write", "fdatasync"]
        assert future.done()
        assert in_months(tmp_path) == []
        assert kept(tmp_path) == [future.result(0)]


def test_months_are_written_when_nobody_has_walked_for_a_while(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        first = walk(one, "s-1")
        one.begin("s-2")
        one.now += 100
        one.clerk.work(urgent=False)
        assert in_months(tmp_path) == [], "somebody walks"
        one.close("s-2")
        one.clerk.work(urgent=False)
        assert in_months(tmp_path) == []
        assert one.clerk.due_s() <= FOLD_AFTER_S
        one.now += FOLD_AFTER_S
        one.clerk.work(urgent=False)
        assert [done["session_id"] for done in in_months(tmp_path)] == ["s-1", "s-2"]
        assert in_months(tmp_path)[0] == first.result(0)
        assert not list((tmp_path / "journal").iterdir())
        assert one.clerk.count == 2


def test_a_large_month_is_written_less_often(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        walk(one, "s-1")
        one.fold()
        month = tmp_path / "log" / "2026-11.json"
        wait_s = 30
        many = record("s-2", note="x" * (wait_s * FOLD_BYTES_PER_S))
        one.clerk.close(Running(many, tmp_path / "journal"), many, Future())
        one.clerk.work(urgent=True)
        one.fold()
        assert month.stat().st_size > wait_s * FOLD_BYTES_PER_S
        walk(one, "s-3")
        one.now += wait_s - 1
        one.clerk.work(urgent=False)
        assert len(in_months(tmp_path)) == 2
        one.now += 2
        one.clerk.work(urgent=False)
        assert len(in_months(tmp_path)) == 3


def test_many_waiting_sessions_are_folded_whatever_goes_on(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        for number in range(MOST_WAITING - 1):
            walk(one, f"s-{number}")
        one.begin("open")
        one.clerk.work(urgent=True)
        assert in_months(tmp_path) == []
        one.close("open")
        one.clerk.begin(Running(head("next"), tmp_path / "journal"))
        one.clerk.work(urgent=True)
        assert len(in_months(tmp_path)) == MOST_WAITING
        assert chain_fault(tmp_path) is None


def test_a_killed_kiosk_goes_on_with_the_numbers_it_gave(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        months = ("2026-09", "2026-10")
        promised = [walk(one, f"s-{month}", month).result(0) for month in months]
        one.begin("a-open")  # its name comes first; its number must not
        one.clerk.append(rows(0, 5), so_far("a-open", 1.0))
        one.clerk.work(urgent=True)
    with bench(tmp_path) as two:
        assert [done["session_id"] for done in two.clerk.recovered] == ["a-open"]
        assert two.folder.faults() == ()
        assert in_months(tmp_path)[:2] == promised
        assert in_months(tmp_path)[2]["seq"] == 3
    assert chain_fault(tmp_path) is None
    assert not list((tmp_path / "journal").iterdir())
    assert len(trace_kept(tmp_path, "s-2026-10")) == 10


def test_a_journal_that_was_taken_away_shows(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        for number in range(3):
            walk(one, f"s-{number}")
    (tmp_path / "journal" / "s-1.jsonl").unlink()
    fault = chain_fault(tmp_path)
    assert fault is not None
    assert str(fault.text) == "Record 2 is missing: 3 stands there."
    with bench(tmp_path) as two:
        assert tuple(map(str, two.folder.faults())) == ("Record 2 is missing from the log.",)
        assert [done["seq"] for done in kept(tmp_path)] == [1, 3]
        assert walk(two, "s-9").result(0)["seq"] == 4


@pytest.mark.parametrize("change", ["hash", "walked_s"])
def test_a_journal_whose_record_does_not_prove_itself_gets_a_number_of_its_own(
    tmp_path: Path, change: str
) -> None:
    with bench(tmp_path) as one:
        first = walk(one, "s-0").result(0)
        forged = Running(head("s-1"), tmp_path / "journal")
        forged.link({**record("s-1"), "seq": 7, "prev_hash": "0" * 64, "hash": "1" * 64})
        forged.write(sync=True)
        forged.release()
    with bench(tmp_path):
        assert in_months(tmp_path)[0] == first
        assert [done["seq"] for done in in_months(tmp_path)] == [1, 2]
    assert chain_fault(tmp_path) is None
    assert change


def test_a_reader_sees_what_waits_with_its_trace(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        walk(one, "s-1")
        one.fold()
        waiting = walk(one, "s-2").result(0)
        one.begin("s-3")
        one.clerk.work(urgent=True)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        with LogReader(tmp_path) as log:
            assert [entry.session_id for entry in log.entries] == ["s-1", "s-2"]
            assert log.record(log.entries[1]) == waiting
            assert log.trace_bytes(log.entries[1]) == len(log.trace(log.entries[1]) or b"")
            assert log.running == 1
            assert log.faults == []
        assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert [line["t_s"] for line in trace_kept(tmp_path, "s-2")] == [str(n / 5) for n in range(10)]


@pytest.mark.parametrize("months", [("2026-10", "2026-11"), ("2026-11", "2026-10")])
def test_a_crash_at_any_call_of_folding_two_months_loses_and_doubles_nothing(
    tmp_path: Path, months: tuple[str, str]
) -> None:
    """Also where the clock went back, and the later session is in the earlier month."""
    at, more = 0, True
    while more:
        data = tmp_path / str(at)
        with bench(data) as one:
            walk(one, "s-0", "2026-10")
            one.fold()
            promised = [
                walk(one, "s-1", months[0]).result(0),
                walk(one, "s-2", months[1]).result(0),
            ]
            try:
                with disk(at, cut):
                    one.fold()
                more = False
            except PowerCut:
                pass
        assert kept(data)[1:] == promised
        with bench(data) as two:
            assert two.folder.faults() == ()
            assert two.clerk.recovered == ()
        assert in_months(data)[1:] == promised
        assert chain_fault(data) is None
        at += 1
    assert at > 25


def test_an_error_at_any_call_of_folding_is_tried_again(tmp_path: Path) -> None:
    at, more = 0, True
    while more:
        data = tmp_path / str(at)
        with bench(data) as one:
            walk(one, "s-0", "2026-10")
            one.fold()
            promised = [walk(one, "s-1", "2026-10").result(0), walk(one, "s-2").result(0)]
            with disk(at, failing()) as counted:
                one.fold()
                more = counted.count > at
            one.now += 20
            one.clerk.work(urgent=False)
            assert one.clerk.health is None
        assert in_months(data)[1:] == promised
        assert chain_fault(data) is None
        assert not list((data / "journal").iterdir())
        at += 1
    assert at > 25
