"""The simulator inside the guard process: its thread, its 50 Hz, and what the bench asks of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from pathlib import Path
from typing import Any, Final

from hardware.ending import Ending
from hardware.errors import BenchError
from hardware.link import MAX_PACKET_BYTES, BenchDo, BenchReply, Status
from hardware.loop import ControlLoop
from hardware.settings import GuardSettings
from hardware.simulator.bench import BenchDoor
from hardware.simulator.pins import Relay, SimulatedPins
from hardware.simulator.requests import (
    DoRequest,
    GetRequest,
    PinRequest,
    RawRequest,
    Request,
    SensorRequest,
    SpeedRequest,
    StickRequest,
    latin1,
)
from hardware.simulator.sensor import FRAME_S, SimulatedSensor
from hardware.simulator.treadmill import Treadmill
from hardware.simulator.wire import PtyWire
from hardware.threads import name_this_thread

KIOSK_ANSWERS_S: Final = 5.0
LATE_FRAMES: Final = 5
JOIN_S: Final = 2.0
PACKET_MARGIN_BYTES: Final = 64
RELAY_WITHIN_S: Final = 0.5
"""A relay that a pin did not move within this was not moved by it."""
DONE: Final[dict[str, Any]] = {"ok": True}


class Simulation:
    """A treadmill, its sensor and panel, and the door to drive them, in one thread."""

    def __init__(self, settings: GuardSettings, bench: Path, pins: dict[str, str | None]) -> None:
        """Make every part and open the door; raises LinkError. ``pins`` are the PINs to show."""
        now_s = time.monotonic()
        treadmill = settings.treadmill
        self._shown_pins = {name: pin for name, pin in pins.items() if pin is not None}
        self._relay = Relay(
            treadmill.permit,
            active_high=settings.pins.permit_active_high,
            changed=self._relay_changed,
        )
        self._pins = SimulatedPins(settings.pins, self._relay)
        self.factory = self._pins.factory
        self._treadmill = Treadmill(now_s, controlled=treadmill.permit != "none")
        self._sensor = SimulatedSensor(treadmill.mm_per_count, now_s)
        guard_socket = settings.socket_path(simulate=True)
        self.port = guard_socket.with_name(f"{guard_socket.stem}-sensor")
        self._door = BenchDoor(bench, self._answer)
        self._wire = PtyWire(self.port)
        self._wire.plug()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._started = threading.Event()
        self._stopping = asyncio.Event()
        self._guard: ControlLoop | None = None
        self._ending: Ending | None = None
        self._status: Status | None = None
        self._number = 0
        self._asked: dict[int, asyncio.Future[str | None]] = {}

    def start(self, guard: ControlLoop, ending: Ending) -> None:
        """Drive the pins to where they start, and begin to live."""
        self._guard, self._ending = guard, ending
        guard.on_status = self._see
        guard.on_bench_reply = self._reply
        self._pins.start()
        self._thread.start()
        self._started.wait(JOIN_S)

    def stop(self) -> None:
        """Tell everyone that the permit is off, and end the thread."""
        self._relay.open_now()
        self._soon(self._stopping.set)
        if self._thread.is_alive():
            self._thread.join(JOIN_S)

    def close(self) -> None:
        """Unplug the sensor and take the door away."""
        self._wire.unplug()
        self._door.close()

    # --- from the guard's threads ---------------------------------------------------------

    def _see(self, status: Status) -> None:
        self._status = status
        self._relay.follow_decision(status.permit, status.t_ns / 1e9)

    def _reply(self, reply: BenchReply) -> None:
        self._soon(self._resolve, reply)

    def _relay_changed(self, t_s: float, closed: int) -> None:
        self._soon(self._permit_changed, t_s, closed)

    def _soon(self, call: Any, *args: Any) -> None:
        loop = self._loop
        if loop is not None:
            # The thread may just have ended: then nobody is left to be told.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(call, *args)

    # --- in the simulator's own thread ----------------------------------------------------

    def _run(self) -> None:
        name_this_thread("simulator")
        try:
            asyncio.run(self._live())
        except BaseException as error:  # noqa: BLE001 - its unexpected death ends the process
            self._fault(error)
        finally:
            self._loop = None

    def _unhandled(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        # A client's connection may break in any way; everything else is a fault of ours.
        if error is not None and not isinstance(error, OSError):
            self._fault(error)

    def _fault(self, error: BaseException) -> None:
        if self._ending is not None:
            self._ending.fault("simulator", error)

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._unhandled)
        await self._door.start()
        frames = asyncio.create_task(self._frames())
        stopping = asyncio.create_task(self._stopping.wait())
        self._started.set()
        await asyncio.wait({frames, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if frames.done() and (error := frames.exception()) is not None:
            self._fault(error)
        # The door stays open for what the permit's fall has to say.
        await asyncio.sleep(0)
        await self._door.stop()
        frames.cancel()

    async def _frames(self) -> None:
        due_s = time.monotonic()
        while True:
            due_s += FRAME_S
            late_s = time.monotonic() - due_s
            if late_s > LATE_FRAMES * FRAME_S:
                due_s += late_s
            await asyncio.sleep(due_s - time.monotonic())
            self._move(time.monotonic())
            self._wire.send(self._sensor.lines(self._treadmill.now_s))

    def _move(self, to_s: float) -> None:
        for segment in self._treadmill.advance(to_s):
            self._sensor.follow(segment)

    def _permit_changed(self, t_s: float, closed: int) -> None:
        self._move(t_s)
        self._treadmill.set_permit(bool(closed))
        self._pins.relay_moved(closed)
        self._door.tell({"t": t_s, "permit": closed})
        self._expire()

    def _expire(self) -> None:
        """Watch a pulsed relay, which opens by itself."""
        left_s = self._relay.expires_in_s()
        if left_s is not None and self._loop is not None:
            self._loop.call_later(left_s, self._expire)

    def _resolve(self, reply: BenchReply) -> None:
        asked = self._asked.pop(reply.number, None)
        if asked is not None and not asked.done():
            asked.set_result(reply.error)

    async def _answer(self, request: Request, line: bytes) -> dict[str, Any]:
        match request:
            case PinRequest(pin=name, level=level, timed=timed):
                at_s = time.monotonic()
                self._pins.drive(name, level)
                if timed:
                    return DONE | {"t": at_s, "relay_us": await self._relay_us(at_s)}
            case SpeedRequest(speed_kmh=speed, ramp_kmh_s=ramp, force=force):
                self._move(time.monotonic())
                self._treadmill.command(speed, ramp, force=force)
            case SensorRequest(sensor=fault):
                self._break(fault)
            case RawRequest(raw=text):
                await self._wire.send_raw(latin1(text))
            case DoRequest() | StickRequest():
                await self._ask_kiosk(line)
            case GetRequest():
                return self._state()
        return DONE

    async def _relay_us(self, since_s: float) -> float | None:
        """Return after how many microseconds the relay moved; None if it does not."""
        while self._relay.moved_s < since_s:
            if time.monotonic() > since_s + RELAY_WITHIN_S:
                return None
            await asyncio.sleep(0.001)
        return (self._relay.moved_s - since_s) * 1e6

    def _break(self, fault: Any) -> None:
        if fault == "unplug":
            self._wire.unplug()
        elif not self._wire.plugged:
            # A sensor lives on its cable: plugged in again, it powers up anew.
            self._sensor.reset(time.monotonic())
            self._wire.plug()
        self._sensor.mode = fault

    async def _ask_kiosk(self, line: bytes) -> None:
        if self._guard is None or len(line) > MAX_PACKET_BYTES - PACKET_MARGIN_BYTES:
            raise BenchError("this line is too long for the kiosk; shorten it")
        self._number += 1
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._asked[self._number] = answer
        self._guard.post(BenchDo(self._number, line))
        try:
            async with asyncio.timeout(KIOSK_ANSWERS_S):
                error = await answer
        except TimeoutError:
            raise BenchError("the kiosk did not answer within 5 s; is its screen frozen?") from None
        if error is not None:
            raise BenchError(error)

    def _state(self) -> dict[str, Any]:
        self._move(time.monotonic())
        status = self._status
        return {
            "t": time.monotonic(),
            "permit": self._relay.closed,
            "speed_kmh": self._treadmill.speed_kmh,
            # Where a mark on the belt would be, in all: a calibration's own measure.
            "position_mm": round(self._treadmill.position_mm, 1),
            "pins": dict(self._pins.levels),
            "sensor": self._sensor.mode,
            # What the guard makes of it; null is unknown.
            "judged_kmh": None if status is None else status.speed_kmh,
            "latched": [] if status is None else list(status.latched),
            "reason": None if status is None or status.permit else status.reason,
            "failing": [] if status is None else list(status.failing),
            **self._shown_pins,
        }
