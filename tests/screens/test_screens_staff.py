"""Staff at the kiosk, touch by touch: in by the PIN, export, clock, PINs, key, and out again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from kiosk.session.actions import Lock, Refusal, Unlock
from kiosk.session.model import Phase
from kiosk.staff.model import ClockState
from tests.screens.fake import ESTOP, snapshot, walk
from tests.screens.fake_staff import KEY, PASSPHRASE, STICK, FakeStaff
from tests.screens.scene import Scene
from tests.screens.scenes import MID, SCENES
from tests.screens.stage import Stage, frames, settle
from tests.screens.touch import enter, tap, tap_pin, tap_stepper, target, told


def test_a_wrong_pin_opens_nothing(stage: Stage, staff: FakeStaff) -> None:
    tap(stage, "Staff")
    tap_pin(stage, "1111")
    stage.look()
    assert stage.shell.name == "pin"
    assert "Wrong PIN" in told(stage)
    tap(stage, "Back")
    assert stage.shell.name == "home"


def test_who_leaves_closes_a_program_that_they_opened(stage: Stage, staff: FakeStaff) -> None:
    enter(stage)
    stage.desk.shown = snapshot(unlocked=True)
    stage.look()
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "home"
    assert stage.desk.posted.count(Lock()) == 1


def test_who_went_back_before_the_pin_was_looked_at_leaves_nothing_open(
    stage: Stage, staff: FakeStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a Pi that takes a tenth of a second, and to clear what latched up to a whole one."""
    waits: list[Future[None]] = [Future()]
    answers = stage.desk.post
    monkeypatch.setattr(
        stage.desk, "post", lambda asked: waits[0] if isinstance(asked, Unlock) else answers(asked)
    )
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    tap(stage, "Back")
    assert stage.shell.name == "home"
    staff.opened("staff")
    waits[0].set_result(None)
    stage.look()
    assert staff.state().open_roles == frozenset()
    assert Lock() in stage.desk.posted
    waits[0] = Future()
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    staff.opened("staff")
    waits[0].set_result(None)
    stage.look()
    stage.look()
    assert stage.shell.name == "staff", "who waits is let in"


def test_a_first_pin_that_nobody_waits_for_opens_nothing(
    stage: Stage, staff: FakeStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: Future[None] = Future()
    monkeypatch.setattr(stage.desk, "set_first_pin", lambda _role, _pin: waits)
    stage.desk.pins.clear()
    stage.room.pin("staff")
    stage.look()
    tap(stage, "Choose")
    tap_pin(stage, "7513")
    tap_pin(stage, "7513")
    tap(stage, "Back")
    waits.set_result(None)
    stage.look()
    assert not [one for one in stage.desk.posted if isinstance(one, Unlock)]


def test_a_program_opened_by_the_pin_stays_open_until_its_page_is_left(
    stage: Stage, staff: FakeStaff
) -> None:
    stage.show(SCENES["choose-unlocked"])
    for _ in range(3):
        stage.look()
    assert Lock() not in stage.desk.posted
    tap(stage, "Back")
    stage.look()
    assert Lock() in stage.desk.posted


def test_a_latched_stop_keeps_nobody_from_the_export(stage: Stage, staff: FakeStaff) -> None:
    stage.desk.shown = snapshot(seen=ESTOP)
    stage.desk.refuse[Unlock] = Refusal("latched", "Not cleared yet: turn the button.")
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    assert stage.shell.name == "pin"
    assert "Not cleared yet" in told(stage)
    staff.opened("staff")
    stage.look()
    stage.look()
    assert stage.shell.name == "staff"
    tap(stage, "1 fault")
    assert "The emergency stop was pressed." in told(stage)


def test_the_clock_is_confirmed(stage: Stage, staff: FakeStaff) -> None:
    staff.put(clock=replace(staff.shown.clock, trusted=False))
    enter(stage, "Settings", "Clock")
    assert "Monday 23 November 2026" in told(stage)
    assert "14:05" in told(stage)
    assert "Not confirmed" in told(stage)
    tap(stage, "It is right")
    stage.look()
    assert "confirm" in staff.asked
    assert "Confirmed." in told(stage)
    tap(stage, "Done")
    assert stage.shell.name == "settings"


def test_the_clock_is_set_as_the_place_reads_it(stage: Stage, staff: FakeStaff) -> None:
    enter(stage, "Settings", "Clock", "Set")
    for part, way in (("hour", "down"), ("minute", "up"), ("day", "up"), ("day", "up")):
        tap_stepper(stage, part, way)
    tap(stage, "Set to Wed 25 Nov 2026, 13:06")
    stage.look()
    assert staff.state().clock.utc == datetime(2026, 11, 25, 12, 6, tzinfo=UTC)
    assert "Wednesday 25 November 2026" in told(stage)


def test_a_clock_that_lost_its_time_begins_where_it_can_be_set(
    stage: Stage, staff: FakeStaff
) -> None:
    staff.put(clock=ClockState(datetime(1970, 1, 1, tzinfo=UTC), False, "UTC"))
    enter(stage, "Settings", "Clock", "Set")
    target(stage, "Set to Wed 1 Jan 2025, 0:00")


def test_a_time_that_is_refused_is_said(stage: Stage, staff: FakeStaff) -> None:
    enter(stage, "Settings", "Clock", "Set")
    staff.refuse["set_clock"] = "The year must be from 2025 to 2100: set the date."
    tap(stage, "Set to")
    stage.look()
    assert "must be from 2025" in told(stage)
    tap(stage, "Back")
    target(stage, "Set to Mon 23 Nov 2026, 14:05")


def test_a_key_that_is_held_goes_on_and_stops_when_let_go(stage: Stage) -> None:
    enter(stage, "Settings", "Clock", "Set")
    from kiosk.screens.steppers import Steppers
    from tests.screens.measure import visible

    steppers = next(w for w in visible(stage.shell) if isinstance(w, Steppers))
    key = steppers._steppers["minute"].ids.up
    finger = stage.down(*key.to_window(*key.center))
    for _ in range(3):
        key._again(0.1)
    stage.up(finger)
    key._again(0.1)
    assert steppers.when.minute == 8


def test_the_first_start_asks_for_both_pins(stage: Stage, staff: FakeStaff) -> None:
    stage.show(SCENES["idle-first-start"])
    assert "Staff: please choose the PINs." in told(stage)
    tap(stage, "Set up")
    assert "Not staff? Please tap Back." in told(stage)
    tap(stage, "Back")
    assert stage.shell.name == "home"
    tap(stage, "Set up")
    tap(stage, "Choose")
    tap_pin(stage, "1357")
    tap_pin(stage, "1358")
    assert stage.desk.pins == {}
    tap_pin(stage, "1357")
    tap_pin(stage, "1357")
    stage.look()
    stage.look()
    assert stage.desk.pins == {"staff": "1357"}
    assert stage.shell.name == "newpin"
    tap_pin(stage, "9753")
    tap_pin(stage, "9753")
    stage.look()
    stage.look()
    assert stage.desk.pins == {"staff": "1357", "therapist": "9753"}
    assert stage.shell.name == "staff"


def test_the_therapist_s_pin_may_wait(stage: Stage, staff: FakeStaff) -> None:
    stage.show(SCENES["idle-first-start"])
    tap(stage, "Set up")
    tap(stage, "Choose")
    tap_pin(stage, "1357")
    tap_pin(stage, "1357")
    stage.look()
    stage.look()
    tap(stage, "Later")
    assert stage.shell.name == "staff"
    assert "a PIN is missing" in told(stage)
    tap(stage, "Done")
    stage.look()
    assert "Everything is fine." in told(stage)


def test_nobody_comes_to_the_first_pin_by_chance(stage: Stage, staff: FakeStaff) -> None:
    stage.desk.pins.clear()
    stage.show(Scene(snapshot(), "choose", pin=False))
    tap(stage, "Ankle, uphill")
    assert stage.shell.name == "setup"
    assert stage.desk.pins == {}


def test_an_easy_pin_is_refused_before_it_is_tapped_again(stage: Stage, staff: FakeStaff) -> None:
    enter(stage, "Settings", "More", "PINs", "Staff PIN")
    tap_pin(stage, "2468")
    tap_pin(stage, "1111")
    assert "Anybody would guess that" in told(stage)
    # What is tapped next is a new one again, and no try at the old one.
    tap_pin(stage, "7513")
    tap_pin(stage, "7513")
    stage.look()
    stage.look()
    assert stage.desk.pins["staff"] == "7513"


def test_a_stop_is_cleared_from_the_list_of_faults(stage: Stage, staff: FakeStaff) -> None:
    stage.desk.shown = snapshot(seen=ESTOP)
    enter(stage, "1 fault")
    assert "Then tap Clear" in told(stage)
    tap(stage, "Clear")
    assert stage.shell.name == "pin"
    assert "leave" in staff.asked
    tap_pin(stage, "2468")
    assert stage.desk.posted[-1] == Unlock(role="staff", pin="2468")


def test_a_pin_is_changed_twice_the_same(stage: Stage, staff: FakeStaff) -> None:
    enter(stage, "Settings", "More", "PINs", "Staff PIN")
    tap_pin(stage, "2468")
    tap_pin(stage, "7513")
    tap_pin(stage, "7513")
    stage.look()
    stage.look()
    assert stage.desk.pins["staff"] == "7513"
    assert stage.shell.name == "pins"
    assert "the new one holds" in told(stage)
    tap(stage, "Therapist PIN")
    assert stage.shell.name == "pin"
    tap_pin(stage, "8642")
    stage.look()
    stage.look()
    assert stage.shell.name == "newpin"
    tap_pin(stage, "8642")
    staff.refuse["pin therapist"] = "The PIN could not be saved: the disk is full."
    tap_pin(stage, "5913")
    tap_pin(stage, "5913")
    stage.look()
    assert "could not be saved" in told(stage)
    assert stage.desk.pins["therapist"] == "8642"


def test_a_key_is_made_and_its_passphrase_is_shown_once(
    stage: Stage, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    enter(stage, "Settings", "More", "Clinic key", "Make a key")
    tap_pin(stage, "8642")
    stage.look()
    stage.look()
    assert "Put a USB stick in." in told(stage)
    staff.put(sticks=(STICK,))
    stage.look()
    tap(stage, "CLINIC")
    assert "make sda1" not in staff.asked
    tap(stage, "Make")
    stage.look()
    stage.look()
    for group in PASSPHRASE.split("-"):
        assert group in told(stage)
    assert "eject sda1" in staff.asked
    later(200)
    assert "mws" in told(stage)
    stage.room.notice = "The touchscreen is gone."
    later(95)
    tap(stage, "Done")
    assert "mws" in told(stage), "it is kept nowhere else"
    tap(stage, "I wrote it down")
    assert "mws" not in told(stage)
    assert "The stick can be taken out." in told(stage)
    assert staff.state().clinic_key == KEY


def test_a_passphrase_does_not_stay_for_ever(
    stage: Stage, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    stage.show(SCENES["key-secret"])
    stage.shell._inside = True
    later(600)
    assert stage.shell.name == "home"


def test_a_key_is_taken_or_said_to_be_missing(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    staff.refuse["take sda1"] = "There is no public key on this stick."
    enter(stage, "Settings", "More", "Clinic key", "Take a key")
    tap_pin(stage, "8642")
    stage.look()
    stage.look()
    for tile in ("CLINIC", "Take"):
        tap(stage, tile)
    stage.look()
    assert "There is no public key on this stick." in told(stage)


def test_a_stick_is_let_go_of(stage: Stage, staff: FakeStaff) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Sticks", "CLINIC", "Let go")
    stage.look()
    assert staff.asked[-1] == "eject sda1"
    assert "Safe to remove the stick" in told(stage)
    staff.put(sticks=())
    stage.look()
    assert "Put a USB stick in." in told(stage)


def test_staff_pages_close_when_nobody_touches_them(
    stage: Stage, staff: FakeStaff, later: Callable[[float], None]
) -> None:
    staff.put(sticks=(STICK,))
    enter(stage, "Export", "Next")
    later(89)
    assert stage.shell.name == "export"
    later(2)
    assert stage.shell.name == "home"
    assert staff.state().open_roles == frozenset()
    assert staff.state().export.phase == "idle"


def test_a_pin_that_ran_out_closes_the_page(stage: Stage, staff: FakeStaff) -> None:
    enter(stage, "Settings", "More", "PINs")
    staff.leave()
    stage.look()
    assert stage.shell.name == "home"


@pytest.mark.parametrize("name", [n for n, s in SCENES.items() if s.local in {"export", "key"}])
def test_a_walk_comes_before_every_staff_page(stage: Stage, name: str) -> None:
    stage.show(SCENES[name])
    stage.shell._inside = True
    stage.desk.shown = MID
    stage.look()
    assert stage.shell.name == "walking"
    target(stage, "STOP")
    assert stage.desk.staff.state().open_roles == frozenset()


def test_the_pad_of_a_stopped_walk_leads_back_to_it(stage: Stage) -> None:
    stage.show(SCENES["stopped-estop"])
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    stage.desk.shown = snapshot(Phase.STOPPED, walking=walk(outcome="safety_stop"))
    stage.look()
    assert stage.shell.page.title == "Cleared"
    tap(stage, "Back")
    assert stage.shell.name == "stopped"


def test_tiles_that_do_not_fit_are_on_the_next_page(stage: Stage) -> None:
    from kiosk.screens.staffing import TileView
    from kiosk.screens.tiles import Tiles

    tapped: list[str] = []
    page = Tiles(tapped.append, lambda: None)
    page.put([TileView(str(n), f"tile {n}") for n in range(8)])
    assert [tile.key for tile in page._shown] == ["0", "1", "2", "3", "4", "more"]
    page._shown[-1].dispatch("on_tap")
    assert [tile.key for tile in page._shown] == ["5", "6", "7", "more"]
    page._shown[-1].dispatch("on_tap")
    page._shown[0].dispatch("on_tap")
    assert tapped == ["0"]


def test_a_finger_on_a_tile_is_not_lost_when_its_words_change(
    stage: Stage, staff: FakeStaff
) -> None:
    enter(stage, "Settings")
    tile = target(stage, "Clock")
    stage.guard.reset()
    finger = stage.down(*tile.to_window(*tile.center))
    staff.put(clock=replace(staff.shown.clock, trusted=False), sticks=(STICK,))
    stage.look()
    assert target(stage, "not confirmed") is tile
    stage.up(finger)
    stage.look()
    assert stage.shell.name == "clock"


def test_a_tile_s_words_stand_in_its_middle(stage: Stage) -> None:
    from tests.screens.measure import box, texts

    stage.show(SCENES["export-overview"])
    for words in ("Next", "CLINIC"):
        tile = target(stage, words)
        inks = [item.ink for item in texts(tile)]
        middle = (min(ink.y for ink in inks) + max(ink.top for ink in inks)) / 2
        whole = box(tile)
        assert abs(middle - (whole.y + whole.top) / 2) < 0.15 * (whole.top - whole.y), words


def test_nothing_is_drawn_while_nothing_changes(stage: Stage) -> None:
    for name in ("staff", "export-overview", "export-writing", "export-done", "clock", "key"):
        stage.show(SCENES[name])
        settle(2)
        frames(4)
        assert not stage.window.canvas.needs_redraw, name
        for _ in range(5):
            stage.shell.look(replace(stage.desk.shown, now_ns=stage.desk.shown.now_ns + 10))
        assert not stage.window.canvas.needs_redraw, name
