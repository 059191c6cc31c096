"""Pages that nobody may wait for are made before the walk, and are the same as any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.cues import languages, texts
from tests.screens.fake import FakeDesk
from tests.screens.pixels import grab
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Stage

SHOWN = [
    "stopped-estop",
    "stopped-rails_released",
    "stopped-coasting-estop",
    "stopped-coasting-unknown",
    "alarm-ineffective",
    "alarm-guard-lost",
]


@pytest.fixture
def small() -> Iterator[Stage]:
    """The size at which pixels are read: off-screen a larger one lies in part outside."""
    made = Stage(SIZES[1], FakeDesk())
    yield made
    made.close()


def get_ready(stage: Stage) -> None:
    """Stand there until the hands are on the rails, and walk."""
    stage.show(SCENES["checking"])
    for _ in range(4):
        stage.look()
    stage.show(SCENES["walking"])


def break_making(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    def fails(_room: Any) -> Any:
        raise AssertionError("made while somebody walks")

    for name in names:
        monkeypatch.setitem(__import__("kiosk.screens.shell").screens.shell.PAGES, name, fails)


@pytest.mark.parametrize("scene", SHOWN)
def test_what_was_made_ahead_looks_as_if_made_now(small: Stage, scene: str) -> None:
    small.shell._ahead.clear()
    small.show(SCENES[scene])
    wanted = grab(small)
    get_ready(small)
    made = dict(small.shell._ahead)
    small.show(SCENES[scene])
    assert small.shell.page in made.values()
    assert grab(small) == wanted


@pytest.mark.parametrize("scene", ["stopped-coasting-estop", "alarm-ineffective"])
def test_a_stop_waits_for_no_page_to_be_made(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, scene: str
) -> None:
    get_ready(stage)
    break_making(monkeypatch, "stopped", "alarm")
    stage.desk.shown = SCENES[scene].shown
    stage.shell.tick()
    assert stage.shell.name == scene.partition("-")[0]


def test_a_page_that_cannot_be_made_is_a_fault_before_the_walk(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.shell._ahead.clear()
    break_making(monkeypatch, "alarm")
    with pytest.raises(AssertionError, match="made while"):
        get_ready(stage)
    assert stage.shell.name == "checking"


def test_in_another_language_it_is_made_anew(stage: Stage) -> None:
    get_ready(stage)
    before = set(stage.shell._ahead.values())
    texts.use(languages.load("de"))
    stage.show(SCENES["stopped-estop"])
    assert stage.shell.name == "stopped"
    assert stage.shell.page not in before


def test_what_is_urgent_is_looked_at_in_the_very_round(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.screens.shell.LOOK_S", 1e9)
    get_ready(stage)
    stage.shell.tick()
    assert stage.shell.page.view.banner is None
    stage.desk.shown = SCENES["walking-one-hand"].shown
    stage.shell.tick()
    assert stage.shell.page.view.banner is not None
    stage.desk.shown = SCENES["stopped-coasting-estop"].shown
    stage.shell.tick()
    assert stage.shell.name == "stopped"
