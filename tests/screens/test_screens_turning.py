"""A display that is mounted another way: what is seen and what is touched turn alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from PIL import Image, ImageChops, ImageStat

from kiosk.config import Screen
from kiosk.screens.gate import Gate
from kiosk.screens.turning import turn
from tests.screens import sdl
from tests.screens.stage import Stage, frames, settle
from tests.screens.test_screens_gate import go_round
from tests.screens.touch import target

BACK = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_270}  # fmt: skip
"""Pillow turns against the clock."""


@pytest.fixture
def turned(stage: Stage) -> Iterator[Any]:
    """Stands in for a display whose own pixels are upright, or upside down."""

    def mounted(rotate: Literal["auto", 0, 90, 180, 270], *, alone: bool = True) -> None:
        stage.window.size = (1280, 720) if rotate == 180 else (720, 1280)
        turn(stage.window, Screen(rotate=rotate), alone=alone)
        settle(3)

    yield mounted
    turn(stage.window, Screen(rotate=0), alone=True)
    stage.window.size = (1280, 720)
    settle(2)


def seen(stage: Stage) -> Image.Image:
    """What the display's own pixels show, from its upper left."""
    from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

    frames(2)
    size = tuple(stage.window.system_size)
    data = bytes(glReadPixels(0, 0, *size, GL_RGB, GL_UNSIGNED_BYTE))
    return Image.frombytes("RGB", size, data).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


@pytest.mark.parametrize(("rotate", "clockwise"), [(90, 90), (180, 180), (270, 270), ("auto", 90)])
def test_picture_and_fingers_turn_alike(
    stage: Stage, gate: Gate, turned: Any, rotate: Any, clockwise: int
) -> None:
    straight = seen(stage)
    x, y = target(stage, "Tap to start").center
    across, down = x / stage.window.width, 1 - y / stage.window.height
    turned(rotate)
    assert stage.window.size == (1280, 720), "the layout is as people look at it"
    on_display = seen(stage)
    assert on_display.size == ((1280, 720) if clockwise == 180 else (720, 1280))
    again = on_display.transpose(BACK[clockwise])
    difference = ImageStat.Stat(ImageChops.difference(straight, again)).mean
    assert max(difference) < 1.0, difference
    place = {90: (1 - down, across), 180: (1 - across, 1 - down), 270: (down, 1 - across)}
    for kind in (sdl.FINGER_DOWN, sdl.FINGER_UP):
        sdl.finger(kind, 3, *place[clockwise])
        go_round(stage)
    stage.look()
    assert stage.shell.name == "choose"


def test_a_finger_that_is_taken_off_a_turned_display_presses_nothing(
    stage: Stage, gate: Gate, turned: Any
) -> None:
    turned(90)
    button = target(stage, "Tap to start")
    x, y = button.center
    sdl.finger(sdl.FINGER_DOWN, 3, y / 720, x / 1280)
    go_round(stage)
    assert button.down
    gate.release()
    go_round(stage)
    stage.look()
    assert (button.down, stage.shell.name) == (False, "home")


@pytest.mark.parametrize(("rotate", "alone"), [(0, True), ("auto", False)])
def test_nothing_turns_that_was_told_not_to_or_is_a_window_among_others(
    stage: Stage, turned: Any, rotate: Any, alone: bool
) -> None:
    turned(rotate, alone=alone)
    assert stage.window.rotation == 0


def test_an_upright_layout_on_an_upright_display_stays(stage: Stage, turned: Any) -> None:
    turned(0)
    turn(stage.window, Screen(size="portrait"), alone=True)
    assert stage.window.rotation == 0


def test_the_window_is_asked_for_as_the_display_is() -> None:
    assert Screen().own_size == Screen(rotate=180).own_size == (1280, 720)
    assert Screen(rotate=90).own_size == Screen(rotate=270).own_size == (720, 1280)
