"""The log by touch: days, sessions, one session with its chart, and every search."""

from __future__ import annotations

import pytest

from kiosk.logbook.model import Query
from kiosk.screens.sessions import chart_of, day_row, detail_items, outcome_words, session_row
from profiles.programs import load_programs
from profiles.saying import saying
from tests.screens.fake_logbook import CURVE, FakeLogbook
from tests.screens.fake_staff import FakeStaff
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage
from tests.screens.touch import enter, tap, told


@pytest.fixture
def staff(stage: Stage) -> FakeStaff:
    stage.show(SCENES["idle"])
    return stage.desk.staff


@pytest.fixture
def book(staff: FakeStaff) -> FakeLogbook:
    return staff.logbook


def test_from_the_days_to_one_session_and_back(stage: Stage, book: FakeLogbook) -> None:
    enter(stage, "Log")
    assert book.asked == ["open"]
    assert "60 sessions" in told(stage)
    tap(stage, "23 Nov")
    assert "Rails let go" in told(stage)
    tap(stage, "15:50")
    stage.look()
    assert "The rails were let go" in told(stage)
    assert "Guest" in told(stage)
    tap(stage, "Chart")
    assert "7:38" in told(stage)
    tap(stage, "Back")
    assert "safety stop" in told(stage)
    tap(stage, "Back")
    tap(stage, "Back")
    tap(stage, "Back")
    assert stage.shell.name == "staff"


def test_days_turn_and_are_kept_when_one_comes_back(stage: Stage, book: FakeLogbook) -> None:
    enter(stage, "Log")
    stage.shell.page.page.turn(1)
    stage.look()
    assert "20 Nov" in told(stage)
    tap(stage, "20 Nov")
    tap(stage, "Back")
    assert "20 Nov" in told(stage)


def test_a_session_that_cannot_be_read_is_said(stage: Stage, book: FakeLogbook) -> None:
    enter(stage, "Log", "23 Nov")
    book.refuse = "This session cannot be read: the log is damaged there."
    tap(stage, "15:50")
    stage.look()
    assert "the log is damaged there." in told(stage)
    tap(stage, "Back")
    assert "15:50" in told(stage)


@pytest.mark.parametrize(
    ("tile", "query"),
    [
        ("Safety stops", Query(outcome="safety_stop")),
        ("Everything", Query()),
    ],
)
def test_a_search_by_outcome(stage: Stage, book: FakeLogbook, tile: str, query: Query) -> None:
    enter(stage, "Log", "Search", tile)
    assert book.asked[-1] == query
    assert stage.shell.page.query == query


def test_a_search_by_reason_and_by_code(stage: Stage, book: FakeLogbook) -> None:
    enter(stage, "Log", "Search", "One reason", "Rails let go")
    assert book.asked[-1] == Query(reason="rails_released")
    assert "10 sessions" in told(stage)
    tap(stage, "Search")
    tap(stage, "One code")
    page = stage.shell.page.page
    for letter in "p-7":
        page.tap(letter)
    tap(stage, "Search")
    assert book.asked[-1] == Query(code="P-7")
    assert "10 sessions" in told(stage)


def test_more_ways_to_search(stage: Stage, book: FakeLogbook) -> None:
    enter(stage, "Log", "Search", "More", "Guests")
    assert book.asked[-1] == Query(guests=True)
    tap(stage, "Search")
    tap(stage, "One day")
    tap(stage, "Mon 23 Nov 2026")
    assert "16:40" in told(stage)


def test_what_cannot_be_read_of_the_log_is_named(stage: Stage, book: FakeLogbook) -> None:
    book.faults = ((saying("log/2026-04.json is broken: what can be read of it was read."),),)
    enter(stage, "Log")
    tap(stage, "Faults")
    assert "log/2026-04.json is broken" in told(stage).replace("\n", " ")


def test_the_list_grows_as_the_log_is_read(stage: Stage, book: FakeLogbook) -> None:
    book.reading = 9
    enter(stage, "Log")
    assert "15\u00a0%" in told(stage)
    assert "20 Nov" not in told(stage)
    book.reading = None
    stage.look()
    assert "60 sessions" in told(stage)


def test_the_words_say_everything_and_no_name(book: FakeLogbook) -> None:
    programs = load_programs()
    days = book.state().days
    row = day_row(days[0])
    assert row.look == "bad"
    assert "9 sessions" in row.facts[0]
    line = next(line for line in days[0].lines if line.code is not None)
    assert line.code in session_row(line, programs).facts[0]
    detail = book.session("s-2").result(0)
    words = [item.text for item in detail_items(detail, programs)]
    for wanted in ("Time", "Distance", "Mean speed", "On target", "Pain", "Effort", "Why", "Also"):
        assert wanted in words, wanted
    values = " ".join(item.value for item in detail_items(detail, programs))
    assert "7:11 of 10:00" in values
    assert "Permit taken away: The rails were let go" in values


def test_what_a_record_lacks_is_a_dash_and_never_nought(book: FakeLogbook) -> None:
    from msgspec.structs import replace

    detail = replace(book.session("s-4").result(0), record={})
    pairs = {item.text: item.value for item in detail_items(detail, load_programs())}
    for name in ("Time", "Distance", "Mean speed", "Incline", "Effort", "Frames lost"):
        assert "\u2013" in pairs[name], name
        assert "0" not in pairs[name], name


def test_what_somebody_wrote_into_a_record_is_left_out(book: FakeLogbook) -> None:
    from msgspec.structs import replace

    names = ("planned_s", "walked_s", "distance_m", "reasons_seen", "events", "frames", "sensor")
    for value in ("five", 5, [5], {"a": 5}, True):
        changed = replace(book.session("s-4").result(0), record=dict.fromkeys(names, value))
        pairs = {item.text: item.value for item in detail_items(changed, load_programs())}
        assert pairs["Frames lost"] == "\u2013"


def test_a_chart_s_scale_ends_over_the_fastest() -> None:
    view = chart_of(CURVE)
    fastest = max(kmh for part in CURVE.speed for _share, kmh in part)
    assert fastest < view.full_kmh < fastest + 1.0
    assert outcome_words("something new") == "something new"
