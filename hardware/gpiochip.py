"""Which of a computer's GPIO chips has the 40-pin header, by its label and never by its number.

A Raspberry Pi 5 has five chips. The header's was number 4, then 0 (raspberrypi/linux#6144), and
newer kernels number all of them from 11 (adafruit/Adafruit_Blinka#1119). gpiozero 2.0.1 takes 4
where there is one, else 0. Danger: line 27 of a chip that is not the header's may be anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hardware.errors import PinError

DEVICES: Final = Path("/dev")
LABELS: Final = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""The header's chip of a Raspberry Pi 5; of a 4, a 400 and a CM4; of those before."""
EMULATED: Final = ".pl061"
"""How the label of the one chip of QEMU's "virt" machine ends."""


def open_header(devices: Path | None = None) -> Any:
    """Return gpiozero's lgpio factory on the header's chip; raises :class:`PinError`.

    ``devices`` is the folder of the ``gpiochip`` devices. Whoever gets the factory closes it.
    """
    try:
        import lgpio
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        why = (
            f"lgpio is not installed ({error}); on a Raspberry Pi install python3-lgpio, "
            "elsewhere use --simulate"
        )
        raise PinError(why) from error
    seen = []
    for number in _numbers(devices or DEVICES):
        try:
            label = _label(lgpio, number)
        except lgpio.error as error:
            seen.append(f"gpiochip{number}: {error}")
            continue
        if label in LABELS or label.endswith(EMULATED):
            try:
                return LGPIOFactory(chip=number)
            except Exception as error:
                raise PinError(f"gpiochip{number} ({label}) cannot be opened: {error}") from error
        seen.append(f"gpiochip{number}: {label}")
    raise PinError(
        "no GPIO chip here is a Raspberry Pi's 40-pin header "
        f"({', '.join(seen) or 'there is none at all'}); elsewhere use --simulate"
    )


def _numbers(devices: Path) -> list[int]:
    """Return the chips' numbers; a link to another's device is the same chip once more."""
    found = {path.resolve().name for path in devices.glob("gpiochip*")}
    numbers = (name.removeprefix("gpiochip") for name in found)
    return sorted(int(number) for number in numbers if number.isdecimal())


def _label(lgpio: Any, number: int) -> str:
    handle = lgpio.gpiochip_open(number)
    try:
        _status, _lines, _name, label = lgpio.gpio_get_chip_info(handle)
    finally:
        lgpio.gpiochip_close(handle)
    return str(label)
