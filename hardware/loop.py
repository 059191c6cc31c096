"""The control loop: every 10 ms, and at once when woken, one pass from wires to permit pin."""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from hardware.belt.port import BeltPort
from hardware.core import GuardCore, same_but_time
from hardware.limits import MS
from hardware.link import (
    BenchDo,
    BenchReply,
    Configure,
    Raw,
    Reason,
    Refused,
    Status,
    ToGuard,
    Welcome,
)
from hardware.panel import Panel, PermitOutput
from hardware.server import LinkServer
from hardware.watchdog import Watchdog

PASS_NS: Final = 10 * MS
BUSY_STATUS_NS: Final = 20 * MS
IDLE_STATUS_NS: Final = 100 * MS
CHUNKS_A_PASS: Final = 2
"""At most 8 KiB of the sensor's bytes a pass: seventy times what 115200 baud can bring."""
KIOSK_STARTS_NS: Final = 3000 * MS
"""How long a line of the bench waits for a kiosk: the door opens before the kiosk is there."""
NO_KIOSK: Final = "no kiosk is connected: start `sternway run --simulate`"
STALL_NS: Final = 100 * MS
"""A pass this late judges first by what was known before it, as if it had been on time."""


class Wakeup:
    """Ends the loop's sleep from any thread, however often, at the cost of one pass."""

    def __init__(self) -> None:
        """Open the descriptor that the loop sleeps on."""
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def wake(self) -> None:
        """Wake the loop; never blocks."""
        if self.fd != -1:
            os.eventfd_write(self.fd, 1)

    def clear(self) -> None:
        """Forget the wakes so far."""
        os.eventfd_read(self.fd)

    def close(self) -> None:
        """Close the descriptor; later wakes do nothing."""
        fd, self.fd = self.fd, -1
        os.close(fd)


class ControlLoop:
    """Owns the core; everything but :meth:`post` belongs to the main thread."""

    def __init__(
        self,
        core: GuardCore,
        permit: PermitOutput,
        panel: Panel,
        port: BeltPort,
        wakeup: Wakeup,
        keep: Callable[[tuple[Reason, ...]], None] = lambda _latched: None,
    ) -> None:
        """Put the parts together; :meth:`listen` opens the link. ``keep`` is told each latch."""
        self._core = core
        self._permit = permit
        self._panel = panel
        self._port = port
        self._wakeup = wakeup
        self._keep = keep
        self._posted: deque[tuple[BenchDo, int]] = deque()
        self._levels: dict[str, bool] = {}
        self._raw_on = False
        self._raw_ns = 0
        self._passed_ns = 0
        self._sent: Status | None = None
        self.on_status: Callable[[Status], None] | None = None
        """Told the status of every pass: the simulator's view of the guard."""
        self.on_bench_reply: Callable[[BenchReply], None] | None = None
        """Told the answers to what was posted: the kiosk's, or that there is none."""
        # select() sleeps to the microsecond; epoll would round each sleep up to a millisecond.
        self._selector = selectors.SelectSelector()
        self._selector.register(wakeup.fd, selectors.EVENT_READ)
        self._link: LinkServer | None = None
        self._welcome: Welcome | None = None

    def listen(self, listening: socket.socket, welcome: Welcome) -> None:
        """Serve the link on a listening, non-blocking socket."""
        self._welcome = welcome
        self._link = LinkServer(
            listening,
            self._selector,
            welcome=welcome,
            command=self._command,
            kiosk_gone=self._core.kiosk_gone,
            bench_reply=self._answer,
        )

    def post(self, message: BenchDo) -> None:
        """Send a message of the bench to the kiosk, from any thread."""
        self._posted.append((message, time.monotonic_ns()))
        self._wakeup.wake()

    def run(self, ended: Callable[[], bool]) -> None:
        """Pass on a fixed 100 Hz grid, and when woken, until ``ended`` says so."""
        watchdog = Watchdog()
        watchdog.say("READY=1")
        due_ns = self._passed_ns = time.monotonic_ns()
        more = False
        while not ended():
            sleep_s = 0.0 if more else max(0.0, (due_ns - time.monotonic_ns()) / 1e9)
            ready = {key.fd for key, _ in self._selector.select(sleep_s)}
            now_ns = time.monotonic_ns()
            tick = now_ns >= due_ns
            if tick:
                due_ns += PASS_NS * ((now_ns - due_ns) // PASS_NS + 1)
            more = self.one_pass(ready, tick=tick)
            watchdog.alive(now_ns)
        watchdog.say("STOPPING=1")
        watchdog.close()

    def one_pass(self, ready: set[int], *, tick: bool) -> bool:
        """Read everything, judge once, drive the pin, then tell; return whether more waits."""
        # Before any input is read: whoever drops the permit from here on is not overruled.
        token = self._permit.token()
        if self._wakeup.fd in ready:
            self._wakeup.clear()
        late_ns = time.monotonic_ns()
        if late_ns - self._passed_ns >= STALL_NS:
            # The process stood still. What waits now must not hide that nothing was seen before.
            self._core.step(late_ns)
        more = self._read_port()
        self._read_levels()
        if self._link is not None:
            more |= self._link.drain(ready)
        now_ns = time.monotonic_ns()
        self._permit.apply(self._core.step(now_ns), token, tick=tick)
        self._passed_ns = now_ns
        self._keep(self._core.state.latched)
        self._tell(now_ns)
        return more

    def close(self) -> None:
        """Close every connection."""
        if self._link is not None:
            self._link.close()
            self._link = None
        self._selector.close()

    def _command(self, message: ToGuard, now_ns: int) -> Refused | None:
        refused = self._core.command(message, now_ns)
        if isinstance(message, Configure) and refused is None:
            self._renew(self._core.configured)
        return refused

    def _renew(self, now: Configure) -> None:
        """Say what holds from now on: the answer to a change of settings."""
        if self._link is None or self._welcome is None:
            return
        self._welcome = msgspec.structs.replace(
            self._welcome,
            facing=now.facing,
            mm_per_count=now.mm_per_count,
            invert=now.invert,
            site_cap_kmh=now.cap_kmh,
        )
        self._link.renew(self._welcome)

    def _read_port(self) -> bool:
        for _ in range(CHUNKS_A_PASS):
            chunk = self._port.take()
            if chunk is None:
                return False
            if not chunk.data:
                self._core.port_reopened()
                continue
            self._core.feed(chunk.data, chunk.t_ns)
            self._raw(Raw(chunk.t_ns, belt=chunk.data))
        return True

    def _read_levels(self) -> None:
        # Levels, not edges alone: an edge can get lost, a level cannot.
        t_ns = time.monotonic_ns()
        for name, level in self._panel.levels().items():
            if self._levels.get(name) is not level:
                self._levels[name] = level
                self._core.set_pin(name, level)
                self._raw(Raw(t_ns, pin=name, level=int(level)))

    def _tell(self, now_ns: int) -> None:
        core, sent = self._core, self._sent
        status = core.status(now_ns, port_error=self._port.error)
        if self.on_status is not None:
            self.on_status(status)
        if self._link is None:
            return
        while self._posted:
            message, posted_ns = self._posted[0]
            if not self._link.send_kiosk(message):
                if now_ns - posted_ns < KIOSK_STARTS_NS:
                    break
                self._answer(BenchReply(message.number, NO_KIOSK))
            self._posted.popleft()
        busy = status.permit or core.state.terms is not None or core.state.in_session
        every_ns = (BUSY_STATUS_NS if busy else IDLE_STATUS_NS) - PASS_NS // 2
        if sent is None or now_ns - sent.t_ns >= every_ns or not same_but_time(status, sent):
            self._link.send_status(status)
            self._sent = status
        if self._link.wants_raw and not self._raw_on:
            for name, level in self._levels.items():
                self._send_raw(Raw(now_ns, pin=name, level=int(level)))
        self._raw_on = self._link.wants_raw

    def _raw(self, raw: Raw) -> None:
        if self._raw_on:
            self._send_raw(raw)

    def _send_raw(self, raw: Raw) -> None:
        # Bytes are stamped by the port's thread; a recording's times never go back.
        self._raw_ns = max(self._raw_ns, raw.t_ns)
        if self._link is not None:
            self._link.send_kiosk(msgspec.structs.replace(raw, t_ns=self._raw_ns))

    def _answer(self, reply: BenchReply) -> None:
        if self.on_bench_reply is not None:
            self.on_bench_reply(reply)
