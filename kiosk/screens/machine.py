"""The machine's first page, and the proof test's."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.caring import machine_tiles
from kiosk.screens.guide import Guide
from kiosk.screens.proving import proof_view
from kiosk.screens.room import Room
from kiosk.screens.tiles import Tiles
from kiosk.session.model import Snapshot


class MachinePage(BoxLayout):
    """Proof test, hardware, calibration."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The tiles come with the first look."""
        super().__init__(**kwargs)
        self.room = room
        self.tiles = Tiles(room.go, lambda: room.go("staff"))
        self.tiles.head.title, self.tiles.head.corner = [_("Machine")], _("Back")
        self.add_widget(self.tiles)

    def show(self, snapshot: Snapshot) -> None:
        """Tell how all is, live."""
        staff = self.room.staff
        mm = staff.preferences.state().mm_per_count
        self.tiles.put(machine_tiles(staff.care.state(), mm))


class CarePage(BoxLayout):
    """A page at which service mode may be on: it attends at every look, and ends it as it goes.

    ``self.care`` is the machine's desk.
    """

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Nothing is on yet."""
        super().__init__(**kwargs)
        self.room = room
        self.care = room.staff.care

    @property
    def awake(self) -> bool:
        """Whether somebody who touches nothing is busy at the belt."""
        return self.care.state().moved

    def show(self, snapshot: Snapshot) -> None:
        """Attend: whatever is on goes on."""
        self.care.attend()

    def leave(self) -> None:
        """Back to the machine's first page, or the set-up; nothing stays on."""
        self.care.leave_service()
        self.room.back("machine")


class ProofPage(CarePage):
    """Leads through the proof test; each step is seen by the guard, not said by a person."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """At its beginning."""
        super().__init__(room, **kwargs)
        proof = self.care.state().proof
        if proof.running:
            # Another page was up meanwhile: it ends as interrupted, and says so.
            self.care.leave_service()
        elif proof.stage != "interrupted":
            self.care.end_proof()
        self.guide = Guide(room, self.tapped)
        self.add_widget(self.guide)

    def show(self, snapshot: Snapshot) -> None:
        """The step at hand, live."""
        super().show(snapshot)
        state = self.care.state()
        self.guide.put(proof_view(state, snapshot.status))

    def tapped(self, key: str) -> None:
        """Do what a button says."""
        if key == "begin":
            self.room.watch(self.care.enter_service(), self._begin)
        elif key == "arm":
            self.room.watch(self.care.arm_proof())
        elif key == "nothing":
            self.room.watch(self.care.fail_proof())
        elif key == "absent":
            self.room.watch(self.care.absent_in_proof())
        else:
            self.care.end_proof()
            self.leave()

    def _begin(self, refused: str | None) -> None:
        if refused is None:
            self.room.watch(self.care.begin_proof())
        else:
            self.room.notice = refused
