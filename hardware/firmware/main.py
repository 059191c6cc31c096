"""The belt sensor on a Raspberry Pi Pico (MicroPython): wires, interrupts and the serial port.

MicroPython runs this file at power-up. What it says goes out over USB, 50 frames a second.
"""

import gc
import sys
import time

import machine
import micropython
import settings
from belt_sensor import Counter, Sensor

FRAME_MS = 20


def run(write=None, frames=None):
    """Say what the belt does, for ever; ``frames`` ends it earlier, for tests."""
    write = write or sys.stdout.buffer.write
    counter = watched(settings.CHANNEL_A, settings.CHANNEL_B)
    key = key_of(settings.KEY, counter)
    led = machine.Pin(settings.LED, machine.Pin.OUT)
    serial = "PICO-" + "".join(f"{byte:02X}" for byte in machine.unique_id())
    sensor = Sensor(
        counter,
        time.ticks_us,
        time.ticks_diff,
        serial,
        machine.disable_irq,
        machine.enable_irq,
    )
    watchdog = machine.WDT(timeout=settings.WATCHDOG_MS) if settings.WATCHDOG_MS else None
    due = time.ticks_ms()
    number = 0
    while frames is None or number < frames:
        key_out = key is not None and key.value() == 1
        write(sensor.frame(key_out))
        if watchdog is not None:
            watchdog.feed()
        led.value(1 if key_out or number % 50 < 3 else 0)
        number += 1
        # A collection takes a millisecond or two: here, where there is time, not in a frame.
        gc.collect()
        due = time.ticks_add(due, FRAME_MS)
        left_ms = time.ticks_diff(due, time.ticks_ms())
        if left_ms > 0:
            time.sleep_ms(left_ms)
        else:
            due = time.ticks_ms()


def watched(channel_a, channel_b):
    """Return a counter that hears the encoder's edges."""
    a = machine.Pin(channel_a, machine.Pin.IN, machine.Pin.PULL_UP)
    if channel_b is None:
        counter = Counter()
        a.irq(
            lambda _pin: counter.pulse(time.ticks_us()),
            trigger=machine.Pin.IRQ_RISING,
            hard=True,
        )
        return counter
    b = machine.Pin(channel_b, machine.Pin.IN, machine.Pin.PULL_UP)
    counter = Counter(a.value() << 1 | b.value())

    def heard(_pin):
        counter.edge(a.value() << 1 | b.value(), time.ticks_us())

    both = machine.Pin.IRQ_RISING | machine.Pin.IRQ_FALLING
    a.irq(heard, trigger=both, hard=True)
    b.irq(heard, trigger=both, hard=True)
    return counter


def key_of(number, counter):
    """Return the key's pin (1: out, or its wire is broken), or None; a blink is kept too."""
    if number is None:
        return None
    key = machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)
    key.irq(
        lambda _pin: counter.key_is_out(),
        trigger=machine.Pin.IRQ_RISING,
        hard=True,
    )
    return key


if __name__ == "__main__":
    # An error inside an interrupt can only be told with memory that was set aside before it.
    micropython.alloc_emergency_exception_buf(100)
    # A byte 3 on the line is noise here, and must not end the program.
    micropython.kbd_intr(-1)
    run()
