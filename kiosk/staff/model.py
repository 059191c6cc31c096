"""What the staff screens see, as frozen values, and what they may ask. No I/O in here."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import date, datetime
from typing import Final, Literal, Protocol

import msgspec

from kiosk.care.model import CareDesk
from kiosk.logbook.model import LogbookDesk
from kiosk.preferences.model import PreferencesDesk
from kiosk.sticks.model import Stick
from kiosk.upkeep.model import UpkeepDesk
from profiles.saying import Said, Saying

Role = Literal["staff", "therapist"]
ROLES: Final[tuple[Role, ...]] = ("staff", "therapist")

ExportPhase = Literal[
    "idle", "planning", "planned", "writing", "checking", "ejecting", "done", "failed", "cancelled"
]
"""``planned`` waits for a person; from ``done``, ``failed`` and ``cancelled`` on it is over."""


Who = Literal["all", "guests", "profiles"]
"""Whose sessions: everybody's, those of guests alone, or those with a profile alone."""


class ExportWish(msgspec.Struct, frozen=True):
    """What staff choose: which days (both included, None: all), which files, whose, which stick.

    ``identified`` (with dates, codes and numbers, encrypted to the clinic's key) asks for the
    therapist's PIN first.
    """

    stick_id: str
    since: date | None = None
    until: date | None = None
    formats: frozenset[str] = frozenset({"csv", "json", "traces", "html", "pdf"})
    identified: bool = False
    who: Who = "all"


class ExportPlan(msgspec.Struct, frozen=True):
    """What will be written. ``obstacle`` says why it cannot be, or is None.

    ``notes`` are sentences that staff should know of and that hold nothing up: parts of the log
    that cannot be read, sessions still running or of days that are not sure, folders that an
    earlier export left unfinished.
    ``unfinished`` counts these folders: staff are offered to delete them.
    """

    sessions: int
    people: int
    guests: int
    bytes: int
    needed_bytes: int
    free_bytes: int | None
    files: tuple[str, ...]
    obstacle: Said | None
    notes: Said = ()
    unfinished: int = 0


class ExportResult(msgspec.Struct, frozen=True):
    """What stands on the stick: the folder's path on it, and what is in it."""

    folder: str
    sessions: int
    bytes: int
    files: int
    notes: Said = ()


class ExportState(msgspec.Struct, frozen=True):
    """The export under way. ``text`` is what happened, once it is over.

    ``fraction`` runs from 0 to 1 over writing and checking; ``seconds_left`` is None while that is
    anyone's guess. ``safe_to_remove`` only after the stick was let go of.
    """

    phase: ExportPhase = "idle"
    wish: ExportWish | None = None
    plan: ExportPlan | None = None
    result: ExportResult | None = None
    bytes_done: int = 0
    bytes_total: int = 0
    seconds_left: float | None = None
    text: Said = ()
    safe_to_remove: bool = False

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        return min(1.0, self.bytes_done / self.bytes_total) if self.bytes_total else 0.0


class ClockState(msgspec.Struct, frozen=True):
    """The wall clock: UTC, and whether someone or a time server vouched for it since power-on.

    ``zone`` is the name of the place's time zone, for people.
    """

    utc: datetime
    trusted: bool
    zone: str


class StaffState(msgspec.Struct, frozen=True):
    """Everything the staff screens show. ``faults`` is empty where all is well.

    ``kept`` counts the sessions in the log, None while that is not known. ``clinic_key`` is the
    public age key that identified exports are encrypted to, None before there is one.
    ``preset_pins`` are a simulation's that nobody changed.
    """

    sticks: tuple[Stick, ...]
    sticks_fault: Saying | None
    export: ExportState
    clock: ClockState
    faults: tuple[Said, ...]
    kept: int | None
    clinic_key: str | None
    pins_missing: tuple[Role, ...] = ()
    open_roles: frozenset[Role] = frozenset()
    preset_pins: frozenset[Role] = frozenset()


class Package(msgspec.Struct, frozen=True):
    """Something that the program is made of, and its licence."""

    name: str
    version: str
    licence: str


class KioskFacts(msgspec.Struct, frozen=True):
    """What this kiosk is. Sizes in bytes, times in seconds; None is unknown."""

    version: str
    kiosk_id: str
    boot_id: str
    python: str
    system: str
    up_s: float | None
    free_bytes: int | None
    total_bytes: int | None
    packages: tuple[Package, ...]


class StaffDesk(Protocol):
    """What a staff screen may call. Every method returns at once.

    A future ends with a ``kiosk.session.actions.Refusal`` (one sentence) where something cannot be,
    and always where its role was not opened by its PIN. They are completed by another thread: look
    at ``done()`` in a frame.
    """

    @property
    def care(self) -> CareDesk:
        """What staff do to the machine itself."""

    @property
    def upkeep(self) -> UpkeepDesk:
        """Updates of the system, backups of the data."""

    @property
    def preferences(self) -> PreferencesDesk:
        """What staff set on the screen; anybody may read it."""

    @property
    def logbook(self) -> LogbookDesk:
        """The log, to look at."""

    def about(self) -> Future[KioskFacts]:
        """Return what this kiosk is: versions, licences, numbers, how long it runs, room left."""

    def state(self) -> StaffState:
        """Return the newest state."""

    def leave(self) -> None:
        """Close what the PINs opened; an export under way goes on."""

    def plan_export(self, wish: ExportWish) -> Future[None]:
        """Look at the stick and the log, and say what would be written: ``export.phase`` tells."""

    def start_export(self) -> Future[None]:
        """Write what was planned."""

    def cancel_export(self) -> None:
        """Stop it soon; what was written is taken away again."""

    def end_export(self) -> None:
        """Forget a plan, or an export that is over: back to ``idle``. The stick is let go of."""

    def eject(self, stick_id: str) -> Future[None]:
        """Let go of a stick; when the future ends well it is safe to remove."""

    def confirm_clock(self) -> Future[None]:
        """Someone looked: the clock is right."""

    def set_clock(self, utc: datetime) -> Future[None]:
        """Someone set the clock."""

    def make_clinic_key(self, stick_id: str) -> Future[str]:
        """Make a key, leave its secret half on the stick and its public half here.

        The result is the passphrase that the secret half is locked with, to be written down: it is
        kept nowhere. Therapist.
        """

    def take_clinic_key(self, stick_id: str) -> Future[str]:
        """Take the clinic's own public key from a file on the stick, and return it. Therapist."""

    def set_pin(self, role: Role, pin: str, old: str = "") -> Future[None]:
        """Change a PIN (4-8 digits), which takes the ``old`` one; a wrong one counts as a try.

        The role itself, or for the therapist's first one, staff.
        """

    def forget_export_folders(self, stick_id: str) -> Future[int]:
        """Delete what unfinished exports left on a stick; return how many folders there were.

        An export that is planned for this stick is planned anew after it.
        """
