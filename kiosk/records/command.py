"""``sternway log verify | show``: the hash chain, and the sessions (contracts.md §2).

It reads as the export does, beside a running kiosk, and changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.ends import DONE, NO, UNUSABLE, ended, told
from kiosk.paths import data_folder

if TYPE_CHECKING:
    from kiosk.records.chain import Head, Record
    from kiosk.records.reader import LogReader


def add_parser(commands: Any) -> None:
    """Add ``log`` to the command line's subcommands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "log", help="the kept sessions, and whether nobody changed them"
    )
    parser.add_argument("what", choices=("verify", "show"), help="the hash chain, or the sessions")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
    parser.add_argument("--simulate", action="store_true", help="the simulated kiosk's sessions")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Verify or show; return 0 done, 1 the log is not whole, 2 there is no log to read."""
    from kiosk.records.errors import RecordsError
    from kiosk.records.reader import LogReader

    data = data_folder(options.data, simulate=options.simulate)
    try:
        # The head first: what is kept meanwhile is then only more than it says.
        head, unsure = _head(data) if options.what == "verify" else (None, [])
        with LogReader(data) as log:
            if options.what == "show":
                unreadable = _shown(log)
                return _told([*log.faults, *unreadable])
            records = _told_how_far((log.record(entry) for entry in log.entries), len(log.entries))
            faults = [*log.faults, *unsure, *_aside(data)]
            return _verified(records, head, len(log.entries), faults)
    except BrokenPipeError:
        # Whoever reads it has seen enough: no fault of the log's.
        raise
    except (RecordsError, OSError) as error:
        return ended(error, UNUSABLE)


def _shown(log: LogReader) -> list[str]:
    """Print a line for each record; return a sentence for each of which no line can be made."""
    from kiosk.logbook.lines import in_english, line_of

    faults: list[str] = []
    for entry in log.entries:
        try:
            line = line_of(log.raw(entry))
        except (OSError, ValueError):
            faults.append(f"Record {entry.seq} cannot be read.")
        else:
            print(in_english(line, entry.started_at))
    return faults


def _verified(records: Any, head: Head | None, count: int, faults: Sequence[object]) -> int:
    from kiosk.records.chain import check

    fault = check(records, head)
    if fault is not None:
        where = f" (session {fault.session_id})" if fault.session_id else ""
        print(f"The log is not as it was written. {fault.text}{where}")
    elif not faults:
        print(f"The log is as it was written: {count} kept, each follows on the one before it.")
    return NO if _told(faults) or fault is not None else DONE


def _told_how_far(records: Iterable[Record], count: int) -> Iterator[Record]:
    """Pass the records on; a person who watches sees how far it is (100,000 take a while)."""
    watched = sys.stderr.isatty()
    try:
        for number, record in enumerate(records):
            if watched and number % 1000 == 0:
                print(f"\r{number} of {count} checked", end="", file=sys.stderr, flush=True)
            yield record
    finally:
        if watched:
            print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)


def _aside(data: Path) -> list[str]:
    from kiosk.records.files import files_set_aside

    folders = (data / "log", data / "journal", data / "traces")
    return [
        f"{path.relative_to(data)} was set aside as broken: look at it, then delete it."
        for folder in folders
        for path in files_set_aside(folder)
    ]


def _told(faults: Sequence[object]) -> int:
    for text in faults:
        told(text)
    return NO if faults else DONE


def _head(data: Path) -> tuple[Head | None, list[str]]:
    """Return the newest number and hash that are kept beside the log, and what is wrong with them.

    Without them nobody can tell whether the last records were taken away.
    """
    from kiosk.records.log import HEAD_FILE, head_in

    path = data / "log" / HEAD_FILE
    lost = "whether records were taken away at the end of the log cannot be told."
    try:
        return head_in(path.read_bytes()), []
    except FileNotFoundError:
        folded = any((data / "log").glob("????-??.json*"))
        return None, [f"log/{HEAD_FILE} is missing: {lost}"] if folded else []
    except ValueError:
        return None, [f"log/{HEAD_FILE} is broken: {lost}"]
