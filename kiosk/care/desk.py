"""The machine pages' desk: service mode, raw lines, self-test, proof test, calibration, power.

Screens ask from Kivy's thread; the session's thread tells of the guard (``on_status``, ``tick``).
States are frozen and only ever replaced, under one lock. Slow work is done elsewhere: a line on the
disk in the desk's thread, the self-test in the office's.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from msgspec.structs import replace

from hardware.link import ClearLatches, Raw, Revoke, Status, ToGuard, Welcome
from kiosk.care import measuring, proof, selftest
from kiosk.care.keeping import Keeping
from kiosk.care.model import CareState, PowerWish, SelfTest, TestResult
from kiosk.care.power import Power
from kiosk.care.rating import Rating
from kiosk.care.serving import ATTENDED_NS, BUSY, ENDED, NO_ANSWER, Serving
from kiosk.care.tail import TailReader
from kiosk.preferences.model import PreferencesDesk
from kiosk.session.actions import Refusal
from kiosk.staff.answers import hand_on, refused
from kiosk.worker import Worker
from profiles.saying import saying

SILENT_NS: Final = 1_000_000_000
"""A guard that says nothing for so long counts no more turns."""


class Care:
    """The screens' :class:`kiosk.care.model.CareDesk`."""

    def __init__(
        self,
        keeping: Keeping,
        around: selftest.Around,
        *,
        need: Callable[[], None],
        is_open: Callable[[], bool],
        exporting: Callable[[], bool],
        apart: Callable[[Callable[[], None]], Future[None]],
        desk: Worker,
        preferences: PreferencesDesk,
        power: Power,
        now_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is under way, and nothing is sent before :meth:`bind`.

        ``need`` raises a Refusal where the staff's PIN is not open, and counts as a sign of life;
        ``apart`` does something that takes long in another thread.
        """
        self._keeping = keeping
        keeping.bind(desk.ask)
        self._around = around
        self._need = need
        self._is_open = is_open
        self._exporting = exporting
        self._apart = apart
        self._desk = desk
        self._preferences = preferences
        self._power = power
        self._now_ns = now_ns
        self._wait = wait
        self._raw: Callable[[bool], None] = lambda _on: None
        self._guard = threading.RLock()
        self._serving = Serving(self._guard, now_ns)
        self._rating = Rating()
        self._state = CareState()
        self._idle = False
        self._status: Status | None = None
        self._reader = TailReader()
        self._raw_asked_ns = -ATTENDED_NS
        self._raw_on = False
        self._heard_ns = 0

    # --- told by the engine, in the session's thread ------------------------------------------

    def bind(self, send: Callable[[ToGuard], None], raw: Callable[[bool], None]) -> None:
        """Take the ways to the guard: ``raw`` asks for raw inputs, or for none."""
        self._serving.send, self._raw = send, raw

    def is_due(self) -> bool:
        """Say whether the proof test is due; quick, for every status."""
        return self._keeping.overdue

    def on_welcome(self, welcome: Welcome) -> None:
        """A guard began to speak: it knows of no service mode and of no raw lines."""
        with self._guard:
            self._raw_on = False
            self._serving.forget()
            self._state = replace(self._state, welcome=welcome)
            self._measures(measuring.cut_off)  # its counts begin anew

    def on_status(self, status: Status) -> None:
        """One status of the guard."""
        with self._guard:
            self._status, self._heard_ns = status, self._now_ns()
            self._serving.on_status(status)
            state = self._state
            proved = proof.advance(state.proof, status)
            self._state = replace(
                state,
                proof=proved,
                measure=measuring.advance(state.measure, status),
                rates=self._rating.tell(status),
            )
            if state.proof.running and not proved.running:
                self._proven(proved)

    def on_raw(self, raw: Raw) -> None:
        """Raw bytes of the sensor."""
        if raw.belt is not None and self._raw_on:
            with self._guard:
                self._reader.feed(raw.belt)

    def on_refused(self, command: str, failing: tuple[str, ...]) -> None:
        """The guard did not do what was asked in service mode."""
        with self._guard:
            if self._serving.refused(command, failing):
                self._state = replace(self._state, proof=proof.refused(self._state.proof))

    def tick(self, *, idle: bool) -> None:
        """Look at the clock: end what nobody attends to. ``idle``: no session is under way."""
        now = self._now_ns()
        self._keeping.look(now)
        with self._guard:
            self._idle = idle
            if self._serving.served.on and self._serving.moved():
                # Whoever turns a belt touches no screen: the PIN must not run out meanwhile.
                with contextlib.suppress(Refusal):
                    self._need()
            self._serving.tick(may=idle and self._is_open())
            if now - self._heard_ns >= SILENT_NS:
                self._measures(measuring.cut_off)
            raw = now - self._raw_asked_ns < ATTENDED_NS and idle
            if raw is not self._raw_on:
                self._raw_on = raw
                self._reader = TailReader() if raw else self._reader
                self._raw(raw)

    def left(self) -> None:
        """Staff left: nothing of theirs goes on."""
        self._serving.leave()
        self.end_proof()
        self._measures(lambda at: measuring.interrupt(at, "left"))

    # --- what the screens may ask -----------------------------------------------------------

    def state(self) -> CareState:
        """Return the newest state."""
        with self._guard:
            return replace(
                self._state,
                served=self._serving.served,
                due=self._keeping.due,
                moved=self._serving.moved(),
                tail=self._reader.tail(),
            )

    def attend(self, *, raw: bool = False) -> None:
        """A machine page is up."""
        self._serving.attend()
        if raw:
            self._raw_asked_ns = self._now_ns()

    def enter_service(self) -> Future[None]:
        """Begin service mode."""
        return self._asked(self._serving.enter)

    def leave_service(self) -> None:
        """End service mode, and its permit."""
        self._serving.leave()

    def give_permit(self) -> Future[None]:
        """Ask for the permit."""
        return self._at_once(self._serving.give_permit)

    def take_permit(self) -> None:
        """Take the permit away in the ordinary way."""
        self._serving.send(Revoke("closed"))

    def begin_test(self) -> Future[None]:
        """Begin the self-test."""

        def begin(answer: Future[None]) -> None:
            if self._state.test.running:
                raise Refusal("busy", "The self-test is running already.")
            self._state = replace(self._state, test=SelfTest(running=True))
            work = self._apart(self._test)
            if work.done() and (error := work.exception()) is not None:
                self._state = replace(self._state, test=SelfTest())
                answer.set_exception(error)
            else:
                answer.set_result(None)

        return self._asked(begin)

    def heard_tone(self, heard: bool) -> None:
        """Take the answer about the tone."""
        mend = saying("Look at the loudspeaker, its cable and its volume.")
        seen = saying("heard") if heard else saying("not heard")
        with self._guard:
            test = self._state.test
            if test.asks:
                result = TestResult("sound", heard, seen, None if heard else mend)
                done = SelfTest(results=(*test.results, result))
                self._state = replace(self._state, test=done)

    def begin_proof(self) -> Future[None]:
        """Begin the proof test."""

        def begin() -> None:
            welcome = self._state.welcome
            if welcome is None:
                raise Refusal("service", NO_ANSWER)
            if not self._serving.served.on:
                raise Refusal("service", ENDED)
            steps = proof.steps_of(welcome.pins, self._preferences.state().rails)
            absent = "key" not in welcome.pins and not self._keeping.key_seen
            begun = proof.begin(steps, may_be_absent=absent)
            self._state = replace(self._state, proof=begun)

        return self._at_once(begin)

    def arm_proof(self) -> Future[None]:
        """Give the permit for the step at hand."""

        def arm() -> None:
            at, status = self._state.proof, self._status
            if status is None or at.stage != "ready" or at.step in proof.RAILS:
                return
            self._serving.give_permit()
            self._state = replace(self._state, proof=proof.arm(at, status))

        return self._at_once(arm)

    def fail_proof(self) -> Future[None]:
        """It was done, and nothing changed."""

        def fail() -> None:
            before = self._state.proof
            failed = proof.fail(before, "nothing")
            if failed is not before:
                self._state = replace(self._state, proof=failed)
                self._proven(failed)

        return self._at_once(fail)

    def absent_in_proof(self) -> Future[None]:
        """There is no key that the kiosk could see."""

        def absent() -> None:
            before = self._state.proof
            after = proof.absent(before)
            self._state = replace(self._state, proof=after)
            if before.running and not after.running:
                self._proven(after)

        return self._at_once(absent)

    def end_proof(self) -> None:
        """Forget a test."""
        with self._guard:
            self._state = replace(self._state, proof=proof.Proof())

    def begin_measure(self, belt_mm: int, turns: int) -> Future[None]:
        """Begin a calibration."""

        def begin() -> None:
            now = self._preferences.state()
            try:
                made = measuring.begin(belt_mm, turns, now.mm_per_count, now.invert)
            except ValueError as error:
                raise Refusal("length", "A belt is 1500 to 6000 mm long.") from error
            self._state = replace(self._state, measure=made)

        return self._at_once(begin)

    def mark(self) -> Future[None]:
        """The marks are together."""
        return self._measured(
            lambda at, status: at if status is None else measuring.mark(at, status)
        )

    def agree(self, right: bool) -> Future[None]:
        """Which way the belt runs."""
        return self._measured(lambda at, _status: measuring.agree(at, right))

    def again(self) -> Future[None]:
        """Do the pass at hand once more."""
        return self._measured(lambda at, _status: measuring.again(at))

    def go_on(self) -> Future[None]:
        """Mean a value that is far from the present one."""
        return self._measured(lambda at, _status: measuring.go_on(at))

    def save_measure(self) -> Future[None]:
        """Leave service mode and keep what was measured."""

        def save(answer: Future[None]) -> None:
            measure = self._state.measure
            if not measure.good or measure.mm is None:
                raise Refusal("measure", "The second pass is too far off: do it again.")
            # The guard takes other settings only while nobody could move its belt.
            self._serving.leave()
            saved = self._preferences.save(measure.mm, invert=measure.invert)
            saved.add_done_callback(lambda done: self._saved(done, measure, answer))

        return self._asked(save)

    def end_measure(self) -> None:
        """Forget a calibration."""
        self._measures(lambda _at: measuring.Measure())

    def power(self, wish: PowerWish) -> Future[None]:
        """Restart or shut down."""

        def begin(answer: Future[None]) -> None:
            if self._exporting():
                raise Refusal(
                    "busy", "An export is under way: wait until it is over, or cancel it."
                )
            self._serving.leave()
            done = self._desk.ask(lambda: self._power.carry_out(wish, self._need_idle))
            done.add_done_callback(lambda one: hand_on(one, answer))

        return self._asked(begin)

    # --- helpers ------------------------------------------------------------------------------

    def _asked(self, job: Callable[[Future[None]], None]) -> Future[None]:
        """Do it with the PIN open and no session under way; a Refusal is the answer otherwise."""
        answer: Future[None] = Future()
        try:
            self._need()
            with self._guard:
                self._need_idle()
                job(answer)
        except Refusal as refusal:
            return refused(refusal)
        return answer

    def _need_idle(self) -> None:
        if not self._idle:
            raise Refusal("busy", BUSY)

    def _at_once(self, job: Callable[[], None]) -> Future[None]:
        """Do what is done as soon as it was asked."""

        def do(answer: Future[None]) -> None:
            job()
            answer.set_result(None)

        return self._asked(do)

    def _measured(
        self, change: Callable[[measuring.Measure, Status | None], measuring.Measure]
    ) -> Future[None]:
        return self._at_once(lambda: self._measures(lambda at: change(at, self._status)))

    def _measures(self, change: Callable[[measuring.Measure], measuring.Measure]) -> None:
        with self._guard:
            self._state = replace(self._state, measure=change(self._state.measure))

    def _test(self) -> None:
        first = self._status
        self._wait(selftest.LISTENS_S)
        results = selftest.run(first, self._status, self._state.welcome, self._around)
        # Without a card nothing was played: there is nothing to ask.
        asks = any(one.name == "card" and one.good for one in results)
        with self._guard:
            self._state = replace(self._state, test=SelfTest(asks=asks, results=results))

    def _proven(self, proved: proof.Proof) -> None:
        """End its service mode, and keep how a test ended if it passed or failed."""
        if proved.stage == "interrupted":
            self._serving.leave()
            return
        self._serving.send(ClearLatches())
        self._serving.leave()
        self._keeping.ended(proved)

    def _saved(self, done: Future[None], measure: measuring.Measure, answer: Future[None]) -> None:
        error = done.exception()
        if error is not None:
            answer.set_exception(error)
            return
        self._desk.ask(lambda: self._keeping.keep_measure(measure))
        with self._guard:
            self._state = replace(self._state, measure=replace(measure, step="saved"))
        answer.set_result(None)
