"""The machine pages in every state that matters."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from hardware.link import Check, Frames, Reason
from kiosk.care.measuring import Measure
from kiosk.care.model import Due, SelfTest, Served, Tail, TailLine, TestResult
from kiosk.care.proof import Proof
from profiles.saying import saying
from tests.screens.fake import snapshot, status
from tests.screens.fake_care import STEPS
from tests.screens.scene import Scene, Setup

FREE = status(
    hands=(False, False),
    pins={"contacts": (True, True)},
    sensor_serial="SW-2026-0017",
    sensor_firmware="1.2.0",
    frames=Frames(181_204, 3, 1),
    odometer_m=1234.56,
)
SERVED = replace(FREE, service=True)
PERMITTED = replace(SERVED, permit=True)
ILL = status(
    FREE,
    pins={"contacts": (False, True), "estop": False, "estop_disagree": True, "relay": False},
    causes=(Reason.ESTOP, Reason.SENSOR_FAULT),
    latched=(Reason.ESTOP, Reason.OVERSPEED),
    failing=(Check.ESTOP, Check.SENSOR, Check.LATCH),
    speed_kmh=None,
    at_rest=None,
    port_error="gone",
    sensor_fault="the sensor's clock stands still",
)
LINES = (
    *(TailLine(f"$SWB,{n},4294{n}0000,-2147{n}3648,4294{n}7295,00*7C{n}") for n in range(60, 69)),
    TailLine("$SWB,69,429490000,1066,17035551,00*540D", "crc"),
    TailLine("$SWI,1,SW-2026-0017,1.2.0*89FD"),
)
RESULTS = (
    TestResult("guard", True, saying("answers")),
    TestResult("frames", True, saying("{n} lines a second", n=50)),
    TestResult(
        "contacts",
        False,
        saying("disagree"),
        saying("One contact or its wire is broken: call the service."),
    ),
    TestResult("relay", None, saying("not here")),
    TestResult(
        "supply",
        False,
        saying("too low"),
        saying("Use the power supply that belongs to the Raspberry Pi."),
    ),
    TestResult("heat", True, saying("{n}\u00a0°C", n=61)),
)
ON = Served(on=True)
OVERDUE = Due()


def care(**fields: Any) -> Setup:
    """Let something happen at the machine while the page is up."""

    def act(shell: Any) -> None:
        shell.room.staff.care.put(**fields)
        shell.look(shell.room.desk.snapshot())

    return act


def _proof(stage: Any, index: int = 0, **fields: Any) -> Setup:
    return care(served=ON, proof=Proof(stage, STEPS, index, **fields))


def _left(shell: Any) -> None:
    """Come back to a calibration that was left."""
    care(measure=Measure("interrupted", why="left"))(shell)
    for page in ("machine", "calibrate"):
        shell.room.go(page)
        shell.look(shell.room.desk.snapshot())


def _measure(step: Any, served: Served = ON, **fields: Any) -> Setup:
    def act(shell: Any) -> None:
        shell.page._begun(None)
        care(served=served, measure=Measure(step, **fields))(shell)

    return act


def _call(*names: str) -> Setup:
    def act(shell: Any) -> None:
        for name in names:
            getattr(shell.page, name)()
            shell.look(shell.room.desk.snapshot())

    return act


def _tested(test: SelfTest) -> Setup:
    def act(shell: Any) -> None:
        shell.page._test()
        care(test=test)(shell)

    return act


def _raw(shell: Any) -> None:
    shell.page._lines()
    care(tail=Tail(LINES, 5012, (("crc", 3), ("shape", 1))))(shell)


def _sheet(index: int) -> Setup:
    def act(shell: Any) -> None:
        shell.page.index = index
        shell.look(shell.room.desk.snapshot())

    return act


def _ask(wish: str, refused: str = "") -> Setup:
    def act(shell: Any) -> None:
        shell.page.ask(wish)
        if refused:
            shell.page._told(refused)

    return act


MACHINE_SCENES: dict[str, Scene] = {
    "machine": Scene(snapshot(seen=FREE), "machine"),
    "machine-due": Scene(snapshot(seen=FREE), "machine", care(due=OVERDUE)),
    "machine-blocked": Scene(
        snapshot(seen=FREE, health=replace(snapshot().health, proof_due=True))
    ),
    "proof": Scene(snapshot(seen=FREE), "proof"),
    "proof-due": Scene(snapshot(seen=FREE), "proof", care(due=OVERDUE)),
    "proof-simulated": Scene(
        snapshot(seen=FREE), "proof", care(due=Due(overdue=False, left_s=86_000.0, assumed=True))
    ),
    "proof-ready": Scene(snapshot(seen=SERVED), "proof", _proof("ready")),
    "proof-not-ready": Scene(
        snapshot(seen=replace(SERVED, failing=(Check.SENSOR,))), "proof", _proof("ready")
    ),
    "proof-estop": Scene(snapshot(seen=PERMITTED), "proof", _proof("act")),
    "proof-estop-out": Scene(snapshot(seen=SERVED), "proof", _proof("release")),
    "proof-key": Scene(snapshot(seen=PERMITTED), "proof", _proof("act", 1)),
    "proof-key-ready": Scene(
        snapshot(seen=SERVED), "proof", _proof("ready", 1, may_be_absent=True, other="estop")
    ),
    "proof-stop-button": Scene(snapshot(seen=PERMITTED), "proof", _proof("act", 2)),
    "proof-rail": Scene(snapshot(seen=SERVED), "proof", _proof("act", 3)),
    "proof-rail-stuck": Scene(
        snapshot(seen=status(SERVED, hands=(True, False))), "proof", _proof("ready", 3)
    ),
    "proof-rail-other": Scene(
        snapshot(seen=status(SERVED, hands=(False, True))), "proof", _proof("act", 3)
    ),
    "proof-passed": Scene(snapshot(seen=FREE), "proof", care(proof=Proof("passed", STEPS, 5))),
    "proof-failed": Scene(
        snapshot(seen=FREE),
        "proof",
        care(proof=Proof("failed", STEPS, 2, (("stop_button", "failed"),), why="contacts")),
    ),
    "proof-interrupted": Scene(
        snapshot(seen=FREE), "proof", care(proof=Proof("interrupted", STEPS, 2, why="service"))
    ),
    "proof-stopped": Scene(
        snapshot(seen=FREE), "proof", care(proof=Proof("interrupted", STEPS, 2, why="stop"))
    ),
    "calibrate": Scene(snapshot(seen=FREE), "calibrate"),
    "calibrate-length": Scene(snapshot(seen=FREE), "calibrate", _call("_ask_length")),
    "calibrate-mark": Scene(snapshot(seen=FREE), "calibrate", _measure("mark", Served())),
    "calibrate-moving": Scene(
        snapshot(seen=SERVED), "calibrate", _measure("mark2", mm=5.1, why="moving")
    ),
    "calibrate-turn": Scene(
        snapshot(seen=FREE), "calibrate", _measure("turn", Served(), counts=1234)
    ),
    "calibrate-motor": Scene(
        snapshot(seen=replace(PERMITTED, speed_kmh=1.2, at_rest=False)),
        "calibrate",
        _measure("turn2", mm=5.1, counts=2345),
    ),
    "calibrate-no-motor": Scene(
        snapshot(seen=replace(SERVED, failing=(Check.KEY, Check.LATCH))),
        "calibrate",
        _measure("turn2", Served(on=True, failing=(Check.KEY, Check.LATCH)), mm=5.1),
    ),
    "calibrate-way": Scene(snapshot(seen=FREE), "calibrate", _measure("way", mm=5.1, counts=-2900)),
    "calibrate-far": Scene(snapshot(seen=FREE), "calibrate", _measure("far", mm=6.25)),
    "calibrate-refused": Scene(
        snapshot(seen=FREE), "calibrate", _measure("refused", mm=31.5, why="bounds")
    ),
    "calibrate-result": Scene(
        snapshot(seen=FREE),
        "calibrate",
        _measure("result", mm=5.107, error_pct=0.21, invert=True),
    ),
    "calibrate-off": Scene(
        snapshot(seen=FREE), "calibrate", _measure("result", mm=5.107, error_pct=-1.34)
    ),
    "calibrate-saved": Scene(snapshot(seen=FREE), "calibrate", _measure("saved", mm=5.107)),
    "calibrate-interrupted": Scene(
        snapshot(seen=FREE), "calibrate", _measure("interrupted", Served(), why="estop")
    ),
    "calibrate-left": Scene(snapshot(seen=FREE), "calibrate", _left),
    "hardware": Scene(snapshot(seen=FREE), "hardware"),
    "hardware-ill": Scene(snapshot(seen=ILL), "hardware"),
    "hardware-belt": Scene(
        snapshot(seen=replace(FREE, speed_kmh=-1.24, at_rest=False)), "hardware", _sheet(1)
    ),
    "hardware-sensor": Scene(snapshot(seen=FREE), "hardware", _sheet(2)),
    "hardware-sensor-ill": Scene(snapshot(seen=ILL), "hardware", _sheet(2)),
    "hardware-causes": Scene(snapshot(seen=ILL), "hardware", _sheet(3)),
    "hardware-quiet": Scene(snapshot(seen=FREE), "hardware", _sheet(3)),
    "hardware-pins": Scene(snapshot(seen=FREE), "hardware", _sheet(4)),
    "hardware-silent": Scene(snapshot(seen=None), "hardware"),
    "hardware-raw": Scene(snapshot(seen=FREE), "hardware", _raw),
    "hardware-testing": Scene(snapshot(seen=FREE), "hardware", _tested(SelfTest(running=True))),
    "hardware-tone": Scene(
        snapshot(seen=FREE), "hardware", _tested(SelfTest(asks=True, results=RESULTS))
    ),
    "hardware-tested": Scene(snapshot(seen=FREE), "hardware", _tested(SelfTest(results=RESULTS))),
    "power": Scene(snapshot(), "power"),
    "power-ask": Scene(snapshot(), "power", _ask("off")),
    "power-refused": Scene(
        snapshot(),
        "power",
        _ask("off", "This is a simulation: a real kiosk would shut down now."),
    ),
}
