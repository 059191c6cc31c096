"""What a therapist does behind their PIN: import, look, hold, release, step on, delete, take along.

The screens ask from Kivy's thread and read frozen states. The office's thread does what touches a
stick, one at a time with an export; the thread ``desk`` does what is quick. That the PIN was right
is checked here again: a screen may be mistaken.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from kiosk.export.small import write_files
from kiosk.session.actions import Refusal
from kiosk.staff.answers import refused, said_of
from kiosk.therapy.importing import Importing
from kiosk.therapy.listing import row, standing
from kiosk.therapy.model import Opened, ReportDone, TherapyState
from kiosk.therapy.patrons import NO_PROFILES, Patrons, told
from kiosk.therapy.ports import Office, Reporter
from kiosk.therapy.todays import Found
from kiosk.worker import Worker
from profiles.editor import NAME, PageUnusable
from profiles.errors import KeyUnusable, LibraryUnusable, NotAccepted
from profiles.importer import Gathered
from profiles.kept import Line
from profiles.kiosk_key import KioskKey
from profiles.library import Library
from profiles.progress import Progress, held_spans, progress

log = logging.getLogger(__name__)

_T = TypeVar("_T")

AUDIT_LINES: Final = 20
ROWS_AT_ONCE: Final = 20
"""Profiles whose next step is looked for in one go: others want the desk's thread too."""


class Practice:
    """The screens' :class:`kiosk.therapy.model.TherapyDesk`, over one library and its sessions."""

    def __init__(
        self,
        library: Library,
        key: KioskKey,
        patrons: Patrons,
        *,
        office: Office,
        desk: Worker,
        report: Reporter,
        editor: Callable[[str], bytes],
    ) -> None:
        """Nothing is open. ``desk`` is somebody else's to start and close.

        ``editor`` makes the editor's page for a kiosk's public key.
        """
        self._library = library
        self._key = key
        self._patrons = patrons
        self._office = office
        self._desk = desk
        self._report = report
        self._editor = editor
        self._guard = threading.Lock()
        self._importing = Importing(library, key)
        self._proposes: dict[str, bool] = {}
        self._visit = self._of = 0
        self._is_stale = False
        self._state = TherapyState()

    # --- the state ---------------------------------------------------------------------------

    def state(self) -> TherapyState:
        """Return the newest state; without the therapist's PIN there is nothing to see."""
        if not self._office.is_open("therapist"):
            return TherapyState()
        if self._is_stale:
            self.opened()
        return replace(self._state, importing=self._importing.state)

    def opened(self) -> None:
        """The therapist's PIN was right: bring the list up to date."""

        def anew() -> None:
            self._proposes = {}
            self._refresh()

        asked = self._desk.ask(self._in_turn(anew))
        # A desk that is too busy now is asked again with the next look.
        self._is_stale = asked.done() and asked.exception() is not None

    def is_busy(self) -> bool:
        """Say whether something runs that a therapist waits for: their PIN stays open."""
        return self._importing.is_busy()

    def leave(self) -> None:
        """Close the profile and the preview, and forget what the screens showed."""
        self._importing.leave()
        with self._guard:
            self._visit += 1
            self._state = TherapyState()

    # --- import ------------------------------------------------------------------------------

    def look(self, stick_id: str) -> Future[None]:
        """Read every profile on a stick."""
        try:
            self._office.need("therapist")
            number = self._importing.begin(stick_id)
        except Refusal as refusal:
            return refused(refusal)

        looked: Future[None] = Future()

        def freed() -> None:
            self._importing.freed(number)

        def was_read(read: Future[Gathered]) -> None:
            # Hashing takes longest, and needs the stick no more: it may be taken out meanwhile.
            if (error := read.exception()) is not None:
                self._importing.failed(number, error)
                looked.set_exception(error)
                return
            judged = self._office.apart(lambda: self._importing.judge(number, read.result()))
            judged.add_done_callback(was_judged)

        def was_judged(judged: Future[None]) -> None:
            if (error := judged.exception()) is not None:
                self._importing.failed(number, error)
                looked.set_exception(error)
            else:
                looked.set_result(None)

        self._office.at_stick(
            stick_id, self._importing.read, "therapist", writable=False, freed=freed
        ).add_done_callback(was_read)
        return looked

    def accept(self, codes: Collection[str]) -> Future[None]:
        """Import these profiles, all or none."""
        chosen = tuple(codes)
        try:
            self._office.need("therapist")
            preview = self._importing.choose(chosen)
        except Refusal as refusal:
            return refused(refusal)

        def take() -> None:
            for code in self._importing.take(preview, chosen):
                self._patrons.dropped(code)
                self._proposes.pop(code, None)
            self._refresh()

        asked = self._desk.ask(self._in_turn(take))
        if asked.done() and (error := asked.exception()) is not None:
            self._importing.give_up(*said_of(error))
        return asked

    def end_import(self) -> None:
        """Forget the preview; stop a look that is under way."""
        self._importing.end()

    # --- profiles ----------------------------------------------------------------------------

    def open(self, code: str) -> Future[None]:
        """Look a profile up with its sessions."""
        return self._quick(lambda: self._open(code))

    def shut(self) -> None:
        """Close the profile."""
        with self._guard:
            self._state = replace(self._state, opened=None)

    def hold(self, code: str) -> Future[None]:
        """Hold it until it is released."""
        return self._changing(
            code, lambda: self._library.hold(code, "therapist", self._patrons.today(), "therapist")
        )

    def release(self, code: str) -> Future[None]:
        """Release it: the sessions so far were judged by the therapist."""

        def release() -> None:
            records = self._patrons.look(code).records
            newest = max((int(one["seq"]) for one in records), default=0)
            self._library.release(code, newest, self._patrons.today(), "therapist")

        return self._changing(code, release)

    def expire(self, code: str) -> Future[None]:
        """Let it expire now."""
        return self._changing(
            code, lambda: self._library.end(code, self._patrons.today(), "therapist")
        )

    def set_automatic(self, code: str, on: bool) -> Future[None]:
        """Say whether steps of the progression take effect by themselves."""
        return self._changing(code, lambda: self._library.set_automatic(code, on, "therapist"))

    def step(self, code: str) -> Future[None]:
        """Take the step that is on show."""
        shown = self._state.opened

        def step() -> None:
            found = self._patrons.look(code)
            proposal, given = found.seen.proposal, found.kept.prescription
            same = shown is not None and (shown.outlook.proposal, shown.prescription) == (
                proposal,
                given,
            )
            if proposal is None or not same:
                self._open(code)
                raise Refusal("changed", "The profile has changed meanwhile: look at it again.")
            self._library.step(found.kept, proposal.state, "therapist")
            self._patrons.stepped(code, proposal)

        return self._changing(code, step)

    def forget(self, code: str) -> Future[None]:
        """Delete it: name, note and PIN everywhere; the sessions stay, under the code."""

        def forget() -> None:
            self._patrons.dropped(code)
            told(lambda: self._library.forget(code, "therapist"))
            self._proposes.pop(code, None)
            self.shut()
            self._refresh()

        return self._quick(forget)

    # --- onto a stick ------------------------------------------------------------------------

    def report(self, code: str, stick_id: str, *, identified: bool) -> Future[ReportDone]:
        """Put the profile's report onto a stick."""

        def write(folder: Path) -> ReportDone:
            found = self._patrons.look(code)
            goes, _ = self._goes(found)
            return self._report(found, goes, folder, identified=identified)

        return self._office.at_stick(stick_id, write, "therapist", writable=True)

    def prepare(self, stick_id: str) -> Future[tuple[str, ...]]:
        """Put the editor, with this kiosk's key in it, onto a stick."""

        def write(folder: Path) -> tuple[str, ...]:
            try:
                page = self._editor(self._key.public())
            except KeyUnusable as error:
                log.error("the kiosk's key cannot be used: %s", error)
                raise Refusal("key", "The kiosk's key cannot be read: call the staff.") from error
            except PageUnusable as error:
                log.error("the editor's page cannot be used: %s", error)
                raise Refusal(
                    "editor", "The editor's page is damaged: call the service."
                ) from error
            write_files(folder, {NAME: page})
            return (NAME,)

        return self._office.at_stick(stick_id, write, "therapist", writable=True)

    # --- in the desk's thread ----------------------------------------------------------------

    def _quick(self, job: Callable[[], _T]) -> Future[_T]:
        try:
            self._office.need("therapist")
        except Refusal as refusal:
            return refused(refusal)
        return self._desk.ask(self._in_turn(job))

    def _in_turn(self, job: Callable[[], _T]) -> Callable[[], _T]:
        """Return the job as one of this visit: what it shows is for whoever is here now."""
        visit = self._visit

        def of_this_visit() -> _T:
            self._of = visit
            return job()

        return of_this_visit

    def _show(self, **fields: Any) -> None:
        """Show something, unless whoever asked for it has left: it may be about a patient."""
        with self._guard:
            if self._of == self._visit:
                self._state = replace(self._state, **fields)

    def _changing(self, code: str, job: Callable[[], None]) -> Future[None]:
        def change() -> None:
            try:
                told(job)
            except NotAccepted as error:
                raise Refusal("changed", *error.said) from error
            self._patrons.dropped(code)
            self._proposes.pop(code, None)
            opened = self._state.opened  # read once: the screens may shut it meanwhile
            if opened is not None and opened.prescription.code == code:
                self._open_anew(code)
            self._refresh()

        return self._quick(change)

    def _open_anew(self, code: str) -> None:
        """Show a profile as it is now. What was asked is done, also where it cannot be shown."""
        try:
            self._open(code)
        except Refusal as refusal:
            log.warning("%s is shut: %s", code, refusal)
            self._show(opened=None)

    def _open(self, code: str) -> None:
        found, today = self._patrons.look(code), self._patrons.today()
        goes, audit = self._goes(found)
        opened = Opened(
            prescription=found.kept.prescription,
            state=found.kept.state,
            standing=standing(found.kept, today),
            outlook=found.seen,
            progress=goes,
            audit=tuple(audit[-AUDIT_LINES:]),
        )
        self._proposes[code] = _waits(found)
        self._show(opened=opened)

    def _goes(self, found: Found) -> tuple[Progress, list[Line]]:
        """Return how it goes with a profile, counted in the days of the place, and its audit."""
        prescription, state = found.kept.prescription, found.kept.state
        audit = told(lambda: self._library.audit(prescription.code))
        today, zone = self._patrons.today(), self._patrons.zone
        held = held_spans(audit, state, today, zone)
        goes = progress(prescription, found.records, today, state=state, held=held, zone=zone)
        return goes, audit

    def _refresh(self) -> None:
        """Bring the list up to date, and look for steps that wait, a few profiles at a time."""
        if not self._office.is_open("therapist"):
            return
        try:
            everyone, faults = self._library.all(), self._library.faults
        except LibraryUnusable as error:
            log.error("the profiles cannot be read: %s", error)
            everyone, faults = [], (NO_PROFILES,)
        key = self._state.kiosk_key
        try:
            key = self._key.public()
        except KeyUnusable as error:
            log.error("the kiosk's key cannot be used: %s", error)
        today = self._patrons.today()
        rows = tuple(row(kept, today, self._proposes.get(kept.code)) for kept in everyone)
        self._show(rows=rows, faults=tuple(faults), kiosk_key=key)
        if any(one.proposes is None for one in rows):
            # A desk that is too busy leaves it unknown until the next change or visit.
            self._desk.ask(self._in_turn(self._look_for_steps))

    def _look_for_steps(self) -> None:
        unknown = [one.code for one in self._state.rows if one.proposes is None]
        for code in unknown[:ROWS_AT_ONCE]:
            try:
                self._proposes[code] = _waits(self._patrons.look(code))
            except Refusal as refusal:
                # A log that does not answer keeps the desk from everybody: it is asked once.
                log.warning("whether steps wait is not known: %s", refusal)
                return
        if unknown:
            self._refresh()


def _waits(found: Found) -> bool:
    """Say whether a step of the progression waits for the therapist."""
    return found.seen.proposal is not None and not found.seen.applies
