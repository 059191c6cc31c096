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
from profiles.saying import Said, Saying, ToldError, saying

log = logging.getLogger(__name__)

NAME: Final = "sternway-reset-pins.txt"
PLACES: Final = (Path("/boot/firmware"), Path("/boot"))
"""Where a Raspberry Pi's FAT partition is: Raspberry Pi OS since 12, and before."""

_MEND: Final = saying("Write staff or therapist into it, one a line, or delete it.")
_MAX_BYTES: Final = 4096
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"))
"""What Windows' Notepad begins a file with."""


class _Unusable(ToldError, ValueError):
    """What is wrong with the file, and that no PIN was reset."""


class Found(msgspec.Struct, frozen=True):
    """A reset file: what it made of the PINs, for the staff screen."""

    path: Path
    said: Said

    def fault(self) -> Said | None:
        """Return what is to be said while the file lies there."""
        return self.said if os.path.lexists(self.path) else None


def apply(pins: Pins, places: Sequence[Path] = PLACES) -> Found | None:
    """Reset what a reset file names, once for each file; return what to say of it.

    The first place that has one counts. A file that cannot be used resets nothing at all.
    """
    for place in places:
        path = place / NAME
        if os.path.lexists(path):
            return Found(path, _apply(pins, path))
    return None


def _apply(pins: Pins, path: Path) -> Said:
    try:
        roles, mark = _read(path)
        done = pins.reset(roles, mark)
    except _Unusable as error:
        log.error("%s resets nothing: %s", path, error)
        return *error.said, _MEND
    except OSError as error:
        log.error("%s resets nothing: %s", path, error.strerror)
        reason = error.strerror or type(error).__name__
        return (
            saying("No PIN was reset by {file}.", file=path.name),
            saying("The system says: {reason}.", reason=reason),
        )
    if done:
        log.warning("%s reset the PINs of %s", path, " and ".join(done))
    return (_done(done or roles, path.name),)


def _done(roles: tuple[str, ...], file: str) -> Saying:
    if roles == ("staff",):
        return saying("{file} has reset the staff's PIN: delete that file.", file=file)
    if roles == ("therapist",):
        return saying("{file} has reset the therapist's PIN: delete that file.", file=file)
    return saying("{file} has reset the PINs of staff and therapist: delete that file.", file=file)


def _read(path: Path) -> tuple[tuple[str, ...], Reset]:
    """Return the roles that a file names. Raises ``OSError``, and :class:`_Unusable`."""
    name = path.name
    file = os.open(path, _READ)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise _Unusable(saying("No PIN was reset, because {file} is no file.", file=name))
        content = os.read(file, _MAX_BYTES + 1)
    finally:
        os.close(file)
    if len(content) > _MAX_BYTES:
        raise _Unusable(saying("No PIN was reset, because {file} is too long.", file=name))
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        words = [line.strip().lower() for line in content.decode(encoding).splitlines()]
    except UnicodeDecodeError as error:
        raise _Unusable(
            saying("No PIN was reset, because {file} is not text.", file=name)
        ) from error
    named = {word for word in words if word}
    if not named:
        raise _Unusable(saying("No PIN was reset, because {file} is empty.", file=name))
    if named - set(ROLES):
        raise _Unusable(saying("No PIN was reset, because {file} holds something else.", file=name))
    mark = Reset(hashlib.sha256(content).hexdigest(), len(content), int(status.st_mtime))
    return tuple(role for role in ROLES if role in named), mark
