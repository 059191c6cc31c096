"""``sternway bench``: measures the rows, prints the table (contracts.md §2).

What measures is loaded only when it runs: the parser is made for every command, the guard's too.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.ends import DONE, NO, UNUSABLE, ended
from kiosk.paths import data_folder

if TYPE_CHECKING:
    from kiosk.bench.frame import Result, Row
    from kiosk.bench.lab import Lab


def add_parser(commands: Any) -> None:
    """Add ``bench`` to the command line's subcommands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "bench", help="how quick it is here, beside what it is measured against"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, alone; the table: stderr")
    parser.add_argument("--only", action="append", metavar="ROW", help="this row (repeatable)")
    parser.add_argument("--list", action="store_true", help="name the rows, measure nothing")
    parser.add_argument("--quick", action="store_true", help="try everything; no figures")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="a folder on the disk to judge")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the logs it makes, there")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Measure; return 0 every goal met, 1 one missed or a row failed, 2 unusable."""
    from kiosk.bench import disk, report
    from kiosk.bench.frame import Unusable, all_met
    from kiosk.bench.lab import FULL, QUICK, Lab, Progress
    from kiosk.bench.rows import rows
    from kiosk.identity import version

    scale = QUICK if options.quick else FULL
    try:
        chosen = _chosen(rows(scale), options.only)
        if options.list:
            for row in chosen:
                print(f"{row.name:<18} {row.work}")
            return DONE
        scratch = _scratch(options)
        filesystem = disk.check_disk(scratch, scale.needed_bytes)
    except (Unusable, OSError) as error:
        return ended(error, UNUSABLE)
    tell = Progress()
    before = disk.load()
    try:
        with _ended_by_sigterm(), Lab(scratch, scale, tell, keep=options.keep) as lab:
            results = [_measured(row, lab) for row in chosen]
    finally:
        tell.end()
    about = {
        "app_version": version(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": scale.is_quick,
        "machine": disk.machine(),
        "filesystem": filesystem,
        "load": [before, disk.load()],
    }
    print(report.table(results, about), file=sys.stderr if options.json else sys.stdout)
    if options.json:
        print(json.dumps(report.as_json(results, about), indent=1, ensure_ascii=False))
    good = not any(one.failed for one in results) if scale.is_quick else all_met(results)
    return DONE if good else NO


def _chosen(rows: Sequence[Row], only: Sequence[str] | None) -> list[Row]:
    """Return the rows asked for, in the table's order. Raises :class:`Unusable`."""
    from kiosk.bench.frame import Unusable

    names = [row.name for row in rows]
    for name in only or ():
        if name not in names:
            raise Unusable(f"there is no row {name!r}; there are {', '.join(names)}")
    return [row for row in rows if not only or row.name in only]


def _scratch(options: argparse.Namespace) -> Path:
    """Return the folder below which all is made: on the disk of the kiosk's data by itself."""
    from kiosk.bench.frame import Unusable

    if options.keep is not None:
        if options.scratch is not None:
            raise Unusable("--keep and --scratch: name one of them, it is the disk to judge")
        options.keep = options.keep.absolute()
        try:
            options.keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unusable(
                f"--keep {options.keep}: cannot be made ({error.strerror}); name another folder"
            ) from error
        return Path(options.keep)
    if options.scratch is not None:
        if not options.scratch.is_dir():
            raise Unusable(f"{options.scratch}: there is no such folder")
        return Path(options.scratch).absolute()
    folder = data_folder(None, simulate=False)
    while not folder.is_dir():
        folder = folder.parent
    return folder


def _measured(row: Row, lab: Lab) -> Result:
    """Measure a row; one that fails leaves the others their turn."""
    from kiosk.bench.frame import BenchError, Result
    from kiosk.recording import RecordingError
    from kiosk.records.errors import RecordsError

    try:
        return Result(row, row.measure(lab))
    except (
        *(BenchError, RecordingError, RecordsError),
        *(subprocess.SubprocessError, OSError),
    ) as error:
        return Result(row, failed=str(error))


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does, so that nothing that was made stays behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
