"""A calibration as state: what it takes, what it makes of it, what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hardware.link import Reason
from kiosk.care import measuring
from kiosk.care.measuring import Measure
from tests.session.scene import HEALTHY


class Scene:
    """A belt of 3 m on which 5 turns are counted, and a present value of 5 mm per count."""

    def __init__(self, belt_mm: int = 3000, turns: int = 5, now_mm: float = 5.0) -> None:
        self.status = HEALTHY
        self.measure = measuring.begin(belt_mm, turns, now_mm, now_invert=False)

    def see(self, **fields: Any) -> Measure:
        self.status = replace(self.status, **fields)
        self.measure = measuring.advance(self.measure, self.status)
        return self.measure

    def turn(self, counts: int) -> Measure:
        """A whole pass: mark, turn, mark."""
        self.mark()
        self.see(counts=self.status.counts + counts, at_rest=False)
        self.see(at_rest=True)
        return self.mark()

    def mark(self) -> Measure:
        self.measure = measuring.mark(self.measure, self.status)
        return self.measure


def test_two_passes_that_agree() -> None:
    scene = Scene()
    assert scene.turn(2900).step == "mark2"
    assert scene.measure.mm == pytest.approx(3000 * 5 / 2900)
    assert scene.measure.change_pct == pytest.approx(3.448, abs=0.001)
    done = scene.turn(2903)
    assert done.step == "result"
    assert done.error_pct == pytest.approx(0.1034, abs=0.001)
    assert (done.good, done.invert) == (True, False)


@pytest.mark.parametrize(
    ("second", "good"), [(2914, True), (2886, True), (2915, False), (2885, False)]
)
def test_half_a_percent_is_the_most(second: int, good: bool) -> None:
    scene = Scene()
    scene.turn(2900)
    assert scene.turn(second).good is good


def test_a_pass_begins_and_ends_at_rest_only() -> None:
    scene = Scene()
    scene.see(at_rest=False)
    assert (scene.mark().step, scene.measure.why) == ("mark", "moving")
    scene.see(at_rest=None)
    assert (scene.mark().step, scene.measure.why) == ("mark", "silent")
    scene.see(at_rest=True)
    assert scene.mark().step == "turn"
    scene.see(at_rest=False, counts=2900)
    assert (scene.mark().step, scene.measure.why) == ("turn", "moving")


def test_the_turns_are_told_while_they_are_made() -> None:
    scene = Scene()
    scene.mark()
    assert scene.see(counts=scene.status.counts + 1500).turns_seen == pytest.approx(2.5)


@pytest.mark.parametrize("causes", [(Reason.SENSOR_LOST,), (Reason.SENSOR_FAULT, Reason.PATRON)])
def test_a_sensor_in_doubt_spoils_the_pass(causes: Any) -> None:
    scene = Scene()
    scene.mark()
    spoiled = scene.see(causes=causes, counts=scene.status.counts + 1000)
    assert (spoiled.step, spoiled.why) == ("mark", "spoiled")
    scene.see(causes=())
    scene.turn(2900)
    scene.mark()
    spoiled = scene.see(sensor_fault="the sensor's clock stands still")
    assert (spoiled.step, spoiled.why, spoiled.mm is None) == ("mark2", "spoiled", False)


def test_hardly_anything_counted_is_no_pass() -> None:
    scene = Scene()
    assert (scene.turn(199).step, scene.measure.why) == ("mark", "few")


@pytest.mark.parametrize(("belt_mm", "counts"), [(6000, 1400), (1500, 16_000)])
def test_a_value_out_of_bounds_is_refused(belt_mm: int, counts: int) -> None:
    scene = Scene(belt_mm)
    refused = scene.turn(counts)
    assert (refused.step, refused.why) == ("refused", "bounds")
    assert measuring.again(refused).step == "mark"


def test_a_value_far_from_the_present_one_is_asked_about() -> None:
    scene = Scene()
    far = scene.turn(2400)
    assert (far.step, round(far.turns_seen)) == ("far", 0)
    assert measuring.go_on(far).step == "mark2"
    assert measuring.again(far).mm is None
    assert measuring.go_on(Scene().measure).step == "mark"


def test_a_belt_that_runs_the_other_way_turns_the_sign_round_if_that_is_meant() -> None:
    scene = Scene()
    assert scene.turn(-2900).step == "way"
    scene.measure = measuring.agree(scene.measure, right=True)
    assert (scene.measure.step, scene.measure.invert) == ("mark2", True)
    done = scene.turn(-2901)
    assert (done.good, done.invert) == (True, True)


def test_a_belt_turned_the_wrong_way_by_mistake_is_turned_again() -> None:
    scene = Scene()
    scene.turn(-2900)
    scene.measure = measuring.agree(scene.measure, right=False)
    assert (scene.measure.step, scene.measure.why, scene.measure.invert) == (
        "mark",
        "turned",
        False,
    )
    assert measuring.agree(scene.measure, right=True) == scene.measure, "it is asked once"


def test_two_passes_of_opposite_ways_prove_nothing() -> None:
    scene = Scene()
    scene.turn(2900)
    back = scene.turn(-2900)
    assert (back.step, back.why, back.error_pct) == ("mark2", "turned", None)


@pytest.mark.parametrize(("belt_mm", "turns"), [(1499, 5), (6001, 5), (3000, 0), (3000, 21)])
def test_a_belt_has_a_length(belt_mm: int, turns: int) -> None:
    with pytest.raises(ValueError, match="mm long"):
        measuring.begin(belt_mm, turns, 5.0, now_invert=False)


# --- interrupted -------------------------------------------------------------------------------


def turning() -> Scene:
    """A first pass with the motor on."""
    scene = Scene()
    scene.mark()
    scene.see(counts=300, at_rest=False, permit=True, service=True)
    return scene


@pytest.mark.parametrize(
    ("reason", "why"),
    [(Reason.ESTOP, "estop"), (Reason.PATRON, "stop"), (Reason.RUNAWAY, "safety")],
)
def test_a_stop_of_the_motor_interrupts_and_says_so(reason: Reason, why: str) -> None:
    scene = turning()
    measure = scene.see(permit=False, reason=str(reason))
    assert (measure.step, measure.why, measure.mm) == ("interrupted", why, None)
    assert (measure.belt_mm, measure.turns) == (3000, 5)
    assert scene.see(counts=5000).step == "interrupted", "it goes on by itself"
    scene.see(at_rest=True)
    assert scene.mark().step == "interrupted"
    assert measuring.again(measure).step == "mark"


def test_the_ordinary_end_of_the_motor_interrupts_nothing() -> None:
    scene = turning()
    assert scene.see(permit=False, reason="closed", counts=2890).step == "turn"
    scene.see(counts=2900, at_rest=True)
    assert scene.mark().step == "mark2"


def test_by_hand_a_pressed_emergency_stop_is_no_interruption() -> None:
    scene = Scene()
    scene.mark()
    measure = scene.see(counts=900, reason=str(Reason.ESTOP), causes=(Reason.ESTOP,))
    assert (measure.step, measure.counts) == ("turn", 900)


def test_the_end_of_service_mode_interrupts_only_a_pass_with_the_motor() -> None:
    assert turning().see(permit=False, reason="closed", service=False).why == "service"
    scene = Scene()
    scene.mark()
    assert scene.see(counts=900, service=False).step == "turn"


def test_a_second_pass_by_hand_forgets_the_motor_of_the_first() -> None:
    scene = turning()
    scene.see(permit=False, reason="closed", counts=3200, at_rest=True)
    scene.mark()
    scene.mark()
    assert scene.see(counts=6100, service=False, reason=str(Reason.ESTOP)).step == "turn2"


def test_a_guard_that_is_gone_costs_the_pass_under_way_alone() -> None:
    scene = Scene()
    assert measuring.cut_off(scene.measure).step == "mark"
    scene.turn(2900)
    assert measuring.cut_off(scene.measure).step == "mark2"
    scene.mark()
    assert measuring.cut_off(scene.measure).why == "link"


def test_what_is_left_unsaved_is_interrupted_and_what_is_saved_is_not() -> None:
    scene = Scene()
    assert measuring.interrupt(scene.measure, "left").step == "mark"
    scene.turn(2900)
    assert measuring.interrupt(scene.measure, "left").step == "interrupted"
    scene.turn(2900)
    assert measuring.interrupt(scene.measure, "left").mm is None
    saved = replace(scene.measure, step="saved")
    assert measuring.interrupt(saved, "left") is saved
