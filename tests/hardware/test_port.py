"""The serial port's thread, on real ptys."""

from __future__ import annotations

import fcntl
import os
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from hardware.belt.port import BeltPort
from hardware.simulator.wire import PtyWire
from tests.hardware.guard_rig import wait_for


class Desk:
    """A port, what it said, and the cable it reads."""

    def __init__(self, folder: Path) -> None:
        self.wire = PtyWire(folder / "sensor")
        self.wakes = 0
        self.woken = threading.Event()
        self.deaths: list[BaseException] = []
        self.port = BeltPort(str(self.wire.path), wake=self._wake, died=self.deaths.append)

    def _wake(self) -> None:
        self.wakes += 1
        self.woken.set()

    def write(self, data: bytes) -> None:
        os.write(self.wire._master, data)

    def opened(self) -> None:
        """Wait until it is open, and take the mark of that."""
        wait_for(lambda: self.port.error is None, 3.0)
        chunk = self.port.take()
        assert chunk is not None
        assert chunk.data == b""

    def read(self, size: int) -> bytes:
        got = b""
        end_s = time.monotonic() + 3.0
        while len(got) < size and time.monotonic() < end_s:
            if (chunk := self.port.take()) is None:
                time.sleep(0.002)
            else:
                got += chunk.data
        return got


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    assert desk.port.stop()
    desk.wire.unplug()


def test_bytes_come_with_the_time_at_which_they_were_read(desk: Desk) -> None:
    desk.wire.plug()
    desk.port.start()
    desk.opened()
    before_ns = time.monotonic_ns()
    desk.write(b"$SWB\xff\x00\r\n")
    wait_for(desk.woken.is_set)
    after_ns = time.monotonic_ns()
    chunk = desk.port.take()
    assert chunk is not None
    assert chunk.data == b"$SWB\xff\x00\r\n", "nothing is translated on the way"
    assert before_ns <= chunk.t_ns <= after_ns
    assert desk.port.take() is None


def test_half_a_line_waits_for_the_next_pass(desk: Desk) -> None:
    desk.wire.plug()
    desk.port.start()
    desk.opened()
    wakes = desk.wakes
    desk.write(b"$SWB,")
    assert desk.read(5) == b"$SWB,"
    assert desk.wakes == wakes
    desk.write(b"1\n")
    wait_for(lambda: desk.wakes == wakes + 1)


def test_no_such_port_then_plugged_in(desk: Desk) -> None:
    desk.port.start()
    wait_for(lambda: "no such port" in (desk.port.error or ""))
    assert str(desk.wire.path) in (desk.port.error or "")
    desk.wire.plug()
    desk.opened()


def test_unplugged_and_plugged_in_again_elsewhere(desk: Desk) -> None:
    desk.wire.plug()
    desk.port.start()
    desk.opened()
    desk.write(b"half a li")
    assert desk.read(9) == b"half a li"
    held = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
    desk.wire.unplug()
    wait_for(lambda: desk.port.error is not None, 1.0)
    assert "unplugged" in (desk.port.error or "") or "no such port" in (desk.port.error or "")
    desk.wire.plug()
    desk.opened()
    desk.write(b"new\n")
    assert desk.read(4) == b"new\n"
    os.close(held)


@pytest.mark.parametrize("step", ["tcgetattr", "tcflush"])
def test_unplugged_while_it_is_being_opened(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A plug with a loose contact: the port is gone between its opening and a setting of it."""
    real = getattr(termios, step)
    falls = iter([True, True])

    def pulled_out(*arguments: object) -> object:
        if next(falls, False):
            desk.wire.unplug()
        return real(*arguments)

    monkeypatch.setattr(termios, step, pulled_out)
    desk.wire.plug()
    desk.port.start()
    wait_for(lambda: "the port was unplugged" in (desk.port.error or ""))
    desk.wire.plug()
    wait_for(lambda: next(falls, None) is None, 3.0)
    desk.wire.plug()
    desk.opened()
    assert desk.deaths == []


def test_a_port_that_another_program_has(desk: Desk) -> None:
    desk.wire.plug()
    with serial.Serial(str(desk.wire.path), exclusive=True) as other:
        desk.port.start()
        wait_for(lambda: "another program" in (desk.port.error or ""))
        other.close()
        desk.opened()
        with pytest.raises(serial.SerialException):
            serial.Serial(str(desk.wire.path), exclusive=True)


def test_something_that_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no port")
    deaths: list[BaseException] = []
    port = BeltPort(str(tmp_path / "file"), wake=lambda: None, died=deaths.append)
    port.start()
    wait_for(lambda: (port.error or "").startswith(str(tmp_path / "file")))
    assert port.stop()
    assert deaths == []


def test_backoff_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(desk.port._stopping, "wait", lambda s: waits.append(s) or time.sleep(0.001))
    desk.port.start()
    wait_for(lambda: len(waits) >= 8)
    assert waits[:6] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    desk.wire.plug()
    desk.opened()
    waits.clear()
    desk.wire.unplug()
    wait_for(lambda: len(waits) >= 3)
    assert waits[:3] == [0.1, 0.2, 0.4], "an open port begins anew"


def test_a_flood_waits_in_the_cable_and_nothing_is_lost(desk: Desk) -> None:
    desk.wire.plug()
    desk.port.start()
    desk.opened()
    data = bytes(range(256)) * 2000
    writer = threading.Thread(target=_write_all, args=(desk.wire._master, data))
    writer.start()
    time.sleep(0.3)
    assert len(desk.port._chunks) <= 32
    assert desk.read(len(data)) == data
    writer.join()


def _write_all(fd: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            time.sleep(0.001)


def test_stop_is_quick_wherever_the_thread_is(tmp_path: Path) -> None:
    for plugged in (True, False):
        desk = Desk(tmp_path)
        if plugged:
            desk.wire.plug()
        desk.port.start()
        time.sleep(0.15)
        before_s = time.monotonic()
        assert desk.port.stop()
        assert desk.port.stop()
        assert time.monotonic() - before_s < 0.2
        desk.wire.unplug()


def test_stop_before_start(tmp_path: Path) -> None:
    assert Desk(tmp_path).port.stop()


def test_stop_while_a_flood_waits_for_the_loop(desk: Desk) -> None:
    desk.wire.plug()
    desk.port.start()
    desk.opened()
    writer = threading.Thread(target=_write_all, args=(desk.wire._master, b"x\n" * 40_000))
    writer.start()
    time.sleep(0.3)
    before_s = time.monotonic()
    assert desk.port.stop()
    assert time.monotonic() - before_s < 0.5
    while desk.port.take():
        continue
    # Nobody reads any more; empty the cable so that the writer ends.
    fcntl.fcntl(desk.wire._slave, fcntl.F_SETFL, os.O_NONBLOCK)
    while writer.is_alive():
        try:
            os.read(desk.wire._slave, 65_536)
        except BlockingIOError:
            time.sleep(0.001)


def test_an_unexpected_death_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(desk.port, "_opened", broken)
    desk.port.start()
    wait_for(lambda: desk.deaths)
    assert isinstance(desk.deaths[0], RuntimeError)
