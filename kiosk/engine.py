"""The live session: one thread between the guard's socket, the controller and the screens.

Screens call its :class:`kiosk.screens.desk.Desk` side from Kivy's thread. STOP and "alive" go to
the guard straight from there; everything else waits its turn in the session's own thread.
"""

from __future__ import annotations

import os
import queue
import select
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from hardware.link import (
    Alive,
    BenchDo,
    BenchReply,
    EndSession,
    Raw,
    Refused,
    Revoke,
    SendRaw,
    Service,
    Status,
    ToGuard,
    ToKiosk,
    Welcome,
)
from kiosk.bench_lines import error_text, is_stick
from kiosk.engine_ports import Care, NoCare, Patrons, Staff, Therapy
from kiosk.guard_link import GuardGone, GuardLink
from kiosk.pins import PinRefused, Pins
from kiosk.preferences.agreeing import Agreement
from kiosk.pulse import Pulse
from kiosk.recording import Recorder
from kiosk.session.actions import Action, Choose, Heartbeat, Refusal, Stop, Unlock, parse_action
from kiosk.session.controller import Controller, is_idle
from kiosk.session.model import Snapshot, TraceRow
from kiosk.session.plan import prescribed_of, unnamed
from kiosk.staff.model import StaffDesk
from kiosk.sticks.model import StickError
from kiosk.therapy.model import PatronDesk, TherapyDesk
from kiosk.unlocks import Unlocks
from kiosk.worker import Worker
from profiles.model import Program

RETRY_S: Final = 0.2
TICK_S: Final = 0.1
_Job = tuple[Action, Future[None]]


class Engine:
    """Owns the link to the guard and the controller; is the screens' desk."""

    def __init__(
        self,
        guard_socket: Path,
        make_controller: Callable[[Callable[[ToGuard], None]], Controller],
        *,
        programs: Mapping[str, Program],
        pins: Pins,
        staff: Staff,
        therapy: Therapy,
        patrons: Patrons,
        desk: Worker,
        bench_stick: Callable[[bytes], None] | None = None,
        recorder: Recorder | None = None,
        agreement: Agreement | None = None,
        care: Care | None = None,
        on_death: Callable[[BaseException], None],
    ) -> None:
        """Nothing runs before :meth:`start`. ``on_death`` hears of the thread's end by a fault.

        ``desk`` checks the PINs, and is somebody else's to start and close. ``bench_stick``
        carries out the bench's ``{"stick": ...}`` lines, where sticks are simulated.
        ``agreement`` has what the guard must know of the settings, ``care`` is the machine's desk.
        """
        self._programs = programs
        self._pins = pins
        self._staff = staff
        self._therapy = therapy
        self._patrons = patrons
        self._desk = desk
        self._bench_stick = bench_stick
        self._recorder = recorder
        self._agreement = agreement
        self._care = care or NoCare()
        self._on_death = on_death
        self._link = GuardLink(guard_socket, raw=recorder is not None)
        self._send = self._link.send
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._unlocks = Unlocks()
        self._pulse = Pulse()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._ending = threading.Event()
        self._said: tuple[str, ...] = ()
        self.welcome: Welcome | None = None
        self._controller = make_controller(self._send)
        self._care.bind(self._send, lambda on: self._send(SendRaw(on or recorder is not None)))
        self._thread = threading.Thread(target=self._guarded, name="session", daemon=True)

    # --- the desk: called from Kivy's thread ------------------------------------------------

    @property
    def staff(self) -> StaffDesk:
        """What staff see and may do behind their PIN."""
        return self._staff

    @property
    def therapy(self) -> TherapyDesk:
        """What a therapist sees and may do behind their PIN."""
        return self._therapy

    @property
    def patron(self) -> PatronDesk:
        """Who is here with a profile."""
        return self._patrons

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot."""
        return self._pulse.seen(self._controller.snapshot)

    def post(self, action: Action) -> Future[None]:
        """Ask for an action; see :class:`kiosk.screens.desk.Desk`."""
        future: Future[None] = Future()
        if isinstance(action, Unlock):
            self._desk.ask(lambda: self._verify(action, future)).add_done_callback(
                lambda asked: _fail(future, asked)
            )
        elif isinstance(action, Choose) and action.prescribed is not None:
            refusal = Refusal("profile", "prescribed is for recordings: choose a profile.")
            future.set_exception(refusal)
        elif isinstance(action, Choose) and action.profile is not None:
            self._desk.ask(lambda: self._admit(action, future)).add_done_callback(
                lambda asked: _fail(future, asked)
            )
        else:
            self._hand_over(action, future)
        return future

    def stop(self) -> None:
        """STOP: the guard hears it from this very call."""
        self._send(Revoke("patron"))
        self._hand_over(Stop(), Future())

    def alive(self) -> None:
        """Tell the guard that the screen's main loop runs, and the session's behind it."""
        if self._pulse.renewed():
            self._send(Alive())

    def lives(self) -> bool:
        """Say whether the session's own thread goes round."""
        return not self._pulse.stuck()

    def trace(self) -> Sequence[TraceRow]:
        """Return the trace of the session shown, oldest first."""
        return tuple(self._controller.trace)

    def programs(self) -> Mapping[str, Program]:
        """Return the built-in programs by id."""
        return self._programs

    def pin_is_set(self, role: str) -> bool:
        """Say whether a PIN of this role exists."""
        return self._pins.is_set(role)

    def pin_locked_s(self, role: str) -> float:
        """Return how long a role's PIN is locked, in seconds."""
        return self._pins.locked_s(role)

    def set_first_pin(self, role: str, pin: str) -> Future[None]:
        """Set the PIN of a role that has none yet; the staff's one opens their desk as well.

        Once there are staff, only they set the therapist's: no passer-by becomes the therapist.
        """

        def set_first() -> None:
            staff_decide = role == "therapist" and self._pins.is_set("staff")
            if staff_decide and not self._staff.is_open("staff"):
                raise Refusal("locked", "This needs the staff's PIN: enter it first.")
            try:
                self._pins.set_first(role, pin)
            except PinRefused as error:
                raise Refusal("pin", *error.said) from error
            if role == "staff":
                self._staff.opened("staff")

        return self._desk.ask(set_first)

    # --- its life ---------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look for the guard."""
        self._thread.start()

    def close(self) -> None:
        """End: an open walk is kept as it stands, the permit goes off with our socket."""
        self._ending.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def _guarded(self) -> None:
        try:
            while not self._ending.is_set():
                self._serve()
                self._pulse.beat()
            self._controller.finish(time.monotonic_ns())
        except BaseException as error:  # noqa: BLE001 - reported, and the process ends by it
            self._on_death(error)
        finally:
            self._pulse.end()
            self._link.close()

    def _serve(self) -> None:
        self._link.connect()
        guard = self._link.fileno()
        watched = [self._wake_read] if guard is None else [self._wake_read, guard]
        readable, _, _ = select.select(watched, [], [], RETRY_S if guard is None else TICK_S)
        if self._wake_read in readable:
            self._drain_wake()
        self._do_jobs()
        if guard in readable:
            self._receive()
        now = time.monotonic_ns()
        self._unlocks.settle(self._controller.snapshot.status, now)
        # Not with words unread: whoever stood still here must not take the guard for silent.
        if not self._link.has_more():
            self._controller.tick(now)
        if self._agreement is not None:
            self._agreement.settle(now, self._send, idle=is_idle(self._controller.snapshot))
        session = self._controller.snapshot.session
        code = None if session.walk is None else session.walk.plan.profile_code
        self._patrons.follow(session.phase, code)
        self._care.tick(idle=is_idle(self._controller.snapshot))

    def _receive(self) -> None:
        try:
            for message in self._link.heard():
                # People first: a STOP in a countdown's last moment comes before the word to begin.
                self._do_jobs()
                self._take(message)
        except GuardGone:
            self._controller.guard_gone(time.monotonic_ns())
            if self._agreement is not None:
                self._agreement.gone()

    def _take(self, message: ToKiosk) -> None:
        match message:
            case Status():
                self._controller.on_status(message, message.t_ns)
                self._care.on_status(message)
            case Welcome():
                self.welcome = message
                if self._agreement is not None:
                    self._agreement.welcome(message)
                self._care.on_welcome(message)
                if is_idle(self._controller.snapshot):
                    # What a kiosk before us left open in this guard, a session or service mode.
                    self._send(EndSession())
                    self._send(Service(on=False))
            case BenchDo():
                self._bench_do(message)
            case Raw():
                if self._recorder is not None:
                    self._recorder.raw(message)
                self._care.on_raw(message)
            case Refused(command="clear", failing=failing):
                self._unlocks.refuse(failing)
            case Refused(command="configure", failing=failing) if self._agreement is not None:
                self._agreement.refused(failing)
            case Refused(command="hello", failing=failing) if self._said == failing:
                return
            case Refused(command=command, failing=failing):
                self._said = failing
                self._care.on_refused(command, failing)
                print(f"sternway: the guard refused {command}: {failing}", file=sys.stderr)

    # --- actions ----------------------------------------------------------------------------

    def _hand_over(self, action: Action, future: Future[None]) -> None:
        self._jobs.put((action, future))
        self._wake()

    def _do_jobs(self) -> None:
        while True:
            try:
                action, future = self._jobs.get_nowait()
            except queue.Empty:
                return
            now = time.monotonic_ns()
            if self._recorder is not None:
                self._recorder.action(self._recorded(action), now)
            try:
                self._refuse_between(action)
                self._controller.act(action, now)
            except Refusal as refusal:
                future.set_exception(refusal)
                continue
            if isinstance(action, Choose):
                # Whoever walks now did not bring the staff along.
                self._staff.leave()
            if isinstance(action, Unlock):
                self._unlocks.begin(future, now)
            else:
                future.set_result(None)

    def _refuse_between(self, action: Action) -> None:
        """Let nobody begin while the guard is asked to take other settings."""
        if isinstance(action, Choose) and self._agreement is not None and self._agreement.pending():
            raise Refusal("settings", "The settings are being changed: try again in a moment.")

    def _recorded(self, action: Action) -> Action:
        """Return what a recording keeps: of a profile its plan, since a replay has no profiles."""
        if not isinstance(action, Choose) or action.profile is None:
            return action
        try:
            plan = self._patrons.plan(action.profile)
        except Refusal:
            return Choose(profile="")  # it is refused a moment later, in the replay too
        return Choose(
            plan=unnamed(plan.steps), cap_kmh=plan.cap_kmh, prescribed=prescribed_of(plan)
        )

    def _bench_do(self, request: BenchDo) -> None:
        if is_stick(request.line):
            self._desk.ask(lambda: self._do_stick(request.line)).add_done_callback(
                lambda done: self._send(BenchReply(request.number, error_text(done)))
            )
            return
        try:
            action = parse_action(request.line)
        except (ValueError, RecursionError) as error:
            why = f"not a do line (kiosk/session/actions.py): {error}"
            self._send(BenchReply(request.number, why))
            return
        if isinstance(action, Heartbeat):
            self._send(BenchReply(request.number, "heartbeat is for recordings only"))
            return
        if isinstance(action, Stop):
            self._send(Revoke("patron"))
        self.post(action).add_done_callback(
            lambda done: self._send(BenchReply(request.number, error_text(done)))
        )

    # --- in the desk's thread: hashing takes a tenth of a second and touches the disk --------

    def _verify(self, action: Unlock, future: Future[None]) -> None:
        try:
            self._pins.verify(action.role, action.pin)
        except PinRefused as error:
            raise Refusal("pin", *error.said) from error
        # Whatever the guard cannot clear: who knows the PIN may export what a broken kiosk holds.
        self._staff.opened(action.role)
        if action.role == "staff":
            self._hand_over(action, future)
        else:
            self._therapy.opened()
            future.set_result(None)

    def _admit(self, action: Choose, future: Future[None]) -> None:
        code = self._patrons.begin(action.profile or "", action.pin)
        self._hand_over(Choose(profile=code), future)

    def _do_stick(self, line: bytes) -> None:
        if self._bench_stick is None:
            raise Refusal("stick", "The sticks of this kiosk are real: plug one in.")
        try:
            self._bench_stick(line)
        except StickError as error:
            raise Refusal("stick", *error.said) from error

    # --- waking -----------------------------------------------------------------------------

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b"w")
        except BlockingIOError:
            # The pipe is full of wakes already: the thread will look.
            return

    def _drain_wake(self) -> None:
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            return


def _fail(future: Future[None], asked: Future[None]) -> None:
    """Hand on why something could not even be asked."""
    error = asked.exception()
    if error is not None:
        future.set_exception(error)
