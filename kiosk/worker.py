"""A thread that does jobs in turn, for what neither a screen nor a walk may wait for."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import platform
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from hardware.threads import name_this_thread
from kiosk.session.actions import Refusal

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_Job = tuple[Callable[[], Any], Future[Any]]

WAITING: Final = 16
"""Jobs that may wait before one more is refused: nobody taps faster than that."""
LOOK_S: Final = 1.0
_NICE: Final = 10
_NICEST: Final = 19
_IOPRIO_SET: Final = {"x86_64": 251, "aarch64": 30}
_THIS_THREAD: Final = 1, 0
_IDLE_CLASS: Final = 3 << 13


class Worker:
    """One named thread with a bounded queue. Any thread may ask.

    A job that raises a :class:`Refusal` ends its future with it. Any other exception is a fault in
    the program: ``on_death`` hears of it in this thread, and must end the process, because a
    kiosk that only seems to work is worse than one that restarts.
    """

    def __init__(
        self,
        name: str,
        *,
        on_death: Callable[[BaseException], None],
        look: Callable[[], None] = lambda: None,
        background: bool = False,
    ) -> None:
        """Nothing runs before :meth:`start`.

        ``look`` is called after each job, and about once a second in between. In the
        ``background`` the thread gives way to all others, on the processor and at the disk.
        """
        self._on_death = on_death
        self._look = look
        self._background = background
        self._jobs: queue.Queue[_Job] = queue.Queue(WAITING)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ask(self, job: Callable[[], _T]) -> Future[_T]:
        """Have a job done in its turn; the future ends with what it returns, or a Refusal."""
        future: Future[_T] = Future()
        # Nobody can take back what was asked: it may be half done.
        future.set_running_or_notify_cancel()
        if self._ending.is_set():
            future.set_exception(_ending())
            return future
        try:
            self._jobs.put_nowait((job, future))
        except queue.Full:
            future.set_exception(Refusal("busy", "The kiosk is busy: wait a moment, try again."))
        if self._ending.is_set():
            self._refuse_all()  # it ended a moment ago, and nobody else would
        return future

    def nudge(self) -> None:
        """Have it look soon."""
        with contextlib.suppress(queue.Full):  # it looks after each job anyway
            self._jobs.put_nowait((lambda: None, Future()))

    def close(self, timeout_s: float = 5.0) -> bool:
        """End after the job under way; say whether that was within ``timeout_s``.

        What still waits ends with a Refusal. A thread that hangs on a dead device is left behind.
        """
        self._ending.set()
        self.nudge()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _guarded(self) -> None:
        name_this_thread(self._thread.name)
        try:
            if self._background:
                give_way()
            while not self._ending.is_set():
                self._serve()
        except BaseException as error:
            log.critical("%s died: %s", self._thread.name, type(error).__name__, exc_info=True)
            self._on_death(error)
        finally:
            self._ending.set()
            self._refuse_all()

    def _serve(self) -> None:
        try:
            job, future = self._jobs.get(timeout=LOOK_S)
        except queue.Empty:
            self._look()
            return
        try:
            future.set_result(job())
        except Refusal as refusal:
            future.set_exception(refusal)
        except BaseException:
            future.set_exception(_ending())
            raise
        self._look()

    def _refuse_all(self) -> None:
        while True:
            try:
                _, future = self._jobs.get_nowait()
            except queue.Empty:
                return
            future.set_exception(_ending())


def give_way() -> None:
    """Let every other thread of the machine go first, from this thread's next step on.

    Threads and processes that it starts do as it does. Raises nothing: a system that does not
    permit it only makes a walk's screen a little less smooth.
    """
    try:
        thread = threading.get_native_id()
        nice = os.getpriority(os.PRIO_PROCESS, thread) + _NICE
        os.setpriority(os.PRIO_PROCESS, thread, min(nice, _NICEST))
    except OSError as error:
        log.warning("the priority could not be lowered: %s", error.strerror)
    number = _IOPRIO_SET.get(platform.machine())
    if number is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *_THIS_THREAD, _IDLE_CLASS) != 0:
        log.warning("the disk priority could not be lowered: %s", os.strerror(ctypes.get_errno()))


def _ending() -> Refusal:
    return Refusal("ending", "The kiosk is ending.")
