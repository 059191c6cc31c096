"""Puts the editor for profiles, with this kiosk's key, onto a stick."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.cues.texts import _
from kiosk.screens.staffing import Line, key_words, stick_facts
from kiosk.screens.sticking import StickJob
from kiosk.screens.tiles import StaffText
from kiosk.sticks.model import Stick


class PreparePage(StickJob):
    """Says what will be on the stick, puts it there, and says how it is used."""

    def title(self) -> str:
        """What it is called."""
        return _("Prepare a stick")

    def home(self) -> str:
        """Where it was asked for."""
        return "therapy"

    def ready(self, stick: Stick) -> None:
        """Say what will be put on it."""
        page = StaffText(title=stick_facts(stick)[0])
        page.back, page.go_back = _("Back"), self.leave
        key = self.room.therapy.state().kiosk_key
        lines = [Line(_("On it: the page to write profiles with, for any browser."))]
        if key is not None:
            words = _("Also this kiosk's key {key}: with it only this kiosk reads the profiles.")
            lines.append(Line(words.format(key=key_words(key))))
        page.put(lines)
        page.last, page.last_icon, page.go_on = _("Prepare"), "export", self.start
        self.put_up(page)

    def start(self) -> None:
        """Put it on."""
        if self.stick is not None and not self.holds:
            self.run(self.room.therapy.prepare(self.stick.id), self._told)

    def _told(self, files: Sequence[str]) -> list[Line]:
        return [
            Line(_("On the computer, open {file} on the stick.").format(file=files[0])),
            Line(_("Write a profile, save it onto the stick, and import it here.")),
        ]
