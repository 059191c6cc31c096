"""Files that were damaged or meddled with: named, set aside, and the rest served."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tinydb import TinyDB, where

from kiosk.__main__ import main
from kiosk.records.log import Log
from kiosk.records.store import Store
from tests.records.bench import bench
from tests.records.sessions import chain_fault, head, kept, record, rows, so_far


def filled(data: Path, count: int = 6, batch: int = 2) -> Log:
    (data / "log").mkdir(parents=True)
    log = Log(data / "log", pytest.fail)
    log.open()
    for first in range(0, count, batch):
        log.keep([log.link(record(f"s-{first + number}")) for number in range(batch)])
    return log


def reopened(data: Path) -> tuple[Log, list[str]]:
    said: list[str] = []
    log = Log(data / "log", lambda one: said.append(str(one)))
    log.open()
    for _ in log.survey():
        pass
    return log, list(dict.fromkeys(said))


def seqs(log: Log) -> list[int]:
    return [one["seq"] for one in log.months.newest(99)][::-1]


def test_a_flipped_bit_anywhere_costs_one_record_at_most(tmp_path: Path) -> None:
    """Each case: one bit of the month's file, then a start."""
    filled(tmp_path)
    path = tmp_path / "log" / "2026-11.json"
    whole = path.read_bytes()
    previous = path.with_name("2026-11.json.bak").read_bytes()
    rng = random.Random(20261123)
    places = [*range(120), *(rng.randrange(len(whole)) for _ in range(200))]
    aside_seen = 0
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        for stale in (tmp_path / "log").glob("2026-11.*"):
            stale.unlink()
        path.write_bytes(damaged)
        path.with_name("2026-11.json.bak").write_bytes(previous)
        log, said = reopened(tmp_path)
        aside = list((tmp_path / "log").glob("*.broken-*"))
        # The first bytes are the checksum's own table: without it the records prove themselves.
        assert place < 120 or len(aside) == 1, place
        assert len(said) >= len(aside)
        assert [one.read_bytes() for one in aside] == [bytes(damaged)] * len(aside)
        assert set(seqs(log)) >= {1, 2, 3, 4}, "the generation before has them"
        assert len(seqs(log)) >= 5, f"{place}: {said}"
        aside_seen += len(aside)
    assert aside_seen > 200


@pytest.mark.parametrize("keep_bytes", [0, 1, 110, 111, 900, 2500, -2, -1])
def test_what_a_cut_off_file_still_holds_is_saved(tmp_path: Path, keep_bytes: int) -> None:
    filled(tmp_path)
    path = tmp_path / "log" / "2026-11.json"
    path.write_bytes(path.read_bytes()[:keep_bytes])
    log, said = reopened(tmp_path)
    assert "set aside as 2026-11.json.broken-1" in said[0]
    assert seqs(log) == ([1, 2, 3, 4] if keep_bytes >= 0 else [1, 2, 3, 4, 5, 6])
    if keep_bytes >= 0:
        assert "Records 5 to 6 are missing from the log." in said
    again, said = reopened(tmp_path)
    assert seqs(again) == seqs(log), "a start later nothing is different"


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999"])
def test_a_number_that_is_none_is_unknown_in_what_is_saved(tmp_path: Path, number: bytes) -> None:
    filled(tmp_path)
    for path in (tmp_path / "log").glob("2026-11.json*"):
        path.write_bytes(path.read_bytes().replace(b'"distance_m":30.0', b'"distance_m":' + number))
    log, said = reopened(tmp_path)
    assert "set aside" in said[0]
    assert seqs(log) == [1, 2, 3, 4, 5, 6]
    assert {one["distance_m"] for one in log.months.newest(9)} == {None}


def test_nuls_at_the_end_cost_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    path = tmp_path / "log" / "2026-11.json"
    path.write_bytes(path.read_bytes() + b"\0" * 512)
    log, said = reopened(tmp_path)
    assert "set aside" in said[0]
    assert seqs(log) == [1, 2, 3, 4, 5, 6]


def edit(path: Path) -> None:
    with TinyDB(path) as database:
        database.table("sessions").update({"distance_m": 999.0}, where("seq") == 3)


def edit_in_place(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"s-2"', b'"s-X"'))


def remove(path: Path) -> None:
    with TinyDB(path) as database:
        database.table("sessions").remove(where("seq") == 3)


def swap(path: Path) -> None:
    tables = json.loads(path.read_bytes())
    sessions = tables["sessions"]
    sessions["3"], sessions["4"] = sessions["4"] | {"seq": 3}, sessions["3"] | {"seq": 4}
    path.write_text(json.dumps(tables))


@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (edit, "Record 3 was changed"),
        (edit_in_place, "Record 3 was changed"),
        (remove, "Record 3 is missing"),
        (swap, "Record 3 was changed"),
    ],
)
def test_meddling_is_named_by_its_first_record_and_at_the_next_start(
    tmp_path: Path, meddle: Callable[[Path], None], words: str
) -> None:
    filled(tmp_path)
    path = tmp_path / "log" / "2026-11.json"
    meddle(path)
    content = path.read_bytes()
    fault = chain_fault(tmp_path)
    assert fault is not None
    assert words in str(fault.text)
    _, said = reopened(tmp_path)
    assert said, "the staff screen tells it"
    aside = list((tmp_path / "log").glob("*.broken-*"))
    if meddle is not remove:
        assert [one.read_bytes() for one in aside] == [content]
        assert [one["distance_m"] for one in kept(tmp_path)] == [30.0] * 6, "as it was before"


def test_a_record_changed_in_both_generations_stays_and_stays_named(tmp_path: Path) -> None:
    filled(tmp_path)
    for path in (tmp_path / "log").glob("2026-11.json*"):
        edit(path)
    _, said = reopened(tmp_path)
    assert any("record 3 was changed" in text for text in said)
    for _ in range(2):
        log, said = reopened(tmp_path)
        assert "Record 3 was changed: its hash does not fit." in said
        assert seqs(log) == [1, 2, 3, 4, 5, 6]


def test_a_month_that_is_gone_is_served_from_before_and_named(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "log" / "2026-11.json").unlink()
    log, said = reopened(tmp_path)
    assert seqs(log) == [1, 2, 3, 4]
    assert said == [
        "2026-11.json is missing: its previous generation is served.",
        "Records 5 to 6 are missing from the log.",
    ]


def test_many_gaps_are_summed_up(tmp_path: Path) -> None:
    filled(tmp_path, 30)
    with TinyDB(tmp_path / "log" / "2026-11.json") as database:
        database.table("sessions").remove(where("seq").test(lambda seq: seq % 2 == 0 and seq < 29))
    _, said = reopened(tmp_path)
    assert "Record 2 is missing from the log." in said
    assert "More is missing from the log: 14 gaps in all." in said


def test_a_month_that_plain_tinydb_wrote_is_taken_and_then_vouched_for(tmp_path: Path) -> None:
    log = filled(tmp_path)
    path = tmp_path / "log" / "2026-11.json"
    with TinyDB(path) as database:
        database.table("sessions").update({"seq": 1}, where("seq") == 1)
    log, said = reopened(tmp_path)
    assert said == []
    log.keep([log.link(record("new"))])
    assert seqs(log) == [1, 2, 3, 4, 5, 6, 7]
    assert path.read_bytes().startswith(b'{"checksum":{"1":{"tables":"1","sha256":"')
    with TinyDB(path) as database:
        assert len(database.table("sessions")) == 7


def test_a_broken_old_month_is_found_while_nobody_walks(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(parents=True)
    log = Log(tmp_path / "log", pytest.fail)
    log.open()
    for number in range(80):
        at = f"2026-{number // 10 + 2:02}-23T10:00:00.000Z"
        log.keep([log.link(record(f"s-{number}", started_at=at))])
    path = tmp_path / "log" / "2026-02.json"
    path.write_bytes(path.read_bytes().replace(b"0.1", b"0.2"))
    with bench(tmp_path) as one:
        assert one.folder.faults() == ()
        for _ in range(20):
            one.now += one.clerk.due_s()
            one.clerk.work(urgent=False)
        assert str(one.folder.faults()[0]).startswith("2026-02.json is broken (its checksum")
        assert one.clerk.health is None
        assert one.clerk.count == 80


def empty(_content: bytes) -> bytes:
    return b""


def truncated(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def nuls(content: bytes) -> bytes:
    return b"\0" * len(content)


def flipped(content: bytes) -> bytes:
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


CASES = [
    (name, damage)
    for name in ("log/2026-11.json", "log/head.json", "journal/s-open.jsonl")
    for damage in (empty, truncated, nuls, flipped)
    if (name, damage) != ("journal/s-open.jsonl", truncated)  # which a power cut leaves
]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_damaged_file_is_set_aside_and_named_at_the_start_and_the_rest_is_served(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    store = Store(tmp_path, on_death=pytest.fail, min_free_bytes=0)
    store.start()
    for number in range(4):
        store.begin(head(f"s-{number}"))
        store.close(record(f"s-{number}")).result(10)
    store.begin(head("s-open"))
    store.append(rows(0, 5), so_far("s-open", 1.0))
    store.stop()
    path = tmp_path / name
    content = damage(path.read_bytes())
    path.write_bytes(content)
    for _ in range(2):
        again = Store(tmp_path, on_death=pytest.fail, min_free_bytes=0)
        again.start()
        try:
            [aside] = path.parent.glob("*.broken-*")
            assert aside.name.startswith(path.name)
            assert aside.read_bytes() == content
            assert any(aside.name in str(text) for text in again.faults()), again.faults()
            assert again.health() is None, "the next session may start"
            served = {one["session_id"] for one in again.last_sessions(9).result(10)}
            if name.startswith("log/head"):
                assert served == {"s-0", "s-1", "s-2", "s-3", "s-open"}
            elif name.startswith("journal"):
                assert served >= {"s-0", "s-1", "s-2", "s-3"}
            else:
                assert "s-open" in served, "what comes after it is kept"
        finally:
            again.stop()


def test_verify_is_not_content_while_a_broken_file_lies_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path)
    edit(tmp_path / "log" / "2026-11.json")
    reopened(tmp_path)
    assert main(["log", "verify", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "log/2026-11.json.broken-1 was set aside as broken" in told.err
    assert "2026-11.json.broken-1" in told.err
    (tmp_path / "log" / "2026-11.json.broken-1").unlink()
    assert main(["log", "verify", "--data", str(tmp_path)]) == 0


@pytest.mark.parametrize("damage", [None, b"", b'{"seq": 2, "hash": "x", "crc": "0"}'])
def test_a_lost_head_is_told_by_verify_and_at_every_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: bytes | None
) -> None:
    """A cut-off end leaves no gap: without the head nothing else would show it."""
    filled(tmp_path)
    head_file = tmp_path / "log" / "head.json"
    head_file.with_name("head.json.bak").unlink()
    head_file.unlink() if damage is None else head_file.write_bytes(damage)
    with TinyDB(tmp_path / "log" / "2026-11.json") as database:
        database.table("sessions").remove(where("seq") == 6)
    assert main(["log", "verify", "--data", str(tmp_path)]) == 1
    assert "at the end of the log cannot be told" in capsys.readouterr().err
    for _ in range(3):
        with bench(tmp_path) as one:
            assert any("head.json" in str(text) for text in one.folder.faults()), (
                one.folder.faults()
            )
        assert main(["log", "verify", "--data", str(tmp_path)]) == 1


def test_a_month_that_is_cut_off_is_read_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path, 6, batch=6)
    path = tmp_path / "log" / "2026-11.json"
    path.write_bytes(path.read_bytes()[:-700])
    assert [one["seq"] for one in kept(tmp_path)] == [1, 2, 3, 4]
    assert main(["log", "show", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().out.count("\n") == 4
