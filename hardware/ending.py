"""How the guard ends: the permit off before anything else, then the reason."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from hardware.threads import name_this_thread

SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
JOIN_S: Final = 1.0


def in_words(error: BaseException) -> str:
    """Return a fault in one line, with the place in the source that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" (at {Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


class Ending:
    """Set once, by anyone: a signal, a stop event, or a fault in any thread."""

    def __init__(self, drop: Callable[[], None], wake: Callable[[], None]) -> None:
        """``drop`` takes the permit away for good, ``wake`` ends the loop's sleep."""
        self._drop = drop
        self._wake = wake
        self._lock = threading.Lock()
        self.asked = threading.Event()
        self.reason: str | None = None
        """Why it ends, if that is a fault; the first one counts."""

    def ask(self) -> None:
        """End in order: permit off now, then the loop."""
        try:
            self._drop()
        finally:
            self.asked.set()
            self._wake()

    def fault(self, where: str, error: BaseException) -> None:
        """End because of a fault in ``where``: permit off now, whatever else is broken."""
        try:
            self._drop()
        finally:
            with self._lock:
                if self.reason is None:
                    self.reason = f"{where}: {in_words(error)}"
            self.asked.set()
            self._wake()


class SignalThread:
    """Obeys signals in a thread of its own: at once, even while the loop hangs in C.

    Danger: an ordinary Python handler runs inside the main thread, between any two of its steps,
    and could drive the permit off a moment before the interrupted step drives it on. Here the
    handler does nothing; the signal's number comes through the wake-up descriptor.
    """

    def __init__(self, ending: Ending) -> None:
        """Take the signals over, for the rest of the process. Only the main thread may do this."""
        self._ending = ending
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._write_fd, False)
        self._fd_before = signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, _nothing)
        self._thread = threading.Thread(target=self._run, name="guard-signals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. The guard is ending: a second signal must not cut its cleaning up off."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(self._fd_before)
        os.close(self._write_fd)
        self._thread.join(JOIN_S)
        os.close(self._read_fd)

    def _run(self) -> None:
        name_this_thread("guard-signals")
        try:
            # Ends when the other end of the pipe is closed.
            while number := os.read(self._read_fd, 1):
                if number[0] in SIGNALS:
                    self._ending.ask()
        except BaseException as error:  # noqa: BLE001 - its unexpected death ends the process
            self._ending.fault("guard-signals", error)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Let the interrupted call go on; the thread has been told."""
