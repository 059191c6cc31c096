"""The root of all a patron sees: looks at snapshots, puts up screens, goes on after faults."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from kivy.base import ExceptionHandler, ExceptionManager
from kivy.properties import ListProperty
from kivy.uix.floatlayout import FloatLayout

from kiosk.cues import languages, texts
from kiosk.cues.cuer import Cuer
from kiosk.death import die
from kiosk.screens import router
from kiosk.screens.about import AboutPage, BlockedPage, FaultPage, NoticePage
from kiosk.screens.alarm import AlarmPage
from kiosk.screens.briefing import BriefingPage
from kiosk.screens.checking import CheckingPage
from kiosk.screens.choose import ChoosePage, DetailPage, MorePage
from kiosk.screens.countdown import CountdownPage
from kiosk.screens.dimming import Dimming, Light
from kiosk.screens.idle import IdlePage
from kiosk.screens.moving import alarm
from kiosk.screens.patron_pages import PATRON_PAGES
from kiosk.screens.paused import PausedPage
from kiosk.screens.pin import PinPage
from kiosk.screens.pinning import ForgottenPage, SetupPage
from kiosk.screens.room import Room
from kiosk.screens.staff_pages import STAFF_PAGES
from kiosk.screens.starting import FinishingPage, StartingPage
from kiosk.screens.stopped import StoppedPage
from kiosk.screens.summary import SummaryPage
from kiosk.screens.therapist_pages import THERAPIST_PAGES
from kiosk.screens.trends import last_seq
from kiosk.screens.walking import WalkingPage
from kiosk.screens.widgets import TouchGuard
from kiosk.session.actions import Cancel, Lock
from kiosk.session.model import Phase, Snapshot

log = logging.getLogger(__name__)

ALIVE_S: Final = 0.09
"""A little under the tenth of a second that is asked for: rounds come many times as often."""
LOOK_S: Final = 0.03
CALM_LOOK_S: Final = 0.1
CALM_AFTER_S: Final = 3.0
UNTOUCHED_S: Final = 90.0
"""A screen that needs no session goes back to the first one, as a session before its start does."""
FAULT_S: Final = 5.0
MOST_FAULTS: Final = 4
WITHIN_S: Final = 60.0
ONE_FAULT_S: Final = 0.5
"""So many faults of screens in so long are borne; what fails within half a second is one fault."""
AHEAD: Final = ("stopped", "alarm")
"""Pages that nobody may wait for: made before the walk, while a patron stands and gets ready."""
OVER_ALL: Final = frozenset({"notice", "alarm", "fault"})
"""Pages that may lie over any other for a while; what ``outlives`` it is there again after them."""
PAGES: Final[dict[str, Callable[..., Any]]] = {
    "home": IdlePage,
    "about": AboutPage,
    "blocked": BlockedPage,
    "choose": ChoosePage,
    "detail": DetailPage,
    "more": MorePage,
    "pin": PinPage,
    "setup": SetupPage,
    "forgotten": ForgottenPage,
    "briefing": BriefingPage,
    "checking": CheckingPage,
    "countdown": CountdownPage,
    "starting": StartingPage,
    "walking": WalkingPage,
    "paused": PausedPage,
    "finishing": FinishingPage,
    "stopped": StoppedPage,
    "summary": SummaryPage,
    "notice": NoticePage,
    "fault": FaultPage,
    "alarm": AlarmPage,
    **PATRON_PAGES,
    **STAFF_PAGES,
    **THERAPIST_PAGES,
}


class Shell(FloatLayout):
    """Shows the one screen that the newest snapshot asks for.

    ``off_place`` is by how many steps it should stand off its place, against burn-in.
    """

    off_place = ListProperty([0, 0])

    def __init__(
        self, room: Room, cuer: Cuer | None = None, light: Light | None = None, **kwargs: Any
    ) -> None:
        """``on_page`` of ``observers`` is told the old and new page's name before it changes."""
        super().__init__(**kwargs)
        self.room = room
        self.cuer = cuer
        self.name = ""
        self.page: Any = None
        self.observers: list[Callable[[str, str], None]] = []
        self._phase: Phase | None = None
        self._urgent: tuple[object, ...] = ()
        self._ahead: dict[tuple[str, str], Any] = {}
        self._covered: tuple[str, Any] = ("", None)
        self._inside = self._accompanied = self._retold = self._away = False
        self._spoken: tuple[str | None, str] | None = None
        self._alive_s = self._looked_s = self._fault_s = self._held_s = float("-inf")
        self._touched_s = time.monotonic()
        self.dimming = Dimming(self, room, light)

    def tick(self, *_: object) -> None:
        """One round of Kivy's main loop: say that it runs, then look at the snapshot."""
        now = time.monotonic()
        self.alive()
        snapshot = self.room.desk.snapshot()
        every_s = LOOK_S if snapshot.session.phase in router.BUSY else CALM_LOOK_S
        urgent = _urgent(snapshot)
        if urgent != self._urgent or now - self._looked_s >= every_s:
            self._looked_s, self._urgent = now, urgent
            self.look(snapshot)

    def alive(self, *_: object) -> None:
        """Say that Kivy's own loop got here; call it from that loop alone, as often as it likes."""
        now = time.monotonic()
        if now - self._alive_s >= ALIVE_S:
            self._alive_s = now
            self.room.desk.alive()

    @property
    def calm(self) -> bool:
        """Whether the first screen stands there, nobody is at it, and nothing moves on it."""
        untouched = time.monotonic() - self._touched_s > CALM_AFTER_S
        return self.name == "home" and self._phase is Phase.IDLE and untouched

    def look(self, snapshot: Snapshot) -> None:
        """Bring what is shown up to the snapshot."""
        self.room.collect()
        self._follow(snapshot)
        if self.cuer is not None:
            self.cuer.step = str(getattr(self.page, "step", "")) if self.name == "briefing" else ""
            self.cuer.hear(snapshot)
        name = self._name(snapshot)
        if name != self.name or (self._retold and name == "home"):
            self._put_up(name)
        elif name in {"briefing", "checking"}:
            self._make_ahead(snapshot)
        self.page.show(snapshot)
        self.off_place = self.dimming.look(snapshot, name)

    def _follow(self, snapshot: Snapshot) -> None:
        phase = snapshot.session.phase
        if phase is not self._phase:
            if self._phase is Phase.IDLE:
                self.room.past_seq = last_seq(self.room.patron.person())
            elif self._phase is Phase.SUMMARY:
                self.room.language = self.room.place.language
            if phase is not Phase.IDLE and self.room.local not in router.OVER:
                self.room.local = "home"
            self._phase = phase
        elif self.room.local != "home":
            self._expire()
        elif phase is Phase.IDLE and time.monotonic() - self._touched_s > UNTOUCHED_S:
            self.room.language = self.room.place.language
        if phase in router.MOVING - {Phase.STOPPED}:
            # Nothing may lie over STOP.
            self.room.local, self.room.notice = "home", None
        inside = self.room.local in router.STAFF | router.THERAPY | router.OVER
        if self._inside and not inside:
            self.room.leave_staff()
        self._inside = inside
        left, self._away = self._away, self.room.local != "home"
        if left and not self._away and snapshot.unlocked and phase is Phase.IDLE:
            # Staff have left: a program that they opened is closed with them.
            self.room.post(Lock(), then=lambda _refused: None)
        self._accompany(self.room.local in router.PATRON or phase is not Phase.IDLE)

    def _accompany(self, here: bool) -> None:
        """Speak the language of whoever is here, and forget them as soon as they are not.

        Texts that stand on a screen stay as they are, but for the first one, where a language is
        chosen: a page may show what it can show only once.
        """
        self._retold = False
        if self._accompanied and not here:
            self.room.patron.leave()
        self._accompanied = here
        person = self.room.patron.person()
        if person is None and here and self._spoken is not None:
            return  # they may be gone from the desk while they still walk
        own = None if person is None else person.language
        if (own, self.room.language) != self._spoken:
            self._spoken = own, self.room.language
            wanted = own if own is not None and languages.there_is(own) else self.room.language
            texts.use(languages.load(wanted))
            self._retold = True

    def _expire(self) -> None:
        """Leave a screen that nobody touches any more, and the staff's when their PIN has run out.

        A page that ``holds`` has something to show for longer, and one that is ``public`` shows it
        without the PIN too; for anything else the PIN is asked for anew.
        """
        local, now = self.room.local, time.monotonic()
        page = self._covered[1] if self._covered[0] == local else self.page
        held = local in {self.name, self._covered[0]} and getattr(page, "holds", False)
        if self.name == local and getattr(self.page, "awake", False):
            self._touched_s = now  # somebody turns the belt, and cannot touch the screen
        untouched = now - self._touched_s > UNTOUCHED_S
        if held:
            if untouched and self.room.staff.state().open_roles:
                self.room.staff.leave()
            self._held_s = now
        elif (untouched and now - self._held_s > UNTOUCHED_S) or (
            local in router.STAFF | router.THERAPY and not self._may_be_seen(local)
        ):
            self.room.go("home")

    def _may_be_seen(self, local: str) -> bool:
        public = self.name != local or getattr(self.page, "public", False)
        role = "therapist" if local in router.THERAPY else "staff"
        return public or role in self.room.staff.state().open_roles

    def _name(self, snapshot: Snapshot) -> str:
        if time.monotonic() - self._fault_s < FAULT_S:
            return "fault"
        if alarm(snapshot) is not None:
            return "alarm"
        if self.room.notice is not None:
            return "notice"
        return router.route(snapshot.session, self.room.local)

    def _put_up(self, name: str) -> None:
        if name != self.name:
            for observer in self.observers:
                observer(self.name, name)
        self.clear_widgets()
        kept = self._uncovered(name)
        self.name = ""  # one that cannot be built is no page: the next look tries again
        ahead = self._ahead.pop((name, texts.language()), None)
        self.page = kept or ahead or PAGES[name](self.room)
        self.name = name
        self.page.pos_hint = {"x": 0, "y": 0}  # the screen may stand off the window's corner
        self.add_widget(self.page)
        TouchGuard.took_effect()
        self.room.desk.alive()  # building a screen takes a while on a small machine

    def _uncovered(self, name: str) -> Any:
        """Return the page that lay under others until now; None where there is none of this name.

        One that ``outlives`` being covered has what can be shown or measured only once. Covered, it
        is not shown, so it keeps up no service mode.
        """
        if name in OVER_ALL:
            if self.name == self.room.local and getattr(self.page, "outlives", False):
                self._covered = self.name, self.page
            return None
        (was, page), self._covered = self._covered, ("", None)
        return page if was == name else None

    def _make_ahead(self, snapshot: Snapshot) -> None:
        """Make one of the pages that must stand there at once; the next look makes the next.

        One that cannot be made is a fault here, where nobody stands on a moving belt.
        """
        for name in AHEAD:
            if (name, texts.language()) not in self._ahead:
                page = PAGES[name](self.room)
                page.size = self.size  # as it will lie there, so that its words are measured
                page.show(snapshot)
                self._ahead[name, texts.language()] = page
                self.room.desk.alive()
                return

    def fault(self) -> None:
        """A screen failed: stop a walk that nobody can see any more, and show the calm page."""
        self._fault_s = time.monotonic()
        phase = self.room.desk.snapshot().session.phase
        if phase in router.MOVING:
            self.room.desk.stop()
        elif phase is not Phase.SUMMARY:
            self.room.post(Cancel(), then=lambda _refused: None)
        self.room.local, self.room.notice = "home", None

    def on_touch_down(self, touch: Any) -> bool:
        """Note that somebody is there; a touch that wakes the screen does nothing else."""
        self._touched_s = time.monotonic()
        if self.dimming.touched(touch, self.name):
            return True
        return bool(super().on_touch_down(touch))

    def on_touch_move(self, touch: Any) -> bool:
        """A finger moves: not the one that woke the screen."""
        return self.dimming.swallows(touch) or bool(super().on_touch_move(touch))

    def on_touch_up(self, touch: Any) -> bool:
        """A finger leaves."""
        return self.dimming.swallows(touch, ends=True) or bool(super().on_touch_up(touch))


def _urgent(snapshot: Snapshot) -> tuple[object, ...]:
    """Return what is looked at in the very round in which it changes."""
    status = snapshot.status
    told = () if status is None else (status.permit, status.rails_warning, status.latched)
    return snapshot.session.phase, snapshot.health.guard, *told


class Faults(ExceptionHandler):
    """Keeps the loop running after an exception in a screen, and never shows a traceback.

    Screens that fail again and again, the calm page among them, end the process: whoever restarts
    it does more good than a loop that only seems to work.
    """

    def __init__(self, shell: Shell, give_up: Callable[[BaseException], None] = die) -> None:
        """Watch over the loop until :meth:`leave`; ``give_up`` ends the process."""
        super().__init__()
        self.shell = shell
        self._give_up = give_up
        self._faults_s: list[float] = []
        ExceptionManager.add_handler(self)

    def handle_exception(self, inst: BaseException) -> int:
        """Log it whole, show the calm page, go on. Whoever ends the program may."""
        if not isinstance(inst, Exception):
            return int(ExceptionManager.RAISE)
        log.error("a screen failed", exc_info=inst)
        self.shell.fault()
        now = time.monotonic()
        self._faults_s = [then for then in self._faults_s if now - then < WITHIN_S]
        # A finger that moves over a broken screen fails many times before the next look.
        if not self._faults_s or now - self._faults_s[-1] > ONE_FAULT_S:
            self._faults_s.append(now)
        if len(self._faults_s) > MOST_FAULTS:
            log.critical("screens keep failing: the kiosk ends, to be started anew")
            self._give_up(inst)
        return int(ExceptionManager.PASS)

    def leave(self) -> None:
        """Stop watching."""
        ExceptionManager.remove_handler(self)
