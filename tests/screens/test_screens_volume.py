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
