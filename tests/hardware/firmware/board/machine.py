"""MicroPython's ``machine``, as far as the sensor's program uses it."""

import settings
import world

_NAMES = {settings.CHANNEL_A: "a", settings.CHANNEL_B: "b", settings.KEY: "key"}
_RESTS = {"a": 0, "b": 0, "key": 0}
fed = 0


class Pin:
    """A pin: its level, and whom it calls when that changes."""

    IN, OUT, PULL_UP = 0, 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, number, _way, _pull=None):
        self.name = _NAMES.get(number, "led")
        self.level = _RESTS.get(self.name, 0)
        self._handler, self._trigger = None, 0
        world.pins[self.name] = self

    def value(self, level=None):
        if level is None:
            return self.level
        self.level = level
        return None

    def irq(self, handler, trigger, hard):
        assert hard
        self._handler, self._trigger = handler, trigger

    def put(self, level):
        """The world changes it."""
        if level != self.level:
            self.level = level
            if self._trigger & (self.IRQ_RISING if level else self.IRQ_FALLING):
                self.call()

    def call(self):
        if self._handler is not None:
            self._handler(self)


class WDT:
    """The board's watchdog."""

    def __init__(self, timeout):
        self.timeout = timeout

    def feed(self):
        global fed
        fed += 1


def unique_id():
    return bytes((0xE6, 0x61, 0xA4, 0xD1, 0x17, 0x22, 0xB4, 0x2F))


def disable_irq():
    return 1


def enable_irq(_state):
    return None
