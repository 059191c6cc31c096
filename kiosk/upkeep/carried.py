"""What a restore must not undo: who was deleted since the backup, what was held, ended or newer.

Deleted is for good, whatever an older backup holds; and nobody may walk under what a therapist has
held, ended or replaced because the data is an older one. The belt's calibration is the machine's,
whatever the backup was of. All else is the backup's.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from kiosk.library import LIBRARY, library_of
from kiosk.preferences.kept import Kept as Settings
from profiles.errors import NotAccepted, UnknownCode
from profiles.kept import Kept
from profiles.library import Library, Ready

log = logging.getLogger(__name__)

_CALIBRATION: Final = ("mm_per_count", "invert", "calibrated")


def keep_calibration(data: Path, new: Path) -> None:
    """Give what is about to be swapped in this machine's calibration, or none where it has none.

    Another belt's would show and bound a wrong speed. Raises ``OSError``.
    """
    for simulated in (False, True):
        theirs = Settings(new, simulated=simulated)
        backup, here = theirs.load(), Settings(data, simulated=simulated).load()
        mine = {name: here[name] for name in _CALIBRATION if name in here}
        kept = {name: backup[name] for name in backup if name not in _CALIBRATION}
        if backup != kept | mine:
            theirs.write(kept | mine)


def carry_over(aside: Path, data: Path) -> None:
    """Bring into the restored library what was set aside of it; done twice, it changes nothing.

    Raises :class:`profiles.errors.LibraryUnusable`.
    """
    if not (aside / LIBRARY).exists() or not (data / LIBRARY).exists():
        return
    old, new = library_of(aside), library_of(data)
    known = new.audit()
    # The audit goes back with the data: what it does not know came after the backup.
    gone = {one.code for one in old.audit() if one.what == "forgotten" and one not in known}
    for code in sorted(gone):
        try:
            # Here alone: who has the code in what was set aside may be somebody else.
            Library.forget(new, code, "kiosk")
        except UnknownCode:
            continue
    for kept in old.all():
        if kept.code not in gone:
            _carry(kept, old, new)


def _carry(was: Kept, old: Library, new: Library) -> None:
    try:
        now = new.get(was.code)
    except UnknownCode:
        return  # it came after the backup
    code, state, version = was.code, was.state, was.prescription.version
    here = now.prescription.version
    if version > here:
        sha256 = next((one.sha256 for one in reversed(old.audit(code)) if one.sha256), "")
        try:
            new.put([Ready(was.prescription, was.pin_hash, old.secret, sha256, here)], "kiosk")
        except NotAccepted as error:
            # Another library's, or the name and the PIN are somebody else's here.
            log.error("a newer version of %s was not carried over: %s", code, error)
    if state.held is not None:
        new.hold(code, state.held.why, state.held.since, "kiosk")
    if state.ended_on is not None and now.state.ended_on is None and version >= here:
        new.end(code, state.ended_on, "kiosk")
