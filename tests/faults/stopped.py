"""Group 9: the kiosk stands still while the belt moves, and the guard is killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from hardware.errors import BenchError
from hardware.gpiochip import open_header
from hardware.off import drive_off
from hardware.settings import GuardSettings, Pins
from hardware.simulator.client import BenchClient
from tests.faults.frame import Case, Lab, Part
from tests.faults.kiosks import back_to_idle, patiently, still_walks, walk
from tests.faults.sensor import rig_of
from tests.hardware.chip import OUTPUT, Chip
from tests.hardware.guard_rig import BUSY_S, Rig, running, wait_for
from tests.kiosk.live import LiveKiosk

LIMIT_S = 1.0
SLACK_S = 0.25


def kiosk_of(lab: Lab) -> Callable[[], LiveKiosk]:
    """Return what starts a real kiosk for the part, once."""

    def make() -> LiveKiosk:
        one = LiveKiosk(lab.new_folder("kiosk"))
        lab.stack.callback(one.close)
        return one

    return lab.once(make)


def kiosk_stopped(lab: Lab) -> Iterator[Case]:
    kiosk = kiosk_of(lab)
    worst = [0.0]

    def stopped(dice: random.Random) -> None:
        one = kiosk()
        if len(one.records()) or one.state()["latched"]:
            back_to_idle(one)
        walk(one)
        time.sleep(dice.uniform(0.0, 0.6))
        # A walk that was begun anew, or one before it, has left permits that fell.
        list(one.bench.events(0.01))
        still_walks(one, "the walk had ended before the fault")
        one.process.send_signal(signal.SIGSTOP)
        stopped_s = time.monotonic()
        try:
            took_s = one.permit_falls(3) - stopped_s
        finally:
            one.process.send_signal(signal.SIGCONT)
        assert took_s >= 0, f"the permit was off {-took_s:.3f} s before the fault"
        worst[0] = max(worst[0], took_s)
        assert took_s <= LIMIT_S + SLACK_S, f"the permit stood {took_s:.2f} s longer"
        one.wait(lambda: one.journal_has("kiosk_lost"), 5, "the session did not notice")
        assert one.state()["permit"] == 0
        count = len(one.records())
        one.hands(0)
        one.do("rate")
        one.wait(lambda: len(one.records()) > count, 15, "no record was kept")
        said = one.records()[-1]["stop_reason"]
        assert said == "kiosk_lost", f"the record says {said}"

    for number in range(lab.scale(3, 1)):
        yield Case(str(number), patiently(stopped))
    lab.say(f"permit off after at most {worst[0]:.2f} s")


def silent(lab: Lab) -> Iterator[Case]:
    """The same at any moment, to the guard alone, with a kiosk that falls silent."""
    rig = rig_of(lab)
    worst = [0.0]

    def fell_silent(dice: random.Random) -> None:
        one = rig()
        one.grant(kmh=dice.choice([0.8, 1.0]))
        time.sleep(dice.uniform(0.0, 0.2))
        one.kiosk.silent = True
        before_s = time.monotonic()
        took_s = one.fell() - before_s
        worst[0] = max(worst[0], took_s)
        assert 0.7 <= took_s < LIMIT_S + BUSY_S, took_s
        one.kiosk.silent = False
        one.stopped("kiosk_lost")
        time.sleep(0.3)
        assert one.state()["permit"] == 0, "it came back with the kiosk"

    for number in range(lab.scale(10, 2)):
        yield Case(str(number), fell_silent)
    lab.say(f"permit off after at most {worst[0]:.2f} s")


def guard_killed(lab: Lab) -> Iterator[Case]:
    """Once it is dead its door is closed, and the next gives no permit.

    A killed guard cannot say that its permit is off, and its simulated pin ends with it: what
    drives a real one off is the service's stop step, :func:`pin_driven_off`.
    """

    def killed(dice: random.Random) -> None:
        with running(lab.new_folder("killed")) as one:
            one.grant(kmh=1.0)
            time.sleep(dice.uniform(0.0, 0.3))
            one.process.kill()
            with pytest.raises(BenchError, match="permit is off"):
                one.fell()
            one.process.wait()
            with succeeded(one) as bench:
                assert bench.request({"get": "state"})["permit"] == 0

    def latched(dice: random.Random) -> None:
        """What asks for a staff PIN does so still, though the stop is released by then."""
        with running(lab.new_folder("latched")) as one:
            one.grant(kmh=1.0)
            one.pin("estop", 0)
            wait_for(lambda: "estop" in one.state()["latched"])
            time.sleep(dice.uniform(0.0, 0.3))
            one.process.kill()
            one.process.wait()
            with succeeded(one) as bench:
                assert bench.request({"get": "state"})["pins"]["estop"] == 1
                wait_for(
                    lambda: "estop" in bench.request({"get": "state"})["latched"],
                    what="the latch of the guard before",
                )

    for number in range(lab.scale(20, 1)):
        yield Case(str(number), killed)
    for number in range(lab.scale(5, 1)):
        yield Case(f"latched.{number}", latched)


@contextlib.contextmanager
def succeeded(one: Rig) -> Iterator[BenchClient]:
    """Start another guard in a killed one's place, and open its bench."""
    successor = one.spawn()
    try:
        with BenchClient(one.bench_path, timeout_s=10.0) as bench:
            yield bench
    finally:
        successor.terminate()
        assert successor.wait(10.0) == 0
        assert successor.stderr is not None
        successor.stderr.close()


def pin_driven_off(lab: Lab) -> Iterator[Case]:
    """The service's stop step, on gpiozero's real lgpio factory over a chip that is made up."""
    for number, (active_high, level) in enumerate([(True, 0), (True, 1), (False, 0), (False, 1)]):

        def driven(
            _dice: random.Random, active_high: bool = active_high, level: int = level
        ) -> None:
            chip = Chip()
            with pytest.MonkeyPatch.context() as patch:
                chip.install(patch, lab.new_folder("dev"))
                chip.levels[27] = level  # as the killed guard left it
                factory = open_header()
                settings = GuardSettings(pins=Pins(permit_active_high=active_high))
                held = drive_off(settings, factory)
                assert held is not None
                assert chip.levels[27] == (0 if active_high else 1)
                assert chip.modes[27] == OUTPUT
                held.close()
                factory.close()

        yield Case(str(number), driven)


def guard_stopped(lab: Lab) -> Iterator[Case]:
    """The guard stands still under the real kiosk: the kiosk says so within 1 s."""
    kiosk = kiosk_of(lab)

    def stood_still(_dice: random.Random) -> None:
        one = kiosk()
        walk(one)
        pid = one.guard_pid()
        os.kill(pid, signal.SIGSTOP)
        stopped_s = time.monotonic()
        try:
            one.wait(lambda: one.journal_has('"guard_lost"'), 5, "the kiosk did not notice")
            took_s = time.monotonic() - stopped_s
        finally:
            os.kill(pid, signal.SIGCONT)
        assert took_s <= LIMIT_S + SLACK_S, f"noticed after {took_s:.2f} s"
        lab.say(f"noticed after {took_s:.2f} s")

    yield Case("0", stood_still)


PARTS = [
    Part(
        9,
        "kiosk-stopped",
        "SIGSTOP of the real kiosk with the belt moving",
        kiosk_stopped,
        slow=True,
    ),
    Part(9, "silent", "the kiosk falls silent at any moment of its beat", silent),
    Part(
        9,
        "guard-stopped",
        "SIGSTOP of the real guard under the real kiosk",
        guard_stopped,
        slow=True,
    ),
    Part(
        9,
        "guard-killed",
        "SIGKILL of the guard; the next has no permit, and its latches",
        guard_killed,
    ),
    Part(9, "pin-off", "the stop step drives the pin off, whatever was left", pin_driven_off),
]
