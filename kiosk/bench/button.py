"""What stands beside the emergency stop: gpiozero alone, on mock pins, in an idle process.

    python -m kiosk.bench.button

The least that anybody writes: ``Button.when_pressed = relay.off``. For each line that it is sent it
switches the relay on, lets the contact rest, presses it, and prints after how many microseconds the
relay's pin fell.
"""

from __future__ import annotations

import sys
import time
from typing import Any, Final

from gpiozero import Button, OutputDevice
from gpiozero.pins.mock import MockFactory

from hardware.simulator.pins import BOARD, SimulatedPin

BUTTON: Final = 17
RELAY: Final = 27
REST_S: Final = 0.01


def main() -> None:
    """Press it whenever it is asked for."""
    factory = MockFactory(revision=BOARD, pin_class=SimulatedPin)
    relay = OutputDevice(RELAY, pin_factory=factory)
    button = Button(BUTTON, pin_factory=factory)
    button.when_pressed = relay.off
    contact: Any = factory.pin(BUTTON)
    moved: list[tuple[float, bool]] = []
    factory.pin(RELAY).on_change = lambda high: moved.append((time.monotonic(), high))
    for _ in sys.stdin:
        contact.drive_high()
        relay.on()
        moved.clear()
        time.sleep(REST_S)
        pressed_s = time.monotonic()
        contact.drive_low()
        [(fell_s, high)] = moved
        if high:
            sys.exit("the relay did not fall")
        print((fell_s - pressed_s) * 1e6, flush=True)


if __name__ == "__main__":
    main()
