"""``sternway export`` (contracts.md §2, §6).

The exporter is loaded only when it runs: the parser is made for every command, the guard's too.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiosk.ends import DONE, NO, UNUSABLE, ended, told
from kiosk.export import FORMATS
from kiosk.export.errors import ExportError, Unusable, Wrong
from kiosk.paths import data_folder

if TYPE_CHECKING:
    from kiosk.export.exporter import Done
    from kiosk.export.plan import Plan, Request
    from kiosk.export.progress import Progress

_PHASES: Final = {"writing": "Writing", "checking": "Reading back", "done": "Done"}


def add_parser(commands: Any) -> None:
    """Add ``export`` to the command line's subcommands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "export", help="the sessions as files on a stick, de-identified unless asked otherwise"
    )
    parser.add_argument("--to", type=Path, metavar="DIR", required=True, help="the stick's folder")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
    parser.add_argument("--simulate", action="store_true", help="the simulated kiosk's sessions")
    parser.add_argument("--since", type=_date, metavar="DATE", help="first day, as 2026-11-01")
    parser.add_argument("--until", type=_date, metavar="DATE", help="last day, included")
    parser.add_argument(
        "--formats",
        type=_formats,
        default=frozenset(FORMATS),
        metavar="csv,json,...",
        help=f"some of {','.join(FORMATS)}; default: all",
    )
    parser.add_argument(
        "--who", choices=("all", "guests", "profiles"), default="all", help="whose; default: all"
    )
    parser.add_argument("--identified", action="store_true", help="with dates, codes and numbers")
    parser.add_argument(
        "--recipient", metavar="AGE_KEY", help="a public key (age1...) other than the clinic's"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Export; return 0 done, 1 not done or not whole, 2 unusable. One line on stderr says why."""
    from kiosk.export.exporter import Export
    from kiosk.export.numbers import Numbers

    try:
        request = _request(options)
        with Export(request, numbers=Numbers(request.data)) as export:
            plan = export.plan()
            _say_plan(plan)
            with cancelled_by_signals() as cancel:
                done = export.run(_Bar() if sys.stderr.isatty() else None, cancel)
    except Unusable as error:
        return ended(error, UNUSABLE)
    except ExportError as error:
        return ended(error, NO)
    return _say_done(done)


def _request(options: argparse.Namespace) -> Request:
    from kiosk.export.plan import Request

    data = data_folder(options.data, simulate=options.simulate)
    recipient = options.recipient
    if options.identified and not recipient:
        from kiosk.export import clinic

        recipient = clinic.load(data)
        if recipient is None:
            raise Wrong(
                "--identified needs the clinic's key: make one by `sternway clinic-key make "
                "--to DIR`, or give its public half by --recipient"
            )
    if options.recipient and not options.identified:
        raise Wrong("--recipient belongs to --identified; without it nothing is encrypted")
    return Request(
        data=data,
        to=options.to,
        since=options.since,
        until=options.until,
        formats=options.formats,
        recipient=recipient,
        who=options.who,
    )


def _say_plan(plan: Plan) -> None:
    known = plan.sessions - plan.guests
    said = []
    if known:
        people = f"{plan.people} {'person' if plan.people == 1 else 'people'}"
        said.append(f"{known} {'session' if known == 1 else 'sessions'} of {people}")
    if plan.guests or not known:
        noun = "" if known else " session" if plan.guests == 1 else " sessions"
        said.append(f"{plan.guests}{noun} of guests")
    print(" and ".join(said))
    if plan.running:
        print(f"Left out, because not closed yet: {plan.running}")
    if plan.unsure:
        print(f"Left out, because their day is not sure: {plan.unsure}")
    for name in plan.unfinished:
        print(f"On the target lies an unfinished export: {name}")


def _say_done(done: Done) -> int:
    how = "" if done.direct else " (from the system's cache: this filesystem has no other way)"
    print(f"{done.folder}: {len(done.files) + 1} files, {done.bytes} bytes, read back{how}")
    for fault in done.faults:
        told(f"exported, but not all of the log: {fault}")
    return NO if done.faults else DONE


class _Bar:
    """One line on the terminal that moves on."""

    def __call__(self, progress: Progress) -> None:
        """Show how far it is."""
        share = 100 * progress.bytes_done // progress.bytes_total
        left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
        end = "\n" if progress.phase == "done" else ""
        line = f"{_PHASES[progress.phase]}: {share} %{left}"
        print(f"\r{line:<40}", end=end, file=sys.stderr, flush=True)


@contextmanager
def cancelled_by_signals() -> Iterator[threading.Event]:
    """Let Ctrl-C and SIGTERM cancel, so that nothing half-done stays on the stick."""
    cancel = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return
    before = [signal.signal(number, lambda *_: cancel.set()) for number in numbers]
    try:
        yield cancel
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-11-01") from error


def _formats(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(names - set(FORMATS))
    if unknown or not names:
        what = f"there is no {unknown[0]!r}" if unknown else "none is named"
        raise argparse.ArgumentTypeError(f"{what}; there are {', '.join(FORMATS)}")
    return names
