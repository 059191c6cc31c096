"""Touchscreen and display over a made-up /sys: real files, as the kernel lays them out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kiosk.glass import DISPLAY_GONE, TOUCH_GONE, Glass, Watch, look


def plug_input(root: Path, number: int, properties: str) -> Path:
    device = root / f"class/input/event{number}/device"
    device.mkdir(parents=True)
    (device / "properties").write_text(f"{properties}\n")
    return device / "properties"


def plug_display(root: Path, name: str, status: str) -> Path:
    connector = root / "class/drm" / name
    connector.mkdir(parents=True)
    (connector / "status").write_text(f"{status}\n")
    return connector / "status"


def test_a_machine_that_tells_nothing_is_taken_as_whole(tmp_path: Path) -> None:
    assert look(tmp_path) == Glass(None, None)
    assert look(tmp_path).whole


@pytest.mark.parametrize(
    ("properties", "is_touch"),
    [
        ("2", True),
        ("0", False),
        ("1", False),
        ("3", True),
        ("0 2", True),
        ("", False),
        ("x", False),
    ],
)
def test_a_touchscreen_is_what_is_touched_where_it_shows(
    tmp_path: Path, properties: str, is_touch: bool
) -> None:
    plug_input(tmp_path, 0, "0")
    plug_input(tmp_path, 1, properties)
    (tmp_path / "class/input/mouse0").mkdir()
    assert look(tmp_path).touch is is_touch


def test_one_connector_with_a_display_is_enough(tmp_path: Path) -> None:
    (tmp_path / "class/drm/card0").mkdir(parents=True)
    (tmp_path / "class/drm/version").write_text("drm 1.1.0")
    assert look(tmp_path).display is None
    plug_display(tmp_path, "card1-HDMI-A-1", "disconnected")
    assert look(tmp_path).display is False
    status = plug_display(tmp_path, "card1-DSI-1", "connected")
    assert look(tmp_path).display is True
    status.write_text("unknown\n")
    assert look(tmp_path).display is False


def until(done: object) -> None:
    assert callable(done)
    end_s = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_it_is_seen_gone_and_back_and_told_to_staff(tmp_path: Path) -> None:
    properties = plug_input(tmp_path, 3, "2")
    status = plug_display(tmp_path, "card0-DSI-1", "connected")
    watch = Watch(tmp_path)
    try:
        assert (watch.seen, watch.faults()) == (Glass(True, True), ())
        properties.unlink()
        until(lambda: watch.faults() == ((TOUCH_GONE,),))
        status.write_text("disconnected\n")
        until(lambda: watch.faults() == ((TOUCH_GONE,), (DISPLAY_GONE,)))
        plug_input(tmp_path, 9, "2")
        status.write_text("connected\n")
        until(lambda: watch.faults() == ())
    finally:
        watch.close()


def test_what_was_never_there_is_not_missed(tmp_path: Path) -> None:
    plug_input(tmp_path, 0, "0")
    status = plug_display(tmp_path, "card0-HDMI-A-1", "disconnected")
    watch = Watch(tmp_path)
    try:
        assert (watch.seen, watch.faults()) == (Glass(None, None), ())
        status.write_text("connected\n")
        until(lambda: watch.seen.display is True)
        status.write_text("disconnected\n")
        until(lambda: watch.faults() == ((DISPLAY_GONE,),))
    finally:
        watch.close()
