"""The export, touch by touch: from the PIN to a stick that may be taken out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.session.actions import Unlock
from kiosk.staff.model import ExportWish
from profiles.saying import sayings
from tests.screens.fake_staff import KEY, LOCKED, NTFS, PLAN, SECOND, STATE, STICK, FakeStaff
from tests.screens.stage import Stage
from tests.screens.touch import enter, tap, tap_pin, tap_stepper, target, told


def test_from_the_pin_to_a_stick_that_may_be_taken_out(stage: Stage, staff: FakeStaff) -> None:
    tap(stage, "Staff")
    assert stage.shell.name == "pin"
    tap_pin(stage, "2468")
    stage.look()
    assert stage.desk.posted == [Unlock(role="staff", pin="2468")]
    assert "All is well" in told(stage)
    tap(stage, "Export")
    assert "Put a USB stick in." in told(stage)
    staff.put(sticks=(STICK,))
    stage.look()
    assert "CLINIC" in told(stage)
    tap(stage, "Next")
    assert staff.state().export.wish == ExportWish("sda1")
    assert "1\u00a0204 sessions" in told(stage)
    tap(stage, "Start")
    staff.progress(2_700_000, left_s=42.0)
    stage.look()
    assert "22\u00a0%" in told(stage)
    assert "2.7\u00a0MB of 12\u00a0MB" in told(stage)
    assert "50 seconds left" in told(stage)
    staff.progress(20_000_000, "checking")
    stage.look()
    assert "Reading all of it back" in told(stage)
    assert "Safe to remove" not in told(stage)
    staff.finish()
    stage.look()
    assert "Safe to remove the stick" in told(stage)
    assert "SW-7F3K2P_2026-11-23_1" in told(stage)
    tap(stage, "Done")
    assert stage.shell.name == "staff"
    assert staff.state().export.phase == "idle"
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "home"
    assert staff.state().open_roles == frozenset()


def test_cancel_asks_nothing_and_says_what_is_left(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next", "Start")
    staff.progress(3_000_000)
    stage.look()
    tap(stage, "Cancel")
    tap(stage, "Done", fresh=False)
    assert staff.asked.count("cancel") == 1
    assert stage.shell.name == "export"
    assert "Nothing of it is left on the stick" in told(stage)
    assert "The stick can be taken out." in told(stage)
    tap(stage, "Again")
    assert "de-identified" in told(stage)
    assert staff.state().export.phase == "idle"


def test_a_cancel_that_takes_a_while_is_seen_at_once(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next", "Start")
    staff.progress(3_000_000)
    staff.slow = True
    tap(stage, "Cancel")
    assert staff.asked[-1] == "cancel"
    assert "Cancelling" in told(stage)
    with pytest.raises(AssertionError):
        target(stage, "Cancel")


def test_a_pulled_stick_is_said_and_the_next_one_works(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next", "Start")
    staff.put(sticks=())
    staff.fail("The stick was pulled out. Nothing on it is complete. Put it in and try again.")
    stage.look()
    assert "Not exported" in told(stage)
    assert "Nothing on it is complete" in told(stage)
    assert "can be taken out" not in told(stage)
    tap(stage, "Again")
    assert "Put a USB stick in." in told(stage)
    staff.put(sticks=(SECOND,))
    stage.look()
    tap(stage, "Next")
    assert staff.state().export.wish == ExportWish("sdb1")


def test_what_cannot_be_written_has_no_start(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    staff.plan = replace(
        PLAN, obstacle=sayings(("It does not fit. Choose fewer days or another stick.",))
    )
    enter(stage, "Export", "Next")
    assert "It does not fit" in told(stage)
    with pytest.raises(AssertionError):
        target(stage, "Start")
    tap(stage, "Back")
    assert "de-identified" in told(stage)
    assert staff.state().export.phase == "idle"


def test_nothing_is_not_exported(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    staff.plan = replace(PLAN, sessions=0, people=0, guests=0)
    enter(stage, "Export", "Next")
    assert "no session in these days" in told(stage)
    with pytest.raises(AssertionError):
        target(stage, "Start")


def test_unfinished_folders_are_deleted_when_asked(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    staff.plan = replace(PLAN, unfinished=2, notes=sayings(("2 folders were not finished.",)))
    enter(stage, "Export", "Next", "Clean up")
    assert "forget sda1" in staff.asked
    stage.look()
    assert "not finished" not in told(stage)
    with pytest.raises(AssertionError):
        target(stage, "Clean up")
    target(stage, "Start")


def test_days_files_and_stick_are_chosen(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK, SECOND))
    enter(stage, "Export", "Physiother")
    tap(stage, "Days")
    tap(stage, "Own days")
    tap_stepper(stage, "month", "down")
    tap(stage, "From")
    tap(stage, "Until")
    tap(stage, "Files")
    for name in ("Table", "Records", "Traces", "Web report", "PDF report"):
        tap(stage, name)
    tap(stage, "Done")
    tap(stage, "Next")
    assert staff.state().export.wish == ExportWish(
        "sdb1", date(2026, 9, 24), date(2026, 11, 23), frozenset({"pdf"})
    )


def test_the_last_days_count_today(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Days", "Last 7 days", "Next")
    assert staff.state().export.wish == ExportWish("sda1", date(2026, 11, 17))


@pytest.mark.parametrize(("stick", "why"), [(NTFS, "with exFAT"), (LOCKED, "Slide its switch")])
def test_a_stick_that_cannot_be_used_says_why(
    stage: Stage, staff: FakeStaff, stick: Any, why: str
) -> None:
    staff.put(sticks=(stick,))
    enter(stage, "Export")
    assert why in told(stage)
    staff.put(sticks=(stick, SECOND))
    stage.look()
    tap(stage, "cannot be used")
    stage.look()
    assert why in told(stage)
    tap(stage, "Back")
    stage.look()
    tap(stage, "Physiother")
    assert "de-identified" in told(stage)


def test_identified_needs_the_key_and_the_therapist(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Privacy", "Identified")
    assert stage.shell.name == "key"
    tap(stage, "Back")
    assert stage.shell.name == "export", "back to where one was sent from"
    staff.put(clinic_key=KEY)
    tap(stage, "Privacy")
    tap(stage, "Identified")
    assert stage.shell.name == "pin"
    tap(stage, "Back")
    assert "de-identified" in told(stage)
    tap(stage, "Privacy")
    tap(stage, "Identified")
    tap_pin(stage, "1111")
    assert "Wrong PIN" in told(stage)
    tap_pin(stage, "8642")
    stage.look()
    stage.look()
    assert stage.shell.name == "export"
    tap(stage, "Next")
    assert staff.state().export.wish == ExportWish("sda1", identified=True)
    assert "Identified, encrypted." in told(stage)


def test_without_a_therapist_s_pin_there_is_no_identified_export(
    stage: Stage, staff: FakeStaff
) -> None:
    del stage.desk.pins["therapist"]
    staff.put(sticks=(STICK,), clinic_key=KEY)
    enter(stage, "Export", "Privacy", "Identified")
    stage.look()
    assert stage.shell.name == "notice"
    assert "no therapist's PIN" in told(stage)


def test_an_export_keeps_its_page_but_not_the_pin(
    stage: Stage, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next", "Start")
    later(300)
    assert stage.shell.name == "export"
    assert staff.state().open_roles == frozenset()
    assert staff.state().export.phase == "writing"
    staff.finish()
    later(60)
    assert "Safe to remove the stick" in told(stage)
    later(60)
    assert stage.shell.name == "home"
    assert "Take the stick out." in told(stage)


def test_a_cancel_needs_no_pin_but_another_export_does(
    stage: Stage, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next", "Start")
    later(120)
    tap(stage, "Cancel")
    assert "Nothing of it is left on the stick" in told(stage)
    tap(stage, "Again")
    assert stage.shell.name == "pin"
    tap(stage, "Back")
    assert stage.shell.name == "export"
    tap(stage, "Again")
    tap_pin(stage, "2468")
    stage.look()
    stage.look()
    tap(stage, "Again")
    assert "de-identified" in told(stage)


def test_without_the_pin_done_leads_out(
    stage: Stage, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next", "Start")
    later(120)
    staff.finish()
    stage.look()
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "home"


def test_an_export_goes_on_while_people_walk(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next", "Start", "Let it run")
    stage.look()
    assert stage.shell.name == "home"
    assert "An export is under way. Leave the stick in." in told(stage)
    assert staff.state().export.phase == "writing"
    assert staff.state().open_roles == frozenset()
    tap(stage, "Tap to start")
    assert stage.shell.name == "choose"


def test_back_from_the_key_leads_to_the_settings_where_one_came_from_there(
    stage: Stage, staff: FakeStaff
) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Privacy", "Identified")
    stage.shell.room.go("settings")  # some other way out: where one came from is forgotten
    stage.look()
    stage.shell.room.go("key")
    stage.look()
    tap(stage, "Back")
    assert stage.shell.name == "settings"


def test_back_from_the_clock_leads_to_the_days_that_asked_for_it(
    stage: Stage, staff: FakeStaff
) -> None:
    staff.put(sticks=(STICK,), clock=replace(STATE.clock, trusted=False))
    enter(stage, "Export", "Days", "Clock")
    assert stage.shell.name == "clock"
    tap(stage, "Back")
    assert stage.shell.name == "export"
    assert "Which days?" in told(stage)


def test_guests_alone_of_the_last_days(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Whose")
    assert "Whose sessions?" in told(stage)
    tap(stage, "Guests alone")
    assert "guests alone" in told(stage)
    tap(stage, "Days")
    tap(stage, "Last 30 days")
    tap(stage, "Next")
    assert staff.state().export.wish == ExportWish("sda1", date(2026, 10, 25), who="guests")
