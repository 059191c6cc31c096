"""People's causes, injected into the real guard: the permit falls, in time and never early."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from hardware.link import BeginCheck, Check, ClearLatches, RequestPermit, Revoke, Terms
from tests.hardware.guard_rig import BUSY_S, Rig, running, wait_for


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with running(tmp_path_factory.mktemp("stops")) as rig:
        yield rig


@pytest.fixture
def rig(shared: Rig) -> Rig:
    shared.grant(kmh=1.0)
    return shared


@pytest.mark.parametrize("channel", ["estop", "estop_b"])
def test_either_channel_of_the_emergency_stop(rig: Rig, channel: str) -> None:
    since_s = rig.pin(channel, 0)
    assert rig.fell() - since_s < 0.01 + BUSY_S
    rig.stopped("estop")
    assert "estop" in rig.kiosk.status.latched


def test_an_emergency_stop_that_bounces_back_at_once_still_counts(rig: Rig) -> None:
    rig.blip("estop", 0)
    rig.fell()
    rig.stopped("estop")
    time.sleep(0.1)
    assert rig.state()["permit"] == 0


def test_the_emergency_stop_needs_staff_and_a_release_first(rig: Rig) -> None:
    rig.pin("estop", 0)
    rig.stopped("estop")
    rig.kiosk.say(ClearLatches())
    time.sleep(0.1)
    assert "estop" in rig.kiosk.status.latched
    rig.pin("estop", 1)
    rig.kiosk.say(BeginCheck(Terms(2.0, "both")))
    time.sleep(0.1)
    assert "estop" in rig.kiosk.status.latched, "a patron's ready check must not clear it"
    rig.kiosk.say(ClearLatches())
    wait_for(lambda: not rig.kiosk.status.latched)


def test_the_safety_key(rig: Rig) -> None:
    since_s = rig.pin("key", 0)
    assert rig.fell() - since_s < 0.1 + BUSY_S
    rig.stopped("safety_key")


def test_a_short_press_of_the_stop_button(rig: Rig) -> None:
    since_s = rig.blip("stop_button", 1)
    assert rig.fell() - since_s < 0.1 + BUSY_S
    rig.stopped("patron")


def test_stop_on_the_screen(rig: Rig) -> None:
    before_s = time.monotonic()
    rig.kiosk.say(Revoke("patron"))
    assert rig.fell() - before_s < 0.1 + BUSY_S
    rig.stopped("patron")


def test_an_ordinary_end_latches_nothing(rig: Rig) -> None:
    rig.kiosk.say(Revoke("finished"))
    rig.fell()
    rig.stopped("finished")
    assert rig.kiosk.status.latched == ()


def test_rails_let_go_warn_first_and_stop_after_two_seconds_never_before(rig: Rig) -> None:
    count = len(rig.kiosk.statuses)
    since_s = rig.hands(0)
    fell_s = rig.fell() - since_s
    assert 2.0 <= fell_s < 2.02 + BUSY_S
    rig.stopped("rails_released")
    warned_s = next(
        status.t_ns / 1e9 - since_s
        for status in list(rig.kiosk.statuses)[count:]
        if status.rails_warning == "no_hands"
    )
    assert 1.0 <= warned_s < 1.02 + BUSY_S


def test_one_hand_in_time_keeps_the_permit(rig: Rig) -> None:
    rig.hands(0)
    time.sleep(1.5)
    rig.pin("rail_left", 1)
    wait_for(lambda: rig.kiosk.status.rails_warning == "one_hand", 4.0)
    assert rig.state()["permit"] == 1
    rig.pin("rail_right", 1)
    wait_for(lambda: rig.kiosk.status.rails_warning == "none")


def test_a_silent_kiosk(rig: Rig) -> None:
    rig.kiosk.silent = True
    before_s = time.monotonic()
    fell_s = rig.fell() - before_s
    # The last sign of life may be up to 0.1 s old already.
    assert 0.75 <= fell_s < 1.0 + BUSY_S
    rig.kiosk.silent = False
    rig.stopped("kiosk_lost")


def test_nothing_comes_back_by_itself(rig: Rig) -> None:
    rig.pin("key", 0)
    rig.fell()
    rig.pin("key", 1)
    rig.kiosk.say(RequestPermit())
    time.sleep(0.5)
    assert rig.state()["permit"] == 0
    assert Check.LATCH in rig.kiosk.status.failing or Check.BELT in rig.kiosk.status.failing


def test_the_belt_rolls_out_and_a_new_permit_does_not_start_it(rig: Rig) -> None:
    rig.kiosk.say(Revoke("pause"))
    rig.fell()
    rig.speed(2.0)
    wait_for(lambda: rig.state()["speed_kmh"] == 0.0, 3.0)
    rig.grant()
    time.sleep(0.4)
    assert rig.state()["speed_kmh"] == 0.0
