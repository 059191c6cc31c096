"""What a person reads when a report could not be put onto a stick: what happened, and the mend."""

from __future__ import annotations

import errno
from typing import Final

from kiosk.export.errors import (
    Cancelled,
    ExportError,
    NotVerified,
    SourceFailed,
    WriteFailed,
    told_of,
)
from kiosk.export.target import Target
from profiles.saying import Said, Saying, saying

_FULL: Final = saying("The stick is full: make room on it, or use another.")
_LOCKED: Final = saying("The stick is write-protected: release its switch, or use another.")
_PULLED: Final = saying("The stick was pulled out: put it in again, and make the report once more.")
_BROKEN: Final = saying("The stick reports an error, or was pulled out: use another.")
_SENTENCES: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _LOCKED,
    errno.EACCES: _LOCKED,
    errno.EPERM: _LOCKED,
    errno.EIO: _BROKEN,
    errno.ENODEV: _PULLED,
    errno.ENXIO: _PULLED,
    errno.ENOMEDIUM: _PULLED,
    errno.ESHUTDOWN: _PULLED,
    errno.ESTALE: _PULLED,
    errno.ENOENT: _PULLED,
}


def told(error: ExportError | OSError, target: Target) -> ExportError:
    """Return the error for the person: what happened, and what is left on the stick."""
    left = left_on(target)
    if isinstance(error, Cancelled):
        return Cancelled(saying("The report was cancelled."), left)
    if isinstance(error, NotVerified):
        return NotVerified(
            saying("What stands on the stick is not what was written to it: use another stick."),
            left,
        )
    if isinstance(error, OSError):
        return WriteFailed(*_said(error), left)
    return SourceFailed(saying("The report could not be made: try again."), left)


def left_on(target: Target) -> Saying:
    """Say what is left on the stick after a failure."""
    if target.removed:
        return saying("Nothing of the report is left on it.")
    if target.stands:
        return saying(
            "Its folder {name} may not last: make the report once more.", name=target.name
        )
    return saying("What is left of it there ends in .part and can be deleted.")


def _said(error: OSError) -> Said:
    known = _SENTENCES.get(error.errno or 0)
    if known is not None:
        return (known,)
    return told_of(error, saying("The report could not be written."))
