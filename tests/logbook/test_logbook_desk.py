"""The log's desk over real logs: small, damaged, changed while somebody looks, and large."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.logbook.desk import LogDesk
from kiosk.logbook.model import Logbook, Query
from kiosk.records.chain import hash_of
from kiosk.records.log import Log
from kiosk.records.reader import LogReader
from kiosk.records.store import Store
from kiosk.session.actions import Refusal
from tests.records.sessions import record, rows

WITHIN_S = 30.0
FIRST = datetime(2026, 8, 3, 8, tzinfo=UTC)
OUTCOMES = (
    ("completed", None),
    ("completed", None),
    ("safety_stop", "estop"),
    ("stopped", "patron"),
)


def allowed() -> None:
    """The staff's PIN is open."""


def one(number: int) -> dict[str, Any]:
    """A made-up session; ten a day."""
    outcome, reason = OUTCOMES[number % 4]
    at = FIRST + timedelta(days=number // 10, minutes=20 * (number % 10))
    return record(
        f"s-{number:06d}",
        started_at=at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        profile_code=f"P-{number % 7}" if number % 2 else None,
        outcome=outcome,
        stop_reason=reason,
    )


def filled(data: Path, count: int) -> None:
    (data / "log").mkdir(parents=True)
    log = Log(data / "log", lambda fault: pytest.fail(str(fault)))
    log.open()
    by_month: dict[str, list[Any]] = {}
    for number in range(count):
        made = one(number)
        by_month.setdefault(made["started_at"][:7], []).append(log.link(made))
    for month in by_month.values():
        log.keep(month)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LogDesk]:
    died: list[BaseException] = []
    made = LogDesk(tmp_path, zone="Europe/Berlin", may=allowed, on_death=died.append)
    made.start()
    yield made
    made.stop()
    assert died == []


def wait(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)


def looked(desk: LogDesk, query: Query | None = None) -> Any:
    """Open, and wait until all was read."""
    desk.open(query or Query())
    wait(lambda: not desk.state().reading and desk.state().query == (query or Query()))
    return desk.state()


def test_days_sessions_and_one_with_its_curve(tmp_path: Path, desk: LogDesk) -> None:
    filled(tmp_path, 35)
    store = Store(tmp_path, on_death=lambda error: None)
    store.start()
    last = one(35)
    store.begin(last)
    store.append(rows(0, 300))
    store.close(last).result(WITHIN_S)
    book = looked(desk)
    store.stop()
    assert (book.total, book.found, book.faults) == (36, 36, ())
    assert [len(day.lines) for day in book.days] == [6, 10, 10, 10]
    assert book.days[0].day == date(2026, 8, 6)
    newest = book.days[0].lines[0]
    assert newest.session_id == "s-000035"
    assert newest.at is not None
    assert newest.at.strftime("%H:%M") == "11:40"
    detail = desk.session("s-000035").result(WITHIN_S)
    assert detail.curve is not None
    assert not detail.damaged
    assert detail.record["walked_s"] == 60.0
    assert desk.session("s-000001").result(WITHIN_S).curve is None


def test_an_empty_folder_is_an_empty_log(tmp_path: Path, desk: LogDesk) -> None:
    (tmp_path / "log").mkdir()
    assert looked(desk).days == ()


def test_no_folder_at_all_is_a_fault(tmp_path: Path) -> None:
    made = LogDesk(tmp_path / "gone", zone="UTC", may=allowed, on_death=lambda error: None)
    made.start()
    assert "cannot be read" in str(looked(made).faults[0][0])
    made.stop()


def test_a_changed_record_is_named_and_a_broken_month_leaves_the_others(
    tmp_path: Path, desk: LogDesk
) -> None:
    filled(tmp_path, 400)
    months = sorted((tmp_path / "log").glob("2026-??.json"))
    assert len(months) == 2
    content = months[0].read_bytes()
    months[0].write_bytes(content.replace(b'"outcome":"completed"', b'"outcome":"stopped"  ', 1))
    months[1].write_bytes(months[1].read_bytes()[:-900])
    for month in months:
        month.with_name(f"{month.name}.bak").unlink(missing_ok=True)
    book = looked(desk)
    told = " ".join(str(one) for fault in book.faults for one in fault)
    assert "2026-08.json was changed" in told
    assert "2026-09.json is broken" in told
    assert book.found > 350
    changed = [
        line.session_id
        for day in book.days
        for line in day.lines
        if desk.session(line.session_id).result(WITHIN_S).damaged
    ]
    assert changed == ["s-000000"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"planned_s":300.0', b'"planned_s":9007199254740993'),
        (b'"planned_s":300.0', '"é":300.0'.encode()),
        (b'"started_at":"2026-08-03', b'"started_at":"0001-01-01'),
    ],
)
def test_a_record_that_was_changed_by_hand_ends_nothing(
    tmp_path: Path, before: bytes, after: bytes
) -> None:
    filled(tmp_path, 1)
    path = tmp_path / "log" / "2026-08.json"
    content = path.read_bytes()
    assert content.count(before) == 1
    path.write_bytes(content.replace(before, after).replace(b"T08:00", b"T00:00"))
    died: list[BaseException] = []
    desk = LogDesk(tmp_path, zone="America/New_York", may=allowed, on_death=died.append)
    desk.start()
    book = looked(desk)
    assert book.found == 1
    assert desk.session("s-000000").result(WITHIN_S).damaged
    desk.stop()
    assert died == []


def test_of_the_newest_what_is_no_record_is_named_in_its_turn(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    newest = [{**one(2), "seq": 3, "outcome": 5}, {**one(1), "seq": 2}]
    died: list[BaseException] = []
    desk = LogDesk(tmp_path, zone="UTC", may=allowed, on_death=died.append, newest=lambda: newest)
    desk.start()
    assert looked(desk).found == 3
    desk.stop()
    assert died == []


def test_what_is_kept_meanwhile_is_there_when_somebody_looks_again(
    tmp_path: Path, desk: LogDesk
) -> None:
    filled(tmp_path, 10)
    assert looked(desk).found == 10
    store = Store(tmp_path, on_death=lambda error: None)
    store.start()
    store.close(one(10)).result(WITHIN_S)
    desk.open(Query())
    wait(lambda: desk.state().found == 11)
    store.stop()


def test_without_the_pin_nothing_is_read(tmp_path: Path) -> None:
    def shut() -> None:
        raise Refusal("locked", "This needs the staff's PIN: enter it again.")

    filled(tmp_path, 10)
    made = LogDesk(tmp_path, zone="UTC", may=shut, on_death=lambda error: None)
    made.start()
    made.open(Query())
    with pytest.raises(Refusal, match="PIN"):
        made.session("s-000001").result(WITHIN_S)
    made.stop()
    assert made.state().days == ()


def test_a_session_that_is_not_there_is_refused(tmp_path: Path, desk: LogDesk) -> None:
    filled(tmp_path, 3)
    looked(desk)
    with pytest.raises(Refusal, match="cannot be read"):
        desk.session("../../etc/passwd").result(WITHIN_S)


def test_a_large_log_is_searched_without_reading_it_again(
    tmp_path: Path, desk: LogDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 3000)
    book = looked(desk)
    assert (book.total, book.found) == (3000, 3000)
    assert book.days[0].day > book.days[-1].day

    def never(_self: Any, _entry: Any) -> bytes:
        raise AssertionError("the log was read again")

    with monkeypatch.context() as patch:
        patch.setattr("kiosk.records.reader.LogReader.raw", never)
        for query, count in (
            (Query(outcome="safety_stop"), 750),
            (Query(reason="estop"), 750),
            (Query(code="P-3"), sum(n % 7 == 3 and n % 2 == 1 for n in range(3000))),
            (Query(guests=True), 1500),
        ):
            desk.find(query)
            wait(lambda query=query: desk.state().query == query)
            assert desk.state().found == count
    desk.close()
    wait(lambda: desk.state().days == ())


class Held:
    """A log that takes until it is let go to be opened, and counts how often it is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened = 0
        self.go = threading.Event()
        monkeypatch.setattr("kiosk.logbook.desk.LogReader", self)

    def __call__(self, data: Path) -> LogReader:
        self.opened += 1
        assert self.go.wait(WITHIN_S)
        return LogReader(data)


@pytest.mark.parametrize("letters", [5, 100])
def test_letters_typed_while_the_log_is_opened_open_it_no_second_time(
    tmp_path: Path, desk: LogDesk, monkeypatch: pytest.MonkeyPatch, letters: int
) -> None:
    filled(tmp_path, 30)
    held = Held(monkeypatch)
    desk.open(Query())
    wait(lambda: held.opened)
    for number in range(letters):
        desk.find(Query(code=f"P-{number}"))
    desk.find(Query(code="P-3"))
    held.go.set()
    wait(lambda: not desk.state().reading and desk.state().query == Query(code="P-3"))
    assert desk.state().found == sum(n % 7 == 3 and n % 2 == 1 for n in range(30))
    assert held.opened == 1


def test_who_comes_back_and_types_at_once_sees_what_is_new(
    tmp_path: Path, desk: LogDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 10)
    held = Held(monkeypatch)
    held.go.set()
    assert looked(desk).found == 10
    store = Store(tmp_path, on_death=lambda error: None)
    store.start()
    store.close(one(10)).result(WITHIN_S)
    store.stop()
    desk.open(Query())
    desk.find(Query(outcome="safety_stop"))
    wait(lambda: desk.state().query.outcome and not desk.state().reading)
    assert [one.seq for day in desk.state().days for one in day.lines] == [11, 7, 3]


def test_who_leaves_while_the_log_is_opened_leaves_nothing_behind(
    tmp_path: Path, desk: LogDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 10)
    held = Held(monkeypatch)
    held.go.set()
    assert looked(desk).found == 10
    held.go.clear()
    desk.open(Query())
    wait(lambda: held.opened == 2)
    for number in range(20):
        desk.find(Query(code=f"P-{number}"))
    desk.close()
    held.go.set()
    wait(lambda: desk.state() == Logbook() and desk._reader is None)


def test_the_newest_are_shown_before_all_was_read(tmp_path: Path) -> None:
    filled(tmp_path, 30)
    seen: list[int] = []
    newest = [{**one(29), "seq": 30}, {**one(28), "seq": 29}]
    made = LogDesk(
        tmp_path, zone="UTC", may=allowed, on_death=lambda error: None, newest=lambda: newest
    )
    publish = made._publish

    def note(state: Any) -> None:
        seen.append(state.found)
        publish(state)

    made._publish = note  # type: ignore[method-assign]
    made.start()
    assert looked(made).found == 30
    made.stop()
    assert seen[0] == 2
    assert hash_of(newest[0])  # it is a whole record
