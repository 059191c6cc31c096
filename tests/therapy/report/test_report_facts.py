"""What a report says: who, what was prescribed, how it stands, what comes next, what was walked."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from hardware.link import Reason
from kiosk.therapy.report.charts import charts_of
from kiosk.therapy.report.facts import ROWS, Facts, facts
from kiosk.therapy.report.subject import Origin, Subject, calendar_of, new_code
from profiles.state import Held, State
from tests.therapy.report.subjects import CODE, FIRST, NOTE, ORIGIN, record, records, subject


def said(about: Subject, *, identified: bool = True, origin: Origin = ORIGIN) -> Facts:
    return facts(about, origin, CODE, identified=identified)


def value_of(found: Facts, name: str) -> str:
    (value,) = [fact.value for fact in (*found.prescription, *found.figures) if fact.name == name]
    return value


# ---- who -----------------------------------------------------------------------------------------


def test_identified_says_who_and_where() -> None:
    found = said(subject())
    assert found.who == "Sam"
    assert found.about == "Profile P-7F3K, version 3, issued 2026-11-22, valid until 2027-02-22"
    assert found.made == (
        "Made 2026-12-23 at Rehab at the lake by Sternway 7.13.5 on kiosk SW-9QX7KZ"
    )
    assert found.note == NOTE
    assert "patient records" in found.kind


def test_de_identified_says_neither() -> None:
    found = said(subject(), identified=False)
    assert (found.who, found.about, found.made, found.note) == (CODE, "", "", "")
    assert "drawn for this report" in found.kind


@pytest.mark.parametrize(
    ("place", "kiosk", "text"),
    [
        ("", None, "Made 2026-12-23 by Sternway 1.2"),
        ("Sternway", None, "Made 2026-12-23 by Sternway 1.2"),
        ("A clinic", None, "Made 2026-12-23 at A clinic by Sternway 1.2"),
        ("", "SW-1", "Made 2026-12-23 by Sternway 1.2 on kiosk SW-1"),
    ],
)
def test_what_is_not_known_of_the_place_is_left_out(
    place: str, kiosk: str | None, text: str
) -> None:
    origin = Origin(kiosk, place, "1.2", ORIGIN.now, UTC)
    assert said(subject(), origin=origin).made == text


def test_the_day_is_that_of_the_place() -> None:
    now = datetime(2026, 12, 24, 2, 0, tzinfo=UTC)
    west = Origin(None, "", "1", now, timezone(timedelta(hours=-8)))
    assert said(subject(), origin=west).made.startswith("Made 2026-12-23 ")


def test_a_note_is_one_paragraph() -> None:
    assert said(subject(note=" a\n\n b\tc ")).note == "a b c"


def test_nothing_of_a_person_is_shown_by_repr() -> None:
    about = subject()
    for one in (about, said(about)):
        assert "Sam" not in repr(one)
        assert "surgery" not in repr(one)


# ---- how it stands -------------------------------------------------------------------------------

HELD = State(held=Held("pain", date(2026, 12, 20)))


@pytest.mark.parametrize(
    ("state", "today", "identified", "text"),
    [
        (State(), ORIGIN.today, True, ("ready", "Ready", "Sessions may start.")),
        (HELD, ORIGIN.today, True, ("held", "Held", "Pain reached the limit. Since 2026-12-20.")),
        (HELD, ORIGIN.today, False, ("held", "Held", "Pain reached the limit. Since day 26.")),
        (
            State(held=Held("therapist", date(2026, 11, 23))),
            ORIGIN.today,
            False,
            ("held", "Held", "Held by the therapist."),  # before the first day: no number
        ),
        (State(), date(2027, 3, 1), True, ("expired", "Expired", "Its last day was 2027-02-22.")),
        (State(), date(2027, 3, 1), False, ("expired", "Expired", "Its time is over.")),
        (HELD, date(2027, 3, 1), True, ("expired", "Expired", "Its last day was 2027-02-22.")),
        (
            State(ended_on=date(2026, 12, 22)),
            ORIGIN.today,
            True,
            ("ended", "Ended", "A therapist ended it: 2026-12-22."),
        ),
        (
            State(ended_on=date(2026, 12, 22)),
            ORIGIN.today,
            False,
            ("ended", "Ended", "A therapist ended it: day 28."),
        ),
    ],
)
def test_how_it_stands(
    state: State, today: date, identified: bool, text: tuple[str, str, str]
) -> None:
    found = said(subject(state=state, today=today), identified=identified)
    assert (found.standing, found.now[0].value, found.now[0].note) == text


def test_a_hold_that_nobody_kept_yet_is_told() -> None:
    found = said(subject(records(3, pain_after=7)))
    assert (found.standing, found.now[0].note) == ("held", "Pain reached the limit.")


# ---- what comes next -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "state", "count", "text"),
    [
        ({}, State(), 12, ("10 to 11 min", "It waits for the therapist to accept it.")),
        (
            {},
            State(automatic=True),
            12,
            ("10 to 11 min", "It takes effect at the next session."),
        ),
        ({}, State(added_min=5), 12, ("1.6 to 1.7 km/h", "It waits for the therapist")),
        (
            {"plan__program": "ankle-uphill", "limits__max_incline_pct": 8}
            | {"progression": {"every_sessions": 1, "add_incline_pct": 0.5}},
            State(),
            12,
            ("7 to 7.5 % incline", "It waits for the therapist"),
        ),
        ({}, State(), 0, ("None now", "3 more completed sessions come first.")),
        ({}, State(), 2, ("None now", "After two weeks away, 3 completed sessions come first.")),
        ({"progression": None}, State(), 12, ("None now", "No progression was prescribed.")),
        ({"progression__add_min": 0, "progression__add_kmh": 0}, State(), 12, ("None now", "The")),
        ({}, HELD, 12, ("None now", "The profile is held.")),
    ],
)
def test_the_next_step(
    changes: dict[str, Any], state: State, count: int, text: tuple[str, str]
) -> None:
    found = said(subject(records(count), state=state, **changes)).now[2]
    assert found.value == text[0]
    assert found.note.startswith(text[1])


def test_one_more_session_is_one() -> None:
    found = said(subject(records(2), today=FIRST + timedelta(3))).now[2]
    assert found.note == "1 more completed session comes first."


# ---- what was prescribed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "name", "text"),
    [
        ({}, "Limits", "2.0 km/h, 15 min, incline 0 %"),
        ({}, "Rails", "Both hands on the rails"),
        ({"rails": "one"}, "Rails", "At least one hand on a rail"),
        ({"rails": "none"}, "Rails", "Hands are not watched"),
        ({"screening_cleared": False}, "Screening", "Asked each time"),
        ({"schedule": None}, "Schedule", "None"),
        (
            {"schedule": {"sessions_per_week": 1, "weeks": 1}},
            "Schedule",
            "1 session in 1 week",
        ),
        (
            {"schedule": {"sessions_per_week": 1, "weeks": 4}},
            "Schedule",
            "1 session a week for 4 weeks",
        ),
        (
            {"schedule": {"sessions_per_week": 5, "weeks": 1}},
            "Schedule",
            "5 sessions in 1 week",
        ),
        ({"progression__add_min": 0, "progression__add_kmh": 0}, "Progression", "None"),
        (
            {"progression__every_sessions": 1, "progression__add_min": 0},
            "Progression",
            "After each completed session, released by the therapist: +0.1 km/h",
        ),
        (
            {"stop_rules": {"pain_at_or_above": 4, "pain_rise": 1, "rpe_at_or_above": 13}},
            "Held when",
            "Pain is 4 or more, rises by 1 or more, or effort is 13 or more",
        ),
        (
            {"plan": {"steps": [{"name": "Ann", "min": 6, "low_kmh": 1, "high_kmh": 1.25}]}},
            "Plan",
            "Own plan, 6 min: 6 min at 1.0–1.25 km/h",
        ),
    ],
)
def test_the_prescription_in_words(changes: dict[str, Any], name: str, text: str) -> None:
    assert value_of(said(subject(**changes)), name) == text


def test_the_therapists_choice_on_this_kiosk_is_told() -> None:
    found = value_of(said(subject(state=State(automatic=True))), "Progression")
    assert found == "After every 3 completed sessions, by itself: +1 min, then +0.1 km/h"


# ---- what was walked -----------------------------------------------------------------------------


def test_the_figures() -> None:
    found = {fact.name: (fact.value, fact.note) for fact in said(subject()).figures}
    assert found == {
        "Sessions": ("12", "9 completed"),
        "Planned": ("18", "by the schedule"),
        "Adherence": ("100 %", "12 of 12 due"),
        "Time walked": ("1.9 h", "9.4 min each"),
        "Distance": ("2,520 m", "210 m each"),
        "Mean speed": ("1.34", "km/h"),
        "On target": ("85 %", "of the time walked"),
    }


def test_no_session_is_unknown_and_not_nothing() -> None:
    found = said(subject([], schedule=None))
    assert found.table is None
    assert found.stops == ""
    assert value_of(found, "Adherence") == "–"
    assert value_of(found, "Planned") == "–"
    assert value_of(found, "Mean speed") == "–"
    assert value_of(found, "On target") == "–"
    assert charts_of(subject([]), identified=True) == ()


def test_the_table_ends_with_the_newest() -> None:
    found = said(subject(records(25))).table
    assert found is not None
    assert found.title == "The newest 10 of 25 sessions"
    assert [row[0] for row in found.rows] == [str(n) for n in range(16, 26)]
    assert found.rows[-1][:3] == ("25", "2027-01-20", "10.0")
    assert len(found.rows) == ROWS


def test_an_unknown_figure_is_a_dash_in_the_table() -> None:
    blank = dict.fromkeys(("mean_kmh", "in_band_pct", "pain_before", "pain_after", "rpe"))
    found = said(subject([record(0, FIRST, started_at=None, **blank)])).table
    assert found is not None
    assert found.rows == (("1", "–", "10.0", "202", "–", "–", "–", "–", "–", "Completed"),)


@pytest.mark.parametrize("reason", [str(reason) for reason in Reason])
def test_every_stop_has_words(reason: str) -> None:
    found = said(subject(records(3, outcome="safety_stop", stop_reason=reason)))
    assert reason not in found.stops
    assert "Another reason" not in found.stops
    assert found.stops.endswith(": 3")


def test_stops_are_counted_by_their_reason() -> None:
    kinds: list[dict[str, Any]] = [
        {"outcome": "stopped", "stop_reason": "patron"},
        {"outcome": "stopped", "stop_reason": "patron"},
        {"outcome": "stopped", "stop_reason": None},
        {"outcome": "interrupted", "stop_reason": None},
        {"outcome": "safety_stop", "stop_reason": "of another version"},
        {"outcome": "completed", "stop_reason": None},
    ]
    found = said(subject([record(n, FIRST, **one) for n, one in enumerate(kinds)]))
    assert sorted(re.split(r"\s+·\s+", found.stops)) == [
        "Another reason: 1",
        "Interrupted: 1",
        "Paused too long: 1",
        "Stop pressed: 2",
    ]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pain_after": 6}, "Completed; pain limit"),
        ({"pain_before": 1, "pain_after": 3}, "Completed; pain rose"),
        ({"rpe": 15}, "Completed; exertion limit"),
        ({"outcome": "safety_stop", "stop_reason": "estop"}, "Safety: Emergency stop"),
        ({"outcome": "safety_stop", "stop_reason": None}, "Safety stop"),
        ({"outcome": "of another version"}, "Not known"),
    ],
)
def test_the_table_tells_how_a_session_ended(changes: dict[str, Any], text: str) -> None:
    found = said(subject([record(0, FIRST, **changes)])).table
    assert found is not None
    assert found.rows[0][-1] == text


# ---- days ----------------------------------------------------------------------------------------


def test_days_count_from_the_first_that_somebody_vouched_for() -> None:
    """A day counted from a clock that was wrong would be a date to whoever knows that clock."""
    found = records(4)
    found[0] |= {"clock_trusted": False}
    found[2] |= {"clock_trusted": False}
    table = said(subject(found), identified=False).table
    assert table is not None
    assert [row[1] for row in table.rows] == ["–", "0", "–", "5"]
    named = said(subject(found)).table
    assert named is not None
    assert named.rows[0][1] == FIRST.isoformat()


def test_a_day_before_the_first_is_none() -> None:
    found = records(3)
    found[2] |= {"started_at": "2026-11-01T10:00:00Z"}
    calendar = calendar_of(subject(found).progress, identified=False)
    assert [calendar.of(one) for one in subject(found).progress.sessions] == ["0", "2", "–"]


def test_codes_are_new_each_time() -> None:
    found = {new_code() for _ in range(200)}
    assert len(found) == 200
    assert all(re.fullmatch(r"R-[2-9A-HJKMNP-Z]{7}", one) for one in found)
