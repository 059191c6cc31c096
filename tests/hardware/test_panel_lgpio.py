"""The panel on gpiozero's real lgpio factory, over a chip that is made up and keeps a diary."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hardware.guard import open_gpio
from hardware.off import drive_off
from hardware.panel import Panel, PermitOutput
from hardware.settings import GuardSettings, Pins, Treadmill

PULL_UP, PULL_DOWN, PULL_NONE = 32, 64, 128
OUTPUT, ALERT = 2, 1024


class Chip:
    """What the library needs of a GPIO chip; the diary holds (call, pin, value)."""

    def __init__(self) -> None:
        self.diary: list[tuple[str, int, int]] = []
        self.levels: dict[int, int] = {}
        self.modes: dict[int, int] = {}
        self.callbacks: dict[int, Callable[..., None]] = {}

    def module(self) -> types.ModuleType:
        lgpio = types.ModuleType("lgpio")
        names = {
            "SET_PULL_UP": PULL_UP, "SET_PULL_DOWN": PULL_DOWN, "SET_PULL_NONE": PULL_NONE,
            "RISING_EDGE": 1, "FALLING_EDGE": 2, "BOTH_EDGES": 3, "error": RuntimeError,
            "gpiochip_open": lambda chip: 0, "gpiochip_close": lambda handle: None,
            "gpio_claim_input": self.claim_input, "gpio_claim_output": self.claim_output,
            "gpio_claim_alert": self.claim_alert, "gpio_free": lambda handle, pin: None,
            "gpio_get_mode": lambda handle, pin: self.modes.get(pin, 0),
            "gpio_read": lambda handle, pin: self.levels.get(pin, 0),
            "gpio_write": self.write, "callback": self.callback,
            "gpio_set_debounce_micros": self.debounce,
        }  # fmt: skip
        for name, value in names.items():
            setattr(lgpio, name, value)
        return lgpio

    def claim_input(self, _handle: int, pin: int, flags: int = 0) -> None:
        self.modes[pin] = flags
        if flags & PULL_UP:
            self.levels.setdefault(pin, 1)
        self.diary.append(("input", pin, flags))

    def claim_output(self, _handle: int, pin: int, level: int = 0, _flags: int = 0) -> None:
        self.modes[pin] = OUTPUT
        self.levels[pin] = level
        self.diary.append(("output", pin, level))

    def claim_alert(self, _handle: int, pin: int, edges: int, flags: int) -> None:
        self.modes[pin] = flags | ALERT
        self.diary.append(("alert", pin, edges))

    def callback(self, _handle: int, pin: int, _edges: int, call: Callable[..., None]) -> Any:
        self.callbacks[pin] = call
        return types.SimpleNamespace(cancel=lambda: self.callbacks.pop(pin, None))

    def write(self, _handle: int, pin: int, level: int) -> None:
        self.levels[pin] = int(level)
        self.diary.append(("write", pin, int(level)))

    def debounce(self, _handle: int, pin: int, micros: int) -> None:
        self.diary.append(("debounce", pin, micros))

    def edge(self, pin: int, level: int) -> None:
        """An edge, told in a thread that is not ours, as the library does."""
        self.levels[pin] = level
        thread = threading.Thread(target=self.callbacks[pin], args=(0, pin, level, 1))
        thread.start()
        thread.join()


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
