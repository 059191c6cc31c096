"""The guard process: its parts in order, the permit off first whenever it ends."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hardware.belt.port import BeltPort
from hardware.core import GuardCore
from hardware.ending import Ending, SignalThread, in_words
from hardware.errors import HardwareError
from hardware.gpiochip import open_header
from hardware.latches import KeptLatches
from hardware.link import VERSION, Reason, Welcome
from hardware.loop import ControlLoop, Wakeup
from hardware.memory import lock_memory
from hardware.off import note
from hardware.panel import Panel, PermitOutput
from hardware.settings import GuardSettings
from hardware.sockets import ListeningSocket
from hardware.threads import name_this_thread

if TYPE_CHECKING:
    from hardware.simulator.simulation import Simulation

SWITCH_S: Final = 0.0005
"""How long a busy thread may keep the others waiting; Python's own 5 ms is half a pass."""
GARBAGE_THRESHOLDS: Final = (20_000, 50, 100)
"""Rare collections: after the freeze they look at what came since, which is next to nothing."""


def run_guard(
    settings: GuardSettings,
    *,
    simulate: bool,
    bench: Path | None = None,
    stop: threading.Event | None = None,
    staff_pin: str | None = None,
    therapist_pin: str | None = None,
) -> int:
    """Guard the belt until a signal or ``stop``; return the exit status.

    0 after SIGTERM, SIGINT, SIGHUP or ``stop``; 1 after a fault, with one line on stderr. Call it
    in the main thread of a process of its own; in another thread it leaves signals alone.
    """
    try:
        with contextlib.ExitStack() as stack:
            pins = {"staff_pin": staff_pin, "therapist_pin": therapist_pin}
            reason = _guard(settings, simulate, bench, stop, pins, stack)
    except HardwareError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - one line for whoever reads the service's journal
        reason = in_words(error)
    if reason is None:
        return 0
    print(f"sternway guard: {' '.join(reason.split())}", file=sys.stderr)
    return 1


def _guard(
    settings: GuardSettings,
    simulate: bool,
    bench: Path | None,
    stop: threading.Event | None,
    pins: dict[str, str | None],
    stack: contextlib.ExitStack,
) -> str | None:
    """Start the parts, loop, and leave the rest to ``stack``; return the fault that ended it."""
    # First of all, since nobody may touch a wire that another guard holds.
    listening = ListeningSocket(
        settings.socket_path(simulate=simulate),
        socket.SOCK_SEQPACKET,
        mode=0o660 if os.environ.get("RUNTIME_DIRECTORY") else 0o600,
        what="a guard",
    )
    stack.callback(listening.close)
    simulation = _simulation(settings, bench, pins, stack) if simulate else None
    if simulation is None:
        note(settings)  # before the pin is claimed: its stop step then knows what to drive off
    factory = simulation.factory if simulation is not None else open_header()
    permit = PermitOutput(settings.pins, settings.treadmill, factory)
    wakeup = Wakeup()
    stack.callback(wakeup.close)
    ending = Ending(permit.end, wakeup.wake)
    _watch_threads(ending, stack)
    # Closed after everything below it was stopped, but driven off before any of that.
    stack.callback(permit.close)
    panel = Panel(
        settings.pins,
        factory,
        permit,
        wake=wakeup.wake,
        report=lambda error: ending.fault("a pin's callback", error),
    )
    stack.callback(panel.close)
    kept = KeptLatches(listening.path)
    core = _core(settings, kept.read())
    port = BeltPort(
        str(simulation.port) if simulation is not None else settings.sensor.port,
        wake=wakeup.wake,
        died=lambda error: ending.fault("belt-port", error),
    )
    loop = ControlLoop(core, permit, panel, port, wakeup, kept.keep)
    stack.callback(loop.close)
    loop.listen(listening.socket, _welcome(settings, simulate))
    if simulation is not None:
        simulation.start(loop, ending)
        stack.callback(simulation.stop)
    stack.callback(port.stop)
    port.start()
    stack.callback(permit.end)
    _run(loop, ending, stop)
    if simulation is not None and ending.reason is None:
        kept.forget()  # of a service systemd does so, which knows an end from a restart
    return ending.reason


def _run(loop: ControlLoop, ending: Ending, stop: threading.Event | None) -> None:
    name_this_thread("sternway-guard")
    lock_memory()
    switch_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    thresholds = gc.get_threshold()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        loop.run(lambda: ending.asked.is_set() or (stop is not None and stop.is_set()))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the permit goes off first
        ending.fault("the control loop", error)
    finally:
        ending.ask()
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        sys.setswitchinterval(switch_s)


def _core(settings: GuardSettings, latched: tuple[Reason, ...]) -> GuardCore:
    treadmill = settings.treadmill
    core = GuardCore(
        mm_per_count=treadmill.mm_per_count,
        facing=treadmill.facing,
        invert=treadmill.invert,
        limits=settings.to_limits(),
        relay_feedback=settings.pins.relay_feedback is not None,
        latched=latched,
    )
    if settings.pins.key is None:
        # No wire of its own: the sensor's status bit 2 alone tells.
        core.set_pin("key", True)
    return core


def _welcome(settings: GuardSettings, simulate: bool) -> Welcome:
    treadmill, limits = settings.treadmill, settings.limits
    return Welcome(
        version=VERSION,
        facing=treadmill.facing,
        mm_per_count=treadmill.mm_per_count,
        site_cap_kmh=treadmill.cap_kmh,
        permit_mode=treadmill.permit,
        simulated=simulate,
        rails_warn_s=limits.rails_warn_s,
        rails_revoke_s=limits.rails_revoke_s,
        pins=settings.pins.numbers(),
        port=settings.sensor.port,
    )


def _watch_threads(ending: Ending, stack: contextlib.ExitStack) -> None:
    """Let a fault in any thread end the guard, and signals too."""
    before: Callable[..., Any] = threading.excepthook
    threading.excepthook = lambda args: ending.fault(
        args.thread.name if args.thread else "a thread", args.exc_value or SystemError("unknown")
    )
    stack.callback(setattr, threading, "excepthook", before)
    if threading.current_thread() is threading.main_thread():
        stack.callback(SignalThread(ending).stop)


def _simulation(
    settings: GuardSettings,
    bench: Path | None,
    pins: dict[str, str | None],
    stack: contextlib.ExitStack,
) -> Simulation:
    from hardware.simulator.simulation import Simulation

    simulation = Simulation(settings, bench or settings.bench_path(), pins)
    stack.callback(simulation.close)
    return simulation
