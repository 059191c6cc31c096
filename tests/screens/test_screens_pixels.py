"""Contrast measured on what was drawn, and no state that is told by its colour alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.screens.scene import in_parts
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Stage, frames

PARTS = 8
SMALL = next(size for size in SIZES if size.name == "800x480")
UPRIGHT = next(size for size in SIZES if size.width < size.height)
PAIRS = (
    ("walking", "walking-fast"),
    ("walking", "walking-slow"),
    ("walking-fast", "walking-slow"),
    ("walking", "walking-unknown"),
    ("walking", "walking-no-hands"),
    ("checking", "checking-green"),
    ("checking-green", "checking-estop"),
    ("idle", "idle-estop"),
    ("paused", "stopped-estop"),
    ("starting", "alarm-ineffective"),
    ("choose", "choose-unlocked"),
)
"""Two states each that somebody must be able to tell apart."""


@pytest.fixture(scope="module")
def small() -> Iterator[Stage]:
    stage = Stage(SMALL)
    frames(1)
    yield stage
    stage.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_everything_stands_out(small: Stage, part: int) -> None:
    """At the smallest size, where a stroke has the fewest pixels; colours know no size."""
    from tests.screens.pixels import faint, grab

    found = []
    for name, scene in in_parts(SCENES, PARTS)[part].items():
        small.show(scene)
        found += [f"{name}: {fault}" for fault in faint(small, grab(small))]
    assert not found, "\n".join(found)


def test_the_gauges_shapes_stand_out(small: Stage) -> None:
    from kiosk.screens.gauges import BandBar
    from tests.screens.measure import box, visible
    from tests.screens.pixels import Pixels, contrast, grab

    def at(pixels: Pixels, x: float, y: float) -> tuple[int, ...]:
        start = 3 * (int(y) * pixels.width + int(x))
        red, green, blue = pixels.data[start : start + 3]
        return red, green, blue

    for name in ("walking", "walking-fast", "walking-slow"):
        small.show(SCENES[name])
        pixels = grab(small)
        bar = next(w for w in visible(small.shell) if isinstance(w, BandBar))
        here = box(bar)
        middle = (here.y + here.top) / 2

        def place(kmh: float, bar: BandBar = bar, left: float = here.x) -> float:
            return left + bar.width * kmh / bar.full

        inside = (bar.low + bar.high) / 2
        if abs(inside - bar.kmh) < 0.2:
            inside = bar.high - 0.1
        band = at(pixels, place(inside), middle)
        track = at(pixels, place(0.2), middle)
        needle = at(pixels, place(bar.kmh), middle)
        edge = at(pixels, place(bar.kmh), here.top + 2)
        assert contrast(band, track) >= 3, (name, band, track)
        assert contrast(needle, track) >= 3, (name, needle, track)
        assert edge != needle


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_state_is_told_by_colour_alone(small: Stage, one: str, other: str) -> None:
    from tests.screens.pixels import changed_in_grey, grab, signs

    told, drawn = [], []
    for name in (one, other):
        small.show(SCENES[name])
        drawn.append(grab(small))
        told.append(signs(small))
    assert told[0] ^ told[1], "the same words and shapes"
    assert changed_in_grey(*drawn) > 0.002, "alike in grey"


def test_what_is_faint_is_seen(small: Stage) -> None:
    from kiosk.screens.icons import Icon
    from kiosk.screens.lettering import Caps
    from tests.screens.measure import visible
    from tests.screens.pixels import changed_in_grey, faint, grab

    small.show(SCENES["walking"])
    before = grab(small)
    for widget in visible(small.shell):
        if isinstance(widget, Caps) and widget.shown == "3:37":
            widget.color = (0.35, 0.35, 0.35, 1)
        if isinstance(widget, Icon) and widget.name == "pause":
            widget.color = (0.1, 0.2, 0.24, 1)
    told = "\n".join(faint(small, grab(small)))
    assert "'3:37' has a contrast of" in told
    assert "the picture 'pause' has a contrast of" in told
    small.show(SCENES["walking"])
    assert changed_in_grey(before, grab(small)) == 0


def test_the_speed_s_panel_is_calm_again_after_a_warning(small: Stage) -> None:
    """On one and the same page: what was filled for a warning must not stay, in any colour."""
    from tests.screens.pixels import grab

    small.show(SCENES["walking"])
    page, calm = small.shell.page, grab(small).data
    small.desk.shown = SCENES["walking-fast"].shown
    small.look()
    assert grab(small).data != calm
    small.desk.shown = SCENES["walking"].shown
    small.look()
    assert small.shell.page is page
    assert grab(small).data == calm


def test_the_walk_stands_out_upright_too() -> None:
    """The last one here: it takes the window over."""
    from tests.screens.pixels import faint, grab

    stage = Stage(UPRIGHT)
    frames(1)
    found = []
    try:
        for name in ("walking", "walking-fast", "walking-no-hands", "paused", "idle", "summary"):
            stage.show(SCENES[name])
            found += [f"{name}: {fault}" for fault in faint(stage, grab(stage))]
    finally:
        stage.close()
    assert not found, "\n".join(found)
