"""Ratios, goals and what counts as met."""

from __future__ import annotations

import itertools

import pytest

from kiosk.bench.frame import Figure, Goal, Result, Row, Series, Verdict, all_met
from kiosk.bench.lab import in_turn

SLOW = Series("slow", "ms", (300.0, 100.0, 200.0))
QUICK = Series("quick", "ms", (1.0, 3.0, 2.0))
BOTH = {"slow": SLOW, "quick": QUICK}


@pytest.mark.parametrize(
    ("count", "p99"), [(1, 1), (3, 3), (99, 99), (100, 99), (101, 100), (200, 198), (2000, 1980)]
)
def test_the_statistics_of_a_series(count: int, p99: float) -> None:
    series = Series("x", "ms", tuple(float(n) for n in range(count, 0, -1)))
    assert series.at("max") == count
    assert series.at("median") == (count + 1) / 2
    assert series.at("p99") == p99


@pytest.mark.parametrize(
    ("goal", "ratio", "met"),
    [
        (Goal("slow", "quick", at_most=100.0), 100.0, True),
        (Goal("slow", "quick", at_most=99.9), 100.0, False),
        (Goal("quick", "slow", at_most=0.01), 0.01, True),
        (Goal("quick", "slow", at_least=100.0), 100.0, True),
        (Goal("quick", "slow", at_least=100.1), 100.0, False),
        (Goal("slow", "quick", at_least=0.5), 0.01, False),
        (Goal("slow", at_most=200.0), 200.0, True),
        (Goal("slow", at_most=200.0, statistic="max"), 300.0, False),
        (Goal("slow", "quick", at_most=100.0, statistic="max"), 100.0, True),
        (Goal("slow", "not there", at_most=100.0), None, None),
        (Goal("not there", "quick", at_most=100.0), None, None),
    ],
)
def test_a_goal_is_judged(goal: Goal, ratio: float | None, met: bool | None) -> None:
    assert goal.judge(BOTH) == Verdict(goal, ratio, met)


def test_a_figure_of_nothing_at_all_meets_no_bound_on_how_slow_it_is() -> None:
    free = Series("free", "ms", (0.0,))
    verdict = Goal("slow", "free", at_most=3.0).judge({**BOTH, "free": free})
    assert verdict.met is False


def test_a_goal_can_be_read() -> None:
    assert Goal("a", "b", at_most=3.0).text == "a ≤ 3 × b"
    assert Goal("a", "b", at_least=100.0).text == "a: ≥ 100 × faster than b"
    assert Goal("a", at_most=10.0, statistic="max").text == "a, max ≤ 10"


def made(*goals: Goal, failed: str | None = None) -> Result:
    figure = None if failed else Figure([SLOW, QUICK])
    return Result(Row("row", "work", "beside", goals, lambda lab: Figure([])), figure, failed)


MET = Goal("slow", "quick", at_most=100.0)
MISSED = Goal("slow", "quick", at_most=1.0)
UNKNOWN = Goal("slow", "not there", at_most=1.0)


@pytest.mark.parametrize(
    ("results", "good"),
    [
        ([made(MET)], True),
        ([made(MET), made(MET, UNKNOWN)], True),
        ([made(MET), made(MET, MISSED)], False),
        ([made(UNKNOWN)], False),
        ([made()], False),
        ([], False),
        ([made(MET), made(MET, failed="no frame")], False),
    ],
)
def test_what_was_not_measured_is_not_met(results: list[Result], good: bool) -> None:
    assert all_met(results) == good


def test_a_row_that_failed_has_no_verdict_on_any_goal() -> None:
    assert [one.met for one in made(MET, MISSED, failed="no frame").verdicts] == [None, None]


def test_everybody_has_a_turn_in_each_round_after_anybody_else() -> None:
    turns = in_turn(["a", "b", "c"], 60)
    assert turns == in_turn(["a", "b", "c"], 60)
    assert [number for number, _ in turns] == [number for number in range(60) for _ in range(3)]
    rounds = ["".join(name for _, name in turns[at : at + 3]) for at in range(0, 180, 3)]
    assert {*map("".join, itertools.permutations("abc"))} == {*rounds}
