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
from profiles.saying import saying

_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_MODE: Final = 0o644
"""They are public or locked, and a clinic's other computers must be able to read them."""


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder of a stick, durably, read back before they have their names.

    When that fails, what was there before is there still, and nothing new is. Raises
    :class:`NotVerified` for what is not what was written, ``OSError`` as the stick does.
    """
    parts = {name: folder / f"{name}{PART}" for name in files}
    new = [folder / name for name in files if not (folder / name).exists()]
    try:
        for name, content in files.items():
            _write(parts[name], content)
        for name, content in files.items():
            if content_of(parts[name], len(content)) != content:
                raise NotVerified(
                    saying(
                        "{file} on the stick is not what was written to it: use another stick.",
                        file=name,
                    )
                )
        for name, part in parts.items():
            part.rename(folder / name)
        sync_folder(folder)
    except (OSError, NotVerified):
        with contextlib.suppress(OSError):  # the first error is the one to tell
            for path in (*parts.values(), *new):
                path.unlink(missing_ok=True)
        raise


def _write(part: Path, content: bytes) -> None:
    """Write a file durably, in the place of what a stick that was pulled out still has."""
    part.unlink(missing_ok=True)
    file = os.open(part, _NEW_FILE, _FILE_MODE)
    try:
        write_all(file, content)
        os.fsync(file)
    finally:
        os.close(file)
