"""``sternway clinic-key make | take | show``: what the therapist's screen does.

What needs pyrage is loaded only when it runs: the parser is made for every command.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from kiosk.ends import DONE, NO, UNUSABLE, ended
from kiosk.export.errors import ExportError, KeyExists, KeyUnusable
from kiosk.paths import data_folder


def add_parser(commands: Any) -> None:
    """Add ``clinic-key`` to the command line's subcommands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "clinic-key", help="the key that identified exports are encrypted to"
    )
    actions = parser.add_subparsers(required=True, metavar="make|take|show")
    make = actions.add_parser("make", help="make a key; its secret half goes to a stick")
    make.add_argument("--to", type=Path, metavar="DIR", required=True, help="the stick's folder")
    make.set_defaults(command=_make)
    take = actions.add_parser("take", help="take the clinic's own public key")
    take.add_argument("path", type=Path, metavar="FILE_OR_DIR", help="a text file, or *.pub in DIR")
    take.set_defaults(command=_take)
    show = actions.add_parser("show", help="print the public key")
    show.set_defaults(command=_show)
    for action in (make, take, show):
        action.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
        action.add_argument("--simulate", action="store_true", help="the simulated kiosk's key")


def _make(options: argparse.Namespace) -> int:
    """Make a key; return 0 done, 1 not done, 2 unusable. One line on stderr says why."""
    from kiosk.export import clinic

    if not options.to.is_dir():
        return ended(f"{options.to}: there is no such folder; is the stick in?", UNUSABLE)
    try:
        key = clinic.make(options.to, _data(options))
    except KeyExists as error:
        return ended(error, UNUSABLE)
    except ExportError as error:
        return ended(error, NO)
    for name in key.files:
        print(options.to / name)
    print(f"public key:  {key.recipient}")
    print(f"passphrase:  {key.passphrase}")
    print("Write the passphrase down now: it is kept nowhere, and nothing opens without it.")
    return DONE


def _take(options: argparse.Namespace) -> int:
    from kiosk.export import clinic

    try:
        print(clinic.take(options.path, _data(options)))
    except KeyUnusable as error:
        return ended(error, UNUSABLE)
    except ExportError as error:
        return ended(error, NO)
    return DONE


def _show(options: argparse.Namespace) -> int:
    from kiosk.export import clinic

    try:
        key = clinic.load(_data(options))
    except ExportError as error:
        return ended(error, NO)
    if key is None:
        return ended("there is no clinic's key yet: sternway clinic-key make --to DIR", NO)
    print(key)
    return DONE


def _data(options: argparse.Namespace) -> Path:
    return data_folder(options.data, simulate=options.simulate)
