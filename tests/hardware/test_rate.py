"""The sensor's clock beside ours: what goes apart is found, what only comes late is not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.belt.protocol import Frame
from hardware.belt.rate import LOOK_US, RENEW_US, SLACK_PART, SLACK_US, ClockRate
from hardware.belt.speed import BeltSpeed

FRAME_US = 20_000
S = 1_000_000


def pairs(
    rate: float, seconds: float, late_us: Callable[[int], int] = lambda _at: 0, from_us: int = 0
) -> Iterator[tuple[int, int]]:
    """Frames 50 times a second: the sensor's time, ours. Nothing overtakes."""
    heard_us = from_us
    for number in range(round(seconds * 50)):
        at_us = from_us + number * FRAME_US
        heard_us = max(heard_us, at_us + late_us(at_us - from_us))
        yield round((at_us - from_us) * rate), heard_us


def first_off_s(rate: float, seconds: float = 60.0) -> float | None:
    clock = ClockRate()
    for sensor_us, host_us in pairs(rate, seconds):
        if clock.is_off(sensor_us, host_us):
            return host_us / S
    return None


@pytest.mark.parametrize("rate", [0.96, 0.999, 1.0, 1.00003, 1.001, 1.04])
def test_clocks_that_nearly_agree_are_not_blamed(rate: float) -> None:
    assert first_off_s(rate, 300.0) is None


@pytest.mark.parametrize(
    ("rate", "within_s"),
    [(6.0, 1.05), (5.0, 1.05), (2.0, 1.15), (1.5, 1.3), (1.2, 1.8), (1.1, 3.1), (1.07, 6.2)],
)
def test_a_clock_that_is_too_fast_shows_within_moments(rate: float, within_s: float) -> None:
    found_s = first_off_s(rate)
    assert found_s is not None
    assert 1.0 < found_s < within_s


@pytest.mark.parametrize(("rate", "within_s"), [(0.0, 3.1), (0.2, 3.1), (0.5, 3.1), (0.9, 3.1)])
def test_a_clock_that_is_too_slow_shows_by_a_whole_second(rate: float, within_s: float) -> None:
    found_s = first_off_s(rate)
    assert found_s is not None
    assert 1.9 < found_s < within_s


@pytest.mark.parametrize("rate", [0.8, 1.2, 5.0])
def test_it_never_looks_well_for_as_long_as_a_start_needs(rate: float) -> None:
    clock = ClockRate()
    blamed = [host for sensor, host in pairs(rate, 60.0) if clock.is_off(sensor, host)]
    assert max(b - a for a, b in pairwise(blamed)) < 2 * S
    assert blamed[0] < 4 * S
    assert blamed[-1] > 58 * S


def fed(*pairs_us: tuple[int, int]) -> list[bool]:
    """What is said of each: how late it is, and when it is heard."""
    clock = ClockRate()
    return [clock.is_off(heard_us - late_us, heard_us) for late_us, heard_us in pairs_us]


KNOWN = ((0, 0), (0, LOOK_US))
"""A second that shows no lateness."""


@pytest.mark.parametrize("age_us", [20, 500_000])
def test_how_early_is_too_early_to_the_microsecond(age_us: int) -> None:
    most_us = SLACK_US + age_us // SLACK_PART
    at_us = LOOK_US + age_us
    assert fed(*KNOWN, (0, LOOK_US + 1), (-most_us, at_us))[-1] is False
    assert fed(*KNOWN, (0, LOOK_US + 1), (-most_us - 1, at_us))[-1] is True
    # The first of a second tells as well.
    assert fed(*KNOWN, (-most_us - 1, at_us))[-1] is True


def test_how_late_is_too_late_to_the_microsecond_and_by_a_whole_second() -> None:
    first_us, over_us = LOOK_US + 20, 2 * LOOK_US + 20
    most_us = SLACK_US + (over_us - LOOK_US) // SLACK_PART
    assert fed(*KNOWN, (most_us, first_us), (most_us, over_us)) == [False] * 4
    late = most_us + 1
    assert fed(*KNOWN, (late, first_us), (late, over_us)) == [False, False, False, True]
    assert fed(*KNOWN, (late, first_us), (late, over_us - 1)) == [False] * 4
    # One frame in time settles it.
    assert fed(*KNOWN, (late, first_us), (0, first_us + 1), (late, over_us)) == [False] * 5


def test_what_is_known_is_ten_seconds_old_at_most() -> None:
    late_us = 200_000
    old = (*KNOWN, (late_us, 10 * S), (late_us, LOOK_US + RENEW_US))
    assert fed(*old, (0, LOOK_US + RENEW_US + 20)) == [False] * 4 + [True]
    younger = (*KNOWN, (late_us, 9 * S), (late_us, LOOK_US + RENEW_US - 1))
    assert fed(*younger, (0, LOOK_US + RENEW_US + 20)) == [False] * 5
    # And not less either: what is compared a second later is still that.
    later_us = LOOK_US + RENEW_US + 100_000
    again = (*old, (340_000, later_us), (340_000, later_us + LOOK_US))
    assert fed(*again, (60_000, later_us + LOOK_US + 20)) == [False] * 7


def test_what_it_is_compared_with_is_renewed() -> None:
    """A drift within its share goes on for ever: each ten seconds begin anew."""
    clock = ClockRate()
    assert not any(clock.is_off(*pair) for pair in pairs(1.04, 10 * RENEW_US / S))
    # Quicker from then on: judged by what was known ten seconds ago at most.
    end_us = round(10 * RENEW_US * 1.04)
    later = [
        clock.is_off(end_us + sensor_us, 10 * RENEW_US + host_us)
        for sensor_us, host_us in pairs(2.0, 1.0)
    ]
    assert any(later)


def test_a_restart_forgets() -> None:
    clock = ClockRate()
    for pair in pairs(1.0, 5.0):
        assert not clock.is_off(*pair)
    clock.restart()
    for sensor_us, host_us in pairs(1.0, 5.0, from_us=6 * S):
        assert not clock.is_off(sensor_us + 77 * S, host_us)


@pytest.mark.parametrize("stall_s", [0.1, 0.3, 0.45, 0.9, 3.0])
def test_a_computer_that_stands_still_is_not_the_sensor(stall_s: float) -> None:
    def late_us(at_us: int) -> int:
        """Every seven seconds it stands still, and then hears all of it at once."""
        into_us = at_us % (7 * S)
        return max(0, round(stall_s * S) - into_us)

    for from_us in (0, 3 * S):
        clock = ClockRate()
        started = [pair for pair in pairs(1.0, 60.0, late_us) if pair[1] >= from_us]
        assert not any(clock.is_off(*pair) for pair in started)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.0, 0.04), st.integers(1_000, 400_000))
def test_no_jitter_of_delivery_is_blamed(seed: int, drift: float, most_us: int) -> None:
    lots = random.Random(seed)

    def late_us(_at_us: int) -> int:
        return lots.randrange(most_us) if lots.random() < 0.03 else 0

    clock = ClockRate()
    rate = 1.0 + lots.choice((-drift, drift))
    assert not any(clock.is_off(*pair) for pair in pairs(rate, 40.0, late_us))


@pytest.mark.parametrize(("rate", "known"), [(5.0, False), (0.5, False), (1.0, True)])
def test_a_speed_by_a_clock_that_runs_wrong_is_unknown(rate: float, known: bool) -> None:
    """9 km/h would be told as 1.8, with every frame as it should be."""
    belt = BeltSpeed(5.0)
    seen = []
    for number in range(500):
        at_s = number / 50
        true_kmh = min(9.0, 2.0 * at_s)
        way_mm = true_kmh * at_s / 7.2e-3 if true_kmh < 9.0 else 9.0 / 3.6e-3 * (at_s - 2.25)
        count = int(way_mm // 5)
        # The last edge: as the way says, by the sensor's own clock.
        edge_mm = count * 5
        edge_s = (edge_mm * 3.6e-3) ** 0.5 if edge_mm <= 5625 else edge_mm * 3.6e-3 / 9.0 + 2.25
        clock_us, edge_us = round(at_s * rate * S), round(min(edge_s, at_s) * rate * S)
        belt.use(Frame(number % 256, clock_us, count, edge_us, 0), number * 20 * 10**6)
        seen.append((at_s, belt.speed_kmh, belt.fault))
    late = [(speed, fault) for at_s, speed, fault in seen if at_s > 6.0]
    if known:
        assert all(speed == pytest.approx(9.0, rel=0.01) for speed, _ in late)
        assert belt.faults == 0
    else:
        assert any("another speed" in (fault or "") for _, fault in late)
        # As often as would never let the sensor count as healthy for two seconds.
        faulty = [at_s for at_s, _, fault in seen if fault]
        assert max(b - a for a, b in pairwise(faulty)) < 2.0
