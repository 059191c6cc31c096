"""The proof test as state: a step is passed by what was seen, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hardware.link import Reason, Status
from kiosk.care import proof
from kiosk.care.proof import MS, Proof, StepName
from tests.session.scene import HEALTHY

EVERY: tuple[StepName, ...] = ("estop", "key", "stop_button", "rail_left", "rail_right")
FREE = replace(
    HEALTHY,
    service=True,
    pins=replace(HEALTHY.pins, rail_left=False, rail_right=False, contacts=(True, True)),
)
USED = {"estop": {"estop": False}, "key": {"key": False}, "stop_button": {"stop_button": True}}


class Scene:
    """A test, and the guard's statuses by hand."""

    def __init__(self, steps: tuple[StepName, ...] = EVERY, **fields: Any) -> None:
        self.status = FREE
        self.proof = proof.begin(steps, may_be_absent=fields.get("may_be_absent", False))

    def see(self, after_ms: int = 20, *, pins: dict[str, Any] | None = None, **fields: Any) -> str:
        status: Status = replace(self.status, t_ns=self.status.t_ns + after_ms * MS, **fields)
        if pins is not None:
            status = replace(status, pins=replace(status.pins, **pins))
        self.status = status
        self.proof = proof.advance(self.proof, status)
        return self.proof.stage

    def arm(self) -> str:
        self.proof = proof.arm(self.proof, self.status)
        return self.see(permit=True, grants=self.status.grants + 1)

    def use(self, step: str, **pins: Any) -> str:
        """The stop is used, and the guard does what it should."""
        contacts = (False, False) if step == "estop" else (True, True)
        return self.see(
            pins={"contacts": contacts, **USED[step], **pins},
            permit=False,
            revokes=self.status.revokes + 1,
            reason=proof.REASONS[step],
        )

    def let_go(self) -> str:
        pins = {"estop": True, "contacts": (True, True), "key": True, "stop_button": False}
        return self.see(pins=pins)


@pytest.mark.parametrize("stage", ["ready", "act"])
def test_service_mode_that_ends_interrupts_it(stage: str) -> None:
    scene = Scene()
    if stage == "act":
        scene.arm()
    assert scene.see(service=False, permit=False, reason="closed") == "interrupted"
    assert (scene.proof.why, scene.proof.results, scene.proof.running) == ("service", (), False)
    assert scene.see(service=True) == "interrupted"


@pytest.mark.parametrize("step", ["estop", "key", "stop_button"])
def test_the_screens_stop_interrupts_it_and_proves_no_button(step: StepName) -> None:
    scene = Scene((step,))
    scene.arm()
    assert scene.see(permit=False, reason=Reason.PATRON) == "interrupted"
    assert (scene.proof.why, scene.proof.results) == ("stop", ())


def test_stop_before_its_permit_was_seen_interrupts_it() -> None:
    scene = Scene()
    scene.proof = proof.arm(scene.proof, scene.status)
    grants = scene.status.grants + 1
    assert scene.see(grants=grants, reason=Reason.PATRON) == "interrupted"


def test_the_button_at_the_rail_in_another_step_only_repeats_it() -> None:
    scene = Scene(("estop",))
    scene.arm()
    pins = {"stop_button": True}
    assert scene.see(permit=False, reason=Reason.PATRON, pins=pins) == "ready"


def test_a_whole_test_passes() -> None:
    scene = Scene()
    for step in ("estop", "key", "stop_button"):
        assert scene.proof.step == step
        assert scene.see() == "ready", "nothing is given without a tap"
        assert scene.arm() == "act"
        assert scene.use(step) == "release"
        assert scene.see() == "release", "it is still used"
        scene.let_go()
    for rail in ("rail_left", "rail_right"):
        assert scene.proof.step == rail
        assert scene.see() == "act"
        assert scene.see(pins={rail: True}) == "release"
        scene.see(pins={rail: False})
    assert scene.proof.stage == "passed"
    assert scene.proof.results == tuple((step, "passed") for step in EVERY)
    assert not scene.proof.running


@pytest.mark.parametrize("step", ["estop", "key", "stop_button"])
def test_a_permit_that_stands_fails(step: StepName) -> None:
    scene = Scene((step,))
    scene.arm()
    assert scene.see(pins=USED[step]) == "act"
    assert scene.see(299) == "act"
    assert scene.see(1) == "failed"
    assert (scene.proof.why, scene.proof.results) == ("permit", ((step, "failed"),))


def test_a_contact_that_does_not_open_fails() -> None:
    scene = Scene()
    scene.arm()
    assert scene.use("estop", contacts=(False, True)) == "settle"
    assert scene.see(999) == "settle"
    assert scene.see(1) == "failed"
    assert scene.proof.why == "contacts"


def test_a_second_contact_may_follow_a_little_later() -> None:
    scene = Scene()
    scene.arm()
    scene.use("estop", contacts=(False, True))
    assert scene.see(500, pins={"contacts": (False, False)}) == "release"


def test_a_button_let_go_before_both_contacts_opened_is_pressed_again() -> None:
    scene = Scene()
    scene.arm()
    scene.use("estop", contacts=(False, True))
    assert scene.see(1000, pins={"estop": True, "contacts": (True, True)}) == "ready"
    assert scene.proof.results == ()


def test_a_relay_that_hangs_fails() -> None:
    scene = Scene()
    scene.arm()
    assert scene.use("estop", relay=True) == "settle"
    assert scene.see(1000) == "failed"
    assert scene.proof.why == "relay"


def test_a_relay_that_follows_passes() -> None:
    scene = Scene()
    scene.arm()
    scene.use("estop", relay=True)
    assert scene.see(pins={"relay": False}) == "release"


def test_a_permit_that_falls_for_another_reason_proves_nothing() -> None:
    scene = Scene()
    scene.arm()
    assert scene.see(permit=False, reason=Reason.SENSOR_LOST) == "ready"
    assert (scene.proof.other, scene.proof.results) == ("sensor_lost", ())


def test_a_step_without_its_permit_proves_nothing() -> None:
    scene = Scene()
    for used in (True, False):
        assert scene.see(pins={"estop": not used, "contacts": (not used, not used)}) == "ready"
    assert scene.proof.index == 0


def test_a_permit_that_does_not_come_leads_back_to_the_tap() -> None:
    scene = Scene()
    scene.proof = proof.arm(scene.proof, scene.status)
    assert scene.see(1499) == "arming"
    assert scene.see(1) == "ready"
    scene.proof = proof.arm(scene.proof, scene.status)
    assert proof.refused(scene.proof).stage == "ready"
    assert proof.refused(Proof()).stage == "idle"


def test_a_permit_that_came_and_went_between_two_statuses_is_asked_for_again() -> None:
    scene = Scene()
    scene.proof = proof.arm(scene.proof, scene.status)
    assert scene.see(grants=scene.status.grants + 1, reason="closed") == "ready"


def test_a_rail_that_is_held_from_the_start_must_be_free_first() -> None:
    scene = Scene(("rail_left",))
    assert scene.see(pins={"rail_left": True}) == "ready"
    assert scene.see(pins={"rail_left": False}) == "act"


def test_the_other_rail_does_not_do() -> None:
    scene = Scene(("rail_left", "rail_right"))
    scene.see()
    scene.see(pins={"rail_right": True})
    scene.see(pins={"rail_right": False})
    assert (scene.proof.index, scene.proof.stage) == (0, "act")


def test_who_says_that_nothing_happens_ends_it() -> None:
    scene = Scene()
    scene.arm()
    scene.proof = proof.fail(scene.proof, "nothing")
    assert scene.proof.stage == "failed"
    assert scene.use("estop") == "failed", "what comes later mends nothing"
    assert proof.fail(Proof(), "nothing") == Proof()


def test_a_key_is_absent_only_where_none_was_ever_seen() -> None:
    scene = Scene(("key", "rail_left"))
    assert proof.absent(scene.proof) == scene.proof
    scene = Scene(("key", "rail_left"), may_be_absent=True)
    scene.proof = proof.absent(scene.proof)
    assert (scene.proof.step, scene.proof.results) == ("rail_left", (("key", "absent"),))
    assert proof.absent(scene.proof) == scene.proof, "no rail is"


@pytest.mark.parametrize(
    ("wires", "rails", "expected"),
    [
        ({"estop": 1, "stop_button": 2}, "both", EVERY),
        ({"estop": 1}, "one", ("estop", "key", "rail_left", "rail_right")),
        ({"estop": 1, "key": 3}, "none", ("estop", "key")),
    ],
)
def test_a_site_proves_what_it_has(wires: dict[str, int], rails: Any, expected: Any) -> None:
    assert proof.steps_of(wires, rails) == expected
