"""The guard's loop in this process, with simulated pins: one pass at a time."""

from __future__ import annotations

from collections.abc import Callable

from hardware.belt.port import BeltPort
from hardware.core import GuardCore
from hardware.loop import ControlLoop, Wakeup
from hardware.panel import Panel, PermitOutput
from hardware.settings import SIMULATED_PINS, Treadmill
from hardware.simulator.pins import Relay, SimulatedPins


class WillingCore(GuardCore):
    """Decides for the permit whenever every level allows it; calls ``during`` while it decides."""

    def __init__(self) -> None:
        super().__init__(mm_per_count=5.0, facing="away")
        self.during: Callable[[], None] = lambda: None
        self.seen: list[bool] = []
        self.judged_ns: list[int] = []
        self.order: list[str] = []

    def step(self, now_ns: int) -> bool:
        super().step(now_ns)
        self.judged_ns.append(now_ns)
        self.order.append("step")
        self.during()
        self.seen.append(self._inputs.estop)
        return self._inputs.estop

    def feed(self, data: bytes, now_ns: int) -> None:
        self.order.append("feed")
        super().feed(data, now_ns)

    def set_pin(self, name: str, level: bool) -> None:
        self.order.append(f"{name}={level:d}")
        super().set_pin(name, level)


class Desk:
    def __init__(self) -> None:
        relay = Relay("level", active_high=True, changed=lambda _t, _closed: None)
        self.pins = SimulatedPins(SIMULATED_PINS, relay)
        self.permit_pin = self.pins.factory.pin(SIMULATED_PINS.permit)
        self.wakeup = Wakeup()
        self.permit = PermitOutput(SIMULATED_PINS, Treadmill(), self.pins.factory)
        self.faults: list[BaseException] = []
        self.panel = Panel(
            SIMULATED_PINS,
            self.pins.factory,
            self.permit,
            wake=self.wakeup.wake,
            report=self.faults.append,
        )
        self.port = BeltPort("/nowhere", wake=self.wakeup.wake, died=self.faults.append)
        self.core = WillingCore()
        self.loop = ControlLoop(self.core, self.permit, self.panel, self.port, self.wakeup)
        self.pins.start()
        self.one_pass()
        self.one_pass()

    def one_pass(self) -> bool:
        return self.loop.one_pass(set(), tick=True)

    @property
    def on(self) -> bool:
        return bool(self.permit_pin.state)

    def close(self) -> None:
        self.panel.close()
        self.permit.close()
        self.loop.close()
        self.port.stop()
        self.wakeup.close()
