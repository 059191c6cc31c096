"""The backlight over a made-up /sys/class/backlight: real files, read back."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from kiosk.backlight import Backlight, Lamp


def device(root: Path, name: str, most: str = "255", now: str = "7") -> Path:
    made = root / name
    made.mkdir(parents=True)
    (made / "max_brightness").write_text(f"{most}\n")
    (made / "brightness").write_text(f"{now}\n")
    return made / "brightness"


def test_it_is_set_as_an_eye_sees_it_and_never_off(tmp_path: Path) -> None:
    small, large = device(tmp_path, "10-0045", "31"), device(tmp_path, "rpi_backlight", "1000")
    light = Backlight(tmp_path)
    assert (small.read_text(), large.read_text()) == ("7\n", "7\n")
    for percent, levels in ((100, ("31", "1000")), (50, ("7", "218")), (0, ("1", "1"))):
        assert light.set(percent)
        assert (small.read_text(), large.read_text()) == levels
    assert light.set(1e9)
    assert large.read_text() == "1000"
    assert light.set(-5)
    assert large.read_text() == "1"


@pytest.mark.parametrize("most", ["", "x", "0", "-3"])
def test_a_device_that_says_nothing_of_use_is_left_alone(tmp_path: Path, most: str) -> None:
    path = device(tmp_path, "odd", most)
    light = Backlight(tmp_path)
    assert not light.set(50)
    assert path.read_text() == "7\n"


def test_a_machine_without_one_has_none(tmp_path: Path) -> None:
    light = Backlight(tmp_path / "nothing")
    assert not light.works
    assert not light.set(50)


def test_a_failure_is_told_once_and_mends_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = device(tmp_path, "10-0045")
    light = Backlight(tmp_path)
    assert light.set(100)
    path.unlink()
    path.mkdir()  # it cannot be written, whoever tries
    with caplog.at_level(logging.WARNING):
        assert not light.set(40)
        assert not light.set(60)
    assert not light.works
    [said] = [record.getMessage() for record in caplog.records]
    assert "10-0045" in said
    path.rmdir()
    path.write_text("1")
    assert light.set(100)
    assert path.read_text() == "255"


def test_the_lamp_is_bright_from_the_start_and_at_the_end(tmp_path: Path) -> None:
    path = device(tmp_path, "10-0045", now="1")
    lamp = Lamp(Backlight(tmp_path))
    assert (path.read_text(), lamp.works) == ("255", True)
    lamp.set(5)
    until_s = time.monotonic() + 10
    while path.read_text() in {"255", ""} and time.monotonic() < until_s:
        time.sleep(0.01)
    assert path.read_text() == "1"
    lamp.set(5)
    lamp.close()
    assert path.read_text() == "255"
