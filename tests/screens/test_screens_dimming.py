"""The screen that rests, by touch: what wakes it, and that the touch does nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.config import Settings
from kiosk.screens.resting import Rest
from kiosk.session.model import Phase
from tests.screens.fake import MOVING, FakeDesk, snapshot, status, walk
from tests.screens.fake_staff import STICK, FakeStaff
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage, settle
from tests.screens.touch import target

Later = Callable[[float], None]


class Lamp:
    """Remembers what it was told; works until it is broken."""

    def __init__(self) -> None:
        self.told: list[float] = []
        self.works = True

    def set(self, percent: float) -> None:
        self.told.append(percent)


@pytest.fixture
def lamp(stage: Stage) -> Lamp:
    made = Lamp()
    stage.shell.dimming._light = made
    return made


@pytest.fixture(autouse=True)
def soon(stage: Stage) -> None:
    stage.desk.staff.preferences.reset(dim_after_s=120, dim_pct=20, brightness_pct=90)


def shown(stage: Stage) -> tuple[float, str] | None:
    """The veil's shade and words, where it lies over the screen."""
    veil = stage.shell.dimming.veil
    return None if veil.parent is None else (veil.shade, veil.name)


def test_without_a_backlight_a_veil_dims_then_darkens_and_drifts(
    stage: Stage, later: Later
) -> None:
    later(110)
    assert shown(stage) is None
    later(20)
    assert shown(stage) == (0.55, "")
    later(600)
    assert shown(stage) == (1.0, "Harbour Clinic")
    assert stage.shell.children[0] is stage.shell.dimming.veil
    words = stage.shell.dimming.veil.children[0]
    stood = set()
    for _ in range(40):
        later(60)
        stood.add(words.pos[0])
        assert words.x >= 0
        assert words.y >= 0
        assert words.right <= stage.shell.width
        assert words.top <= stage.shell.height
    assert len(stood) > 20


def test_a_backlight_is_turned_down_as_staff_set_it_and_the_screen_stays_clear(
    stage: Stage, later: Later, lamp: Lamp
) -> None:
    later(10)
    assert lamp.told == [90.0]
    later(120)
    assert (lamp.told[-1], shown(stage)) == (20.0, None)
    later(600)
    assert lamp.told == [90.0, 20.0, 5.0]
    assert shown(stage) == (1.0, "Harbour Clinic")


def test_a_backlight_that_fails_is_stood_in_for_and_tried_again(
    stage: Stage, later: Later, lamp: Lamp
) -> None:
    later(10)
    lamp.works = False
    later(130)
    assert shown(stage) == (0.55, "")
    assert lamp.told.count(20.0) > 1
    lamp.works = True
    later(2)
    assert shown(stage) is None


@pytest.mark.parametrize("seconds", [130, 800])
def test_the_touch_that_wakes_does_nothing_else_and_the_next_one_acts(
    stage: Stage, later: Later, seconds: int
) -> None:
    later(seconds)
    place = target(stage, "Tap to start").center
    felt: list[str] = []
    for name in ("on_touch_down", "on_touch_move", "on_touch_up"):
        stage.shell.page.bind(**{name: lambda *_, name=name: felt.append(name)})
    finger = stage.down(*place)
    assert shown(stage) is None
    stage.move(finger, place[0] + 1, place[1])
    stage.up(finger)
    stage.up(stage.down(*place))  # the other half of a double touch
    stage.look()
    assert (stage.shell.name, stage.desk.posted, felt) == ("home", [], [])
    later(1)
    stage.up(stage.down(*place))
    stage.look()
    assert stage.shell.name == "choose"


def test_a_second_finger_on_the_waking_screen_is_swallowed_too(stage: Stage, later: Later) -> None:
    later(130)
    place = target(stage, "Tap to start").center
    first = stage.down(5, 5)
    second = stage.down(*place)
    stage.up(first)
    stage.up(second)
    stage.look()
    assert stage.shell.name == "home"


def test_stop_is_never_swallowed(stage: Stage, later: Later) -> None:
    later(130)
    # A session that begins by the bench, and a touch before the next look and right after it.
    stage.up(stage.down(5, 5))
    stage.desk.shown = SCENES["walking"].shown
    stage.look()
    stage.down(*target(stage, "STOP").center)
    assert stage.desk.stops == 1


def test_nothing_rests_in_any_phase_of_a_session(stage: Stage, later: Later) -> None:
    for phase in set(Phase) - {Phase.IDLE}:
        stage.desk.shown = snapshot(phase, seen=MOVING, walking=walk(walked_s=83.0))
        later(800)
        assert (stage.shell.dimming.rest, shown(stage)) == (Rest.AWAKE, None), phase


@pytest.mark.parametrize("phase", ["planning", "writing", "checking", "ejecting"])
def test_an_export_keeps_the_screen_awake(
    stage: Stage, staff: FakeStaff, later: Later, phase: Any
) -> None:
    staff.reset(export=replace(staff.state().export, phase=phase))
    later(800)
    assert stage.shell.dimming.rest is Rest.AWAKE


def dark(stage: Stage, later: Later) -> None:
    stage.desk.staff.preferences.reset(dim_after_s=120)
    later(800)
    assert stage.shell.dimming.rest is Rest.DARK


def test_a_session_an_alarm_and_a_fault_wake_it(stage: Stage, later: Later) -> None:
    for name in ("checking", "alarm-ineffective", "stopped-coasting-estop"):
        stage.show(SCENES["idle"])
        dark(stage, later)
        stage.desk.shown = SCENES[name].shown
        stage.look()
        assert (shown(stage), stage.shell.dimming.rest) == (None, Rest.AWAKE), name
    stage.show(SCENES["idle"])
    dark(stage, later)
    stage.shell.fault()
    stage.look()
    assert (stage.shell.name, shown(stage)) == ("fault", None)


def test_a_stick_a_hand_and_the_emergency_stop_wake_it(
    stage: Stage, staff: FakeStaff, later: Later
) -> None:
    dark(stage, later)
    staff.reset(sticks=() if staff.state().sticks else (STICK,))
    stage.look()
    assert stage.shell.dimming.rest is Rest.AWAKE
    dark(stage, later)
    stage.desk.shown = replace(stage.desk.shown, status=status(hands=(True, False)))
    stage.look()
    assert stage.shell.dimming.rest is Rest.AWAKE


def test_a_new_language_leaves_the_veil_where_it_was(stage: Stage, later: Later) -> None:
    stage.room.language = "de"
    stage.look()
    later(130)  # 90 s untouched: the place's own language is back, and the screen made anew
    assert stage.room.language == "en"
    assert shown(stage) == (0.55, "")
    assert stage.shell.children[0] is stage.shell.dimming.veil


# --- against burn-in ------------------------------------------------------------------------


@pytest.fixture
def desktop(stage: Stage) -> Iterator[Any]:
    """What stands in the window of a real kiosk."""
    from kiosk.screens.desktop import Desktop

    stage.window.remove_widget(stage.shell)
    made = Desktop(FakeDesk(), Settings(), simulated=False, bench_socket=None, pictures=None)
    stage.window.add_widget(made)
    settle(2)
    yield made
    stage.window.remove_widget(made)
    made.close()
    stage.window.add_widget(stage.shell)


def test_the_screen_stands_a_little_off_and_still_whole_and_touches_meet(
    stage: Stage, desktop: Any
) -> None:
    from tests.screens.measure import box, visible

    shell = desktop.shell
    desktop.tick()
    settle(3)
    frames = [widget for widget in visible(shell) if type(widget).__name__ in {"StartTile"}]
    before = [box(widget) for widget in frames]
    shell.off_place = [1, -1]
    settle(3)
    after = [box(widget) for widget in frames]
    assert shell.pos[0] > 0 > shell.pos[1]
    assert [b.x - a.x for a, b in zip(before, after, strict=True)] == [shell.pos[0]]
    for widget in visible(shell):
        if not widget.children:
            seen = box(widget)
            assert seen.x >= -0.5, widget
            assert seen.y >= -0.5, widget
            assert seen.right <= stage.window.width + 0.5, widget
            assert seen.top <= stage.window.height + 0.5, widget
    assert list(stage.window.clearcolor) == list(shell.page.ground)


def test_a_screen_on_which_somebody_moves_stands_in_its_place(stage: Stage, later: Later) -> None:
    later(130)
    assert tuple(stage.shell.off_place) != (0, 0)
    for name in ("walking", "stopped-coasting-estop", "countdown", "paused"):
        stage.desk.shown = SCENES[name].shown
        stage.look()
        assert tuple(stage.shell.off_place) == (0, 0), name


def test_a_real_kiosk_dims_its_backlight_and_leaves_it_bright(tmp_path: Path) -> None:
    from kiosk.backlight import Backlight
    from kiosk.backlight import Lamp as RealLamp

    device = tmp_path / "10-0045"
    device.mkdir()
    (device / "max_brightness").write_text("255\n")
    (device / "brightness").write_text("1\n")
    lamp = RealLamp(Backlight(tmp_path))
    lamp.close()
    assert (device / "brightness").read_text() == "255"
