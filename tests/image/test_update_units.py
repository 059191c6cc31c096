"""The units of updates: how much they could do; and what an image is told about itself."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from image.maker.recipe import load
from image.maker.root import LAID, NOT_WANTED, SERVICES, say_what_it_is
from kiosk.upkeep.model import SOCKET
from kiosk.upkeep.updater.machine import Built, Machine
from kiosk.upkeep.updater.signature import PROGRAM
from tests.image import units

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "image/update"
SERVICE, TRIAL, LISTENING = (
    *("sternway-update.service", "sternway-trial.service", "sternway-update.socket"),
)
MOST_EXPOSED = 20  # tenths


def settings(unit: str) -> dict[str, list[str]]:
    return units.settings(UNITS / unit)


@pytest.mark.parametrize("unit", [SERVICE, TRIAL])
def test_what_it_is_exposed_to(unit: str) -> None:
    units.must_be_closed(UNITS / unit, MOST_EXPOSED)


def test_it_writes_to_no_stick_and_only_the_kiosk_may_ask() -> None:
    assert not [one for one in settings(SERVICE)["DeviceAllow"] if "-sd" in one]
    assert settings(SERVICE)["CapabilityBoundingSet"] == ["CAP_SYS_ADMIN"]
    asked = settings(LISTENING)
    assert (asked["SocketGroup"], asked["SocketMode"]) == (["sternway"], ["0660"])
    assert asked["ListenSequentialPacket"] == [str(SOCKET)]
    boot = str(Machine("a", Built("0.1.0", "virt")).boot)
    assert boot in settings(SERVICE)["RequiresMountsFor"]
    assert boot in settings(SERVICE)["ReadWritePaths"][0]


def test_each_is_laid_and_the_two_that_begin_by_themselves_are_enabled() -> None:
    for unit in (SERVICE, TRIAL, LISTENING):
        assert f"update/{unit}" in LAID
        assert (unit in SERVICES) == ("Install" in (UNITS / unit).read_text())
    assert LAID["update/sternway-trial"] == "usr/libexec"
    assert "systemd-bless-boot.service" in NOT_WANTED
    assert PROGRAM in load(ROOT / "image/recipe.toml", "virt").packages


def test_a_version_that_does_not_work_is_ended_without_any_of_its_python() -> None:
    asked = settings(TRIAL)
    assert asked["FailureAction"] == ["reboot"]
    assert asked["ExecStart"] == ["/bin/sh /usr/libexec/sternway-trial 300"]
    # Danger: without it a version that was kept long ago is watched for five minutes too.
    assert asked["ExecCondition"] == ["/bin/sh /usr/libexec/sternway-trial"]


def test_an_image_knows_what_it_is_and_whom_it_trusts(tmp_path: Path) -> None:
    tree, app, keys = tmp_path / "tree", tmp_path / "app", tmp_path / "keys"
    info = app / "usr/lib/sternway/lib/python3.13/site-packages/sternway-0.4.2.dist-info"
    for folder in (tree, info, keys):
        folder.mkdir(parents=True)
    (keys / "one.pub").write_text("a key")
    (keys / "README.md").write_text("not a key")
    say_what_it_is(tree, app, keys, "virt", ("a 2 (lock: 1)",))
    system = tree / "usr/share/sternway"
    said = (system / "image.json").read_bytes()
    what = {"version": "0.4.2", "target": "virt"}
    assert json.loads(said) == {**what, "not_as_locked": ["a 2 (lock: 1)"]}
    assert msgspec.json.decode(said, type=Built) == Built(**what)
    assert [path.name for path in (system / "keys").iterdir()] == ["one.pub"]


def test_no_secret_key_is_in_the_project() -> None:
    """Whoever makes an image lays the public half of their own here, and that alone."""
    assert not list((ROOT / "image").rglob("*.key"))
    for path in (UNITS / "keys").glob("*"):
        assert path.suffix == ".pub", path
        assert "secret" not in path.read_text(), path
