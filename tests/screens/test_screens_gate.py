"""No way out: real SDL events into the window, and what of them reaches the screens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from kiosk.screens.gate import Gate
from tests.screens import sdl
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage
from tests.screens.touch import target

ROOT = Path(__file__).resolve().parents[2]
HEARD = (
    *("on_key_down", "on_key_up", "on_keyboard", "on_textinput", "on_textedit"),
    *("on_drop_file", "on_drop_text", "on_drop_begin", "on_drop_end", "on_request_close"),
    *("on_joy_axis", "on_joy_button_down", "on_joy_button_up", "on_joy_hat"),
)
SDLK_F1, SDLK_F4, SDLK_F11, SDLK_F12 = (0x40000039 + number for number in (1, 4, 11, 12))
ALT, CTRL, GUI = 0x100, 0x40, 0x400


def go_round(stage: Stage, count: int = 2) -> None:
    """Kivy's own loop: events out of SDL, then to the screens."""
    from kivy.base import EventLoop

    for _ in range(count):
        stage.window.mainloop()
        EventLoop.idle()
    assert not EventLoop.quit


def at(stage: Stage, words: str) -> tuple[float, float]:
    """Where a button is, in SDL's shares of the window."""
    x, y = target(stage, words).center
    return x / stage.window.width, 1 - y / stage.window.height


def test_a_finger_reaches_the_screen(stage: Stage, gate: Gate) -> None:
    place = at(stage, "Tap to start")
    sdl.finger(sdl.FINGER_DOWN, 3, *place)
    go_round(stage)
    assert stage.shell.name == "home"
    sdl.finger(sdl.FINGER_UP, 3, *place)
    go_round(stage)
    stage.look()
    assert stage.shell.name == "choose"


def test_stop_acts_under_a_second_finger_while_the_first_rests_elsewhere(
    stage: Stage, gate: Gate
) -> None:
    stage.show(SCENES["walking"])
    sdl.finger(sdl.FINGER_DOWN, 1, 0.1, 0.5)
    go_round(stage)
    sdl.finger(sdl.FINGER_DOWN, 2, *at(stage, "STOP"))
    go_round(stage)
    assert stage.desk.stops == 1


def test_keys_text_wheel_buttons_and_files_do_nothing(
    stage: Stage, gate: Gate, tmp_path: Path
) -> None:
    heard: list[str] = []
    for name in HEARD:
        stage.window.bind(**{name: lambda *_, name=name: heard.append(name)})
    clicks: list[str] = []
    stage.window.bind(on_mouse_down=lambda _window, _x, _y, button, _mods: clicks.append(button))
    keys = [27, 9, 13, 32, ord("q"), SDLK_F1, SDLK_F4, SDLK_F11, SDLK_F12]
    for sym in keys:
        for mod in (0, ALT, CTRL, GUI, CTRL | ALT):
            sdl.key(sym, mod)
    sdl.push(sdl.Text(type=sdl.TEXT_INPUT, text=b"a"))
    middle = stage.window.width // 2, stage.window.height // 2
    for button in (2, 3, 4, 5):
        sdl.click(button, *middle)
    sdl.push(sdl.Wheel(type=sdl.WHEEL, y=1))
    sdl.push(sdl.Bare(type=sdl.JOY_BUTTON_DOWN))
    sdl.drop(str(tmp_path / "file"))
    sdl.push(sdl.Bare(type=sdl.QUIT))
    go_round(stage, 4)
    stage.look()
    assert (heard, clicks, stage.shell.name) == ([], [], "home")
    # The same queue does bring what is passed: the check above can fail.
    sdl.click(1, *middle)
    go_round(stage)
    assert clicks == ["left"]


def test_a_window_of_a_simulation_may_be_closed(stage: Stage, gate: Gate) -> None:
    open_gate = Gate(gate._storage, gate._fingers, closable=True)
    sdl.push(sdl.Bare(type=sdl.QUIT))
    assert open_gate.poll() == ("quit",)


def test_fingers_of_a_touchscreen_that_is_gone_let_go_and_press_nothing(
    stage: Stage, gate: Gate
) -> None:
    place = at(stage, "Tap to start")
    button = target(stage, "Tap to start")
    sdl.finger(sdl.FINGER_DOWN, 3, *place)
    go_round(stage)
    assert button.down
    gate.release()
    go_round(stage)
    stage.look()
    assert (button.down, stage.shell.name) == (False, "home")
    # Plugged in again, it works; what was left of the old finger is nobody's.
    sdl.finger(sdl.FINGER_UP, 3, *place)
    sdl.finger(sdl.FINGER_MOTION, 4, *place)
    go_round(stage)
    stage.look()
    assert stage.shell.name == "home"
    stage.guard.reset()
    for kind in (sdl.FINGER_DOWN, sdl.FINGER_UP):
        sdl.finger(kind, 3, *place)
        go_round(stage)
    stage.look()
    assert stage.shell.name == "choose"


def test_a_finger_that_comes_down_twice_is_let_go_of_first(stage: Stage, gate: Gate) -> None:
    place = at(stage, "Tap to start")
    begun: list[Any] = []
    stage.window.bind(on_touch_down=lambda _window, touch: begun.append(touch))
    for _ in range(2):
        sdl.finger(sdl.FINGER_DOWN, 3, *place)
        go_round(stage)
    stage.look()
    assert stage.shell.name == "home"
    assert len({id(touch) for touch in begun}) == 2


def test_a_swipe_and_a_pinch_of_many_fingers_do_nothing(stage: Stage, gate: Gate) -> None:
    across, down = at(stage, "Tap to start")
    for number in range(5):
        sdl.finger(sdl.FINGER_DOWN, number, across + 0.05 * number, down)
    go_round(stage, 3)
    assert target(stage, "Tap to start").down
    for step in range(1, 6):
        for number in range(5):
            sdl.finger(sdl.FINGER_MOTION, number, across, down * (1 - step / 5))
        go_round(stage)
    for number in range(5):
        sdl.finger(sdl.FINGER_UP, number, across, 0.0)
    go_round(stage)
    stage.look()
    assert (stage.shell.name, stage.desk.posted) == ("home", [])


INJECTED = """
import os, sys
from kiosk.app import prepare_kivy
prepare_kivy(width=1280, height=720, simulated=False, fullscreen=True)
from kivy.config import Config
from kivy.modules import Modules
import kivy
print(
    [item for item in Config.items("modules")],
    Config.get("kivy", "exit_on_escape"),
    Config.get("graphics", "width"),
    sorted(name for name in os.environ if name.startswith(("KIVY_", "KCFG_"))),
)
"""


def test_nothing_is_put_into_kivy_by_the_environment_or_its_files(tmp_path: Path) -> None:
    home = tmp_path / "kivy"
    home.mkdir()
    (home / "config.ini").write_text(
        "[kivy]\nexit_on_escape = 1\n[graphics]\nwidth = 333\n[modules]\ninspector =\n"
    )
    environment = dict(
        os.environ,
        SDL_VIDEODRIVER="offscreen",
        KIVY_HOME=str(home),
        KIVY_NO_CONFIG="",
        KCFG_KIVY_EXIT_ON_ESCAPE="1",
        KCFG_MODULES_INSPECTOR="1",
        KCFG_GRAPHICS_WIDTH="333",
        KIVY_NO_ENV_CONFIG="0",
        KIVY_GL_BACKEND="mock",
        KIVY_WINDOW="x11",
    )
    done = subprocess.run(
        [sys.executable, "-c", INJECTED, "-m", "inspector"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    ours = "['KIVY_HOME', 'KIVY_LOG_MODE', 'KIVY_NO_ARGS', 'KIVY_NO_CONFIG'"
    assert done.stdout.startswith(f"[] 0 1280 {ours}"), done.stdout
    assert "KCFG" not in done.stdout
    assert "GL_BACKEND" not in done.stdout
