"""A real kiosk in a process of its own, beside a simulated treadmill, driven by its bench door."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from hardware.errors import BenchError
from hardware.simulator.client import BenchClient

PLAN = [{"name": "main", "s": 60, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}]


class LiveKiosk:
    """``sternway run --simulate`` with its own data folder and bench door."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Start it; the bench answers when this returns."""
        self.data = folder / "data"
        self.bench_path = folder / "bench"
        self._arguments = arguments
        self._log = folder / "kiosk.log"
        self.process = self._start()
        try:
            self.bench = BenchClient(self.bench_path, timeout_s=20)
        except BenchError:
            # Nobody else would end it, and it would slow down whatever is tried next.
            self.process.kill()
            self.process.wait(5)
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        environment = dict(os.environ, SDL_VIDEODRIVER="offscreen", SDL_AUDIODRIVER="dummy")
        environment.pop("DISPLAY", None)
        command = [sys.executable, "-P", "-m", "kiosk", "run", "--simulate"]
        command += ["--bench", str(self.bench_path), "--data", str(self.data), *self._arguments]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def restart(self, *, at_once: bool = False) -> None:
        """Start it again after it ended, on the same data, and perhaps beside its last guard."""
        self.bench.close()
        self.process.wait(20)
        if not at_once:
            self.wait(lambda: not self._guard_lives(), 10, "the old guard did not end")
        self.process = self._start()
        if at_once:
            self.wait(lambda: not self._guard_lives(), 10, "the old guard did not end")
        self.bench = BenchClient(self.bench_path, timeout_s=20)

    def _guard_lives(self) -> bool:
        try:
            BenchClient(self.bench_path, timeout_s=0).close()
        except BenchError:
            return False
        return True

    def guard_pid(self) -> int:
        """Return the guard's process number: the kiosk's one child."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids = [int(pid) for pid in children.read_text().split()]
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            pids += [int(pid) for pid in (task / "children").read_text().split()]
        return pids[0]

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one bench request; return its answer, whatever it is."""
        return self.bench.ask(request)

    def do(self, what: str, **fields: Any) -> None:
        """Do what a person would; it must be possible."""
        self.bench.request({"do": what, **fields})

    def state(self) -> dict[str, Any]:
        """Return the bench's state."""
        return self.ask(get="state")

    def hands(self, level: int) -> None:
        """Put both hands on the rails, or take them off."""
        for pin in ("rail_left", "rail_right"):
            self.bench.request({"pin": pin, "level": level})

    def ready(self) -> None:
        """Wait until nothing but hands is missing for a start."""

        def only_hands() -> bool:
            state = self.state()
            heard = state["judged_kmh"] is not None
            return heard and set(state["failing"]) <= {"rails", "rails_opened"}

        self.wait(only_hands, 20, "the checks did not become green")

    def begin_walk(self, plan: list[dict[str, Any]] | None = None) -> None:
        """Lead a patron as far as walking at 1.2 km/h."""
        self.ready()
        self.do("choose", plan=plan or PLAN, cap_kmh=4.0)
        self.do("brief", pain=2)
        self.do("go")
        self.hands(1)
        try:
            self.wait(lambda: self.state()["permit"] == 1, 10, "no permit was given")
        except AssertionError as error:
            raise AssertionError(f"{self.state()}: {error}") from None
        self.bench.request({"speed_kmh": 1.2, "ramp_kmh_s": 1.0})
        self.wait(lambda: self.journal_has("walking"), 10, "the walk did not begin")

    def journal_has(self, text: str) -> bool:
        """Say whether the running session's journal holds a text."""
        return any(text in p.read_text(errors="replace") for p in self._journals())

    def _journals(self) -> Iterator[Path]:
        return (self.data / "journal").glob("*.jsonl")

    def permit_falls(self, within_s: float) -> float:
        """Wait for the permit to fall; return when (monotonic). A closed door counts as off."""
        try:
            for event in self.bench.events(within_s):
                if event["permit"] == 0:
                    return float(event["t"])
        except BenchError:
            return time.monotonic()
        raise AssertionError(f"the permit did not fall within {within_s} s: {self.state()}")

    def records(self) -> list[dict[str, Any]]:
        """Return the log, read by plain TinyDB."""
        found: list[dict[str, Any]] = []
        for path in sorted((self.data / "log").glob("20*.json")):
            with TinyDB(path, access_mode="r") as database:
                found += [dict(document) for document in database.table("sessions").all()]
        return sorted(found, key=lambda record: record["seq"])

    def a_record(self, within_s: float = 15) -> dict[str, Any]:
        """Wait for one record, and return it."""
        self.wait(lambda: len(self.records()) > 0, within_s, "no record was kept")
        (record,) = self.records()
        return record

    def wait(self, condition: Callable[[], bool], for_s: float, otherwise: str) -> None:
        """Wait for a condition; fail with what the kiosk printed."""
        until = time.monotonic() + for_s
        while not condition():
            if time.monotonic() > until:
                printed = self._log.read_text(errors="replace")[-2000:]
                raise AssertionError(f"{otherwise}; the kiosk printed: {printed}")
            time.sleep(0.05)

    def printed(self) -> str:
        """Return everything it printed."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """End it, gently if it still can."""
        self.bench.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the JSON Lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
