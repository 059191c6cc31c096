"""A few small files onto a stick: durable, read back, and all or none."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from kiosk.export.errors import NotVerified
from kiosk.export.growing import PART
from kiosk.export.medium import content_of
from kiosk.records.files import sync_folder, write_all

_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_MODE: Final = 0o644
"""They are public or locked, and a clinic's other computers must be able to read them."""


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder of a stick, durably, and read them back.

    When that fails they are taken away again. Raises :class:`NotVerified` for what is not what was
    written, ``OSError`` as the stick does.
    """
    try:
        for name, content in files.items():
            _write(folder / name, content)
        sync_folder(folder)
        for name, content in files.items():
            if content_of(folder / name, len(content)) != content:
                raise NotVerified(
                    f"{name} on the stick is not what was written to it: use another stick."
                )
    except (OSError, NotVerified):
        with contextlib.suppress(OSError):  # the first error is the one to tell
            for name in files:
                (folder / name).unlink(missing_ok=True)
        raise


def _write(path: Path, content: bytes) -> None:
    """Write a file durably, beside its name first."""
    part = path.with_name(path.name + PART)
    part.unlink(missing_ok=True)  # what a stick that was pulled out still has
    file = os.open(part, _NEW_FILE, _FILE_MODE)
    try:
        try:
            write_all(file, content)
            os.fsync(file)
        finally:
            os.close(file)
        part.rename(path)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            part.unlink(missing_ok=True)
        raise
