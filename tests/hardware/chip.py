"""A made-up GPIO chip, behind what gpiozero needs of the lgpio library; it keeps a diary."""

from __future__ import annotations

import importlib
import sys
import threading
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

PULL_UP, PULL_DOWN, PULL_NONE = 32, 64, 128
OUTPUT, ALERT = 2, 1024
FACTORY: Final = "gpiozero.pins.lgpio"
PI_4: Final = {0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}
"""A Raspberry Pi 4's chips: number and label."""


class LgpioError(Exception):
    """As lgpio's own: none of OSError, RuntimeError or gpiozero's."""


class Chip:
    """What the library needs of a GPIO chip; the diary holds (call, pin, value)."""

    def __init__(self, labels: Mapping[int, str] = PI_4) -> None:
        self.labels = dict(labels)
        self.opened: list[int] = []
        self.diary: list[tuple[str, int, int]] = []
        self.levels: dict[int, int] = {}
        self.modes: dict[int, int] = {}
        self.callbacks: dict[int, Callable[..., None]] = {}
        self.held: set[int] = set()
        """Lines that another program holds."""

    def module(self) -> types.ModuleType:
        lgpio = types.ModuleType("lgpio")
        names = {
            "SET_PULL_UP": PULL_UP, "SET_PULL_DOWN": PULL_DOWN, "SET_PULL_NONE": PULL_NONE,
            "RISING_EDGE": 1, "FALLING_EDGE": 2, "BOTH_EDGES": 3, "error": LgpioError,
            "gpiochip_open": self.open, "gpiochip_close": self.opened.remove,
            "gpio_get_chip_info": lambda handle: [0, 54, "gpiochip", self.labels[handle]],
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

    def install(self, patch: pytest.MonkeyPatch, devices: Path) -> None:
        """Be the chips of this computer: the library, their devices, a Raspberry Pi's revision."""
        devices.mkdir(exist_ok=True)
        for number in self.labels:
            (devices / f"gpiochip{number}").touch()
        patch.setattr("hardware.gpiochip.DEVICES", devices)
        patch.setitem(sys.modules, "lgpio", self.module())
        # gpiozero's part anew, over this library; gone again with the patch, as nobody else's.
        sys.modules.pop(FACTORY, None)
        factory = importlib.import_module(FACTORY)
        del sys.modules[FACTORY]
        patch.setitem(sys.modules, FACTORY, factory)
        patch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xC03111)

    def open(self, number: int) -> int:
        if number not in self.labels:
            raise LgpioError("can not open gpiochip")
        self.opened.append(number)
        return number

    def claim_input(self, _handle: int, pin: int, flags: int = 0) -> None:
        self._is_free(pin)
        self.modes[pin] = flags
        if flags & PULL_UP:
            self.levels.setdefault(pin, 1)
        self.diary.append(("input", pin, flags))

    def _is_free(self, pin: int) -> None:
        if pin in self.held:
            raise LgpioError("'GPIO busy'")

    def claim_output(self, _handle: int, pin: int, level: int = 0, _flags: int = 0) -> None:
        self._is_free(pin)
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
