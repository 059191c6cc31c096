"""One profile, touch by touch: its plan, next step, hold and release, end, delete, progress."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kiosk.screens import deciding
from profiles.state import State
from tests.screens.fake import FakeDesk
from tests.screens.fake_staff import KEY, SECOND, STICK, FakeStaff
from tests.screens.fake_therapy import FakeTherapy, Patient, prescription, sessions
from tests.screens.stage import SIZES, Size, Stage, settle
from tests.screens.therapist_scenes import (
    ENDED,
    MAX,
    NEW,
    OLD,
    OWNSTEPS,
    PEOPLE,
    SAM,
    THERAPIST_SCENES,
    therapy,
)
from tests.screens.therapist_touch import go_in, type_in
from tests.screens.touch import tap, tap_pin, target, told


@pytest.fixture
def desk(stage: Stage, staff: FakeStaff) -> FakeTherapy:
    made: FakeTherapy = stage.desk.therapy
    made.reset(**therapy(*PEOPLE))
    staff.put(sticks=(STICK,))
    return made


def opened(stage: Stage, one: Patient, *tiles: str) -> None:
    """Find somebody by their code, and go on to these tiles."""
    go_in(stage, "Profiles", "Search")
    type_in(stage, one.prescribed.code)
    tap(stage, one.prescribed.code)
    stage.look()
    assert stage.shell.name == "profile"
    for tile in tiles:
        tap(stage, tile)
        stage.look()


def pages(stage: Stage) -> str:
    """All pages of a text or sheet, by the finger that turns them."""
    text = told(stage)
    for _ in range(30):
        try:
            target(stage, "Next")
        except AssertionError:
            break
        tap(stage, "Next")
        text += told(stage)
    return text


def no(stage: Stage, words: str) -> None:
    """There is no such button."""
    with pytest.raises(AssertionError):
        target(stage, words)


def test_who_it_is_and_how_it_stands(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM)
    for words in ("P-7F3K", "Sam, ready", "10 min", "14 walks", "10 \u203a 11 min", "onto a stick"):
        assert words in told(stage), words
    tap(stage, "Back")
    stage.look()
    assert stage.shell.name == "profiles"
    assert desk.shown.opened is None


def test_the_plan_is_told_whole(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, OWNSTEPS, "Plan")
    text = pages(stage)
    for words in (
        "Own steps",
        "11.5 min",
        "1.0–1.6 km/h",
        "both hands",
        "3. Steigung mit beiden Händen am Geländer",
        "Top speed",
        "6 of 10",
        "Walks a week",
        "1 full walk",
        "0.5\u00a0%",
        "22 Feb 2027",
        "English",
        "nach dem Schmerz im linken Knie",
        "imported, by a therapist",
        "23 Nov 2026, 14:05",
    ):
        assert words in text, words
    for _ in range(30):
        if stage.shell.page.page.ids.sheet.index == 0:
            break
        tap(stage, "Back")
    tap(stage, "Back")
    assert "P-9XYZ  Günther" in told(stage)


def test_the_plan_is_left_at_once_from_any_page(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, OWNSTEPS, "Plan", "Next", "Next", "Close")
    assert "P-9XYZ  Günther" in told(stage)
    tap(stage, "Plan")
    tap(stage, "Close")
    assert "P-9XYZ  Günther" in told(stage)


def test_the_last_page_of_tiles_says_that_it_leads_back(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "More")
    assert "Delete" in told(stage)
    no(stage, "More")
    tap(stage, "to page 1")
    assert "Plan" in told(stage)
    assert "More" in told(stage)


@pytest.mark.parametrize(
    ("one", "color"), [(SAM, "GOOD"), (MAX, "BAD"), (OLD, "dim"), (ENDED, "dim")]
)
def test_only_what_is_good_has_a_green_mark(
    stage: Stage, desk: FakeTherapy, one: Patient, color: str
) -> None:
    from kiosk.screens import theme
    from kiosk.screens.icons import Icon
    from tests.screens.measure import visible

    opened(stage, one)
    head = stage.shell.page.page.head
    mark = next(w for w in visible(head) if isinstance(w, Icon) and w.name == head.mark)
    wanted = theme.LIGHT.dim if color == "dim" else getattr(theme, color)
    assert tuple(mark.color) == pytest.approx(wanted)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_the_next_step_keeps_off_the_edges_of_its_card(size: Size) -> None:
    from kiosk.screens.widgets import Card
    from tests.screens.measure import box, texts, visible

    stage = Stage(size, FakeDesk())
    try:
        for name in ("profile-next", "profile-next-speed", "profile-next-waits"):
            stage.show(THERAPIST_SCENES[name])
            card = next(w for w in visible(stage.shell) if isinstance(w, Card))
            inks = [item.ink for item in texts(card)]
            assert box(card).top - max(ink.top for ink in inks) > 4.5 * size.px_per_mm, name
            assert min(ink.y for ink in inks) - box(card).y > 4.5 * size.px_per_mm, name
    finally:
        stage.close()


def test_a_step_is_taken(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "Next step")
    assert "10 \u203a 11 min" in told(stage)
    assert "The walk gets longer" in told(stage)
    tap(stage, "Accept")
    stage.look()
    assert "step P-7F3K" in desk.asked
    assert desk.kept["P-7F3K"].state.added_min == 1
    assert "No step waits" in told(stage)
    assert "It comes after 3 full walks; 0 count so far." in told(stage)
    no(stage, "Accept")
    tap(stage, "Back")
    assert "in 3 walks" in told(stage)
    assert "11 min" in told(stage)


def test_a_step_that_changed_meanwhile_is_refused(stage: Stage, desk: FakeTherapy) -> None:
    desk.refuse["step"] = "The profile has changed meanwhile: look at it again."
    opened(stage, SAM, "Next step", "Accept")
    assert "has changed meanwhile" in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "profile"
    assert desk.kept["P-7F3K"].state.added_min == 0


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (MAX, "The profile is held. Release it first."),
        (OLD, "The profile has expired."),
        (NEW, "The profile has no next steps."),
    ],
)
def test_why_no_step_waits(stage: Stage, desk: FakeTherapy, one: Patient, words: str) -> None:
    opened(stage, one, "Next step")
    assert words in told(stage)
    no(stage, "Accept")


def test_steps_come_by_themselves_or_after_a_release(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "Next step", "After my release")
    assert "Each step waits until you accept it here." in told(stage)
    tap(stage, "By itself")
    stage.look()
    assert desk.kept["P-7F3K"].state.automatic
    assert "It takes effect by itself at the next walk." in told(stage)
    tap(stage, "By itself")
    tap(stage, "Back")
    tap(stage, "By itself")
    tap(stage, "After my release")
    stage.look()
    assert not desk.kept["P-7F3K"].state.automatic


def test_held_and_released(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "Hold")
    assert "Sam, held" in told(stage)
    tap(stage, "Release")
    assert "A therapist holds it." in told(stage)
    assert "Held since 23 Nov 2026." in told(stage)
    assert desk.kept["P-7F3K"].state.held is not None
    tap(stage, "Back")
    tap(stage, "Release")
    while "Next" in told(stage):
        tap(stage, "Next")
    tap(stage, "Release")
    stage.look()
    assert desk.kept["P-7F3K"].state.held is None
    assert "P-7F3K may be walked again." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert "Sam, ready" in told(stage)


def test_a_release_says_what_was_reported(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, MAX, "Release")
    assert "The pain reached the limit of the stop rules." in told(stage)
    assert not [name for name in desk.asked if name.startswith("release")]
    text = pages(stage)
    assert "3 \u203a 7" in text
    assert "16" in text


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_no_sentence_of_a_decision_is_split_over_pages(size: Size) -> None:
    from kiosk.screens import theme
    from kiosk.screens.sheet import paged
    from tests.screens.measure import faults

    stage = Stage(size, FakeDesk())
    try:
        stage.show(THERAPIST_SCENES["profile-release"])
        page = stage.shell.page.page
        asked = deciding.sure_items("release", stage.shell.page.opened)
        sheet = page.ids.sheet
        for first in range(len(asked)):  # as if less were reported
            for less in range(0, 20, 2):
                for shown in paged(asked[first:], sheet.width, sheet.height - theme.u(less)):
                    assert set(shown) <= set(asked), shown
        for index in range(int(sheet.count)):
            sheet.index = index
            settle(2)
            assert faults(stage, size, f"release {index + 1}") == []
    finally:
        stage.close()


def test_ended_after_one_question(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "More", "Expire")
    assert "The sessions and the progress stay." in told(stage)
    tap(stage, "Back")
    assert "expire P-7F3K" not in desk.asked
    tap(stage, "More")
    tap(stage, "Expire")
    tap(stage, "End it")
    stage.look()
    assert "Only a newer version of P-7F3K is walked again." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert "Sam, ended" in told(stage)
    no(stage, "Hold")


def test_deleted_after_one_question(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "More", "Delete")
    assert "Name, note, PIN and plan are deleted here for good." in told(stage)
    assert "The sessions stay, under the code P-7F3K." in told(stage)
    tap(stage, "Back")
    assert "P-7F3K" in desk.kept
    tap(stage, "More")
    tap(stage, "Delete")
    tap(stage, "Delete")
    stage.look()
    stage.look()
    assert "P-7F3K" not in desk.kept
    assert "Deleted" in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "profiles"
    assert "Nobody is found." in told(stage)


@pytest.mark.parametrize(("tile", "button"), [("Expire", "End it"), ("Delete", "Delete")])
def test_a_refusal_is_one_sentence(stage: Stage, desk: FakeTherapy, tile: str, button: str) -> None:
    desk.refuse = {"expire": "It cannot be kept: call.", "forget": "It cannot be kept: call."}
    opened(stage, SAM, "More", tile, button)
    assert stage.shell.name == "notice"
    assert "It cannot be kept: call." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "profile"
    assert "P-7F3K" in desk.kept


def test_a_double_touch_asks_once(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM)
    desk.slow = True
    tap(stage, "Hold")
    tap(stage, "Hold")
    assert [name for name in desk.asked if name.startswith("hold")] == ["hold P-7F3K"]
    desk.answer()
    stage.look()
    assert "Sam, held" in told(stage)


def test_a_profile_that_was_shut_leads_to_the_list(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "Plan")
    desk.put(opened=None)
    stage.look()
    stage.look()
    assert stage.shell.name == "profiles"


# --- progress ----------------------------------------------------------------------------------


def test_progress_is_turned_page_by_page(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "Progress")
    for title, words in (
        ("Walks a week", "100 % of what was due"),
        ("Distance", "Last 346 m"),
        ("Time walked", "Last 14:09"),
        ("Mean speed, km/h", "Target 1.0–1.6 km/h"),
        ("Time on target", "mean 76 %"),
        ("Pain of 10", "hold: 6"),
        ("Effort, 6 to 20", "Last 13: somewhat hard"),
        ("In all", "3.5 km"),
    ):
        assert title in told(stage), title
        assert words in told(stage), words
        if title != "In all":
            tap(stage, "Next")
    text = pages(stage)
    assert "Stop was pressed" in text
    assert "Rails let go" in text
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "profile"
    tap(stage, "Progress")
    tap(stage, "Next")
    tap(stage, "Back")
    tap(stage, "Back")
    stage.look()
    assert stage.shell.name == "profile"


def test_before_the_first_walk_progress_is_kind(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, NEW, "Progress")
    assert "After the first walk you see here how it goes." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "profile"


def test_of_many_walks_the_newest_are_shown(stage: Stage, desk: FakeTherapy) -> None:
    many = Patient(prescription(), State(), sessions(200))
    desk.reset(**therapy(many))
    opened(stage, many, "Progress", "Next")
    assert "30 of 200" in told(stage)


# --- onto a stick ------------------------------------------------------------------------------


def test_a_report_goes_onto_a_stick(stage: Stage, desk: FakeTherapy) -> None:
    opened(stage, SAM, "Report")
    desk.slow = True
    tap(stage, "De-identified")
    tap(stage, "CLINIC")
    assert "The report of P-7F3K, to read and to print." in told(stage)
    tap(stage, "Write")
    assert "Leave the stick in." in told(stage)
    assert stage.shell.page.holds
    no(stage, "Back")
    desk.answer()
    stage.look()
    assert "report P-7F3K sda1 random" in desk.asked
    assert "Safe to remove the stick" in told(stage)
    assert "report_7F3K2P_2026-11-23_1" in told(stage)
    assert "report.pdf, report.html" in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "profile"


def test_a_report_keeps_its_page_until_it_is_written(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    opened(stage, SAM, "Report", "De-identified", "CLINIC")
    desk.slow = True
    tap(stage, "Write")
    later(120)
    assert stage.shell.name == "report"
    desk.answer()
    stage.look()
    assert "Safe to remove the stick" in told(stage)
    assert "Sam" not in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "home"


def test_a_report_with_a_name_needs_the_clinic_s_key(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    opened(stage, SAM, "Report", "Identified")
    assert "The staff make one under Clinic key" in told(stage)
    tap(stage, "Staff")
    assert stage.shell.name == "pin"
    tap(stage, "Back")
    stage.look()
    assert stage.shell.name == "report"
    tap(stage, "Identified")
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    stage.look()
    assert stage.shell.name == "key"
    assert staff.state().open_roles == {"staff", "therapist"}


def test_a_report_with_a_name_is_locked(stage: Stage, desk: FakeTherapy, staff: FakeStaff) -> None:
    staff.put(clinic_key=KEY)
    opened(stage, SAM, "Report", "Identified", "CLINIC")
    assert "locked with the clinic's key." in told(stage)
    tap(stage, "Write")
    stage.look()
    assert "report P-7F3K sda1 identified" in desk.asked
    assert ".age" in told(stage)


def test_a_report_that_fails_says_why_and_again_works(stage: Stage, desk: FakeTherapy) -> None:
    desk.refuse["report"] = "There is no room on the stick: take another one."
    opened(stage, SAM, "Report", "De-identified", "CLINIC", "Write")
    assert "There is no room on the stick" in told(stage)
    assert "Safe to remove" not in told(stage)
    desk.refuse.clear()
    tap(stage, "Again")
    tap(stage, "CLINIC")
    tap(stage, "Write")
    stage.look()
    assert "Safe to remove the stick" in told(stage)


def test_back_all_the_way_from_a_report(stage: Stage, desk: FakeTherapy, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK, SECOND))
    opened(stage, SAM, "Report", "De-identified", "CLINIC")
    tap(stage, "Back")
    assert "Which stick?" in told(stage) or "De-identified" in told(stage)
    while stage.shell.name == "report":
        tap(stage, "Back")
        stage.look()
    assert stage.shell.name == "profile"
    assert not [name for name in desk.asked if name.startswith("report")]


def test_a_stick_that_is_pulled_before_leads_back_to_the_choice(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    opened(stage, SAM, "Report", "De-identified", "CLINIC")
    staff.put(sticks=())
    stage.look()
    stage.look()
    assert "Put a USB stick in." in told(stage)


def test_a_stick_is_prepared(stage: Stage, desk: FakeTherapy, staff: FakeStaff) -> None:
    go_in(stage, "Prepare a stick", "CLINIC")
    assert "this kiosk's key age1kios…w7x4n2" in told(stage)
    tap(stage, "Prepare")
    stage.look()
    assert "prepare sda1" in desk.asked
    assert "Safe to remove the stick" in told(stage)
    assert "On the computer, open sternway-editor.html on the stick." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "therapy"


def test_a_stick_that_cannot_be_prepared_says_why(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    staff.put(sticks=(replace(STICK, read_only=True),))
    go_in(stage, "Prepare a stick")
    assert "Slide its switch" in told(stage)
    tap(stage, "Back")
    stage.look()
    assert stage.shell.name == "therapy"
    staff.put(sticks=(STICK,))
    desk.refuse["prepare"] = "The kiosk's key cannot be read: call the staff."
    tap(stage, "Prepare a stick")
    tap(stage, "CLINIC")
    tap(stage, "Prepare")
    stage.look()
    assert "The kiosk's key cannot be read" in told(stage)
