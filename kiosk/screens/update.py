"""The update: how the system stands, a file on a stick, and what the restart tries."""

from __future__ import annotations

from typing import Any

from kiosk.cues.texts import _
from kiosk.screens import upkeeping
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line
from kiosk.screens.tiles import StaffText
from kiosk.screens.working import Flow, WorkPage
from kiosk.session.model import Snapshot
from kiosk.sticks.model import Stick
from kiosk.upkeep.model import Offer


class UpdatePage(Flow):
    """Leads from the version in use to the restart that tries another."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """How the system stands; an update under way goes on being shown."""
        super().__init__(room, **kwargs)
        self.offer: Offer | None = None
        self._home: StaffText | None = None
        if upkeeping.is_over(room.staff.upkeep.state().update):
            self.home()
        else:
            self._working()

    @property
    def holds(self) -> bool:
        """Whether it stays though nobody touches it: it is being written."""
        return not upkeeping.is_over(self.room.staff.upkeep.state().update)

    @property
    def public(self) -> bool:
        """Whether it stays though the PIN has run out meanwhile: it says how it went."""
        return self.holds or self._ended

    def show(self, snapshot: Snapshot) -> None:
        """Keep up with the desk and the sticks."""
        state = self.room.staff.upkeep.state()
        if self._home is not None and self.page is self._home:
            self._put_home()
        elif isinstance(self.page, WorkPage):
            self.page.put(upkeeping.work_view("update", state.update))
        elif self.look_at_sticks() and not self.public:
            self.home()

    def home(self) -> None:
        """How the system stands."""
        self.offer, self._ended = None, False
        self.stick = None
        self._home = StaffText(title=_("Update"), back=_("Back"), go_back=self.leave)
        self._put_home()
        self.put_up(self._home)

    def look(self) -> None:
        """Ask for a stick."""
        self.choose(_("Update"), self.chosen, self.home, write=False)

    def chosen(self, stick: Stick) -> None:
        """Look what is on it."""
        page = self.text(_("One moment"), [Line(_("Looking for an update on the stick."))])
        asked = self.room.staff.upkeep.find_update(stick.id)

        def then(refused: str | None) -> None:
            if self.page is not page:
                return  # somebody left meanwhile
            if refused is None:
                self.ready(asked.result(), stick)
            else:
                self._failed(_("No update"), [Line(refused)])

        self.room.watch(asked, then)

    def ready(self, offer: Offer, stick: Stick) -> None:
        """Say what it is, before anything is written."""
        self.offer = offer
        title = _("Version {version}").format(version=offer.version)
        lines = upkeeping.offer_lines(offer, self._version(), stick)
        page = self.text(title, lines, back=_("Back"), go_back=self.home)
        page.last, page.last_icon, page.go_on = _("Install"), "import", self.install

    def install(self) -> None:
        """Write it."""
        if self.offer is None or self.holds:
            return
        asked = self.room.staff.upkeep.install(self.offer)
        self._working()

        def then(refused: str | None) -> None:
            job = self.room.staff.upkeep.state().update
            self._ended = True
            if refused is not None:
                self._failed(_("Not updated"), upkeeping.failed_lines(refused, job))
            elif self.offer is not None:
                self._done(self.offer)

        self.room.watch(asked, then)

    def stop(self) -> None:
        """Stop it: the version in use stays."""
        self.room.staff.upkeep.stop_update()
        self.page.stops, self.page.told = False, _("Cancelling")

    def restart(self) -> None:
        """Have the machine started anew."""
        page = self.text(_("Just a moment"), [Line(_("The kiosk is ending."))])

        def then(refused: str | None) -> None:
            if refused is not None and self.page is page:
                self.text(_("Not now"), [Line(refused)], back=_("Back"), go_back=self.home)

        self.room.watch(self.room.staff.care.power("restart"), then)

    def forget(self) -> None:
        """Forget a version that did not start."""
        self.room.watch(self.room.staff.upkeep.forget_version())

    def _put_home(self) -> None:
        page = self._home
        if page is None:
            return
        view = upkeeping.update_view(self.room.staff.upkeep.state(), self._version())
        page.put(view.lines)
        page.extra = _("Forget it") if view.forgets else ""
        page.extra_icon, page.go_aside = "bin", self.forget
        page.mark, page.good = ("warning", False) if view.forgets else ("", True)
        if view.does == "restart":
            page.last, page.last_icon, page.go_on = _("Restart"), "", self.restart
        elif view.does == "look":
            page.last, page.last_icon, page.go_on = _("Search"), "search", self.look
        else:
            page.last = ""

    def _working(self) -> None:
        page = WorkPage(stop=self.stop, stops=True)
        page.put(upkeeping.work_view("update", self.room.staff.upkeep.state().update))
        self.put_up(page)

    def _done(self, offer: Offer) -> None:
        title = _("Version {version} is ready").format(version=offer.version)
        job = self.room.staff.upkeep.state().update
        page = self.text(
            title, upkeeping.updated_lines(offer, self._version(), job), mark="check", good=True
        )
        page.back, page.go_back = _("Later"), self._over
        page.last, page.last_icon, page.go_on = _("Restart"), "", self.restart

    def _failed(self, title: str, lines: Any) -> None:
        page = self.text(title, lines, mark="warning", good=False)
        page.back, page.back_icon, page.go_back = _("Again"), "redo", self.home
        page.last, page.go_on = _("Done"), self._over

    def _version(self) -> str:
        state = self.room.staff.upkeep.state()
        return state.version if state.slots is None else state.slots.version
