"""Finding few records among many: the index beside a month, and what is asked of the months."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.records import index, questions
from kiosk.records.chain import Record
from kiosk.records.log import Log
from tests.records.sessions import record

MONTHS = ("2026-09", "2026-11", "1970-01", "2031-05")
walks = st.lists(
    st.tuples(
        st.sampled_from(MONTHS), st.integers(1, 28), st.sampled_from([None, "P-1", "P-22", "é"])
    ),
    max_size=25,
)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "log"
        path.mkdir()
        yield path


def fill(log: Log, walked: list[tuple[str, int, str | None]], batch: int = 3) -> list[Record]:
    """Link sessions one by one, and put a few at a time into their months."""
    linked: list[Record] = []
    for number, (month, day, code) in enumerate(walked, log.head.seq):
        at = f"{month}-{day:02}T10:00:00.000Z"
        linked.append(log.link(record(f"s-{number}", started_at=at, profile_code=code)))
        if len(linked) % batch == 0:
            log.keep(linked[-batch:])
    log.keep(linked)
    return linked


@settings(max_examples=80, deadline=None)
@given(walked=walks, count=st.integers(1, 30))
def test_what_is_asked_comes_out_whatever_the_clock_said(
    walked: list[tuple[str, int, str | None]], count: int
) -> None:
    with folder() as path:
        log = Log(path, pytest.fail)
        log.open()
        kept = fill(log, walked)
        for fresh in (log, Log(path, pytest.fail)):
            fresh.open()
            months = fresh.months
            assert months.newest(count) == kept[::-1][:count]
            for code in ("P-1", "P-22", "é", "nobody"):
                theirs = [one for one in kept if one["profile_code"] == code]
                assert months.of_person(code, count) == theirs[::-1][:count]
            for since, until in (("1970-01-10", "2026-10-01"), ("2026-11-03", "2026-11-20")):
                assert months.between(since, until) == [
                    one for one in kept if since <= one["started_at"] < until
                ]
            assert months.count() == len(kept)
            assert list(fresh.survey()) is not None


@settings(max_examples=40, deadline=None)
@given(walked=walks.filter(bool))
def test_an_index_that_grew_is_the_one_made_anew(walked: list[tuple[str, int, str | None]]) -> None:
    with folder() as path:
        log = Log(path, pytest.fail)
        log.open()
        fill(log, walked, batch=2)
        for month in path.glob("????-??.json"):
            grown = index.read(month)
            assert grown is not None
            made = index.make(month)
            assert (grown.about, grown.rows, grown.people) == (made.about, made.rows, made.people)


def test_old_months_are_not_read_for_new_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(tmp_path, pytest.fail)
    log.open()
    fill(log, [("2026-09", 1, "P-1")] * 30 + [("2026-11", 1, "P-1")] * 30, batch=10)
    old = tmp_path / "2026-09.json"
    opened: list[str] = []
    real = index.read

    def watched(month: Path) -> Any:
        opened.append(month.name)
        return real(month)

    monkeypatch.setattr(index, "read", watched)
    log = Log(tmp_path, pytest.fail)
    old.chmod(0)
    before = old.stat().st_atime_ns
    os.utime(old, ns=(0, old.stat().st_mtime_ns))
    log.open()
    log.keep([log.link(record("new", started_at="2026-11-30T10:00:00.000Z"))])
    assert len(log.months.of_person("P-1", 20)) == 20
    assert len(log.months.between("2026-11-01", "2026-12-01")) == 31
    assert opened.count("2026-09.json") <= 1, "at the start, for the last 64"
    assert before


@pytest.mark.parametrize("content", [b"", b"\0" * 300, b"{}\n{}\n[]", b'{"version":1}\n\n'])
def test_an_index_that_is_no_index_is_made_anew(tmp_path: Path, content: bytes) -> None:
    log = Log(tmp_path, pytest.fail)
    log.open()
    kept = fill(log, [("2026-11", 1, "P-1")] * 4)
    path = tmp_path / "2026-11.index"
    path.write_bytes(content)
    again = Log(tmp_path, pytest.fail)
    again.open()
    assert again.months.of_person("P-1", 9) == kept[::-1]
    assert path.read_bytes() != content


def test_a_flipped_bit_in_an_index_hides_nothing(tmp_path: Path) -> None:
    log = Log(tmp_path, pytest.fail)
    log.open()
    old = fill(log, [("2026-09", 1, "P-1"), ("2026-09", 2, None), ("2026-09", 3, None)])
    kept = fill(log, [("2026-11", 1, "P-1"), ("2026-11", 1, "P-2")])
    path = tmp_path / "2026-11.index"
    whole = path.read_bytes()
    for place in range(len(whole)):
        # The first line is believed by itself: every bit of what it says of the month.
        counts = whole.index(b'"count"') <= place < whole.index(b"\n")
        for bit in range(8) if counts else (place % 8,):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            months = Log(tmp_path, pytest.fail).months
            assert months.newest(1) == kept[1:], (place, bit)
            assert months.count() in (None, 5), (place, bit)
            path.write_bytes(flipped)
            assert months.of_person("P-1", 9) == [kept[0], old[0]], (place, bit)
            assert months.of_person("P-2", 9) == kept[1:], (place, bit)
            assert months.of_person("Q-1", 9) == [], (place, bit)


def test_an_index_of_another_generation_is_not_believed(tmp_path: Path) -> None:
    log = Log(tmp_path, pytest.fail)
    log.open()
    fill(log, [("2026-11", 1, "P-1")] * 4)
    old = (tmp_path / "2026-11.index").read_bytes()
    log.keep([log.link(record("new", started_at="2026-11-02T10:00:00.000Z"))])
    (tmp_path / "2026-11.index").write_bytes(old)
    assert [one["seq"] for one in log.months.newest(9)] == [5, 4, 3, 2, 1]


def test_sessions_that_are_in_no_month_yet_join_the_answers(tmp_path: Path) -> None:
    log = Log(tmp_path, pytest.fail)
    log.open()
    kept = fill(log, [("2026-11", day, "P-1") for day in (1, 2, 3)])
    waiting = [
        log.link(
            record(f"w-{day}", started_at=f"2026-11-{day:02}T10:00:00.000Z", profile_code=code)
        )
        for day, code in ((4, None), (5, "P-1"), (9, "P-1"))
    ]
    ask = questions.of_person("P-1", 4)
    assert ask.answer(log.months, waiting) == [waiting[2], waiting[1], kept[2], kept[1]]
    assert questions.last(2).answer(log.months, waiting) == [waiting[2], waiting[1]]
    found = questions.between("2026-11-03", "2026-11-06").answer(log.months, waiting)
    assert found == [kept[2], waiting[0], waiting[1]]
    log.keep(waiting[:1])
    assert len(questions.last(9).answer(log.months, waiting)) == 6, "none comes twice"
