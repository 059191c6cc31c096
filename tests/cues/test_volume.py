"""The staff's volume, the patron's steps beside it, and what neither touches."""

from __future__ import annotations

import pytest

from kiosk.cues.volume import Volume


@pytest.mark.parametrize("staff", [1, 20, 50, 80, 99])
def test_every_step_is_louder_than_the_one_below(staff: int) -> None:
    volume = Volume(staff)
    for _ in range(5):
        volume.down()
    levels = [volume.level()]
    while volume.can_go_up:
        volume.up()
        levels.append(volume.level())
    assert levels == sorted(set(levels))
    assert 0 < levels[0] < levels[-1] == 1.0
    assert volume.step == 2


def test_the_steps_end_on_both_sides() -> None:
    volume = Volume(80)
    for _ in range(9):
        volume.up()
    assert (volume.step, volume.can_go_up, volume.can_go_down) == (2, False, True)
    for _ in range(9):
        volume.down()
    assert (volume.step, volume.can_go_up, volume.can_go_down) == (-2, True, False)


def test_at_the_staffs_full_volume_there_is_nothing_louder() -> None:
    volume = Volume(100)
    assert not volume.can_go_up
    assert volume.can_go_down


def test_switched_off_by_the_staff_it_stays_off_but_for_warnings() -> None:
    volume = Volume(0)
    volume.up()
    assert volume.level() == 0.0
    assert volume.level(urgent=True) == 1.0


def test_a_warning_ignores_both() -> None:
    volume = Volume(30)
    volume.down()
    assert volume.level(urgent=True) == 1.0


def test_the_patron_goes_and_the_staffs_volume_is_back() -> None:
    volume = Volume(60)
    volume.down()
    volume.reset()
    assert volume.level() == pytest.approx(0.6)
    volume.set_staff(90)
    assert volume.level() == pytest.approx(0.9)


def test_each_touch_is_heard() -> None:
    touches: list[int] = []
    volume = Volume(60)
    volume.on_change = lambda: touches.append(volume.step)
    volume.up()
    volume.up()
    volume.up()
    volume.down()
    assert touches == [1, 2, 1]


@pytest.mark.parametrize(("staff", "bars"), [(80, [3, 4, 5, 1, 2, 3]), (100, [5, 1, 2, 5, 1, 2])])
def test_a_single_key_goes_round_and_shows_where_it_is(staff: int, bars: list[int]) -> None:
    volume = Volume(staff)
    seen = []
    for _ in range(6):
        seen.append(volume.bars)
        volume.turn()
    assert seen == bars
