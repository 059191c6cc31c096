"""The staff's SSH: everything is off, and stays off without the staff's file; then little is on."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from image.maker.kernel import inputs, thin
from image.maker.recipe import load
from image.maker.root import (
    LAID,
    NOT_WANTED,
    OFF,
    SERVICES,
    STAFF,
    close_ssh,
    lock_everybody_out,
    switch,
)
from kiosk.upkeep.door.model import ALLOWED, HOST_KEY, ON_CARD, PLACE
from tests.image import units

IMAGE = Path(__file__).resolve().parents[2] / "image"
SSH = IMAGE / "ssh"
ASKS, SERVES = "sternway-ssh.service", "sternway-sshd.service"
NETWORK = "systemd-networkd.service"
MOST_EXPOSED = {ASKS: 20, SERVES: 30}
"""Tenths. A server that lets somebody in is root on a network: systemd counts a point for these."""


def settings(unit: str) -> dict[str, list[str]]:
    return units.settings(SSH / unit)


def server() -> dict[str, str]:
    lines = (SSH / "sshd_config").read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(" ")
        if name and name != "#":
            assert name not in found, "the first of two holds"
            found[name] = value
    return found


@pytest.mark.parametrize("unit", [ASKS, SERVES])
def test_what_it_is_exposed_to(unit: str) -> None:
    units.must_be_closed(SSH / unit, MOST_EXPOSED[unit])


def test_nothing_begins_without_the_staff_s_file() -> None:
    assert settings(ASKS)["ConditionPathExists"] == [str(ON_CARD)]
    assert f"/run/{settings(ASKS)['RuntimeDirectory'][0]}" == str(PLACE)
    for one in (SERVES, "sternway-networkd.conf"):
        assert settings(one)["ConditionPathExists"] == [str(PLACE / ALLOWED)]
        assert settings(one)["Requires"] == [ASKS]
        assert ASKS in settings(one)["After"][0].split()
    dropped = LAID["ssh/sternway-networkd.conf"]
    assert dropped == f"usr/lib/systemd/system/{NETWORK}.d/sternway.conf"


def test_what_debian_s_packages_switch_on_is_off(tmp_path: Path) -> None:
    """As the package leaves it: enabled, with a second name, and its keys made."""
    if shutil.which("systemctl") is None:
        pytest.skip("NOT RUN: the units that are off: there is no systemctl")
    units, wants = tmp_path / "usr/lib/systemd/system", tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    (wants / "multi-user.target.wants").mkdir(parents=True)
    for unit in (*SERVICES, *OFF):
        install = "Alias=sshd.service\n" if unit == "ssh.service" else ""
        (units / unit).write_text(
            f"[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n{install}"
        )
    for unit in OFF:
        (wants / "multi-user.target.wants" / unit).symlink_to(f"/usr/lib/systemd/system/{unit}")
    (wants / "sshd.service").symlink_to("/usr/lib/systemd/system/ssh.service")
    switch(tmp_path, tmp_path / "log")
    on = {path.name for path in (wants / "multi-user.target.wants").iterdir()}
    assert on == set(SERVICES)
    for unit in ("ssh.service", "ssh.socket", "sshd.service", "systemd-networkd.socket"):
        assert unit in NOT_WANTED
        assert (wants / unit).readlink() == Path("/dev/null")
    assert not (wants / NETWORK).exists(), "masked, nobody could ask for it"


def test_no_key_of_the_build_is_every_kiosk_s_and_nothing_makes_units(tmp_path: Path) -> None:
    keys = tmp_path / "etc/ssh"
    keys.mkdir(parents=True)
    for name in ("ssh_host_ed25519_key", "ssh_host_ed25519_key.pub", "moduli"):
        (keys / name).touch()
    close_ssh(tmp_path)
    assert [path.name for path in keys.iterdir()] == ["moduli"]
    generator = tmp_path / "etc/systemd/system-generators/systemd-ssh-generator"
    assert generator.readlink() == Path("/dev/null")


def test_the_one_user_has_no_password_and_no_wire(tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    shadow.write_text(f"root:*:1::::::\n{STAFF}:!*:1::::::\n{STAFF}2:x:1::::::\n")
    lock_everybody_out(shadow)
    # "!" would lock them: the server takes no key of a locked user.
    assert shadow.read_text() == f"root:!*:1::::::\n{STAFF}:*:1::::::\n{STAFF}2:!*:1::::::\n"
    users = (SSH / "sternway-ssh.sysusers").read_text(encoding="utf-8")
    assert re.findall(r"^u (\S+)", users, re.M) == [STAFF]
    assert re.findall(r"^m (.*)", users, re.M) == [f"{STAFF} systemd-journal"]
    assert server()["AllowUsers"] == STAFF


def test_who_is_in_reaches_no_wire_no_record_and_no_service_of_the_kiosk() -> None:
    unit = settings(SERVES)
    assert unit["DevicePolicy"] == ["closed"]
    assert "DeviceAllow" not in unit
    assert unit["NoNewPrivileges"] == ["yes"]
    hidden = " ".join(unit["InaccessiblePaths"]).split()
    folders = ("/var/lib/sternway", "/run/sternway", "/run/sternway-sticks", "/run/sternway-update")
    assert {f"-{folder}" for folder in folders} <= set(hidden)
    assert "CAP_SYS_ADMIN" not in unit["CapabilityBoundingSet"][0]
    # With netlink the server would look for the kernel's audit, and may not write to it.
    assert unit["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6"]
    assert unit["IPAddressDeny"] == ["any"]


def test_the_server_takes_keys_alone_and_forwards_nothing() -> None:
    found = server()
    assert found["AuthenticationMethods"] == "publickey"
    assert found["AuthorizedKeysFile"] == str(PLACE / ALLOWED)
    assert found["HostKey"] == str(PLACE / HOST_KEY)
    assert found["DisableForwarding"] == "yes"
    refused = (
        *("PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication", "UsePAM"),
        *("HostbasedAuthentication", "PermitEmptyPasswords", "PermitUserRC", "PermitTunnel"),
        *("PermitUserEnvironment", "X11Forwarding", "AllowTcpForwarding", "AllowAgentForwarding"),
        *("AllowStreamLocalForwarding", "GatewayPorts"),
    )
    assert {found[name] for name in refused} == {"no"}
    assert not {"Subsystem", "Include", "Match"} & set(found)
    (command,) = settings(SERVES)["ExecStart"]
    assert command.endswith(f" -f /{LAID['ssh/sshd_config']}")


def test_openssh_reads_the_configuration(tmp_path: Path) -> None:
    program = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    if program is None or shutil.which("ssh-keygen") is None:
        pytest.skip("NOT RUN: the server's configuration read by itself: there is no sshd")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    path = tmp_path / "sshd_config"
    path.write_text((SSH / "sshd_config").read_text().replace(str(PLACE / HOST_KEY), str(key)))
    done = subprocess.run([program, "-T", "-f", path], capture_output=True, text=True, check=False)
    if "privilege separation" in done.stderr.lower():
        pytest.skip("NOT RUN: the server's configuration read by itself: its user is not here")
    assert done.returncode == 0, done.stderr
    assert "authenticationmethods publickey\n" in done.stdout


def test_a_cable_s_socket_alone_may_have_a_network() -> None:
    network = (SSH / "50-sternway-wired.network").read_text(encoding="utf-8")
    assert "\nType=ether\nPath=!*-usb-*\n" in network
    assert "\nIPv6AcceptRA=no\n" in network


@pytest.mark.parametrize("target", ["virt", "pi"])
def test_of_all_drivers_of_networks_the_board_s_own_stays(target: str, tmp_path: Path) -> None:
    recipe = load(IMAGE / "recipe.toml", target)
    assert "openssh-server" in recipe.packages
    stays = (
        *("net/virtio_net.ko.xz", "net/ethernet/cadence/macb.ko.xz", "net/phy/broadcom.ko.xz"),
        "net/ethernet/broadcom/genet/genet.ko.xz",
    )
    goes = (
        *("net/usb/r8152.ko.xz", "net/wireless/broadcom/brcmfmac.ko.xz", "net/tun.ko.xz"),
        *("net/ethernet/intel/e1000e.ko.xz", "net/ethernet/cadence/macb_pci.ko.xz"),
    )
    for name in (*stays, *goes):
        path = tmp_path / "6.12/kernel/drivers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "6.12/kernel/fs").mkdir()
    thin(recipe, tmp_path / "6.12")
    found = {
        p.relative_to(tmp_path / "6.12/kernel/drivers").as_posix() for p in tmp_path.rglob("*.xz")
    }
    assert found == set(stays)
    assert str(recipe.modules_stay) in inputs(recipe)
