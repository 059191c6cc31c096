"""A keyboard and a mouse plugged into a kiosk, as an X server brings them: nothing leads out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("Xvfb", "xdotool")
KEYS = (
    *("Escape", "F1", "F4", "F10", "F11", "F12", "Tab", "Return", "space", "BackSpace", "Menu"),
    *("alt+F4", "alt+Tab", "ctrl+c", "ctrl+q", "ctrl+w", "ctrl+e", "ctrl+alt+Delete", "super"),
    *("ctrl+alt+BackSpace", "Print", "a", "1"),
)

PLAYED = """
import sys, threading
from kiosk import app
from kiosk.config import load_settings
from tests.screens.fake import FakeDesk

desk, stop = FakeDesk(), threading.Event()
run = app.run_desktop

def observed(desktop, *more):
    desktop.shell.observers.append(lambda _old, new: print("page", new, flush=True))
    return run(desktop, *more)

app.run_desktop = observed
settings = load_settings(None, simulate=sys.argv[1] == "simulated")
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
app.run_app(
    desk, settings, simulated=sys.argv[1] == "simulated", bench_socket=None, pictures=None,
    should_stop=stop,
)
print("ended", "told" if stop.is_set() else "by the window", flush=True)
"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"NOT RUN: {', '.join(missing)} not installed (.ci/tools installs them)")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as number:
        yield f":{number.readline().strip()}"
    server.terminate()
    server.wait(10)


class Kiosk:
    """The kiosk's window on an X server, and hands on its keyboard and mouse."""

    def __init__(self, display: str, how: str, log: Path) -> None:
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"SDL_VIDEODRIVER", "WAYLAND_DISPLAY"}
        } | {"DISPLAY": display, "XDG_CACHE_HOME": str(log.parent), "LP_NUM_THREADS": "0"}
        self.log = log.open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PLAYED, how],
            stdin=subprocess.PIPE,
            stdout=self.log,
            stderr=self.log,
            cwd=ROOT,
            env=self.environment,
        )
        self.wait_for("page home")

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def wait_for(self, words: str) -> None:
        until_s = time.monotonic() + 60
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until_s, self.said()
            time.sleep(0.05)

    def do(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        return done.stdout.strip()

    def window(self) -> str:
        """The kiosk's own window, by its title."""
        until_s = time.monotonic() + 20
        while time.monotonic() < until_s:
            for number in self.do("search", "--onlyvisible", ".*").split():
                if self.do("getwindowname", number) == "Sternway":
                    return number
            time.sleep(0.1)
        raise AssertionError("no window is called Sternway")

    def close(self) -> None:
        assert self.process.stdin is not None
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(30)
        self.process.stdin.close()
        self.log.close()


@pytest.fixture
def kiosk(display: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kiosk]:
    made = Kiosk(display, request.param, tmp_path / "log.txt")
    yield made
    made.close()


def ask_to_close(kiosk: Kiosk) -> None:
    """What a window manager sends for Alt+F4 or its cross."""
    window = kiosk.window()
    code = "import sys; from tests.screens.xclose import ask; ask(int(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", code, window], cwd=ROOT, env=kiosk.environment, check=True
    )


@pytest.mark.parametrize("kiosk", ["real"], indirect=True)
def test_no_key_and_no_button_leads_out_and_a_click_still_starts(kiosk: Kiosk) -> None:
    window = kiosk.window()
    kiosk.do("windowfocus", window)
    for key in KEYS:
        kiosk.do("key", key)
    kiosk.do("mousemove", "400", "300", "click", "3", "click", "2", "click", "4", "click", "5")
    kiosk.do("type", "exit")
    ask_to_close(kiosk)
    # A click with the left button is a touch: it shows that all that came before did arrive too.
    kiosk.do("mousemove", "400", "300", "mousedown", "1", "sleep", "0.2", "mouseup", "1")
    kiosk.wait_for("page choose")
    assert kiosk.process.poll() is None
    assert kiosk.said().count("page") == 2
    kiosk.close()


@pytest.mark.parametrize("kiosk", ["simulated"], indirect=True)
def test_the_window_of_a_simulation_ends_it(kiosk: Kiosk) -> None:
    ask_to_close(kiosk)
    kiosk.process.wait(30)
    assert "ended by the window" in kiosk.said()
