"""The services of guard and kiosk: how much they could do, and that their parts fit together."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hardware.memory import ASKED_BY
from kiosk import clock_setter
from kiosk.__main__ import _options
from kiosk.sticks.client import HelperSticks
from tests.image import units

SERVICES = Path(__file__).resolve().parents[2] / "image" / "services"
UNITS = ("sternway-guard.service", "sternway-kiosk.service")
CLOCK, CLOCK_DOOR = "sternway-clock@.service", "sternway-clock.socket"
MOST_EXPOSED = 20  # tenths


def settings(unit: str) -> dict[str, list[str]]:
    return units.settings(SERVICES / unit)


@pytest.mark.parametrize("unit", [*UNITS, CLOCK])
def test_what_it_is_exposed_to(unit: str) -> None:
    units.must_be_closed(SERVICES / unit, MOST_EXPOSED)


@pytest.mark.parametrize("unit", UNITS)
def test_it_starts_what_there_is(unit: str) -> None:
    commands = [*settings(unit)["ExecStart"], *settings(unit).get("ExecStopPost", [])]
    for command in commands:
        program, *words = command.split()
        assert program == "/usr/lib/sternway/bin/sternway"
        assert _options(words).command


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_nobody_s_login_and_not_root(unit: str) -> None:
    (user,), (group,) = settings(unit)["User"], settings(unit)["Group"]
    users = (SERVICES / "sternway.sysusers").read_text(encoding="utf-8")
    assert f"u {user} " in users
    assert f"g {group} " in users
    assert settings(unit)["CapabilityBoundingSet"] == [""]


@pytest.mark.parametrize("unit", UNITS)
def test_it_comes_after_what_the_system_brings_up_and_waits_for_nothing_odd(unit: str) -> None:
    """systemd's default puts it after the local disks and udev; what nothing starts is no order."""
    found = settings(unit)
    assert "DefaultDependencies" not in found
    after = [one for line in found.get("After", []) for one in line.split()]
    assert all(one.startswith("sternway-") for one in after), after


def test_the_guard_comes_before_the_kiosk_stays_and_drops_the_pin() -> None:
    guard, kiosk = (settings(unit) for unit in UNITS)
    assert guard["Before"] == ["sternway-kiosk.service"]
    assert guard["Restart"] == kiosk["Restart"] == ["always"]
    assert guard["StartLimitIntervalSec"] == kiosk["StartLimitIntervalSec"] == ["0"]
    assert guard["ExecStopPost"] == ["/usr/lib/sternway/bin/sternway guard --off"]
    assert guard["WatchdogSec"] == ["1"]
    assert kiosk["WatchdogSec"] == ["20"]
    assert kiosk["LimitCORE"] == ["0"]
    assert guard["CPUSchedulingPolicy"] == ["fifo"]
    assert f"{ASKED_BY}=1" in guard["Environment"]
    assert guard["LimitMEMLOCK"] == ["infinity"]


def test_the_guard_may_read_what_board_it_is_on() -> None:
    """gpiozero reads /proc/device-tree, which hides behind ``ProcSubset=pid``."""
    assert "ProcSubset" not in settings("sternway-guard.service")


def test_the_kiosk_finds_the_guard_and_holds_no_wire() -> None:
    guard, kiosk = (settings(unit) for unit in UNITS)
    (folder,) = guard["RuntimeDirectory"]
    assert guard["RuntimeDirectoryPreserve"] == ["restart"], "what staff must clear lies there"
    assert f"RUNTIME_DIRECTORY=/run/{folder}" in kiosk["Environment"]
    assert guard["Group"] == kiosk["Group"]
    assert guard["UMask"] == ["0007"]
    assert not [device for device in kiosk["DeviceAllow"] if "gpio" in device or "tty" in device]
    assert kiosk["SupplementaryGroups"] == ["video render input audio"]


def test_the_clock_s_service_has_one_power_and_is_there_with_the_kiosk() -> None:
    unit, door, kiosk = settings(CLOCK), settings(CLOCK_DOOR), settings("sternway-kiosk.service")
    assert unit["CapabilityBoundingSet"] == ["CAP_SYS_TIME"]
    assert unit["DeviceAllow"] == ["char-rtc rw"]
    # Either would take away the clock, the second the battery's device.
    assert not {"ProtectClock", "PrivateDevices"} & set(unit)
    assert unit["ExecStart"] == [f"/usr/lib/sternway/bin/python -m {clock_setter.__name__}"]
    assert unit["StandardInput"] == ["socket"]
    assert door["Accept"] == ["yes"]
    assert door["ListenSequentialPacket"] == [str(clock_setter.SOCKET)]
    assert (door["SocketGroup"], door["SocketMode"]) == (kiosk["Group"], ["0660"])
    assert kiosk["User"] == [clock_setter.WHO]
    assert CLOCK_DOOR in kiosk["Wants"][0].split()
    assert door["PartOf"] == ["sternway-kiosk.service"]


def test_the_kiosk_alone_may_switch_off_and_restart() -> None:
    """The rule is JavaScript: it is run by Node where there is one."""
    rule = SERVICES / "49-sternway-power.rules"
    (user,) = settings("sternway-kiosk.service")["User"]
    if shutil.which("node") is None:
        pytest.skip("NOT RUN: the rule for logind: there is no node to run it")
    program = """
        const polkit = {Result: {YES: "yes"}, addRule: (rule) => { polkit.rule = rule; }};
        eval(require("fs").readFileSync(process.argv[1], "utf8"));
        const asked = [
            ["USER", "reboot"], ["USER", "power-off"], ["USER", "power-off-multiple-sessions"],
            ["USER", "suspend"], ["USER", "set-reboot-to-firmware-setup"], ["root2", "reboot"],
        ];
        console.log(JSON.stringify(asked.map(([user, what]) =>
            polkit.rule({id: `org.freedesktop.login1.${what}`}, {user}) ?? null)));
    """.replace("USER", user)
    done = subprocess.run(
        ["node", "-e", program, str(rule)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == '["yes","yes","yes",null,null,null]'


def test_the_kiosk_makes_nothing_in_the_guard_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its RUNTIME_DIRECTORY is the guard's, where it may read and connect, and not write."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    sticks = HelperSticks(tmp_path / "no.sock", on_death=lambda _error: None)
    try:
        assert list(tmp_path.iterdir()) == []
    finally:
        sticks.close()
