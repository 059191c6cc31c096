"""The real guard in a process of its own, its bench, and a kiosk that a test can break."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from hardware.link import (
    MAX_PACKET_BYTES,
    VERSION,
    Alive,
    BeginCheck,
    ClearLatches,
    EndSession,
    Hello,
    RequestPermit,
    Revoke,
    Status,
    Terms,
    ToGuard,
    ToKiosk,
    Welcome,
    decode_to_kiosk,
    encode,
)
from hardware.settings import SIMULATED_PINS, GuardSettings, GuardTable
from hardware.simulator.client import BenchClient

ROOT = Path(__file__).resolve().parents[2]
BUSY_S = 0.25
"""What a busy machine may add to a limit."""
PINS_AT_REST = {"estop": 1, "estop_b": 1, "key": 1, "stop_button": 0}
MAIN = """
import ctypes, signal, sys, msgspec
ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # end with the tests, however they end
from pathlib import Path
from hardware.guard import run_guard
from hardware.settings import GuardSettings
settings = msgspec.json.decode(sys.argv[1].encode(), type=GuardSettings)
sys.exit(run_guard(settings, simulate=True, bench=Path(sys.argv[2]), staff_pin="2580"))
"""


def wait_for(condition: Callable[[], Any], timeout_s: float = 5.0, what: str = "") -> Any:
    """Return the condition's first true value."""
    end_s = time.monotonic() + timeout_s
    while True:
        if value := condition():
            return value
        assert time.monotonic() < end_s, f"did not come within {timeout_s} s: {what or condition}"
        time.sleep(0.005)


def connect(path: Path, timeout_s: float = 5.0) -> socket.socket:
    """Return a connection to a guard's link."""
    end_s = time.monotonic() + timeout_s
    while True:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            link.connect(str(path))
        except OSError:
            link.close()
            if time.monotonic() > end_s:
                raise
            time.sleep(0.02)
        else:
            link.settimeout(5.0)
            return link


def hear(link: socket.socket) -> ToKiosk:
    """Return the next message; an OSError or AssertionError when there is none."""
    packet = link.recv(MAX_PACKET_BYTES)
    assert packet, "the guard closed the connection"
    return decode_to_kiosk(packet)


class Kiosk:
    """Speaks the link: alive at 10 Hz until told to be silent; keeps every message."""

    def __init__(self, path: Path) -> None:
        self.link = connect(path)
        self.silent = False
        self.messages: deque[ToKiosk] = deque(maxlen=20_000)
        self.statuses: deque[Status] = deque(maxlen=20_000)
        self._last: Status | None = None
        self._stop = threading.Event()
        self.say(Hello(VERSION, "kiosk"))
        welcome = hear(self.link)
        assert isinstance(welcome, Welcome)
        self.welcome = welcome
        self._threads = [
            threading.Thread(target=self._beat, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        wait_for(lambda: self.statuses, what="the first status")

    @property
    def status(self) -> Status:
        assert self._last is not None
        return self._last

    def say(self, message: ToGuard) -> None:
        self.link.send(encode(message))

    def settled(self) -> Status:
        """Return a status of a pass that has heard everything said so far."""
        self.statuses.clear()
        wait_for(lambda: len(self.statuses) >= 2, what="two more statuses")
        return self.status

    def others(self, kind: type[Any]) -> list[Any]:
        return [message for message in list(self.messages) if isinstance(message, kind)]

    def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(2.0)
        self.link.close()

    def _beat(self) -> None:
        while not self._stop.wait(0.1):
            if not self.silent:
                with contextlib.suppress(OSError):
                    self.say(Alive())

    def _listen(self) -> None:
        self.link.settimeout(None)
        while not self._stop.is_set():
            try:
                message = hear(self.link)
            except (OSError, AssertionError):
                return
            if isinstance(message, Status):
                self._last = message
                self.statuses.append(message)
            else:
                self.messages.append(message)


class Rig:
    """A guard process with bench and kiosk; :meth:`grant` brings it to a given permit."""

    def __init__(
        self,
        folder: Path,
        settings: GuardSettings | None = None,
        *,
        prelude: str = "",
        environment: dict[str, str] | None = None,
    ) -> None:
        self._prelude = prelude
        self._environment = os.environ | (environment or {})
        self.socket_path = folder / "guard.sock"
        self.bench_path = folder / "bench.sock"
        self.settings = msgspec.structs.replace(
            settings or GuardSettings(pins=SIMULATED_PINS),
            guard=GuardTable(socket=str(self.socket_path)),
        )
        self.process = self.spawn()
        try:
            self.bench = BenchClient(self.bench_path, timeout_s=10.0)
            self.kiosk = Kiosk(self.socket_path)
        except BaseException as error:
            status, words = self.end()
            raise AssertionError(f"the guard did not come up ({status}): {words}") from error

    def spawn(self) -> subprocess.Popen[str]:
        """Start another guard with the same settings."""
        arguments = [msgspec.json.encode(self.settings).decode(), str(self.bench_path)]
        return subprocess.Popen(
            [sys.executable, "-c", self._prelude + MAIN, *arguments],
            cwd=ROOT,
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def pin(self, name: str, level: int) -> float:
        """Drive a pin; return a time that is not after it."""
        before_s = time.monotonic()
        self.bench.request({"pin": name, "level": level})
        return before_s

    def blip(self, name: str, level: int) -> float:
        """Drive a pin and drive it back at once; return a time that is not after it."""
        before_s = time.monotonic()
        answers = self.bench.ask_all(
            [{"pin": name, "level": level}, {"pin": name, "level": 1 - level}]
        )
        assert answers == [{"ok": True}] * 2
        return before_s

    def speed(self, kmh: float, ramp_kmh_s: float = 6.0, *, force: bool = False) -> float:
        """Command the belt; return a time that is not after it."""
        before_s = time.monotonic()
        self.bench.request({"speed_kmh": kmh, "ramp_kmh_s": ramp_kmh_s, "force": force})
        return before_s

    def sensor(self, mode: str) -> float:
        """Break the sensor; return a time that is not after it."""
        before_s = time.monotonic()
        self.bench.request({"sensor": mode})
        return before_s

    def state(self) -> dict[str, Any]:
        return self.bench.request({"get": "state"})

    def reset(self) -> None:
        """Bring everything back to a healthy belt at rest with nothing latched."""
        for name, level in PINS_AT_REST.items():
            self.pin(name, level)
        self.kiosk.silent = False
        if self.kiosk.status.permit:
            self.kiosk.say(Revoke("closed"))
            wait_for(lambda: not self.kiosk.status.permit)
        if self.state()["sensor"] != "ok":
            self.sensor("ok")
        self.speed(0.0, 12.0, force=True)
        wait_for(lambda: self.state()["speed_kmh"] == 0.0)
        self.speed(0.0)
        self.kiosk.say(EndSession())

    def grant(self, *, cap_kmh: float = 2.0, rails: Any = "both", kmh: float = 0.0) -> None:
        """Get the permit, from wherever the last test left the guard, and move the belt."""
        for _ in range(3):
            self._grant(Terms(cap_kmh, rails))
            if kmh:
                self.speed(kmh)
                self._wait_for_speed(kmh)
            list(self.bench.events(0.02))
            if self.kiosk.status.permit:
                return
        # A machine that stands still for half a second loses the sensor, and rightly the permit.
        raise AssertionError(f"no permit that lasts: {self.kiosk.status}")

    def _grant(self, terms: Terms) -> None:
        self.reset()
        self.hands(0)
        self.kiosk.say(BeginCheck(terms))
        self.kiosk.settled()
        wait_for(lambda: all(self.kiosk.status.rails_opened), what="rails seen open")
        self.hands(1)

        def ready() -> bool:
            if self.kiosk.status.latched:
                self.kiosk.say(ClearLatches())
                self.kiosk.say(BeginCheck(terms))
                self.kiosk.settled()
            return not self.kiosk.status.failing

        wait_for(ready, 8.0, f"all checks: {self.kiosk.status.failing}")
        grants = self.kiosk.status.grants

        def granted() -> bool:
            # A STOP of the test before holds for half a second.
            self.kiosk.say(RequestPermit())
            return self.kiosk.settled().grants > grants

        wait_for(granted, what="the grant")
        # A pulsed relay needs its train first; a speed before that would have no effect.
        wait_for(lambda: self.state()["permit"] or not self.kiosk.status.permit)

    def _wait_for_speed(self, kmh: float) -> None:
        def there() -> bool:
            judged_kmh = self.state()["judged_kmh"]
            fell = not self.kiosk.status.permit
            return fell or (judged_kmh is not None and abs(judged_kmh - kmh) < 0.05)

        wait_for(there, what="the speed")

    def hands(self, level: int) -> float:
        """Both hands on or off; return a time that is not after the last."""
        self.pin("rail_left", level)
        return self.pin("rail_right", level)

    def fell(self, timeout_s: float = 5.0) -> float:
        """Return when the permit fell, by the bench's clock."""
        for event in self.bench.events(timeout_s):
            if event["permit"] == 0:
                return float(event["t"])
        raise AssertionError(f"no fall within {timeout_s} s: {self.kiosk.status}")

    def stopped(self, reason: str) -> None:
        """Check that the guard says why, and that nothing comes back by itself."""
        wait_for(lambda: not self.kiosk.status.permit)
        assert self.kiosk.status.reason == reason
        assert self.state()["permit"] == 0

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Signal the guard; return its exit status and what it wrote to stderr."""
        self.process.send_signal(number)
        _, words = self.process.communicate(timeout=10.0)
        return self.process.returncode, words

    def close(self) -> None:
        self.kiosk.close()
        self.bench.close()
        if self.process.poll() is None:
            self.end()
        assert self.process.stderr is not None
        self.process.stderr.close()


@contextlib.contextmanager
def running(folder: Path, settings: GuardSettings | None = None, **more: Any) -> Iterator[Rig]:
    """A rig that is always taken down again."""
    rig = Rig(folder, settings, **more)
    try:
        yield rig
    finally:
        rig.close()
