"""Groups 6 and 7: damaged bytes by the million, and sensors that break, lie, restart and vanish."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from hardware.belt.protocol import LineDecoder
from hardware.core import GuardCore
from hardware.link import Revoke, Status
from hardware.simulator.sensor import SimulatedSensor
from hardware.simulator.treadmill import Treadmill
from tests.faults.frame import Case, Lab, Part
from tests.hardware.belt_model import Motion, Sensor
from tests.hardware.damaged import ATTACKS, NEARLY_TRUE
from tests.hardware.guard_rig import BUSY_S, Rig, running, wait_for

MIB = 1 << 20
TOLERANCE_KMH = 0.1


def rig_of(lab: Lab, **more: object) -> Callable[[], Rig]:
    """Return what starts a guard process: of its own, or one that parts without wishes share."""
    if more:
        return lab.once(lambda: lab.stack.enter_context(running(lab.new_folder("guard"), **more)))

    def shared() -> Rig:
        if not lab.guards or lab.guards[-1].process.poll() is not None:
            rig = lab.whole_run.enter_context(running(lab.new_folder("guard")))
            lab.guards.append(rig)
        return lab.guards[-1]

    return shared


def no_false_speed(seen: Iterable[Status], kmh: float) -> None:
    """Hold what was told of a belt at ``kmh`` against what it did: from the permit's fall on, slow.

    It then coasts to its rest, and never moves the other way or faster than it was.
    """
    fallen = False
    for status in seen:
        fallen = fallen or not status.permit
        least = 0.0 if fallen else kmh
        told = status.speed_kmh
        if told is not None:
            assert least - TOLERANCE_KMH <= told <= kmh + TOLERANCE_KMH, f"{told}, fell: {fallen}"


# --- 6: bytes ------------------------------------------------------------------------------------


def mutated(lab: Lab) -> Iterator[Case]:
    """Frames of a walking belt with damaged ones among them, through protocol, speed, interlock."""
    counted: Counter[str] = Counter()
    # Most of the work is the belt's frames, a quarter of an hour of them: few large attacks.
    share = lab.scale(86_000, 4_000)
    for name, attack in lab.some(list(ATTACKS.items()), 2):
        for number in range(lab.scale(4, 1)):

            def attacked(dice: random.Random, attack=attack) -> None:  # type: ignore[no-untyped-def]
                size = share if attack.share >= 0.5 else share // 3
                outcome = attack.run(dice.randrange(1 << 32), size)
                counted.update(outcome.counted)
                assert outcome.wrong == [], outcome.wrong[:3]
                assert not outcome.causes & {"runaway", "overspeed"}, outcome.causes
                assert outcome.counted["unknown"] < 0.25 * outcome.counted["frames"]

            yield Case(f"{name.replace(' ', '-')}.{number}", attacked)

    def nearly(dice: random.Random) -> None:
        outcome = NEARLY_TRUE.run(dice.randrange(1 << 32), lab.scale(12_000, 2_000))
        assert outcome.longest <= 10
        assert all(one.off_kmh < (0.15 + 5 * 0.06) * 3.6 for one in outcome.wrong)
        assert not outcome.causes & {"runaway", "overspeed"}

    if not lab.short:
        # Half of all dice bring about the frame that nothing but the plausibility rule refuses.
        for number in range(10):
            yield Case(f"nearly-true.{number}", nearly)
    lab.say(f"{counted['damaged bytes']:,} damaged bytes among {counted['frames']:,} frames")
    if not lab.short and lab.only_case in (None, "6.mutated"):
        assert counted["damaged bytes"] >= 1_000_000, counted


BYTES = 10_000
KEPT = 50_000
"""So many bytes may be held at any time of the whole million, the newest 10,000 among them."""


def noise(lab: Lab) -> Iterator[Case]:
    """Bytes of no sense at all: rejected and counted, no speed, no growth."""
    kinds: dict[str, Callable[[random.Random], bytes]] = {
        "random": lambda dice: dice.randbytes(BYTES),
        "digits": lambda dice: bytes(dice.choice(b"0123456789,-$*SWBI\r\n") for _ in range(BYTES)),
        "endless": lambda dice: bytes([dice.choice(b"$9A\xff\0")]) * BYTES,
        "starts": lambda dice: b"$SWB," * (BYTES // 5),
        "nulls-and-lines": lambda dice: b"\0\n" * (BYTES // 2),
    }
    core = GuardCore(mm_per_count=5.0, facing="away")
    decoder = LineDecoder()
    # What is held of all of it is counted from here to the end, and not anew for each piece.
    tracemalloc.start()
    lab.stack.callback(tracemalloc.stop)
    most = [0]
    for number in range(lab.scale(20, 2)):
        for kind, make in kinds.items():

            def fed(dice: random.Random, make: Callable[[random.Random], bytes] = make) -> None:
                data = make(dice)
                at = 0
                while at < len(data):
                    size = dice.choice([1, 7, 64, 4096])
                    core.feed(data[at : at + size], time.monotonic_ns())
                    decoder.feed(data[at : at + size])
                    at += size
                core.step(time.monotonic_ns())
                grown, _ = tracemalloc.get_traced_memory()
                most[0] = max(most[0], grown)
                assert core.status(time.monotonic_ns()).speed_kmh is None, "a speed out of noise"
                assert len(decoder._partial) <= 65, "it keeps a line without an end"
                assert grown < KEPT, f"{grown} bytes more since the first byte of noise"

            yield Case(f"{kind}.{number}", fed)
    lab.say(f"at most {most[0]:,} bytes held, over all of it")


def into_the_port(lab: Lab) -> Iterator[Case]:
    """The same into the real guard's pty, while a belt runs."""
    rig = rig_of(lab)

    def sent(dice: random.Random) -> None:
        one = rig()
        one.grant(kmh=1.0)
        before = _rss(one.process.pid)
        one.kiosk.settled()
        for _ in range(20):
            data = dice.randbytes(dice.choice([20, 400, 4000])).decode("latin-1")
            one.bench.request({"raw": data})
        wait_for(lambda: len(one.kiosk.statuses) > 20, what="statuses after the noise")
        no_false_speed(list(one.kiosk.statuses), 1.0)
        assert one.process.poll() is None, "the guard ended"
        assert not {"runaway", "overspeed"} & set(one.kiosk.status.latched)
        assert _rss(one.process.pid) - before < 8 * MIB

    for number in range(lab.scale(10, 1)):
        yield Case(str(number), sent)


def _rss(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


# --- 7: the sensor -------------------------------------------------------------------------------

MODES = {
    "mute": ("sensor_lost", 0.52),
    "garbage": ("sensor_lost", 0.52),
    "unplug": ("sensor_lost", 0.52),
    "freeze": ("sensor_fault", 0.22),
    "fault": ("sensor_fault", 0.12),
    "reset": ("sensor_fault", 0.18),
}


def modes(lab: Lab) -> Iterator[Case]:
    rig = rig_of(lab)
    for number in range(lab.scale(3, 1)):
        for mode, wanted in lab.some(list(MODES.items()), 2):

            def broken(
                dice: random.Random, mode: str = mode, wanted: tuple[str, float] = wanted
            ) -> None:
                reason, limit_s = wanted
                one = rig()
                one.grant(kmh=dice.choice([0.8, 1.0, 1.6]))
                since_s = one.sensor(mode)
                assert one.fell() - since_s < limit_s + BUSY_S
                one.stopped(reason)
                assert one.kiosk.status.speed_kmh is None or mode == "reset"
                one.sensor("ok")
                wait_for(lambda: one.kiosk.status.port_error is None, 5.0)
                time.sleep(0.3)
                assert one.state()["permit"] == 0, "nothing comes back by itself"

            yield Case(f"{mode}.{number}", broken)


def wraps(lab: Lab) -> Iterator[Case]:
    """Clock, count and number run over their ends while the belt walks: nobody notices."""
    for number in range(lab.scale(60, 5)):

        def wrapped(dice: random.Random) -> None:
            soon_us = dice.randrange(1, 8_000_000)
            sensor = Sensor(
                pole_error=0.01,
                jitter_us=20.0,
                clock_us=(1 << 32) - soon_us,
                count=(1 << 31) - dice.randrange(1, 900),
                seq=dice.randrange(256),
                seed=dice.randrange(1 << 30),
            )
            kmh = dice.choice([0.5, 1.2, 3.0])
            motion = Motion((1.0, 0.0), (2.0, kmh))
            core = GuardCore(mm_per_count=5.0, facing="away")
            for frame in sensor.frames(motion, 10.0):
                core.feed(frame.line, round(frame.t * 1e9))
                core.step(round(frame.t * 1e9))
                status = core.status(round(frame.t * 1e9))
                assert status.sensor_fault is None, status.sensor_fault
                low, high = motion.range_kmh(frame.t - 0.6, frame.t)
                if status.speed_kmh is not None:
                    assert low - TOLERANCE_KMH <= status.speed_kmh <= high + TOLERANCE_KMH
            assert abs(status.odometer_m - motion.way_m(0.0, 10.0)) < 0.03

        yield Case(str(number), wrapped)


READER = "import os,sys,time\nf=os.open(sys.argv[1],os.O_RDONLY|os.O_NOCTTY)\nprint(1,flush=True)\n"
READER += "e=time.time()+1.5\nwhile time.time()<e: os.read(f,int(sys.argv[2]))\n"


def two_readers(lab: Lab) -> Iterator[Case]:
    """Another program reads the sensor's port and takes bytes away: no false speed, ever."""
    rig = rig_of(lab)

    def stolen(dice: random.Random) -> None:
        one = rig()
        one.grant(kmh=1.0)
        port = one.socket_path.with_name("guard-sensor")
        size = dice.choice([1, 16, 60, 4096])
        with subprocess.Popen(
            [sys.executable, "-c", READER, os.path.realpath(port), str(size)],
            stdout=subprocess.PIPE,
        ) as thief:
            assert thief.stdout is not None
            thief.stdout.readline()
            one.kiosk.settled()
            thief.wait()
        seen = list(one.kiosk.statuses)
        assert len(seen) > 20, "hardly a status was told"
        no_false_speed(seen, 1.0)
        assert not {"runaway", "overspeed", "wrong_direction"} & set(one.kiosk.status.latched)
        if one.kiosk.status.permit:
            one.kiosk.say(Revoke("closed"))
            one.fell()

    for number in range(lab.scale(6, 1)):
        yield Case(str(number), stolen)


def restarts(lab: Lab) -> Iterator[Case]:
    """The sensor begins at 0 again in the middle of a walk, at any speed: never subtracted."""
    for number in range(lab.scale(100, 5)):

        def restarted(dice: random.Random) -> None:
            belt = Treadmill(0.0)
            sensor = SimulatedSensor(
                5.0, 0.0, seed=dice.randrange(1 << 30), clock_us=dice.randrange(1 << 32),
                count=dice.randrange(-(1 << 31), 1 << 31),
            )  # fmt: skip
            kmh, at = dice.choice([0.5, 1.0, 2.0, 4.0]), dice.randrange(200, 600)
            belt.command(kmh, 2.0, force=True)
            core = GuardCore(mm_per_count=5.0, facing="away")
            faults = 0
            for tick in range(800):
                now_s = tick * 0.02
                for segment in belt.advance(now_s):
                    sensor.follow(segment)
                if tick == at:
                    sensor.reset(now_s)
                core.feed(sensor.lines(now_s), round(now_s * 1e9))
                core.step(round(now_s * 1e9))
                status = core.status(round(now_s * 1e9))
                faults += status.sensor_fault is not None
                assert status.speed_kmh is None or -0.1 < status.speed_kmh < kmh * 1.05 + 0.1
            assert faults or at > 790, "a restart was not seen"

        yield Case(str(number), restarted)


PARTS = [
    Part(6, "mutated", "a million bytes of damaged frames among a walking belt's", mutated),
    Part(6, "noise", "a million bytes of noise into protocol, speed and interlock", noise),
    Part(6, "port", "noise into the real guard's pty while the belt runs", into_the_port),
    Part(7, "modes", "mute, frozen, faulty, restarted, garbage, unplugged and replugged", modes),
    Part(7, "wraps", "clock, count and number wrap in a walk", wraps),
    Part(7, "restarts", "clock and count begin at 0 in a walk", restarts),
    Part(7, "two-readers", "a second program reads the sensor's port", two_readers),
]
