"""A forgotten PIN is reset by a file on the boot partition: whoever has the card has the kiosk.

``sternway-reset-pins.txt`` names ``staff``, ``therapist`` or both, one a line. It is looked at when
the kiosk starts, because the card is in a computer when it is written.
"""

from __future__ import annotations

import codecs
import hashlib
import logging
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from kiosk.pins import Pins
from kiosk.pins_kept import Reset
from kiosk.staff.model import ROLES

log = logging.getLogger(__name__)

NAME: Final = "sternway-reset-pins.txt"
PLACES: Final = (Path("/boot/firmware"), Path("/boot"))
"""Where a Raspberry Pi's FAT partition is: Raspberry Pi OS since 12, and before."""

_MAX_BYTES: Final = 4096
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"))
"""What Windows' Notepad begins a file with."""


class _Unusable(ValueError):
    """What is wrong with the file."""


class Found(msgspec.Struct, frozen=True):
    """A reset file: what it made of the PINs, as a sentence for the staff screen."""

    path: Path
    text: str

    def fault(self) -> str | None:
        """Return the sentence while the file lies there."""
        return self.text if os.path.lexists(self.path) else None


def apply(pins: Pins, places: Sequence[Path] = PLACES) -> Found | None:
    """Reset what a reset file names, once for each file; return what to say of it.

    The first place that has one counts. A file that cannot be used resets nothing at all.
    """
    for place in places:
        path = place / NAME
        if os.path.lexists(path):
            return Found(path, _apply(pins, path))
    return None


def _apply(pins: Pins, path: Path) -> str:
    try:
        roles, mark = _read(path)
        is_new = pins.reset(roles, mark)
    except _Unusable as error:
        log.error("%s resets nothing: it %s", path, error)
        return (
            f"No PIN was reset, because {path} {error}: write staff or therapist into it, "
            "one a line, or delete it."
        )
    except OSError as error:
        log.error("%s resets nothing: %s", path, error.strerror)
        return f"No PIN was reset by {path}: {(error.strerror or 'it failed').lower()}."
    if is_new:
        log.warning("%s reset the PINs of %s", path, " and ".join(roles))
    return f"{path} has reset PINs ({', '.join(roles)}): delete that file."


def _read(path: Path) -> tuple[tuple[str, ...], Reset]:
    """Return the roles that a file names. Raises ``OSError``, and :class:`_Unusable`."""
    file = os.open(path, _READ)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise _Unusable("is no file")
        content = os.read(file, _MAX_BYTES + 1)
    finally:
        os.close(file)
    if len(content) > _MAX_BYTES:
        raise _Unusable("is too long")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        words = [line.strip().lower() for line in content.decode(encoding).splitlines()]
    except UnicodeDecodeError as error:
        raise _Unusable("is not text") from error
    named = {word for word in words if word}
    if not named:
        raise _Unusable("is empty")
    if named - set(ROLES):
        raise _Unusable("holds something else")
    mark = Reset(hashlib.sha256(content).hexdigest(), len(content), int(status.st_mtime))
    return tuple(role for role in ROLES if role in named), mark
