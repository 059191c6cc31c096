"""All that is done to one stick, one thing after the other, in a thread of its own.

A stick may hang in the kernel for as long as it likes: then its own thread hangs, and nothing else.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hardware.threads import name_this_thread
from kiosk.sticks.helper.devices import Device, DeviceRule
from kiosk.sticks.helper.mounting import GONE, Mounted, Owner, let_nobody_hold
from kiosk.sticks.helper.probe import NotReadable, describe, probe
from kiosk.sticks.model import Stick, StickError


class Outcome(NamedTuple):
    """How a job ended: a folder to hand over (the receiver closes it), an error, or just well."""

    folder: int | None = None
    error: StickError | None = None


Answer = Callable[[Outcome], None]


class Lane:
    """One device from plugging in to pulling out. Its methods return at once, in any thread.

    ``stick`` is None until it was looked at, and for a partition that is not meant for people.
    """

    def __init__(
        self,
        rule: DeviceRule,
        device: Device,
        mounts: Path,
        *,
        changed: Callable[[], None],
        on_death: Callable[[BaseException], None],
    ) -> None:
        """Begin to look at it; ``changed`` is called in the lane's thread once it was."""
        self.device = device
        self.stick: Stick | None = None
        self._rule = rule
        self._target = mounts / device.id
        self._changed = changed
        self._on_death = on_death
        self._mounted: Mounted | None = None
        self._gone = threading.Event()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"stick-{device.name}", daemon=True)
        self._thread.start()

    def mount(self, owner: Owner, *, writable: bool, answer: Answer) -> None:
        """Mount it, or change how it is mounted, and answer with its root folder."""
        self._jobs.put(lambda: answer(self._tried(lambda: self._mount(owner, writable))))

    def unmount(self, answer: Answer) -> None:
        """Write everything to it, let go, and answer."""
        self._jobs.put(lambda: answer(self._tried(self._unmount)))

    def leave(self) -> None:
        """Nobody wants it any more: let go, in use or not."""
        self._jobs.put(self._leave)

    def gone(self) -> None:
        """It was pulled out: let go, and end the thread."""
        self._gone.set()
        self._jobs.put(None)

    def end(self, timeout_s: float) -> None:
        """Let go and end, within a bounded time."""
        self._jobs.put(self._leave)
        self._jobs.put(None)
        self._thread.join(timeout_s)

    # --- in the lane's own thread -----------------------------------------------------------

    def _run(self) -> None:
        name_this_thread(f"stick-{self.device.name}")
        try:
            self._look()
            while (job := self._jobs.get()) is not None:
                job()
            if self._mounted is not None:
                self._mounted.detach()
        except BaseException as error:  # noqa: BLE001 - reported, and the process ends by it
            self._on_death(error)

    def _look(self) -> None:
        try:
            found = probe(self._rule, self.device)
        except NotReadable as error:
            print(f"sternway sticks: {error}", flush=True)
            found = None
        if found is None or not found.hidden:
            self.stick = describe(self.device, found, self._rule.filesystems)
        self._changed()

    def _tried(self, job: Callable[[], int | None]) -> Outcome:
        try:
            if self._gone.is_set():
                raise StickError(GONE, gone=True)
            return Outcome(folder=job())
        except StickError as error:
            self._forget()
            return Outcome(error=error)

    def _forget(self) -> None:
        if self._mounted is not None and not self._mounted.stands:
            self._mounted = None

    def _mount(self, owner: Owner, writable: bool) -> int:
        stick = self.stick
        if stick is None or stick.filesystem is None or stick.problem is not None:
            raise StickError((stick and stick.problem) or GONE, gone=stick is None)
        if self._mounted is None:
            self._mounted = Mounted(
                self._rule,
                self.device,
                stick.filesystem,
                self._target,
                writable=writable,
                owner=owner,
            )
        self._mounted.set_writable(writable)
        return self._mounted.folder()

    def _unmount(self) -> None:
        if self._mounted is None:
            let_nobody_hold(self._rule, self.device)
            return
        self._mounted.release()
        self._mounted = None

    def _leave(self) -> None:
        if self._mounted is None:
            return
        try:
            self._mounted.release()
        except StickError as error:
            print(f"sternway sticks: {self.device.name}: {error}", flush=True)
            if self._mounted.stands:
                self._mounted.detach()
        self._mounted = None
