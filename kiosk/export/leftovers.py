"""What unfinished exports and reports left on a stick, taken away again.

A stick is somebody's: only folders that are named and filled as an export's are touched, never
through a link, and never the folder of an export that is still being written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiosk.export.errors import NotOurs, WriteFailed, told_of
from kiosk.export.growing import PART
from kiosk.export.target import OPEN_FOLDER, ROOT
from profiles.saying import saying

_NAME: Final = re.compile(
    r"(?:report_)?[0-9A-Za-z-]{1,64}_\d{4}-\d\d-\d\d_\d{1,6}" + re.escape(PART)
)
_INSIDE: Final = "traces"
_MOST_FOLDERS: Final = 10_000
_MOST_FILES: Final = 1_000_000
"""More than any export writes: a stick that holds more was made to keep us busy."""


def forget_unfinished(to: Path) -> int:
    """Delete ``STERNWAY/*.part`` below ``to``, durably, and return how many there were.

    Raises :class:`NotOurs`, after the others are gone, for one that holds something no export
    writes, and :class:`WriteFailed` when the target fails.
    """
    count, strange = 0, []
    try:
        with _opened(os.fspath(to), flags=OPEN_FOLDER & ~os.O_NOFOLLOW) as base:
            try:
                root = os.open(ROOT, OPEN_FOLDER, dir_fd=base)
            except FileNotFoundError:
                return 0
            try:
                for name in _unfinished(root):
                    done = _forget(root, name)
                    count += done is True
                    if done is None:
                        strange.append(name)
                os.fsync(root)
            finally:
                os.close(root)
    except OSError as error:
        failed = saying("What unfinished exports left could not be deleted.")
        raise WriteFailed(*told_of(error, failed)) from error
    if strange:
        raise NotOurs(
            saying(
                "{folder} holds something that no export writes: look at it on a computer, and "
                "delete it there.",
                folder=strange[0],
            )
        )
    return count


def _unfinished(root: int) -> list[str]:
    with os.scandir(root) as entries:
        names = [entry.name for entry, _ in zip(entries, range(_MOST_FOLDERS), strict=False)]
    return sorted(name for name in names if _NAME.fullmatch(name))


def _forget(root: int, name: str) -> bool | None:
    """Delete one folder; False where it is none or still being written, None if it is strange."""
    try:
        top = os.open(name, OPEN_FOLDER, dir_fd=root)
    except (NotADirectoryError, FileNotFoundError):
        return False
    except OSError as error:
        if stat.S_ISLNK(os.lstat(name, dir_fd=root).st_mode):
            return False
        raise error
    try:
        try:
            fcntl.flock(top, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        files = _files(top, inside=True)
        with contextlib.ExitStack() as stack:
            lower, lower_files = None, None
            if files is not None and _INSIDE in files:
                lower = stack.enter_context(_opened(_INSIDE, top))
                lower_files = _files(lower, inside=False)
            if files is None or (lower is not None and lower_files is None):
                return None
            for one in lower_files or ():
                os.unlink(one, dir_fd=lower)
        for one in files:
            (os.rmdir if one == _INSIDE else os.unlink)(one, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=root)
    return True


def _files(folder: int, *, inside: bool) -> list[str] | None:
    """Return the names in a folder; None where one is no file.

    ``inside`` allows the one folder that an export makes.
    """
    names: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            ours = inside and entry.name == _INSIDE and entry.is_dir(follow_symlinks=False)
            if not (ours or entry.is_file(follow_symlinks=False)) or len(names) >= _MOST_FILES:
                return None
            names.append(entry.name)
    return names


@contextlib.contextmanager
def _opened(name: str, inside: int | None = None, flags: int = OPEN_FOLDER) -> Iterator[int]:
    folder = os.open(name, flags, dir_fd=inside)
    try:
        yield folder
    finally:
        os.close(folder)
