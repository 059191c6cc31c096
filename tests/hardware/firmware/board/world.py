"""A belt that moves past an encoder, as the made-up board's pins see it. Runs in MicroPython.

The plan (argv[1], JSON): {"mm": mm per period, "lean": share of a period between A's edge and B's,
"legs": [[km/h, seconds], ...], "key": [[second, level], ...], "sparks": [second, ...],
"one_channel": bool, "real": bool (the clock runs with the world's)}.
"""

import json
import sys

import utime

with open(sys.argv[1]) as file:
    PLAN = json.load(file)
TICKS = 1 << 30
_began = utime.ticks_us()
_passed = 0
now_us = 0
pins = {}
_firing = False


def _edges():
    """Give (microsecond, A, B) of every change, in turn."""
    mm, lean = PLAN["mm"], PLAN.get("lean", 0.25)
    # Where in a period A and B change: A leads while the belt goes forwards.
    places = ((0.1, 1, 0), (0.1 + lean, 1, 1), (0.6, 0, 1), (0.6 + lean, 0, 0))
    at_us, at_mm = 0.0, 0.0
    for kmh, seconds in PLAN["legs"]:
        mm_us = kmh / 3600
        end_mm = at_mm + mm_us * seconds * 1e6
        step = 1 if kmh > 0 else -1
        number = int(at_mm // mm) * 4 - 8
        if step < 0:
            number += 20
        while kmh:
            period, place = number // 4, number % 4
            edge_mm = (period + places[place][0]) * mm
            if (edge_mm - end_mm) * step > 0:
                break
            if (edge_mm - at_mm) * step > 0:
                # Backwards over an edge: what stood before it.
                _, a, b = places[place if step > 0 else (place - 1) % 4]
                yield int(at_us + (edge_mm - at_mm) / mm_us), a, b
            number += step
        at_us += seconds * 1e6
        at_mm = end_mm


def _events():
    """Every change there will be: (microsecond, what, levels), the first one last."""
    others = [(int(s * 1e6), "key", level) for s, level in PLAN.get("key", ())]
    others += [(int(s * 1e6), "spark", None) for s in PLAN.get("sparks", ())]
    others.sort(key=lambda event: event[0])
    # Merged, not sorted: MicroPython's sort takes for ever over what is in order already.
    found = []
    for us, a, b in _edges():
        while others and others[0][0] <= us:
            found.append(others.pop(0))
        found.append((us, "ab", (a, b)))
    found += others
    found.reverse()
    return found


_left = _events()


def until(us):
    """Let everything happen that happens up to a microsecond."""
    global now_us, _firing
    _firing = True
    while _left and _left[-1][0] <= us:
        at_us, what, levels = _left.pop()
        now_us = max(now_us, at_us)
        if what == "ab":
            # Of two pins that change at once the second one's interrupt sees both new.
            for name, level in zip(("a", "b"), levels):
                pins[name].put(level)
        elif what == "key":
            pins["key"].put(levels)
        else:
            jump = pins["a"].level ^ 1, pins["b"].level ^ 1
            pins["a"].level, pins["b"].level = jump
            pins["a"].call()
    now_us = max(now_us, us)
    _firing = False


def clock():
    """Return the microsecond it is, and let happen what is due."""
    global _passed, _began
    if not _firing and PLAN.get("real"):
        now = utime.ticks_us()
        _passed += utime.ticks_diff(now, _began)
        _began = now
        until(_passed)
    return now_us


def sleep(us):
    """Let time pass."""
    if PLAN.get("real"):
        utime.sleep_us(us)
        clock()
    else:
        until(now_us + us)
