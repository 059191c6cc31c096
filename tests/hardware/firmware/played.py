"""Plays edges to the firmware's own code, in MicroPython; the lines it makes come out.

Standard input, JSON lines: {"new": {...}} how Sensor and Counter begin · ["e", A and B, us] an edge
· ["p", us] a pulse of one channel · ["k"] the key blinks · ["f", us, key_out] a frame is asked for
· ["c", text] only a payload's line.
"""

import json
import sys

from belt_sensor import Counter, Sensor, compose

TICKS = 1 << 30
now = 0


def diff(a, b):
    return (a - b + TICKS // 2) % TICKS - TICKS // 2


for line in sys.stdin:
    if not line.strip():
        continue
    what = json.loads(line)
    if isinstance(what, dict):
        new = what["new"]
        now = new.get("ticks", 0)
        counter = Counter(new.get("state", 0))
        sensor = Sensor(
            counter,
            lambda: now % TICKS,
            diff,
            "TEST",
            lambda: None,
            lambda _held: None,
            new.get("clock_us", 0),
            new.get("count", 0),
        )
    elif what[0] == "e":
        counter.edge(what[1], what[2] % TICKS)
    elif what[0] == "p":
        counter.pulse(what[1] % TICKS)
    elif what[0] == "k":
        counter.key_is_out()
    elif what[0] == "f":
        now = what[1]
        sys.stdout.write(sensor.frame(what[2]).decode())
    else:
        sys.stdout.write(compose(what[1]).decode())
