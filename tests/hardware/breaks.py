"""Preludes of a guard process (``guard_rig.Rig``) that break or hang at a chosen cause."""

BREAKS_ON_BOOM = """
import hardware.core
feed = hardware.core.GuardCore.feed
def breaking(self, data, now_ns):
    if b"BOOM" in data:
        raise RuntimeError("boom")
    feed(self, data, now_ns)
hardware.core.GuardCore.feed = breaking
"""
PORT_BREAKS_ON_BOOM = """
import hardware.belt.port
hand_over = hardware.belt.port.BeltPort._hand_over
def breaking(self, data):
    if b"BOOM" in data:
        raise RuntimeError("boom")
    hand_over(self, data)
hardware.belt.port.BeltPort._hand_over = breaking
"""
CALLBACK_BREAKS = """
import sys, hardware.loop
wake = hardware.loop.Wakeup.wake
def breaking(self):
    caller = sys._getframe(1).f_locals
    if caller.get("name") == "key" and not caller["level"]:
        raise RuntimeError("boom")
    wake(self)
hardware.loop.Wakeup.wake = breaking
"""
SIMULATOR_BREAKS = """
import hardware.simulator.sensor as sensor
lines = sensor.SimulatedSensor.lines
def breaking(self, now_s):
    if self._seq > 250:
        raise RuntimeError("boom")
    return lines(self, now_s)
sensor.SimulatedSensor.lines = breaking
"""
HANGS_ON_BOOM = """
import time, hardware.core
feed = hardware.core.GuardCore.feed
def hanging(self, data, now_ns):
    if b"BOOM" in data:
        time.sleep(30)
    feed(self, data, now_ns)
hardware.core.GuardCore.feed = hanging
"""
