"""The panel on gpiozero's real lgpio factory, over a chip that is made up and keeps a diary."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from hardware.guard import open_gpio
from hardware.off import drive_off
from hardware.panel import Panel, PermitOutput
from hardware.settings import GuardSettings, Pins, Treadmill
from tests.hardware.chip import OUTPUT, PULL_UP, Chip


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    chip = Chip()
    monkeypatch.setitem(sys.modules, "lgpio", chip.module())
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xC03111)
    yield chip
    sys.modules.pop("gpiozero.pins.lgpio", None)


PINS = Pins(estop_b=18, stop_button=24, key=25)
INPUTS = [17, 18, 22, 23, 24, 25]


def test_on_the_real_factory(chip: Chip) -> None:
    wakes: list[int] = []
    reported: list[BaseException] = []
    factory = open_gpio()
    assert type(factory).__name__ == "LGPIOFactory"
    permit = PermitOutput(PINS, Treadmill(), factory)
    assert {call[0] for call in chip.diary if call[1] != 27} == set(), "the permit's pin is first"
    assert all(value == 0 for call, pin, value in chip.diary if call in {"output", "write"})
    assert chip.modes[27] == OUTPUT
    panel = Panel(PINS, factory, permit, wake=lambda: wakes.append(1), report=reported.append)
    for pin in INPUTS:
        assert ("input", pin, PULL_UP) in chip.diary
        assert ("alert", pin, 3) in chip.diary, "both edges"
        assert chip.modes[pin] & PULL_UP, "listening for edges keeps the pull-up"
    assert not [call for call in chip.diary if call[0] == "debounce" and call[2]]

    for pin in (17, 18):
        chip.edge(pin, 0)
    panel.levels()
    assert panel.levels()["estop"] is True
    assert permit.apply(True, permit.token())
    assert chip.levels[27] == 1
    token = permit.token()
    chip.edge(17, 1)
    assert chip.levels[27] == 0
    assert panel.levels()["estop"] is False
    assert not permit.apply(True, token)
    assert chip.levels[27] == 0
    assert wakes
    assert reported == []

    panel.close()
    permit.apply(True, permit.token())
    chip.diary.clear()
    permit.close()
    assert chip.diary[0] == ("write", 27, 0), "off before it lets go"
    factory.close()


@pytest.mark.parametrize(("active_high", "off"), [(True, 0), (False, 1)])
def test_the_stop_step_drives_the_pin_off_and_keeps_it(
    chip: Chip, active_high: bool, off: int
) -> None:
    chip.levels[27] = 1 - off  # as a killed guard leaves it
    factory = open_gpio()
    held = drive_off(GuardSettings(pins=Pins(permit_active_high=active_high)), factory)
    assert held is not None
    assert chip.levels[27] == off
    assert chip.modes[27] == OUTPUT
    held.close()
    factory.close()


def test_a_site_without_the_pin_has_nothing_to_drive(chip: Chip) -> None:
    assert drive_off(GuardSettings(treadmill=Treadmill(permit="none"))) is None
    assert chip.diary == []
