"""The rig's own hand on a machine: real QEMU, with an empty card, so that nothing in it runs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.maker.recipe import load
from image.rig.command import QEMU, Hardware
from image.rig.errors import RigError
from image.rig.machine import Machine
from image.rig.wires import ALL_LINES, DIRECTION, WIRING, Wires
from kiosk.config import load_settings

IMAGE = Path(__file__).resolve().parents[2] / "image"
PROGRAMS = (QEMU, "qemu-img", "fdtput")


def test_the_wires_are_where_the_settings_say() -> None:
    settings = load_settings(IMAGE / "settings/virt.toml", simulate=False)
    assert settings.pins.numbers() == WIRING
    assert 3 not in WIRING.values()  # the machine's power key
    load_settings(IMAGE / "settings/pi.toml", simulate=False)
    assert load(IMAGE / "recipe.toml", "virt").target == "virt"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"NOT RUN: the rig's own tests: there is no {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("rig")
    empty = folder / "empty.img"
    with empty.open("wb") as file:
        file.truncate(1 << 20)
    hardware = Hardware(memory_mib=256, processors=1, disk_gib=1)
    with Machine(empty, folder / "machine", hardware) as running:
        yield running


def lines(machine: Machine) -> int:
    return int(machine.wires._qtest.ask(f"readl {ALL_LINES:#x}"), 16)


def test_a_contact_that_is_closed_pulls_its_line_low(machine: Machine) -> None:
    wires: Wires = machine.wires
    for name in ("estop", "rail_left", "stop_button", "key"):
        bit = 1 << WIRING[name]
        wires.drive(name, 1)
        assert not lines(machine) & bit, name
        wires.drive(name, 0)
        assert lines(machine) & bit, name
    with pytest.raises(RigError, match="no input brake"):
        wires.drive("brake", 1)
    wires.drive("estop", 1)
    assert wires.levels()["estop"] == 1


def test_the_permit_is_on_only_where_its_line_is_driven_high(machine: Machine) -> None:
    bit = 1 << WIRING["permit"]
    assert not machine.wires.permit()
    machine.wires._qtest.ask(f"writel {DIRECTION:#x} {bit:#x}")
    assert not machine.wires.permit()
    machine.wires._qtest.ask(f"writel {ALL_LINES:#x} {bit:#x}")
    assert machine.wires.permit()
    assert machine.belt is not None
    while not (machine.belt.permits and machine.belt.permits[-1][1]):
        time.sleep(0.01)
    machine.wires._qtest.ask(f"writel {ALL_LINES:#x} 0")
    assert not machine.wires.permit()


def test_a_stick_is_plugged_in_and_pulled(machine: Machine, tmp_path: Path) -> None:
    stick = tmp_path / "stick.img"
    stick.write_bytes(bytes(1 << 20))
    for _ in range(2):
        machine.plug_stick(stick)
        nodes = {block["node-name"] for block in machine.qmp.execute("query-named-block-nodes")}
        assert "stick" in nodes
        machine.pull_stick()
        nodes = {block["node-name"] for block in machine.qmp.execute("query-named-block-nodes")}
        assert "stick" not in nodes


def test_the_screen_is_kept_as_a_picture(machine: Machine, tmp_path: Path) -> None:
    assert machine.screenshot(tmp_path / "now.png").read_bytes().startswith(b"\x89PNG")


def test_after_the_plug_was_pulled_the_card_is_kept(machine: Machine) -> None:
    machine.cut()
    assert not machine.running
    assert machine.card.path.is_file()
    with pytest.raises(RigError, match="went off"):
        machine.wait_for_text("never said", timeout_s=5.0)
    machine.start()
    assert machine.running
