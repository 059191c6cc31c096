"""The simulated belt: inertia, ramps, and the permit that can only take motion away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.simulator.treadmill import LONGEST_JUMP_S, STEEPEST_KMH_S, Treadmill


def run(treadmill: Treadmill, seconds: float) -> list[float]:
    """Advance in frames; return the speeds."""
    speeds = []
    end_s = treadmill.now_s + seconds
    while treadmill.now_s < end_s - 1e-9:
        for _ in treadmill.advance(min(end_s, treadmill.now_s + 0.02)):
            speeds.append(treadmill.speed_kmh)
    return speeds


def permitted() -> Treadmill:
    treadmill = Treadmill(100.0)
    treadmill.set_permit(True)
    return treadmill


def test_it_reaches_its_speed_at_the_ramp_asked_for() -> None:
    treadmill = permitted()
    treadmill.command(2.0, 1.0)
    run(treadmill, 1.0)
    assert treadmill.speed_kmh == pytest.approx(1.0, abs=0.1)
    run(treadmill, 2.0)
    assert treadmill.speed_kmh == 2.0


def test_without_a_permit_a_command_does_nothing_then_or_later() -> None:
    treadmill = Treadmill(100.0)
    treadmill.command(2.0, 5.0)
    assert set(run(treadmill, 1.0)) <= {0.0}
    treadmill.set_permit(True)
    assert set(run(treadmill, 1.0)) <= {0.0}
    assert treadmill.position_mm == 0.0


def test_losing_the_permit_slows_by_1_kmh_a_second_to_rest_and_stays_there() -> None:
    treadmill = permitted()
    treadmill.command(3.0, 6.0)
    run(treadmill, 2.0)
    treadmill.set_permit(False)
    run(treadmill, 1.0)
    assert treadmill.speed_kmh == pytest.approx(2.0, abs=0.1)
    run(treadmill, 3.0)
    assert treadmill.speed_kmh == 0.0
    treadmill.set_permit(True)
    assert set(run(treadmill, 2.0)) <= {0.0}


def test_a_permit_given_back_while_it_rolls_out_does_not_speed_it_up() -> None:
    treadmill = permitted()
    treadmill.command(3.0, 6.0)
    run(treadmill, 2.0)
    treadmill.set_permit(False)
    run(treadmill, 0.5)
    treadmill.set_permit(True)
    speeds = run(treadmill, 4.0)
    assert speeds == sorted(speeds, reverse=True)
    assert treadmill.speed_kmh == 0.0


def test_force_moves_it_regardless_until_a_new_command() -> None:
    treadmill = permitted()
    treadmill.command(1.0, 6.0, force=True)
    run(treadmill, 1.0)
    treadmill.set_permit(False)
    assert set(run(treadmill, 5.0)) == {1.0}
    treadmill.command(1.0, 6.0)
    run(treadmill, 2.0)
    assert treadmill.speed_kmh == 0.0


def test_without_control_it_follows_the_command_alone() -> None:
    treadmill = Treadmill(0.0, controlled=False)
    treadmill.command(-1.5, 6.0)
    run(treadmill, 2.0)
    treadmill.set_permit(True)
    treadmill.set_permit(False)
    assert set(run(treadmill, 2.0)) == {-1.5}


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 1000.0), st.floats(0.01, 1.0)), max_size=5)
)
def test_it_never_jumps_and_its_way_is_its_speed(steps: list[tuple[float, float, float]]) -> None:
    treadmill = permitted()
    for kmh, ramp, seconds in steps:
        treadmill.command(kmh, ramp)
        end_s = treadmill.now_s + seconds
        before_kmh, moved_mm, start_mm = treadmill.speed_kmh, 0.0, treadmill.position_mm
        for segment in treadmill.advance(end_s):
            dt_s = segment.to_s - segment.from_s
            assert dt_s > 0.0
            changed_kmh = abs(treadmill.speed_kmh - before_kmh)
            assert changed_kmh <= STEEPEST_KMH_S * dt_s + 0.0021
            moved_mm += (before_kmh + treadmill.speed_kmh) / 2 / 3.6 * 1000 * dt_s
            before_kmh = treadmill.speed_kmh
        assert treadmill.now_s == pytest.approx(end_s)
        assert treadmill.position_mm - start_mm == pytest.approx(moved_mm, abs=0.01)


def test_a_long_stall_is_not_simulated_in_full() -> None:
    treadmill = permitted()
    treadmill.command(1.0, 0.01)
    assert len(list(treadmill.advance(10_000.0))) <= LONGEST_JUMP_S * 1000 + 2
    assert treadmill.now_s == 10_000.0
