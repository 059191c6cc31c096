"""What a person reads when a report could not be put onto a stick: what happened, and the mend."""

from __future__ import annotations

import errno
from typing import Final

from kiosk.cues.texts import _
from kiosk.export.errors import (
    Cancelled,
    ExportError,
    NotVerified,
    SourceFailed,
    WriteFailed,
    sentence_of,
)
from kiosk.export.target import Target


def _n(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


_FULL: Final = _n("The stick is full: make room on it, or use another.")
_LOCKED: Final = _n("The stick is write-protected: release its switch, or use another.")
_PULLED: Final = _n("The stick was pulled out: put it in again, and make the report once more.")
_BROKEN: Final = _n("The stick reports an error, or was pulled out: use another.")
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
    """Return the error for the person: one sentence, and one about what is left on the stick."""
    left = left_on(target)
    if isinstance(error, Cancelled):
        return Cancelled(f"{_('The report was cancelled.')} {left}")
    if isinstance(error, NotVerified):
        said = _("What stands on the stick is not what was written to it: use another stick.")
        return NotVerified(f"{said} {left}")
    if isinstance(error, OSError):
        return WriteFailed(f"{_said(error)} {left}")
    return SourceFailed(f"{_('The report could not be made: try again.')} {left}")


def left_on(target: Target) -> str:
    """Say what is left on the stick after a failure."""
    if target.removed:
        return _("Nothing of the report is left on it.")
    if target.stands:
        return _("Its folder {name} may not last: make the report once more.").format(
            name=target.name
        )
    return _("What is left of it there ends in .part and can be deleted.")


def _said(error: OSError) -> str:
    known = _SENTENCES.get(error.errno or 0)
    return _(known) if known else sentence_of(error, _("The report could not be written"))
