"""The service's stop step: drive the permit pin off, whatever became of the guard.

A Raspberry Pi keeps a pin driven after its process was killed (raspberrypi/linux#6117). Then
nothing takes the permit away but this, and the pull-down that is wired beside the pin.

Which pin, and which level is "off", is what the dead guard drove, whatever stands in the settings
by now: each guard notes it before it claims the pin. Without a note no guard has driven anything
since the service was started, so the settings are asked; and where those cannot be used either,
the pin is left alone. Danger: a guess would switch on a relay that is active low, or drive another
site's input. What is left alone is an input that the relay's own resistor holds off.
"""

from __future__ import annotations

import os
from typing import Any, Final

import msgspec

from hardware.gpiochip import open_header
from hardware.panel import PermitOutput
from hardware.settings import GuardSettings, runtime_folder

NOTE: Final = "permit.json"


def note(settings: GuardSettings) -> None:
    """Note what is about to be driven, in the service's folder; raises OSError.

    systemd removes that folder after the stop step. A guard that is no service has no stop step.
    """
    if os.environ.get("RUNTIME_DIRECTORY"):
        place = runtime_folder() / NOTE
        new = place.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(settings))
        new.replace(place)


def noted() -> GuardSettings | None:
    """Return what the service's last guard noted; None: it noted nothing that can be read."""
    if not os.environ.get("RUNTIME_DIRECTORY"):
        return None
    try:
        return msgspec.json.decode((runtime_folder() / NOTE).read_bytes(), type=GuardSettings)
    except (OSError, ValueError, RecursionError):
        return None


def drive_off(settings: GuardSettings, factory: Any = None) -> PermitOutput | None:
    """Claim the permit's pin and drive it to "off"; None where the site has no such pin.

    Raises :class:`hardware.errors.PinError`, as where a living guard holds the pin. Whoever calls
    it must end the process by ``os._exit``: gpiozero's own ending, like this object's, makes an
    input of the pin, and that floats where the pull-down is missing.
    """
    if settings.treadmill.permit == "none":
        return None
    if factory is None:
        factory = open_header()
    return PermitOutput(settings.pins, settings.treadmill, factory)
