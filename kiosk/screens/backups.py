"""Backups: all data onto a stick, and back from one."""

from __future__ import annotations

import time
from typing import Any, Final

from kiosk.cues.texts import _
from kiosk.screens import upkeeping
from kiosk.screens.clinickey import SHOWN_S, SecretPage, groups
from kiosk.screens.keyboard import TypePage
from kiosk.screens.keys import SHIFT
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line, TileView
from kiosk.screens.tiles import Tiles
from kiosk.screens.working import Flow, WorkPage
from kiosk.session.model import Snapshot
from kiosk.sticks.model import Stick
from kiosk.upkeep.model import Backup, Found

MOST: Final = 64
"""Letters of a passphrase: a clinic may have chosen a long one for its own key."""


class BackupPage(Flow):
    """Both ways, each with one question."""

    outlives = True
    """A passphrase is shown once."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The two ways; what is under way goes on being shown."""
        super().__init__(room, **kwargs)
        self._kind = ""
        self._made: Backup | None = None
        self._found: Found | None = None
        self._secret_s: float | None = None
        state = room.staff.upkeep.state()
        for kind, job in (("backup", state.backup), ("restore", state.restore)):
            if not upkeeping.is_over(job):
                self._working(kind)
                return
        self.home()

    @property
    def holds(self) -> bool:
        """Whether it stays though nobody touches it: it is at work, or somebody is writing."""
        state = self.room.staff.upkeep.state()
        shown = self._secret_s is not None and time.monotonic() - self._secret_s < SHOWN_S
        return shown or not (upkeeping.is_over(state.backup) and upkeeping.is_over(state.restore))

    @property
    def public(self) -> bool:
        """Whether it stays though the PIN has run out meanwhile: it says how it went."""
        return self.holds or self._ended

    def show(self, snapshot: Snapshot) -> None:
        """Keep up with the desk and the sticks."""
        if isinstance(self.page, WorkPage):
            self.page.put(upkeeping.work_view(self._kind, self._job()))
        elif self.look_at_sticks() and not self.public:
            self.home()

    def home(self) -> None:
        """Both ways."""
        self._made, self._found, self._ended, self._secret_s = None, None, False, None
        self.stick = None
        tiles = Tiles(self.begin, self.leave)
        tiles.head.title, tiles.head.corner = [_("Backup")], _("Back")
        tiles.put(
            (
                TileView("backup", _("Make a backup"), (_("all data, onto a stick"),), "export"),
                TileView("restore", _("Restore one"), (_("from a stick"),), "import"),
            )
        )
        self.put_up(tiles)

    def begin(self, kind: str) -> None:
        """One of them: ask for a stick."""
        self._kind = kind
        write = kind == "backup"
        title = _("Backup") if write else _("Restore")
        self.choose(title, self.ready if write else self.search, self.home, write=write)

    # --- onto a stick -------------------------------------------------------------------------

    def ready(self, stick: Stick) -> None:
        """Say what will be written."""
        page = self.text(_("Backup"), upkeeping.backup_lines(stick), back=_("Back"))
        page.go_back = self.home
        page.last, page.last_icon, page.go_on = _("Write"), "export", self.write

    def write(self) -> None:
        """Write it."""
        if self.stick is None or self.holds:
            return
        asked = self.room.staff.upkeep.back_up(self.stick.id)
        self._working("backup")

        def then(refused: str | None) -> None:
            if refused is not None:
                self._failed(_("Not backed up"), refused)
                return
            self._made, self._secret_s = asked.result(), time.monotonic()
            self.put_up(SecretPage(flow=self, groups=groups(self._made.passphrase)))

        self.room.watch(asked, then)

    def written(self) -> None:
        """The passphrase is on paper: forget it, and say what lies on the stick."""
        made = self._made
        self._secret_s, self._ended = None, True
        if made is None:
            self.home()
            return
        page = self.text(_("Backed up"), upkeeping.backed_lines(made, self._job()))
        page.mark, page.last, page.go_on = "check", _("Done"), self._over
        self._made = None

    # --- back from one ------------------------------------------------------------------------

    def search(self, stick: Stick) -> None:
        """Look which backups are on it."""
        page = self.text(_("One moment"), [Line(_("Looking for a backup on the stick."))])
        asked = self.room.staff.upkeep.find_backups(stick.id)

        def then(refused: str | None) -> None:
            if self.page is not page:
                return  # somebody left meanwhile
            if refused is not None:
                self._failed(_("No backup"), refused)
                return
            found = asked.result()
            if len(found) == 1:
                self.ask(found[0])
            else:
                self.list(found)

        self.room.watch(asked, then)

    def list(self, found: tuple[Found, ...]) -> None:
        """Choose one of several."""
        tiles = Tiles(
            lambda key: self.ask(next(one for one in found if one.file == key)), self.home
        )
        tiles.head.title, tiles.head.corner = [_("Which backup?")], _("Back")
        tiles.put(upkeeping.found_tiles(found, self.room.staff.state().clock))
        self.put_up(tiles)

    def ask(self, found: Found) -> None:
        """Say what it means."""
        self._found = found
        lines = upkeeping.restore_lines(found, self.room.staff.state().clock)
        page = self.text(_("Restore it?"), lines, back=_("Back"), go_back=self.home)
        page.told = found.kiosk_id
        page.last, page.last_icon, page.go_on = _("Next"), "next", self.type

    def type(self) -> None:
        """Ask for the passphrase."""
        page = TypePage(self.home, "", most=MOST, least=4, title=_("Passphrase"), done=_("Restore"))
        page.hint = _("As it is on the paper, hyphens or not.")
        page.tap(SHIFT)  # it has no capitals
        page.bind(on_typed=lambda _page, text: self.take(text))
        self.put_up(page)

    def take(self, passphrase: str) -> None:
        """Take it."""
        if self.stick is None or self._found is None or self.holds:
            return
        asked = self.room.staff.upkeep.restore(self.stick.id, self._found.file, passphrase)
        self._working("restore")

        def then(refused: str | None) -> None:
            self._ended = True
            if refused is not None:
                self._failed(_("Not restored"), refused)
            else:
                lines = [Line(_("The data is there, and checked. The kiosk starts anew with it."))]
                self.text(_("Just a moment"), lines, mark="check")

        self.room.watch(asked, then)

    # --- what is up ---------------------------------------------------------------------------

    def _job(self) -> Any:
        state = self.room.staff.upkeep.state()
        return state.restore if self._kind == "restore" else state.backup

    def _working(self, kind: str) -> None:
        self._kind = kind
        page = WorkPage()
        page.put(upkeeping.work_view(kind, self._job()))
        self.put_up(page)

    def _failed(self, title: str, text: str) -> None:
        lines = upkeeping.failed_lines(text, self._job())
        self._ended = True
        page = self.text(title, lines, mark="warning", good=False)
        again = self.type if self._kind == "restore" and self._found is not None else self.home
        page.back, page.back_icon, page.go_back = _("Again"), "redo", again
        page.last, page.go_on = _("Done"), self._over
