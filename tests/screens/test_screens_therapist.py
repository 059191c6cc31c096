"""The therapist at the kiosk, touch by touch: in by their PIN, the list, the search, and out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.session.actions import Unlock
from kiosk.session.model import Phase
from tests.screens.fake import snapshot, walk
from tests.screens.fake_staff import FakeStaff
from tests.screens.fake_therapy import FakeTherapy
from tests.screens.scenes import MID, SCENES
from tests.screens.stage import Stage, frames, settle
from tests.screens.therapist_scenes import FAULTS, PEOPLE, many, therapy
from tests.screens.therapist_touch import go_in, turn, type_in
from tests.screens.touch import enter, tap, tap_pin, target, told


@pytest.fixture
def desk(stage: Stage) -> FakeTherapy:
    made: FakeTherapy = stage.desk.therapy
    made.reset(**therapy(*PEOPLE))
    return made


# --- the way in ------------------------------------------------------------------------------


def test_in_by_the_therapist_s_pin_without_the_staff_s(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    go_in(stage)
    assert stage.desk.posted == [Unlock(role="therapist", pin="8642")]
    assert staff.state().open_roles == {"therapist"}
    assert "1 held, 1 step waits" in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "home"
    assert staff.state().open_roles == frozenset()
    assert "leave" in desk.asked


def test_from_the_staff_s_pad_to_the_therapist_s_and_back(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    tap(stage, "Staff")
    stage.up(stage.down(*_key(stage, "2").center))
    tap(stage, "Therapist")
    assert "Therapist PIN" in told(stage)
    assert stage.shell.page.ids.pad.count == 0
    tap(stage, "Staff")
    assert "Staff PIN" in told(stage)
    tap_pin(stage, "2468")
    stage.look()
    assert stage.shell.name == "staff"
    assert "therapist" not in staff.state().open_roles


def _key(stage: Stage, digit: str) -> object:
    from kiosk.screens.pin import PinKey
    from tests.screens.measure import visible

    return next(w for w in visible(stage.shell) if isinstance(w, PinKey) and w.text == digit)


def test_a_wrong_pin_opens_nothing(stage: Stage, desk: FakeTherapy) -> None:
    tap(stage, "Staff")
    tap(stage, "Therapist")
    tap_pin(stage, "2468")
    stage.look()
    assert stage.shell.name == "pin"
    assert "Wrong PIN" in told(stage)
    target(stage, "Staff")
    tap(stage, "Back")
    assert stage.shell.name == "home"


def test_without_a_therapist_s_pin_it_is_said_who_sets_it(stage: Stage, desk: FakeTherapy) -> None:
    del stage.desk.pins["therapist"]
    tap(stage, "Staff")
    tap(stage, "Therapist")
    assert "The staff choose it under PINs" in told(stage)
    tap_pin(stage, "8642")
    assert stage.desk.posted == []
    assert "The staff choose it under PINs" in told(stage)
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    stage.look()
    assert stage.shell.name == "staff"


def test_the_staff_s_pin_opens_no_page_of_the_therapist(stage: Stage, desk: FakeTherapy) -> None:
    enter(stage)
    stage.room.go("profiles")
    stage.look()
    stage.look()
    assert stage.shell.name == "home"
    assert "P-7F3K" not in told(stage)


@pytest.mark.parametrize("name", ["stopped-estop", "choose"])
def test_only_the_first_screen_s_pad_has_the_second_way(stage: Stage, name: str) -> None:
    stage.show(SCENES[name])
    tap(stage, "Staff" if name == "stopped-estop" else "Ankle, uphill")
    assert stage.shell.name == "pin"
    with pytest.raises(AssertionError):
        target(stage, "Therapist")


def test_the_pad_of_another_pin_has_no_second_way(stage: Stage) -> None:
    enter(stage, "Settings", "More", "PINs", "Therapist PIN")
    assert stage.shell.name == "pin"
    assert "Back" in told(stage)
    assert not stage.shell.page.other


def test_a_double_touch_does_not_go_through_to_the_pad(stage: Stage, desk: FakeTherapy) -> None:
    tap(stage, "Staff")
    tap(stage, "Therapist")
    tap(stage, "Staff", fresh=False)
    assert "Therapist PIN" in told(stage)


# --- home --------------------------------------------------------------------------------------


def test_what_is_wrong_with_the_profiles_is_told(stage: Stage, desk: FakeTherapy) -> None:
    desk.put(faults=FAULTS)
    go_in(stage, "2 faults")
    assert str(FAULTS[0]) in told(stage)
    desk.put(faults=())
    stage.look()
    assert "Nothing is wrong now." in told(stage)
    tap(stage, "Done")
    assert "All is well" in told(stage)


def test_pages_close_when_nobody_touches_them(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    go_in(stage, "Profiles", "P-0001")
    assert stage.shell.name == "profile"
    later(89)
    assert stage.shell.name == "profile"
    later(2)
    assert stage.shell.name == "home"
    assert staff.state().open_roles == frozenset()
    assert desk.shown.opened is None


def test_a_pin_that_ran_out_closes_the_page(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    go_in(stage, "Profiles")
    staff.leave()
    stage.look()
    stage.look()
    assert stage.shell.name == "home"


@pytest.mark.parametrize("name", ["profile", "import-list", "profiles-search", "progress-0"])
def test_a_walk_comes_before_every_page(stage: Stage, name: str) -> None:
    stage.show(SCENES[name])
    stage.shell._inside = True
    stage.desk.shown = MID
    stage.look()
    assert stage.shell.name == "walking"
    target(stage, "STOP")
    assert stage.desk.staff.state().open_roles == frozenset()
    stage.desk.shown = snapshot(Phase.SUMMARY, walking=walk(walked_s=60, outcome="stopped"))
    stage.look()
    assert stage.shell.name == "summary"


# --- the list ----------------------------------------------------------------------------------


def test_the_list_says_how_it_stands_with_each(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Profiles")
    assert "Held since 3 Nov 2026: pain" in told(stage)
    assert "Expired" in told(stage)
    turn(stage, "down")
    assert "A step waits | P-7F3K  Sam" in told(stage)
    turn(stage, "down")
    assert "Held since 3 Nov" in told(stage)
    turn(stage, "up")
    assert "A step waits" in told(stage)


def test_a_thousand_are_paged_and_the_page_is_kept(stage: Stage, desk: FakeTherapy) -> None:
    desk.reset(**therapy(*many()))
    go_in(stage, "Profiles")
    assert "1\u00a0000: 20 held" in told(stage)
    turn(stage, "up")
    assert "334 / 334" in told(stage)
    assert "P-0999" in told(stage)
    tap(stage, "P-0999")
    stage.look()
    assert stage.shell.name == "profile"
    tap(stage, "Back")
    stage.look()
    assert "334 / 334" in told(stage)


def test_some_of_them_are_shown(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Profiles", "All", "Held")
    assert "BAD-AIBLING-2041" in told(stage)
    assert "P-0001" not in told(stage)
    tap(stage, "Held")
    tap(stage, "Step waits")
    assert "P-7F3K" in told(stage)
    tap(stage, "Step waits")
    tap(stage, "Back")
    assert "P-7F3K" in told(stage)
    tap(stage, "Step waits")
    tap(stage, "Ready")
    assert "P-1A2B" in told(stage)


def test_the_search_is_live_and_takes_accents_for_letters(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Profiles", "Search")
    type_in(stage, "GUN")
    assert "P-9XYZ  Günther" in told(stage)
    assert "Show 1" in told(stage)
    type_in(stage, "\b\b\bJOSE")
    assert "P-0001  José" in told(stage)
    type_in(stage, "X")
    assert "Nobody is found." in told(stage)
    type_in(stage, "\b\b\b\b\bP-00")
    assert "Show 2" in told(stage)
    tap(stage, "Show 2")
    assert "2 with P-00" in told(stage)
    assert "P-0002" in told(stage)
    tap(stage, "P-0002")
    stage.look()
    assert stage.shell.name == "profile"
    tap(stage, "Back")
    stage.look()
    assert "2 with P-00" in told(stage)
    tap(stage, "Search")
    assert "6 profiles" in told(stage)
    tap(stage, "Back")
    assert "1 / 2" in told(stage)


def test_one_that_was_found_opens_from_the_keys(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Profiles", "Search")
    type_in(stage, "AIBLING-2041")
    tap(stage, "BAD-AIBLING-2041")
    stage.look()
    assert stage.shell.name == "profile"
    assert desk.asked[-1] == "open BAD-AIBLING-2041"


def test_no_more_letters_than_a_code_has(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Profiles", "Search")
    type_in(stage, "A" * 20)
    assert stage.shell.page.page.text == "A" * 16
    type_in(stage, "\b" * 20)
    assert stage.shell.page.page.text == ""


def test_one_that_is_gone_is_said(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Profiles")
    del desk.kept["P-0001"]
    tap(stage, "P-0001")
    stage.look()
    assert stage.shell.name == "notice"
    assert "P-0001 is not here any more." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "profiles"


def test_an_answer_that_comes_late_opens_nothing_elsewhere(stage: Stage, desk: FakeTherapy) -> None:
    desk.slow = True
    go_in(stage, "Profiles", "P-0001")
    tap(stage, "P-0002")
    tap(stage, "Back")
    assert stage.shell.name == "therapy"
    desk.answer()
    stage.look()
    stage.look()
    assert stage.shell.name == "therapy"
    assert [name for name in desk.asked if name.startswith("open")] == ["open P-0001"]


def test_an_empty_list_says_so(stage: Stage, desk: FakeTherapy) -> None:
    desk.reset()
    go_in(stage, "Profiles")
    assert "There is no profile yet. Import some from a stick." in told(stage)
    tap(stage, "Back")
    assert stage.shell.name == "therapy"


def test_nothing_is_drawn_while_nothing_changes(stage: Stage) -> None:
    names = ("therapy", "profiles-many", "profile", "progress-0", "import-list-1000")
    for name in (*names, "import-changed", "profile-next", "profile-plan", "profiles-search-hits"):
        stage.show(SCENES[name])
        settle(2)
        frames(4)
        assert not stage.window.canvas.needs_redraw, name
        for _ in range(5):
            stage.look()
        assert not stage.window.canvas.needs_redraw, name
