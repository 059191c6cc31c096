"""The loudspeaker by Kivy's sound: loaded beforehand, one sound at a time, bounded."""

from __future__ import annotations

from pathlib import Path

from kiosk.screens import sound
from kiosk.screens.sound import SdlBackend


class FakeSound:
    """What Kivy's loader returns."""

    def __init__(self, log: list[str], name: str) -> None:
        self.log = log
        self.name = name
        self.volume = 0.0

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
