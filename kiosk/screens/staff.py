"""The staff's first screen behind their PIN, and the list of what is wrong."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.reasons import by_staff
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line, fault_lines, faults_words, home_view, set_up_tile
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.session.model import Snapshot


class StaffPage(BoxLayout):
    """Health at a glance, and a tile for each thing that staff do."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The tiles come with the first snapshot."""
        super().__init__(**kwargs)
        self.room = room
        self.tiles = Tiles(room.go, lambda: room.go("home"))
        self.tiles.head.title = [_("Staff")]
        self.tiles.head.taps = True
        self.tiles.head.bind(on_look=lambda *_: room.go("faults"))
        self.tiles.head.corner, self.tiles.head.corner_icon = _("Done"), "check"
        self.add_widget(self.tiles)

    def show(self, snapshot: Snapshot) -> None:
        """Tell how all is, live."""
        relay = self.room.place.relay
        view = home_view(snapshot, self.room.staff.state(), relay=relay)
        head = self.tiles.head
        head.told, head.bad = list(view.health), not view.healthy
        head.mark, head.good = view.mark, not view.due
        first = () if self.room.staff.preferences.state().set_up else (set_up_tile(),)
        self.tiles.put((*first, *view.tiles))


class FaultsPage(BoxLayout):
    """Everything that is wrong now, with its mend; it shrinks as things are put right."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The faults come with the snapshots."""
        super().__init__(**kwargs)
        self.room = room
        self.text = StaffText(last=_("Done"), go_on=self.leave, back=_("Back"))
        self.text.go_back = self.leave
        self.add_widget(self.text)

    def show(self, snapshot: Snapshot) -> None:
        """List them, live."""
        found = fault_lines(snapshot, self.room.staff.state(), relay=self.room.place.relay)
        self.text.title = faults_words(len(found)) if found else _("All is well")
        self.text.mark, self.text.good = ("warning", False) if found else ("check", True)
        lines = [line for fault in found for line in fault]
        latched = snapshot.status is not None and any(map(by_staff, snapshot.status.latched))
        if latched:
            lines.append(Line(_("Is it put right? Then tap Clear, and enter the staff PIN.")))
        self.text.last, self.text.last_icon = (
            (_("Clear"), "lock") if latched else (_("Done"), "check")
        )
        self.text.go_on = self.clear if latched else self.leave
        self.text.put(lines or [Line(_("Nothing is wrong now."))])

    def leave(self) -> None:
        """Back to the staff's first screen."""
        self.room.go("staff")

    def clear(self) -> None:
        """To the pad: a stop is cleared by the PIN itself, not by a page that was left open."""
        self.room.staff.leave()
        self.room.pin("staff")
