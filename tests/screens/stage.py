"""One off-screen window for all tests of the screens, and touches as real motion events."""

from __future__ import annotations

import os
import time
from gettext import NullTranslations
from typing import Any, NamedTuple

from kiosk.app import prepare_kivy
from kiosk.cues import units
from kiosk.screens import theme
from kiosk.screens.desktop_size import BAND_PX, PANEL_PX
from tests.screens.fake import FakeDesk
from tests.screens.scenes import Scene

PINS = {"staff": "2468", "therapist": "8642"}


class Size(NamedTuple):
    """A supported screen, measured as kiosk.config measures it."""

    width: int
    height: int
    px_per_mm: float

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}"


SIZES = (
    Size(1280, 720, 8.25),
    Size(800, 480, 5.19),
    Size(1280, 800, 5.9),
    Size(720, 1280, 8.25),
)


def open_window() -> Any:
    """Open the one window there is, with Kivy's loop ready to be stepped."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    # Off-screen a window may shrink and not grow: it is opened at the largest of all sizes.
    prepare_kivy(width=1280 - PANEL_PX, height=1280 - BAND_PX, simulated=True, fullscreen=False)
    from kivy.config import Config

    Config.set("graphics", "maxfps", "0")  # nobody watches: no sleep between frames
    from kivy.base import EventLoop
    from kivy.core.window import Window

    if EventLoop.status != "started":
        EventLoop.ensure_window()
        EventLoop.start()
    return Window


def frames(count: int = 2) -> None:
    """Let the loop go round."""
    from kivy.base import EventLoop

    for _ in range(count):
        EventLoop.idle()


def settle(count: int = 2) -> None:
    """Let the loop go round without drawing, which is most of its cost off-screen."""
    from kivy.base import EventLoop
    from kivy.clock import Clock

    for _ in range(count):
        Clock.tick()
        EventLoop.dispatch_input()
        Clock.tick_draw()


class Stage:
    """The screens at one size, with a desk that does as it is told."""

    def __init__(self, size: Size, desk: FakeDesk | None = None, language: str = "en") -> None:
        self.window = open_window()
        self.window.size = (size.width, size.height)
        theme.use(theme.Theme(*size))
        from kiosk.screens.room import Place, Room
        from kiosk.screens.shell import Shell
        from kiosk.screens.widgets import TouchGuard
        from profiles.about import load_about, load_briefing

        self.desk = desk or FakeDesk()
        place = Place("Harbour Clinic", "patron", language=language)
        self.place = place
        self.room = Room(self.desk, place, load_about(None), load_briefing())
        self.shell = Shell(self.room)
        for child in list(self.window.children):
            self.window.remove_widget(child)
        self.window.add_widget(self.shell)
        self.guard = TouchGuard
        settle(2)

    def show(self, scene: Scene) -> None:
        """Bring a scene up, settled."""
        self.desk.shown = scene.shown
        self.desk.pins.clear()
        self.desk.pins.update(PINS if scene.pin is True else scene.pin or {})
        self.room.place = self.place._replace(**(scene.place or {}))
        self.room.back_to = self.room.cancel_to = "home"
        self.room.leave_staff()
        self.desk.staff.reset(**{"open_roles": scene.roles(), **(scene.staff or {})})
        if scene.units != "metric":
            self.desk.staff.preferences.change(units=scene.units)
        self.desk.therapy.reset(**(scene.therapy or {}))
        self.desk.patron.here = scene.person
        self.room.program_id, self.room.minutes = scene.program, None
        self.room.local, self.room.notice = scene.local, None
        self.shell._touched_s = time.monotonic()
        self.shell._fault_s = float("-inf")
        self.shell._phase = scene.shown.session.phase
        self.shell.name = ""
        self.look()
        if scene.act is not None:
            settle(2)
            scene.act(self.shell)
        settle(3)

    def look(self) -> None:
        """One look at the snapshot, laid out."""
        self.shell.look(self.desk.snapshot())
        settle(2)

    def close(self) -> None:
        """Leave the window empty, and the texts as the code has them."""
        from kiosk.cues import texts

        texts.use(NullTranslations())
        units.use("metric")
        self.window.remove_widget(self.shell)

    def picture(self, path: Any) -> None:
        """Keep what is in the window as a PNG."""
        from pathlib import Path

        frames(2)
        kept = self.window.screenshot(name=str(path))
        Path(kept).replace(path)

    # --- touches ---------------------------------------------------------------------------

    def down(self, x: float, y: float) -> Any:
        """A finger comes down, as Kivy's providers report it."""
        from kivy.base import EventLoop
        from kivy.input.motionevent import MotionEvent

        class Finger(MotionEvent):
            def depack(self, args: Any) -> None:
                self.is_touch = True
                self.sx, self.sy = args
                self.profile = ["pos"]
                super().depack(args)

        place = x / self.window.width, y / self.window.height
        finger = Finger("test", time.monotonic_ns(), place, is_touch=True, type_id="touch")
        EventLoop.post_dispatch_input("begin", finger)
        return finger

    def move(self, finger: Any, x: float, y: float) -> None:
        """It moves."""
        from kivy.base import EventLoop

        finger.move((x / self.window.width, y / self.window.height))
        EventLoop.post_dispatch_input("update", finger)

    def up(self, finger: Any) -> None:
        """It leaves."""
        from kivy.base import EventLoop

        EventLoop.post_dispatch_input("end", finger)
        settle(1)
