"""How it goes: tables of weeks, clocks that were wrong, and any course of sessions (hypothesis)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.kept import Line, What
from profiles.profile import Prescription
from profiles.progress import Week, held_spans, progress
from profiles.reading import read
from profiles.state import Held, State
from tests.profiles.written import encoded, profile

FIRST = date(2026, 12, 1)
NOBODY_KNOWS = {"clock_trusted": False}


def prescribed(**changes: Any) -> Prescription:
    reading = read(encoded(profile(**{"expires_on": "2027-11-22", **changes})))
    assert not reading.faults, reading.faults
    return reading.profiles[0].prescription()


def session(seq: int, day: date, **changes: Any) -> dict[str, Any]:
    return {
        "seq": seq,
        "profile_code": "P-7F3K",
        "profile_version": 3,
        "outcome": "completed",
        "stop_reason": None,
        "started_at": f"{day}T10:00:00.000Z",
        "clock_trusted": True,
        "walked_s": 600.0,
        "distance_m": 200.0,
        "mean_kmh": 1.2,
        "in_band_pct": 80.0,
        "pain_before": 3,
        "pain_after": 2,
        "rpe": 11,
        **changes,
    }


def on(*days: int, **changes: Any) -> list[dict[str, Any]]:
    """Sessions so many days after the first."""
    return [session(n + 1, FIRST + timedelta(day), **changes) for n, day in enumerate(days)]


def weeks(found: list[dict[str, Any]], day: int, **changes: Any) -> list[tuple[int, int, bool]]:
    seen = progress(prescribed(**changes), found, FIRST + timedelta(day)).weeks
    assert all(week.begins.weekday() == seen[0].begins.weekday() for week in seen)
    return [(week.asked, week.attended, week.over) for week in seen]


# ---- weeks and adherence -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "today", "expected", "pct"),
    [
        ([], 0, [], None),
        ([0], 0, [(3, 1, False)], 100.0),
        ([0], 6, [(3, 1, False)], 100.0),  # the week that runs owes nothing
        ([0], 7, [(3, 1, True), (3, 0, False)], 33.3),
        ([0, 2, 4], 7, [(3, 3, True), (3, 0, False)], 100.0),
        ([0, 1, 2, 3, 4, 8], 14, [(3, 5, True), (3, 1, True), (3, 0, False)], 66.7),
        ([0, 6, 7], 8, [(3, 2, True), (3, 1, False)], 75.0),
        ([0, 2, 4], 100, [(3, 3, True), *[(3, 0, True)] * 5], 16.7),
    ],
)
def test_weeks_count_from_the_first_session(
    days: list[int], today: int, expected: list[tuple[int, int, bool]], pct: float | None
) -> None:
    assert weeks(on(*days), today) == expected
    assert progress(prescribed(), on(*days), FIRST + timedelta(today)).adherence_pct == pct


def test_without_a_schedule_nothing_is_due() -> None:
    found = progress(prescribed(schedule=None), on(0, 3), FIRST + timedelta(30))
    assert (found.weeks, found.adherence_pct, found.attended) == ((), None, 2)


def test_a_session_that_was_not_walked_is_none_attended() -> None:
    found = progress(prescribed(), on(0) + on(1, walked_s=0.0, outcome="interrupted"), FIRST)
    assert found.attended == 1
    assert len(found.sessions) == 2
    assert weeks(on(0, walked_s=0.0), 10) == []


def test_a_profile_that_ends_within_a_week_asks_for_its_share() -> None:
    """Seven days: 3. Five days: 2 of 3, rounded down. Two days: none."""
    for last, asked in ((6, 3), (4, 2), (1, 0)):
        until = (FIRST + timedelta(last)).isoformat()
        assert weeks(on(0), 30, expires_on=until) == [(asked, 1, True)]


def test_an_ended_profile_asks_for_nothing_from_that_day_on() -> None:
    state = State(ended_on=FIRST + timedelta(7))
    found = progress(prescribed(), on(0, 2, 4), FIRST + timedelta(40), state=state)
    assert found.weeks == (Week(FIRST, 3, 3, True),)
    assert found.adherence_pct == 100.0


def line(day: int, what: What) -> Line:
    at = f"{FIRST + timedelta(day)}T09:00:00.000+00:00"
    return Line(at=at, who="therapist", what=what, code="P-7F3K", version=3)


def test_nothing_is_due_on_days_on_which_it_was_held() -> None:
    lines = [line(6, "held"), line(9, "stepped"), line(14, "released")]
    spans = held_spans(lines, State(), FIRST + timedelta(30))
    assert spans == ((FIRST + timedelta(7), FIRST + timedelta(13)),)
    found = progress(prescribed(), on(0, 2, 4), FIRST + timedelta(21), held=spans)
    assert [week.asked for week in found.weeks] == [3, 0, 3, 3]
    assert found.adherence_pct == 50.0


@pytest.mark.parametrize(
    ("lines", "state", "expected"),
    [
        ([], State(), []),
        ([line(3, "held"), line(4, "released")], State(), []),
        ([line(3, "held"), line(5, "released")], State(), [(4, 4)]),
        ([line(3, "released")], State(), []),
        ([line(3, "held")], State(held=Held("pain", FIRST)), [(4, 20)]),
        ([], State(held=Held("pain", FIRST + timedelta(5))), [(6, 20)]),  # an old line is gone
        ([line(3, "held"), line(4, "held"), line(9, "released")], State(), [(4, 8)]),
        (
            [line(2, "held"), line(5, "forgotten"), line(8, "imported"), line(12, "held")],
            State(held=Held("pain", FIRST + timedelta(12))),
            [(13, 20)],  # whoever came under this code later
        ),
        ([line(20, "held")], State(held=Held("pain", FIRST + timedelta(20))), []),
    ],
)
def test_days_on_which_it_was_held(
    lines: list[Line], state: State, expected: list[tuple[int, int]]
) -> None:
    found = held_spans(lines, state, FIRST + timedelta(20))
    assert [((a - FIRST).days, (b - FIRST).days) for a, b in found] == expected


# ---- versions and people -------------------------------------------------------------------------


def test_weeks_are_of_this_version_and_sums_of_all() -> None:
    found = progress(
        prescribed(),
        on(0, 2, profile_version=2) + on(10, 12),
        FIRST + timedelta(12),
    )
    assert found.weeks == (Week(FIRST + timedelta(10), 3, 2, False),)
    assert (found.attended, found.completed, found.walked_s, found.distance_m) == (4, 4, 2400, 800)


def test_another_persons_sessions_are_no_ones_own() -> None:
    found = progress(prescribed(), on(0, profile_code="P-X") + on(1, profile_code=None), FIRST)
    assert found.sessions == ()


# ---- clocks --------------------------------------------------------------------------------------

LOST = {"started_at": "1970-01-01T00:00:21.000Z", **NOBODY_KNOWS}


@pytest.mark.parametrize("place", range(4))
def test_a_clock_that_stood_at_1970_costs_nobody_a_week(place: int) -> None:
    found = on(0, 2, 7, 9)
    found[place] |= LOST
    seen = progress(prescribed(), found, FIRST + timedelta(9))
    assert seen.sessions[place].day is None
    assert seen.attended == 4
    assert sum(week.attended for week in seen.weeks) == 4
    assert seen.weeks[0].begins >= FIRST


def test_sessions_of_which_nobody_knows_the_day_are_sums_alone() -> None:
    seen = progress(prescribed(), on(0, 2, **LOST), FIRST)
    assert (seen.attended, seen.weeks, seen.adherence_pct) == (2, (), None)


@pytest.mark.parametrize(
    ("days", "known"),
    [
        ([0, 2, 4], True),
        ([0, -3, 4], False),  # before the one before it
        ([0, 6, 4], False),  # after the one after it
        ([0, 4, 4], True),
        ([0, 0, 4], True),
    ],
)
def test_a_day_that_nobody_vouched_for_must_fit_between_its_neighbours(
    days: list[int], known: bool
) -> None:
    found = on(*days)
    found[1] |= NOBODY_KNOWS
    seen = progress(prescribed(issued_on="2026-11-01"), found, FIRST + timedelta(9))
    assert (seen.sessions[1].day is not None) == known
    assert seen.sessions[0].day == FIRST
    assert seen.sessions[2].day == FIRST + timedelta(4)


def test_a_day_before_the_version_was_issued_needs_somebody_who_vouches() -> None:
    early = on(-30, profile_version=3)
    early[0] |= NOBODY_KNOWS
    issued = (FIRST - timedelta(5)).isoformat()
    assert progress(prescribed(issued_on=issued), early, FIRST).sessions[0].day is None
    early[0] |= {"profile_version": 2}
    assert progress(prescribed(issued_on=issued), early, FIRST).sessions[0].day is not None
    early[0] |= {"profile_version": 3, "clock_trusted": True}
    assert progress(prescribed(issued_on=issued), early, FIRST).sessions[0].day is not None
    # A zone away it is still the day before.
    eve = on(-6)
    eve[0] |= NOBODY_KNOWS
    assert progress(prescribed(issued_on=issued), eve, FIRST).sessions[0].day is not None


def test_sessions_of_somebody_who_had_the_code_before_are_nobody_s() -> None:
    found = on(0, 2, 4)
    seen = progress(prescribed(), found, FIRST + timedelta(5), state=State(since_seq=2))
    assert ([one.seq for one in seen.sessions], seen.attended) == ([3], 1)
    assert [week.begins for week in seen.weeks] == [FIRST + timedelta(4)]


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("started", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("issued", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_are_break_nothing(
    issued: str, started: str, trusted: bool
) -> None:
    odd = on(0, clock_trusted=trusted) + on(
        0, started_at=f"{started}T10:00:00.000Z", clock_trusted=trusted
    )
    one = prescribed(issued_on=issued, expires_on="9999-12-31")
    seen = progress(one, odd, FIRST)
    assert (seen.sessions[0].day is not None) == (trusted or issued == "0001-01-01")
    assert (seen.sessions[1].day is not None) == trusted


def test_a_day_after_today_is_no_week() -> None:
    found = on(0, 400, 2)
    seen = progress(prescribed(), found, FIRST + timedelta(3))
    assert [week.attended for week in seen.weeks] == [3], "it counts where the log has it"
    found[1] |= NOBODY_KNOWS
    assert progress(prescribed(), found, FIRST + timedelta(3)).sessions[1].day is None


def test_a_session_dated_before_the_first_begins_the_weeks() -> None:
    """Somebody vouched for both: which of the two was wrong, nobody knows. None is lost."""
    seen = progress(prescribed(issued_on="2026-11-01"), on(0, -3, 2), FIRST + timedelta(3))
    assert seen.weeks == (Week(FIRST - timedelta(3), 3, 3, False),)


def test_days_begin_where_the_kiosk_stands() -> None:
    late = on(0, started_at="2026-12-02T03:30:00.000Z")
    west = timezone(timedelta(hours=-8))
    assert progress(prescribed(), late, FIRST + timedelta(2)).sessions[0].day == date(2026, 12, 2)
    seen = progress(prescribed(), late, FIRST + timedelta(2), zone=west)
    assert seen.sessions[0].day == FIRST


# ---- values --------------------------------------------------------------------------------------


def test_unknown_is_unknown() -> None:
    blank = dict.fromkeys(
        ("mean_kmh", "in_band_pct", "pain_before", "pain_after", "rpe", "profile_version")
    )
    (one,) = progress(prescribed(), on(0, **blank, started_at=None), FIRST).sessions
    assert (one.mean_kmh, one.in_band_pct, one.pain_before) == (None, None, None)
    assert (one.pain_after, one.rpe, one.version, one.day) == (None, None, None, None)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("mean_kmh", math.nan, None),
        ("mean_kmh", math.inf, None),
        ("mean_kmh", 10**400, None),
        ("mean_kmh", "1.2", None),
        ("mean_kmh", True, None),
        ("mean_kmh", 1, 1.0),
        ("in_band_pct", 101, None),
        ("in_band_pct", 0, 0.0),
        ("pain_before", 0, 0),
        ("pain_before", 11, None),
        ("pain_before", 3.0, None),
        ("pain_after", False, None),
        ("rpe", 5, None),
        ("rpe", 6, 6),
        ("rpe", 20, 20),
        ("rpe", 21, None),
        ("walked_s", None, 0.0),
        ("walked_s", -5.0, 0.0),
        ("distance_m", None, 0.0),
        ("distance_m", math.nan, 0.0),
        ("outcome", None, "interrupted"),
        ("outcome", 7, "interrupted"),
        ("stop_reason", "", None),
        ("stop_reason", 7, None),
        ("profile_version", "3", None),
        ("clock_trusted", 1, False),
    ],
)
def test_a_value_of_another_kind_is_unknown(name: str, value: Any, expected: Any) -> None:
    (one,) = progress(prescribed(), on(0, **{name: value}), FIRST).sessions
    found = one.version if name == "profile_version" else getattr(one, name)
    assert found == expected
    assert type(found) is type(expected)


def test_means_are_weighed_by_the_time_walked() -> None:
    found = on(0, walked_s=600.0, distance_m=200.0, in_band_pct=50.0)
    found += on(1, walked_s=1800.0, distance_m=900.0, in_band_pct=90.0)
    found += on(2, walked_s=60.0, distance_m=0.0, in_band_pct=None)
    seen = progress(prescribed(), found, FIRST)
    assert seen.mean_kmh == pytest.approx(1100 / 2460 * 3.6)
    assert seen.in_band_pct == pytest.approx(80.0)
    nothing = progress(prescribed(), [], FIRST)
    assert (nothing.mean_kmh, nothing.in_band_pct) == (None, None)


def test_stops_are_counted_by_reason_most_frequent_first() -> None:
    found = on(0, outcome="stopped", stop_reason="patron")
    found += on(1, 2, outcome="safety_stop", stop_reason="rails_released")
    found += on(3, outcome="stopped") + on(4, outcome="interrupted")
    found += on(5, outcome="completed", stop_reason="estop")  # after it was done: no stop
    assert progress(prescribed(), found, FIRST).stops == (
        ("rails_released", 2),
        ("patron", 1),
        ("stopped", 1),
        ("interrupted", 1),
    )


# ---- any course ----------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC).isoformat()
)
ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
COURSES = st.lists(
    st.fixed_dictionaries(
        {
            "started_at": st.integers(-20, 200).map(lambda n: f"{FIRST + timedelta(n)}T10:00:00Z")
            | MOMENTS
            | ANY,
            "clock_trusted": st.booleans(),
            "profile_version": st.sampled_from([2, 3]),
            "outcome": st.sampled_from(["completed", "stopped", "safety_stop", "interrupted"]),
            **dict.fromkeys(
                (
                    *("walked_s", "distance_m", "mean_kmh", "in_band_pct"),
                    *("pain_before", "pain_after", "rpe", "stop_reason"),
                ),
                ANY,
            ),
        }
    ),
    max_size=30,
)


@given(COURSES, st.integers(-30, 400), st.integers(1, 14), st.integers(1, 52))
def test_any_course_of_sessions(
    course: list[dict[str, Any]], day: int, per_week: int, most: int
) -> None:
    given_ = prescribed(schedule={"sessions_per_week": per_week, "weeks": most})
    found = [{"seq": n + 1, "profile_code": "P-7F3K", **one} for n, one in enumerate(course)]
    today = FIRST + timedelta(day)
    seen = progress(given_, found, today)
    assert [one.seq for one in seen.sessions] == [one["seq"] for one in found]
    assert seen.adherence_pct is None or 0 <= seen.adherence_pct <= 100
    assert math.isfinite(seen.walked_s)
    assert seen.mean_kmh is None or math.isfinite(seen.mean_kmh)
    assert seen.in_band_pct is None or -1e-9 <= seen.in_band_pct <= 100 + 1e-9
    assert 0 <= seen.attended <= len(found)
    assert sum(count for _reason, count in seen.stops) == sum(
        one["outcome"] != "completed" for one in found
    )
    # Weeks follow each other, none begins after today, and only the last may run.
    assert len(seen.weeks) <= most
    for number, week in enumerate(seen.weeks):
        assert week.begins == seen.weeks[0].begins + timedelta(7 * number)
        assert week.begins <= min(today, given_.expires_on)
        assert 0 <= week.kept <= week.due <= per_week
        assert week.over or number == len(seen.weeks) - 1
    own = [one for one in seen.sessions if one.version == 3 and one.walked_s > 0]
    counted = sum(week.attended for week in seen.weeks)
    assert counted <= len(own)
    if seen.weeks and seen.weeks[-1].begins + timedelta(7) > today:
        assert counted == len(own), "no session that was walked is lost"
    for one in seen.sessions:
        if one.day is not None and not one.clock_trusted:
            assert date(2025, 1, 1) <= one.day <= today


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30), st.integers(60, 90))
def test_with_clocks_that_are_right_the_order_is_all_the_same(days: list[int], day: int) -> None:
    """And whether anybody vouched for them changes nothing."""
    found = on(*sorted(days))
    unsure = [{**one, **NOBODY_KNOWS} for one in found]
    today = FIRST + timedelta(day)
    sure, other = (progress(prescribed(), one, today) for one in (found, unsure))
    assert sure.weeks == other.weeks
    assert sure.adherence_pct == other.adherence_pct
    assert [one.day for one in sure.sessions] == [one.day for one in other.sessions]


@given(st.lists(st.integers(0, 60), min_size=2, max_size=30), st.data())
def test_one_session_more_never_lowers_adherence(days: list[int], data: st.DataObject) -> None:
    """As long as the first stays the first."""
    less = sorted(days)
    more = sorted([*less, data.draw(st.integers(less[0], 60))])
    today = FIRST + timedelta(61)
    before, after = (progress(prescribed(), on(*one), today) for one in (less, more))
    assert before.adherence_pct is not None
    assert after.adherence_pct is not None
    assert after.adherence_pct >= before.adherence_pct
