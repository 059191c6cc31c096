"""Other settings for a running guard: taken only while nobody can be on the belt."""

from __future__ import annotations

import math

import pytest

from hardware.link import BeginCheck, Configure, EndSession, Refused, Service, Terms
from tests.hardware.test_core import START_S, Guard

OTHER = Configure(facing="away", mm_per_count=4.0, invert=False, cap_kmh=3.0)


def ask(guard: Guard, wanted: Configure = OTHER) -> Refused | None:
    return guard.core.command(wanted, guard.now)


def test_a_belt_at_rest_takes_them_and_its_speed_is_unknown_until_new_frames() -> None:
    guard = Guard().run(3.0)
    assert guard.status().at_rest is True
    assert ask(guard) is None
    assert guard.core.configured == OTHER
    assert guard.core.limits.site_cap_kmh == 3.0
    assert guard.status().speed_kmh is None
    assert guard.status().at_rest is None
    assert "sensor" in guard.status().failing
    guard.run(0.9)
    assert guard.status().speed_kmh == 0.0


@pytest.mark.parametrize("mm", [2.5, 10.0])
def test_what_a_count_is_scales_the_speed(mm: float) -> None:
    guard = Guard(kmh=1.0).run(START_S - 1.0)
    assert ask(guard, Configure("away", mm, invert=False, cap_kmh=4.0)) is None
    guard.run(3.5)
    speed = guard.status().speed_kmh
    assert speed is not None
    assert abs(speed - mm / 5.0) < 0.02


@pytest.mark.parametrize(("facing", "invert"), [("console", False), ("away", True)])
def test_facing_and_sign_turn_the_speed(facing: str, invert: bool) -> None:
    guard = Guard(kmh=1.0).run(START_S - 1.0)
    assert ask(guard, Configure(facing, 5.0, invert=invert, cap_kmh=4.0)) is None  # type: ignore[arg-type]
    guard.run(3.5)
    speed = guard.status().speed_kmh
    assert speed is not None
    assert speed < -0.9


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Configure("away", 0.49, invert=False, cap_kmh=4.0), "mm_per_count"),
        (Configure("away", 20.1, invert=False, cap_kmh=4.0), "mm_per_count"),
        (Configure("away", math.nan, invert=False, cap_kmh=4.0), "mm_per_count"),
        (Configure("away", 5.0, invert=False, cap_kmh=4.01), "cap_kmh"),
        (Configure("away", 5.0, invert=False, cap_kmh=0.0), "cap_kmh"),
        (Configure("away", 5.0, invert=False, cap_kmh=math.nan), "cap_kmh"),
    ],
)
def test_nothing_laxer_and_nothing_out_of_bounds(wanted: Configure, why: str) -> None:
    guard = Guard().run(3.0)
    before = guard.core.configured
    assert ask(guard, wanted) == Refused("configure", (why,))
    assert guard.core.configured == before
    assert guard.status().speed_kmh == 0.0


def test_a_cap_that_was_lowered_may_be_raised_again_up_to_the_files() -> None:
    guard = Guard().run(3.0)
    assert ask(guard, Configure("away", 5.0, invert=False, cap_kmh=1.0)) is None
    assert ask(guard, Configure("away", 5.0, invert=False, cap_kmh=4.0)) is None
    assert guard.core.limits.site_cap_kmh == 4.0


def test_a_moving_belt_refuses() -> None:
    guard = Guard(kmh=1.0).run(START_S + 2.0)
    assert ask(guard) == Refused("configure", ("moving",))


def test_an_unknown_speed_is_no_obstacle() -> None:
    guard = Guard()
    guard.muted = True
    guard.run(1.0)
    assert ask(guard) is None


def test_a_ready_check_refuses_until_it_is_over() -> None:
    guard = Guard().run(3.0)
    assert guard.core.command(BeginCheck(Terms(2.0, "both")), guard.now) is None
    assert ask(guard) == Refused("configure", ("session",))
    guard.core.command(EndSession(), guard.now)
    assert ask(guard) is None


def test_service_mode_refuses() -> None:
    guard = Guard().run(3.0)
    guard.core.command(Service(on=True), guard.now)
    assert ask(guard) == Refused("configure", ("service",))


def test_a_permit_and_its_coasting_refuse() -> None:
    from hardware.link import RequestPermit, Revoke

    guard = Guard().run(3.0)
    guard.core.command(BeginCheck(Terms(2.0, "none")), guard.now)
    assert guard.core.command(RequestPermit(), guard.now) is None
    refused = ask(guard)
    assert refused is not None
    assert refused.failing == ("permit", "session")
    guard.muted = True
    guard.run(0.6)
    guard.core.command(Revoke("closed"), guard.now)
    guard.core.command(EndSession(), guard.now)
    # Nobody knows whether the belt that was running came to rest.
    assert ask(guard) == Refused("configure", ("moving",))


def test_faults_that_were_counted_stay_counted() -> None:
    guard = Guard().run(3.0)
    guard.mark = 1
    guard.run(0.1)
    guard.mark = 0
    guard.run(0.5)
    counted = guard.core.state.faults
    assert counted > 0
    assert ask(guard) is None
    assert guard.core.state.faults == counted
    guard.run(0.1)
    assert "sensor_fault" not in guard.status().causes
