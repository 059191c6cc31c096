"""Touchscreen or display pulled out: fingers let go, a walk is paused once, and it is said."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.glass import DISPLAY_GONE, TOUCH_GONE, Glass
from kiosk.screens.loss import LOST_S, Loss
from kiosk.session.actions import Pause
from kiosk.session.model import Phase
from tests.screens.fake import snapshot
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage

WHOLE = Glass(touch=True, display=True)


class Watched:
    """What is plugged in, as a test has it."""

    seen = WHOLE

    def faults(self) -> tuple[Any, ...]:
        told = ((self.seen.touch, TOUCH_GONE), (self.seen.display, DISPLAY_GONE))
        return tuple((words,) for there, words in told if there is False)


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def released() -> list[str]:
    return []


@pytest.fixture
def loss(stage: Stage, watched: Watched, released: list[str]) -> Loss:
    return Loss(watched, stage.room, lambda: released.append("all"))


WALKING = SCENES["walking"].shown


@pytest.mark.parametrize("gone", [Glass(False, True), Glass(True, False), Glass(False, False)])
def test_a_walk_is_paused_once_and_only_when_it_stays_gone(
    stage: Stage, watched: Watched, loss: Loss, gone: Glass
) -> None:
    loss.look(0.0, WALKING)
    watched.seen = gone
    loss.look(1.0, WALKING)
    loss.look(1.0 + LOST_S - 0.1, WALKING)
    assert stage.desk.posted == []
    for tenth in range(20):
        loss.look(1.0 + LOST_S + tenth / 10, WALKING)
    assert stage.desk.posted == [Pause()]
    assert stage.room.notice is None
    watched.seen = WHOLE
    loss.look(10.0, WALKING)
    watched.seen = gone
    loss.look(11.0, WALKING)
    loss.look(20.0, WALKING)
    assert stage.desk.posted == [Pause(), Pause()]


def test_a_cable_that_is_knocked_pauses_nothing_but_takes_the_fingers_off(
    stage: Stage, watched: Watched, loss: Loss, released: list[str]
) -> None:
    watched.seen = Glass(touch=False, display=True)
    loss.look(0.0, WALKING)
    watched.seen = WHOLE
    loss.look(0.5, WALKING)
    loss.look(9.0, WALKING)
    assert (stage.desk.posted, released) == ([], ["all"])


def test_it_is_said_where_nobody_walks_and_no_longer_than_it_is_so(
    stage: Stage, watched: Watched, loss: Loss
) -> None:
    watched.seen = Glass(touch=False, display=True)
    loss.look(0.0, snapshot())
    loss.look(2.0, snapshot())
    stage.look()
    assert stage.shell.name == "notice"
    assert stage.room.notice == str(TOUCH_GONE)
    watched.seen = WHOLE
    loss.look(3.0, snapshot())
    stage.look()
    assert (stage.shell.name, stage.room.notice) == ("home", None)


def test_a_notice_of_somebody_else_stays(stage: Stage, watched: Watched, loss: Loss) -> None:
    stage.room.notice = "Something else."
    watched.seen = Glass(touch=False)
    loss.look(0.0, snapshot())
    loss.look(2.0, snapshot())
    watched.seen = WHOLE
    loss.look(3.0, snapshot())
    assert stage.room.notice == "Something else."


@pytest.mark.parametrize("phase", set(Phase) - {Phase.WALKING})
def test_nothing_else_is_paused(stage: Stage, watched: Watched, loss: Loss, phase: Phase) -> None:
    watched.seen = Glass(touch=False)
    shown = replace(WALKING, session=replace(WALKING.session, phase=phase))
    loss.look(0.0, shown)
    loss.look(9.0, shown)
    assert stage.desk.posted == []
