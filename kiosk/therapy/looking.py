"""Which files on a stick may be profiles, and a preview of them as the screens show it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiosk.session.actions import Refusal
from kiosk.therapy.model import Difference, EntryView, FileView
from profiles.changes import NOTHING, facts
from profiles.importer import MOST_FILES, Entry, Looked, Preview
from profiles.rules import Fault
from profiles.saying import Saying, saying

SUFFIXES: Final = (".json", ".age")
FOLDER: Final = "profiles"
_MOST_ENTRIES: Final = 20_000
_NOT_PROFILES: Final = ("sternway-clinic-key", "sternway-identified", "sternway-report")
"""Ours too, and never profiles: the clinic's locked key, an encrypted export or report."""


def files_on(stick: Path) -> list[Path]:
    """Return what may be profiles: ``*.json`` and ``*.age`` on the stick and in ``profiles/``.

    Hidden files are left out (a Mac puts one beside each). Raises :class:`Refusal` for a stick
    with nothing of the kind, or with far too many entries; ``OSError`` as the stick does.
    """
    places = [stick]
    places += [one for one in _entries(stick) if one.name.lower() == FOLDER and _is_folder(one)]
    found = [one for place in places for one in _entries(place) if _may_be(one)]
    if not found:
        raise Refusal(
            "files",
            "There is no profile on this stick. Put the files (.json or .age) on it, not into a "
            'folder other than "profiles".',
        )
    if len(found) > MOST_FILES:
        raise Refusal(
            "files", saying("There are over {n} files: bring fewer, or a bundle.", n=MOST_FILES)
        )
    return sorted(found)


def file_views(preview: Preview) -> tuple[FileView, ...]:
    """Return a preview as the screens show it."""
    return tuple(_file(one) for one in preview.files)


def _file(looked: Looked) -> FileView:
    own = {fault for entry in looked.entries for fault in entry.faults}
    return FileView(
        # A name that is no UTF-8 could not be shown.
        name=os.fsencode(looked.name).decode("utf-8", "replace"),
        entries=tuple(_entry(one) for one in looked.entries),
        faults=_told(tuple(one for one in looked.faults if one not in own)),
    )


def _entry(entry: Entry) -> EntryView:
    new = entry.ready.prescription if entry.ready is not None else None
    is_new = entry.status == "new" and new is not None
    return EntryView(
        status=entry.status,
        code=entry.code,
        version=entry.version,
        name=entry.name,
        old_version=entry.ready.replaces if entry.ready is not None else None,
        differences=tuple(Difference(one.path, one.old, one.new) for one in entry.changes),
        facts=tuple(Difference(p, NOTHING, v) for p, v in facts(new)) if is_new and new else (),
        faults=_told(entry.faults),
    )


def _told(faults: tuple[Fault, ...]) -> tuple[tuple[str, Saying], ...]:
    return tuple((fault.path, fault.text) for fault in faults)


def _entries(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= _MOST_ENTRIES:
                raise Refusal("files", "There are far too many files on this stick: tidy it up.")
            yield Path(entry.path)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _may_be(path: Path) -> bool:
    """Say whether a file is to be looked at. A link is, to be refused by name."""
    name = path.name.lower()
    if name.startswith((".", *_NOT_PROFILES)) or not name.endswith(SUFFIXES):
        return False
    return path.is_symlink() or not path.is_dir()
