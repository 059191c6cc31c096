"""Undoes one durability step, bound or rule at a time in a copy of the tree: a fault must be lost.

    python -m tests.faults.undo [--only NAME] [--lanes N]
    python -m tests.faults.undo --table       the README's list of them

A copy is changed, never the tree, and each lane has one; what shows in one fault is tried in one
lane. Each fault is run in it once with nothing undone, and must lose
nothing then. Ends with 1 when an undoing is not noticed, with 3 when its fault could not be run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.undoing import Undoing
from tests.faults.undoings import UNDOINGS

ROOT = Path(__file__).parents[2]
UNRELATED, BROKEN = 69, 70
"""Only cases were lost that say nothing of it; it was lost with nothing undone, or broke off."""
SAID = {0: "NOT NOTICED", 1: "noticed", 3: "NOT RUN", UNRELATED: "UNRELATED"}
COPIED = ("kiosk", "hardware", "profiles", "image", "tests", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "*.png")
SEED = 1


def copied(to: Path) -> Path:
    """Copy what runs and what tries it."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=LEFT_OUT, symlinks=True)
        else:
            shutil.copy2(source, to / name)
    return to


def undone(tree: Path, one: Undoing) -> tuple[int, str]:
    """Run the fault with this undone; return its exit status, and its line of the table."""
    whole = {file: (tree / file).read_text(encoding="utf-8") for file, _b, _a in one.changes()}
    for file, before, after in one.changes():
        text = (tree / file).read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise SystemExit(f"{one.name}: {file} has changed; mend tests/faults/undoings.py")
        (tree / file).write_text(text.replace(before, after), encoding="utf-8")
    try:
        return tried(tree, one)
    finally:
        for file, text in whole.items():
            (tree / file).write_text(text, encoding="utf-8")


def tried(tree: Path, one: Undoing) -> tuple[int, str]:
    """Run a fault in a tree as it stands; return its exit status, and its line of the table."""
    command = [sys.executable, "-B", "-m", "tests.faults", "--seed", str(SEED), "--strict"]
    command += ["--only", one.fault, *(["--short"] if one.short else [])]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    found = re.search(rf"^{re.escape(one.fault)} +\d.*$", done.stdout, re.MULTILINE)
    if found is None:
        return BROKEN, (done.stderr or done.stdout)[-300:]
    # The named part must have lost something; an exception has status 1 too, and is no fault.
    lost = int(found.group().split()[3].replace(",", ""))
    told = done.returncode if lost or done.returncode != 1 else BROKEN
    names = lost_in(done.stdout)
    if told == 1 and not shows(one, names):
        told = UNRELATED
    return told, f"{found.group()[:56]} {' '.join(names[:2])}"


def lost_in(said: str) -> list[str]:
    """Return the names of the lost cases that a table tells."""
    return re.findall(r"^LOST (\S+): ", said, re.MULTILINE)


def shows(one: Undoing, lost: list[str]) -> bool:
    """Whether one of the lost cases is of those that show this undoing."""
    return any(name.startswith(f"{one.fault}.{one.case}") or not one.case for name in lost)


def table() -> str:
    """Return what is undone, by the fault that must be lost then, in the order of the groups."""
    by_fault: dict[str, list[str]] = {}
    for one in UNDOINGS:
        by_fault.setdefault(one.fault, []).append(one.what.replace("|", "or"))
    lines = ["| fault | is lost when |", "| --- | --- |"]
    for fault in sorted(by_fault, key=lambda fault: (int(fault.partition(".")[0]), fault)):
        lines.append(f"| `{fault}` | {'; '.join(by_fault[fault])} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.undo", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--lanes", type=int, default=2, help="faults at a time (2)")
    parser.add_argument("--table", action="store_true", help="print what is undone, and try none")
    options = parser.parse_args()
    if options.table:
        print(table(), end="")
        return 0
    wanted = [one for one in UNDOINGS if not options.only or one.name in options.only]
    if not wanted:
        print(f"undo: there are {', '.join(one.name for one in UNDOINGS)}", file=sys.stderr)
        return 2
    telling = threading.Lock()

    def of_one_fault(undoings: list[Undoing]) -> list[int]:
        with tempfile.TemporaryDirectory(prefix="sternway-undo-") as folder:
            tree = copied(Path(folder))
            # A fault that loses with nothing undone would notice everything.
            whole, whole_line = tried(tree, undoings[0])
            whole = BROKEN if whole in (1, UNRELATED) else whole
            found = []
            for one in undoings:
                status, line = undone(tree, one) if whole == 0 else (whole, whole_line)
                said = SAID.get(status, f"status {status}")
                with telling:
                    print(f"{one.name:<18} {said:<12} {one.what}")
                    print(f"{'':<18} {line[:100]}", flush=True)
                found.append(status)
            return found

    by_fault: dict[tuple[str, bool], list[Undoing]] = {}
    for one in wanted:
        by_fault.setdefault((one.fault, one.short), []).append(one)
    # The one with the most to try is begun first, so that no lane waits for it alone.
    groups = sorted(by_fault.values(), key=len, reverse=True)
    with ThreadPoolExecutor(options.lanes) as pool:
        statuses = [status for found in pool.map(of_one_fault, groups) for status in found]
    noticed, not_run = statuses.count(1), statuses.count(3)
    print(f"== {len(statuses)} undoings, {noticed} noticed, {not_run} not run")
    if noticed + not_run < len(statuses):
        return 1
    return 3 if not_run else 0


if __name__ == "__main__":
    sys.exit(main())
