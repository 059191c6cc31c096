"""The patron's volume on the ready check: each touch is a step, and heard."""

from __future__ import annotations

from kiosk.screens.volume import VolumeKey
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage
from tests.screens.touch import tap


def key_of(stage: Stage) -> VolumeKey:
    found = [one for one in stage.shell.walk(restrict=True) if isinstance(one, VolumeKey)]
    assert len(found) == 1
    return found[0]


def test_a_touch_is_a_step_louder_and_is_heard(stage: Stage) -> None:
    stage.show(SCENES["checking"])
    heard: list[float] = []
    stage.room.volume.on_change = lambda: heard.append(stage.room.volume.level())
    key = key_of(stage)
    assert key.bars == 3
    tap(stage, "Volume")
    assert key.bars == 4
    assert stage.room.volume.step == 1
    assert len(heard) == 1
    assert stage.desk.posted == []


def test_in_a_pause_it_is_as_near_and_does_nothing_else(stage: Stage) -> None:
    stage.show(SCENES["paused"])
    heard: list[float] = []
    stage.room.volume.on_change = lambda: heard.append(stage.room.volume.level())
    key = key_of(stage)
    stage.guard.reset()
    stage.up(stage.down(*key.to_window(*key.center)))
    assert (stage.room.volume.step, len(heard)) == (1, 1)
    assert stage.desk.posted == []
    assert stage.desk.stops == 0
    tap(stage, "Go on")
    assert len(stage.desk.posted) == 1


def test_it_makes_room_for_what_the_console_must_show(stage: Stage) -> None:
    stage.show(SCENES["paused-incline"])
    assert not [one for one in stage.shell.walk(restrict=True) if isinstance(one, VolumeKey)]
    stage.show(SCENES["paused"])
    assert key_of(stage).bars == 3
