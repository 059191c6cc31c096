"""Run every test, a part on each core at a time; what needs the machine for itself comes last.

    suite.py [--jobs N] [ARGUMENT OF PYTEST...]

A part is a pytest process of its own: a folder of tests, or a file of a large one. Parts that start
live processes and look at when things happen run one after the other, with nothing beside them. The
output of a part is printed when it ends. Ends with 1 where a test failed or a part had none.

pytest-xdist is not used: its workers live for the whole run, and Kivy has one window, one clock and
one set of rules in a process, which one file of tests would leave to the next.

Parts that belong to the safety code run under coverage, and what they found is put together in
build/coverage: its tests alone must reach every branch, other tests do not count for it.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ALONE = (
    "tests/kiosk/test_live*",
    "tests/journey/*",
    "tests/bench/*",
    "tests/faults/*",
    "tests/hardware/test_guard_*",
    "tests/hardware/test_memory*",
    "tests/image/*",
    "tests/screens/test_screens_app*",
    "tests/screens/test_screens_keyboard*",
)
"""Tests of live processes: they wait for real time to pass, and must not wait for each other."""
BY_FILE = ("tests/screens", "tests/records", "tests/profiles", "tests/export")
"""Large folders, each file of which is a part."""
MEASURED = ("tests/hardware", "tests/session")
"""Tests of the safety code; see `make coverage-safety`."""
FIRST = (
    "tests/screens/test_screens_layout.py",
    "tests/screens/test_screens_languages.py",
    "tests/records",
    "tests/screens",
)
"""What takes longest comes first, so that no core is left without work."""
COUNTED = re.compile(r"(\d+) (passed|failed|skipped|xfailed|errors?)\b")


class Part(NamedTuple):
    """Files that one pytest process runs; ``alone``: with nothing else beside it."""

    name: str
    files: tuple[str, ...]
    alone: bool

    @property
    def measured(self) -> bool:
        """Whether it runs under coverage."""
        return any(name.startswith(f"{folder}/") for name in self.files for folder in MEASURED)


class Ran(NamedTuple):
    """How a part ended."""

    part: Part
    status: int
    took_s: float
    output: str


def plan(files: list[str]) -> list[Part]:
    """Return the parts of these files: each file in exactly one of them, the longest first."""
    made: dict[tuple[bool, str], list[str]] = {}
    for file in sorted(files):
        alone = any(fnmatch.fnmatchcase(file, pattern) for pattern in ALONE)
        folder = file.rpartition("/")[0]
        name = file if folder in BY_FILE and not alone else folder
        made.setdefault((alone, name), []).append(file)
    parts = [Part(name, tuple(found), alone) for (alone, name), found in made.items()]
    return sorted(parts, key=lambda part: (part.alone, _place(part.name), part.name))


def _place(name: str) -> int:
    found = (place for place, first in enumerate(FIRST) if name.startswith(first))
    return next(found, len(FIRST))


def run(part: Part, number: int, arguments: list[str]) -> Ran:
    """Run a part to its end."""
    command = [sys.executable, "-m"]
    if part.measured:
        command += ["coverage", "run", f"--data-file=build/coverage.{number}", "-m"]
    command += ["pytest", *arguments, *part.files]
    start_s = time.monotonic()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=ROOT
    )
    return Ran(part, done.returncode, time.monotonic() - start_s, done.stdout)


def run_all(parts: list[Part], jobs: int, arguments: list[str]) -> list[Ran]:
    """Run all parts, so many at a time; then, one by one, those that want to be alone."""
    waiting: queue.SimpleQueue[tuple[int, Part]] = queue.SimpleQueue()
    for number, part in enumerate(parts):
        if not part.alone:
            waiting.put((number, part))
    ran: list[Ran] = []
    lock = threading.Lock()

    def tell(one: Ran) -> None:
        with lock:
            print(f"-- {one.part.name} ({one.took_s:.0f} s)\n{one.output}", flush=True)
            ran.append(one)

    def serve() -> None:
        while True:
            try:
                number, part = waiting.get_nowait()
            except queue.Empty:
                return
            tell(run(part, number, arguments))

    workers = [threading.Thread(target=serve) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for number, part in enumerate(parts):
        if part.alone:
            tell(run(part, number, arguments))
    return ran


def main() -> int:
    """Run the whole suite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    options, arguments = parser.parse_known_args()
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    for old in build.glob("coverage*"):
        if old.is_file():
            old.unlink()
    files = [str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py")]
    start_s = time.monotonic()
    ran = run_all(plan(files), max(1, options.jobs), arguments)
    combined = subprocess.run(
        [sys.executable, "-m", "coverage", "combine", "-q", *build.glob("coverage.*")],
        check=False,
        cwd=ROOT,
    )
    counts: Counter[str] = Counter()
    for one in ran:
        last = one.output.rstrip().rpartition("\n")[2]
        counts.update({what.rstrip("s"): int(count) for count, what in COUNTED.findall(last)})
    bad = [f"{one.part.name} (status {one.status})" for one in ran if one.status != 0]
    told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    print(f"== {told} in {time.monotonic() - start_s:.0f} s, {len(ran)} parts")
    slowest = sorted(ran, key=lambda one: -one.took_s)[:8]
    print("== longest: " + ", ".join(f"{one.part.name} {one.took_s:.0f} s" for one in slowest))
    if bad:
        print(f"== not good: {', '.join(bad)}")
    return int(bool(bad) or combined.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
