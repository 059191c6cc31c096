"""``image/update/sternway-trial``, run: it says of a version what the update service says."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.machine import Machine
from tests.upkeep.appliance import (
    install_from,
    made_update,
    make_machine,
    next_start,
    started_in,
)

SCRIPT = Path(__file__).resolve().parents[2] / "image/update/sternway-trial"
TRIED, OTHERWISE = 0, 1


def begun(machine: Machine, *words: str, cmdline: str = "") -> subprocess.Popen[str]:
    """The script, as the service starts it, in a machine whose kernel was started so."""
    line = machine.boot.parent / "cmdline"
    line.write_text(cmdline or f"root=PARTLABEL=x sternway.slot={machine.slot} quiet\n")
    return subprocess.Popen(
        ["sh", str(SCRIPT), *words],
        env={
            "PATH": "/usr/bin:/bin",
            "STERNWAY_BOOT": str(machine.boot),
            "STERNWAY_CMDLINE": str(line),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def says(machine: Machine, cmdline: str = "") -> int:
    """Whether the running version is only tried, as the script says; it says nothing else."""
    with begun(machine, cmdline=cmdline) as process:
        told, _ = process.communicate(timeout=30)
    assert told == ""
    return process.returncode


@pytest.fixture(params=("systemd", "pi"))
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return make_machine(tmp_path / "machine", request.param)


@pytest.fixture
def tried(machine: Machine, tmp_path: Path) -> Machine:
    """The machine in the first start of a new version."""
    install_from(made_update(tmp_path / "update"), machine)
    assert next_start(machine, tryboot=True).slot == "b"
    return started_in(machine, "b", "0.2.0", "boot-2")


def test_it_says_what_the_update_service_says(tried: Machine, tmp_path: Path) -> None:
    seen = []

    def look(machine: Machine) -> None:
        assert (says(machine) == TRIED) is boot_of(machine).on_trial()
        seen.append(says(machine))

    look(make_machine(tmp_path / "new"))
    look(tried)
    look(started_in(tried, "a", "0.1.0", "boot-3"))  # fallen back
    boot_of(tried).commit()
    look(tried)
    assert seen == [OTHERWISE, TRIED, OTHERWISE, OTHERWISE]


def test_every_try_is_one(tmp_path: Path) -> None:
    machine = make_machine(tmp_path / "machine")
    install_from(made_update(tmp_path / "update"), machine)
    new = started_in(machine, "b", "0.2.0", "boot-2")
    for _ in range(3):
        assert next_start(machine).slot == "b"
        assert says(new) == TRIED
    assert next_start(machine).slot == "a"
    assert says(started_in(machine, "a", "0.1.0", "boot-5")) == OTHERWISE


def test_a_text_that_windows_wrote_is_understood(tmp_path: Path) -> None:
    machine = make_machine(tmp_path / "machine", "pi")
    config = machine.boot / "config.txt"
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))
    assert says(started_in(machine, "b", "0.2.0", "boot-2")) == TRIED
    assert says(machine) == OTHERWISE


@pytest.mark.parametrize("cmdline", ["root=/dev/sda1", "xsternway.slot=b", "sternway.slot=bb"])
def test_a_machine_that_is_not_the_appliance_is_left_alone(tried: Machine, cmdline: str) -> None:
    assert says(tried, cmdline) == OTHERWISE


def test_a_boot_partition_that_cannot_be_read_restarts_nothing(tried: Machine) -> None:
    for path in sorted(tried.boot.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert says(tried) == OTHERWISE
    with begun(tried, "0") as process:
        assert process.wait(30) == 0


def test_a_version_that_nobody_keeps_ends_it_with_a_failure(tried: Machine) -> None:
    with begun(tried, "0.2") as process:
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 1, "by which its unit has the machine started anew"
    assert "not kept within 0.2 s" in told


def test_one_that_is_kept_meanwhile_is_left_alone(tried: Machine) -> None:
    with begun(tried, "1") as process:
        time.sleep(0.2)
        boot_of(tried).commit()
        told, _ = process.communicate(timeout=30)
    assert (process.returncode, told) == (0, "")
