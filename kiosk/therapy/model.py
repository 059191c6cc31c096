"""What a therapist, and a person with a profile, see and may ask; frozen values, no I/O.

The screens import this module and nothing else of the package. Names, notes and whatever else is
about a person are for the screen alone: nothing here shows them in its ``repr``.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from profiles.saying import Said, Saying

if TYPE_CHECKING:
    from profiles.kept import Line
    from profiles.planned import Walk
    from profiles.profile import Language, Prescription, RailsMode
    from profiles.progress import Progress, SessionPoint
    from profiles.progression import Outlook, Proposal
    from profiles.state import HoldReason, State

Standing = Literal["ready", "held", "expired", "ended"]
"""``ended`` is expired before its day, by a therapist."""

ImportPhase = Literal["idle", "looking", "looked", "accepting", "done", "failed"]
EntryStatus = Literal["new", "changed", "same", "refused"]


class Private(msgspec.Struct, frozen=True):
    """Base of what must not end up in a log: it shows nothing of itself."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return []


class Row(Private, frozen=True):
    """One profile in the therapist's list. ``until`` is the last day it may be used.

    ``held`` says why it is held, since ``since``. ``proposes``: a step of the progression waits
    for the therapist; None while nobody has looked.
    """

    code: str
    name: str
    version: int
    standing: Standing
    until: date
    held: HoldReason | None = None
    since: date | None = None
    proposes: bool | None = None


class Opened(Private, frozen=True):
    """One profile in full: what was prescribed, its state, what holds today, how it goes.

    ``audit`` are the newest lines about it, oldest first.
    """

    prescription: Prescription
    state: State
    standing: Standing
    outlook: Outlook
    progress: Progress
    audit: tuple[Line, ...]


class Difference(Private, frozen=True):
    """A field that a newer version changes, by its path in the file, old beside new."""

    path: str
    old: str
    new: str


class EntryView(Private, frozen=True):
    """One profile of a file on the stick. ``faults`` are (place in the file, sentence with mend).

    ``old_version`` is the version that is here, None for a new one. ``code`` and ``version`` are
    None where they are what is wrong. ``facts`` are the fields of a new profile, as differences
    with nothing on their old side.
    """

    status: EntryStatus
    code: str | None
    version: int | None
    name: str | None
    old_version: int | None = None
    differences: tuple[Difference, ...] = ()
    facts: tuple[Difference, ...] = ()
    faults: tuple[tuple[str, Saying], ...] = ()


class FileView(Private, frozen=True):
    """One file on the stick: its profiles, and what is wrong with it as a whole."""

    name: str
    entries: tuple[EntryView, ...]
    faults: tuple[tuple[str, Saying], ...] = ()


class ImportState(Private, frozen=True):
    """The import under way. ``looking`` is done with ``done`` of ``of`` profiles.

    ``acceptable`` are the codes that may be accepted; ``taken`` those that were. ``text`` is what
    happened, once it is ``done`` or ``failed``. ``safe_to_remove`` after the
    stick was let go of: that is so from ``looked`` on, since a preview needs the stick no more.
    """

    phase: ImportPhase = "idle"
    stick_id: str | None = None
    done: int = 0
    of: int = 0
    files: tuple[FileView, ...] = ()
    acceptable: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    text: Said = ()
    safe_to_remove: bool = False


class TherapyState(Private, frozen=True):
    """Everything the therapist's screens show. ``rows`` is empty unless the PIN is open.

    ``faults`` are sentences about profiles that cannot be read. ``kiosk_key`` is the public age
    key that profiles may be encrypted to; None while there is none.
    """

    rows: tuple[Row, ...] = ()
    faults: Said = ()
    importing: ImportState = ImportState()
    opened: Opened | None = None
    kiosk_key: str | None = None


class ReportDone(msgspec.Struct, frozen=True):
    """A report that stands on the stick and was read back; the stick was let go of.

    ``folder`` is its place on the stick, ``files`` their names in it.
    """

    folder: str
    files: tuple[str, ...]


class TherapyDesk(Protocol):
    """What a therapist's screen may call. Every method returns at once.

    A future ends with a ``kiosk.session.actions.Refusal`` (one sentence) where something cannot
    be, and always where the therapist's PIN is not open. Futures are completed by another thread.
    """

    def state(self) -> TherapyState:
        """Return the newest state."""

    def leave(self) -> None:
        """Close what was open: the profile, and a preview that nobody accepted."""

    def look(self, stick_id: str) -> Future[None]:
        """Read every profile on a stick; ``importing`` tells how far, and what was found."""

    def accept(self, codes: Collection[str]) -> Future[None]:
        """Import these profiles of the preview, all or none; ``importing`` tells how it ended."""

    def end_import(self) -> None:
        """Forget the preview: nothing of it is imported. Stops a look that is under way."""

    def open(self, code: str) -> Future[None]:
        """Look a profile up with its sessions: ``opened`` has it when the future ends well."""

    def shut(self) -> None:
        """Close the profile."""

    def hold(self, code: str) -> Future[None]:
        """Hold a profile until it is released."""

    def release(self, code: str) -> Future[None]:
        """Release a profile: the sessions so far hold it no more."""

    def expire(self, code: str) -> Future[None]:
        """Let it expire today; only a newer version is walked again."""

    def set_automatic(self, code: str, on: bool) -> Future[None]:
        """Say whether steps of the progression take effect by themselves."""

    def step(self, code: str) -> Future[None]:
        """Take the step that is proposed in ``opened``; refused if that has changed since."""

    def forget(self, code: str) -> Future[None]:
        """Delete a profile: name, note and PIN everywhere. Its sessions stay, under the code."""

    def report(self, code: str, stick_id: str, *, identified: bool) -> Future[ReportDone]:
        """Put the profile's report onto a stick.

        Identified ones are encrypted to the clinic's key; without that key they are refused.
        """

    def prepare(self, stick_id: str) -> Future[tuple[str, ...]]:
        """Put the profile editor, with this kiosk's key, onto a stick; return the files' names."""


class Person(Private, frozen=True):
    """Who was found by name and PIN, and what they walk today.

    ``why`` says why no session may start: ``held`` or ``expired``, both of which mean to see the
    therapist; None: one may. ``screened``: the therapist asked the screening questions already.
    ``past`` are the last sessions, oldest first. ``stepped`` is a step of the progression that was
    taken and not walked yet, as far as this kiosk remembers since it started.
    """

    code: str
    name: str
    language: Language | None
    walk: Walk
    program_name: str
    why: Literal["held", "expired"] | None
    screened: bool
    past: tuple[SessionPoint, ...] = ()
    stepped: Proposal | None = None
    rails: RailsMode = "both"


class PatronDesk(Protocol):
    """What the screens of somebody with a profile may call."""

    def person(self) -> Person | None:
        """Return who is here, from a right PIN until they leave or are gone for a while."""

    def find(self, who: str, pin: str) -> Future[None]:
        """Find a profile by its code or its first name, and its PIN; ``person`` has it then.

        A ``Refusal`` never tells whether the name or the PIN was wrong. Tries are counted.
        """

    def leave(self) -> None:
        """Forget who is here. A session under way goes on."""
