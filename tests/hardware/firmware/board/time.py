"""MicroPython's ``time``, on the made-up board's clock."""

import world

_HALF = world.TICKS // 2


def ticks_us():
    """Return the microseconds, which wrap."""
    return world.clock() % world.TICKS


def ticks_ms():
    """Return the milliseconds, which wrap."""
    return world.clock() // 1000 % world.TICKS


def ticks_add(ticks, delta):
    """Return ticks moved on."""
    return (ticks + delta) % world.TICKS


def ticks_diff(a, b):
    """Return a - b, with its sign."""
    return (a - b + _HALF) % world.TICKS - _HALF


def sleep_ms(ms):
    """Let time pass."""
    world.sleep(ms * 1000)
