"""Somebody with a profile: found by name and PIN, walking today's plan, judged by the stop rules.

What touches the disk is done by the thread ``desk``; the session's thread only takes the plan that
lies ready. No name leaves this module but to the screen.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import date, datetime, tzinfo
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from kiosk.session.actions import Refusal
from kiosk.session.model import Phase
from kiosk.session.plan import Plan
from kiosk.therapy.model import Person
from kiosk.therapy.todays import Found, Record, person_of, plan_of
from kiosk.therapy.tries import ProfileTries
from kiosk.worker import Worker
from profiles.errors import LibraryUnusable, NotAccepted, UnknownCode
from profiles.kept import Kept
from profiles.library import Library
from profiles.model import Program
from profiles.names import name_key
from profiles.points import DAY, day_of
from profiles.progress import progress
from profiles.progression import Outlook, Proposal, judged, outlook
from profiles.saying import saying

log = logging.getLogger(__name__)

_T = TypeVar("_T")

STAYS_S: Final = 180.0
"""How long somebody who was found and begins nothing is remembered, should no screen say that they
left: a screen that nobody touches does so after 90 s."""
MOST_SESSIONS: Final = 2_000
READ_WITHIN_S: Final = 10.0
NO_LOG: Final = saying("The session log cannot be read now: please call the staff.")
NO_PROFILES: Final = saying("The profiles cannot be read now: please call the staff.")
NO_CLOCK: Final = saying("The kiosk's clock is not set: please ask the staff to set it.")
NOBODY: Final = saying("Enter your name and PIN first.")
CHANGED: Final = saying("Your profile has changed: enter your name and PIN again.")


_FREE: Final = frozenset({Phase.IDLE, Phase.SUMMARY})
"""Where somebody else may come."""


class Sessions(Protocol):
    """What is needed of the log; ``kiosk.records`` has the real one."""

    def sessions_of(self, profile_code: str, count: int) -> Future[list[dict[str, Any]]]:
        """Return a person's newest sessions, newest first."""


class _Here(NamedTuple):
    """Who was found, by which profile, and what they may walk; None once it was begun."""

    person: Person
    kept: Kept
    plan: Plan | None


class Patrons:
    """Who is here. The screens' :class:`kiosk.therapy.model.PatronDesk`; any thread may call."""

    def __init__(
        self,
        library: Library,
        sessions: Sessions,
        programs: Mapping[str, Program],
        *,
        tries: ProfileTries,
        wall_clock: Callable[[], tuple[datetime, bool]],
        site_cap_kmh: float,
        zone: tzinfo,
        desk: Worker,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nobody is here. ``desk`` is somebody else's to start and close.

        ``wall_clock`` returns UTC and whether it can be trusted; days begin in ``zone``.
        """
        self._library = library
        self._sessions = sessions
        self._programs = programs
        self._tries = tries
        self._wall_clock = wall_clock
        self._site_cap_kmh = site_cap_kmh
        self.zone = zone
        self._desk = desk
        self._seconds = seconds
        self._guard = threading.Lock()
        self._here: _Here | None = None
        self._steps: dict[str, Proposal] = {}
        self._since_s = 0.0
        self._phase = Phase.IDLE

    # --- the screens' desk ------------------------------------------------------------------

    def limit(self, site_cap_kmh: float) -> None:
        """Take another cap of the site's (km/h), for whoever begins from now on."""
        self._site_cap_kmh = site_cap_kmh

    def person(self) -> Person | None:
        """Return who is here."""
        here = self._here
        return None if here is None else here.person

    def find(self, who: str, pin: str) -> Future[None]:
        """Find a profile; the future ends with a Refusal where none fits."""
        return self._desk.ask(lambda: self.admit(who, pin))

    def leave(self) -> None:
        """Forget who is here."""
        with self._guard:
            self._here = None

    # --- the session's thread ----------------------------------------------------------------

    def plan(self, code: str) -> Plan:
        """Return what whoever is here walks today. Raises :class:`Refusal`; touches no disk.

        Once it was begun they must be found anew: what they walked may have held the profile.
        """
        here = self._here
        if here is None or here.person.code != code:
            raise Refusal("profile", NOBODY)
        if here.person.why is not None:
            raise Refusal("profile", "Please see your therapist before the next walk.")
        if here.plan is None:
            raise Refusal("profile", NOBODY)
        return here.plan

    def follow(self, phase: Phase, code: str | None) -> None:
        """Forget who is here when their session is over, or when they just went away.

        ``code`` is of the profile that is walked, None of a guest's walk.
        """
        with self._guard:
            was, self._phase = self._phase, phase
            if self._here is None:
                return
            if phase in _FREE and phase is not Phase.IDLE:
                return
            if phase is not Phase.IDLE:
                self._since_s = self._seconds()
                if code != self._here.person.code:
                    self._here = None
                elif self._here.plan is not None:
                    self._here = self._here._replace(plan=None)
            elif was is not Phase.IDLE or self._seconds() - self._since_s >= STAYS_S:
                self._here = None

    def closed(self, record: Record, kept: object) -> None:
        """A session is over: judge it, and look at it again once it is ``kept`` in the log."""
        code = record.get("profile_code")
        if not isinstance(code, str):
            return
        self._ask(lambda: self._judge(code, record), "a session was not judged yet")
        if isinstance(kept, Future):
            kept.add_done_callback(
                lambda _done: self._ask(lambda: self._again(code), "a trend is an old one")
            )

    def _ask(self, job: Callable[[], None], otherwise: str) -> None:
        """Have the desk do it; a desk that is too busy is told of, as nobody waits for this."""
        asked = self._desk.ask(job)
        if asked.done() and (error := asked.exception()) is not None:
            log.error("%s: %s", otherwise, error)

    # --- the desk's thread ---------------------------------------------------------------------

    def admit(self, who: str, pin: str) -> None:
        """Find who it is, and what they walk today. Raises :class:`Refusal` with a sentence."""
        typed = name_key(who)
        if self._phase not in _FREE:
            raise Refusal("busy", "A session is under way: end it first.")
        self.leave()
        self._tries.begin(typed)
        kept = told(lambda: self._library.find(who, pin))
        if kept is None:
            raise Refusal("pin", "Name and PIN do not fit.", self._tries.left())
        self._tries.was_right(typed, shared=told(lambda: self._library.meant(typed)) > 1)
        found = self._brought_up(kept.code)
        person = self._person(found)
        plan = plan_of(found, self._programs, self._site_cap_kmh)
        with self._guard:
            self._here = _Here(person, found.kept, plan)
            self._since_s = self._seconds()

    def begin(self, who: str, pin: str) -> str:
        """Find somebody by their PIN, or with none see that ``who`` is the code of whoever is here.

        Returns the code. Their profile must be as it was when they were found: somebody may have
        held, changed or deleted it meanwhile, from the command line too. Raises :class:`Refusal`.
        """
        if pin:
            self.admit(who, pin)
        here = self._here
        if here is None or (not pin and here.person.code != who):
            raise Refusal("profile", NOBODY)
        code = here.person.code
        try:
            same = told(lambda: self._library.get(code)) == here.kept
        except Refusal:
            self.leave()
            raise
        if not same:
            self.leave()
            raise Refusal("profile", CHANGED)
        return code

    def today(self) -> date:
        """Return the day where the kiosk stands, by which profiles are held and expire."""
        now, _ = self._wall_clock()
        return now.astimezone(self.zone).date()

    def look(self, code: str) -> Found:
        """Return a profile, its sessions and what holds today; keep a hold that they give.

        Raises :class:`Refusal`, also for a code that is not here.
        """
        records = self._records(code)
        kept = told(lambda: self._library.get(code))
        today = self._sure_today(kept, records)
        seen = self._seen(kept, records, today)
        if (why := seen.hold) is not None:
            judged_seq = kept.state.released_seq
            told(lambda: self._library.hold(code, why, today, "kiosk", judged_seq=judged_seq))
            kept = told(lambda: self._library.get(code))
            seen = self._seen(kept, records, today)
        return Found(kept, records, seen)

    def _seen(self, kept: Kept, records: Sequence[Record], today: date) -> Outlook:
        return outlook(
            kept.prescription,
            kept.state,
            records,
            today,
            zone=self.zone,
            site_cap_kmh=self._site_cap_kmh,
        )

    def dropped(self, code: str) -> None:
        """A therapist changed this profile: whoever was found by it must be found anew."""
        with self._guard:
            is_it = self._here is not None and self._here.person.code == code
            if is_it and self._phase is Phase.IDLE:
                self._here = None

    def stepped(self, code: str, proposal: Proposal) -> None:
        """A step was taken: whoever comes next is told, until they have walked it."""
        self._steps[code] = proposal

    def _brought_up(self, code: str) -> Found:
        """Take the step of the progression that takes effect by itself, if one is due."""
        found = self.look(code)
        proposal = found.seen.proposal
        if proposal is None or not found.seen.applies or not found.seen.may_walk:
            return found
        state = proposal.state
        try:
            told(lambda: self._library.step(found.kept, state, "kiosk"))
        except NotAccepted:
            # Somebody changed it meanwhile: what they made of it holds.
            return self.look(code)
        self.stepped(code, proposal)
        return self.look(code)

    def _records(self, code: str) -> list[Record]:
        try:
            newest_first = self._sessions.sessions_of(code, MOST_SESSIONS).result(READ_WITHIN_S)
        except Exception as error:
            log.error("a person's sessions cannot be read: %s", type(error).__name__)
            raise Refusal("log", NO_LOG) from error
        return list(reversed(newest_first))

    def _sure_today(self, kept: Kept, records: Sequence[Record]) -> date:
        """Return the day. A clock that nobody vouched for, and that cannot be right, is none.

        A profile may have been issued where it is tomorrow already.
        """
        _, trusted = self._wall_clock()
        today = self.today()
        days = (day_of(one.get("started_at"), self.zone) for one in records)
        newest = max((day for day in days if day is not None), default=today)
        if not trusted and (today + DAY < kept.prescription.issued_on or today < newest):
            raise Refusal("clock", NO_CLOCK)
        return today

    def _judge(self, code: str, record: Record) -> None:
        """Hold the profile if the session broke a stop rule. The log tells it again later."""
        try:
            kept = self._library.get(code)
            why = judged(kept.prescription, record)
            if why is not None:
                self._library.hold(code, why, self.today(), "kiosk")
        except UnknownCode:
            return  # it was deleted while its person walked
        except LibraryUnusable as error:
            log.error("a profile could not be held; the next look at its sessions does: %s", error)

    def _again(self, code: str) -> None:
        """Show whoever is still here the session that is kept now, and whether they are held."""
        here = self._here
        if here is None or here.person.code != code:
            return
        try:
            found = self.look(code)
        except Refusal as refusal:
            log.warning("the trend is not brought up to date: %s", refusal)
            return
        with self._guard:
            if self._here is here:
                self._here = _Here(self._person(found), found.kept, here.plan)

    def _person(self, found: Found) -> Person:
        code, state = found.kept.code, found.kept.state
        step = self._steps.get(code)
        newest = max((one["seq"] for one in found.records), default=0)
        if step is not None and (step.state != state or newest > state.stepped_seq):
            del self._steps[code]
            step = None
        prescription, zone = found.kept.prescription, self.zone
        goes = progress(prescription, found.records, self.today(), state=state, zone=zone)
        return person_of(found, self._programs, goes.sessions, step)


def told(job: Callable[[], _T]) -> _T:
    """Do it; a library that fails, or a code that is not here, becomes a Refusal's sentence."""
    try:
        return job()
    except LibraryUnusable as error:
        log.error("the profiles cannot be used: %s", error)
        raise Refusal("profiles", NO_PROFILES) from error
    except UnknownCode as error:
        raise Refusal("profile", "This profile is not here any more.") from error
