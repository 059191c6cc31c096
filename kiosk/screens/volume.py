"""The patron's volume: one key, that is louder with each touch and says so by a short tone."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty

from kiosk.screens.widgets import Tap, load_kv


class VolumeKey(Tap):
    """Five bars, as many of them filled as it is loud; after the loudest comes the quietest.

    Plus and minus would be two targets of 20 mm, and there is room for one.
    """

    room = ObjectProperty(None, allownone=True)
    bars = NumericProperty(0)
    named = BooleanProperty(True)
    """False: loudspeaker and bars alone, where a word cannot be as high as it must be."""
    told = BooleanProperty(True)

    def on_room(self, *_: Any) -> None:
        """Show how loud it is."""
        if self.room is not None:
            self.bars = self.room.volume.bars

    def on_tap(self) -> None:
        """A step louder, and a tone to hear it by."""
        if self.room is not None:
            self.room.volume.turn()
            self.bars = self.room.volume.bars


load_kv(__file__)
