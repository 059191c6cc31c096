"""What is walked today and what comes next: tables, and any course of sessions (hypothesis)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.planned import walk_of
from profiles.profile import Prescription
from profiles.progression import FORTNIGHT, WEEK, judged, outlook
from profiles.reading import read
from profiles.state import Held, State
from tests.profiles.written import STEP, encoded, profile

FIRST = date(2026, 12, 1)
FRESH = State()


def prescribed(**changes: Any) -> Prescription:
    reading = read(encoded(profile(**changes)))
    assert not reading.faults, reading.faults
    return reading.profiles[0].prescription()


def session(seq: int, day: date, **changes: Any) -> dict[str, Any]:
    return {
        "seq": seq,
        "profile_code": "P-7F3K",
        "profile_version": 3,
        "outcome": "completed",
        "started_at": f"{day}T10:00:00.000Z",
        "pain_before": 2,
        "pain_after": 2,
        "rpe": 11,
        **changes,
    }


def sessions(count: int, **changes: Any) -> list[dict[str, Any]]:
    """One every second day from FIRST on."""
    return [session(i + 1, FIRST + timedelta(2 * i), **changes) for i in range(count)]


def last_day(records: list[dict[str, Any]]) -> date:
    return date.fromisoformat(records[-1]["started_at"][:10])


def test_the_spans_are_those_of_the_specification() -> None:
    assert (timedelta(days=7), timedelta(days=14)) == (WEEK, FORTNIGHT)


# ---- what is walked ------------------------------------------------------------------------------


def test_a_program_begins_as_it_is() -> None:
    walk = walk_of(prescribed(), FRESH)
    assert (walk.program_id, walk.program_version, walk.minutes) == ("low-back", 1, 10)
    assert [(step.s, step.low_kmh, step.high_kmh) for step in walk.steps] == [
        (120, 0.8, 1.2),
        (420, 1.0, 1.6),
        (60, 0.8, 1.2),
    ]
    assert walk.cap_kmh == 2.0, "the profile's is under the program's 2.4"
    assert walk_of(prescribed(limits__max_kmh=5), FRESH).cap_kmh == 2.4
    assert (
        walk_of(prescribed(plan__program="easy-walk", limits__max_session_min=5), FRESH).minutes
        == 5
    )


def test_what_was_added_goes_to_the_main_step_alone() -> None:
    state = State(added_min=3, added_kmh=0.2, added_incline_pct=0)
    walk = walk_of(prescribed(), state)
    assert [(step.s, step.low_kmh, step.high_kmh) for step in walk.steps] == [
        (120, 0.8, 1.2),
        (600, 1.2, 1.8),
        (60, 0.8, 1.2),
    ]
    uphill = prescribed(plan__program="ankle-uphill", limits__max_incline_pct=9)
    walk = walk_of(uphill, State(added_incline_pct=1))
    assert [step.incline_pct for step in walk.steps] == [0, 8, 0]


def test_the_main_step_of_ones_own_steps_is_the_longest() -> None:
    steps = [{**STEP, "min": 2}, {**STEP, "min": 5, "name": "long"}, {**STEP, "min": 5}]
    walk = walk_of(prescribed(plan={"steps": steps}), State(added_min=2))
    assert (walk.program_id, walk.program_version, walk.main) == ("own", 3, 1)
    assert [step.s for step in walk.steps] == [120, 420, 300]


def test_nothing_goes_past_the_limits_whatever_the_state_says() -> None:
    wild = State(added_min=50, added_kmh=4, added_incline_pct=9)
    walk = walk_of(prescribed(), wild)
    assert (walk.minutes, walk.high_kmh, walk.incline_pct) == (15, 2.0, 0)
    assert walk.low_kmh == 2.0
    assert sum(step.s for step in walk.steps) == 15 * 60


# ---- what comes next -----------------------------------------------------------------------------


def test_a_step_comes_after_every_sessions_completed_ones() -> None:
    for count, expected in [(0, None), (2, None), (3, 11), (5, 11)]:
        found = outlook(prescribed(), FRESH, sessions(count), FIRST + timedelta(11))
        assert (found.proposal.then if found.proposal else None) == expected, count
        assert found.completed == count
        assert found.waits == (None if expected else "sessions")


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "stopped"},
        {"outcome": "safety_stop"},
        {"outcome": "interrupted"},
        {"profile_code": "P-2"},
        {"profile_code": None},
        {"profile_version": 2},
    ],
)
def test_only_completed_sessions_of_this_profile_and_version_count(change: dict[str, Any]) -> None:
    records = sessions(3)
    records[1] |= change
    assert outlook(prescribed(), FRESH, records, last_day(records)).completed == 2


def test_minutes_rise_first_then_speed_then_incline_one_at_a_time() -> None:
    one = prescribed(
        plan__program="ankle-uphill",
        limits={"max_kmh": 1.6, "max_incline_pct": 8.5, "max_session_min": 10},
        progression={"every_sessions": 1, "add_min": 1, "add_kmh": 0.1, "add_incline_pct": 1},
    )
    assert kinds(one, weeks=6) == [
        ("minutes", 8, 9),
        ("minutes", 9, 10),
        ("incline", 7, 8),
        ("incline", 8, 8.5),
    ]
    slow = [{**STEP, "high_kmh": 1.2}]
    one = prescribed(
        plan={"steps": slow},
        limits={"max_kmh": 1.4, "max_incline_pct": 1, "max_session_min": 7},
        progression={"every_sessions": 1, "add_min": 3, "add_kmh": 0.15, "add_incline_pct": 5},
    )
    assert kinds(one, weeks=8) == [
        ("minutes", 6, 7),
        ("speed", 1.2, 1.32),
        ("speed", 1.32, 1.4),
        ("incline", 0, 1),
    ]


def kinds(one: Prescription, weeks: int) -> list[tuple[str, float, float]]:
    """The steps of so many weeks, with a completed session each."""
    state, records, found = FRESH, [], []
    for i in range(weeks):
        today = FIRST + i * WEEK
        records.append(session(i + 1, today))
        proposal = outlook(one, state, records, today).proposal
        if proposal is not None:
            found.append((proposal.kind, proposal.now, proposal.then))
            state = proposal.state
    return found


def test_speed_rises_by_a_tenth_a_week_at_most_and_incline_does_not_overtake_it() -> None:
    one = prescribed(
        plan={"steps": [{**STEP, "min": 15, "high_kmh": 1.0}]},
        limits={"max_kmh": 2.0, "max_incline_pct": 5, "max_session_min": 15},
        progression={"every_sessions": 1, "add_kmh": 0.06, "add_incline_pct": 1},
    )
    first = outlook(one, FRESH, [session(1, FIRST)], FIRST).proposal
    assert first is not None
    assert (first.kind, first.then) == ("speed", 1.06)
    records = [session(1, FIRST), session(2, FIRST + timedelta(1))]
    second = outlook(one, first.state, records, FIRST + timedelta(1)).proposal
    assert second is not None
    assert second.then == 1.1, "not 1.12: a tenth over the week's slowest"
    records.append(session(3, FIRST + timedelta(2)))
    third = outlook(one, second.state, records, FIRST + timedelta(2))
    assert (third.proposal, third.waits) == (None, "speed_week")
    records.append(session(4, FIRST + timedelta(7)))
    fourth = outlook(one, second.state, records, FIRST + timedelta(7)).proposal
    assert fourth is not None
    assert fourth.then == 1.16, "the first rise is a week ago"


def test_a_rise_dated_in_the_future_still_counts() -> None:
    one = prescribed(limits__max_session_min=10, progression={"every_sessions": 1, "add_kmh": 0.1})
    later = outlook(one, FRESH, [session(1, FIRST)], FIRST + timedelta(13)).proposal
    assert later is not None
    again = outlook(one, later.state, [session(1, FIRST), session(2, FIRST)], FIRST).proposal
    assert again is not None
    assert again.then == 1.76, "1.6 and a tenth"


def test_a_rise_is_of_this_week_again_when_the_clock_goes_back() -> None:
    one = prescribed(limits__max_session_min=10, progression={"every_sessions": 1, "add_kmh": 0.1})
    state, records = FRESH, []
    for seq, day in enumerate((FIRST, FIRST + WEEK), 1):
        records.append(session(seq, day))
        proposal = outlook(one, state, records, day).proposal
        assert proposal is not None
        state = proposal.state
    records.append(session(3, FIRST + timedelta(6)))
    found = outlook(one, state, records, FIRST + timedelta(6))
    assert (found.walk.high_kmh, found.proposal, found.waits) == (1.8, None, "speed_week")


def test_a_session_counts_for_one_step() -> None:
    records = sessions(3)
    today = last_day(records)
    first = outlook(prescribed(), FRESH, records, today).proposal
    assert first is not None
    assert (first.state.steps, first.state.stepped_seq, first.state.stepped_on) == (1, 3, today)
    after = outlook(prescribed(), first.state, records, today)
    assert (after.completed, after.proposal, after.walk.minutes) == (0, None, 11)


def test_at_every_limit_it_is_finished_and_without_a_progression_nothing_comes() -> None:
    at_limit = State(added_min=5, added_kmh=0.4)
    assert outlook(prescribed(), at_limit, sessions(3), FIRST).waits == "finished"
    assert (
        outlook(prescribed(progression=None), FRESH, sessions(9), FIRST).waits == "no_progression"
    )
    nothing = prescribed(progression={"every_sessions": 1})
    assert outlook(nothing, FRESH, sessions(3), FIRST).waits == "finished"


def test_it_takes_effect_by_itself_only_if_the_therapist_said_so() -> None:
    records = sessions(3)
    assert not outlook(prescribed(), FRESH, records, last_day(records)).applies
    automatic = State(automatic=True)
    assert outlook(prescribed(), automatic, records, last_day(records)).applies
    assert not outlook(prescribed(), automatic, records[:2], last_day(records)).applies


@pytest.mark.parametrize("at", [0, 2])
@pytest.mark.parametrize(
    "unknown", [{"pain_after": None}, {"rpe": None}, {"pain_after": 11}, {"rpe": "11"}]
)
def test_without_the_rating_of_a_session_that_counts_a_therapist_looks_first(
    at: int, unknown: dict[str, Any]
) -> None:
    records = sessions(3)
    records[at] |= unknown
    found = outlook(prescribed(), State(automatic=True), records, last_day(records))
    assert found.proposal is not None and found.completed == 3
    assert (found.applies, found.unrated) == (False, 1)
    records[at] |= {"outcome": "stopped"}
    records.append(session(4, last_day(records)))
    found = outlook(prescribed(), State(automatic=True), records, last_day(records))
    assert (found.applies, found.unrated) == (True, 0), "it does not count"


def test_a_missed_fortnight_holds_the_progression() -> None:
    records, automatic = sessions(3), State(automatic=True)
    in_time = last_day(records) + FORTNIGHT - timedelta(1)
    assert outlook(prescribed(), automatic, records, in_time).applies
    late = outlook(prescribed(), automatic, records, in_time + timedelta(1))
    assert (late.proposal, late.waits, late.may_walk) == (None, "fortnight", True)
    back = last_day(records) + FORTNIGHT
    records += [session(10, back), session(11, back)]
    assert outlook(prescribed(), automatic, records, back).waits == "fortnight"
    records.append(session(12, back))
    again = outlook(prescribed(), automatic, records, back)
    assert again.completed == 3
    assert again.proposal is not None
    assert not again.applies, "after a gap a therapist looks first"


def test_a_fortnight_counts_from_the_newest_step_too() -> None:
    state = State(automatic=True, steps=1, stepped_on=FIRST, stepped_seq=9)
    waiting = outlook(prescribed(), state, [], FIRST + FORTNIGHT)
    assert waiting.waits == "fortnight"
    back = [session(10 + i, FIRST + FORTNIGHT) for i in range(3)]
    assert not outlook(prescribed(), state, back, FIRST + FORTNIGHT).applies


# ---- held and expired ----------------------------------------------------------------------------

JUDGED = [
    ({"pain_after": 6}, "pain"),
    ({"pain_after": 5, "pain_before": 4}, None),
    ({"pain_before": 6, "pain_after": 1}, "pain"),
    ({"pain_after": 4}, "pain_rise"),
    ({"pain_after": 3}, None),
    ({"rpe": 15}, "exertion"),
    ({"rpe": 14}, None),
    ({"pain_after": 6, "rpe": 20}, "pain"),
    ({"pain_after": 4, "rpe": 20}, "pain_rise"),
    ({"pain_before": None, "pain_after": 5}, None),
    ({"pain_before": None, "pain_after": 6}, "pain"),
    ({"pain_after": None, "rpe": None}, None),
    ({"pain_before": 0, "pain_after": 2, "rpe": None}, "pain_rise"),
]


@pytest.mark.parametrize(("change", "why"), JUDGED)
def test_the_stop_rules(change: dict[str, Any], why: str | None) -> None:
    record = session(3, FIRST, **change)
    assert judged(prescribed(), record) == why
    found = outlook(prescribed(), FRESH, [*sessions(2), record], FIRST)
    assert (found.hold, found.held, found.may_walk) == (why, why, why is None)
    if why:
        assert (found.proposal, found.waits) == (None, "held")


def test_a_profile_may_be_stricter() -> None:
    strict = prescribed(stop_rules={"pain_at_or_above": 3, "pain_rise": 1, "rpe_at_or_above": 12})
    assert judged(strict, session(1, FIRST, pain_after=3)) == "pain"
    assert judged(strict, session(1, FIRST, pain_before=1)) == "pain_rise"
    assert judged(strict, session(1, FIRST, rpe=12)) == "exertion"


@pytest.mark.parametrize("change", [{"outcome": "stopped"}, {"profile_version": 2}])
def test_any_session_of_the_person_may_hold_it(change: dict[str, Any]) -> None:
    records = [*sessions(2), session(3, FIRST, pain_after=9, **change)]
    assert outlook(prescribed(), FRESH, records, FIRST).hold == "pain"
    records[-1]["profile_code"] = "P-2"
    assert outlook(prescribed(), FRESH, records, FIRST).hold is None


def test_a_hold_that_was_not_written_is_found_again_until_a_therapist_releases_it() -> None:
    records = [*sessions(2), session(3, FIRST, rpe=18), session(4, FIRST), session(5, FIRST)]
    assert outlook(prescribed(), FRESH, records, FIRST).hold == "exertion"
    held = State(held=Held("exertion", FIRST))
    known = outlook(prescribed(), held, records, FIRST)
    assert (known.held, known.hold, known.may_walk) == ("exertion", None, False)
    released = State(released_seq=5, released_on=FIRST)
    after = outlook(prescribed(), released, records, FIRST)
    assert (after.held, after.may_walk, after.completed) == (None, True, 5)


def test_it_expires_after_its_last_day_or_when_it_was_ended() -> None:
    one = prescribed()
    for today, expired in [(one.expires_on, False), (one.expires_on + timedelta(1), True)]:
        found = outlook(one, FRESH, [], today)
        assert (found.expired, found.may_walk) == (expired, not expired)
    ended = outlook(one, State(ended_on=FIRST), sessions(3), FIRST)
    assert (ended.expired, ended.waits, ended.proposal) == (True, "expired", None)
    # The clock was ahead when it was ended: it stays ended once the clock is right.
    early = outlook(one, State(ended_on=FIRST), [], FIRST - timedelta(1))
    assert (early.expired, early.may_walk, early.waits) == (True, False, "expired")


@pytest.mark.parametrize("held", [None, Held("therapist", FIRST)])
def test_sessions_of_somebody_who_had_the_code_before_are_nobody_s(held: Held | None) -> None:
    one, records = prescribed(), sessions(6)
    records[1] |= {"pain_after": 9}
    today = last_day(records)
    found = outlook(one, State(since_seq=2, automatic=True, held=held), records, today)
    assert (found.hold, found.completed) == (None, 4)
    assert (found.held, found.applies) == ("therapist" if held else None, held is None)
    late = outlook(one, State(since_seq=4), records, today)
    assert (late.completed, late.proposal) == (2, None)
    assert outlook(one, FRESH, records, today).hold == "pain"


# ---- any course ----------------------------------------------------------------------------------

gaps = st.lists(st.integers(-3, 20), min_size=1, max_size=40)
tenths = st.integers(0, 10).map(lambda n: n / 10)


@given(
    gaps=gaps,
    every=st.integers(1, 3),
    minutes=st.integers(0, 10),
    kmh=tenths,
    incline=st.integers(0, 5),
    low=st.integers(1, 20),
)
def test_no_course_leaves_the_limits_or_rises_too_fast(
    gaps: list[int], every: int, minutes: int, kmh: float, incline: int, low: int
) -> None:
    one = prescribed(
        plan={
            "steps": [{**STEP, "low_kmh": 0, "high_kmh": low / 10, "min": 7.5}, {**STEP, "min": 1}]
        },
        limits={"max_kmh": 3.3, "max_incline_pct": 7.5, "max_session_min": 31},
        progression={
            "every_sessions": every,
            "add_min": minutes,
            "add_kmh": kmh,
            "add_incline_pct": incline,
        },
        expires_on="2030-01-01",
    )
    today, state = FIRST, State(automatic=True)
    records: list[dict[str, Any]] = []
    speeds: list[tuple[date, float]] = []
    steps = 0
    for i, gap in enumerate(gaps, 1):
        today += timedelta(gap)
        records.append(session(i, today))
        found = outlook(one, state, records, today)
        speeds.append((today, found.walk.high_kmh))
        if found.proposal is None:
            assert found.waits is not None
            continue
        assert found.completed >= every
        before, state = found.walk, found.proposal.state
        walk = walk_of(one, state)
        # What a clock that went back calls a week is anybody's guess: then a tenth at a time.
        went_back = any(later < day for (day, _), (later, _) in pairwise(speeds))
        week = [kmh for day, kmh in speeds if day > today - WEEK]
        assert walk.high_kmh <= (before.high_kmh if went_back else min(week)) * 1.1 + 1e-9
        speeds.append((today, walk.high_kmh))
        steps += 1
        risen = {
            "minutes": walk.minutes > before.minutes,
            "speed": walk.high_kmh > before.high_kmh,
            "incline": walk.incline_pct > before.incline_pct,
        }
        assert [kind for kind, rose in risen.items() if rose] == [found.proposal.kind]
        shown = {"minutes": walk.minutes, "speed": walk.high_kmh, "incline": walk.incline_pct}
        assert shown[found.proposal.kind] == pytest.approx(found.proposal.then)
        assert walk.minutes <= 31
        assert walk.incline_pct <= 7.5
        assert all(step.high_kmh <= 3.3 for step in walk.steps)
        assert sum(step.s for step in walk.steps) == pytest.approx(walk.minutes * 60)
        assert walk.minutes - before.minutes <= minutes + 1e-9
    assert steps <= len(gaps) // every
    # What is kept comes back as it was.
    assert msgspec.convert(msgspec.to_builtins(state), State) == state


@pytest.mark.parametrize("started", ["", "yesterday", "2026-99-99T00:00:00Z", None, 5])
def test_a_session_whose_day_cannot_be_read_counts_all_the_same(started: Any) -> None:
    records = sessions(3)
    records[1]["started_at"] = started
    today = last_day(records)
    seen = outlook(prescribed(), State(), records, today)
    assert seen.completed == 3
    assert seen.may_walk
