"""The helper's service: how much it could do, and that its parts fit together."""

from __future__ import annotations

import re
from pathlib import Path

from tests.image import units

IMAGE = Path(__file__).resolve().parents[2] / "image" / "sticks"
UNIT = IMAGE / "sternway-sticks.service"
MOST_EXPOSED = 20  # tenths


def settings() -> dict[str, list[str]]:
    return units.settings(UNIT)


def test_what_it_is_exposed_to() -> None:
    units.must_be_closed(UNIT, MOST_EXPOSED)


def test_it_may_mount_and_nothing_else() -> None:
    unit = settings()
    assert unit["CapabilityBoundingSet"] == unit["AmbientCapabilities"] == ["CAP_SYS_ADMIN"]
    assert unit["User"] != ["root"]
    assert unit["DeviceAllow"] == ["block-sd rw"]
    assert unit["RestrictNamespaces"] == ["mnt"]


def test_the_rule_gives_usb_disks_to_a_group_that_the_helper_is_in_and_the_kiosk_is_not() -> None:
    unit = settings()
    rule = (IMAGE / "70-sternway-sticks.rules").read_text(encoding="utf-8")
    users = (IMAGE / "sternway-sticks.sysusers").read_text(encoding="utf-8")
    (group,) = re.findall(r'GROUP="([a-z-]+)"', rule)
    assert unit["SupplementaryGroups"] == [group]
    assert unit["Group"] != [group]
    assert 'MODE="0640"' in rule
    assert 'SUBSYSTEMS=="usb"' in rule
    assert f"g {unit['Group'][0]} " in users
    assert f"u {unit['User'][0]} " in users


def test_it_starts_what_is_there() -> None:
    (start,) = settings()["ExecStart"]
    assert "-m kiosk.sticks.helper --socket %t/sternway-sticks/helper.sock" in start
    assert settings()["RuntimeDirectory"] == ["sternway-sticks"]
