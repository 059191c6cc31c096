"""The log over many sessions, and its head after crashes and meddling."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tinydb import TinyDB

from kiosk.records.chain import Head, Record
from kiosk.records.log import Log
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
    filled(tmp_path, 1)
    path = tmp_path / "log" / "2026-11.json"
    path.write_text(path.read_text().replace(kept(tmp_path)[0]["hash"], "f" * 64))
    _, said = opened(tmp_path)
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
        b'{"seq":1,"hash":"x","more":' + b"[" * 9_000,
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


def test_a_lost_head_is_made_anew_and_said(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    for path in (tmp_path / "log").glob("head.json*"):
        path.unlink()
    log, said = opened(tmp_path)
    assert said == ["head.json was lost: made anew from the records."]
    assert (log.head.seq, chain_fault(tmp_path)) == (3, None)


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
