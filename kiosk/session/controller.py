"""Applies what the session machine decides: messages to the guard, lines to the log.

One thread drives it (or a replay's virtual clock); screens only ever see its snapshots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from hardware.link import ClearLatches, RailsMode, Status, ToGuard
from kiosk.session import machine, requests
from kiosk.session.actions import Action, Cancel, Choose, Heartbeat, Lock, Refusal, Unlock
from kiosk.session.model import (
    Closed,
    Effect,
    Health,
    Opened,
    Phase,
    Send,
    Session,
    Snapshot,
    TraceRow,
)
from kiosk.session.plan import NS, Plan, own_plan, plan_of, prescribed_plan
from kiosk.session.record import Facts, is_traced, record_of, trace_row
from profiles.model import Program
from profiles.saying import Said, saying

TRACE_NS: Final = NS // 5
CHECKPOINT_NS: Final = NS
GUARD_LOST_NS: Final = 8 * NS // 10
"""The table allows 1.0 s from the last status to the alarm."""
UNLOCKED_NS: Final = 120 * NS


class Log(Protocol):
    """What the controller needs of the log; ``kiosk.records`` has the real one."""

    def begin(self, head: dict[str, Any]) -> None:
        """Open the journal of a session."""

    def append(self, rows: Sequence[TraceRow], checkpoint: dict[str, Any] | None) -> None:
        """Journal trace rows, and the record as it stands."""

    def close(self, record: dict[str, Any]) -> object:
        """Keep a record for good; what is returned is the log's own affair."""

    def health(self) -> Said | None:
        """Say why no session may start, or None."""


class Deck(Protocol):
    """What is known of the treadmill's deck; ``kiosk.deck`` keeps it through power losses."""

    pct: float | None
    """The incline that was confirmed before this start; None is unknown."""

    def keep(self, pct: float | None) -> None:
        """Keep what was confirmed last, if it is another one; called often, and must not wait."""


class Level:
    """A deck of which nothing is kept, level at the start: a replay's."""

    pct: float | None = 0.0

    def keep(self, pct: float | None) -> None:
        """Keep nothing."""


class Place(msgspec.Struct, frozen=True):
    """What the site and this machine are, for every session."""

    kiosk_id: str
    boot_id: str
    app_version: str
    site_cap_kmh: float
    rails: RailsMode
    mm_per_count: float


def nobody(_code: str) -> Plan:
    """Where there are no profiles: a replay."""
    raise Refusal("profile", "There are no profiles here: a recording keeps the plan itself.")


class Controller:
    """The session under way, and everything it has to be told or has to tell."""

    def __init__(
        self,
        *,
        send: Callable[[ToGuard], None],
        log: Log,
        programs: Mapping[str, Program],
        place: Place,
        wall_clock: Callable[[], tuple[datetime, bool]],
        new_id: Callable[[], str],
        plan_of_person: Callable[[str], Plan] = nobody,
        proof_due: Callable[[], bool] = lambda: False,
        settings: Callable[[], Said] = tuple,
        deck: Deck | None = None,
    ) -> None:
        """Start idle. ``wall_clock`` returns UTC and whether it can be trusted.

        ``plan_of_person`` returns what whoever was found by name and PIN walks today, by their
        code; it raises :class:`Refusal` for anybody else, and touches no disk. ``proof_due`` says
        whether the staff's test of stop, key and rails is due; a replay is of a walk that was.
        ``settings`` says why they let no session start.
        """
        self._send = send
        self._log = log
        self._programs = programs
        self.place = place
        """What holds for the next session; replaced whole, by any thread."""
        self._wall_clock = wall_clock
        self._new_id = new_id
        self._plan_of_person = plan_of_person
        self._proof_due = proof_due
        self._settings = settings
        self._deck = deck or Level()
        self._session = Session(deck_pct=self._deck.pct)
        self._status: Status | None = None
        self._status_ns: int | None = None
        self._facts: Facts | None = None
        self._row_ns = 0
        self._checkpoint_ns = 0
        self._journaled_events = 0
        self._unlocked_until_ns: int | None = None
        self.trace: list[TraceRow] = []
        self.snapshot = Snapshot(now_ns=0, session=self._session, status=None, health=Health(False))

    def on_status(self, status: Status, now_ns: int) -> None:
        """Take one status of the guard, at the time it was judged for."""
        self._status, self._status_ns = status, now_ns
        health = self._health(now_ns)
        session, effects = machine.advance(self._session, status, health, now_ns)
        self._apply(session, effects)
        self._journal(now_ns)
        self._publish(now_ns)

    def tick(self, now_ns: int) -> None:
        """Look at the clock without a status: only a silent guard shows this way."""
        if not self._health(now_ns).guard:
            self._apply(*machine.guard_lost(self._session, now_ns))
            self._journal(now_ns)
        self._publish(now_ns)

    def guard_gone(self, now_ns: int) -> None:
        """The guard's socket closed: it is lost, with no need to wait for its silence."""
        self._status_ns = None
        self.tick(now_ns)

    def act(self, action: Action, now_ns: int) -> None:
        """Do what a person asks; raises :class:`Refusal` with a sentence where it cannot be."""
        if isinstance(action, Unlock):
            if action.role == "staff":
                self.unlock(now_ns)
        elif isinstance(action, Choose):
            plan = self._plan(action, now_ns)
            result = requests.choose(self._session, plan, self._status, now_ns)
            self._apply(*result)
            self._facts = self._new_facts()
            self._unlocked_until_ns = None
            self.trace = []
        elif isinstance(action, Lock):
            self._unlocked_until_ns = None
        elif not isinstance(action, Heartbeat):
            if isinstance(action, Cancel):
                # Whoever comes next did not bring the staff along.
                self._unlocked_until_ns = None
            self._apply(*requests.act(self._session, action, now_ns))
        self._journal(now_ns)
        self._publish(now_ns)

    def unlock(self, now_ns: int) -> None:
        """A staff PIN was accepted: clear what staff clear, open what staff open for a while."""
        self._unlocked_until_ns = now_ns + UNLOCKED_NS
        self._send(ClearLatches())

    def finish(self, now_ns: int) -> None:
        """The kiosk ends: what was walked is kept as it stands, as interrupted."""
        walk = self._session.walk
        if walk is not None and walk.permitted:
            self._apply(*machine.leave(self._session, walk, now_ns))

    def _plan(self, action: Choose, now_ns: int) -> Plan:
        place = self.place
        if action.profile is not None:
            return self._plan_of_person(action.profile)
        if action.plan is not None and action.prescribed is not None:
            return prescribed_plan(
                action.plan,
                action.prescribed,
                cap_kmh=action.cap_kmh or place.site_cap_kmh,
                site_cap_kmh=place.site_cap_kmh,
            )
        if action.plan is not None:
            cap = min(action.cap_kmh or place.site_cap_kmh, place.site_cap_kmh)
            return own_plan(action.plan, cap_kmh=cap, rails=place.rails)
        program = self._programs.get(action.program or "")
        if program is None:
            names = ", ".join(self._programs)
            raise Refusal(
                "program",
                saying(
                    "There is no program {program}; there are {names}.",
                    program=repr(action.program),
                    names=names,
                ),
            )
        if program.audience == "staff" and not self._unlocked(now_ns):
            raise Refusal("locked", "This program is started with the staff: ask them.")
        try:
            return plan_of(
                program, action.minutes, site_cap_kmh=place.site_cap_kmh, rails=place.rails
            )
        except ValueError as error:
            raise Refusal("minutes", str(error)) from error

    def _new_facts(self) -> Facts:
        started_at, trusted = self._wall_clock()
        return Facts(
            session_id=self._new_id(),
            kiosk_id=self.place.kiosk_id,
            boot_id=self.place.boot_id,
            app_version=self.place.app_version,
            started_at=started_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            clock_trusted=trusted,
            mm_per_count=self.place.mm_per_count,
        )

    def _apply(self, session: Session, effects: Sequence[Effect]) -> None:
        # The session first: an effect that fails must not leave the old phase standing.
        self._session = session
        for effect in effects:
            match effect:
                case Send(message=message):
                    self._send(message)
                case Opened() if session.walk is not None and self._facts is not None:
                    self._log.begin(record_of(session.walk, self._status, self._facts))
                    self._journaled_events = 0
                    self._row_ns = self._checkpoint_ns = 0
                case Closed(walk=walk) if self._facts is not None:
                    self._log.close(record_of(walk, self._status, self._facts))

    def _journal(self, now_ns: int) -> None:
        session, walk, status = self._session, self._session.walk, self._status
        if walk is None or not walk.permitted or walk.closed:
            return
        if status is None or self._facts is None:
            return
        if is_traced(session) and now_ns - self._row_ns >= TRACE_NS:
            # Kept on the 5 Hz grid, so that a late status does not shift every later row.
            on_grid = self._row_ns + TRACE_NS
            self._row_ns = on_grid if now_ns - on_grid < TRACE_NS else now_ns
            row = trace_row(session, walk, status, now_ns)
            self.trace.append(row)
            self._log.append([row], None)
        news = len(walk.events) != self._journaled_events
        if news or now_ns - self._checkpoint_ns >= CHECKPOINT_NS:
            self._checkpoint_ns = now_ns
            self._journaled_events = len(walk.events)
            self._log.append([], record_of(walk, status, self._facts))

    def _health(self, now_ns: int) -> Health:
        heard = self._status_ns is not None and now_ns - self._status_ns < GUARD_LOST_NS
        return Health(
            guard=heard,
            log=self._log.health(),
            proof_due=self._proof_due(),
            settings=self._settings(),
        )

    def _unlocked(self, now_ns: int) -> bool:
        return self._unlocked_until_ns is not None and now_ns < self._unlocked_until_ns

    def _publish(self, now_ns: int) -> None:
        self._deck.keep(self._session.deck_pct)
        status, health = self._status, self._health(now_ns)
        if status is not None and not health.guard:
            # What a silent guard said of the belt last, nobody knows any more.
            status = msgspec.structs.replace(status, speed_kmh=None, at_rest=None)
        self.snapshot = Snapshot(
            now_ns=now_ns,
            session=self._session,
            status=status,
            health=health,
            failing=machine.failing(self._session, status, health) if status else ("guard",),
            unlocked=self._unlocked(now_ns),
        )


def is_idle(snapshot: Snapshot) -> bool:
    """Say whether no session is under way and no record is open."""
    walk = snapshot.session.walk
    return snapshot.session.phase is Phase.IDLE or walk is None or walk.closed
