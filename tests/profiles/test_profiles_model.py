"""Steps and programs hold the bounds, for any numbers."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.errors import DefinitionError, ProfilesError, ProgramError
from profiles.model import (
    MAX_CAP_KMH,
    MAX_INCLINE_PCT,
    MAX_STEP_S,
    MINUTES,
    Program,
    Step,
    StepPattern,
)

STEP: dict[str, Any] = {"name": "main", "s": 30, "low_kmh": 0.8, "high_kmh": 2, "incline_pct": 0}
MAIN = StepPattern(name="main", low_kmh=0.8, high_kmh=2.0)
BAD_STEPS = [
    ("s", 0),
    ("s", -1),
    ("s", MAX_STEP_S + 1),
    ("s", math.nan),
    ("s", math.inf),
    ("low_kmh", -0.1),
    ("low_kmh", 2.1),
    ("low_kmh", math.nan),
    ("high_kmh", 5.01),
    ("high_kmh", 0.7),
    ("high_kmh", math.nan),
    ("incline_pct", -1),
    ("incline_pct", 10.1),
    ("incline_pct", math.nan),
]


def program(**changes: Any) -> Program:
    """A small sound program with ``changes``."""
    sound: dict[str, Any] = {
        "id": "test-walk",
        "version": 1,
        "name": "Test",
        "tagline": "t",
        "purpose": "p",
        "evidence": "e",
        "evidence_grade": "low",
        "dose": "d",
        "disclaimer": "d",
        "audience": "anyone",
        "cap_kmh": 2.4,
        "minutes": (5, 10),
        "default_minutes": 5,
        "pattern": (MAIN,),
    }
    return Program(**(sound | changes))


def test_the_bounds_are_those_of_the_safety_page() -> None:
    assert (MAX_CAP_KMH, MAX_INCLINE_PCT, MINUTES, MAX_STEP_S) == (5.0, 10.0, (1, 60), 3600)


def test_a_step_of_a_recording_is_read() -> None:
    line = b'{"name": "main", "s": 30, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}'
    assert msgspec.json.decode(line, type=Step) == Step("main", 30.0, 0.8, 2.0, 0.0)
    assert msgspec.json.decode(msgspec.json.encode(Step("a", 1, 0, 0)), type=Step).incline_pct == 0


def test_steps_on_the_very_bound_are_taken() -> None:
    assert Step("x", 3600, 5.0, 5.0, 10.0).high_kmh == MAX_CAP_KMH
    assert Step("x", 0.1, 0.0, 0.0).low_kmh == 0


@pytest.mark.parametrize(("key", "value"), BAD_STEPS)
def test_a_step_out_of_bounds_is_refused_when_built(key: str, value: float) -> None:
    with pytest.raises(ProgramError, match=key):
        Step(**(STEP | {key: value}))


@pytest.mark.parametrize(("key", "value"), BAD_STEPS)
def test_a_step_out_of_bounds_is_refused_when_decoded(key: str, value: float) -> None:
    with pytest.raises(msgspec.ValidationError, match=key):
        msgspec.convert(STEP | {key: value}, Step)


@pytest.mark.parametrize(
    "change", [{"colour": 1}, {"name": ""}, {"name": "x" * 41}, {"s": "30"}, {"s": True}]
)
def test_a_step_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(STEP | change, Step)


def test_a_step_is_frozen_and_checked_again_when_replaced() -> None:
    step = Step(**STEP)
    with pytest.raises(AttributeError):
        step.s = 1.0  # type: ignore[misc]
    with pytest.raises(ProgramError, match="incline_pct"):
        msgspec.structs.replace(step, incline_pct=11.0)


def test_errors_are_also_the_built_in_they_refine() -> None:
    assert issubclass(ProgramError, DefinitionError)
    assert issubclass(DefinitionError, ProfilesError)
    assert issubclass(DefinitionError, ValueError)


BAD_PROGRAMS: list[tuple[dict[str, Any], str]] = [
    ({"cap_kmh": 5.1}, "cap_kmh is 5.1; make it over 0 and at most 5.0"),
    ({"cap_kmh": 0.0}, "cap_kmh is 0.0"),
    ({"cap_kmh": math.nan}, "cap_kmh is nan"),
    ({"cap_kmh": 1.9}, r"steps\[0\].high_kmh 2.0 is over cap_kmh 1.9; lower it, or raise"),
    ({"minutes": ()}, "minutes must ascend"),
    ({"minutes": (10, 5)}, "minutes must ascend.*sort them"),
    ({"minutes": (5, 5)}, "minutes must ascend.*drop the doubles"),
    ({"minutes": (0, 5)}, "minutes must be 1 to 60; drop"),
    ({"minutes": (5, 61)}, "minutes must be 1 to 60; drop"),
    ({"default_minutes": 6}, "default_minutes is 6; make it one of 5, 10"),
    ({"pattern": ()}, "steps: 0 of them leave out s; exactly one must"),
    ({"pattern": (MAIN, MAIN)}, "steps: 2 of them leave out s"),
    (
        {"pattern": (MAIN, StepPattern(name="x", s=300, low_kmh=1, high_kmh=1))},
        "take 300 s and leave nothing for the main step at 5 minutes; shorten",
    ),
    (
        {"pattern": (StepPattern(name="main", low_kmh=1, high_kmh=1, incline_pct=1),)},
        'audience must be "staff" where a step has an incline',
    ),
]


@pytest.mark.parametrize(("changes", "told"), BAD_PROGRAMS)
def test_a_program_that_contradicts_itself_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ProgramError, match=told):
        program(**changes)


def test_one_second_for_the_main_step_is_enough() -> None:
    tight = program(pattern=(StepPattern(name="x", s=299, low_kmh=1, high_kmh=1), MAIN))
    assert [step.s for step in tight.steps(5)] == [299.0, 1.0]


def test_one_hour_in_one_step_is_the_most() -> None:
    long = program(minutes=(1, 60), default_minutes=60)
    assert long.steps()[0].s == long.planned_s() == 3600.0


def test_minutes_it_does_not_have_are_refused_naming_those_it_has() -> None:
    for wrong in (0, -5, 4, 6, 11, 600):
        for ask in (program().steps, program().planned_s):
            with pytest.raises(ProgramError, match=f"{wrong}; choose one of 5, 10$"):
                ask(wrong)


def test_the_schema_made_of_it_tells_the_bounds() -> None:
    keys = msgspec.json.schema(Step)["$defs"]["Step"]["properties"]
    for key, most in (("low_kmh", 5.0), ("high_kmh", 5.0), ("incline_pct", 10.0)):
        assert (keys[key]["minimum"], keys[key]["maximum"]) == (0.0, most)
    assert (keys["s"]["exclusiveMinimum"], keys["s"]["maximum"]) == (0.0, 3600)
    assert "steps" in msgspec.json.schema(Program)["$defs"]["Program"]["properties"]


@st.composite
def bands(draw: st.DrawFn) -> tuple[float, float]:
    """A low and a high speed within the hard bound."""
    low, high = sorted(draw(st.tuples(*[st.floats(0.0, MAX_CAP_KMH)] * 2)))
    return low, high


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Any program that may exist."""
    minutes = tuple(sorted(draw(st.sets(st.integers(*MINUTES), min_size=1, max_size=8))))
    left = minutes[0] * 60 - 1
    pattern: list[StepPattern] = []
    for i in range(draw(st.integers(0, 4))):
        if left < 1:
            break
        s = draw(st.integers(1, left))
        left -= s
        pattern.append(_pattern(draw, f"step {i}", s))
    pattern.insert(draw(st.integers(0, len(pattern))), _pattern(draw, "main", None))
    cap = max([0.1, *(step.high_kmh for step in pattern)])
    return program(
        minutes=minutes,
        default_minutes=draw(st.sampled_from(minutes)),
        pattern=tuple(pattern),
        audience="staff",
        cap_kmh=draw(st.floats(cap, MAX_CAP_KMH)),
    )


def _pattern(draw: st.DrawFn, name: str, s: int | None) -> StepPattern:
    low, high = draw(bands())
    incline = draw(st.floats(0.0, MAX_INCLINE_PCT))
    return StepPattern(name=name, s=s, low_kmh=low, high_kmh=high, incline_pct=incline)


@given(programs())
def test_steps_fill_every_length_exactly_within_all_bounds(any_program: Program) -> None:
    for minutes in any_program.minutes:
        steps = any_program.steps(minutes)
        assert sum(step.s for step in steps) == minutes * 60 == any_program.planned_s(minutes)
        assert len(steps) == len(any_program.pattern)
        for step, pattern in zip(steps, any_program.pattern, strict=True):
            assert step.s > 0
            assert pattern.s is None or step.s == pattern.s
            assert 0 <= step.low_kmh <= step.high_kmh <= any_program.cap_kmh <= MAX_CAP_KMH
            assert step.incline_pct == pattern.incline_pct <= any_program.max_incline_pct
            assert any_program.speed_range_kmh[0] <= step.low_kmh
            assert any_program.speed_range_kmh[1] >= step.high_kmh
        assert steps[any_program.main_index].name == "main"
    assert any_program.steps() == any_program.steps(any_program.default_minutes)


@given(programs(), st.integers(-100, 1000))
def test_every_other_length_is_refused(any_program: Program, minutes: int) -> None:
    if minutes in any_program.minutes:
        assert any_program.steps(minutes)
        return
    with pytest.raises(ProgramError) as caught:
        any_program.steps(minutes)
    assert ", ".join(map(str, any_program.minutes)) in str(caught.value)


@given(programs())
def test_a_program_survives_encoding(any_program: Program) -> None:
    assert msgspec.json.decode(msgspec.json.encode(any_program), type=Program) == any_program
