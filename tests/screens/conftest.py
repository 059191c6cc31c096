"""A stage with the first screen up, its staff, and time that passes without a touch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kiosk.screens.gate import Gate
from tests.screens.fake import FakeDesk
from tests.screens.fake_staff import FakeStaff
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Stage, settle


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(SIZES[0], FakeDesk())
    made.show(SCENES["idle"])
    made.guard.reset()
    yield made
    made.close()


@pytest.fixture
def staff(stage: Stage) -> FakeStaff:
    return stage.desk.staff


@pytest.fixture
def later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let seconds pass in which nobody touches the screen, a look a second."""
    from kiosk.screens import shell

    now = [shell.time.monotonic()]
    monkeypatch.setattr("kiosk.screens.shell.time.monotonic", lambda: now[0])
    stage.shell._touched_s = now[0]

    def pass_by(seconds: float) -> None:
        for _ in range(int(seconds)):
            now[0] += 1
            stage.shell.look(stage.desk.snapshot())
        settle(2)

    return pass_by


@pytest.fixture
def gate(stage: Stage) -> Iterator[Gate]:
    """The stage's window behind the gate of a real kiosk; no event is left from before."""
    from kivy.core.window.window_sdl2 import SDL2MotionEventProvider

    from kiosk.screens.gate import close_off

    while stage.window._win.poll():
        pass
    SDL2MotionEventProvider.q.clear()
    SDL2MotionEventProvider.touchmap.clear()
    made = close_off(closable=False)
    yield made
    stage.window._win = made._storage
