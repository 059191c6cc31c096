"""Errors of this package, and the one sentence that a person reads for each."""

from __future__ import annotations

import errno
from typing import Final


class ExportError(Exception):
    """Base of every error that ``kiosk.export`` raises; its text is one sentence for people."""


class Unusable(ExportError, ValueError):
    """What was asked cannot be: a target, range, format or key that makes no sense."""


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


_WHY: Final = {
    errno.ENOSPC: "it is full",
    errno.EDQUOT: "it is full",
    errno.EROFS: "it is write-protected",
    errno.EACCES: "Sternway may not write to it",
    errno.EPERM: "Sternway may not write to it",
    errno.EIO: "it reports an error, or was pulled out",
    errno.ENODEV: "it was pulled out",
    errno.ENXIO: "it was pulled out",
    errno.ENOMEDIUM: "it was pulled out",
    errno.ESHUTDOWN: "it was pulled out",
    errno.ESTALE: "it was pulled out",
    errno.ENOENT: "it is gone",
    errno.ENOTDIR: "there is no folder of that name",
    errno.ELOOP: "a link stands where a folder should be",
    errno.EFBIG: "a file is too large for its filesystem: choose fewer days, or format it as exFAT",
}


def sentence_of(error: OSError, doing: str = "The export could not be written") -> str:
    """Return one sentence about a failed target."""
    why = _WHY.get(error.errno or 0) or (error.strerror or type(error).__name__).lower()
    return f"{doing}: {why}."
