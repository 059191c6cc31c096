"""Changes the code that must not be wrong in every small way mutmut knows; a test must notice.

`make mutation`, or `.venv/bin/python tests/mutation/run.py [GROUP or PATTERN...]` for some of it,
where a pattern is a mutant's name such as `hardware.interlock.*`; groups.py names the groups. Works
in copies below build/mutation, so the checkout stays as it is. Ends with 0 when every survivor is
explained in explained.toml and every explanation is needed, 1 when not, 2 when the run itself
failed.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.mutation.groups import Group, chosen

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "mutation"
EXPLAINED = Path(__file__).with_name("explained.toml")
SOURCES = ("hardware", "kiosk", "profiles")
WORKERS = min(2, os.cpu_count() or 1)
# Much of what the storage's tests do is waiting for a disk; what is in memory needs no disk.
MEMORY = Path("/dev/shm")
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


# The property tests stay out: a mutant must be noticed each time, not only by luck.
CONFTEST = """
def pytest_collection_modifyitems(items):
    items[:] = [one for one in items if not getattr(one.obj, "is_hypothesis_test", False)]
"""


def copy_repository(group: Group, copy: Path) -> None:
    """What the mutated code and its tests need, with a configuration for mutmut beside them."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    caches = shutil.ignore_patterns("__pycache__")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=caches)
    for name in (*group.tests, *group.helpers):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=caches, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / name, copy / name)
    (copy / "tests/conftest.py").write_text(CONFTEST, encoding="utf-8")
    config = {
        "source_paths": list(SOURCES),
        "only_mutate": list(group.mutated),
        "pytest_add_cli_args_test_selection": list(group.tests),
        "pytest_add_cli_args": ["-p", "no:cacheprovider"],
    }
    # JSON's lists of plain strings are TOML's as well.
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in config.items())
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (copy / "pyproject.toml").write_text(f"{pyproject}\n[tool.mutmut]\n{lines}\n", encoding="utf-8")


def mutmut(copy: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start mutmut in a copy; its output is ours to read."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV"))}
    if os.access(MEMORY, os.W_OK):
        environment["TMPDIR"] = str(MEMORY)
    return subprocess.Popen(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=copy,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def run(copy: Path, patterns: list[str]) -> None:
    """Run every mutant, or those of the patterns, telling how far it is. Raises RuntimeError."""
    started = told = time.monotonic()
    tail: list[str] = []
    with mutmut(copy, "run", "--max-children", str(WORKERS), *patterns) as process:
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


def output(copy: Path, *arguments: str) -> str:
    with mutmut(copy, *arguments) as process:
        text, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"mutmut {' '.join(arguments)} failed:\n{text}")
    return text


def verdicts(copy: Path, patterns: list[str]) -> dict[str, str]:
    """Every mutant by name, with mutmut's verdict."""
    found = {}
    for line in output(copy, "results", "--all", "true").splitlines():
        name, _, verdict = line.strip().rpartition(": ")
        if "__mutmut_" in name and any(fnmatch.fnmatch(name, p) for p in patterns or ["*"]):
            found[name] = verdict
    return found


def shown(copy: Path, name: str) -> Mutant:
    """The change that a mutant is."""
    shown_lines = output(copy, "show", name).splitlines()
    lines = [line for line in shown_lines if line[:3] not in {"---", "+++"}]
    sides = {
        sign: " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    }
    return Mutant(name, function_of(name), sides["-"], sides["+"])


def function_of(name: str) -> str:
    """The function or method that a mutant's name stands for."""
    mangled = name.partition("__mutmut_")[0]
    return re.sub(r"\.x_(?=[^.]*$)", ".", re.sub(r"\.xǁ([^ǁ]*)ǁ", r".\1.", mangled))


def explanations() -> list[Explanation]:
    with EXPLAINED.open("rb") as file:
        table = tomllib.load(file)
    return [Explanation(**entry) for entry in table.get("equivalent", [])]


def judged(survivors: list[Mutant], given: list[Explanation], *, whole: bool) -> bool:
    """Print what survived and why; return whether each is explained and each is needed."""
    good = True
    for mutant in survivors:
        why = next((entry.why for entry in given if entry.fits(mutant)), None)
        good &= why is not None
        print(f"\n{mutant.name}\n  - {mutant.before}\n  + {mutant.after}")
        print(f"  = {why}" if why else "  ! NOT EXPLAINED: add a test that notices it")
    for entry in given if whole else []:
        if not any(entry.fits(mutant) for mutant in survivors):
            good = False
            print(f"\nexplained.toml: {entry.function}: {entry.after!r} no longer survives;")
            print("  take the entry out, or mend its text")
    return good


def run_group(group: Group, patterns: list[str]) -> bool:
    """Run one group, or the mutants of it that the patterns name; return whether all is well."""
    started = time.monotonic()
    copy = BUILD / group.name
    print(
        f"{group.name}: mutating {', '.join(group.mutated)} in {copy.relative_to(ROOT)}", flush=True
    )
    given = [one for one in explanations() if group.holds(one.function)]
    copy_repository(group, copy)
    run(copy, patterns)
    found = verdicts(copy, patterns)
    if not found:
        raise RuntimeError("there is no such mutant")
    survivors = [shown(copy, name) for name, verdict in found.items() if verdict not in NOTICED]
    good = judged(survivors, given, whole=not patterns)
    for path in group.mutated:
        module = path.removesuffix(".py").replace("/", ".")
        of = Counter(found[name] for name in found if name.startswith(f"{module}.x"))
        told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(of.items()))
        print(f"{path}: {of.total()} mutants: {told}")
    minutes = (time.monotonic() - started) / 60
    print(f"{group.name}: {len(found)} mutants, {len(survivors)} survived, {minutes:.1f} minutes")
    return good


def main(arguments: list[str]) -> int:
    good = True
    try:
        for group, patterns in chosen(arguments):
            good &= run_group(group, patterns)
    except (RuntimeError, OSError, ValueError, TypeError) as error:
        print(f"mutation: the run failed: {error}", file=sys.stderr)
        return 2
    print("every survivor is explained" if good else "NOT GOOD: see above")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
