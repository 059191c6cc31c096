"""Records to lines, lines to days, and what a query finds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from kiosk.logbook.lines import curve_of, days_of, in_english, line_of, time_of
from kiosk.logbook.model import Line, Query
from kiosk.records.chart import Chart

EAST = timezone(timedelta(hours=2))


def line(**fields: Any) -> Line:
    record = {
        "seq": 1,
        "session_id": "s",
        "outcome": "completed",
        "started_at": "2026-11-22T23:30:00.000Z",
        "clock_trusted": True,
        "walked_s": 90.0,
        "distance_m": 31.0,
    }
    return line_of(msgspec.json.encode({**record, **fields}), EAST)


def test_a_line_is_by_the_places_time() -> None:
    made = line()
    assert made.at == datetime(2026, 11, 23, 1, 30, tzinfo=EAST)
    assert made.code is None


@pytest.mark.parametrize("started", [None, "yesterday", "9999-12-31T23:00:00Z"])
def test_a_record_without_a_time_is_still_a_line(started: str | None) -> None:
    assert line(started_at=started).at is None


def test_a_time_before_the_calendar_begins_at_the_place_is_none() -> None:
    assert time_of("0001-01-01T00:00:00Z", timezone(-timedelta(hours=5))) is None


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"seq": "one", "session_id": "s"}'])
def test_what_is_no_record_is_no_line(raw: bytes) -> None:
    with pytest.raises(ValueError):
        line_of(raw)


def test_days_are_the_newest_first_and_one_day_even_if_the_clock_was_set_back() -> None:
    lines = [
        line(seq=4, started_at="2026-11-22T10:00:00Z"),
        line(seq=3, started_at="2026-11-21T10:00:00Z"),
        line(seq=2, started_at="2026-11-22T09:00:00Z"),
        line(seq=1, started_at=None),
    ]
    days = days_of(lines, Query())
    assert [day.day for day in days] == [date(2026, 11, 22), date(2026, 11, 21), None]
    assert [one.seq for one in days[0].lines] == [4, 2]
    assert days[0].walked_s == 180.0


def test_an_unknown_time_walked_counts_as_nothing_known() -> None:
    assert days_of([line(walked_s=None), line()], Query())[0].walked_s == 90.0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), [5, 4, 3, 2, 1]),
        (Query(code="P-"), [4, 3]),
        (Query(code="P-7F"), [4]),
        (Query(guests=True), [5, 2, 1]),
        (Query(outcome="safety_stop"), [5, 3]),
        (Query(reason="estop"), [5]),
        (Query(outcome="interrupted"), []),
    ],
)
def test_a_query_finds(query: Query, found: list[int]) -> None:
    lines = [
        line(seq=5, outcome="safety_stop", stop_reason="estop"),
        line(seq=4, profile_code="P-7F3K"),
        line(seq=3, profile_code="P-1B", outcome="safety_stop", stop_reason="overspeed"),
        line(seq=2, outcome="stopped", stop_reason="patron"),
        line(seq=1),
    ]
    days = days_of(lines, query)
    assert [one.seq for day in days for one in day.lines] == found


def test_the_command_line_says_the_same_of_a_session() -> None:
    made = line(seq=12, program_id="easy-walk", outcome="safety_stop", stop_reason="estop")
    assert in_english(made, "2026-11-22T23:30:00.000Z") == (
        "    12  2026-11-22T23:30:00.000Z  easy-walk       1:30      31.0 m  safety_stop (estop)"
    )


def test_a_curve_breaks_where_the_speed_was_unknown() -> None:
    curve = curve_of(Chart(60, [0, 100, None, 150, 160], [(1, 4, 80, 160)]))
    assert curve is not None
    assert curve.speed == (((0.0, 0.0), (0.25, 1.0)), ((0.75, 1.5), (1.0, 1.6)))
    assert curve.bands == ((0.25, 1.0, 0.8, 1.6),)
    assert curve_of(None) is None
    assert curve_of(Chart(1, [5], [])) is None


def test_a_time_without_a_zone_is_utc() -> None:
    assert line(started_at="2026-11-22T10:00:00").at == datetime(2026, 11, 22, 10, tzinfo=UTC)
