"""What every screen is handed: the desk, the site, the texts, and the way to the other screens."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple

from kiosk.cues import languages, texts, units
from kiosk.cues.belt import Facing, Site, StartsBelt
from kiosk.cues.languages import OWN
from kiosk.cues.texts import say
from kiosk.cues.volume import Volume
from kiosk.screens.browse import Browse
from kiosk.screens.choice import Choice
from kiosk.screens.desk import Desk
from kiosk.screens.router import STAFF, THERAPY
from kiosk.session.actions import Action, Refusal, Touched
from kiosk.staff.model import Role, StaffDesk
from kiosk.therapy.model import PatronDesk, TherapyDesk
from profiles.about import About, Briefing, load_about


class Place(NamedTuple):
    """The site's own words. ``starts_belt``: who starts the belt, said in the briefing.

    Without a ``relay`` the kiosk can only warn; the first screen and the briefing say so. It speaks
    ``language`` wherever nobody has chosen another one. ``stop_button``: there is one on a rail.
    ``facing``: where people look while they walk; "away" has the console, and this screen, behind.
    """

    name: str
    starts_belt: StartsBelt
    relay: bool = True
    language: str = OWN
    stop_button: bool = True
    facing: Facing = "away"

    @property
    def belt(self) -> Site:
        """What is to be known to say who works the belt."""
        return Site(self.starts_belt, self.stop_button, self.facing, self.relay)


class Room:
    """A screen's surroundings. Screens keep nothing of a session: they look at snapshots."""

    def __init__(self, desk: Desk, place: Place, about: About, briefing: Briefing) -> None:
        """Nothing is open, nothing is asked."""
        self.desk = desk
        self.place = place
        self.about = about
        self.briefing = briefing
        self.local = "home"
        self.program_id: str | None = None
        self.minutes: int | None = None
        self.back_to = self.cancel_to = "home"
        self._backs: dict[str, str] = {}
        self.role: Role = "staff"
        self.setting_up = False
        self.changed: Role | None = None
        self.choice = Choice()
        self.browse = Browse()
        self.key_step = ""
        self.notice: str | None = None
        self.language = place.language
        """What was chosen on the first screen; that of somebody with a profile comes before it."""
        self.volume = Volume()
        """The patron's, beside the staff's."""
        self.felt: tuple[int, int] | None = None
        """Which walk (its ``chosen_ns``) hurt how much, as answered last."""
        self.past_seq: int | None = None
        """The newest session of whoever walks, as their walk began; None where nobody knows."""
        self.try_sound: Callable[[int], None] = lambda _volume_pct: None
        """Sounds once, as loud as that; the window puts its loudspeaker here."""
        self._settled = desk.staff.preferences.state()
        units.use(self._settled.units)
        self.play: Callable[[], None] = lambda: None
        """Sounds one tone for staff who try the loudspeaker."""
        self._asked: list[tuple[Future[Any], Callable[[str | None], None] | None]] = []

    @property
    def staff(self) -> StaffDesk:
        """What staff may ask."""
        return self.desk.staff

    @property
    def therapy(self) -> TherapyDesk:
        """What a therapist may ask."""
        return self.desk.therapy

    @property
    def patron(self) -> PatronDesk:
        """What somebody with a profile may ask."""
        return self.desk.patron

    def settle(self) -> None:
        """Take what staff have set meanwhile; what they did not touch stays as it was."""
        now, before = self.staff.preferences.state(), self._settled
        if now is before:
            return
        self._settled = now
        place = self.place
        if now.site_name != before.site_name:
            place = place._replace(name=now.site_name)
        if now.starts_belt != before.starts_belt:
            place = place._replace(starts_belt=now.starts_belt)
        if now.facing != before.facing:
            place = place._replace(facing=now.facing)
        if now.language != before.language:
            if self.language == place.language:
                self.language = now.language
                if self.patron.person() is None:
                    # At once: the page that comes up now is built in it.
                    texts.use(languages.load(now.language))
            place = place._replace(language=now.language)
        if now.contact != before.contact:
            self.about = load_about(now.contact)
        units.use(now.units)
        self.place = place

    def go(self, local: str, back: str = "") -> None:
        """Open one of the screens that need no session.

        ``back`` is where its own "Back" leads, where that is not its usual place: whoever was sent
        there to do something goes on where they were. It outlives a PIN that is asked for there.
        """
        if back:
            self._backs[local] = back
        elif self.local not in {"pin", "setup"}:
            self._backs.pop(local, None)
        self.local = local

    def back(self, usual: str) -> None:
        """Leave a screen: to where one was sent from, else to its usual place."""
        self.go(self._backs.pop(self.local, usual))

    def pin(self, back_to: str, role: Role = "staff") -> None:
        """Open the PIN pad, and go to ``back_to`` afterwards; "Back" leads to where one was.

        Where no PIN was ever chosen, staff are told first what they are about to do: whoever taps
        there by chance must not become the one who knows it.
        """
        if self.local not in STAFF | THERAPY:
            self.staff.leave()
            self.cancel_to = "home" if back_to in STAFF | THERAPY else back_to
        else:
            self.cancel_to = self.local
        self.back_to, self.role, self.setting_up = back_to, role, False
        self.local = "pin" if self.desk.pin_is_set("staff") else "setup"

    def leave_staff(self) -> None:
        """Close what the PINs opened, and let go of a stick that was only looked at."""
        self.staff.leave()
        self.therapy.leave()
        if self.staff.state().export.phase in {"planning", "planned"}:
            self.staff.end_export()
        self.choice, self.browse = Choice(), Browse()
        self.key_step, self.changed, self.setting_up = "", None, False
        self._backs.clear()

    def post(self, action: Action, then: Callable[[str | None], None] | None = None) -> None:
        """Ask the desk; ``then`` gets None or the refusal, which otherwise becomes the notice."""
        self.watch(self.desk.post(action), then)

    def watch(self, asked: Future[Any], then: Callable[[str | None], None] | None = None) -> None:
        """Look after an answer of the desk; see :meth:`post`."""
        self._asked.append((asked, then))

    def touched(self) -> None:
        """Tell the session that somebody is there: they read on, and it may take a while."""
        self.post(Touched(), then=lambda _refused: None)

    def collect(self) -> None:
        """Hand out the answers that came. Called once a look, from Kivy's own thread."""
        self.settle()
        for pair in [pair for pair in self._asked if pair[0].done()]:
            self._asked.remove(pair)  # one by one: an answer that fails takes no other along
            asked, then = pair
            refused: str | None = None
            if not asked.cancelled():
                error = asked.exception()
                if isinstance(error, Refusal):
                    refused = say(error.said)
                elif error is not None:
                    raise error
            if then is not None:
                then(refused)
            elif refused is not None:
                self.notice = refused
