"""``sternway profiles report CODE --to DIR``: what the therapist's screen does with a stick.

What draws and encrypts is loaded only when it runs: the parser is made for every command.
"""

from __future__ import annotations

import argparse
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.ends import DONE, NO, UNUSABLE, ended, told
from kiosk.export.command import cancelled_by_signals
from kiosk.export.errors import ExportError, Unusable, Wrong
from kiosk.paths import data_folder

if TYPE_CHECKING:
    from kiosk.records.reader import LogReader
    from kiosk.therapy.report.subject import Subject
    from profiles.kept import Kept
    from profiles.library import Library
    from profiles.saying import Said


def add_action(actions: Any) -> argparse.ArgumentParser:
    """Add ``report`` to the actions of ``sternway profiles``, and return its parser."""
    parser: argparse.ArgumentParser = actions.add_parser(
        "report", help="one page about a profile's progress, as PDF and HTML, onto a stick"
    )
    parser.add_argument("code", metavar="CODE")
    parser.add_argument("--to", type=Path, metavar="DIR", required=True, help="the stick's folder")
    parser.add_argument(
        "--identified", action="store_true", help="with name and dates, encrypted to the clinic"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="sternway.toml")
    parser.set_defaults(what=report)
    return parser


def report(options: argparse.Namespace) -> int:
    """Write it; return 0 done, 1 not done or not of all sessions, 2 unusable."""
    try:
        return _report(options)
    except ExportError as error:
        return ended(error, UNUSABLE if isinstance(error, Unusable) else NO)


def _report(options: argparse.Namespace) -> int:
    from kiosk import identity
    from kiosk.config import load_settings
    from kiosk.library import library_of
    from kiosk.records.reader import kiosk_id
    from kiosk.therapy.report.subject import Origin
    from kiosk.therapy.report.writing import write_report
    from kiosk.zone import of_machine

    data = data_folder(options.data, simulate=options.simulate)
    _check_folder(options.to, data)
    settings = load_settings(options.config, simulate=options.simulate)
    recipient = _recipient(data) if options.identified else None
    library = library_of(data, on_fault=told)
    kept = library.get(options.code.strip().upper())
    now = datetime.now(UTC)
    zone = zoneinfo.ZoneInfo(settings.site.timezone or of_machine())
    cap_kmh = settings.treadmill.cap_kmh
    subject, faults = _subject(data, library, kept, now.astimezone(zone), cap_kmh)
    origin = Origin(kiosk_id(data), settings.site.name, identity.version(), now, zone)
    with cancelled_by_signals() as cancel:
        done = write_report(subject, options.to, origin, recipient=recipient, cancel=cancel)
    print(f"{options.to / done.folder}: {', '.join(done.files)}, read back")
    for fault in faults:
        told(f"reported, but not all of the log: {fault}")
    return NO if faults else DONE


def _check_folder(to: Path, data: Path) -> None:
    if not to.is_dir():
        raise Wrong(f"{to}: there is no such folder; is the stick in?")
    if data.resolve() in (to.resolve(), *to.resolve().parents):
        raise Wrong(f"{to}: lies in the data folder, which a report never changes")


def _recipient(data: Path) -> str:
    from kiosk.export import clinic

    found = clinic.load(data)
    if found is None:
        raise Wrong(
            "--identified needs the clinic's key: make one by `sternway clinic-key make --to DIR`"
        )
    return found


def _subject(
    data: Path, library: Library, kept: Kept, now: datetime, site_cap_kmh: float
) -> tuple[Subject, Said]:
    """Return the profile with its sessions, and what of the log could not be read.

    ``now`` is in the place's zone, in which days begin.
    """
    from kiosk.export.errors import NO_LOG, SourceFailed
    from kiosk.records.errors import RecordsError
    from kiosk.records.reader import LogReader
    from kiosk.therapy.report.subject import Subject
    from profiles.progress import held_spans, progress
    from profiles.progression import outlook

    try:
        with LogReader(data) as log:
            records, faults = _records(log, kept.code), tuple(log.faults)
    except (OSError, RecordsError) as error:
        raise SourceFailed(NO_LOG) from error
    given, state = kept.prescription, kept.state
    here, zone = now.date(), now.tzinfo
    going = progress(
        given,
        records,
        here,
        state=state,
        held=held_spans(library.audit(kept.code), state, here, zone),
        zone=zone,
    )
    seen = outlook(given, state, records, here, zone=zone, site_cap_kmh=site_cap_kmh)
    return Subject(given, state, seen, going), faults


def _records(log: LogReader, code: str) -> list[dict[str, Any]]:
    return [log.record(entry) for entry in log.entries if entry.profile_code == code]
