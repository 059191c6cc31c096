"""The rig's sensor speaks by the machine's time, also where that passes slowly or stands still."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.belt.protocol import UINT32
from image.rig.belt import Belt

LOOK_S = 0.002


class Turned:
    """A machine's time that only the test moves on."""

    look_s = LOOK_S

    def __init__(self) -> None:
        self.s = 1000.0

    def now_s(self) -> float:
        return self.s

    def sleep(self, seconds: float) -> None:
        self.s += seconds

    def close(self) -> None:
        """Nothing is open."""


@contextlib.contextmanager
def plugged(
    folder: Path, permit: Callable[[], bool] = lambda: True
) -> Iterator[tuple[Belt, Turned, socket.socket]]:
    with socket.socket(socket.AF_UNIX) as port:
        port.bind(str(folder / "port"))
        port.listen()
        clock = Turned()
        belt = Belt(folder / "port", permit, clock)
        belt.start()
        cable, _ = port.accept()
        with cable:
            try:
                yield belt, clock, cable
            finally:
                belt.close()
    assert belt.error is None


def heard(cable: socket.socket) -> list[int]:
    """Return the sensor's clock in each frame that has come, in microseconds."""
    cable.setblocking(False)
    content = b""
    with contextlib.suppress(BlockingIOError):
        while more := cable.recv(65536):
            content += more
    return [int(line.split(b",")[2]) for line in content.splitlines() if line.startswith(b"$SWB")]


def test_what_the_machine_says_is_read_though_it_answers_nothing(tmp_path: Path) -> None:
    """QEMU waits for room on this cable with its lock held: the permit is not answered then."""
    held = threading.Event()
    with plugged(tmp_path, lambda: held.wait(30.0)) as (_belt, _clock, cable):
        cable.settimeout(5.0)
        try:
            for _ in range(4000):
                cable.sendall(b"x" * 64)
        finally:
            held.set()


def test_a_cable_that_is_pulled_is_closed_and_can_be_plugged_again(tmp_path: Path) -> None:
    with plugged(tmp_path) as (belt, clock, cable):
        belt.unplug()
        cable.settimeout(5.0)
        while cable.recv(65536):
            pass
        for one in threading.enumerate():
            if one.name == "cable":
                one.join(5.0)
                assert not one.is_alive()
        belt.plug()
        clock.s += 0.1


def test_a_sensor_whose_clock_stands_says_nothing(tmp_path: Path) -> None:
    with plugged(tmp_path) as (belt, clock, cable):
        clock.s += 0.1
        time.sleep(50 * LOOK_S)
        assert len(heard(cable)) == 1
        time.sleep(50 * LOOK_S)
        assert heard(cable) == []
        assert belt.widest.own_s == pytest.approx(0.1)


def test_it_says_fifty_frames_in_a_second_of_the_machine_however_long_that_takes(
    tmp_path: Path,
) -> None:
    with plugged(tmp_path) as (_belt, clock, cable):
        for _ in range(250):
            clock.s += 0.004
            time.sleep(1.5 * LOOK_S)
        clocks = heard(cable)
    apart = [(after - before) % UINT32 for before, after in itertools.pairwise(clocks)]
    assert 30 <= len(clocks) <= 50
    assert min(apart) >= 20_000
