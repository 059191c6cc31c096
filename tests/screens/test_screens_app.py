"""The window and its loop, in a process of its own; and the bench panel's line to the simulator."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLAYED = """
import sys, threading, time
from pathlib import Path
import msgspec
from kiosk.app import run_app
from kiosk.config import Screen, load_settings
from kiosk.session.model import Phase
from tests.screens.fake import MOVING, FakeDesk, snapshot, walk

desk, stop = FakeDesk(), threading.Event()

def until(done):
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s and not done():
        time.sleep(0.02)

def pictured(name):
    until(lambda: (Path(sys.argv[1]) / "pictures" / name).exists())

def play():
    pictured("01-home.png")
    desk.shown = snapshot(Phase.WALKING, seen=MOVING, walking=walk(walked_s=83.0))
    pictured("02-walking.png")
    desk.shown = snapshot(Phase.PAUSED, walking=walk(walked_s=83.0))
    pictured("04-paused.png")
    until(lambda: desk.beats > 12)
    stop.set()

threading.Thread(target=play).start()
simulated = sys.argv[2] == "simulated"
settings = load_settings(None, simulate=simulated)
if sys.argv[2] == "turned":
    settings = msgspec.structs.replace(settings, screen=Screen(rotate=90))
status = run_app(
    desk,
    settings,
    simulated=simulated,
    bench_socket=Path(sys.argv[1]) / "nobody" if simulated else None,
    pictures=Path(sys.argv[1]) / "pictures",
    should_stop=stop,
)
print(status, desk.beats)
"""


@pytest.mark.parametrize(
    ("how", "size"),
    [("simulated", (1640, 754)), ("real", (1280, 720)), ("turned", (720, 1280))],
)
def test_it_runs_keeps_pictures_and_ends_when_told(
    tmp_path: Path, how: str, size: tuple[int, int]
) -> None:
    environment = dict(os.environ, SDL_VIDEODRIVER="offscreen", XDG_CACHE_HOME=str(tmp_path))
    environment.pop("DISPLAY", None)
    done = subprocess.run(
        [sys.executable, "-c", PLAYED, str(tmp_path), how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    status, beats = map(int, done.stdout.split())
    assert status == 0
    assert beats > 12
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert names == ["01-home.png", "02-walking.png", "03-walking.png", "04-paused.png"]
    header = (tmp_path / "pictures" / names[0]).read_bytes()[:24]
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == size


FAILING = """
import sys, threading, time
from pathlib import Path
from kiosk.app import run_app
from kiosk.config import load_settings
from kiosk.session.model import Phase
from tests.screens.fake import MOVING, FakeDesk, snapshot, walk

desk, stop = FakeDesk(), threading.Event()

def until(done):
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s and not done():
        time.sleep(0.02)

def play():
    until(lambda: desk.beats > 5)
    import kiosk.screens.walking
    def broken(_snapshot):
        raise ZeroDivisionError("made up")
    kiosk.screens.walking.walk_view = broken
    desk.shown = snapshot(Phase.WALKING, seen=MOVING, walking=walk(walked_s=83.0))
    until(lambda: desk.stops)
    beats = desk.beats
    until(lambda: desk.beats > beats + 4)
    until(lambda: any((Path(sys.argv[1]) / "pictures").glob("*-fault.png")))
    print(desk.stops, desk.beats - beats)
    stop.set()

threading.Thread(target=play).start()
run_app(
    desk,
    load_settings(None, simulate=True),
    simulated=True,
    bench_socket=Path(sys.argv[1]) / "nobody",
    pictures=Path(sys.argv[1]) / "pictures",
    should_stop=stop,
)
"""


def test_a_screen_that_fails_stops_the_walk_and_the_loop_goes_on(tmp_path: Path) -> None:
    environment = dict(os.environ, SDL_VIDEODRIVER="offscreen", XDG_CACHE_HOME=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", FAILING, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    stops, beats = map(int, done.stdout.split())
    assert stops == 1
    assert beats >= 4
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert names[-1].endswith("-fault.png")


def test_importing_the_app_imports_no_kivy() -> None:
    code = "import sys, kiosk.app; sys.exit('kivy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


class Door:
    """A bench door that says yes to everything and remembers it."""

    def __init__(self, path: Path) -> None:
        self.heard: list[dict[str, object]] = []
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        client, _address = self._server.accept()
        with client, client.makefile("rwb") as lines:
            for line in lines:
                request = json.loads(line)
                answer: dict[str, object] = {"ok": True}
                if "get" in request:
                    answer = {"t": 1.0, "permit": 1, "speed_kmh": 1.2, "pins": {"key": 0}}
                else:
                    self.heard.append(request)
                lines.write(json.dumps(answer).encode() + b"\n")
                lines.flush()

    def close(self) -> None:
        self._server.close()


def test_the_panel_s_line_sends_and_keeps_the_newest_state(tmp_path: Path) -> None:
    from kiosk.screens.bench_link import BenchLink

    link = BenchLink(tmp_path / "door")
    door = Door(tmp_path / "door")
    link.send({"pin": "key", "level": 0})
    end_s = time.monotonic() + 5
    while time.monotonic() < end_s and not (door.heard and link.state()[0]):
        time.sleep(0.02)
    assert door.heard == [{"pin": "key", "level": 0}]
    state = {"t": 1.0, "permit": 1, "speed_kmh": 1.2, "pins": {"key": 0}, "sticks": []}
    assert link.state() == (state, "")
    link.close()
    door.close()


def test_a_closed_bench_is_said_in_words(tmp_path: Path) -> None:
    from kiosk.screens.bench_link import BenchLink

    link = BenchLink(tmp_path / "nobody")
    end_s = time.monotonic() + 5
    while time.monotonic() < end_s and "no bench answers" not in link.state()[1]:
        time.sleep(0.02)
    link.close()
    assert "no bench answers" in link.state()[1]
