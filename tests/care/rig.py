"""The real desk of the machine pages, its preferences, and a link to a guard or to a list."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec

from hardware.link import Alive, Raw, Refused, SendRaw, Status, ToGuard, Welcome
from kiosk.care.desk import Care
from kiosk.care.keeping import Keeping
from kiosk.care.selftest import Around
from kiosk.clock import WallClock
from kiosk.guard_link import GuardGone, GuardLink
from kiosk.preferences.model import Preferences
from kiosk.session.actions import Refusal
from kiosk.worker import Worker
from tests.kiosk.clocks import NOON, Turned


class Kept:
    """Preferences without a file."""

    def __init__(self) -> None:
        self.now = Preferences(calibrated=True)
        self.saved: list[tuple[float, bool]] = []

    def state(self) -> Preferences:
        return self.now

    def save(self, mm_per_count: float, *, invert: bool) -> Future[None]:
        self.saved.append((mm_per_count, invert))
        self.now = msgspec.structs.replace(self.now, mm_per_count=mm_per_count, invert=invert)
        done: Future[None] = Future()
        done.set_result(None)
        return done


class Rig:
    """A desk whose guard is a list of what it was sent, until :meth:`connect`."""

    def __init__(self, data: Path, *, simulated: bool = False) -> None:
        self.sent: list[ToGuard] = []
        self.raw: list[bool] = []
        self.open = True
        self.exporting = False
        self.asked: list[str] = []
        self.seconds = 1000.0
        self.died: list[BaseException] = []
        self.machine = Turned()
        self.machine.system = NOON.timestamp()
        self.clock = WallClock(data, simulated=True, machine=self.machine)
        self.clock.confirm()
        self.keeping = Keeping(
            data, self.clock, every_h=lambda: 24, simulated=simulated, machine=self.machine
        )
        self.desk = Worker("desk", on_death=self.died.append)
        self.desk.start()
        self.kept = Kept()
        self.log: Any = None
        preferences: Any = self.kept
        self.care = Care(
            self.keeping,
            Around(data, lambda: True, lambda: None, lambda: self.log, data / "hwmon"),
            need=self._need,
            is_open=lambda: self.open,
            exporting=lambda: self.exporting,
            apart=self._apart,
            desk=self.desk,
            preferences=preferences,
            power=self,
            now_ns=lambda: int(self.seconds * 1e9),
            wait=lambda _s: self.waits(),
        )
        self.waits: Callable[[], None] = lambda: None
        self.care.bind(self.sent.append, self.raw.append)
        self.care.tick(idle=True)

    def _need(self) -> None:
        self.asked.append("need")
        if not self.open:
            raise Refusal("locked", "This needs the staff's PIN: enter it again.")

    def _apart(self, job: Callable[[], None]) -> Future[None]:
        return self.desk.ask(job)

    def carry_out(self, wish: str, may: Callable[[], None] = lambda: None) -> None:
        may()
        self.asked.append(wish)

    def kinds(self) -> list[str]:
        """What was sent since the last time, by name."""
        told = [type(message).__name__ for message in self.sent]
        self.sent.clear()
        return told

    def settle(self) -> None:
        """Let the desk's thread finish what was asked."""
        self.desk.ask(lambda: None).result(5)

    def close(self) -> None:
        self.desk.close()
        assert not self.died, self.died


class LiveRig(Rig):
    """The same over a guard process: a session's thread, and a page that attends."""

    def __init__(self, data: Path, socket: Path) -> None:
        super().__init__(data)
        self.care._now_ns = self.care._serving._now_ns = time.monotonic_ns
        self.link = GuardLink(socket, raw=False)
        self.status: Status | None = None
        self.refusals: list[Refused] = []
        self.attends = self.lives = True
        self.care.bind(self.link.send, lambda on: self.link.send(SendRaw(on)))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.until(lambda: self.status is not None, "a status")

    def _serve(self) -> None:
        while not self._stop.wait(0.01):
            if not self.link.connect():
                continue
            if self.lives:
                self.link.send(Alive())
            if self.attends:
                self.care.attend(raw=True)
            try:
                for message in self.link.heard():
                    if isinstance(message, Status):
                        self.status = message
                        self.care.on_status(message)
                    elif isinstance(message, Welcome):
                        self.care.on_welcome(message)
                    elif isinstance(message, Raw):
                        self.care.on_raw(message)
                    elif isinstance(message, Refused):
                        self.refusals.append(message)
                        self.care.on_refused(message.command, message.failing)
            except GuardGone:
                return
            self.care.tick(idle=True)

    def until(self, condition: Callable[[], Any], what: str, within_s: float = 15.0) -> Any:
        """Return the condition's first true value."""
        end = time.monotonic() + within_s
        while not (value := condition()):
            assert time.monotonic() < end, (what, self.status, self.care.state())
            time.sleep(0.01)
        return value

    def serve(self) -> None:
        """Enter service mode, with everything green for the permit."""
        self.care.enter_service().result(5)
        self.until(lambda: self.status and not self.status.failing, "no failing check")

    def permit(self) -> None:
        """Ask for the permit until it is on."""
        self.care.give_permit().result(5)
        self.until(lambda: self.status and self.status.permit, "the permit")

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)
        self.link.close()
        super().close()
