"""Errors of this package, and the sentences that a person reads for each."""

from __future__ import annotations

from typing import Final

from profiles.saying import ToldError, saying


class UpkeepError(ToldError):
    """Base of every error of backups and restores; what is ``said`` is for people."""


class BackupFailed(UpkeepError, OSError):
    """No backup was made; nothing on the stick looks like one."""


class BackupUnusable(UpkeepError, ValueError):
    """A backup that cannot be taken; nothing here has changed."""


BACKUP_FAILED: Final = saying("The backup could not be written.")
KEPT_CHANGING: Final = saying("The data kept changing: wait until nobody walks, then try again.")
NOT_READ_BACK: Final = saying(
    "What stands on the stick is not what was written to it: use another stick."
)
NO_BACKUP: Final = saying("There is no backup on this stick: its name ends in .backup.")
NOT_A_BACKUP: Final = saying("This file is no backup of Sternway, or it is not whole.")
WRONG_PHRASE: Final = saying(
    "The passphrase does not open this backup. Mind the hyphens, then try again."
)
NO_ROOM: Final = saying("The kiosk's disk has no room for this backup: call the service.")
NOT_TAKEN: Final = saying("The backup could not be taken. Nothing here has changed.")
