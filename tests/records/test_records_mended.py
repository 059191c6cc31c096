"""Months that are looked at: what is told of them, set aside and mended, exactly."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from kiosk.records import index
from kiosk.records.errors import BrokenFile
from kiosk.records.months import cannot_be_read, missing
from kiosk.records.storage import SafeStorage, Tables
from tests.records.disk import PowerCut, cut, disk, failing
from tests.records.in_months import filled, forge, linked, opened, seqs, table


def damaged(path: Path, before: bytes, after: bytes) -> None:
    """Change a month so that its size and time and first bytes stay: its index still fits."""
    stat = path.stat()
    assert len(before) == len(after)
    content = path.read_bytes()
    assert content.count(before) == 1
    path.write_bytes(content.replace(before, after))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


MORE = "More is missing from the log: 7 gaps in all."


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ((1, 2, 20), ["Records 1 to 2 are", "Record 20 is"]),
        (
            (2, 3, 5, 7, 8, 9, 11),
            ["Records 2 to 3 are", "Record 5 is", "Records 7 to 9 are", "Record 11 is"],
        ),
        ((2, 4, 7, 11, 19), [f"Record {n} is" for n in (2, 4, 7, 11, 19)]),
        ((2, 4, 7, 11, 13, 15, 19), [*(f"Record {n} is" for n in (2, 4, 7, 11, 13)), MORE]),
    ],
)
def test_a_survey_tells_what_is_missing(
    tmp_path: Path, gone: tuple[int, ...], told: list[str]
) -> None:
    made = linked(*["2026-11", "2026-10"] * 10)
    for month in ("2026-10", "2026-11"):
        left = [one for one in made if one["started_at"].startswith(month)]
        storage = SafeStorage(tmp_path / f"{month}.json", pytest.fail)
        storage.write(table(*(one for one in left if one["seq"] not in gone)))
    months, said = opened(tmp_path)
    steps = list(months.survey(lambda: 20))
    assert len(steps) == 4, "a step for each month, and one for its numbers"
    assert said == [one if one == MORE else f"{one} missing from the log." for one in told]


def test_a_survey_of_a_log_that_is_whole_tells_nothing(tmp_path: Path) -> None:
    filled(tmp_path, "2026-11", "2026-10", "2026-11")
    months, said = opened(tmp_path)
    assert len(list(months.survey(lambda: 3))) == 2, "a step for each month"
    assert said == []


def test_a_survey_looks_at_the_newest_month_first(tmp_path: Path) -> None:
    filled(tmp_path, "2026-10", "2026-11")
    for month in ("2026-10", "2026-11"):
        (tmp_path / f"{month}.json").write_bytes(b"x")
        (tmp_path / f"{month}.index").unlink()
    months, said = opened(tmp_path)
    survey = months.survey(lambda: 2)
    next(survey)
    assert said == [
        "2026-11.json is broken (not JSON): set aside as 2026-11.json.broken-1.",
    ]
    list(survey)
    assert said[1:] == [
        "2026-10.json is broken (not JSON): set aside as 2026-10.json.broken-1.",
        "Records 1 to 2 are missing from the log.",
    ]
    assert not list(tmp_path.glob("2026-??.json")), "nothing was left to save"


def test_a_month_that_cannot_be_read_is_told_and_nothing_is_missed(tmp_path: Path) -> None:
    filled(tmp_path, "2026-09", "2026-11")
    (tmp_path / "2026-10.json").mkdir()
    months, said = opened(tmp_path)
    assert len(list(months.survey(lambda: 9))) == 3
    assert said == ["log/2026-10.json cannot be read (Is a directory)."]


def test_a_month_of_which_its_previous_generation_is_left_is_put_back(tmp_path: Path) -> None:
    _, made = filled(tmp_path, "2026-10", "2026-11", "2026-11")
    path = tmp_path / "2026-11.json"
    path.rename(tmp_path / "2026-11.json.bak")
    months, said = opened(tmp_path)
    list(months.survey(lambda: 3))
    assert said == ["2026-11.json is missing: its previous generation is served."]
    assert SafeStorage(path, pytest.fail).read() == table(*made[1:])


@pytest.mark.parametrize("other", ["2026-09", "2036-01"])
def test_only_the_newest_month_is_looked_at_closely(tmp_path: Path, other: str) -> None:
    """The newest by its records: the clock may have stood years ahead when the other was made."""
    filled(tmp_path, other, "2026-10")
    for month in (other, "2026-10"):
        damaged(tmp_path / f"{month}.json", b'"walked_s":60.0', b'"walked_s":61.0')
    months, said = opened(tmp_path)
    months.check_newest()
    assert said == [
        "2026-10.json is broken (its checksum does not fit): set aside as 2026-10.json.broken-1."
    ]
    months, said = opened(tmp_path / "empty")
    months.check_newest()
    assert said == []


ONE, TWO = linked("2026-11", "2026-11")


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ({"sessions": {}, "other": {}}, "a table of another name"),
        ({"sessions": {"7": ONE}}, "document 7 is no record"),
        ({"sessions": {"1": ONE, "2": {"seq": 2}}}, "document 2 is no record"),
        ({"sessions": {"1": ONE, "2": {**TWO, "walked_s": 1.0}}}, "record 2 was changed"),
    ],
)
def test_what_is_no_month_of_records_is_set_aside(tmp_path: Path, there: Tables, why: str) -> None:
    path = tmp_path / "2026-11.json"
    path.write_text(json.dumps(there))
    months, said = opened(tmp_path)
    months.check_newest()
    assert said == [f"2026-11.json is broken ({why}): set aside as 2026-11.json.broken-1."]


def test_what_is_a_month_of_records_stays(tmp_path: Path) -> None:
    """Somebody else's file proves itself by its records, ours by its checksum."""
    path = tmp_path / "2026-11.json"
    months, said = opened(tmp_path)
    for content in (b"{}", b'{"sessions": {}}', json.dumps(table(ONE, TWO)).encode()):
        path.write_bytes(content)
        months.check_newest()
        assert path.read_bytes() == content
    edited = {**TWO, "walked_s": 1.0}
    SafeStorage(path, pytest.fail).write(table(ONE, edited))
    assert months.find(ONE) == ONE
    months.keep([ONE])
    assert SafeStorage(path, pytest.fail).read() == table(ONE, edited)
    assert said == []


@pytest.mark.parametrize("previous", [True, False])
def test_a_record_that_is_not_where_it_was_is_mended(tmp_path: Path, *, previous: bool) -> None:
    _, made = filled(tmp_path, "2026-11", "2026-11", "2026-11")
    path = tmp_path / "2026-11.json"
    if not previous:
        path.with_name("2026-11.json.bak").unlink()
    damaged(path, b'"session_id":"s-2"', b'"session_id":"s-2\xff')
    broken = path.read_bytes()
    months, said = opened(tmp_path)
    assert months.newest(1) == [made[2]], "nobody asked for it"
    assert said == []
    assert seqs(months.newest(3)) == ([3, 2, 1] if previous else [3, 1])
    assert said == [
        "2026-11.json is broken (its checksum does not fit): set aside as 2026-11.json.broken-1.",
    ]
    assert path.with_name("2026-11.json.broken-1").read_bytes() == broken
    assert seqs(months.newest(3)) == ([3, 2, 1] if previous else [3, 1])
    assert len(said) == 1


def test_a_record_that_is_gone_is_not_found(tmp_path: Path) -> None:
    months, made = filled(tmp_path, "2026-11")
    path = tmp_path / "2026-11.json"
    path.write_bytes(b'{"padding": "' + b"x" * 200 + b'", "sessions": {"1": {}}}')
    row = index.Row(1, "s-1", made[0]["started_at"], None, 3, 9)
    forge(path, [row])
    months, said = opened(tmp_path)
    assert months.newest(1) == []
    assert "2026-11.json is broken" in said[0]


@pytest.mark.parametrize(("by", "longer"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_an_index_that_is_mistaken_is_made_anew_once(tmp_path: Path, by: int, longer: int) -> None:
    months, made = filled(tmp_path, "2026-11", "2026-11")
    path = tmp_path / "2026-11.json"
    found = index.read(path)
    assert found is not None
    forge(
        path,
        [
            msgspec.structs.replace(row, offset=row.offset + by, length=row.length + longer)
            for row in found.rows
        ],
    )
    months, said = opened(tmp_path)
    assert months.newest(2) == made[::-1]
    with disk() as counted:
        assert months.newest(2) == made[::-1]
    assert (counted.names, said) == ([], [])


def test_an_index_that_names_another_record_is_made_anew(tmp_path: Path) -> None:
    months, made = filled(tmp_path, "2026-11", "2026-11")
    path = tmp_path / "2026-11.json"
    found = index.read(path)
    assert found is not None
    one, two = found.rows
    replace = msgspec.structs.replace
    forge(
        path,
        [
            replace(one, offset=two.offset, length=two.length),
            replace(two, offset=one.offset, length=one.length),
        ],
    )
    months, _ = opened(tmp_path)
    assert months.newest(1) == [made[1]]


def test_a_broken_month_is_mended_when_more_goes_into_it(tmp_path: Path) -> None:
    filled(tmp_path, "2026-11", "2026-11")
    made = linked("2026-11", "2026-11", "2026-11")
    path = tmp_path / "2026-11.json"
    damaged(path, b'"session_id":"s-1"', b'"session_id":"s-X"')
    months, said = opened(tmp_path)
    months.keep(made[2:])
    assert said == [
        "2026-11.json is broken (its checksum does not fit): set aside as 2026-11.json.broken-1.",
    ]
    assert SafeStorage(path, pytest.fail).read() == table(*made)
    assert months.newest(9) == made[::-1]


@pytest.mark.parametrize("missing_one", [False, True])
def test_where_both_generations_are_broken_both_are_read(
    tmp_path: Path, *, missing_one: bool
) -> None:
    """A flipped bit in the one, and nothing but NULs, or no file at all, for the other."""
    made = linked("2026-11", "2026-11", "2026-11")
    path = tmp_path / "2026-11.json"
    before = tmp_path / "2026-11.json.bak"
    SafeStorage(before, pytest.fail).write(table(*made))
    content = before.read_bytes().replace(b'"s-2"', b'"s-\x00"')
    before.write_bytes(content)
    if not missing_one:
        path.write_bytes(b"\0" * 2000)
    months, _ = opened(tmp_path)
    months.check_newest()
    assert seqs(months.newest(9)) == [3, 1]
    assert path.with_name("2026-11.json.bak.broken-1").read_bytes() == content
    SafeStorage(path, pytest.fail).write(table(*made))
    assert path.with_name("2026-11.json.bak.broken-1").read_bytes() == content, "beside for ever"


@pytest.mark.parametrize("act", [cut, failing()])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("previous", [False, True])
def test_what_is_saved_of_a_broken_month_is_not_lost_at_any_call(
    tmp_path: Path, act: Callable[[], None], *, after: bool, previous: bool
) -> None:
    """The disk fails, or the power goes, while a month is mended: the next start mends it."""
    made = linked("2026-11", "2026-11", "2026-11")
    for at in itertools.count():
        folder = tmp_path / str(at)
        folder.mkdir()
        path = folder / "2026-11.json"
        SafeStorage(path, pytest.fail).write(table(*made[:2]))
        SafeStorage(path, pytest.fail).write(table(*made))
        before = path.with_name("2026-11.json.bak")
        good = before.read_bytes() if previous else before.unlink()
        damaged(path, b'"s-3"', b'"s-x"')
        content = path.read_bytes()
        with disk(at, act, before=not after) as counted, suppress(PowerCut, OSError):
            opened(folder)[0].check_newest()
        assert path.exists(), "there is no moment in which the month is missing"
        months, _ = opened(folder)
        months.check_newest()
        assert seqs(months.newest(9)) == [3, 2, 1]
        aside = {one.name: one.read_bytes() for one in folder.glob("*.broken-*")}
        assert aside == {"2026-11.json.broken-1": content}, "once, as it was"
        assert before.exists() == previous
        assert not previous or before.read_bytes() == good, "the generation before stays"
        if counted.count <= at:
            break
    assert at > 5


def test_a_record_that_says_nothing_although_it_is_vouched_for_is_an_error(tmp_path: Path) -> None:
    """No kiosk writes a number that is none; to leave the record out would hide it."""
    one = json.dumps({**ONE, "distance_m": 0.5}, separators=(",", ":")).replace("0.5", "1e999")
    rest = f'"sessions":{{"1":{one}}}}}'
    digest = hashlib.sha256(rest.encode()).hexdigest()
    opening = f'{{"checksum":{{"1":{{"tables":"1","sha256":"{digest}"}}}},'
    (tmp_path / "2026-11.json").write_text(opening + rest)
    months, said = opened(tmp_path)
    with pytest.raises(BrokenFile, match=r"^record 1 is not where it was$"):
        months.newest(1)
    assert said == []


def test_a_month_is_mended_also_when_its_index_is_no_longer_in_memory(tmp_path: Path) -> None:
    _, made = filled(tmp_path, "2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
    damaged(tmp_path / "2026-11.json", b'"session_id":"s-5"', b'"session_id":"s-5\xff')
    months, said = opened(tmp_path)
    assert months.newest(9) == made[3::-1]
    assert len(said) == 1


def test_sentences() -> None:
    assert str(missing(2, 2)) == "Record 2 is missing from the log."
    assert str(missing(2, 5)) == "Records 2 to 5 are missing from the log."
    told: list[tuple[OSError, str]] = [
        (OSError(5, "Input/output error"), "Input/output error"),
        (TimeoutError("late"), "TimeoutError"),
    ]
    for error, why in told:
        assert str(cannot_be_read("log/2026-11.json", error)) == (
            f"log/2026-11.json cannot be read ({why})."
        )
