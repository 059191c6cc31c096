"""Errors of this package, and the sentences that a person reads for each."""

from __future__ import annotations

import errno
import os
from typing import Final

from profiles.saying import Said, Saying, ToldError, saying


class ExportError(ToldError):
    """Base of every error that ``kiosk.export`` raises; what is ``said`` is for people."""


class Unusable(ExportError, ValueError):
    """What was asked cannot be: a target, range, format or key that makes no sense."""


class Wrong(Unusable):
    """Arguments of the command line that make no sense; English, as the command line is."""

    def __init__(self, text: str) -> None:
        """Keep the text, which is no key of the catalogues."""
        super().__init__(Saying(text))


class NoRoom(ExportError, OSError):
    """The export does not fit on the target; nothing was written."""


class WriteFailed(ExportError, OSError):
    """The target failed while it was written or read back; no folder on it looks complete."""


class NotVerified(ExportError, RuntimeError):
    """What stands on the target is not what was written to it."""


class SourceFailed(ExportError, RuntimeError):
    """The log or a trace failed while it was read."""


class Cancelled(ExportError, InterruptedError):
    """Someone cancelled; what was written is removed."""


class NotOurs(ExportError, ValueError):
    """Something lies on the target where only an export's own should; it was left alone."""


class KeyExists(ExportError, FileExistsError):
    """A clinic's key lies on the stick already; nothing was written."""


class KeyUnusable(ExportError, ValueError):
    """There is no public key where one was to be taken from; the kiosk's is as it was."""


class NotKept(ExportError, OSError):
    """The kiosk could not keep the clinic's public key; identified exports still use the old."""


NOT_WRITTEN: Final = saying("The export could not be written.")
CANCELLED: Final = saying("The export was cancelled.")
NO_LOG: Final = saying("The kiosk's own log could not be read: call the service.")
NOTHING_LEFT: Final = saying("Nothing of it is left on the stick.")
PART_LEFT: Final = saying("What is left of it on the stick ends in .part and can be deleted.")

_FULL: Final = saying("The stick is full: choose fewer days, or use another stick.")
_PROTECTED: Final = saying("The stick is write-protected: move its switch, or use another one.")
_FORBIDDEN: Final = saying("Sternway may not write to the stick: use another one.")
_DAMAGED: Final = saying("The stick reports an error, or was pulled out: use another one.")
_PULLED: Final = saying("The stick was pulled out: put it in again.")
_WHY: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _PROTECTED,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EIO: _DAMAGED,
    errno.ENODEV: _PULLED,
    errno.ENXIO: _PULLED,
    errno.ENOMEDIUM: _PULLED,
    errno.ESHUTDOWN: _PULLED,
    errno.ESTALE: _PULLED,
    errno.ENOENT: saying("The stick, or a file on it, is gone: put it in again."),
    errno.ENOTDIR: saying("A file stands on the stick where a folder should be: use another one."),
    errno.ELOOP: saying("A link stands on the stick where a folder should be: use another one."),
    errno.EFBIG: saying("A file is too large for the stick: choose fewer days, or use exFAT."),
}
_HERE: Final = {
    errno.ENOSPC: saying("The kiosk's disk is full: call the service."),
    errno.EROFS: saying("The kiosk's disk is read-only: call the service."),
    errno.EIO: saying("The kiosk's disk reports an error: call the service."),
}


def told_of(error: OSError, failed: Saying = NOT_WRITTEN, *, here: bool = False) -> Said:
    """Return what failed and why, with the mend: the stick, or ``here`` the kiosk's own disk."""
    known = (_HERE if here else _WHY).get(error.errno or 0)
    return failed, known or saying("The system says: {reason}.", reason=_reason(error))


def _reason(error: OSError) -> str:
    return error.strerror or (os.strerror(error.errno) if error.errno else type(error).__name__)
