"""The desk of updates and backups: what staff may ask, and this version's own health.

Screens ask from Kivy's thread and read frozen states. What touches a stick is done in the office's
thread, as every other work with sticks is; the update service is asked in one of the desk's own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from msgspec.structs import replace

from kiosk import identity
from kiosk.clock import WallClock
from kiosk.session.actions import Refusal
from kiosk.session.model import Phase, Snapshot
from kiosk.staff.answers import refused, said_of
from kiosk.staff.office import Office
from kiosk.upkeep import jobs
from kiosk.upkeep.asking import Asker
from kiosk.upkeep.errors import UpkeepError
from kiosk.upkeep.health import Signs, keep_health
from kiosk.upkeep.model import (
    UNDER_WAY,
    Backup,
    Found,
    Job,
    JobPhase,
    Offer,
    Slots,
    UpkeepState,
)
from kiosk.upkeep.restore import stage
from kiosk.upkeep.trial import Trial
from kiosk.upkeep.updater.words import NOT_THE_APPLIANCE
from kiosk.worker import Worker
from profiles.saying import Said, saying

log = logging.getLogger(__name__)

_T = TypeVar("_T")
Kind = Literal["update", "backup", "restore"]
BUSY: Final = saying("A session is under way: wait until it is over.")
ANOTHER: Final = saying("Another work of this kind is under way: wait until it is over.")
AGAIN_S: Final = 10.0
"""After so long the service is asked anew, where it did not answer."""


class Upkeep:
    """The screens' :class:`kiosk.upkeep.model.UpkeepDesk`, over one data folder."""

    def __init__(
        self,
        data: Path,
        *,
        office: Office,
        clock: WallClock,
        signs: Signs,
        asker: Asker | None,
        trial: Trial | None,
        restart: Callable[[], None],
        on_death: Callable[[BaseException], None],
    ) -> None:
        """``asker``, ``trial``: None where this is no appliance. ``restart`` ends the program for
        a new one.

        Nothing runs before :meth:`start`.
        """
        self._data = data
        self._office = office
        self._clock = clock
        self._signs = signs
        self._asker = asker
        self._trial = trial
        self._restart = restart
        self._version = identity.version()
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._state = UpkeepState(version=self._version, appliance=asker is not None)
        self._told = self._anew = False
        self._look_s = 0.0
        self._worker = Worker("upkeep", on_death=on_death, look=self._look)
        self._idle: Callable[[], bool] = lambda: False

    # --- its life -------------------------------------------------------------------------------

    def start(self, snapshot: Callable[[], Snapshot]) -> None:
        """Begin to work; ``snapshot`` is the session's."""
        self._idle = lambda: snapshot().session.phase is Phase.IDLE
        self._signs.guard = lambda: snapshot().health.guard
        if self._trial is not None:
            self._trial.look()  # so that no first screen says what is known a second later
        self._worker.start()

    def drawn(self) -> None:
        """The first frame is on the display."""
        self._signs.drawn = True

    def close(self) -> None:
        """End; an update under way is stopped, and the version in use stays."""
        self._stop.set()
        self._worker.close()

    def before_restart(self) -> None:
        """Have the restart that follows try a version that waits. Waits for the service's answer.

        Where that does not come the machine starts as it did, and the version waits on.
        """
        try:
            if self._asker is not None:
                self._asker.begin_try()
        except UpkeepError as error:
            log.warning("the update is not tried by this restart: %s", error)

    def is_busy(self) -> bool:
        """Say whether somebody waits for something here: the PINs stay open for that long."""
        state = self._state
        return any(job.phase in UNDER_WAY for job in (state.update, state.backup, state.restore))

    def blocks(self) -> Said:
        """Say why this version lets nobody walk yet; nothing where it does."""
        return self._trial.blocks() if self._trial is not None else ()

    def faults(self) -> tuple[Said, ...]:
        """Return what staff should know though nobody asked."""
        slots = self._state.slots
        if slots is None or slots.other != "failed":
            return ()
        other = slots.other_version or "?"
        told = saying(
            "The update to version {other} did not start: version {version} is in use again.",
            other=other,
            version=slots.version,
        )
        return ((told,),)

    # --- what the screens may ask ---------------------------------------------------------------

    def state(self) -> UpkeepState:
        """Return the newest state."""
        return self._state

    def find_update(self, stick_id: str) -> Future[Offer]:
        """Return the newest update on a stick that this kiosk may take."""
        asker = self._asker
        if asker is None:
            return refused(Refusal("upkeep", NOT_THE_APPLIANCE))
        return self._at_stick(
            stick_id, lambda folder: jobs.find_update(folder, stick_id, asker), writable=False
        )

    def install(self, offer: Offer) -> Future[None]:
        """Have it written into the slot that does not run."""
        asker = self._asker
        if asker is None:
            return refused(Refusal("upkeep", NOT_THE_APPLIANCE))
        self._stop.clear()
        progress = self._progress("update")
        done = self._run(
            "update",
            offer.stick_id,
            lambda folder: jobs.install(folder, offer, asker, progress, self._stop),
            writable=False,
        )
        done.add_done_callback(lambda _done: self._worker.ask(self._ask_slots))
        return done

    def stop_update(self) -> None:
        """Stop an update under way."""
        self._stop.set()

    def forget_version(self) -> Future[None]:
        """Forget a version that did not come up."""
        asker = self._asker
        if asker is None:
            return refused(Refusal("upkeep", NOT_THE_APPLIANCE))
        try:
            self._need()
        except Refusal as refusal:
            return refused(refusal)

        def forget() -> None:
            _told(asker.forget)
            self._ask_slots()

        return self._worker.ask(forget)

    def back_up(self, stick_id: str) -> Future[Backup]:
        """Write a backup onto a stick."""
        return self._run(
            "backup",
            stick_id,
            lambda folder: jobs.backup_onto(
                folder,
                self._data,
                self._progress("backup"),
                kiosk_id=identity.kiosk_id(self._data),
                version=self._version,
                now=self._clock.now()[0],
            ),
            writable=True,
        )

    def find_backups(self, stick_id: str) -> Future[tuple[Found, ...]]:
        """Return the backups on a stick."""
        return self._at_stick(stick_id, jobs.find_backups, writable=False)

    def restore(self, stick_id: str, file: str, passphrase: str) -> Future[None]:
        """Make a backup ready, and have the program start anew with it."""

        def take(folder: Path) -> None:
            # Its name alone: nothing that a screen says leads anywhere else on the stick.
            path = folder / Path(file).name
            progress = self._progress("restore")
            stage(path, self._data, passphrase, version=self._version, progress=progress)

        done = self._run("restore", stick_id, take, writable=False)
        done.add_done_callback(lambda one: None if one.exception() else self._start_anew())
        return done

    def end(self) -> None:
        """Forget what is over."""
        with self._guard:
            over = {
                kind: Job()
                for kind in ("update", "backup", "restore")
                if getattr(self._state, kind).phase not in UNDER_WAY
            }
            self._state = replace(self._state, **over)

    # --- in the desk's thread -------------------------------------------------------------------

    def _look(self) -> None:
        """Once a second: say that this version works as soon as it does; know how slots stand."""
        if self._trial is not None:
            self._trial.look()
        if self._anew:
            self._start_anew()
        now_s = time.monotonic()
        if now_s < self._look_s:
            return
        if not self._told and self._signs.all():
            self._told = self._tell()
            self._look_s = now_s + AGAIN_S
        if self._asker is not None and (self._state.slots is None or self._state.slots_fault):
            self._ask_slots()
            self._look_s = now_s + AGAIN_S

    def _tell(self) -> bool:
        """Say that it works; return whether that needs not be said again."""
        try:
            keep_health(self._data, identity.boot_id(), self._version)
            if self._asker is not None:
                self._ask_slots()
                slots = self._state.slots
                if slots is None:
                    return False
                if slots.trial:
                    self._asker.keep()
                    log.info("version %s works, and is kept", self._version)
                    self._ask_slots()
        except (UpkeepError, OSError) as error:
            log.warning("that this version works could not be told: %s", error)
            return False
        return True

    def _ask_slots(self) -> None:
        if self._asker is None:
            return
        try:
            found = self._asker.look()
        except UpkeepError as error:
            self._put(slots_fault=error.said)
            return
        slots = Slots(found.version, found.trial, found.other, found.other_version)
        self._put(slots=slots, slots_fault=())

    # --- helpers --------------------------------------------------------------------------------

    def _start_anew(self) -> None:
        """End the program for a new one; whoever walks by now walks to their end first."""
        self._anew = not self._idle()
        if not self._anew:
            self._restart()

    def _need(self) -> None:
        self._office.need("staff")
        if not self._idle():
            raise Refusal("busy", BUSY)
        if self.is_busy():
            raise Refusal("busy", ANOTHER)

    def _run(
        self, kind: Kind, stick_id: str, job: Callable[[Path], _T], *, writable: bool
    ) -> Future[_T]:
        """Do it, and tell in the state how it goes and how it ended."""
        try:
            self._need()
        except Refusal as refusal:
            return refused(refusal)
        self._put(**{kind: Job("checking" if kind == "update" else "writing")})
        if kind == "restore":
            self._put(restore=Job("reading"))
        free = threading.Event()
        # A restore or an update was read whole by then: it is ready, and will be carried out.
        done = self._at_stick(stick_id, job, writable=writable, stands=not writable, freed=free.set)
        done.add_done_callback(lambda one: self._ended(kind, one, safe=free.is_set()))
        return done

    def _ended(self, kind: Kind, done: Future[Any], *, safe: bool) -> None:
        error = done.exception()
        phase: JobPhase = "done" if error is None else "failed"
        text = () if error is None else said_of(error)
        self._put(**{kind: Job(phase, text=text, safe_to_remove=safe)})

    def _at_stick(
        self,
        stick_id: str,
        job: Callable[[Path], _T],
        *,
        writable: bool,
        stands: bool = False,
        freed: Callable[[], None] = lambda: None,
    ) -> Future[_T]:
        if not self._idle():
            return refused(Refusal("busy", BUSY))
        return self._office.at_stick(
            stick_id,
            lambda folder: _told(lambda: job(folder)),
            "staff",
            writable=writable,
            stands=stands,
            freed=freed,
        )

    def _progress(self, kind: Kind) -> Callable[[JobPhase, int, int], None]:
        def progress(phase: JobPhase, done: int, total: int) -> None:
            self._put(**{kind: Job(phase, done, total)})

        return progress

    def _put(self, **fields: Any) -> None:
        with self._guard:
            self._state = replace(self._state, **fields)


def _told(job: Callable[[], _T]) -> _T:
    try:
        return job()
    except UpkeepError as error:
        raise Refusal("upkeep", *error.said) from error
