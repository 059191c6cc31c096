"""Why an update is not taken, in one sentence with the mend. No I/O in here."""

from __future__ import annotations

from typing import Final

from profiles.saying import ToldError, saying


class UpdateError(ToldError):
    """Why an update was not taken, or something about the slots could not be done."""


NOT_WHOLE: Final = saying("The update file is not whole: copy it onto the stick again.")
NOT_AN_UPDATE: Final = saying("This file is no update of Sternway: copy it onto the stick again.")
NOT_SIGNED: Final = saying(
    "The update is not signed by whoever made this kiosk's system: get it from them again."
)
NO_KEY: Final = saying("This kiosk's system was built without a key, so it takes no updates.")
CHANGED: Final = saying("The update file changed meanwhile: look at the stick again.")
NO_FALLBACK: Final = saying(
    "The version in use is itself not confirmed yet: wait five minutes, then try again."
)
NO_BOOT_ROOM: Final = saying("The boot partition has no room for this update: call the service.")
SLOT_IN_USE: Final = saying("The place for the new version is in use: restart, then try again.")
NOT_KEPT: Final = saying(
    "The card did not keep what was written to it: replace the card. "
    "The version in use is untouched."
)
CANCELLED: Final = saying("The update was cancelled. The version in use is untouched.")
NOT_WRITTEN: Final = saying("The update could not be written. The version in use is untouched.")
NOT_READ: Final = saying("The stick could not be read: put it in again. Nothing was changed.")
NOT_THE_APPLIANCE: Final = saying(
    "This machine is no appliance with two system slots: its updates come by its packages."
)
DATA_READ_ONLY: Final = saying("The data partition cannot be written: the update is not confirmed.")
