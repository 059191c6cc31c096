"""The belt sensor's serial port: open, read, hand over, and open again when it was unplugged."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import serial

from hardware.threads import name_this_thread

BAUD: Final = 115_200
READ_BYTES: Final = 4096
FIRST_BACKOFF_S: Final = 0.1
LONGEST_BACKOFF_S: Final = 1.0
LONGEST_QUEUE: Final = 32
"""Chunks that may wait for the loop; at 115200 baud this is 10 s, so it fills in a flood only."""
JOIN_S: Final = 1.0


class Chunk(NamedTuple):
    """Bytes as they came at ``t_ns``; no bytes at all mark a port that was just opened."""

    data: bytes
    t_ns: int


class BeltPort:
    """A thread that reads the port and never stops trying; the loop takes what it read."""

    def __init__(
        self,
        path: str,
        *,
        wake: Callable[[], None],
        died: Callable[[BaseException], None],
    ) -> None:
        """Prepare to read ``path``. ``wake`` and ``died`` are called in the port's thread."""
        self.path = path
        self.error: str | None = "not opened yet"
        """What is wrong with the port, for people; None while it is open."""
        self._wake = wake
        self._died = died
        self._chunks: deque[Chunk] = deque()
        self._room = threading.Event()
        self._stopping = threading.Event()
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._run, name="belt-port", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def take(self) -> Chunk | None:
        """Return the oldest chunk that the loop has not seen yet, or None."""
        try:
            chunk = self._chunks.popleft()
        except IndexError:
            return None
        self._room.set()
        return chunk

    def stop(self) -> bool:
        """End the thread and close the port; return whether it ended in time."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._room.set()
            os.write(self._stop_write, b"x")
        if self._thread.is_alive():
            self._thread.join(JOIN_S)
        if self._thread.is_alive():
            return False
        if self._stop_read != -1:
            os.close(self._stop_read)
            os.close(self._stop_write)
            self._stop_read = self._stop_write = -1
        return True

    def _run(self) -> None:
        name_this_thread("belt-port")
        try:
            self._read_for_ever()
        except BaseException as error:  # noqa: BLE001 - its unexpected death ends the process
            self._died(error)

    def _read_for_ever(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while not self._stopping.is_set():
            try:
                with self._opened() as port:
                    backoff_s = FIRST_BACKOFF_S
                    self._hand_over(b"")
                    self.error = None
                    self._read(port.fileno())
            # serial.SerialException is an OSError; pyserial lets termios.error, which is none,
            # through where a port goes away between its opening and its first settings.
            except (OSError, ValueError, termios.error) as error:
                self.error = f"{self.path}: {_in_words(error)}"
            self._wake()
            self._stopping.wait(backoff_s)
            backoff_s = min(backoff_s * 2, LONGEST_BACKOFF_S)

    def _opened(self) -> serial.Serial:
        port = serial.Serial(self.path, BAUD, timeout=0, exclusive=True)
        # An FTDI adapter hands bytes over every 16 ms without it; others do not know it.
        with contextlib.suppress(OSError, ValueError, NotImplementedError):
            port.set_low_latency_mode(True)
        return port

    def _read(self, fd: int) -> None:
        """Hand over bytes until asked to stop; raises OSError when the port goes away."""
        while True:
            ready, _, _ = select.select([fd, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            try:
                data = os.read(fd, READ_BYTES)
            except BlockingIOError:
                continue
            if not data:
                raise OSError("the port was unplugged")
            self._hand_over(data)
            if b"\n" in data:
                # Half a line changes nothing: the loop finds it on its next pass anyway.
                self._wake()

    def _hand_over(self, data: bytes) -> None:
        t_ns = time.monotonic_ns()
        while len(self._chunks) >= LONGEST_QUEUE and not self._stopping.is_set():
            self._room.clear()
            self._wake()
            self._room.wait(0.1)
        self._chunks.append(Chunk(data, t_ns))


def _in_words(error: Exception) -> str:
    """Return what a person can act on; pyserial wraps the system's error in a long sentence."""
    number = _number(error)
    if number == errno.ENOENT:
        return "there is no such port; plug the belt sensor in, or mend sensor.port"
    if number == errno.EACCES:
        return "this port may not be opened; the guard's user needs the group dialout"
    if number in {errno.EBUSY, errno.EAGAIN} or "exclusively lock" in str(error):
        return "another program has opened the belt sensor's port"
    if number in {errno.EIO, errno.ENODEV, errno.ENXIO}:
        return "the port was unplugged"
    return str(error)


def _number(error: Exception) -> int | None:
    """Return the system's number for an error, or for the one that pyserial made it of."""
    for one in (error, error.__context__):
        if isinstance(one, termios.error):
            return int(one.args[0])
        if isinstance(one, OSError) and one.errno is not None:
            return one.errno
    return None
