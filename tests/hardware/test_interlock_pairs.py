"""Two causes in one pass: the higher in the table is the reason. Later ones are only added."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import pytest

from hardware.interlock import State
from hardware.link import Reason
from tests.hardware.test_interlock_table import (
    BY_NAME,
    CAP,
    ORDER,
    ROWS,
    STATES,
    WALKING_KMH,
    Row,
    S,
    Site,
    coasting,
    trip,
    walking,
)

SPEEDS = {
    Reason.RUNAWAY: CAP + 1.01,
    Reason.OVERSPEED: CAP + 0.31,
    Reason.UNEXPECTED_MOTION: 0.21,
}


def trip_together(site: Site, rows: tuple[Row, ...]) -> State:
    """Begin each row its own hold before one common pass, and return the state after that pass."""
    at_ns = site.now + 20 * S
    for row in rows:
        if row.reason is Reason.PERMIT_INEFFECTIVE:
            assert site.state.revoked_ns is not None
            at_ns = site.state.revoked_ns + row.hold_ns
    base_kmh = abs(site.world["speed_kmh"])
    begun: list[Row] = []
    for pass_ns in sorted({at_ns, *(at_ns - row.hold_ns for row in rows)}):
        if pass_ns <= site.now:
            continue
        # What counts from the last good news is still good in the pass that its hold begins with.
        begun = [row for row in rows if at_ns - row.hold_ns + row.hears <= pass_ns]
        for row in begun:
            site.set(**{k: v for k, v in row.begin.items() if k != "speed_kmh"})
        reasons = {row.reason for row in begun}
        size = max([base_kmh, *(SPEEDS[reason] for reason in reasons & SPEEDS.keys())])
        if reasons & {Reason.WRONG_DIRECTION}:
            size = -max(size, 0.21)
        site.set(speed_kmh=size)
        site.judge(pass_ns - site.now, **(rows[0].once | rows[1].once if pass_ns == at_ns else {}))
        if pass_ns < at_ns:
            assert not {row.reason for row in rows} & set(site.state.causes)
    return site.state


def pairs(state: str) -> list[tuple[str, str]]:
    """Every two rows of different reasons that can be true together in this state."""
    there = [row for row in ROWS if state in row.seen_in]
    return [
        (a.name, b.name)
        for a, b in combinations(there, 2)
        if a.reason is not b.reason
        # A sensor that is not heard is lost, not unusable.
        and (a.reason, b.where) != (Reason.SENSOR_LOST, "unusable")
    ]


def sorted_reasons(*rows: Row) -> tuple[Reason, ...]:
    return tuple(sorted((row.reason for row in rows), key=ORDER.index))


@pytest.mark.parametrize(("one", "other"), pairs("walking"))
def test_of_two_causes_in_one_pass_the_higher_is_the_reason_and_both_latch(
    one: str, other: str
) -> None:
    rows = (BY_NAME[one], BY_NAME[other])
    site = walking()
    state = trip_together(site, rows)
    both = sorted_reasons(*rows)
    assert state.causes == both
    assert state.latched == both
    assert state.reason == both[0]
    assert state.revokes == 1


@pytest.mark.parametrize(("one", "other"), pairs("coasting"))
def test_while_the_belt_coasts_two_causes_latch_and_the_reason_stays(one: str, other: str) -> None:
    rows = (BY_NAME[one], BY_NAME[other])
    site = coasting()
    state = trip_together(site, rows)
    both = sorted_reasons(*rows)
    assert set(state.causes) >= set(both)
    assert state.causes == tuple(sorted(state.causes, key=ORDER.index))
    assert set(state.latched) >= set(both)
    assert (state.reason, state.revokes) == ("pause", 1)


@pytest.mark.parametrize("name", sorted(set(STATES) - {"walking", "coasting", "service_walking"}))
def test_without_a_permit_causes_are_listed_in_the_tables_order(name: str) -> None:
    for one, other in pairs(name):
        rows = (BY_NAME[one], BY_NAME[other])
        site = STATES[name]()
        own_cap = name in {"ready_check", "paused"}
        if not own_cap and {Reason.RUNAWAY, Reason.OVERSPEED} & {row.reason for row in rows}:
            # Another cap holds in this state; the single rows are tested there.
            continue
        causes = trip_together(site, rows).causes
        assert set(causes) >= {one.reason for one in rows}, rows
        assert causes == tuple(sorted(causes, key=ORDER.index))


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (a.name, b.name)
        for a, b in permutations(ROWS, 2)
        if a.reason is not b.reason
        and "walking" in a.seen_in
        and ("walking" in b.seen_in or b.reason is Reason.PERMIT_INEFFECTIVE)
    ],
)
def test_a_later_cause_is_added_and_does_not_change_the_reason(first: str, later: str) -> None:
    site = walking()
    one, other = at_cap(BY_NAME[first]), at_cap(BY_NAME[later])
    trip(site, one)
    fixed = (site.state.reason, site.state.revokes, site.state.revoked_ns)
    site.set(**{**one.end, "speed_kmh": WALKING_KMH}).judge()
    trip(site, other)
    assert (site.state.reason, site.state.revokes, site.state.revoked_ns) == fixed
    assert fixed[0] == one.reason
    assert site.state.latched == (one.reason, other.reason)
    site.judge()
    assert site.state.latched == (one.reason, other.reason), "each is latched once"


def at_cap(row: Row) -> Row:
    speed = SPEEDS.get(row.reason)
    return row if speed is None else replace(row, begin={"speed_kmh": speed})


def test_a_cause_and_an_ordinary_end_in_one_pass_are_the_cause() -> None:
    for ending in ("pause", "finished", "no_motion", "closed"):
        site = walking()
        state = site.set(key=False).judge(ending=ending)
        assert state.reason == Reason.SAFETY_KEY
        assert state.latched == (Reason.SAFETY_KEY,)
