"""The kiosk on this computer instead of the emulated machine: for whoever writes a story.

A real guard with simulated wires, a real kiosk that knows nothing of that, on a virtual X display;
the pointer is the finger. A story takes minutes here that takes an hour there.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from PIL import ImageGrab

from hardware.errors import BenchError
from hardware.simulator.client import BenchClient
from image.rig.atlas import PROJECT
from image.rig.errors import RigError

SIZE: Final = (800, 480)
TOUCH_S: Final = 0.12
REST_S: Final = 0.45
"""Between two touches: a second one sooner counts as the trembling of the first."""
SETTINGS: Final = """
[site]
name = "Emulated treadmill"
[screen]
size = "original-7"
[treadmill]
mm_per_count = 5.0
permit = "level"
[pins]
estop = 17
estop_b = 18
rail_left = 22
rail_right = 23
stop_button = 24
key = 25
permit = 27
[guard]
socket = "{socket}"
"""


class Here:
    """A kiosk, its guard and its display. :class:`image.rig.eyes.Glass`."""

    def __init__(self, folder: Path, display: int = 77) -> None:
        """Nothing is started yet."""
        self.folder = folder
        self.data = folder / "data"
        self._display = f":{display}"
        self._loose = contextlib.ExitStack()
        self._run = Path(tempfile.mkdtemp(prefix="rig-"))
        self.bench: BenchClient

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        config = self.folder / "sternway.toml"
        config.write_text(SETTINGS.format(socket=self._run / "guard.sock"), encoding="utf-8")
        width, height = SIZE
        self._start(["Xvfb", self._display, "-screen", "0", f"{width}x{height}x24"], "display")
        env = {"RUNTIME_DIRECTORY": str(self._run)}
        door = self._run / "bench"
        words = ["guard", "--simulate", "--config", str(config), "--bench", str(door)]
        self._start([sys.executable, "-P", "-m", "kiosk", *words], "guard", env)
        self.bench = BenchClient(door, timeout_s=60)
        words = ["run", "--config", str(config), "--data", str(self.data)]
        self._start(
            [sys.executable, "-P", "-m", "kiosk", *words],
            "kiosk",
            {**env, "DISPLAY": self._display, "SDL_AUDIODRIVER": "dummy"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._loose.close()

    # --- what a machine has as well -------------------------------------------------------------

    def screenshot(self, path: Path) -> Path:
        """Keep what the display shows."""
        ImageGrab.grab(xdisplay=self._display).save(path)
        return path

    def touch(self, x: float, y: float) -> None:
        """A finger there."""
        width, height = SIZE
        at = [str(round(x * width)), str(round(y * height))]
        self._tool(["xdotool", "mousemove", *at, "mousedown", "1"])
        time.sleep(TOUCH_S)
        self._tool(["xdotool", "mouseup", "1"])
        time.sleep(REST_S)

    def now_s(self) -> float:
        """Return seconds: here the kiosk's time is ours."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def drive(self, name: str, level: int) -> None:
        """Close or open a contact."""
        self._ask({"pin": name, "level": level})

    def run_belt(self, speed_kmh: float) -> None:
        """Set the belt moving, where the permit is on."""
        self._ask({"speed_kmh": speed_kmh})

    def permit(self) -> bool:
        """Return whether the permit is on."""
        return bool(self._ask({"get": "state"})["permit"])

    # ---------------------------------------------------------------------------------------------

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.bench.request(request)
        except BenchError as error:
            raise RigError(str(error)) from None

    def _start(self, words: list[str], name: str, env: dict[str, str] | None = None) -> None:
        try:
            process = subprocess.Popen(
                words,
                cwd=PROJECT,
                env={**os.environ, "PYTHONPATH": str(PROJECT), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=self._loose.enter_context((self.folder / f"{name}.log").open("ab")),
                stderr=subprocess.STDOUT,
            )
        except FileNotFoundError:
            raise RigError(f"{words[0]} is not installed") from None

        def end() -> None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

        self._loose.callback(end)

    def _tool(self, words: list[str]) -> None:
        env = {**os.environ, "DISPLAY": self._display}
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RigError(f"{words[0]}: {done.stderr.strip()}")
