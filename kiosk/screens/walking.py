"""The walk: time left, speed against its band, where in the plan, and STOP."""

from __future__ import annotations

from typing import Any, Final

from kivy.core.text import Label as CoreLabel
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
from kiosk.screens.lettering import Caps
from kiosk.screens.moving import WalkView, walk_view
from kiosk.screens.room import Room
from kiosk.screens.starting import MovingPage
from kiosk.screens.widgets import Tap, load_kv
from kiosk.session.actions import Pause
from kiosk.session.model import Snapshot

GAP_MM: Final = 2.6
"""Between a step and the next one, in mm of the layouts."""


class Hand(Icon):
    """One rail: a hand, or a hand crossed out."""

    held = BooleanProperty(False)
    shown = BooleanProperty(True)


class Whole(Caps):
    """Words that take the room they need."""

    def _render(self, *_: object) -> None:
        super()._render()
        self.width = self._wide


class StepLine(BoxLayout):
    """The step now, strong, and as much of what follows it as there is room for, dim."""

    now = ListProperty([])
    then = ListProperty([])

    def __init__(self, **kwargs: Any) -> None:
        """Chosen anew with the words and the room."""
        super().__init__(**kwargs)
        for prop in ("now", "then", "width"):
            self.fbind(prop, self._choose)

    def _choose(self, *_: object) -> None:
        """Shorten the step rather than be silent about the next one; else the step alone."""
        label = CoreLabel(font_size=theme.font(theme.MOVING), bold=True)
        dim = CoreLabel(font_size=theme.font(theme.MOVING))
        gap, least = theme.u(GAP_MM), [text for text in self.then if text][-1:]
        for words in (least, []):
            after = sum(gap + dim.get_extents(text)[0] + 2 for text in words)
            for text in self.now:
                if label.get_extents(text)[0] + 2 + after <= self.width:
                    self._put(text, self.then if words else [""])
                    return
        self._put(self.now[-1] if self.now else "", [""])

    def _put(self, now: str, then: list[str]) -> None:
        self.spacing = theme.u(GAP_MM) if then[0] else 0
        self.ids.now.text, self.ids.then.choices = now, then


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
    brief = StringProperty("")
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
    brief = StringProperty("")
    mark = StringProperty("check")
    unit = StringProperty("")
    target = StringProperty("")
    goal = StringProperty("")
    steps = ListProperty([])
    next_steps = ListProperty([])
    distance = StringProperty("")
    incline = StringProperty("")
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
        self.brief = view.brief
        self.steps, self.next_steps = view.steps, view.next_steps
        self.distance = view.distance
        self.incline = view.incline
        hands = view.hands or (False,)
        self.hands_shown, self.both_shown = view.hands is not None, len(hands) > 1
        self.left_hand, self.right_hand = hands[0], hands[-1]
        if view.banner is not None:
            self.warning, self.warn_icon = view.banner.text, view.banner.icon
        self.warns = view.banner is not None

    def pause(self) -> None:
        """Break off for a moment."""
        self.room.post(Pause(), then=lambda _refused: None)


load_kv(__file__)
