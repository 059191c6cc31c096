"""The belt and its sensor: the simulator's own, on the emulated machine's USB serial port.

The belt runs only while the permit's pin is on, which is read from the machine's GPIO chip.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from hardware.simulator.sensor import FRAME_S, Fault, SimulatedSensor
from hardware.simulator.treadmill import Treadmill
from image.rig.clock import Clock, urgent
from image.rig.door import connect
from image.rig.errors import RigError

JOIN_S: Final = 5.0
MM_PER_COUNT: Final = 5.0


class Gap(NamedTuple):
    """From one frame of the sensor to the next, by the machine's time and by ours.

    ``answer_s``: how long QEMU took before the second one to say how the permit is.
    """

    own_s: float = 0.0
    ours_s: float = 0.0
    answer_s: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.own_s:.2f} s ({self.ours_s:.2f} s of ours, of which {self.answer_s:.2f} s "
            "were QEMU's)"
        )


class Belt:
    """A thread that moves the belt and says what its sensor sees, at most 50 times a second."""

    def __init__(self, serial: Path, permit: Callable[[], bool], clock: Clock) -> None:
        """``serial`` is the socket of the emulated port; ``permit`` reads the permit's pin.

        The belt goes by ``clock``, the machine's own time.
        """
        self._clock = clock
        self._path = serial
        self._permit = permit
        self._lock = threading.Lock()
        now_s = clock.now_s()
        self._treadmill = Treadmill(now_s)
        self._sensor = SimulatedSensor(MM_PER_COUNT, now_s)
        self._cable: socket.socket | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="belt", daemon=True)
        self.permits: list[tuple[float, bool]] = []
        """Each change of the permit, with its time on the clock in seconds."""
        self.error: BaseException | None = None
        self.widest = Gap()
        """The longest since the belt was last set to a speed, by the machine's time. While the
        machine starts its clocks change, and a gap then is none of the sensor's."""

    def start(self) -> None:
        """Plug the sensor in, and begin."""
        self.plug()
        self._thread.start()

    def close(self) -> None:
        """Stop, and unplug the sensor."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)
        self.unplug()

    def plug(self) -> None:
        """Plug the sensor's cable in: the machine sees a USB serial adapter come."""
        with self._lock:
            if self._cable is None:
                self._cable = connect(self._path)
                self._cable.settimeout(None)
                threading.Thread(
                    target=_drain, args=(self._cable,), name="cable", daemon=True
                ).start()

    def unplug(self) -> None:
        """Pull the sensor's cable: the machine sees the adapter go."""
        with self._lock:
            if self._cable is not None:
                with contextlib.suppress(OSError):  # the machine may have let go of it already
                    self._cable.shutdown(socket.SHUT_RDWR)  # or its reader would never hear of it
                self._cable.close()
                self._cable = None

    def run(
        self, speed_kmh: float, ramp_kmh_s: float | None = None, *, force: bool = False
    ) -> None:
        """Set the belt moving; without a permit nothing moves, unless forced."""
        with self._lock:
            self._move()
            self._treadmill.command(speed_kmh, ramp_kmh_s, force=force)
            self.widest = Gap()

    def fault(self, fault: Fault) -> None:
        """Make the sensor ``mute``, ``freeze``, ``garbage``, ``reset``, ``fault``, or ``ok``."""
        with self._lock:
            self._sensor.mode = fault

    def send(self, data: bytes) -> None:
        """Send these bytes between the sensor's own lines."""
        with self._lock:
            self._send(data)

    @property
    def speed_kmh(self) -> float:
        """The belt's true speed."""
        return self._treadmill.speed_kmh

    def _run(self) -> None:
        urgent()
        try:
            sent_s, ours_s = self._clock.now_s(), time.monotonic()
            while not self._stopping.wait(self._clock.look_s):
                asked_s = time.monotonic()
                permit = self._permit()
                answer_s = time.monotonic() - asked_s
                with self._lock:
                    self._move()
                    own_s = self._treadmill.now_s
                    if not self.permits or self.permits[-1][1] != permit:
                        self.permits.append((self._clock.now_s(), permit))
                        self._treadmill.set_permit(permit)
                    # By the machine's time, which passes slower than ours and stands still now
                    # and then: a sensor that speaks while its clock stands is a broken one.
                    if own_s - sent_s < FRAME_S:
                        continue
                    self._send(self._sensor.lines(own_s))
                    now_s = time.monotonic()
                    gap = Gap(own_s - sent_s, now_s - ours_s, answer_s)
                    self.widest = max(self.widest, gap)
                    sent_s, ours_s = own_s, now_s
        except (OSError, RigError, ValueError) as error:
            if not self._stopping.is_set():
                self.error = error

    def _move(self) -> None:
        for segment in self._treadmill.advance(self._clock.now_s()):
            self._sensor.follow(segment)

    def _send(self, data: bytes) -> None:
        # A port that nobody reads fills up; the sensor goes on all the same, as a real one does.
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            if self._cable is not None and data:
                self._cable.send(data, socket.MSG_DONTWAIT)


def _drain(cable: socket.socket) -> None:
    """Read what the machine says to its sensor, which listens to nothing, until the cable is out.

    A thread of its own that asks QEMU nothing. QEMU writes to this cable with its great lock in
    its hand and waits for room, for ever: then it answers nobody, nor whoever asks before reading.
    """
    with contextlib.suppress(OSError):
        while cable.recv(65536):
            pass
