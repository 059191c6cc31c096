"""The service's stop step: drive the permit pin off, whatever became of the guard.

A Raspberry Pi keeps a pin driven after its process was killed (raspberrypi/linux#6117). Then
nothing takes the permit away but this, and the pull-down that is wired beside the pin.
"""

from __future__ import annotations

from typing import Any

from hardware.panel import PermitOutput
from hardware.settings import GuardSettings


def drive_off(settings: GuardSettings, factory: Any = None) -> PermitOutput | None:
    """Claim the permit's pin and drive it to "off"; None where the site has no such pin.

    Raises :class:`hardware.errors.PinError`, as where a living guard holds the pin. Whoever calls
    it must end the process by ``os._exit``: gpiozero's own ending, like this object's, makes an
    input of the pin, and that floats where the pull-down is missing.
    """
    if settings.treadmill.permit == "none":
        return None
    if factory is None:
        from hardware.guard import open_gpio

        factory = open_gpio()
    return PermitOutput(settings.pins, settings.treadmill, factory)
