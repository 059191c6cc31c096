"""The machine's own time. Emulated, it may pass slower than ours.

All that is timed at the machine (its belt, a finger, how long a permit stands) goes by it, so that
what the machine sees is as on a real one, however slow the computer is that it runs on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from image.rig.errors import RigError

RTC: Final = 0x09010000
"""The PL031's data register: whole seconds, of the machine's time (``-rtc clock=vm``)."""
LOOK_S: Final = 0.01
SMOOTH: Final = 0.3
"""Share of the newest second in the rate."""
NEARLY: Final = 0.999
"""A second that has not ended yet is not told as ended."""


class Clock(Protocol):
    """A time that only goes on."""

    def now_s(self) -> float:
        """Return seconds since some moment."""

    def sleep(self, seconds: float) -> None:
        """Wait until so many of them have passed."""

    def close(self) -> None:
        """Look no more."""


class OurTime:
    """The machine's time is ours: it must keep up, or is late."""

    def now_s(self) -> float:
        """Return our monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def close(self) -> None:
        """Nothing is open."""


class MachineTime:
    """Reads the machine's whole seconds; between them it goes by how long the last ones took."""

    def __init__(
        self, seconds: Callable[[], int], now: Callable[[], float] = time.monotonic
    ) -> None:
        """``seconds`` reads the clock of the machine; ``now`` is ours."""
        self._seconds, self._now = seconds, now
        self._lock = threading.Lock()
        self._whole = seconds()
        self._since_s = now()
        self._rate = 1.0
        self._told_s = float(self._whole)
        self._known = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="machine-time", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look(self) -> None:
        """Read the clock once."""
        whole, now_s = self._seconds(), self._now()
        with self._lock:
            passed = whole - self._whole
            if passed <= 0:
                return
            took_s = now_s - self._since_s
            if self._known and took_s > 0:
                # The first second had begun before the first look.
                newest = passed / took_s
                self._rate = (1 - SMOOTH) * self._rate + SMOOTH * min(newest, 1.0)
            self._known = True
            self._whole, self._since_s = whole, now_s

    def now_s(self) -> float:
        """Return the machine's seconds; never less than before."""
        with self._lock:
            part = min(NEARLY, (self._now() - self._since_s) * self._rate)
            self._told_s = max(self._told_s, self._whole + part)
            return self._told_s

    def sleep(self, seconds: float) -> None:
        """Wait until so many of the machine's seconds have passed."""
        end_s = self.now_s() + seconds
        while self.now_s() < end_s and not self._stopping.is_set():
            time.sleep(LOOK_S)

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.look()
            except (OSError, ValueError, RigError):
                # The machine is gone; whoever asks it next is told.
                return
