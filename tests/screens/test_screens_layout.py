"""Every screen in every state, at every supported size: nothing clipped, small or in the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.screens.scene import in_parts
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Size, Stage

PARTS = 6


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: size.name)
def staged(request: pytest.FixtureRequest) -> Iterator[tuple[Stage, Size]]:
    stage = Stage(request.param)
    yield stage, request.param
    stage.close()


def test_the_parts_hold_every_screen() -> None:
    parts = in_parts(SCENES, PARTS)
    assert sorted(name for part in parts for name in part) == sorted(SCENES)
    assert len(parts) == PARTS


@pytest.mark.parametrize("part", range(PARTS))
def test_every_screen_can_be_read_and_hit(staged: tuple[Stage, Size], part: int) -> None:
    from tests.screens.measure import faults

    stage, size = staged
    found: list[str] = []
    for name, scene in in_parts(SCENES, PARTS)[part].items():
        stage.show(scene)
        found += faults(stage, size, name)
    assert not found, "\n".join(found)


def test_time_and_speed_are_read_from_afar(staged: tuple[Stage, Size]) -> None:
    from tests.screens.measure import texts

    stage, size = staged
    stage.show(SCENES["walking"])
    caps = {item.text: item.cap / size.px_per_mm for item in texts(stage.shell)}
    assert caps["3:37"] >= 18.0
    assert caps["1.2"] >= 18.0


def test_the_scale_of_effort_is_told_in_words(staged: tuple[Stage, Size]) -> None:
    """Its ends before a number is tapped, each number by its own word after."""
    from tests.screens.measure import faults, texts

    stage, size = staged
    stage.show(SCENES["summary-rpe"])
    told = "\n".join(item.text for item in texts(stage.shell))
    for words in ("6: no effort at all", "20: as hard as can be"):
        assert words in told.split("\n"), words
    assert faults(stage, size, "summary-rpe") == []
    stage.show(SCENES["summary-rpe-13"])
    assert "13: somewhat hard" in [item.text for item in texts(stage.shell)]


def test_a_broken_layout_is_seen(staged: tuple[Stage, Size]) -> None:
    from kiosk.screens.lettering import Caps
    from kiosk.screens.widgets import StopButton, Tap
    from tests.screens.measure import faults, visible

    stage, size = staged
    stage.show(SCENES["walking"])
    parts: dict[str, Any] = {}
    for widget in visible(stage.shell):
        if isinstance(widget, Caps) and widget.shown == "1.2":
            parts["speed"] = widget
        if isinstance(widget, StopButton):
            parts["stop"] = widget
        if isinstance(widget, Tap):
            parts["pause"] = widget
    parts["speed"].text = "123456.7"
    parts["stop"].size_hint = parts["pause"].size_hint = (None, None)
    parts["stop"].size = (10, 10)
    parts["pause"].size = (20 * size.px_per_mm, 400)
    told = "\n".join(faults(stage, size, "walking"))
    for word in ("wider than its box", "STOP is not the largest", "is 20.00 mm"):
        assert word in told, told
