"""The walk: time left, speed against its band, where in the plan, and STOP."""

from __future__ import annotations

from typing import Any, Final

from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

from kiosk.screens import gauges, theme  # noqa: F401 - walking.kv names its Ring and BandBar
from kiosk.screens.icons import Icon
from kiosk.screens.moving import WalkView, walk_view
from kiosk.screens.room import Room
from kiosk.screens.starting import MovingPage
from kiosk.screens.widgets import Tap, load_kv
from kiosk.session.actions import Pause
from kiosk.session.model import Snapshot

WIDE: Final = {1: 17.5, 2: 17.5, 3: 23.0, 4: 26.0, 5: 31.0}
"""How wide an incline is by its letters, in mm of the layouts: 7 %, 10 %, 7.5 %; 40 for more."""


class Hand(Icon):
    """One rail: a hand, or a hand crossed out."""

    held = BooleanProperty(False)
    shown = BooleanProperty(True)


class NextIncline(BoxLayout):
    """The incline of the next step, where it is another one."""

    text = StringProperty("")
    wide = NumericProperty(23)

    def on_text(self, *_: object) -> None:
        """Take the room it needs."""
        self.wide = WIDE.get(len(self.text), 40.0)


class WarningBar(BoxLayout):
    """A warning in the place of the plan: its picture and its words."""

    icon = StringProperty("warning")
    text = StringProperty("")


class SpeedPanel(BoxLayout):
    """How fast, and whether that is right: a mark, a ground and a word, over the band's bar.

    Amber all over is seen from the corner of an eye; the mark says which way.
    """

    speed = StringProperty("")
    known = BooleanProperty(True)
    unit = StringProperty("")
    target = StringProperty("")
    goal = StringProperty("")
    out = BooleanProperty(False)
    verdict = StringProperty("")
    mark = StringProperty("check")
    ink = ColorProperty(theme.DARK.ink)


class PauseButton(Tap):
    """Pause the walk."""


class WalkActions(BoxLayout):
    """Pause, and STOP in its corner."""


class WalkingPage(MovingPage):
    """Everything is a number or a shape; words come only when something is to be done."""

    left = StringProperty("")
    share = NumericProperty(1.0)
    speed = StringProperty("")
    kmh = NumericProperty(None, allownone=True)
    low = NumericProperty(0.8)
    high = NumericProperty(1.2)
    full = NumericProperty(2.4)
    judged = StringProperty("unknown")
    verdict = StringProperty("")
    mark = StringProperty("check")
    unit = StringProperty("")
    target = StringProperty("")
    goal = StringProperty("")
    both_steps = ListProperty([])
    steps = ListProperty([])
    next_steps = ListProperty([])
    distance = StringProperty("")
    inclines = ListProperty([""])
    incline_wide = NumericProperty(23)
    next_incline = StringProperty("")
    hands_shown = BooleanProperty(False)
    both_shown = BooleanProperty(False)
    left_hand = BooleanProperty(False)
    right_hand = BooleanProperty(False)
    warns = BooleanProperty(False)
    warning = StringProperty("")
    warn_icon = StringProperty("warning")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Everything comes with the snapshots."""
        self.room = room
        self.view: WalkView | None = None
        super().__init__(**kwargs)

    def show(self, snapshot: Snapshot) -> None:
        """Touch only what changed."""
        view = walk_view(snapshot)
        if view is None or view == self.view:
            return
        self.view = view
        self.left, self.share = view.left, view.left_share
        self.speed, self.kmh = view.speed, view.kmh
        self.target, self.goal = view.target, view.goal
        self.low, self.high, self.full = view.low_kmh, view.high_kmh, view.full_kmh
        self.judged, self.unit = view.judged, view.unit
        self.mark, self.verdict = view.verdict
        self.both_steps = view.both_steps
        self.steps, self.next_steps = view.steps, view.next_steps
        self.distance = view.distance
        self._dress_incline(view)
        self.next_incline = view.next_incline
        hands = view.hands or (False,)
        self.hands_shown, self.both_shown = view.hands is not None, len(hands) > 1
        self.left_hand, self.right_hand = hands[0], hands[-1]
        if view.banner is not None:
            self.warning, self.warn_icon = view.banner.text, view.banner.icon
        self.warns = view.banner is not None

    def _dress_incline(self, view: WalkView) -> None:
        """A long distance leaves an incline no room for its sign: the picture tells what it is."""
        number = view.incline.partition("\u00a0")[0]
        room = {4: 5, 5: 4}.get(max(4, len(view.distance)), 0)
        whole = len(view.incline) <= room
        self.inclines = [view.incline, number] if whole else [number]
        self.incline_wide = WIDE.get(len(view.incline), 40.0) if whole else WIDE[1]

    def pause(self) -> None:
        """Break off for a moment."""
        self.room.post(Pause(), then=lambda _refused: None)


load_kv(__file__)
