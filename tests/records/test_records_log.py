"""The log over many sessions, and its head after crashes and meddling."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tinydb import TinyDB

from kiosk.records import chain
from kiosk.records.chain import NO_HASH, Head, Record
from kiosk.records.log import Log, head_in
from tests.records.disk import PowerCut, cut, disk, failing
from tests.records.sessions import chain_fault, head_kept, in_months, kept, record


def opened(folder: Path) -> tuple[Log, list[str]]:
    said: list[str] = []
    (folder / "log").mkdir(exist_ok=True)
    log = Log(folder / "log", lambda one: said.append(str(one)))
    log.open()
    return log, said


def keep(log: Log, one: Record) -> Record:
    """Link a record unless it is in the log, and put it into its month."""
    linked = log.months.find(one) or log.link(one)
    log.keep([linked])
    return linked


def filled(folder: Path, count: int) -> Log:
    log, _ = opened(folder)
    for number in range(count):
        month = 11 - number % 3
        keep(log, record(f"s-{number}", started_at=f"2026-{month:02}-23T10:00:00.000Z"))
    return log


def test_the_chain_holds_over_fifty_sessions_and_three_months(tmp_path: Path) -> None:
    log = filled(tmp_path, 50)
    assert [one["session_id"] for one in in_months(tmp_path)] == [f"s-{n}" for n in range(50)]
    assert chain_fault(tmp_path) is None
    assert head_kept(tmp_path) == log.head
    assert log.head.seq == 50
    assert [one["seq"] for one in log.months.newest(20)] == list(range(50, 30, -1))
    assert len(list((tmp_path / "log").glob("2026-??.json"))) == 3


def test_plain_tinydb_opens_a_month_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 2)
    monkeypatch.chdir(tmp_path / "log")
    with TinyDB("2026-11.json") as database:
        [one] = database.table("sessions").all()
    assert one["session_id"] == "s-0"
    assert one.doc_id == one["seq"] == 1


def test_an_edited_record_is_found(tmp_path: Path) -> None:
    filled(tmp_path, 50)
    path = tmp_path / "log" / "2026-10.json"
    tables = json.loads(path.read_bytes())
    tables["sessions"]["20"]["distance_m"] += 0.1
    path.write_text(json.dumps(tables))
    fault = chain_fault(tmp_path)
    assert fault is not None
    assert (fault.seq, fault.session_id) == (20, "s-19")
    assert "changed" in str(fault.text)


def test_keeping_a_session_twice_keeps_it_once(tmp_path: Path) -> None:
    log = filled(tmp_path, 4)
    with disk() as counted:
        again = keep(log, record("s-1", started_at="2026-10-23T10:00:00.000Z", walked_s=1.0))
    assert counted.names[:3] == ["open", "write", "fsync"], "its first attempt may have failed"
    assert (again["seq"], again["walked_s"]) == (2, 60.0)
    assert len(kept(tmp_path)) == 4
    assert chain_fault(tmp_path) is None


@pytest.mark.parametrize("stop", [cut, failing()])
def test_a_crash_at_any_call_is_mended_by_keeping_again(
    tmp_path: Path, stop: Callable[[], None]
) -> None:
    log = filled(tmp_path, 1)
    with disk() as counted:
        keep(log, record("counted"))
    for at in range(counted.count):
        log, _ = opened(tmp_path)
        with contextlib.suppress(PowerCut, OSError), disk(at, stop):
            keep(log, record(f"at-{at}"))
        log, said = opened(tmp_path)
        assert said == [], "what a crash leaves is no fault"
        keep(log, record(f"at-{at}"))
        assert chain_fault(tmp_path) is None
    assert len(kept(tmp_path)) == 2 + counted.count


def test_records_go_into_their_months_in_any_order_and_the_head_after_them(tmp_path: Path) -> None:
    log, _ = opened(tmp_path)
    one, two = log.link(record("s-1")), log.link(record("s-2"))
    assert head_kept(tmp_path) == Head(), "nothing is written yet"
    log.keep([two, one])
    assert head_kept(tmp_path) == log.head == chain.head_of(two)
    with disk() as counted:
        log.keep([one, two])
        log.keep([two])
        log.keep([])
    assert counted.names == [], "all of it is kept"


def test_members_that_were_made_before_are_not_made_again(tmp_path: Path) -> None:
    log, _ = opened(tmp_path)
    one, other = record("s-1"), record("s-1", walked_s=30.0)
    assert log.link(one, chain.members_of(other))["hash"] == chain.link(other, 1, NO_HASH)["hash"]


def test_a_log_that_was_not_opened_is_empty(tmp_path: Path) -> None:
    log = Log(tmp_path, pytest.fail)
    assert log.head == Head()
    assert list(log.survey()) == []


def test_a_first_record_that_follows_on_another_is_named(tmp_path: Path) -> None:
    log, _ = opened(tmp_path)
    log.keep([chain.link(record("s-1"), 1, "f" * 64)])
    _, said = opened(tmp_path)
    assert said == ["Record 1 does not follow on the one before it."]


def test_a_head_that_a_crash_left_behind_moves_on(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    one = kept(tmp_path)[1]
    (tmp_path / "log" / "head.json").write_text(json.dumps({"seq": 2, "hash": one["hash"]}))
    log, said = opened(tmp_path)
    assert (log.head.seq, said) == (3, [])
    assert chain_fault(tmp_path) is None


def test_a_cut_off_end_is_named_and_shows_for_ever(tmp_path: Path) -> None:
    filled(tmp_path, 4)
    (tmp_path / "log" / "2026-11.json").unlink()
    (tmp_path / "log" / "2026-11.json.bak").unlink()
    log, said = opened(tmp_path)
    assert said == ["Record 4 is missing from the log."]
    keep(log, record("s-9", started_at="2026-10-23T10:00:00.000Z"))
    fault = chain_fault(tmp_path)
    assert fault is not None
    assert fault.seq == 1
    assert [one["seq"] for one in kept(tmp_path)] == [2, 3, 5]


def test_a_newest_record_that_was_changed_is_named(tmp_path: Path) -> None:
    head = filled(tmp_path, 1).head
    path = tmp_path / "log" / "2026-11.json"
    path.write_text(path.read_text().replace(kept(tmp_path)[0]["hash"], "f" * 64))
    log, said = opened(tmp_path)
    assert log.head == head_kept(tmp_path) == head, "the gap shows for ever"
    assert said == [
        "2026-11.json is broken (its checksum does not fit): set aside as 2026-11.json.broken-1.",
        "Record 1 is not the one that was kept.",
        "Record 1 was changed: its hash does not fit.",
    ]
    assert [one["seq"] for one in kept(tmp_path)] == [1], "nothing better is left of it"


def test_a_head_far_behind_is_named(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    (tmp_path / "log" / "head.json").write_text(json.dumps({"seq": 1, "hash": "0" * 64}))
    log, said = opened(tmp_path)
    assert said == ["head.json names record 1: 3 came after it."]
    assert log.head.seq == 3


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0" * 80,
        b'{"seq": "x"}',
        b'{"seq":',
        b'{"seq":1,"hash":"x","more":' + b"[" * 100_000,
        b'{"\xff":1}',
    ],
)
def test_a_broken_head_is_set_aside_and_the_one_before_it_taken(
    tmp_path: Path, damage: bytes
) -> None:
    filled(tmp_path, 3)
    path = tmp_path / "log" / "head.json"
    path.write_bytes(damage)
    log, said = opened(tmp_path)
    assert said == ["head.json is broken: set aside as head.json.broken-1."]
    assert log.head == head_kept(tmp_path)
    assert chain_fault(tmp_path) is None
    assert path.with_name("head.json.broken-1").read_bytes() == damage


def test_the_head_before_it_is_taken_for_one_that_is_gone(tmp_path: Path) -> None:
    head = filled(tmp_path, 3).head
    (tmp_path / "log" / "head.json").unlink()
    log, said = opened(tmp_path)
    assert (log.head, head_kept(tmp_path), said) == (head, head, [])


@pytest.mark.parametrize("count", [1, 3])
def test_a_lost_head_is_made_anew_and_said(tmp_path: Path, count: int) -> None:
    filled(tmp_path, count)
    for path in (tmp_path / "log").glob("head.json*"):
        path.unlink()
    log, said = opened(tmp_path)
    assert said == ["head.json was lost: made anew from the records."]
    assert (log.head.seq, chain_fault(tmp_path)) == (count, None)


def test_a_lost_head_is_told_until_somebody_looked(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    for path in (tmp_path / "log").glob("head.json*"):
        path.unlink()
    opened(tmp_path)
    told = tmp_path / "log" / "head.json.broken-1"
    text = "There was no head.json. It was made anew from record 3, the last.\n"
    assert told.read_text() == text
    told.unlink()
    opened(tmp_path)
    assert not told.exists(), "there is a head now"
    for name in ("head.json", "head.json.bak"):
        told.with_name(name).write_bytes(b"x")
    _, said = opened(tmp_path)
    assert said == [
        "head.json is broken: set aside as head.json.broken-1.",
        "head.json.bak is broken: set aside as head.json.bak.broken-1.",
        "head.json was lost: made anew from the records.",
    ]
    assert told.read_bytes() == b"x", "nothing is written over it"


def test_the_head_is_kept_under_a_checksum(tmp_path: Path) -> None:
    log = filled(tmp_path, 2)
    content = (tmp_path / "log" / "head.json").read_bytes()
    crc = f"{zlib.crc32(f'2 {log.head.hash}'.encode()):08x}"
    assert json.loads(content) == {"seq": 2, "hash": log.head.hash, "crc": crc}
    assert head_in(content) == log.head
    assert head_in(b'{"seq":2,"hash":"x"}') == Head(2, "x"), "one of before there was a checksum"
    with pytest.raises(ValueError, match=r"^its checksum does not fit$"):
        head_in(content.replace(b'"seq":2', b'"seq":3'))
    with pytest.raises(ValueError, match=r"^nested far too deep$"):
        head_in(b'{"seq":1,"hash":"x","more":' + b"[" * 100_000)


def test_a_survey_knows_how_many_records_there_must_be(tmp_path: Path) -> None:
    log = filled(tmp_path, 3)
    log.link(record("s-9"))
    months = tmp_path / "log"
    assert len(list(log.survey())) == 3, "one that is linked may be in no month yet"
    for path in months.glob("2026-10.*"):
        path.unlink()
    log, said = opened(tmp_path)
    list(log.survey())
    assert said == ["Record 2 is missing: 3 stands there.", "Record 2 is missing from the log."]


def linked(number: int) -> Record:
    return chain.link(record(f"s-{number}"), number, NO_HASH)


def test_a_record_that_was_linked_before_a_restart_is_adopted(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    log, said = opened(tmp_path)
    with disk() as counted:
        assert log.adopt(linked(4))
    assert counted.names == [], "it goes into its month later"
    assert (log.head, said) == (chain.head_of(linked(4)), [])
    assert log.adopt(linked(6))
    assert said == ["Record 5 is missing from the log."]
    assert log.adopt(linked(10))
    assert said[1:] == ["Records 7 to 9 are missing from the log."]
    assert log.link(record("next"))["prev_hash"] == linked(10)["hash"]


@pytest.mark.parametrize(
    "one",
    [
        linked(2),
        linked(3),
        {**linked(4), "walked_s": 1.0},
        {**linked(4), "hash": None},
        {name: value for name, value in linked(4).items() if name != "seq"},
        record("s-4"),
    ],
)
def test_a_record_that_cannot_be_linked_here_is_not_adopted(tmp_path: Path, one: Record) -> None:
    log = filled(tmp_path, 3)
    head = log.head
    assert not log.adopt(one)
    assert log.head == head


def test_an_empty_log_has_no_fault(tmp_path: Path) -> None:
    log, said = opened(tmp_path)
    assert (log.head, said, log.months.newest(3)) == (Head(), [], [])


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0" * 900,
        b'{"sessions": {"1": {"session_id": "x"}}}',
        b'{"sessions": {"1": {"session_id": "x", "seq": 2, "hash": "", "prev_hash": ""}}}',
    ],
)
def test_a_broken_month_is_set_aside_and_the_rest_is_served(tmp_path: Path, damage: bytes) -> None:
    filled(tmp_path, 6)
    path = tmp_path / "log" / "2026-10.json"
    path.write_bytes(damage)
    log, said = opened(tmp_path)
    assert any("2026-10.json.broken-1" in text for text in said)
    assert [one["seq"] for one in log.months.newest(9)] == [6, 4, 3, 2, 1], (
        "its previous generation too"
    )
    assert path.with_name("2026-10.json.broken-1").read_bytes() == damage
    keep(log, record("s-9", started_at="2026-10-24T10:00:00.000Z"))
    assert [one["seq"] for one in log.months.newest(9)] == [7, 6, 4, 3, 2, 1]
    assert path.with_name("2026-10.json.broken-1").read_bytes() == damage
