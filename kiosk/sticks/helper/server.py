"""The helper's loop: one client, what is plugged in, and who waits for which answer until when.

The loop never blocks: each stick has a thread of its own (``lane.py``), and a request that is not
answered in time is answered with that.
"""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from hardware.sockets import ListeningSocket
from hardware.watchdog import Watchdog
from kiosk.sticks.helper.devices import DeviceRule
from kiosk.sticks.helper.lane import Answer, Lane, Outcome
from kiosk.sticks.helper.mounting import GONE, NO_ANSWER, Owner
from kiosk.sticks.helper.uevents import Uevents
from kiosk.sticks.link import (
    MAX_REQUEST_BYTES,
    VERSION,
    Done,
    Mount,
    Plugged,
    ToKiosk,
    Turned,
    Unmount,
    decode_to_helper,
    encode,
)
from kiosk.sticks.model import Stick, StickError
from profiles.saying import saying

RESCAN_S: Final = 5.0
SETTLE_S: Final = 0.1
"""Plugging in makes a burst of events: one look for all of them."""
ANSWER_S: Final = 60.0
"""A slow stick may need long to take what the kernel holds for it."""
MOST_WAITING: Final = 32
END_S: Final = 5.0


class _Waiting(NamedTuple):
    """A request that a lane works on, and when it is answered at the latest."""

    stick_id: str
    due_s: float


class Helper:
    """Everything but the lanes happens in the thread that calls :meth:`run`."""

    def __init__(
        self,
        listening: ListeningSocket,
        mounts: Path,
        rule: DeviceRule,
        *,
        gid: int,
        on_death: Callable[[BaseException], None],
        answer_s: float = ANSWER_S,
        rescan_s: float = RESCAN_S,
    ) -> None:
        """Serve ``listening``, mounting in ``mounts``, a folder of this process alone.

        What is mounted belongs to the client's user and the group ``gid``.
        """
        self._mounts = mounts
        self._rule = rule
        self._on_death = on_death
        self._answer_s = answer_s
        self._rescan_s = rescan_s
        self._lanes: dict[str, Lane] = {}
        self._client: socket.socket | None = None
        self._owner = Owner(0, gid)
        self._told: tuple[Stick, ...] | None = None
        self._waiting: dict[int, _Waiting] = {}
        # A client's requests are told apart from those of the one before it by its count.
        self._clients = 0
        self._results: queue.SimpleQueue[tuple[int, int, Outcome]] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._listening = listening.socket
        self._uevents = Uevents()
        self._watchdog = Watchdog()
        self._look_s = 0.0
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        for source in (self._wake_read, self._listening, self._uevents):
            self._selector.register(source, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until :meth:`stop`; then everything is unmounted, as far as that ends in time."""
        self._watchdog.say("READY=1")
        try:
            while not self._stopping:
                self._pass()
        finally:
            self._watchdog.say("STOPPING=1")
            self._drop_client()
            end_s = time.monotonic() + END_S
            for lane in self._lanes.values():
                lane.end(max(0.0, end_s - time.monotonic()))
            self._selector.close()
            # The other end stays open: a lane that hangs may still write to it.
            os.close(self._wake_read)
            self._uevents.close()
            self._watchdog.close()

    def stop(self) -> None:
        """End soon; from a signal or any thread."""
        self._stopping = True
        self._wake()

    # --- the loop -----------------------------------------------------------------------------

    def _pass(self) -> None:
        now_s = time.monotonic()
        due_s = min([self._look_s, *(waiting.due_s for waiting in self._waiting.values())])
        ready = {key.fd for key, _ in self._selector.select(max(0.0, due_s - now_s))}
        now_s = time.monotonic()
        self._watchdog.alive(time.monotonic_ns())
        if self._uevents.fileno() in ready and self._uevents.heard():
            self._look_s = min(self._look_s, now_s + SETTLE_S)
        if self._wake_read in ready:
            self._finish()
        if now_s >= self._look_s:
            self._look()
            self._look_s = now_s + self._rescan_s
        if self._client is not None and self._client.fileno() in ready:
            self._hear(self._client)
        if self._listening.fileno() in ready:
            self._accept()
        self._expire(now_s)
        self._tell()

    def _look(self) -> None:
        """Compare what is plugged in with what was, and start and end lanes."""
        before, self._lanes = self._lanes, {}
        for device in self._rule.devices():
            lane = before.pop(device.id, None)
            self._lanes[device.id] = lane or Lane(
                self._rule, device, self._mounts, changed=self._wake, on_death=self._on_death
            )
        for stick_id, lane in before.items():
            lane.gone()
            for number, waiting in list(self._waiting.items()):
                if waiting.stick_id == stick_id:
                    self._answer(number, Outcome(error=StickError(GONE, gone=True)))

    def _tell(self) -> None:
        """Tell the client what is plugged in, when that changed."""
        sticks = tuple(lane.stick for lane in self._lanes.values() if lane.stick is not None)
        if sticks != self._told and self._client is not None:
            self._told = sticks
            self._send(Plugged(VERSION, sticks))

    def _expire(self, now_s: float) -> None:
        for number, waiting in list(self._waiting.items()):
            if now_s >= waiting.due_s:
                self._answer(number, Outcome(error=StickError(NO_ANSWER)))

    # --- the client ---------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:
            return  # it went away again
        connection.setblocking(False)
        if self._client is not None:
            with connection, contextlib.suppress(OSError):
                connection.send(
                    encode(Turned(saying("Another kiosk uses the sticks: end it first.")))
                )
            return
        _, uid, _ = struct.unpack(
            "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )
        self._owner = Owner(uid, self._owner.gid)
        self._client, self._told = connection, None
        self._clients += 1
        self._selector.register(connection, selectors.EVENT_READ)

    def _drop_client(self) -> None:
        """Part with the client: what it mounted is nobody's any more."""
        client, self._client = self._client, None
        if client is None:
            return
        self._selector.unregister(client)
        client.close()
        self._waiting.clear()
        for lane in self._lanes.values():
            lane.leave()

    def _hear(self, client: socket.socket) -> None:
        try:
            packet = client.recv(MAX_REQUEST_BYTES + 1)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._drop_client()
            return
        try:
            if len(packet) > MAX_REQUEST_BYTES:
                raise ValueError(f"a request has at most {MAX_REQUEST_BYTES} bytes")
            request = decode_to_helper(packet)
            if request.number in self._waiting or len(self._waiting) >= MOST_WAITING:
                raise ValueError(f"at most {MOST_WAITING} requests wait, each with its own number")
        except ValueError as error:
            print(f"sternway sticks: a client was turned away: {error}", flush=True)
            self._send(Turned(saying("The stick helper did not understand: {why}", why=str(error))))
            self._drop_client()
            return
        self._begin(request)

    def _begin(self, request: Mount | Unmount) -> None:
        lane = self._lanes.get(request.stick_id)
        due_s = time.monotonic() + self._answer_s
        self._waiting[request.number] = _Waiting(request.stick_id, due_s)
        if lane is None:
            self._answer(request.number, Outcome(error=StickError(GONE, gone=True)))
        elif isinstance(request, Mount):
            answer = self._later(request.number)
            lane.mount(self._owner, writable=request.writable, answer=answer)
        else:
            lane.unmount(self._later(request.number))

    def _later(self, number: int) -> Answer:
        """Return what a lane calls when it is done, from its own thread."""
        asked_by = self._clients

        def answer(outcome: Outcome) -> None:
            self._results.put((asked_by, number, outcome))
            self._wake()

        return answer

    def _finish(self) -> None:
        """Pass on what the lanes have done."""
        with contextlib.suppress(BlockingIOError):  # two wakes may have come as one
            os.read(self._wake_read, 4096)
        while not self._results.empty():
            asked_by, number, outcome = self._results.get()
            if asked_by == self._clients:
                self._answer(number, outcome)
            elif outcome.folder is not None:
                os.close(outcome.folder)

    def _answer(self, number: int, outcome: Outcome) -> None:
        """Answer once; what comes too late, or for a client that left, is let go of."""
        waiting = self._waiting.pop(number, None)
        try:
            if waiting is not None and outcome.error is not None:
                self._send(Done(number, outcome.error.said, gone=outcome.error.gone))
            elif waiting is not None:
                self._send(Done(number), outcome.folder)
        finally:
            if outcome.folder is not None:
                os.close(outcome.folder)

    def _send(self, message: ToKiosk, folder: int | None = None) -> None:
        client = self._client
        if client is None:
            return
        try:
            socket.send_fds(client, [encode(message)], [] if folder is None else [folder])
        except OSError:
            # It left, or does not read: either way nobody is there.
            self._drop_client()

    def _wake(self) -> None:
        # A full pipe is full of wakes already.
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"w")
