"""About, for staff: versions, numbers, what is free, and the licence of every part."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.room import Room
from kiosk.screens.sheet import SheetPage
from kiosk.screens.staffing import size
from kiosk.screens.therapist import Item
from kiosk.session.model import Snapshot
from kiosk.staff.model import KioskFacts


class VersionPage(BoxLayout):
    """What this kiosk is; the packages' files are read for it."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Ask for it."""
        super().__init__(**kwargs)
        self.room = room
        self.page = SheetPage(titles=["Sternway"], back=_("Back"))
        self.page.go_back = lambda: room.go("settings")
        self.add_widget(self.page)
        self._asked = room.staff.about()
        self._facts: KioskFacts | None = None
        room.watch(self._asked, self._told)

    def show(self, snapshot: Snapshot) -> None:
        """Say what the guard says of itself, live."""
        if self._facts is not None:
            self.page.put(items(self._facts, snapshot))

    def _told(self, refused: str | None) -> None:
        if refused is not None:
            self.page.put([Item("bad", refused)])
        else:
            self._facts = self._asked.result()


def items(facts: KioskFacts, snapshot: Snapshot) -> list[Item]:
    """Return all of it, in names and values."""
    status = snapshot.status
    serial = None if status is None else status.sensor_serial
    firmware = None if status is None else status.sensor_firmware
    guard = _("answers") if snapshot.health.guard else _("does not answer")
    rows = [
        Item("pair", _("Version"), facts.version),
        Item("pair", _("Kiosk"), facts.kiosk_id),
        Item("pair", _("Safety guard"), guard),
        Item("pair", _("Sensor"), serial or _("not known")),
        Item("pair", _("Its program"), firmware or _("not known")),
        Item("pair", _("Running for"), up_words(facts.up_s)),
        Item("pair", _("Free on the card"), _room(facts)),
        Item("pair", _("System"), facts.system),
        Item("pair", "Python", facts.python),
        Item("pair", _("This start"), facts.boot_id[:8]),
        Item("head", _("Licences")),
        Item("text", _("Sternway is free software under the MIT licence.")),
        Item("text", _("The pictures are Google's Material Symbols, and a few of our own.")),
    ]
    parts = [
        Item("pair", f"{one.name} {one.version}".strip(), one.licence) for one in facts.packages
    ]
    return [*rows, *parts]


def up_words(seconds: float | None) -> str:
    """Return how long a machine has been on."""
    if seconds is None:
        return _("not known")
    hours, minutes = divmod(int(seconds // 60), 60)
    if hours >= 48:
        return _("{n} days").format(n=hours // 24)
    return _("{h} h {m} min").format(h=hours, m=minutes)


def _room(facts: KioskFacts) -> str:
    if facts.free_bytes is None or facts.total_bytes is None:
        return _("not known")
    return _("{free} of {total}").format(free=size(facts.free_bytes), total=size(facts.total_bytes))
