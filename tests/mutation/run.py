"""Changes the safety code in every small way mutmut knows, and sees that a test notices.

`make mutation`, or `.venv/bin/python tests/mutation/run.py [PATTERN...]` for some of it, where a
pattern is a mutant's name such as `hardware.interlock.*`. Works in a copy below build/mutation, so
the checkout stays as it is. Ends with 0 when every survivor is explained in explained.toml and
every explanation is needed, 1 when not, 2 when the run itself failed.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "mutation"
EXPLAINED = Path(__file__).with_name("explained.toml")
MUTATED = ("hardware/interlock.py", "kiosk/session/machine.py", "kiosk/session/requests.py")
SOURCES = ("hardware", "kiosk", "profiles")
# The property tests stay out: a mutant must be noticed each time, not only by luck.
TESTS = (
    "tests/hardware/test_interlock_table.py",
    "tests/hardware/test_interlock_pairs.py",
    "tests/hardware/test_interlock_grant.py",
    "tests/session/test_machine_table.py",
    "tests/session/test_machine_times.py",
    "tests/session/test_machine_stops.py",
    "tests/session/test_machine_walk.py",
    "tests/session/test_requests.py",
)
HELPERS = ("tests/session/scene.py",)
WORKERS = min(2, os.cpu_count() or 1)
EVERY_S = 15.0
# mutmut's marks: noticed by a failing test, or by a test that no longer ends.
NOTICED = ("killed", "timeout")
PROGRESS = re.compile(r"(\d+)/(\d+)\s+\S+ (\d+)")


class Mutant(NamedTuple):
    """A small change: where, and the lines before and after it."""

    name: str
    function: str
    before: str
    after: str


class Explanation(NamedTuple):
    """Why a mutant that no test notices changes nothing."""

    function: str
    before: str
    after: str
    why: str

    def fits(self, mutant: Mutant) -> bool:
        return self[:3] == mutant[1:]


def copy_repository() -> None:
    """What the mutated code and its tests need, with a configuration for mutmut beside them."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    caches = shutil.ignore_patterns("__pycache__")
    for name in SOURCES:
        shutil.copytree(ROOT / name, COPY / name, ignore=caches)
    for name in (*TESTS, *HELPERS):
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, COPY / name)
    config = {
        "source_paths": list(SOURCES),
        "only_mutate": list(MUTATED),
        "pytest_add_cli_args_test_selection": list(TESTS),
        "pytest_add_cli_args": ["-p", "no:cacheprovider"],
    }
    # JSON's lists of plain strings are TOML's as well.
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in config.items())
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (COPY / "pyproject.toml").write_text(f"{pyproject}\n[tool.mutmut]\n{lines}\n", encoding="utf-8")


def mutmut(*arguments: str) -> subprocess.Popen[str]:
    """Start mutmut in the copy; its output is ours to read."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV"))}
    return subprocess.Popen(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=COPY,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def run(patterns: list[str]) -> None:
    """Run every mutant, or those of the patterns, telling how far it is. Raises RuntimeError."""
    started = told = time.monotonic()
    tail: list[str] = []
    with mutmut("run", "--max-children", str(WORKERS), *patterns) as process:
        assert process.stdout is not None
        # Universal newlines: each turn of mutmut's spinner is a line of its own.
        for line in process.stdout:
            tail = [*tail[-60:], line.rstrip()]
            found = PROGRESS.search(line)
            if found and time.monotonic() - told >= EVERY_S:
                told = time.monotonic()
                done, total, killed = found.groups()
                minutes = (told - started) / 60
                print(f"{minutes:5.1f} min: {done} of {total} mutants, {killed} killed", flush=True)
    if process.returncode != 0:
        raise RuntimeError("\n".join(line for line in tail if line))


def output(*arguments: str) -> str:
    with mutmut(*arguments) as process:
        text, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"mutmut {' '.join(arguments)} failed:\n{text}")
    return text


def verdicts(patterns: list[str]) -> dict[str, str]:
    """Every mutant by name, with mutmut's verdict."""
    found = {}
    for line in output("results", "--all", "true").splitlines():
        name, _, verdict = line.strip().rpartition(": ")
        if "__mutmut_" in name and any(fnmatch.fnmatch(name, p) for p in patterns or ["*"]):
            found[name] = verdict
    return found


def shown(name: str) -> Mutant:
    """The change that a mutant is."""
    lines = [line for line in output("show", name).splitlines() if line[:3] not in {"---", "+++"}]
    sides = {
        sign: " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    }
    module, _, mangled = name.partition(".x_")
    function = f"{module}.{mangled.partition('__mutmut_')[0]}"
    return Mutant(name, function, sides["-"], sides["+"])


def explanations() -> list[Explanation]:
    with EXPLAINED.open("rb") as file:
        table = tomllib.load(file)
    return [Explanation(**entry) for entry in table.get("equivalent", [])]


def judged(survivors: list[Mutant], given: list[Explanation], patterns: list[str]) -> bool:
    """Print what survived and why; return whether each is explained and each is needed."""
    good = True
    for mutant in survivors:
        why = next((entry.why for entry in given if entry.fits(mutant)), None)
        good &= why is not None
        print(f"\n{mutant.name}\n  - {mutant.before}\n  + {mutant.after}")
        print(f"  = {why}" if why else "  ! NOT EXPLAINED: add a test that notices it")
    for entry in given if not patterns else []:
        if not any(entry.fits(mutant) for mutant in survivors):
            good = False
            print(f"\nexplained.toml: {entry.function}: {entry.after!r} no longer survives;")
            print("  take the entry out, or mend its text")
    return good


def main(patterns: list[str]) -> int:
    started = time.monotonic()
    print(f"mutating {', '.join(MUTATED)} in {COPY.relative_to(ROOT)}", flush=True)
    try:
        given = explanations()
        copy_repository()
        run(patterns)
        found = verdicts(patterns)
        survivors = [shown(name) for name, v in found.items() if v not in NOTICED]
    except (RuntimeError, OSError, ValueError, TypeError) as error:
        print(f"mutation: the run failed: {error}", file=sys.stderr)
        return 2
    if not found:
        print("mutation: there is no such mutant", file=sys.stderr)
        return 2
    good = judged(survivors, given, patterns)
    counts = Counter(found.values())
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    minutes = (time.monotonic() - started) / 60
    print(f"\n{len(found)} mutants: {told}, in {minutes:.1f} minutes")
    print("every survivor is explained" if good else "NOT GOOD: see above")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
