"""When the screen rests and what wakes it, by the clock alone."""

from __future__ import annotations

import itertools

import pytest

from kiosk.screens.resting import (
    DARK_AFTER_S,
    SECOND_HALF_S,
    SHIFT_EVERY_S,
    UNTOUCHED_S,
    Rest,
    Resting,
    Seen,
)

CALM, BUSY = Seen(calm=True), Seen(calm=False)


def test_it_dims_then_goes_dark_and_a_look_with_something_on_wakes_it() -> None:
    resting = Resting(0.0)
    assert resting.look(119.9, CALM, 120) is Rest.AWAKE
    assert resting.look(120.0, CALM, 120) is Rest.DIM
    assert resting.look(120.0 + DARK_AFTER_S, CALM, 120) is Rest.DARK
    assert resting.look(900.0, BUSY, 120) is Rest.AWAKE
    assert resting.look(1019.9, CALM, 120) is Rest.AWAKE
    assert resting.look(1020.0, CALM, 120) is Rest.DIM


def test_a_screen_that_shall_not_be_dimmed_is_not() -> None:
    assert Resting(0.0).look(1e6, CALM, 0) is Rest.AWAKE


def test_a_sign_that_changes_wakes_it_and_one_that_stays_does_not() -> None:
    resting = Resting(0.0)
    seen = Seen(calm=True, signs=("stick",))
    assert resting.look(10.0, seen, 120) is Rest.AWAKE
    assert resting.look(130.0, seen, 120) is Rest.DIM
    assert resting.look(131.0, CALM, 120) is Rest.AWAKE


def test_the_touch_that_wakes_does_nothing_else_nor_does_its_other_half() -> None:
    resting = Resting(0.0)
    assert not resting.touched(50.0)
    resting.look(170.0, CALM, 120)
    assert resting.touched(171.0)
    assert resting.rest is Rest.AWAKE
    assert resting.touched(171.0 + SECOND_HALF_S - 0.01)
    assert not resting.touched(171.0 + SECOND_HALF_S)
    assert resting.look(172.0, CALM, 120) is Rest.AWAKE


def test_it_stands_a_little_elsewhere_each_minute_while_nobody_touches_it() -> None:
    resting = Resting(0.0)
    stood = {resting.shift(float(second), calm=True) for second in range(3600)}
    assert len(stood) == 9
    assert max(abs(step) for place in stood for step in place) == 1
    resting = Resting(0.0)
    assert resting.shift(SHIFT_EVERY_S - 1, calm=True) == (0, 0)
    resting.touched(SHIFT_EVERY_S - 1)
    assert resting.shift(SHIFT_EVERY_S + 1, calm=True) == (0, 0)
    there = resting.shift(SHIFT_EVERY_S - 1 + UNTOUCHED_S, calm=True)
    assert there != (0, 0)
    resting.touched(SHIFT_EVERY_S + UNTOUCHED_S)
    assert resting.shift(SHIFT_EVERY_S + UNTOUCHED_S + 1, calm=True) == there
    assert resting.shift(1e5, calm=False) == (0, 0)


@pytest.mark.parametrize("minutes", [60])
def test_the_sign_of_life_goes_about_the_whole_dark_screen(minutes: int) -> None:
    resting = Resting(0.0)
    places = [resting.place(60.0 * minute) for minute in range(minutes)]
    assert resting.place(59.9) == places[0]
    assert len(set(places)) == minutes
    for axis in (0, 1):
        shares = sorted(place[axis] for place in places)
        assert shares[0] < 0.05
        assert 0.95 < shares[-1] < 1.0
        assert max(b - a for a, b in itertools.pairwise(shares)) < 0.1
