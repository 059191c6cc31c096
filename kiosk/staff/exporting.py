"""One export from its plan to "safe to remove": what happens on the stick, and what is said of it.

Phases change at once, in the call that asks for it; all work is the office's thread's. Whatever
happens, the stick is let go of afterwards, and the text stays true.
"""

from __future__ import annotations

import threading
import time
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from kiosk.clock import WallClock
from kiosk.export import clinic
from kiosk.export.errors import Cancelled, ExportError, Unusable, told_of
from kiosk.export.exporter import Export
from kiosk.export.numbers import Numbers
from kiosk.export.plan import Request
from kiosk.export.progress import Progress
from kiosk.session.actions import Refusal
from kiosk.staff.model import ExportPhase, ExportPlan, ExportState, ExportWish
from kiosk.staff.words import (
    MAY_BE_LEFT,
    NO_KEY,
    NOTHING,
    PULLED,
    PULLED_IN_IT,
    WHOLE,
    let_go,
    plan_in_words,
    result_in_words,
)
from kiosk.sticks.model import Stick, StickError, Sticks
from profiles.saying import Said, Saying, saying

RUNNING: Final[frozenset[ExportPhase]] = frozenset({"writing", "checking", "ejecting"})
NEWS_WITHIN_S: Final = 0.5
"""How long after a failed write a stick may still be listed that was pulled out."""
_PENDING: Final[frozenset[ExportPhase]] = frozenset({"planning", "planned"})


class Exporting:
    """The export of the moment. ``state`` may be read by any thread; it is only ever replaced."""

    def __init__(
        self, data: Path, sticks: Sticks, clock: WallClock, place: Callable[[], str] = str
    ) -> None:
        """Nothing is under way. ``place`` returns the place's name."""
        self._data = data
        self._sticks = sticks
        self._clock = clock
        self._place = place
        self._numbers = Numbers(data)
        self._guard = threading.Lock()
        self._cancel = threading.Event()
        self._export: Export | None = None
        self._mounted: tuple[str, Path] | None = None
        self._lost: Said | None = None
        self.state = ExportState()

    # --- asked by any thread ----------------------------------------------------------------

    def is_running(self) -> bool:
        """Say whether a stick is being written, read back or let go of for an export."""
        return self.state.phase in RUNNING

    def begin_plan(self, wish: ExportWish) -> None:
        """Go to ``planning``; raises :class:`Refusal`. :meth:`plan` must follow."""
        if not wish.formats:
            raise Refusal("wish", "Choose at least one kind of file.")
        if wish.since and wish.until and wish.since > wish.until:
            raise Refusal("wish", "The first day is after the last one: swap them.")
        with self._guard:
            self.refuse_while_running()
            self.state = ExportState(phase="planning", wish=wish)

    def begin_run(self) -> None:
        """Go from ``planned`` to ``writing``; raises :class:`Refusal`. :meth:`run` must follow."""
        with self._guard:
            self.refuse_while_running()
            plan = self.state.plan
            if self.state.phase != "planned" or plan is None:
                raise Refusal("phase", "There is no plan yet: choose what to export.")
            if plan.obstacle is not None:
                raise Refusal("obstacle", *plan.obstacle)
            self._lost = None
            self._cancel.clear()
            self.state = replace(self.state, phase="writing", bytes_total=max(1, plan.bytes))

    def cancel(self) -> None:
        """Stop soon. A plan is over at once; what is being let go of already is done."""
        with self._guard:
            if self.state.phase in _PENDING:
                self.state = replace(self.state, phase="cancelled", text=(NOTHING,))
            else:
                self._cancel.set()

    def end(self) -> None:
        """Back to ``idle``, unless something runs."""
        with self._guard:
            if self.state.phase not in RUNNING:
                self.state = ExportState()

    def leave(self) -> None:
        """Drop a plan; keep an export that runs, and how one ended."""
        with self._guard:
            if self.state.phase in _PENDING:
                self.state = ExportState()

    def give_up(self, *text: Saying) -> None:
        """What was begun will not be done."""
        with self._guard:
            self.state = replace(self.state, phase="failed", text=text)

    def refuse_while_running(self) -> None:
        """Raise :class:`Refusal` while the stick is in use."""
        if self.is_running():
            raise Refusal("busy", "An export is under way: wait until it is over, or cancel it.")

    # --- done by the office's thread --------------------------------------------------------

    def plan(self, wish: ExportWish) -> None:
        """Look at the stick and the log; ends in ``planned`` or ``failed``."""
        begun = self.state
        if begun.phase != "planning" or begun.wish is not wish:
            return  # cancelled, or asked otherwise, before it was this one's turn
        self.release()
        try:
            plan = self._planned(wish)
        except (StickError, ExportError) as error:
            to = replace(begun, phase="failed", text=error.said)
        except OSError as error:
            text = told_of(error, saying("The export could not be planned."))
            to = replace(begun, phase="failed", text=text)
        else:
            self._move(begun, replace(begun, phase="planned", plan=plan))
            return
        self._move(begun, let_go(to, self.release()))

    def run(self) -> None:
        """Write what was planned; ends in ``done``, ``failed`` or ``cancelled``."""
        begun, export = self.state, self._export
        if begun.phase != "writing" or export is None or self._mounted is None:
            raise RuntimeError("an export was begun that nobody planned")
        try:
            export.plan()  # the stick may have been filled in the meantime
            done = export.run(self._tell, self._cancel)
        except Cancelled as error:
            if self._lost is not None:
                self._settle("failed", self._lost)
            else:
                self._settle("cancelled", error.said)
        except ExportError as error:
            self._settle("failed", self._lost_in_it() or error.said)
        except OSError as error:
            self._settle("failed", self._lost_in_it() or told_of(error))
        else:
            result = result_in_words(done, self._mounted[1])
            # What was written counts now: the plan only guessed it.
            total = self.state.bytes_total
            written = replace(self.state, phase="ejecting", result=result, bytes_done=total)
            self.state = replace(written, seconds_left=None)
            self._settle("done", (WHOLE,))

    def look(self, *, forgotten: bool) -> None:
        """Notice between jobs that a plan's stick was pulled out, or that nobody is there."""
        state = self.state
        if state.phase == "planned" and state.wish is not None:
            if forgotten:
                self.leave()
            elif self._stick(state.wish.stick_id) is None:
                text = (self._sticks.fault() or PULLED,)
                self._move(state, replace(state, phase="failed", text=text))
        state = self.state
        if state.phase not in _PENDING | RUNNING:
            error = self.release()
            if state.text == (NOTHING,) and not state.safe_to_remove:
                self._move(state, let_go(state, error))

    def release(self) -> StickError | None:
        """Let go of the log and the stick, as far as it can be; return what went wrong."""
        export, self._export = self._export, None
        if export is not None:
            export.close()
        mounted, self._mounted = self._mounted, None
        if mounted is None:
            return None
        try:
            self._sticks.unmount(mounted[0])
        except StickError as error:
            return error
        return None

    def stop(self) -> None:
        """The kiosk ends: stop an export under way."""
        self._cancel.set()

    def _planned(self, wish: ExportWish) -> ExportPlan:
        stick = self._stick(wish.stick_id)
        if stick is None:
            raise StickError(self._sticks.fault() or PULLED, gone=True)
        recipient = clinic.load(self._data) if wish.identified else None
        if wish.identified and recipient is None:
            raise Unusable(NO_KEY)
        to = self._sticks.mount(stick.id, writable=not stick.read_only)
        self._mounted = stick.id, to
        request = Request(
            *(self._data, to, wish.since, wish.until, wish.formats, recipient),
            who=wish.who,
            place=self._place(),
        )
        now, _ = self._clock.now()
        zone = zoneinfo.ZoneInfo(self._clock.zone)
        self._export = export = Export(request, now=now, zone=zone, numbers=self._numbers)
        secret = wish.identified and (to / clinic.SECRET).exists()
        return plan_in_words(export.plan(), protected=stick.read_only, secret=secret)

    def _stick(self, stick_id: str) -> Stick | None:
        return next((one for one in self._sticks.plugged() if one.id == stick_id), None)

    def _lost_in_it(self) -> Said | None:
        """Return what to say if the stick is gone; what a write says of that differs by kernel.

        The news may come a little after the error.
        """
        wish = self.state.wish
        until_s = time.monotonic() + NEWS_WITHIN_S
        while wish is not None and self._lost is None:
            if self._stick(wish.stick_id) is None:
                return self._sticks.fault() or PULLED_IN_IT, MAY_BE_LEFT
            if time.monotonic() >= until_s:
                return None
            time.sleep(0.05)
        return self._lost

    def _tell(self, progress: Progress) -> None:
        state = self.state
        if state.wish is not None and self._stick(state.wish.stick_id) is None:
            # A device that is gone may take its time to say so.
            self._lost = self._sticks.fault() or PULLED_IN_IT, MAY_BE_LEFT
            self._cancel.set()
        if progress.phase == "done":
            return
        self.state = replace(
            state,
            phase=progress.phase,
            # The exporter counts each byte twice, written and read back; people count it once.
            bytes_done=progress.bytes_done // 2,
            bytes_total=max(1, progress.bytes_total // 2),
            seconds_left=progress.seconds_left,
        )

    def _settle(self, phase: ExportPhase, text: Said) -> None:
        """Let go of the stick, then end; nobody else moves an export that runs."""
        error = self.release()
        over = replace(self.state, phase=phase, text=text, seconds_left=None)
        self._move(self.state, let_go(over, error))

    def _move(self, begun: ExportState, to: ExportState) -> None:
        with self._guard:
            if self.state is begun:
                self.state = to
