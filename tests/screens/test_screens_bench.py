"""The bench panel's sticks: fingers on its keys, a door, the simulation's own sticks behind it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.screens.desktop_size import PANEL_HIGH_PX, PANEL_PX
from kiosk.sticks.model import StickError
from kiosk.sticks.simulated import SimulatedSticks
from tests.screens.stage import SIZES, Stage, settle


class Door:
    """A bench door that knows a state and sticks."""

    def __init__(self, path: Path, sticks: SimulatedSticks) -> None:
        self._sticks = sticks
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                connection.sendall(json.dumps(self._answer(line)).encode() + b"\n")

    def _answer(self, line: bytes) -> dict[str, Any]:
        if "get" in json.loads(line):
            return {"permit": 0, "speed_kmh": 0.0, "judged_kmh": 0.0, "sensor": "ok", "pins": {}}
        try:
            self._sticks.bench(line)
        except StickError as error:
            return {"error": str(error)}
        return {"ok": True}

    def close(self) -> None:
        self._thread.join(10)
        self._socket.close()


class Bench:
    """The panel in the window, as high as the lowest window is."""

    def __init__(self, folder: Path) -> None:
        from kiosk.screens.bench import BenchPanel

        self.sticks = SimulatedSticks(folder / "sticks")
        self.door = Door(folder / "door", self.sticks)
        self.stage = Stage(SIZES[0])
        self.stage.close()
        self.panel = BenchPanel(
            folder / "door", size_hint=(None, None), width=PANEL_PX, height=PANEL_HIGH_PX
        )
        self.stage.window.add_widget(self.panel)
        settle(3)

    def key(self, words: str) -> Any:
        from kiosk.screens.bench import BenchKey

        (found,) = (
            widget
            for widget in self.panel.walk()
            if isinstance(widget, BenchKey) and widget.text == words
        )
        return found

    def tap(self, words: str) -> None:
        key = self.key(words)
        self.stage.up(self.stage.down(*key.to_window(*key.center)))

    def until(self, look: Callable[[], bool]) -> None:
        end_s = time.monotonic() + 10.0
        while not look():
            assert time.monotonic() < end_s
            time.sleep(0.02)
            self.panel.refresh()
            settle(1)

    def close(self) -> None:
        self.stage.window.remove_widget(self.panel)
        self.panel.close()
        self.door.close()
        self.sticks.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path)
    yield found
    found.close()


def test_sticks_go_in_and_out(bench: Bench) -> None:
    bench.tap("A")
    bench.until(lambda: bench.key("A").on)
    bench.tap("B")
    bench.until(lambda: bench.key("B").on)
    assert [stick.label for stick in bench.sticks.plugged()] == ["Stick A", "Stick B"]
    bench.tap("A")
    bench.until(lambda: not bench.key("A").on)
    assert [stick.label for stick in bench.sticks.plugged()] == ["Stick B"]


def test_a_stick_goes_in_as_the_keys_are_lit(bench: Bench) -> None:
    bench.tap("read-only")
    bench.tap("A")
    bench.until(lambda: bench.key("A").on)
    bench.tap("read-only")
    bench.tap("blank")
    bench.tap("B")
    bench.until(lambda: bench.key("B").on)
    first, second = bench.sticks.plugged()
    assert (first.read_only, first.problem) == (True, None)
    assert not second.read_only
    assert "no filesystem" in str(second.problem)


def test_a_key_is_lit_only_by_what_was_done(bench: Bench) -> None:
    bench.sticks.bench(b'{"stick": "in", "name": "A"}')
    bench.tap("A")
    bench.until(lambda: "already" in bench.panel.fault)
    assert not bench.key("A").on


def test_the_panel_fits_into_the_lowest_window(bench: Bench) -> None:
    from kiosk.screens.bench import BenchKey, BenchText

    for widget in bench.panel.walk():
        if isinstance(widget, BenchKey | BenchText):
            left, bottom = widget.to_window(widget.x, widget.y)
            assert bottom >= 0, widget.text
            assert left >= 0, widget.text
            assert left + widget.width <= PANEL_PX, widget.text
