"""The machine pages by touch: proof test, calibration, hardware, power; STOP in service mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from hardware.link import Check, Reason
from kiosk.care import proof
from kiosk.care.measuring import Measure
from kiosk.care.model import Due, SelfTest, Served, Tail, TailLine
from kiosk.care.proof import Proof
from kiosk.screens.caring import due_facts
from tests.screens.fake import snapshot
from tests.screens.fake_care import STEPS, FakeCare
from tests.screens.machine_scenes import FREE, MACHINE_SCENES, PERMITTED, RESULTS, SERVED
from tests.screens.stage import Stage
from tests.screens.touch import tap, tap_pin, target, told


@pytest.fixture
def care(stage: Stage) -> FakeCare:
    """Staff are in, at the machine's first page."""
    stage.desk.shown = snapshot(seen=FREE)
    stage.look()
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    stage.look()
    stage.room.go("machine")
    stage.look()
    made: FakeCare = stage.desk.staff.care
    return made


def seen(stage: Stage, status: Any) -> None:
    stage.desk.shown = snapshot(seen=status)
    stage.look()


def begun(stage: Stage, care: FakeCare, measure: Measure) -> None:
    """The calibration's page is up, past the belt's length."""
    stage.shell.page._begun(None)
    care.put(measure=measure)
    stage.look()


def test_the_proof_test_step_by_step(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Proof test")
    assert "Nobody may stand on the belt" in told(stage)
    tap(stage, "Begin")
    stage.look()
    assert care.asked == ["enter", "proof"]
    seen(stage, SERVED)
    assert "Service mode" in told(stage)
    assert "1/5" in told(stage)
    tap(stage, "Ready")
    assert care.asked[-1] == "arm"
    seen(stage, PERMITTED)
    assert "Press the red button on the treadmill." in told(stage)
    care.put(proof=replace(care.shown.proof, stage="release"))
    seen(stage, SERVED)
    assert "Turn it until it springs out" in told(stage)
    care.put(proof=Proof("passed", STEPS, 5), served=Served())
    seen(stage, FREE)
    assert "Everybody may walk" in told(stage)
    tap(stage, "Done")
    assert stage.shell.name == "machine"


def test_stop_in_service_mode_acts_as_the_finger_comes_down(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Proof test")
    care.put(served=Served(on=True), proof=Proof("act", STEPS, 0))
    seen(stage, PERMITTED)
    button = target(stage, "STOP")
    finger = stage.down(*button.center)
    assert stage.desk.stops == 1
    stage.up(finger)
    assert stage.desk.stops == 1


def test_there_is_no_stop_without_a_permit(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Proof test")
    care.put(served=Served(on=True), proof=Proof("release", STEPS, 0))
    seen(stage, SERVED)
    with pytest.raises(AssertionError):
        target(stage, "STOP")


def test_a_step_in_which_nothing_happens_fails_the_test(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Proof test")
    care.put(served=Served(on=True), proof=Proof("act", STEPS, 0))
    seen(stage, PERMITTED)
    tap(stage, "Nothing happens")
    assert care.asked[-1] == "fail"
    care.put(served=Served())
    seen(stage, FREE)
    assert "Emergency stop: failed" in told(stage)
    assert "call the service" in told(stage)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("service", "The test was interrupted: service mode ended. Nothing was recorded."),
        ("stop", "The test was interrupted: STOP was pressed. Nothing was recorded."),
    ],
)
def test_an_interrupted_test_says_why_and_begins_anew(
    stage: Stage, care: FakeCare, why: Any, words: str
) -> None:
    tap(stage, "Proof test")
    care.put(served=Served(on=True), proof=Proof("act", STEPS, 1))
    seen(stage, PERMITTED)
    care.put(served=Served(), proof=proof.interrupt(care.shown.proof, why))
    seen(stage, FREE)
    assert words in told(stage)
    stage.room.go("machine")
    stage.look()
    tap(stage, "Proof test")
    assert words in told(stage), "a page that came in between hides nothing"
    tap(stage, "Once more")
    stage.look()
    assert care.asked[-2:] == ["enter", "proof"]
    assert care.shown.proof.index == 0


def test_who_goes_back_has_read_it(stage: Stage, care: FakeCare) -> None:
    care.put(proof=Proof("interrupted", STEPS, 1, why="service"))
    tap(stage, "Proof test")
    tap(stage, "Back")
    assert care.shown.proof == Proof()
    assert stage.shell.name == "machine"


def test_service_mode_that_does_not_begin_is_said(stage: Stage, care: FakeCare) -> None:
    care.refuse["enter"] = "Service mode did not begin."
    tap(stage, "Proof test")
    tap(stage, "Begin")
    stage.look()
    assert "Service mode did not begin." in told(stage)


def test_every_page_attends_while_it_is_up(stage: Stage, care: FakeCare) -> None:
    for page in ("proof", "calibrate", "hardware"):
        stage.room.go(page)
        before = care.attended
        stage.look()
        stage.look()
        assert care.attended >= before + 2, page
    stage.room.go("machine")
    stage.look()
    before = care.attended
    stage.look()
    assert care.attended == before


def test_a_calibration_from_length_to_saved(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Calibration")
    for _ in range(4):
        if "How long" in told(stage):
            break
        tap(stage, "Next")
    steppers = stage.shell.page.children[0]._steppers
    for digit in (100, 10):
        key = steppers[digit].ids.up
        stage.guard.reset()
        stage.up(stage.down(*key.to_window(*key.center)))
    stage.look()
    tap(stage, "The belt is 3110 mm long")
    stage.look()
    assert care.asked[-1] == "measure 3110 5"
    tap(stage, "It is there")
    assert care.shown.measure.step == "turn"
    tap(stage, "With the motor")
    stage.look()
    assert care.asked[-2:] == ["enter", "permit"]
    seen(stage, PERMITTED)
    target(stage, "STOP")
    tap(stage, "It is there")
    assert care.asked[-2:] == ["take", "mark"], "the permit goes first"
    seen(stage, FREE)
    tap(stage, "It is there")
    tap(stage, "It is there")
    assert "5.100" in told(stage)
    tap(stage, "Save")
    assert care.asked[-1] == "save"
    assert "Saved" in told(stage)
    tap(stage, "Done")
    assert stage.shell.name == "machine"


def test_a_motor_that_the_guard_does_not_permit_is_said_with_what_to_do(
    stage: Stage, care: FakeCare
) -> None:
    tap(stage, "Calibration")
    begun(stage, care, Measure("turn", counts=1234))
    tap(stage, "With the motor")
    care.put(served=Served(on=True, failing=(Check.ESTOP, Check.LATCH, Reason.ESTOP)))
    seen(stage, replace(SERVED, failing=(Check.ESTOP, Check.LATCH)))
    assert "Turn the emergency stop until it springs out." in told(stage)
    seen(stage, replace(SERVED, failing=(Check.ESTOP, Check.BELT), at_rest=False))
    assert "turns so far" in told(stage), "by hand it may stay pressed"
    seen(stage, replace(SERVED, failing=(Check.LATCH,)))
    assert "One moment, please." in told(stage), "the next tap clears it"
    seen(stage, SERVED)
    assert "turns so far" in told(stage)
    care.put(served=Served(on=True, failing=(Check.BELT,)))
    seen(stage, replace(SERVED, failing=(Check.BELT,), at_rest=False))
    assert "Wait until the belt stands still." in told(stage)
    target(stage, "With the motor")


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("moving", "Wait until the belt stands still."),
        ("silent", "The belt sensor is silent."),
    ],
)
def test_a_mark_that_does_not_count_says_why(
    stage: Stage, care: FakeCare, why: Any, words: str
) -> None:
    tap(stage, "Calibration")
    begun(stage, care, Measure("mark", why=why))
    assert words in told(stage)


def test_a_calibration_whose_save_is_refused_keeps_its_turns(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Calibration")
    measured = Measure("result", mm=5.1, error_pct=0.12)
    begun(stage, care, measured)
    care.refuse["save"] = "The belt is moving: stop it first."
    tap(stage, "Save")
    stage.look()
    assert "The belt is moving" in told(stage)
    tap(stage, "Done")
    assert care.shown.measure == measured
    assert "It fits" in told(stage)
    care.refuse.clear()
    tap(stage, "Save")
    stage.look()
    assert "Saved" in told(stage)


@pytest.mark.parametrize("cover", ["notice", "alarm"])
def test_a_calibration_that_is_covered_goes_on_and_keeps_nothing_up(
    stage: Stage, care: FakeCare, cover: str
) -> None:
    """Nobody attends meanwhile, which ends service mode; then the same page is back."""
    tap(stage, "Calibration")
    begun(stage, care, Measure("turn2", mm=5.1))
    page, before = stage.shell.page, care.attended
    if cover == "notice":
        stage.room.notice = "The touchscreen is gone."
    seen(stage, replace(FREE, causes=(Reason.PERMIT_INEFFECTIVE,)) if cover == "alarm" else FREE)
    stage.look()
    assert (stage.shell.name, care.attended) == (cover, before)
    stage.room.notice = None
    seen(stage, FREE)
    assert stage.shell.page is page
    assert "Second pass" in told(stage)
    assert care.attended > before


def test_a_calibration_that_was_left_under_a_notice_is_not_come_back_to(
    stage: Stage, care: FakeCare, later: Callable[[float], None]
) -> None:
    tap(stage, "Calibration")
    begun(stage, care, Measure("turn2", mm=5.1))
    stage.room.notice = "The touchscreen is gone."
    later(92)
    stage.room.notice = None
    stage.look()
    assert stage.shell.name == "home"
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    stage.look()
    stage.room.go("calibrate")
    stage.look()
    assert care.shown.measure == Measure(), "it begins anew"


def test_a_proof_test_under_a_notice_ends(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Proof test")
    care.put(served=Served(on=True), proof=Proof("act", STEPS, 1))
    seen(stage, PERMITTED)
    stage.room.notice = "The touchscreen is gone."
    stage.look()
    stage.room.notice = None
    stage.look()
    assert care.asked[-1] == "leave"


def test_an_interrupted_calibration_says_so_and_can_be_done_once_more(
    stage: Stage, care: FakeCare
) -> None:
    stage.show(MACHINE_SCENES["calibrate-interrupted"])
    assert "the emergency stop was pressed. Nothing was changed." in told(stage)
    tap(stage, "Once more")
    assert care.shown.measure.step == "mark"
    assert "First pass" in told(stage)


def test_who_comes_back_to_a_calibration_that_was_left_is_told(
    stage: Stage, care: FakeCare
) -> None:
    stage.show(MACHINE_SCENES["calibrate-left"])
    assert "it was left before it was saved. Nothing was changed." in told(stage)
    tap(stage, "Back")
    tap(stage, "Calibration")
    assert "interrupted" not in told(stage), "it is told once"


def test_whoever_turns_a_belt_is_there(
    stage: Stage, care: FakeCare, later: Callable[[float], None]
) -> None:
    stage.room.go("calibrate")
    stage.look()
    care.put(moved=True)
    later(300)
    assert stage.shell.name == "calibrate"
    care.put(moved=False)
    later(92)
    assert stage.shell.name == "home"


def test_hardware_pages_lines_and_the_self_test(stage: Stage, care: FakeCare) -> None:
    tap(stage, "Hardware")
    assert "E-stop" in told(stage)
    assert "not pressed" in told(stage)
    tap(stage, "Next")
    assert "stands still" in told(stage)
    tap(stage, "Raw lines")
    care.put(tail=Tail((TailLine("$SWB,1", ""), TailLine("garbage", "shape")), 1, (("shape", 1),)))
    stage.look()
    assert care.raw
    assert "garbage" in told(stage)
    assert "1 of no known shape" in told(stage)
    tap(stage, "Freeze")
    care.put(tail=Tail((TailLine("$SWB,2"),), 2))
    stage.look()
    assert "garbage" in told(stage)
    tap(stage, "Go on")
    stage.look()
    assert "$SWB,2" in told(stage)
    tap(stage, "Back")
    stage.look()
    assert not care.raw
    played: list[bool] = []
    stage.room.play = lambda: played.append(True)
    tap(stage, "Self-test")
    stage.look()
    assert care.asked[-1] == "test"
    care.put(test=SelfTest(asks=True, results=RESULTS))
    stage.look()
    assert played == [True]
    tap(stage, "Yes")
    assert care.asked[-1] == "heard True"
    stage.look()
    assert "2 things to see to" in told(stage)


def test_power_asks_once(stage: Stage, care: FakeCare) -> None:
    stage.room.go("power")
    stage.look()
    tap(stage, "Shut down")
    assert care.asked == []
    tap(stage, "Yes")
    stage.look()
    assert care.asked == ["power off"]


def test_power_that_is_refused_is_one_sentence(stage: Stage, care: FakeCare) -> None:
    care.refuse["power program"] = "A session is under way: wait until it is over."
    stage.room.go("power")
    stage.look()
    tap(stage, "Program")
    tap(stage, "Yes")
    stage.look()
    assert "A session is under way" in told(stage)
    tap(stage, "Back")
    target(stage, "Shut down")


def test_an_overdue_test_is_said_to_patrons_and_to_staff(stage: Stage) -> None:
    stage.show(MACHINE_SCENES["machine-blocked"])
    assert "The daily test is due." in told(stage)
    assert "Please call the staff." in told(stage)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (Due(), "due: nobody may walk"),
        (Due(failed=True), "failed: nobody may walk"),
        (Due(overdue=False, left_s=3600.0), "due in 1 hour"),
        (Due(overdue=False, left_s=80_000.0), "due in 22 hours"),
        (Due(overdue=False, left_s=20.0), "due in 1 min"),
    ],
)
def test_when_it_is_due_in_words(due: Due, words: str) -> None:
    assert due_facts(due)[0] == words
