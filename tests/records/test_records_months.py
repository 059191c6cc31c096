"""The months' files, each call exactly: what is kept, found and counted."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kiosk.records import chain, index
from kiosk.records.chain import Head, Record
from kiosk.records.months import Months
from kiosk.records.storage import SafeStorage
from tests.records.disk import disk, failing
from tests.records.in_months import filled, forge, linked, opened, seqs, table
from tests.records.sessions import record


def test_records_go_into_their_months_each_once(tmp_path: Path) -> None:
    months, said = opened(tmp_path)
    made = linked("2026-11", "2026-10", "2026-11")
    months.keep(reversed(made))
    for path, expected in (
        ("2026-10.json", table(made[1])),
        ("2026-11.json", table(made[0], made[2])),
    ):
        assert SafeStorage(tmp_path / path, pytest.fail).read() == expected
        assert index.read(tmp_path / path) is not None
    with disk() as counted:
        months.keep(made)
        months.keep([])
    assert counted.names == [], "nothing is new"
    assert said == []


def test_a_record_is_found_in_its_month_and_written_once_more(tmp_path: Path) -> None:
    months, made = filled(tmp_path, "2026-11", "2026-11")
    one = made[1]
    assert months.find(record("s-9", started_at=one["started_at"])) is None
    assert months.find(record("s-2", started_at="2026-10-02T10:00:00.000Z")) is None
    with disk() as counted:
        months.keep(made)
    assert counted.names == []
    assert months.find(record("s-2", started_at=one["started_at"], walked_s=1.0)) == one
    path = tmp_path / "2026-11.json"
    before = path.read_bytes()
    with disk() as counted:
        months.keep([one])
    assert counted.names[:3] == ["open", "write", "fsync"], "it may not have been durable"
    assert path.read_bytes() == before
    with disk() as counted:
        months.keep([one])
    assert counted.names == []


@pytest.mark.parametrize("there", [(), ("2026-11",)])
def test_a_month_that_was_begun_is_written_whole_at_the_next_attempt(
    tmp_path: Path, there: tuple[str, ...]
) -> None:
    (tmp_path / "counted").mkdir()
    months, _ = filled(tmp_path / "counted", *there)
    made = linked("2026-11", "2026-11")
    with disk() as counted:
        months.keep(made)
    synced = [at for at, name in enumerate(counted.names) if name == "fsync"]
    for at in range(synced[-1] + 1):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        months, _ = filled(folder, *there)
        with pytest.raises(OSError, match="No space"), disk(at, failing()):
            months.keep(made)
        with disk() as counted:
            months.keep(made)
        assert counted.names.count("fsync") == 2, "the whole file and its name"
        assert SafeStorage(folder / "2026-11.json", pytest.fail).read() == table(*made)
        assert months.newest(9) == made[::-1]
        with disk() as counted:
            months.keep(made)
        assert counted.names == [], "it is durable now"


def test_what_is_kept_leaves_its_index_in_memory(tmp_path: Path) -> None:
    months, _ = filled(tmp_path, "2026-11")
    made = linked("2026-11", "2026-11")
    months.keep(made)
    path = tmp_path / "2026-11.index"
    path.write_bytes(b"x")
    assert months.between("2026-11", "2026-12") == made
    assert path.read_bytes() == b"x", "nobody read it"


def test_an_index_grows_with_its_month_and_is_made_anew_where_nothing_is_sure(
    tmp_path: Path,
) -> None:
    filled(tmp_path, "2026-11", "2026-11")
    path = tmp_path / "2026-11.json"
    made = linked(*["2026-11"] * 4)

    def names() -> list[str]:
        found = index.read(path)
        assert found is not None
        return [row.session_id for row in found.rows]

    found = index.read(path)
    assert found is not None
    mistaken = msgspec.structs.replace(found.rows[0], session_id="s-old")
    forge(path, [mistaken, found.rows[1]])
    months, _ = opened(tmp_path)
    months.keep(made[2:3])
    assert names() == ["s-old", "s-2", "s-3"], "only what is new was read"
    assert months.find(made[1]) == made[1]
    months.keep(made[3:])
    assert names() == ["s-1", "s-2", "s-3", "s-4"], "all of it was"


def test_an_index_that_cannot_be_written_is_no_harm(tmp_path: Path) -> None:
    months, _ = filled(tmp_path, "2026-11")
    made = linked("2026-11", "2026-11")
    (tmp_path / ".2026-11.index.tmp").mkdir()
    months.keep(made)
    assert SafeStorage(tmp_path / "2026-11.json", pytest.fail).read() == table(*made)
    (tmp_path / ".2026-11.index.tmp").rmdir()
    assert seqs(months.newest(9)) == [2, 1]
    assert months.count() == 2


def test_an_index_that_cannot_be_read_is_no_harm(tmp_path: Path) -> None:
    """Nothing depends on it: the log opens, answers, is looked at and grows without."""
    _, made = filled(tmp_path, "2026-10", "2026-11", "2026-11")
    for name in ("2026-10.index", "2026-11.index"):
        (tmp_path / name).unlink()
        (tmp_path / name).mkdir()
    months, said = opened(tmp_path)
    months.check_newest()
    assert seqs(months.newest(9)) == [3, 2, 1]
    assert months.find(made[1]) == made[1]
    list(months.survey(lambda: 3))
    assert months.count() == 3
    months.keep(linked("2026-10", "2026-11", "2026-11", "2026-11"))
    assert seqs(months.newest(9)) == [4, 3, 2, 1]
    assert (months.count(), said) == (4, [])
    SafeStorage(tmp_path / "2026-11.json", pytest.fail).write(table(made[1]))
    assert months.count() is None, "it is another file now"


def test_what_is_to_be_rewritten_is_the_months_concerned(tmp_path: Path) -> None:
    months, made = filled(tmp_path, "2026-09", "2026-10", "2026-11", "2026-11")
    made += linked("2026-12")
    sizes = [(tmp_path / f"2026-{month}.json").stat().st_size for month in (10, 11)]
    assert months.rewritten_bytes(made[1:]) == sum(sizes)
    assert months.rewritten_bytes(made[3:]) == sizes[1]
    assert months.rewritten_bytes([]) == 0


def test_the_newest_are_found_over_the_months(tmp_path: Path) -> None:
    """The clock jumps: the numbers, and not the months, tell which is newest."""
    months, made = filled(tmp_path, "2026-11", "2031-05", "2026-10", "2026-11", "1970-01")
    for count in range(7):
        assert months.newest(count) == made[::-1][:count]
    assert seqs(months.newest(2, lambda month: month.rows[:1])) == [5, 3]


def test_a_number_that_two_months_hold_is_found_in_both(tmp_path: Path) -> None:
    """No log of ours has it, but a file that somebody put there may."""
    made = [*linked("2026-10", "2026-10"), *linked("2026-11", "2026-11")]
    for month in (made[:2], made[2:]):
        Months(tmp_path, pytest.fail).keep(month)
    months, _ = opened(tmp_path)
    assert seqs(months.newest(9)) == [2, 2, 1, 1]
    assert seqs(months.newest(3)) == [2, 2, 1]
    assert months.newest(1) == made[3:]


def test_no_month_is_read_in_vain(tmp_path: Path) -> None:
    _, made = filled(tmp_path, "2026-09", "2026-09", "2026-10", "2026-10", "2026-11")
    old = tmp_path / "2026-09.index"
    content = old.read_bytes()[:-4] + b"!!!\n"
    old.write_bytes(content)
    months, _ = opened(tmp_path)
    assert months.newest(1) == made[4:]
    assert months.newest(3) == made[:1:-1]
    assert months.between("2026-10-01", "2026-12-01") == made[2:]
    assert old.read_bytes() == content, "it would have been made anew"
    assert months.newest(4) == made[:0:-1]
    assert old.read_bytes() != content


def test_a_persons_newest_are_found(tmp_path: Path) -> None:
    months, _ = opened(tmp_path)
    head = Head()
    made: list[Record] = []
    for number, code in enumerate(("P-1", None, "P-2", "P-1", "P-1"), 1):
        one = record(f"s-{number}", started_at=f"2026-1{number % 2}-02T10:00:00.000Z")
        made.append(chain.link({**one, "profile_code": code}, number, head.hash))
        head = chain.head_of(made[-1])
    months.keep(made)
    assert seqs(months.of_person("P-1", 9)) == [5, 4, 1]
    assert seqs(months.of_person("P-1", 2)) == [5, 4]
    assert seqs(months.of_person("P-2", 9)) == [3]
    assert months.of_person("P-3", 9) == []


def test_a_span_of_time_has_its_beginning_and_not_its_end(tmp_path: Path) -> None:
    months, _ = filled(
        tmp_path,
        "2026-12-01T00:00:00.000Z",
        "2026-11-15T10:00:00.000Z",
        "2026-11-01T00:00:00.000Z",
        "2026-10-31T23:59:59.999Z",
    )
    november = ("2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z")
    assert seqs(months.between(*november)) == [2, 3]
    assert seqs(months.between("2026-10", "2026-11-15T10:00:00.000Z")) == [3, 4]
    assert seqs(months.between("2026-10-31", "2027")) == [1, 2, 3, 4]
    assert months.between("2027", "2028") == []


def test_a_record_without_a_time_is_in_no_span_that_has_a_beginning(tmp_path: Path) -> None:
    one = chain.link({"session_id": "s-1"}, 1, chain.NO_HASH)
    SafeStorage(tmp_path / "2026-11.json", pytest.fail).write(table(one))
    months, _ = opened(tmp_path)
    assert months.between("2026-11", "Z") == []
    assert months.between("", "Z") == [one]


def test_the_records_are_counted_once_every_month_was_looked_at(tmp_path: Path) -> None:
    months, _ = opened(tmp_path)
    assert months.count() == 0
    months.keep(linked("2026-10", "2026-11", "2026-11"))
    assert months.count() == 3
    (tmp_path / "2026-10.index").unlink()
    assert months.count() == 3, "it was looked at"
    months, _ = opened(tmp_path)
    assert months.count() is None
    assert list(months.survey(lambda: 3)) == [None, None]
    assert months.count() == 3


def test_few_indexes_are_kept_in_memory_the_last_that_were_asked(tmp_path: Path) -> None:
    months, _ = filled(tmp_path, "2026-08", "2026-09", "2026-10", "2026-11")

    def asked(*names: str) -> None:
        for name in names:
            months.between(name, f"{name}-31")

    def is_kept(name: str) -> bool:
        """An index in memory is not read again, however broken its file is now."""
        path = tmp_path / f"{name}.index"
        whole = path.read_bytes()
        path.write_bytes(b"x")
        asked(name)
        kept = path.read_bytes() == b"x"
        path.write_bytes(whole)
        return kept

    asked("2026-08", "2026-09", "2026-10", "2026-08")
    assert [is_kept(name) for name in ("2026-08", "2026-09", "2026-10")] == [True] * 3
    asked("2026-11")
    assert is_kept("2026-11")
    assert is_kept("2026-10")
    assert is_kept("2026-09")
    assert not is_kept("2026-08")
