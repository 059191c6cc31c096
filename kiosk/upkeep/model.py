"""What the pages of updates and backups see, as frozen values, and what they may ask. No I/O."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec

from profiles.saying import Said

SOCKET: Final = Path("/run/sternway-update/update.sock")
"""Where the update service is asked."""
UPDATE: Final = ".update"
"""What the name of an update ends in."""

JobPhase = Literal["idle", "checking", "writing", "reading", "done", "failed"]
"""``done`` and ``failed`` are over; the others but ``idle`` are under way."""
UNDER_WAY: Final = frozenset({"checking", "writing", "reading"})
Other = Literal["empty", "good", "waiting", "failed"]
"""The version that does not run: none, the one before, one that the next start tries, or one that
was tried and did not come up."""


class Slots(msgspec.Struct, frozen=True):
    """How the appliance stands: the version in use, and the other one, None where nobody knows."""

    version: str
    trial: bool = False
    other: Other = "empty"
    other_version: str | None = None


class Job(msgspec.Struct, frozen=True):
    """An update, a backup or a restore under way, or over: then ``text`` says why it failed.

    ``safe_to_remove``: the stick was let go of.
    """

    phase: JobPhase = "idle"
    done: int = 0
    total: int = 0
    text: Said = ()
    safe_to_remove: bool = False

    @property
    def fraction(self) -> float:
        """How much of its phase is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class UpkeepState(msgspec.Struct, frozen=True):
    """Everything that these pages show. ``slots`` is None where this is no appliance.

    ``version`` is the program's own. ``slots_fault`` says why the update service does not answer.
    """

    version: str = ""
    appliance: bool = False
    slots: Slots | None = None
    slots_fault: Said = ()
    update: Job = Job()
    backup: Job = Job()
    restore: Job = Job()


class Offer(msgspec.Struct, frozen=True):
    """An update on a stick that may be installed. ``digest`` names it."""

    stick_id: str
    file: str
    version: str
    bytes: int
    digest: str


class Backup(msgspec.Struct, frozen=True):
    """A backup that was made: the file on the stick, and the passphrase that is kept nowhere.

    ``clinic``: the clinic's key opens it as well.
    """

    file: str
    bytes: int
    files: int
    passphrase: str
    clinic: bool


class Found(msgspec.Struct, frozen=True):
    """A backup on a stick, as it says of itself: nothing of it is proved before it is opened."""

    file: str
    bytes: int
    made_at: str
    kiosk_id: str
    version: str


class UpkeepDesk(Protocol):
    """What these pages may call. Every method returns at once.

    A future ends with a ``kiosk.session.actions.Refusal`` where something cannot be, and always
    where the staff's PIN is not open.
    """

    def state(self) -> UpkeepState:
        """Return the newest state; nothing is read from any disk for it."""

    def find_update(self, stick_id: str) -> Future[Offer]:
        """Return the newest update on a stick that this kiosk may take."""

    def install(self, offer: Offer) -> Future[None]:
        """Write it into the slot that does not run; the next start tries it."""

    def stop_update(self) -> None:
        """Stop an update under way. Nobody's PIN is needed for that."""

    def forget_version(self) -> Future[None]:
        """Forget a version that did not come up."""

    def back_up(self, stick_id: str) -> Future[Backup]:
        """Write all data, locked with a new passphrase, onto a stick, and read it back."""

    def find_backups(self, stick_id: str) -> Future[tuple[Found, ...]]:
        """Return the backups on a stick, the newest first."""

    def restore(self, stick_id: str, file: str, passphrase: str) -> Future[None]:
        """Take a backup's data, all of it checked, and make it ready; the program's start uses it.

        What was here is set aside, and not deleted.
        """

    def end(self) -> None:
        """Forget what is over."""
