"""`make fuzz`: each target for a while, guided by the branches it reaches.

    make fuzz FUZZ_FLAGS='--seconds 60 --only protocol --seed 7'
    .venv/bin/python -m tests.fuzz --case tests/fuzz/corpus/link/NAME     one case alone
    .venv/bin/python -m tests.fuzz --broken                               can each oracle fail?

Ends with 0 (nothing found), 1 (something was) or 2 (it could not run).
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from tests.fuzz.smaller import failure, smaller
from tests.fuzz.target import CORPUS, FOLDER, ROOT, SHELF, Break, Target, in_memory, kept
from tests.fuzz.targets import BY_NAME, TARGETS

BUILD = ROOT / "build" / "fuzz"
LOCK = FOLDER / "requirements.lock"
HANG_S = 20
MOST_MIB = 900
SOURCES = ("hardware", "kiosk", "profiles", "tests")
DONE = re.compile(r"#\d+\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)")
UNITS = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


class CannotRun(RuntimeError):
    """There is no way to fuzz here; the message says what to do."""


def atheris_folder() -> Path:
    """The folder that atheris is installed in; made once for a lock and a Python."""
    tag = f"{sys.implementation.cache_tag}-{sha256(LOCK.read_bytes()).hexdigest()[:8]}"
    folder = BUILD / "packages" / tag
    if (folder / "atheris").is_dir():
        return folder
    print("installing atheris in build/fuzz (35 MB, once)", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    command += ["--only-binary=:all:", "--target", str(folder), "-r", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise CannotRun(
            "atheris cannot be installed here (its wheels are for x86_64, Python 3.11 to 3.13): "
            f"`make test` replays the kept cases without it\n{done.stderr.strip()[-600:]}"
        )
    return folder


def hunt(target: Target, seconds: float, seed: int, root: Path = ROOT) -> tuple[list[Path], str]:
    """Run a target in the checkout ``root``; return the cases it found, and its figures."""
    place = BUILD / ("broken" if root != ROOT else "run") / target.name
    if root != ROOT:
        shutil.rmtree(place, ignore_errors=True)
    found, corpus, seeds = place / "found", place / "corpus", place / "seeds"
    shutil.rmtree(found, ignore_errors=True)
    shutil.rmtree(seeds, ignore_errors=True)
    for folder in (found, corpus, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds()):
        (seeds / f"{number:03d}").write_bytes(data[: target.most_bytes])
    if root == ROOT:
        for path in kept(target.name):
            shutil.copy(path, seeds / f"kept-{path.name}")
    command = [sys.executable, "-m", "tests.fuzz.hunt", target.name, str(found)]
    command += ["all" if root == ROOT else "first"]
    command += [str(corpus), str(seeds), f"-max_total_time={seconds:g}", f"-seed={seed}"]
    command += [
        f"-max_len={target.most_bytes}",
        "-len_control=0",
        f"-timeout={HANG_S}",
        f"-rss_limit_mb={MOST_MIB}",
    ]
    command += [f"-artifact_prefix={found}/", "-print_final_stats=1", "-verbosity=1"]
    packages, log = atheris_folder(), place / "log"
    with (
        log.open("w", encoding="utf-8") as out,
        tempfile.TemporaryDirectory(prefix="sternway-fuzz-", dir=in_memory()) as shelf,
    ):
        done = subprocess.run(
            command,
            cwd=root,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": f"{root}:{packages}", SHELF: shelf},
            check=False,
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    end, units = DONE.search(text), UNITS.search(text)
    cases = sorted(path for path in found.iterdir() if path.suffix != ".why")
    if end is None and not cases:
        raise CannotRun(f"{target.name}: atheris ended with {done.returncode}:\n{text[-1500:]}")
    count = int(units[1]) if units else 0
    told = f"{count:,} executions"
    if end is not None:
        told += f", {end[1]} branches, {end[3]} inputs that reach something new"
    return cases, told


def keep(target: Target, case: Path) -> Path:
    """Make a case small and put it among the kept ones."""
    data = case.read_bytes()
    if failure(target.check, data) is not None:
        data = smaller(target.check, data)
    folder = CORPUS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / case.name
    path.write_bytes(data)
    return path


def run(targets: list[Target], seconds: float, seed: int) -> int:
    """Fuzz for a while; return how many failures were found."""
    count = 0
    for target in targets:
        print(f"{target.name}: {seconds:g} s, seed {seed}", flush=True)
        cases, told = hunt(target, seconds, seed)
        print(f"  {told}, {len(cases)} found", flush=True)
        for case in cases:
            count += 1
            path = keep(target, case).relative_to(ROOT)
            why = case.with_suffix(".why")
            last = why.read_text(encoding="utf-8").strip().splitlines()[-1] if why.exists() else ""
            print(f"  ! {path} ({(ROOT / path).stat().st_size} bytes): {last[:300]}")
            print(f"    again: .venv/bin/python -m tests.fuzz --case {path}")
            print("    mend the code, name the file by what it shows, and say so in the README")
    return count


def copy_broken(broken: Break) -> Path:
    """A copy of the checkout in which one line is broken."""
    copy = BUILD / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "corpus")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    path = copy / broken.source
    text = path.read_text(encoding="utf-8")
    if text.count(broken.before) != 1:
        raise CannotRun(f"{broken.source} does not hold {broken.before!r} once: mend the break")
    path.write_text(text.replace(broken.before, broken.after), encoding="utf-8")
    return copy


def break_each(targets: list[Target], seconds: float, seed: int) -> int:
    """Break the code in each way that is written down; return how many were not noticed."""
    missed = 0
    for target in targets:
        for broken in target.breaks:
            begun = time.monotonic()
            cases, told = hunt(target, seconds, seed, copy_broken(broken))
            took_s = time.monotonic() - begun
            missed += not cases
            verdict = f"found after {took_s:.0f} s" if cases else f"NOT FOUND; {told}"
            print(f"{target.name}: {broken.what}: {verdict}", flush=True)
            case = CORPUS / target.name / broken.case
            if cases and not case.exists():
                case.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(cases[0], case)
    return missed


def show(path: Path) -> int:
    """Run one case as it is; its target is the name of its folder."""
    target = BY_NAME[path.resolve().parent.name]
    target.check(path.read_bytes())
    print(f"{path}: good")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--only", action="append", choices=sorted(BY_NAME), help="this target")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--broken", action="store_true", help="break the code, to see it found")
    parser.add_argument("--case", type=Path, help="run one case alone")
    given = parser.parse_args()
    if given.case is not None:
        return show(given.case)
    targets = [target for target in TARGETS if not given.only or target.name in given.only]
    seed = given.seed or random.SystemRandom().randrange(1, 1 << 31)
    try:
        what = break_each if given.broken else run
        bad = what(targets, given.seconds, seed)
    except CannotRun as error:
        print(f"fuzz: {error}", file=sys.stderr)
        return 2
    print(f"{bad} to mend" if bad else "all were noticed" if given.broken else "nothing was found")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
