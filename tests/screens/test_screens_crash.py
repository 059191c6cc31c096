"""Screens that fail: in what they show, as they are built, under a finger, in a callback."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.screens import router
from kiosk.session.actions import Cancel
from kiosk.session.model import Phase
from tests.screens.fake import snapshot
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "idle": "home",
    "choose": "choose",
    "briefing": "briefing",
    "checking": "checking",
    "countdown": "countdown",
    "starting": "starting",
    "walking": "walking",
    "paused": "paused",
    "finishing": "finishing",
    "stopped-coasting": "stopped",
    "summary-pain": "summary",
}
"""A scene of each phase, and its page."""


class MadeUp(Exception):
    """What no screen raises of itself."""


@pytest.fixture
def faults(stage: Stage) -> Iterator[list[BaseException]]:
    """Kivy's own handling of exceptions, with ours in it; a list of what it gave up over."""
    from kiosk.screens.shell import Faults

    ended: list[BaseException] = []
    watch = Faults(stage.shell, ended.append)
    yield ended
    watch.leave()


def go_round(stage: Stage, act: Callable[[], Any]) -> None:
    """One round of Kivy's loop with ``act`` in it, as ``EventLoop.mainloop`` handles what fails."""
    from kivy.base import EventLoop, ExceptionManager

    for step in (act, EventLoop.idle):
        try:
            step()
        except BaseException as error:
            if ExceptionManager.handle_exception(error) == ExceptionManager.RAISE:
                raise


def fail(*_: object) -> Any:
    raise MadeUp("nobody is to read this")


def told(stage: Stage) -> str:
    from tests.screens.measure import texts

    return " ".join(item.text for item in texts(stage.shell))


def look(stage: Stage) -> Callable[[], None]:
    return lambda: stage.shell.look(stage.desk.snapshot())


@pytest.mark.parametrize("scene", PLACES)
@pytest.mark.parametrize("where", ["show", "build", "touch", "clock"])
def test_a_page_that_fails_is_calm_stops_the_walk_and_leads_back(
    stage: Stage,
    faults: list[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    scene: str,
    where: str,
) -> None:
    from kivy.clock import Clock

    from kiosk.screens.shell import PAGES

    name = PLACES[scene]
    stage.show(SCENES[scene])
    stage.desk.posted.clear()
    stage.guard.reset()
    with caplog.at_level(logging.ERROR):
        if where == "show":
            monkeypatch.setattr(stage.shell.page, "show", fail)
            go_round(stage, look(stage))
        elif where == "build":
            monkeypatch.setitem(PAGES, name, fail)
            stage.shell.name = ""
            go_round(stage, look(stage))
        elif where == "touch":
            stage.shell.page.bind(on_touch_down=fail)
            go_round(stage, lambda: stage.down(1, 1))
        else:
            Clock.schedule_once(fail)
            go_round(stage, lambda: None)
    assert "MadeUp" in caplog.text
    assert "Traceback" in caplog.text
    go_round(stage, look(stage))
    assert stage.shell.name == "fault"
    words = told(stage)
    assert "Call the staff" in words
    assert "nobody" not in words
    phase = SCENES[scene].shown.session.phase
    moving = phase in router.MOVING
    assert stage.desk.stops == int(moving)
    assert ("STOP" in words) == moving
    at_rest = phase in {Phase.COUNTDOWN, Phase.STARTING, Phase.PAUSED}
    assert ("Hold on until the belt stops." in words) == (moving and not at_rest)
    assert ("Step off carefully." in words) == (moving and at_rest)
    assert ("One moment, please." in words) == (not moving)
    # Before a walk it is given up; a walk is stopped, and its record closed; a summary stays.
    assert stage.desk.posted == ([] if moving or phase is Phase.SUMMARY else [Cancel()])
    monkeypatch.undo()
    stage.shell._fault_s = float("-inf")
    stage.desk.shown = snapshot()
    go_round(stage, look(stage))
    assert (stage.shell.name, faults) == ("home", [])


def test_stop_on_the_calm_page_stops(stage: Stage, faults: list[BaseException]) -> None:
    stage.show(SCENES["walking"])
    go_round(stage, fail)
    go_round(stage, look(stage))
    from tests.screens.touch import target

    stage.down(*target(stage, "STOP").center)
    assert stage.desk.stops == 2


def test_a_failing_calm_page_ends_the_process_and_the_walk_was_stopped_first(
    stage: Stage, faults: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.screens import shell

    now = [shell.time.monotonic()]
    monkeypatch.setattr("kiosk.screens.shell.time.monotonic", lambda: now[0])
    monkeypatch.setitem(shell.PAGES, "fault", fail)
    stage.show(SCENES["walking"])
    go_round(stage, fail)
    assert stage.desk.stops == 1
    rounds = 0
    while not faults and rounds < 300:
        now[0] += 1 / 30
        rounds += 1
        go_round(stage, look(stage))
    assert isinstance(faults[0], MadeUp)
    assert rounds < 90  # three seconds


def test_a_first_screen_that_keeps_failing_ends_the_process(
    stage: Stage, faults: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.screens import shell

    now = [shell.time.monotonic()]
    monkeypatch.setattr("kiosk.screens.shell.time.monotonic", lambda: now[0])
    monkeypatch.setitem(shell.PAGES, "home", fail)
    stage.shell.name = ""
    pages = set()
    while not faults and now[0] < 1e9:
        now[0] += 0.1
        go_round(stage, look(stage))
        pages.add(stage.shell.name)
        assert len(pages) <= 2
    assert "fault" in pages


def test_a_broken_screen_under_a_moving_finger_is_one_fault(
    stage: Stage, faults: list[BaseException]
) -> None:
    for _ in range(50):
        go_round(stage, fail)
    assert faults == []


ENDING = """
import sys, threading, time
from pathlib import Path
from kiosk import app
from kiosk.config import load_settings
from tests.screens.fake import FakeDesk

desk = FakeDesk()
run = app.run_desktop

def broken(*args):
    from kiosk.screens import shell

    def fail(*_):
        raise RuntimeError("made up")

    shell.PAGES["home"] = shell.PAGES["fault"] = fail
    return run(*args)

app.run_desktop = broken
app.run_app(
    desk, load_settings(None, simulate=False), simulated=False, bench_socket=None, pictures=None,
    should_stop=threading.Event(),
)
"""


def test_the_process_ends_where_no_screen_can_be_shown(tmp_path: Path) -> None:
    environment = dict(os.environ, SDL_VIDEODRIVER="offscreen", XDG_CACHE_HOME=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", ENDING],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 1
    assert "made up" in done.stderr
