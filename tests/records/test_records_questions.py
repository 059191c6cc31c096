"""What may be asked of the log: sessions in months and sessions that wait, in one answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.records import questions
from kiosk.records.chain import Record
from kiosk.records.months import Months
from kiosk.records.questions import Question
from tests.records.sessions import record


def session(seq: int, started_at: str | None, code: str | None = None) -> Record:
    more: dict[str, Any] = {"started_at": started_at, "profile_code": code}
    return {**record(f"s-{seq}", **more), "seq": seq, "prev_hash": "", "hash": ""}


IN_MONTHS = [
    session(1, "2026-10-31T10:00:00.000Z", "P-AAAA"),
    session(2, "2026-11-01T10:00:00.000Z", "P-BBBB"),
    session(3, "2026-11-02T10:00:00.000Z", "P-AAAA"),
]
WAITING = [
    session(5, "2026-11-04T10:00:00.000Z", "P-AAAA"),
    session(4, "2026-11-03T10:00:00.000Z", "P-BBBB"),
]


@pytest.fixture
def months(tmp_path: Path) -> Months:
    found = Months(tmp_path, pytest.fail)
    found.keep(IN_MONTHS)
    return found


def seqs(months: Months, question: Question, waiting: list[Record] = WAITING) -> list[int]:
    return [one["seq"] for one in question.answer(months, waiting)]


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [5]), (2, [5, 4]), (3, [5, 4, 3]), (9, [5, 4, 3, 2, 1])]
)
def test_the_newest_are_those_that_wait_and_then_those_in_months(
    months: Months, count: int, expected: list[int]
) -> None:
    assert seqs(months, questions.last(count)) == expected
    assert seqs(months, questions.last(count), []) == [3, 2, 1][:count]


def test_a_session_in_its_month_that_still_waits_is_told_once(months: Months) -> None:
    assert seqs(months, questions.last(9), [*WAITING, IN_MONTHS[2]]) == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("code", "count", "expected"),
    [
        ("P-AAAA", 9, [5, 3, 1]),
        ("P-AAAA", 2, [5, 3]),
        ("P-BBBB", 9, [4, 2]),
        ("P-CCCC", 9, []),
    ],
)
def test_a_persons_sessions_are_theirs_alone(
    months: Months, code: str, count: int, expected: list[int]
) -> None:
    assert seqs(months, questions.of_person(code, count)) == expected
    in_months = [seq for seq in expected if seq <= 3]
    assert seqs(months, questions.of_person(code, count), [])[: len(in_months)] == in_months


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-10", "2026-12", [1, 2, 3, 4, 5]),
        ("2026-11-02T10:00:00.000Z", "2026-11-04T10:00:00.000Z", [3, 4]),
        ("2026-11-04T10:00:00.000Z", "2026-11-04T10:00:00.001Z", [5]),
        ("2026-11-04T10:00:00.001Z", "2026-12", []),
    ],
)
def test_a_span_of_time_takes_its_first_moment_and_not_its_last(
    months: Months, since: str, until: str, expected: list[int]
) -> None:
    assert seqs(months, questions.between(since, until)) == expected


def test_a_session_without_a_time_is_older_than_any_span(months: Months) -> None:
    timeless = [session(6, None)]
    assert seqs(months, questions.between("2026-11-02", "2026-11-03"), timeless) == [3]
    assert seqs(months, questions.between("", "2026-11-03"), timeless) == [1, 2, 3, 6]
