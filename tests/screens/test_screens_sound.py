"""The loudspeaker by Kivy's sound: loaded beforehand, one sound at a time, bounded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.config import Settings, Sound
from kiosk.cues import rendering
from kiosk.cues.voice import NO_PROGRAM
from kiosk.preferences.base import applied, base_of
from kiosk.screens import sound
from kiosk.screens.sound import SdlBackend

ROOT = Path(__file__).resolve().parents[2]


class FakeSound:
    """What Kivy's loader returns."""

    def __init__(self, log: list[str], name: str) -> None:
        self.log = log
        self.name = name
        self.volume = 0.0
        self.length = 0.5

    def play(self) -> None:
        self.log.append(f"play {self.name} {self.volume:g}")

    def stop(self) -> None:
        self.log.append(f"stop {self.name}")

    def unload(self) -> None:
        self.log.append(f"unload {self.name}")


class FakeLoader:
    """Kivy's SoundLoader; a file named "broken" it cannot load."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def load(self, file: str) -> FakeSound | None:
        self.log.append(f"load {file}")
        return None if file == "broken" else FakeSound(self.log, file)


def test_what_is_prepared_is_loaded_before_it_is_played() -> None:
    loader = FakeLoader()
    backend = SdlBackend(loader)
    backend.prepare(Path("warning"))
    backend.look()
    backend.look()
    assert loader.log == ["load warning"]
    backend.play(Path("warning"), 1.0)
    assert loader.log[1:] == ["play warning 1"]


def test_the_one_before_is_cut_off_and_silence_comes_once() -> None:
    loader = FakeLoader()
    backend = SdlBackend(loader)
    backend.play(Path("a"), 0.5)
    backend.play(Path("b"), 0.25)
    backend.silence()
    backend.silence()
    assert loader.log == ["load a", "play a 0.5", "stop a", "load b", "play b 0.25", "stop b"]


def test_a_file_that_cannot_be_loaded_is_silence_and_nothing_else() -> None:
    backend = SdlBackend(FakeLoader())
    backend.play(Path("broken"), 1.0)
    backend.silence()


def test_memory_is_bounded_and_warnings_stay() -> None:
    loader = FakeLoader()
    backend = SdlBackend(loader)
    backend.prepare(Path("warning"))
    backend.look()
    for number in range(sound.LOADED + 5):
        backend.play(Path(f"{number}"), 1.0)
    gone = [line for line in loader.log if line.startswith("unload")]
    assert gone[:2] == ["unload 0", "unload 1"]
    assert len(gone) == 6
    loader.log.clear()
    backend.play(Path("warning"), 1.0)
    assert not [line for line in loader.log if line.startswith("load")]


OPENED = """
import sys, threading
from kiosk.app import run_app
from kiosk.config import load_settings
from tests.screens.fake import FakeDesk

desk, stop, asked = FakeDesk(), threading.Event(), []

def end():
    while desk.beats < 30 and not stop.wait(0.02):
        pass
    for said in asked[0]():
        print(*map(str, said))
    stop.set()

def hearing(faults):
    asked.append(faults)
    threading.Thread(target=end).start()

run_app(desk, load_settings(None, simulate=False), simulated=False, bench_socket=None,
        pictures=None, should_stop=stop, hearing=hearing)
"""


@pytest.mark.parametrize(("driver", "deaf"), [("nosuch", True), ("dummy", False)])
def test_a_loudspeaker_that_cannot_be_opened_is_a_fault_and_stops_nothing(
    driver: str, deaf: bool, tmp_path: Path
) -> None:
    environment = dict(os.environ, SDL_AUDIODRIVER=driver, XDG_CACHE_HOME=str(tmp_path))
    environment.update(SDL_VIDEODRIVER="offscreen")
    environment.pop("DISPLAY", None)
    done = subprocess.run(
        [sys.executable, "-c", OPENED],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (str(sound.NOT_OPEN) in done.stdout) is deaf, done.stdout


def test_no_program_and_no_folder_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[str]:
        sounds = sound.Sounds(Settings())
        sounds.close()
        return [str(one) for said in sounds.faults() for one in said]

    monkeypatch.setattr(sound, "backend", lambda: SdlBackend(FakeLoader()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(rendering, "program", lambda: None)
    assert told() == [str(NO_PROGRAM)]
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert told() == [str(sound.NO_TONES)]


def test_sounds_that_were_off_at_the_start_are_heard_as_soon_as_staff_want_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = FakeLoader()
    monkeypatch.setattr(sound, "backend", lambda: SdlBackend(loader))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(rendering, "program", lambda: None)
    off = base_of(Settings(sound=Sound(enabled=False, volume=50)), calibrated=True, set_up=True)
    sounds = sound.Sounds(applied(Settings(), off))

    def heard() -> bool:
        loader.log.clear()
        sounds.volume.turn()
        return any(line.startswith("play") for line in loader.log)

    sounds.settle(off)
    assert not heard(), "not even the patron's key"
    sounds.settle(replace(off, sound=True))
    assert heard()
    sounds.settle(replace(off, sound=False))
    assert not heard()
    sounds.close()
