"""An import, touch by touch: from the stick through old beside new to what was taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kiosk.screens.therapist import Item
from kiosk.therapy.model import ImportState
from tests.screens.fake import FakeDesk
from tests.screens.fake_staff import NTFS, SECOND, STICK, FakeStaff
from tests.screens.fake_therapy import FakeTherapy
from tests.screens.stage import SIZES, Size, Stage, settle
from tests.screens.therapist_scenes import PEOPLE, PREVIEW, THERAPIST_SCENES, THOUSAND, therapy
from tests.screens.therapist_touch import go_in, tap_tick, ticks, turn
from tests.screens.touch import tap, target, told


@pytest.fixture
def desk(stage: Stage, staff: FakeStaff) -> FakeTherapy:
    made: FakeTherapy = stage.desk.therapy
    made.reset(**therapy(*PEOPLE, preview=PREVIEW))
    staff.put(sticks=(STICK,))
    return made


def accepted(desk: FakeTherapy) -> list[str]:
    """What was asked to be imported."""
    return [name for name in desk.asked if name.startswith("accept")]


def _sheet(stage: Stage) -> str:
    """All pages of the sheet, with the finger that turns them."""
    text = told(stage)
    while stage.shell.page.page.ids.sheet.index + 1 < stage.shell.page.page.ids.sheet.count:
        tap(stage, "Next")
        text += told(stage)
    return text


def test_from_the_stick_to_what_was_taken(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    staff.put(sticks=())
    desk.slow = True
    go_in(stage, "Import")
    assert "Put a USB stick in." in told(stage)
    staff.put(sticks=(STICK,))
    stage.look()
    tap(stage, "CLINIC")
    assert "Looking at the stick" in told(stage)
    desk.put(importing=replace(desk.shown.importing, done=214, of=1000))
    stage.look()
    assert "214 of 1\u00a0000 profiles" in told(stage)
    desk.answer()
    stage.look()
    assert "Refused: 4 faults" in told(stage)
    assert "Stick" in told(stage)
    assert accepted(desk) == []
    tap(stage, "Import all (2)")
    assert "The profiles are being imported." in told(stage)
    assert stage.shell.page.holds
    desk.answer()
    stage.look()
    assert accepted(desk) == ["accept P-7F3K,BAD-AIBLING-2042"]
    assert "Imported: 2 profiles" in told(stage)
    assert "P-7F3K, BAD-AIBLING-2042" in told(stage)
    assert "The stick can be taken out." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "therapy"
    assert desk.shown.importing == ImportState()
    assert "7: 1 held" in told(stage)


def test_old_stands_beside_new_in_words(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC")
    turn(stage, "down")
    tap(stage, "P-7F3K")
    assert "Changed: version 3 to 4" in told(stage)
    text = _sheet(stage)
    for words in (
        "22 Feb 2027 \u203a 22 May 2027",
        "Top speed",
        "2.0 \u203a 2.4 km/h",
        "15 \u203a 20 min",
        "Step 1, fastest",
        "Hold at effort",
        "right one in 2026",
        "Note",
    ):
        assert words in text, words
    assert "limits." not in text


def test_a_new_profile_is_shown_whole(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC")
    turn(stage, "down")
    tap(stage, "New: version 1")
    text = _sheet(stage)
    for words in ("First name", "Günther", "Step 2: walk", "6 min, 1.0–1.6 km/h", "A step after"):
        assert words in text, words


def test_a_refused_one_says_why_where_and_what_to_do(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC", "P-4444")
    text = _sheet(stage)
    for words in (
        "Step 2, fastest: is 2.5 km/h, over “Top speed” 2.0 km/h; lower it, or raise the limit.",
        "Last day: is before “Written on”; make it a later day",
        "The kiosk does not know the part “colour” of this profile. Remove it.",
        "File: november.json",
        "Mend it in the editor",
    ):
        assert words in text, words
    for raw in ("profiles[", "_kmh", "limits.", "plan."):
        assert raw not in text, raw
    with pytest.raises(AssertionError):
        target(stage, "Import")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_faults_of_any_length_leave_the_head_alone(size: Size) -> None:
    from tests.screens.measure import faults

    stage = Stage(size, FakeDesk())
    try:
        stage.show(THERAPIST_SCENES["import-refused"])
        page = stage.shell.page.page
        for words in (1, 12, 30, 60, 120):
            text = "is not what it must be; " + " ".join(["display_name"] * words)
            path = "on the second line, in a place of its own"
            page.put(
                (Item("fault", f"{text}.", path), Item("fault", text, path), Item("bad", text))
            )
            for index in range(int(page.ids.sheet.count)):
                page.ids.sheet.index = index
                settle(2)
                assert faults(stage, size, f"{words} words, page {index + 1}") == []
    finally:
        stage.close()


def test_a_file_that_is_none_is_listed(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC", "This file is refused")
    assert "This file is no profile of Sternway." in told(stage)
    assert "bundle" not in told(stage)
    tap(stage, "Back")
    assert "Refused: 1 fault" in told(stage)


def test_some_are_left_out(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC")
    turn(stage, "down")
    assert ticks(stage) == [True, True]
    tap_tick(stage, "P-7F3K")
    assert ticks(stage) == [False, True]
    tap(stage, "Import 1")
    stage.look()
    assert accepted(desk) == ["accept BAD-AIBLING-2042"]
    assert "Imported: 1 profile" in told(stage)


def test_one_is_left_out_on_its_own_page(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC")
    turn(stage, "down")
    tap(stage, "P-7F3K")
    tap(stage, "Chosen")
    assert stage.shell.page.page.extra_icon == "off"
    assert "Left out" in told(stage)
    tap(stage, "Back")
    assert "2 / 2" in told(stage)
    assert ticks(stage) == [False, True]
    tap(stage, "Import 1")
    stage.look()
    assert accepted(desk) == ["accept BAD-AIBLING-2042"]


def test_one_of_a_thousand(stage: Stage, desk: FakeTherapy) -> None:
    desk.preview = replace(THOUSAND, phase="idle")
    go_in(stage, "Import", "CLINIC")
    assert "Import all (1\u00a0000)" in told(stage)
    assert "1 / 334" in told(stage)
    tap(stage, "All")
    tap(stage, "Tick none")
    with pytest.raises(AssertionError):
        target(stage, "Import all")
    tap_tick(stage, "P-0003")
    tap(stage, "Import 1")
    stage.look()
    assert accepted(desk) == ["accept P-0003"]


def test_only_some_are_shown_and_all_are_imported(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC", "All", "New")
    assert "BAD-" in told(stage)
    assert "Refused" not in told(stage)
    tap(stage, "Import all (2)")
    stage.look()
    assert accepted(desk) == ["accept P-7F3K,BAD-AIBLING-2042"]


def test_back_imports_nothing(stage: Stage, desk: FakeTherapy) -> None:
    go_in(stage, "Import", "CLINIC")
    tap(stage, "Back")
    stage.look()
    assert stage.shell.name == "therapy"
    assert accepted(desk) == []
    assert desk.shown.importing == ImportState()
    tap(stage, "Import")
    assert "CLINIC" in told(stage)


def test_a_look_is_cancelled(stage: Stage, desk: FakeTherapy) -> None:
    desk.slow = True
    go_in(stage, "Import", "CLINIC")
    tap(stage, "Cancel")
    stage.look()
    assert "CLINIC" in told(stage)
    assert desk.asked[-1] == "end import"


def test_a_stick_that_fails_is_told_once_and_again_works(stage: Stage, desk: FakeTherapy) -> None:
    desk.refuse["look"] = "The stick was pulled out before everything was read: put it in again."
    go_in(stage, "Import", "CLINIC")
    stage.look()
    assert stage.shell.name == "import"
    assert "Not imported" in told(stage)
    assert "The stick was pulled out" in told(stage)
    desk.refuse.clear()
    tap(stage, "Again")
    tap(stage, "CLINIC")
    stage.look()
    assert "Import all (2)" in told(stage)


def test_an_import_that_is_refused_is_told(stage: Stage, desk: FakeTherapy) -> None:
    desk.refuse["accept"] = "The profiles have changed meanwhile: look at the stick anew."
    go_in(stage, "Import", "CLINIC", "Import all (2)")
    stage.look()
    assert "look at the stick anew" in told(stage)
    assert "Not imported" in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "therapy"


def test_a_double_touch_asks_once(stage: Stage, desk: FakeTherapy) -> None:
    desk.slow = True
    go_in(stage, "Import")
    tap(stage, "CLINIC")
    stage.guard.reset()
    stage.shell.page.look(STICK)
    assert [name for name in desk.asked if name.startswith("look")] == ["look sda1"]
    desk.answer()
    stage.look()
    button = target(stage, "Import all (2)")
    stage.guard.reset()
    x, y = button.to_window(*button.center)
    for _ in range(2):
        stage.up(stage.down(x, y))
    stage.shell.page.accept()
    assert len(accepted(desk)) == 1


def test_a_look_under_way_keeps_its_page(
    stage: Stage, desk: FakeTherapy, later: Callable[[float], None]
) -> None:
    desk.slow = True
    go_in(stage, "Import", "CLINIC")
    later(80)
    assert stage.shell.name == "import"
    assert stage.shell.page.holds


def test_a_stick_that_cannot_be_used_says_why(
    stage: Stage, desk: FakeTherapy, staff: FakeStaff
) -> None:
    staff.put(sticks=(NTFS, SECOND))
    go_in(stage, "Import", "BACKUP")
    assert "with exFAT or FAT32" in told(stage)
    tap(stage, "Back")
    tap(stage, "Physiother")
    stage.look()
    assert "look sdb1" in desk.asked


def test_an_import_need_not_wait_until_the_stick_is_let_go_of(
    stage: Stage, desk: FakeTherapy
) -> None:
    desk.slow = True
    go_in(stage, "Import", "CLINIC")
    desk.put(importing=replace(PREVIEW, phase="looked"))
    stage.look()
    tap(stage, "Import all (2)")
    assert accepted(desk) == ["accept P-7F3K,BAD-AIBLING-2042"]
    desk.put(importing=replace(PREVIEW, phase="done", taken=("P-7F3K",)))
    stage.look()
    assert "can be taken out" not in told(stage)
    desk.put(importing=replace(desk.shown.importing, safe_to_remove=True))
    stage.look()
    assert "The stick can be taken out." in told(stage)
