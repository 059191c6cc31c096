"""What staff do behind their PIN: export, sticks, the clinic's key, the clock, PINs.

The screens ask from Kivy's thread and read frozen states. The thread ``office`` does what touches a
stick, and gives way to a walk; the thread ``desk`` does what is quick, so that a clock can be set
while an export runs. That a PIN was right is checked here again: a screen may be mistaken.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from kiosk.care.desk import Care
from kiosk.clock import WallClock
from kiosk.export import clinic
from kiosk.export.errors import ExportError
from kiosk.export.leftovers import forget_unfinished
from kiosk.logbook.desk import LogDesk, newest_of
from kiosk.logbook.model import LogbookDesk
from kiosk.pins import Pins
from kiosk.preferences.model import PreferencesDesk
from kiosk.session.actions import Refusal
from kiosk.staff.about import facts_of
from kiosk.staff.answers import refused, said_of, told
from kiosk.staff.exporting import Exporting
from kiosk.staff.faults import Faults, Log
from kiosk.staff.forgotten import Found
from kiosk.staff.model import ROLES, ClockState, ExportWish, KioskFacts, Role, StaffState
from kiosk.staff.roles import Roles
from kiosk.staff.words import NO_KEY
from kiosk.sticks.model import StickError, Sticks
from kiosk.upkeep.model import UpkeepDesk
from kiosk.worker import Worker

log = logging.getLogger(__name__)

_T = TypeVar("_T")
CLOSES_WITHIN_S: Final = 10.0
"""How long the kiosk's end waits for a stick: a slow one syncs its last megabytes in less."""


class Office:
    """The screens' :class:`kiosk.staff.model.StaffDesk`, over one data folder and its sticks."""

    def __init__(
        self,
        data: Path,
        *,
        kept: Log,
        sticks: Sticks,
        clock: WallClock,
        pins: Pins,
        desk: Worker,
        preferences: PreferencesDesk,
        on_death: Callable[[BaseException], None],
        reset: Found | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing runs before :meth:`start`. ``desk`` is somebody else's to start and close.

        ``reset`` is the file that reset a forgotten PIN; ``seconds`` is monotonic.
        """
        self._data = data
        self._kept = kept
        self._sticks = sticks
        self._clock = clock
        self._pins = pins
        self._desk = desk
        self._preferences = preferences
        self.upkeep: UpkeepDesk
        """Updates and backups; set before the office starts."""
        self._care: Care | None = None
        self.faults = Faults(kept, pins, clock, reset, preferences)
        """Everything that is wrong; others tell it of theirs."""
        self._logbook = LogDesk(
            data,
            zone=clock.zone,
            may=lambda: self._roles.need(*ROLES),
            on_death=on_death,
            newest=lambda: newest_of(kept),
        )
        self._key: str | None = None
        self._roles = Roles(clock=seconds)
        self._exporting = Exporting(data, sticks, clock, lambda: preferences.state().site_name)
        self._roles.busy = self._exporting.is_running
        self._worker = Worker("office", on_death=on_death, look=self._look, background=True)

    # --- its life ---------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()
        self._logbook.start()
        self._worker.ask(self._read_key)

    def close(self) -> None:
        """End within ten seconds: an export under way is cancelled and taken away again."""
        self._logbook.stop()
        self._exporting.stop()
        if self._worker.close(CLOSES_WITHIN_S):
            self._exporting.release()
        else:
            log.error("a stick hangs: the kiosk ends without letting go of it")

    def opened(self, role: Role) -> None:
        """The engine verified the PIN of this role."""
        self._roles.opened(role)
        self._worker.ask(self._read_key)

    def need(self, *roles: Role) -> None:
        """Let one of these roles pass; raises :class:`Refusal`. It counts as a sign of life."""
        self._roles.need(*roles)

    def busy_too(self, is_busy: Callable[[], bool]) -> None:
        """Keep the PINs open also while this says that somebody waits for something."""
        self._roles.busy = lambda: self._exporting.is_running() or is_busy()

    def at_stick(
        self,
        stick_id: str,
        job: Callable[[Path], _T],
        *roles: Role,
        writable: bool,
        stands: bool = False,
        freed: Callable[[], None] = lambda: None,
    ) -> Future[_T]:
        """Do something with a stick, mounted, in the office's thread, and let go of it.

        When the future ends well it is safe to remove; ``freed`` is called as soon as it is,
        also where the job itself failed. ``stands``: what it did holds without the stick, too.
        """

        def at_it() -> _T:
            return self._at_stick(stick_id, job, freed, writable=writable, stands=stands)

        return self._with_stick(at_it, *roles)

    def apart(self, job: Callable[[], _T]) -> Future[_T]:
        """Do something that takes long in the office's thread; whoever asks saw to the PIN."""
        return self._worker.ask(lambda: told(job))

    def is_exporting(self) -> bool:
        """Say whether a stick is being written."""
        return self._exporting.is_running()

    def is_open(self, role: Role) -> bool:
        """Say whether this role's PIN is open."""
        return role in self._roles.now_open()

    # --- what the screens may ask -----------------------------------------------------------

    @property
    def care(self) -> Care:
        """What staff do to the machine; it is set before the office starts."""
        if self._care is None:
            raise RuntimeError("the office was given no machine to care for")
        return self._care

    def take_care(self, care: Care) -> None:
        """Take the desk of the machine pages."""
        self._care = care

    @property
    def preferences(self) -> PreferencesDesk:
        """What staff set on the screen."""
        return self._preferences

    @property
    def logbook(self) -> LogbookDesk:
        """The log, to look at."""
        return self._logbook

    def about(self) -> Future[KioskFacts]:
        """Return what this kiosk is; the packages' files are read for it."""
        try:
            self._roles.need(*ROLES)
        except Refusal as refusal:
            return refused(refusal)
        return self._desk.ask(lambda: facts_of(self._data))

    def state(self) -> StaffState:
        """Return the newest state; nothing is read from any disk for it."""
        utc, trusted = self._clock.now()
        return StaffState(
            sticks=self._sticks.plugged(),
            sticks_fault=self._sticks.fault(),
            export=self._exporting.state,
            clock=ClockState(utc=utc, trusted=trusted, zone=self._clock.zone),
            faults=self.faults.all(),
            kept=self._kept.count(),
            clinic_key=self._key,
            pins_missing=tuple(role for role in ROLES if not self._pins.is_set(role)),
            open_roles=self._roles.now_open(),
            preset_pins=frozenset(role for role in ROLES if self._pins.is_preset(role)),
        )

    def leave(self) -> None:
        """Close what the PINs opened, and drop a plan; an export under way goes on."""
        self._roles.leave()
        self._logbook.close()
        self._exporting.leave()
        if self._care is not None:
            self._care.left()
        self._worker.nudge()

    def plan_export(self, wish: ExportWish) -> Future[None]:
        """Look at the stick and the log. The future says that it began; the phase tells the rest.

        Identified exports need the therapist's PIN.
        """

        def begin() -> None:
            self._need_for(wish)
            if wish.identified and self._key is None:
                raise Refusal("clinic_key", *(self.faults.clinic_key or (NO_KEY,)))
            self._exporting.begin_plan(wish)

        return self._begun(begin, lambda: self._exporting.plan(wish))

    def start_export(self) -> Future[None]:
        """Write what was planned. The future says that it began; the phase tells the rest."""

        def begin() -> None:
            wish = self._exporting.state.wish
            self._roles.need(*ROLES) if wish is None else self._need_for(wish)
            self._exporting.begin_run()

        return self._begun(begin, self._exporting.run)

    def cancel_export(self) -> None:
        """Stop it soon. Nobody's PIN is needed to end what somebody began by mistake."""
        self._exporting.cancel()
        self._worker.nudge()

    def end_export(self) -> None:
        """Forget a plan, or an export that is over. The stick is let go of."""
        self._exporting.end()
        self._worker.nudge()

    def eject(self, stick_id: str) -> Future[None]:
        """Let go of a stick; when the future ends well it is safe to remove."""

        def let_go() -> None:
            self._exporting.release()
            self._sticks.unmount(stick_id)

        return self._with_stick(let_go, *ROLES)

    def confirm_clock(self) -> Future[None]:
        """Someone looked: the clock is right."""
        return self._quick(self._clock.confirm, *ROLES)

    def set_clock(self, utc: datetime) -> Future[None]:
        """Someone set the clock."""
        return self._quick(lambda: self._clock.set(utc), *ROLES)

    def make_clinic_key(self, stick_id: str) -> Future[str]:
        """Make a key for the clinic; the result is its passphrase, kept nowhere. Therapist."""

        def make() -> str:
            with_key = clinic.make(self._sticks.mount(stick_id, writable=True), self._data)
            self._read_key()
            return with_key.passphrase

        return self._with_stick(lambda: self._then_let_go(stick_id, make), "therapist")

    def take_clinic_key(self, stick_id: str) -> Future[str]:
        """Take the clinic's own public key from a stick, and return it. Therapist."""

        def take() -> str:
            recipient = clinic.take(self._sticks.mount(stick_id, writable=False), self._data)
            self._read_key()
            return recipient

        return self._with_stick(lambda: self._then_let_go(stick_id, take), "therapist")

    def set_pin(self, role: Role, pin: str, old: str = "") -> Future[None]:
        """Change a PIN; the role itself may, or staff for a therapist who has none yet."""
        first = role == "therapist" and not self._pins.is_set(role)

        def change() -> None:
            if self._pins.is_set(role):
                # Staff are called away with their pages open: whoever comes by changes nothing.
                self._pins.verify(role, old)
            self._pins.change(role, pin)

        return self._quick(change, "staff" if first else role)

    def forget_export_folders(self, stick_id: str) -> Future[int]:
        """Delete what unfinished exports left on a stick; a plan for it is made anew."""
        state = self._exporting.state
        wish = state.wish if state.phase == "planned" else None

        def forget() -> int:
            return forget_unfinished(self._sticks.mount(stick_id, writable=True))

        answer = self._with_stick(lambda: self._then_let_go(stick_id, forget), *ROLES)
        if wish is not None and wish.stick_id == stick_id and not answer.done():
            self.plan_export(wish)
        return answer

    # --- in the office's thread -------------------------------------------------------------

    def _look(self) -> None:
        self.faults.look()
        self._exporting.look(forgotten=not self._roles.now_open())

    def _read_key(self) -> None:
        try:
            self._key, self.faults.clinic_key = clinic.load(self._data), None
        except ExportError as error:
            self._key, self.faults.clinic_key = None, error.said

    def _at_stick(
        self,
        stick_id: str,
        job: Callable[[Path], _T],
        freed: Callable[[], None],
        *,
        writable: bool,
        stands: bool,
    ) -> _T:
        try:
            done = job(self._sticks.mount(stick_id, writable=writable))
        except BaseException:
            with contextlib.suppress(StickError):  # the first error is the one to tell
                self._sticks.unmount(stick_id)
                freed()
            raise
        try:
            self._sticks.unmount(stick_id)
        except StickError as error:
            if not stands:
                raise
            log.warning("the stick %s was not let go of: %s", stick_id, error)
        freed()
        return done

    def _then_let_go(self, stick_id: str, work: Callable[[], _T]) -> _T:
        """Do it, and let go of the stick, whether it went well or not."""
        try:
            return work()
        finally:
            try:
                self._sticks.unmount(stick_id)
            except StickError as error:
                # What was asked for is done, or has failed for a reason of its own to be told.
                log.warning("the stick %s was not let go of: %s", stick_id, error)

    # --- helpers ----------------------------------------------------------------------------

    def _need_for(self, wish: ExportWish) -> None:
        if wish.identified:
            self._roles.need("therapist")
        else:
            self._roles.need(*ROLES)

    def _begun(self, begin: Callable[[], None], work: Callable[[], None]) -> Future[None]:
        """Begin at once; the work itself follows in its turn, however it ends."""
        begun: Future[None] = Future()
        try:
            begin()
        except Refusal as refusal:
            begun.set_exception(refusal)
            return begun
        job = self._worker.ask(work)
        if job.done() and (error := job.exception()) is not None:
            self._exporting.give_up(*said_of(error))
            begun.set_exception(error)
        else:
            begun.set_result(None)
        return begun

    def _with_stick(self, job: Callable[[], _T], *roles: Role) -> Future[_T]:
        """Have the office's thread do it, unless an export runs; a plan is dropped for it."""
        try:
            self._roles.need(*roles)
            self._exporting.refuse_while_running()
        except Refusal as refusal:
            return refused(refusal)

        def alone() -> _T:
            self._exporting.release()
            return job()

        self._exporting.leave()
        return self._worker.ask(lambda: told(alone))

    def _quick(self, job: Callable[[], None], *roles: Role) -> Future[None]:
        try:
            self._roles.need(*roles)
        except Refusal as refusal:
            return refused(refusal)
        return self._desk.ask(lambda: told(job))
