"""The machine's own time. Emulated, it may pass slower than ours.

All that is timed at the machine (its belt, a finger, how long a permit stands) goes by it, so that
what the machine sees is as on a real one, however slow the computer is that it runs on.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from image.rig.errors import RigError

Ask = Callable[[str], str]
"""Carries out a command of QEMU's test socket, and returns what it answers."""

RTC: Final = 0x09010000
"""The PL031's data register: whole seconds, of the machine's time (``-rtc clock=vm``)."""
CONFIG: Final = 0x40_1000_0000
"""Where QEMU's "virt" machine shows what its PCI devices are set to: 4 KiB for each of eight
functions of a device."""
DEVICES: Final = 32
USB3: Final = 0x0C0330
"""The class of a USB controller of the kind xHCI; its registers are the specification's."""
HEADER: Final = 0x18
"""Bytes of a device's settings, up to and with its first address."""
MEMORY_ON: Final = 0x2
MICROFRAMES: Final = 1 << 14
MICROFRAME_S: Final = 125e-6
LOOK_S: Final = 0.02
SLACK_S: Final = 0.5
"""How much later a look may be told than it was taken."""
SMOOTH: Final = 0.3
"""Share of the newest second in the rate."""
NEARLY: Final = 0.999
"""A second that has not ended yet is not told as ended."""


class Clock(Protocol):
    """A time that only goes on."""

    look_s: float
    """How often to look, in our seconds, for who moves things by it."""

    def now_s(self) -> float:
        """Return seconds since some moment."""

    def sleep(self, seconds: float) -> None:
        """Wait until so many of them have passed."""

    def close(self) -> None:
        """Look no more."""


class OurTime:
    """The machine's time is ours: it must keep up, or is late."""

    look_s = LOOK_S

    def now_s(self) -> float:
        """Return our monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def close(self) -> None:
        """Nothing is open."""


class Microframes:
    """A USB controller's count of microframes, 125 us each: the finest clock that QEMU shows."""

    def __init__(self, ask: Ask) -> None:
        """``ask`` is a test socket's; the controller may not have been set up yet."""
        self._ask = ask
        self._device: int | None = None
        self._base = 0
        self._register = 0

    def count(self) -> int | None:
        """Return its 14 bits, or None while the machine has not given it an address.

        The address is looked up each time. Firmware and kernel move devices about, and to read
        what has come to lie there instead can do something in it: clear its interrupt, say.
        """
        if self._device is None:
            self._device = self._find()
            if self._device is None:
                return None
        base = self._address(self._device)
        if base is None:
            return None
        if base != self._base:
            self._base, self._register = base, base + self._read(base + 0x18)
        count = self._read(self._register)
        return count if count < MICROFRAMES else None

    def _find(self) -> int | None:
        for number in range(DEVICES):
            device = CONFIG + number * 0x8000
            if self._read(device + 0x08) >> 8 == USB3:
                return device
        return None

    def _address(self, device: int) -> int | None:
        header = bytes.fromhex(self._ask(f"read {device:#x} {HEADER}").removeprefix("0x"))
        _, command, class_, _, low, high = struct.unpack_from("<6I", header)
        base = (low & ~0xF) | (high << 32)
        if class_ >> 8 != USB3 or not command & MEMORY_ON or base == 0:
            return None
        return int(base)

    def _read(self, address: int) -> int:
        return int(self._ask(f"readl {address:#x}").split()[-1], 16)


def urgent(thread: int = 0) -> None:
    """Have a thread (0: this one) go before all programs here, where it may: root's may.

    The machine's time goes on while this computer makes the sensor wait, and a frame that comes a
    third of a second late is a lost sensor. What the thread starts is an ordinary program again.
    """
    with contextlib.suppress(PermissionError, ProcessLookupError):  # or it is gone: told by others
        os.sched_setscheduler(thread, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))


class MachineTime:
    """Reads the machine's whole seconds, and within them a finer clock where there is one.

    Before the machine has one, it goes within a second by how long the last seconds took.
    """

    look_s = 2 * LOOK_S

    def __init__(
        self,
        seconds: Callable[[], int],
        microframes: Callable[[], int | None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``seconds`` and ``microframes`` read the machine's clocks; ``now`` is ours."""
        self._seconds, self._microframes, self._now = seconds, microframes, now
        self._lock = threading.Lock()
        self._whole = seconds()
        self._since_s = now()
        self._looked_s = now()
        self._rate = 1.0
        self._told_s = float(self._whole)
        self._known = False
        self._fine: int | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="machine-time", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look(self) -> None:
        """Read the clocks once."""
        fine, now_s = self._microframes(), self._now()
        if fine is not None and self._fine is not None:
            # What it counts is wrapped after two seconds; looks come much oftener.
            passed_s = (fine - self._fine) % MICROFRAMES * MICROFRAME_S
            if passed_s > now_s - self._looked_s + SLACK_S:
                # No machine is quicker than we are: the count went back, as it does now and then
                # by a little. Taken for a whole round it would be two seconds.
                return
            with self._lock:
                self._fine, self._looked_s = fine, now_s
                self._told_s += passed_s
            return
        self._looked_s = now_s
        whole, now_s = self._seconds(), self._now()
        with self._lock:
            if fine is not None or self._fine is not None:
                # From one clock to the other: from where it is, it goes on.
                self._fine = fine
                self._whole, self._since_s, self._known = whole, now_s, False
                return
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
            if self._fine is None:
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
        urgent()
        while not self._stopping.wait(LOOK_S):
            try:
                self.look()
            except (OSError, ValueError, RigError):
                # The machine is gone; whoever asks it next is told.
                return
