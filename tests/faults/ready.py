"""Group 8: each ready check alone keeps the permit off, and what staff must clear stays latched.

No real time: the interlock itself. Each case ends with the permit given once its cause is gone, so
that nothing else had refused it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from hardware.link import Check, Reason
from tests.faults.bounds import shipped
from tests.faults.frame import Case, Lab, Part
from tests.hardware.test_interlock_table import (
    BY_NAME,
    EVER,
    MS,
    TERMS,
    S,
    Site,
    ready_check,
    trip,
    walking,
)

RED: dict[str, tuple[Check, dict[str, object], dict[str, object]]] = {
    "belt-moves": (Check.BELT, {"speed_kmh": 0.05}, {"speed_kmh": 0.0}),
    "belt-unknown": (Check.BELT, {"speed_kmh": None}, {"speed_kmh": 0.0}),
    "left-rail": (Check.RAILS, {"rail_left": False}, {"rail_left": True}),
    "right-rail": (Check.RAILS, {"rail_right": False}, {"rail_right": True}),
    "relay-welded": (Check.RELAY, {"relay": True}, {"relay": False}),
}
"""What alone is wrong, which check says so, and how it is mended."""
STAFF = (
    Reason.ESTOP,
    Reason.SENSOR_LOST,
    Reason.SENSOR_FAULT,
    Reason.PERMIT_INEFFECTIVE,
    Reason.UNEXPECTED_MOTION,
)
"""What safety.md gives to the staff to clear, and nobody else."""


def refused(site: Site, *checks: Check) -> None:
    """Assert that the permit is refused for just these checks."""
    assert site.failing() == checks, f"{site.failing()}, not {checks}"
    assert not site.grant(), f"a permit, and {checks} failed"


def given(site: Site) -> None:
    """Assert that nothing stands in the way any more."""
    assert site.grant(), f"refused for {site.failing()} and {site.state.causes}"


def red() -> dict[str, Callable[[random.Random], None]]:
    """Return a case for each check that a wire or the belt can turn red by itself."""
    cases = {}
    for name, (check, wrong, mended) in RED.items():

        def alone(
            _dice: random.Random,
            check: Check = check,
            wrong: dict[str, object] = wrong,
            mended: dict[str, object] = mended,
        ) -> None:
            site = ready_check(limits=shipped())
            site.set(**wrong).judge()
            refused(site, check)
            site.set(**mended).judge()
            given(site)

        cases[name] = alone
    return cases


def well_again(
    check: Check, wrong: dict[str, object], right: dict[str, object], hold_ns: int
) -> Callable[[random.Random], None]:
    """Return a case: what is well again must have been so for a while, to the nanosecond."""

    def waits(_dice: random.Random) -> None:
        site = ready_check(limits=shipped())
        site.set(**wrong).judge()
        site.set(**right).judge()
        site.judge(hold_ns - 1)
        refused(site, check)
        site.judge(1)
        given(site)

    return waits


def sensor_mute(_dice: random.Random) -> None:
    """Where a site bears a mute sensor for a second, what it said stands for half of one."""
    site = ready_check(limits=replace(shipped(), sensor_lost_ns=1 * S))
    site.set(hearing=False, using=False).judge(500 * MS - 1)
    assert site.failing() == ()
    site.judge(1)
    refused(site, Check.SENSOR)
    site.set(hearing=True, using=True).judge()
    site.judge(2 * S)
    given(site)


def stop_pressed(_dice: random.Random) -> None:
    """A STOP wins over a request that was under way: for half a second nobody gets a permit."""
    site = ready_check(limits=shipped())
    site.judge(stop=True)
    assert not site.grant()
    site.judge(500 * MS - 1)
    refused(site)
    site.judge(1)
    given(site)


def rails_not_opened(_dice: random.Random) -> None:
    """Rails that nobody let go of since the last walk may be a short circuit."""
    site = walking(limits=shipped())
    site.judge(ending="finished")
    site.set(speed_kmh=0.0).end_session().judge(EVER)
    site.begin_check(TERMS).judge()
    refused(site, Check.RAILS_OPENED)
    opened(site)
    given(site)


def opened(site: Site) -> None:
    """Let go of both rails and take them again."""
    site.set(rail_left=False, rail_right=False).judge()
    site.set(rail_left=True, rail_right=True).judge()


def latched(reason: Reason) -> Callable[[random.Random], None]:
    """Return a case: the cause is gone, a new check begins, and only staff give it back."""

    def kept(_dice: random.Random) -> None:
        row = next(row for row in BY_NAME.values() if row.reason is reason)
        site = walking(limits=shipped())
        if reason in {Reason.PERMIT_INEFFECTIVE, Reason.UNEXPECTED_MOTION}:
            site.judge(ending="pause")
            site.set(speed_kmh=0.0 if reason is Reason.UNEXPECTED_MOTION else 1.0).judge()
            site.set(speed_kmh=1.0).judge()
            site.judge(8 * S)
        else:
            trip(site, row)
        assert reason in site.state.latched
        well = Site(shipped())
        site.set(**{name: well.world[name] for name in well.world if name != "faults"})
        site.judge(EVER)
        site.end_session()
        opened(site)
        site.begin_check(TERMS).judge()
        site.judge(EVER)
        refused(site, Check.LATCH)
        assert reason not in site.clear(), "staff cannot clear it"
        site.judge()
        given(site)

    return kept


def checks(_lab: Lab) -> Iterator[Case]:
    cases = red() | {
        "sensor-mended": well_again(Check.SENSOR, {"faulty": True}, {"faulty": False}, 2 * S),
        "sensor-mute": sensor_mute,
        "estop-closed": well_again(Check.ESTOP, {"estop": False}, {"estop": True}, 50 * MS),
        "stop-pressed": stop_pressed,
        "rails-not-opened": rails_not_opened,
    }
    for name, try_it in cases.items():
        yield Case(name, try_it)
    for reason in STAFF:
        yield Case(f"latched.{reason}", latched(reason))


PARTS = [Part(8, "ready", "each ready check alone, and each latch that only staff clear", checks)]
