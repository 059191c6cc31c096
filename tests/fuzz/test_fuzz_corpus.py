"""Every kept case and every seed through its oracle, and each oracle shown to be able to fail."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tomllib
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from tests.fuzz.smaller import failure, smaller
from tests.fuzz.target import CORPUS, FOLDER, ROOT, Break, Target, kept
from tests.fuzz.targets import BY_NAME, TARGETS

MIB = 1 << 20
MOST_MIB = 48
"""What the largest kept case may take beside what its own check takes."""
CASES = [(target, path) for target in TARGETS for path in kept(target.name)]
BREAKS = [(target, one) for target in TARGETS for one in target.breaks]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def name_of(value: object) -> str:
    if isinstance(value, Target):
        return value.name
    return value.name if isinstance(value, Path) else str(getattr(value, "case", value))


@pytest.mark.parametrize(("target", "path"), CASES, ids=name_of)
def test_a_kept_case_is_good(target: Target, path: Path) -> None:
    tracemalloc.start()
    try:
        target.check(path.read_bytes())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MIB * MIB, f"{peak / MIB:.0f} MiB"


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
def test_every_seed_is_good_and_some_are_taken(target: Target) -> None:
    seeds = list(target.seeds())
    assert seeds
    for data in seeds:
        target.check(data)


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
def test_what_is_changed_by_chance_is_good(target: Target) -> None:
    """Without atheris too: hypothesis chooses a beginning and how it is changed."""
    begins = [*target.seeds(), *(path.read_bytes() for path in kept(target.name))]

    @given(st.sampled_from(begins), st.integers(0, 1 << 32), st.integers(1, 4))
    @settings(max_examples=30, deadline=None)
    def changed(data: bytes, seed: int, times: int) -> None:
        chance = random.Random(seed)
        for _ in range(times):
            data = target.mutate(data, chance)
        target.check(data[: target.most_bytes])

    changed()


# One line of the code broken, in a process of its own: the kept case of that name must notice.
BROKEN = """
import json, sys
from tests.mutation.forks import install
source, before, after, name, case = json.load(sys.stdin)
install(source, before, after)
from tests.fuzz.targets import BY_NAME
BY_NAME[name].check(open(case, "rb").read())
"""


@pytest.mark.parametrize(("target", "broken"), BREAKS, ids=name_of)
def test_the_oracle_notices(target: Target, broken: Break) -> None:
    case = CORPUS / target.name / broken.case
    target.check(case.read_bytes())
    given_ = [broken.source, broken.before, broken.after, target.name, str(case)]
    done = subprocess.run(
        [sys.executable, "-c", BROKEN],
        input=json.dumps(given_),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, f"nobody notices that {broken.what}"
    assert "does not hold" not in done.stderr, done.stderr
    assert "Traceback" in done.stderr


def test_every_case_has_its_word_in_the_readme_and_its_target() -> None:
    for folder in CORPUS.iterdir():
        assert folder.name in BY_NAME
        for path in folder.iterdir():
            assert path.stat().st_size <= 12_288, f"{path.name} is large"
            assert re.search(rf"`{re.escape(path.name)}`", README), f"{path.name} is not explained"


def test_a_case_is_made_small() -> None:
    def check(data: bytes) -> None:
        assert b"ab" not in data

    assert smaller(check, b"x" * 50 + b"ab" + b"y" * 77) == b"ab"
    assert failure(check, b"b") is None


def test_the_lock_holds_the_group_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (wanted,) = map(Requirement, project["dependency-groups"]["fuzz"])
    lock = (FOLDER / "requirements.lock").read_text(encoding="utf-8")
    lines = [line for line in lock.splitlines() if line and line.lstrip()[0] not in "#-"]
    (pin,) = (Requirement(line.rstrip("\\ ")) for line in lines)
    assert (pin.name, pin.specifier) == (wanted.name, wanted.specifier)
    assert lock.count("--hash=sha256:") >= 3
