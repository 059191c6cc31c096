"""Group 8 as well: every row of the interlock's table, on a real guard with its belt moving.

Each cause must drop the permit for its own reason, within its time and never before a person has
had the chance that the row gives, and nothing gives it back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hardware.link import BeginCheck, RequestPermit, Revoke, Terms
from tests.faults.frame import Case, Lab, Part
from tests.faults.sensor import rig_of
from tests.hardware.guard_rig import BUSY_S, Rig, wait_for

CAP_KMH = 2.0
WALK_KMH = 1.0
STAYS_OFF_S = 0.3
TIMES = 3


class Row(NamedTuple):
    """What is done, its reason, and when the permit falls at the earliest and the latest, in s."""

    reason: str
    do: Callable[[Rig], float]
    from_s: float
    within_s: float


def _alive_no_more(rig: Rig) -> float:
    since_s = time.monotonic()
    rig.kiosk.silent = True
    return since_s


def _told(rig: Rig) -> float:
    since_s = time.monotonic()
    rig.kiosk.say(Revoke("patron"))
    return since_s


# Until the belt is as fast as is asked of it, the ramp takes some of the time; one that turns shows
# it with its second edge only.
ROWS = {
    "estop": Row("estop", lambda rig: rig.pin("estop", 0), 0, 0.01),
    "key": Row("safety_key", lambda rig: rig.pin("key", 0), 0, 0.1),
    "runaway": Row("runaway", lambda rig: rig.speed(4.5, 12.0), 0.26, 0.2 + 0.17 + 0.1),
    "rails": Row("rails_released", lambda rig: rig.hands(0), 2.0, 2.02),
    "mute": Row("sensor_lost", lambda rig: rig.sensor("mute"), 0.47, 0.52),
    "fault-bit": Row("sensor_fault", lambda rig: rig.sensor("fault"), 0, 0.1 + 0.02),
    "overspeed": Row("overspeed", lambda rig: rig.speed(2.5), 0.7, 0.6 + 0.45),
    "backwards": Row("wrong_direction", lambda rig: rig.speed(-0.6, 12.0), 0.3, 0.4 + 0.1 + 0.1),
    "silent": Row("kiosk_lost", _alive_no_more, 0.75, 1.0),
    "stop": Row("patron", _told, 0, 0.1),
    "stop-button": Row("patron", lambda rig: rig.blip("stop_button", 1), 0, 0.1),
}


def rows(lab: Lab) -> Iterator[Case]:
    rig = rig_of(lab)
    wanted = [(name, number) for number in range(TIMES) for name in ROWS]
    for name, number in lab.some(wanted, 3):

        def happens(_dice: random.Random, row: Row = ROWS[name]) -> None:
            one = rig()
            one.grant(cap_kmh=CAP_KMH, kmh=WALK_KMH)
            since_s = row.do(one)
            fell_s = one.fell() - since_s
            assert row.from_s <= fell_s < row.within_s + BUSY_S, f"after {fell_s:.3f} s"
            one.stopped(row.reason)
            one.kiosk.silent = False
            one.kiosk.say(RequestPermit())
            time.sleep(STAYS_OFF_S)
            assert one.state()["permit"] == 0, "it came back"

        yield Case(f"{name}.{number}", happens)
    alarms = {"disobeys": _disobeys, "starts-by-itself": _starts_by_itself}
    for name in lab.some(list(alarms), 0):
        yield Case(name, lambda _dice, work=alarms[name]: work(rig()))


def _disobeys(rig: Rig) -> None:
    """The belt goes on without a permit: the alarm comes after 8 s, and not before."""
    rig.grant(cap_kmh=CAP_KMH, kmh=WALK_KMH)
    rig.speed(WALK_KMH, force=True)
    rig.kiosk.say(Revoke("pause"))
    fell_s = rig.fell()
    wait_for(lambda: "permit_ineffective" in rig.kiosk.status.latched, 12.0)
    told_s = time.monotonic() - fell_s
    assert 8.0 <= told_s < 8.1 + BUSY_S, f"after {told_s:.3f} s"
    rig.speed(0.0, force=True)


def _starts_by_itself(rig: Rig) -> None:
    """In a session the belt rests, and then moves without a permit."""
    rig.grant(cap_kmh=CAP_KMH)
    rig.kiosk.say(Revoke("pause"))
    rig.fell()
    rig.kiosk.settled()
    since_s = rig.speed(WALK_KMH, 12.0, force=True)
    wait_for(lambda: "unexpected_motion" in rig.kiosk.status.latched)
    told_s = time.monotonic() - since_s
    assert 0.5 <= told_s < 0.6 + 0.1 + BUSY_S, f"after {told_s:.3f} s"
    rig.kiosk.say(BeginCheck(Terms(CAP_KMH, "both")))
    rig.kiosk.say(RequestPermit())
    time.sleep(STAYS_OFF_S)
    assert rig.state()["permit"] == 0
    rig.speed(0.0, force=True)


PARTS = [Part(8, "rows", "every row of the interlock, in time, never early, never back", rows)]
