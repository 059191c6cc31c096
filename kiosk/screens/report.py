"""A report of the opened profile, onto a stick: de-identified, or locked with the clinic's key."""

from __future__ import annotations

from typing import Final

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.export import NamesPage, NamesTile
from kiosk.screens.staffing import Line, stick_facts
from kiosk.screens.sticking import StickJob
from kiosk.screens.tiles import StaffText
from kiosk.sticks.model import Stick
from kiosk.therapy.model import ReportDone

NARROW: Final = 14
"""Letters of a folder's name on a line in portrait, where it is longer than one."""


class ReportPage(StickJob):
    """Asks how, then for the stick, then writes."""

    identified = False

    def begin(self) -> None:
        """Both ways a report can be."""
        self.stick = None
        page = NamesPage()
        page.ids.head.title, page.ids.head.corner = [_("Report")], _("Back")
        page.ids.head.bind(on_leave=lambda *_: self.leave())
        key = self.room.staff.state().clinic_key
        whole = _("With name, code and dates, locked with the clinic's key.")
        if key is None:
            whole = _("There is no clinic key yet: the staff make one. Tap to see.")
        for way, name, text in (
            (
                "random",
                _("De-identified"),
                _("No name, no code, no dates. It can be read at once."),
            ),
            ("identified", _("Identified"), whole),
        ):
            tile = NamesTile(name=name, text=text)
            tile.bind(on_tap=lambda *_, way=way: self.named(way))
            page.ids.list.add_widget(tile)
        self.put_up(page)

    def named(self, way: str) -> None:
        """One of them; without a key the staff's page of it is behind their PIN."""
        self.identified = way == "identified"
        if not self.identified or self.room.staff.state().clinic_key is not None:
            self.choose()
            return
        page = StaffText(title=_("No clinic key yet"), back=_("Back"), go_back=self.begin)
        page.put(
            [
                Line(_("A report with a name is locked with the clinic's key.")),
                Line(_("The staff make one under Clinic key: their PIN and yours are needed.")),
            ]
        )
        page.last, page.last_icon, page.go_on = _("Staff"), "key", self.make_key
        self.put_up(page)

    def make_key(self) -> None:
        """Where staff make one, after their PIN."""
        if "staff" in self.room.staff.state().open_roles:
            self.room.go("key")
        else:
            self.room.pin("key")

    def title(self) -> str:
        """What it is called."""
        return _("Report")

    def home(self) -> str:
        """Where it was asked for."""
        return "profile"

    def leave(self) -> None:
        """Back to the profile; from the choice of a stick to the two ways."""
        if self.room.therapy.state().opened is not None and self._choosing():
            self.begin()
        else:
            super().leave()

    def _choosing(self) -> bool:
        return not self.public and not isinstance(self.page, NamesPage)

    def ready(self, stick: Stick) -> None:
        """Say what will be put on it."""
        page = StaffText(title=stick_facts(stick)[0])
        page.back, page.go_back = _("Back"), self.begin
        opened = self.room.therapy.state().opened
        code = opened.prescription.code if opened is not None else ""
        kind = _("De-identified.")
        if self.identified:
            kind = _("Identified, locked with the clinic's key.")
        lines = [Line(_("The report of {code}, to read and to print.").format(code=code))]
        page.put([*lines, Line(kind, "strong")])
        page.last, page.last_icon, page.go_on = _("Write"), "export", self.start
        self.put_up(page)

    def start(self) -> None:
        """Write it."""
        opened = self.room.therapy.state().opened
        if opened is None or self.stick is None or self.holds:
            return
        code, identified = opened.prescription.code, self.identified
        asked = self.room.therapy.report(code, self.stick.id, identified=identified)
        self.run(asked, self._told)

    def _told(self, done: ReportDone) -> list[Line]:
        head, _slash, name = done.folder.rpartition("/")
        if theme.portrait() and len(name) > NARROW:
            name = f"{name[:NARROW]}\n{name[NARROW:]}"
        return [
            Line(_("In the folder {folder}:").format(folder=head) if head else _("The folder:")),
            Line(name, "strong"),
            Line(", ".join(done.files)),
        ]
