"""The real desk against the real guard process: service mode, the proof test, a calibration."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hardware.link import Reason, Revoke
from hardware.settings import SIMULATED_PINS, GuardSettings
from hardware.simulator.client import BenchClient
from tests.care.rig import LiveRig
from tests.hardware.guard_rig import Rig, running

MM = 4.0
TRUE_MM = 5.0
"""What the simulated sensor's counts are; the settings say otherwise, as before a calibration."""


class Machine:
    """A guard process without the rig's own kiosk, its bench, and the desk as its kiosk."""

    def __init__(self, guard: Rig, data: Path) -> None:
        guard.kiosk.close()
        self.guard = guard
        self.bench: BenchClient = guard.bench
        self.live = LiveRig(data, guard.socket_path)

    def pin(self, name: str, level: int) -> None:
        self.bench.request({"pin": name, "level": level})

    def speed(self, kmh: float, *, force: bool = False) -> None:
        self.bench.request({"speed_kmh": kmh, "ramp_kmh_s": 6.0, "force": force})

    def permit(self) -> int:
        return int(self.bench.request({"get": "state"})["permit"])

    def close(self) -> None:
        self.live.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with running(tmp_path, GuardSettings(pins=SIMULATED_PINS)) as guard:
        made = Machine(guard, tmp_path / "data")
        made.pin("rail_left", 0)
        made.pin("rail_right", 0)
        yield made
        made.close()


def test_service_mode_from_begin_to_end(machine: Machine) -> None:
    live = machine.live
    live.serve()
    assert machine.permit() == 0, "nothing runs without a tap"
    live.permit()
    live.until(machine.permit, "the relay")
    live.care.leave_service()
    live.until(lambda: not live.status.permit and not live.status.service, "the end")
    assert machine.permit() == 0
    assert live.status.reason == "closed"
    assert live.status.latched == ()


def test_the_cap_is_a_kmh_and_a_half(machine: Machine) -> None:
    live = machine.live
    live.serve()
    live.permit()
    machine.speed(1.4)
    live.until(lambda: (live.status.speed_kmh or 0) > 1.35, "1.4 km/h")
    time.sleep(0.8)
    assert live.status.permit
    machine.speed(2.2)
    live.until(lambda: not live.status.permit, "the cap")
    assert live.status.reason == Reason.OVERSPEED


def test_a_kiosk_that_dies_takes_service_mode_along(machine: Machine) -> None:
    live = machine.live
    live.serve()
    live.permit()
    live.link.close()
    with BenchClient(machine.guard.bench_path, timeout_s=5.0):
        end = time.monotonic() + 2.0
        while machine.permit():
            assert time.monotonic() < end
    live.until(lambda: live.status.reason == Reason.KIOSK_LOST, "another connection")
    live.until(lambda: not live.status.service, "no service mode")
    assert not live.care.state().served.on


def test_a_screen_that_hangs_takes_service_mode_along(machine: Machine) -> None:
    live = machine.live
    live.serve()
    live.permit()
    live.lives = False
    live.until(lambda: not live.status.permit and not live.status.service, "the guard's own end")
    assert live.status.reason == Reason.KIOSK_LOST


def test_a_page_that_goes_away_ends_it_within_a_second_or_so(machine: Machine) -> None:
    live = machine.live
    live.serve()
    live.permit()
    live.attends = False
    live.until(lambda: not live.status.permit and not live.status.service, "the end", 3.0)


def test_stop_in_service_mode(machine: Machine) -> None:
    live = machine.live
    live.serve()
    live.permit()
    machine.pin("stop_button", 1)
    live.until(lambda: not live.status.permit, "the stop")
    machine.pin("stop_button", 0)
    assert live.status.latched == (Reason.PATRON,)
    live.until(lambda: live.status.failing == ("latch",), "only its latch")
    time.sleep(0.5)  # so long a STOP holds
    live.permit()


def test_a_permit_that_is_refused_says_why(machine: Machine) -> None:
    live = machine.live
    live.serve()
    machine.pin("key", 0)
    live.until(lambda: not live.status.pins.key, "the key")
    live.care.give_permit().result(5)
    live.until(lambda: live.care.state().served.failing, "a refusal")
    assert set(live.care.state().served.failing) == {"key", "safety_key"}
    assert not live.status.permit


def test_the_whole_proof_test(machine: Machine) -> None:
    live = machine.live
    began = time.monotonic()
    live.serve()
    live.care.begin_proof().result(5)
    for step, pins in (
        ("estop", {"estop": 0, "estop_b": 0}),
        ("key", {"key": 0}),
        ("stop_button", {"stop_button": 1}),
    ):
        assert live.care.state().proof.step == step
        live.until(lambda: set(live.status.failing) <= {"latch"}, f"ready for {step}")
        live.care.arm_proof().result(5)
        live.until(lambda: live.care.state().proof.stage == "act", "the permit")
        for name, level in pins.items():
            machine.pin(name, level)
        live.until(lambda: live.care.state().proof.stage == "release", f"{step} seen")
        assert machine.permit() == 0
        for name, level in pins.items():
            machine.pin(name, 1 - level)
        live.until(lambda: live.care.state().proof.stage in {"ready", "act"}, f"{step} passed")
    for rail in ("rail_left", "rail_right"):
        live.until(lambda: live.care.state().proof.stage == "act", rail)
        machine.pin(rail, 1)
        live.until(lambda: live.care.state().proof.stage == "release", rail)
        machine.pin(rail, 0)
    live.until(lambda: live.care.state().proof.stage == "passed", "passed")
    live.until(lambda: not live.care.state().due.overdue, "kept")
    live.until(lambda: not live.status.service and not live.status.latched, "all is as before")
    print(f"the proof test without a person: {time.monotonic() - began:.1f} s")


def test_an_estop_with_one_dead_contact_fails_it(machine: Machine) -> None:
    live = machine.live
    live.serve()
    live.care.begin_proof().result(5)
    live.care.arm_proof().result(5)
    live.until(lambda: live.care.state().proof.stage == "act", "the permit")
    machine.pin("estop", 0)
    live.until(lambda: live.care.state().proof.stage == "failed", "the failure")
    assert live.care.state().proof.why == "contacts"
    live.until(lambda: live.care.state().due.failed, "kept")
    live.until(lambda: not live.status.service, "no service mode")


@pytest.mark.parametrize("how", ["stalls", "is silent", "STOP"])
def test_what_interrupts_a_proof_test_is_told_and_not_kept(machine: Machine, how: str) -> None:
    live = machine.live
    live.serve()
    live.care.begin_proof().result(5)
    live.care.arm_proof().result(5)
    live.until(lambda: live.care.state().proof.stage == "act", "the permit")
    if how == "STOP":
        live.link.send(Revoke("patron"))
    elif how == "stalls":
        live.attends = False
    else:
        live.lives = False
    live.until(lambda: live.care.state().proof.stage == "interrupted", "the interruption")
    assert live.care.state().proof.why == ("stop" if how == "STOP" else "service")
    live.until(lambda: not live.status.permit and not live.status.service, "no service mode")
    live.settle()
    assert live.keeping._proofs.lines() == []
    live.attends = live.lives = True
    live.until(lambda: not live.status.causes, "signs of life")
    live.care.enter_service().result(5)
    live.care.begin_proof().result(5)
    assert live.care.state().proof.stage == "ready"


class Belt:
    """A belt of 3 m on the simulated treadmill, and a person who reads its mark to 5 mm."""

    def __init__(self, machine: Machine, belt_mm: int = 3000, turns: int = 1) -> None:
        self.machine, self.belt_mm, self.turns = machine, belt_mm, turns

    def position_mm(self) -> float:
        return float(self.machine.bench.request({"get": "state"})["position_mm"])

    def turn(self, kmh: float = 1.3) -> None:
        """A pass: from mark to mark, the last bit by hand."""
        live = self.machine.live
        live.until(lambda: live.status.at_rest, "rest")
        begun_mm = self.position_mm()
        way_mm = self.belt_mm * self.turns
        live.care.mark().result(5)
        live.permit()
        self.machine.speed(kmh)
        live.until(lambda: self.position_mm() - begun_mm > way_mm - 150, "nearly there")
        self.machine.speed(0.0)
        live.until(lambda: live.status.at_rest, "rest")
        live.care.take_permit()
        live.until(lambda: not live.status.permit, "no permit")
        # By hand, slowly, onto the mark.
        while abs(left_mm := way_mm - (self.position_mm() - begun_mm)) > 5:
            self.machine.speed(0.12 if left_mm > 0 else -0.12, force=True)
        self.machine.speed(0.0, force=True)
        live.until(lambda: live.status.at_rest and not live.status.coasting, "rest")
        live.care.mark().result(5)


def test_a_calibration_finds_the_true_value(machine: Machine) -> None:
    live, belt = machine.live, Belt(machine)
    live.serve()
    live.kept.now = msgspec.structs.replace(live.kept.now, mm_per_count=MM)
    live.care.begin_measure(belt.belt_mm, belt.turns).result(5)
    belt.turn()
    measure = live.care.state().measure
    assert measure.step == "far", "a quarter more than what was set"
    live.care.go_on().result(5)
    belt.turn()
    measure = live.care.state().measure
    assert measure.step == "result"
    assert measure.good
    assert measure.mm == pytest.approx(TRUE_MM, rel=0.005)
    print(f"{measure.mm:.4f} mm per count, second pass {measure.error_pct:+.3f} %")
    live.care.save_measure().result(5)
    live.until(lambda: not live.status.service, "the guard could take it")
    ((mm, invert),) = live.kept.saved
    assert (mm, invert) == (measure.mm, False)
    live.settle()
    assert (live.keeping._measures.lines()[0]["old"]) == {"mm_per_count": MM, "invert": False}


def test_a_stop_in_a_pass_with_the_motor_is_told_and_saves_nothing(machine: Machine) -> None:
    live = machine.live
    live.serve()
    live.until(lambda: live.status.at_rest, "rest")
    live.care.begin_measure(3000, 1).result(5)
    live.care.mark().result(5)
    live.permit()
    machine.speed(1.3)
    live.until(lambda: live.care.state().measure.counts > 20, "it turns")
    machine.pin("estop", 0)
    live.until(lambda: live.care.state().measure.step == "interrupted", "it was told")
    assert live.care.state().measure.why == "estop"
    assert live.kept.saved == []


def test_a_guard_that_falls_silent_interrupts_a_pass(machine: Machine) -> None:
    live = machine.live
    live.until(lambda: live.status.at_rest, "rest")
    live.care.begin_measure(3000, 1).result(5)
    live.care.mark().result(5)
    assert live.care.state().measure.step == "turn"
    os.kill(machine.guard.process.pid, signal.SIGSTOP)
    try:
        live.until(lambda: live.care.state().measure.step == "interrupted", "it was told")
    finally:
        os.kill(machine.guard.process.pid, signal.SIGCONT)
    assert live.care.state().measure.why == "link"
