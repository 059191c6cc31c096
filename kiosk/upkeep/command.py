"""``sternway backup``, ``sternway restore`` and ``sternway health``."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.ends import DONE, NO, UNUSABLE, ended
from kiosk.paths import data_folder

if TYPE_CHECKING:
    from kiosk.upkeep.content import Head


def add_parser(commands: Any) -> None:
    """Add the three to the command line's subcommands."""
    backup = commands.add_parser("backup", help="all data in one locked file, read back")
    backup.add_argument("to", type=Path, metavar="PATH", help="the stick's folder")
    backup.set_defaults(command=back_up)
    restore = commands.add_parser("restore", help="a backup's data in the place of what is here")
    restore.add_argument("file", type=Path, metavar="FILE", help="the backup")
    restore.set_defaults(command=take_back)
    health = commands.add_parser("health", help="whether this version works, since its start")
    health.add_argument("--config", type=Path, metavar="FILE", help="sternway.toml")
    health.set_defaults(command=tell_health)
    for parser in (backup, restore, health):
        parser.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
        parser.add_argument("--simulate", action="store_true", help="the simulated kiosk's")


def back_up(options: argparse.Namespace) -> int:
    """Write a backup; return 0 done, 1 not, 2 unusable. The passphrase is printed, once."""
    from kiosk import identity
    from kiosk.upkeep.errors import UpkeepError
    from kiosk.upkeep.jobs import backup_onto

    data = data_folder(options.data, simulate=options.simulate)
    if not (data / "log").is_dir():
        return ended(f"{data}: there is no log to back up", UNUSABLE)
    if not options.to.is_dir():
        return ended(f"{options.to}: there is no such folder", UNUSABLE)
    try:
        made = backup_onto(
            options.to,
            data,
            _progress,
            kiosk_id=identity.kiosk_id(data),
            version=identity.version(),
            now=datetime.now(UTC),
        )
    except UpkeepError as error:
        return ended(error, NO)
    also = ", or the clinic's key," if made.clinic else ""
    print(f"{options.to / made.file}: {made.files} files, {made.bytes} bytes, read back")
    print(f"This passphrase{also} opens it. It is kept nowhere: write it down.")
    print(f"    {made.passphrase}")
    return DONE


def take_back(options: argparse.Namespace) -> int:
    """Take a backup; return 0 done, 1 not taken, 2 unusable. What was here is set aside."""
    from kiosk import identity
    from kiosk.records.errors import RecordsError
    from kiosk.records.files import lock_folder, make_folder
    from kiosk.upkeep.errors import UpkeepError
    from kiosk.upkeep.restore import apply, stage

    data = data_folder(options.data, simulate=options.simulate)
    try:
        make_folder(data)
        # Before the passphrase is asked for: a kiosk that runs here must be ended first.
        _released(lock_folder(data))
        stage(options.file, data, _passphrase(), version=identity.version(), progress=_progress)
        head = apply(data)
    except UpkeepError as error:
        return ended(error, NO)
    except (RecordsError, OSError) as error:
        return ended(error, UNUSABLE)
    print(f"{data}: {_words(head)}")
    print("What was here before is in its newest folder before-restore-N.")
    return DONE


def tell_health(options: argparse.Namespace) -> int:
    """Say whether this version works; return 0 it does, 1 it does not."""
    from kiosk import identity
    from kiosk.config import load_settings
    from kiosk.guard_child import somebody_listens
    from kiosk.upkeep.health import findings

    settings = load_settings(options.config, simulate=options.simulate)
    socket = settings.socket_path(simulate=options.simulate)
    data = data_folder(options.data, simulate=options.simulate)
    good = True
    for one in findings(
        data, identity.boot_id(), identity.version(), lambda: somebody_listens(socket)
    ):
        good = good and one.good
        print(f"{'ok   ' if one.good else 'WRONG'}  {one.what:<8} {one.seen}")
    return DONE if good else NO


def _passphrase() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Passphrase: ")
    return sys.stdin.readline().strip()


def _progress(phase: str, done: int, total: int) -> None:
    """Show how far it is, where somebody watches."""
    if sys.stderr.isatty() and total:
        end = "\n" if done >= total else ""
        line = f"{phase.capitalize()}: {100 * done // total} %"
        print(f"\r{line:<30}", end=end, file=sys.stderr, flush=True)


def _released(lock: int) -> None:
    import os

    os.close(lock)


def _words(head: Head | None) -> str:
    if head is None:
        return "nothing was taken"
    return f"the data of {head.kiosk_id} of {head.made_at}, made by version {head.version}"
