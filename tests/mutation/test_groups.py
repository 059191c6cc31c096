"""The groups name what is there, and an argument finds its group."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.mutation.groups import GROUPS, chosen
from tests.mutation.run import function_of

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_test_and_helper_is_there_and_each_module_in_one_group() -> None:
    modules = [path for group in GROUPS for path in group.mutated]
    assert len(set(modules)) == len(modules)
    for group in GROUPS:
        for path in (*group.mutated, *group.tests, *group.helpers):
            assert (ROOT / path).exists(), path


def test_arguments_find_their_group() -> None:
    assert [group.name for group, _ in chosen([])] == [group.name for group in GROUPS]
    assert [(one.name, patterns) for one, patterns in chosen(["belt"])] == [("belt", [])]
    judge, line = "hardware.interlock.x_judge*", "hardware.belt.protocol.*"
    found = [(group.name, patterns) for group, patterns in chosen([line, judge])]
    assert found == [("safety", [judge]), ("belt", [line])]
    with pytest.raises(ValueError, match="neither a group"):
        chosen(["kiosk.app.x_main"])


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        ("hardware.interlock.x_judge__mutmut_3", "hardware.interlock.judge"),
        ("hardware.interlock.x__causes__mutmut_12", "hardware.interlock._causes"),
        (
            "hardware.belt.protocol.xǁLineDecoderǁ__init____mutmut_5",
            "hardware.belt.protocol.LineDecoder.__init__",
        ),
    ],
)
def test_a_mutants_function(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


def test_every_explanation_is_of_a_group_and_of_code_that_is_there() -> None:
    text = (ROOT / "tests/mutation/explained.toml").read_text(encoding="utf-8")
    for entry in tomllib.loads(text)["equivalent"]:
        (path,) = (
            path
            for group in GROUPS
            for path in group.mutated
            if entry["function"].startswith(path.removesuffix(".py").replace("/", ".") + ".")
        )
        assert entry["before"].strip() in (ROOT / path).read_text(encoding="utf-8")
        assert len(entry["why"]) > 20
