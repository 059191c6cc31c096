"""``sternway profiles``: check, import, list, forget, report, key; the therapist's screen in words.

The library is loaded only when it runs: the parser is made for every command, the guard's too.
Names are printed, never logged: whoever may read the data folder may see them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiosk.ends import DONE, NO, UNUSABLE, ended, told
from kiosk.paths import data_folder
from kiosk.therapy.report.command import add_action as add_report

if TYPE_CHECKING:
    from profiles.importer import Entry, Preview
    from profiles.kept import Kept
    from profiles.kiosk_key import KioskKey
    from profiles.library import Library

_ALL: Final = "all"
_MOST_LISTED: Final = 20
_HELD: Final = {
    "pain": "pain at the limit",
    "pain_rise": "pain rose",
    "exertion": "too much exertion",
    "therapist": "by the therapist",
}


def add_parser(commands: Any) -> None:
    """Add ``profiles`` to the command line's subcommands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "profiles", help="the therapist's profiles: check files, import, list, forget, report"
    )
    actions = parser.add_subparsers(required=True, metavar="check|import|list|forget|report|key")
    check = actions.add_parser("check", help="say everything that is wrong with files")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE")
    check.set_defaults(what=_check)
    take = actions.add_parser("import", help="show what files would change; --accept does it")
    take.add_argument("files", type=Path, nargs="+", metavar="FILE")
    take.add_argument("--accept", metavar="all|CODE,...", help="import these profiles")
    take.set_defaults(what=_import)
    listed = actions.add_parser("list", help="the profiles on this kiosk")
    listed.set_defaults(what=_list)
    forget = actions.add_parser("forget", help="remove name, note and PIN; the sessions stay")
    forget.add_argument("code", metavar="CODE")
    forget.set_defaults(what=_forget)
    report = add_report(actions)
    key = actions.add_parser("key", help="the public key that profiles may be encrypted to")
    key.set_defaults(what=_key)
    for action in (check, take, listed, forget, report, key):
        action.add_argument("--data", type=Path, metavar="DIR", help="where everything is kept")
        action.add_argument("--simulate", action="store_true", help="the simulated kiosk's")
        action.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Do it; return 0 done, 1 the answer is no, 2 unusable. One line on stderr says why."""
    from profiles.errors import KeyUnusable, LibraryUnusable, NotAccepted, UnknownCode

    for path in getattr(options, "files", ()):
        if not path.is_symlink() and not path.exists():
            return ended(f"{path}: there is no such file; is the stick in?", UNUSABLE)
    try:
        return int(options.what(options))
    except (LibraryUnusable, KeyUnusable) as error:
        return ended(error, UNUSABLE)
    except (NotAccepted, UnknownCode) as error:
        return ended(error, NO)


def _check(options: argparse.Namespace) -> int:
    """Judge each file alone, whatever profiles are here: a therapist's computer has none."""
    from profiles.importer import read_file

    status = DONE
    for path in options.files:
        reading = read_file(path, _kiosk_key(options)).reading
        for fault in reading.faults:
            status = NO
            print(f"{path}: {fault}")
        if not reading.faults:
            codes = ", ".join(f"{one.code} version {one.version}" for one in reading.profiles)
            print(f"{path}: sound: {codes}")
    return status


def _import(options: argparse.Namespace) -> int:
    from profiles.importer import accept, look

    library = _library(options)
    told = _progress if sys.stderr.isatty() else None
    preview = look(library, options.files, _kiosk_key(options), told)
    for file in preview.files:
        for entry in file.entries:
            _show(entry)
        for fault in file.faults:
            print(f"{file.name}: {fault}")
    if options.accept is None:
        _say_how(preview)
    else:
        asked = [code.strip().upper() for code in options.accept.split(",") if code.strip()]
        codes = preview.acceptable if options.accept.strip().lower() == _ALL else tuple(asked)
        taken = accept(library, preview, codes, "command line")
        print(f"Imported: {_listed(taken)}")
    _say_faults(library)
    return DONE if preview.is_sound else NO


def _listed(codes: Sequence[str]) -> str:
    """Return the codes, of many the first few and how many there are."""
    if len(codes) > _MOST_LISTED:
        return f"{len(codes)} profiles: {', '.join(codes[:_MOST_LISTED])}, ..."
    return ", ".join(codes) or "nothing"


def _list(options: argparse.Namespace) -> int:
    library = _library(options)
    everyone = library.all()
    for kept in everyone:
        said = kept.prescription
        print(f"{kept.code:<16}  v{said.version:<4}  {said.display_name:<20}  {_state(kept)}")
    if not everyone:
        print("There is no profile here yet.")
    return NO if _say_faults(library) else DONE


def _forget(options: argparse.Namespace) -> int:
    code = options.code.strip().upper()
    for name in _library(options).forget(code, "command line"):
        print(f"Deleted, since a name might stand in it: {name}")
    print(f"Forgotten: {code}. Its sessions are kept under this code.")
    return DONE


def _key(options: argparse.Namespace) -> int:
    print(_kiosk_key(options).public())
    return DONE


def _show(entry: Entry) -> None:
    who = f"{entry.code or 'a profile without a sound code'}"
    version = f" version {entry.version}" if entry.version is not None else ""
    name = f" ({entry.name})" if entry.name is not None else ""
    print(f"{entry.status:<8} {who}{version}{name}")
    for change in entry.changes:
        print(f"         {change.path}: {change.old} -> {change.new}")


def _say_how(preview: Preview) -> None:
    if preview.acceptable:
        some = ",".join(preview.acceptable[:_MOST_LISTED])
        print(f"Nothing has changed. To import: --accept all, or {some}")
    else:
        print("Nothing has changed, and there is nothing to import.")


def _state(kept: Kept) -> str:
    state, expires_on = kept.state, kept.prescription.expires_on
    if state.held is not None:
        return f"held since {state.held.since}: {_HELD[state.held.why]}"
    if state.ended_on is not None:
        return f"ended on {state.ended_on}"
    expired = datetime.now().astimezone().date() > expires_on
    return f"{'expired on' if expired else 'until'} {expires_on}"


def _say_faults(library: Library) -> bool:
    for fault in library.faults:
        told(fault)
    return bool(library.faults)


def _progress(done: int, of: int) -> None:
    """Show how many PINs are hashed: a thousand take half a minute."""
    end = "\n" if done == of else ""
    print(f"\r{done} of {of} looked at", end=end, file=sys.stderr, flush=True)


def _library(options: argparse.Namespace) -> Library:
    from kiosk.library import library_of

    return library_of(_data(options), on_fault=told)


def _kiosk_key(options: argparse.Namespace) -> KioskKey:
    from profiles.kiosk_key import KioskKey

    return KioskKey(_data(options) / "settings")


def _data(options: argparse.Namespace) -> Path:
    return data_folder(options.data, simulate=options.simulate)
