"""``python -m tests.faults``: tries every fault and prints tried / survived / lost / not run.

Exit status: 0 nothing was lost, 1 something was, 2 unusable arguments, 3 (with ``--strict``)
nothing was lost but not all of it could be run, 130 it was broken off.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from kiosk.bench import bytecode
from tests.faults.frame import Lab, Part, Tally
from tests.faults.groups import PARTS
from tests.faults.lanes import side_by_side, write
from tests.faults.runner import Runner
from tests.faults.table import status_line, table

LOST, UNUSABLE, NOT_ALL, BROKEN_OFF = 1, 2, 3, 130
LANES = 2


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", action="append", metavar="GROUP", help="as 2 or 2.guard")
    parser.add_argument("--case", metavar="ID", help="this one case, as 1.closing.nothing.17")
    parser.add_argument("--seed", type=int, metavar="N", help="of all dice; else a new one")
    parser.add_argument("--short", action="store_true", help="a few of each, in under a minute")
    parser.add_argument("--strict", action="store_true", help="end with 3 where any was not run")
    parser.add_argument("--lanes", type=_some, metavar="N", help="parts at a time (2; short: 1)")
    parser.add_argument(
        "--times", type=_some, default=1, metavar="N", help="N times the kills of 2"
    )
    parser.add_argument("--tally", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help="name the parts, try nothing")
    parser.add_argument("--scratch", type=_folder, metavar="DIR", help="a folder on a real disk")
    return parser.parse_args(arguments)


def _some(text: str) -> int:
    """Return a number of at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of at least 1")
    return int(text)


def _folder(text: str) -> Path:
    """Return a folder that can be written to."""
    if not os.access(text, os.W_OK | os.X_OK) or not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder that can be written to")
    return Path(text)


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    only = options.only or ([options.case] if options.case else [])
    wanted = [part for part in PARTS if not only or any(_names(one, part.id) for one in only)]
    if options.short and not only:
        wanted = [part for part in wanted if not part.slow]
    for one in only:
        if not any(_names(one, part.id) for part in PARTS):
            print(f"faults: there is no group {one!r}; --list names them", file=sys.stderr)
            return UNUSABLE
    if options.case and not any(
        _names(options.case, one.id) and one.id in options.case for one in PARTS
    ):
        print(f"faults: {options.case!r} is no case, such as 1.closing.nothing.17", file=sys.stderr)
        return UNUSABLE
    if options.list:
        for part in wanted:
            print(f"{part.id:<20} {part.what}")
        return 0
    seed = random.SystemRandom().randrange(1, 1 << 32) if options.seed is None else options.seed
    start_s = time.monotonic()
    if not options.tally:
        print(f"seed {seed}{' (short)' if options.short else ''}", flush=True)
    # Told to end, it takes down what it mounted and started, as Ctrl-C does.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.disable(logging.CRITICAL)  # thousands of damaged files would be told
    try:
        tallies = tried(wanted, seed, options)
    except KeyboardInterrupt:
        # What was mounted and started is taken down by now.
        print(f"faults: broken off; again with --seed {seed}", file=sys.stderr)
        return BROKEN_OFF
    finally:
        logging.disable(logging.NOTSET)
        signal.signal(signal.SIGTERM, before)
    if options.tally:
        write(options.tally, tallies[0])
        return 0
    print(table(tallies))
    print(status_line(tallies, seed, time.monotonic() - start_s))
    if not any(one.tried or one.left_out for one in tallies):
        what = f"there is no case {options.case!r}" if options.case else "nothing was tried"
        print(f"faults: {what}", file=sys.stderr)
        return UNUSABLE if options.case else LOST
    if any(one.lost for one in tallies):
        return LOST
    return NOT_ALL if options.strict and any(one.left_out for one in tallies) else 0


def tried(wanted: list[Part], seed: int, options: argparse.Namespace) -> list[Tally]:
    """Try the parts, in folders on the disk and in memory that are gone afterwards."""
    alone = options.short or options.case or len(wanted) < 2
    lanes = options.lanes or (1 if alone else LANES)
    shm = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="sternway-faults-", dir=options.scratch) as disk,
        tempfile.TemporaryDirectory(
            prefix="sternway-faults-", dir=shm if os.access(shm, os.W_OK) else None
        ) as memory,
        # The byte code of whoever started this process for one part is this one's too.
        contextlib.nullcontext() if options.tally else bytecode.kept(Path(memory) / "bytecode"),
    ):
        if lanes > 1:
            words = ["--seed", str(seed), *(["--short"] if options.short else [])]
            words += ["--times", str(options.times)]
            words += ["--scratch", str(options.scratch)] if options.scratch else []
            return side_by_side(wanted, lanes, words, Path(memory))
        lab = Lab(
            Path(disk),
            Path(memory),
            seed,
            short=options.short,
            only_case=options.case,
            times=options.times,
        )
        with lab.whole_run:
            runner = Runner(lab)
            return [runner.run(part) for part in wanted]


def _names(wanted: str, part: str) -> bool:
    """Whether a word names a part, its group, or a case of it."""
    return wanted == part or part.startswith(f"{wanted}.") or wanted.startswith(f"{part}.")


if __name__ == "__main__":
    sys.exit(main())
