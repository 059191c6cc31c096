"""What stands in the window: the kiosk's screen, and in the simulation a band and the bench."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from kiosk.screens import theme
from kiosk.screens.album import Album
from kiosk.screens.bench import BenchPanel, SimulatedBand
from kiosk.screens.desktop_size import BAND_PX, PANEL_PX, window_size
from kiosk.screens.dimming import Light
from kiosk.screens.loss import Loss, Watching
from kiosk.screens.room import Place, Room
from kiosk.screens.shell import Faults, Shell
from kiosk.screens.sound import Sounds
from profiles.about import load_about, load_briefing

if TYPE_CHECKING:
    from kiosk.config import Settings
    from kiosk.screens.desk import Desk

log = logging.getLogger(__name__)

STEP_MM: Final = 0.3
"""What the screen moves by against burn-in, in mm of the layouts: less than a tenth of the margin
that every screen keeps free, so that nothing is cut off."""


class Desktop(FloatLayout):
    """Places the kiosk's screen at its true size; whatever else there is stands beside it."""

    def __init__(
        self,
        desk: Desk,
        settings: Settings,
        *,
        simulated: bool,
        bench_socket: Path | None,
        pictures: Path | None,
        light: Light | None = None,
        **kwargs: Any,
    ) -> None:
        """Build it all; the window is there already."""
        super().__init__(**kwargs)
        width, height = settings.screen.width, settings.screen.height
        theme.use(theme.Theme(width, height, settings.screen.px_per_mm))
        room = Room(
            desk,
            Place(
                settings.site.name,
                settings.site.starts_belt,
                relay=settings.treadmill.permit != "none",
                language=settings.site.language,
                stop_button=settings.pins.stop_button is not None,
                facing=settings.treadmill.facing,
            ),
            load_about(settings.site.contact),
            load_briefing(),
        )
        self.sounds = Sounds(settings)
        room.volume = self.sounds.volume
        if self.sounds.cuer is not None:
            room.play = self.sounds.cuer.sample
            room.try_sound = self.sounds.try_at
        self.shell = Shell(
            room, self.sounds.cuer, light, size_hint=(None, None), size=(width, height)
        )
        self.faults = Faults(self.shell)
        self._loss: Loss | None = None
        self.panel: BenchPanel | None = None
        self.album: Album | None = None
        wanted = window_size(width, height, panel=simulated)
        docked = simulated and Window.width >= wanted[0] and Window.height >= wanted[1]
        self.add_widget(self.shell)
        if simulated:
            self._simulated(bench_socket if docked else None, width, docked=docked)
        if not simulated and (Window.width, Window.height) != (width, height):
            log.warning(
                "the display has %d x %d pixels and [screen] says %d x %d: mend the setting",
                *(Window.width, Window.height, width, height),
            )
        if pictures is not None:
            self.album = Album(pictures)
            self.shell.observers.append(self.album.observe)
        self.bind(size=self._place)
        self.shell.bind(off_place=self._place)
        self._place()

    def mind(self, watch: Watching, release: Callable[[], None]) -> None:
        """Mind touchscreen and display; ``release`` takes all fingers off the glass."""
        self._loss = Loss(watch, self.shell.room, release)

    def tick(self) -> None:
        """One round of the main loop."""
        if self._loss is not None:
            self._loss.look(time.monotonic(), self.shell.room.desk.snapshot())
        self.sounds.settle(self.shell.room.staff.preferences.state())
        self.shell.tick()
        if self.panel is not None:
            self.panel.refresh()

    def close(self) -> None:
        """Let go of the bench; finish the pictures."""
        self.faults.leave()
        self.sounds.close()
        if self.album is not None:
            self.album.close()
        if self.panel is not None:
            self.panel.close()

    def _simulated(self, bench_socket: Path | None, width: int, *, docked: bool) -> None:
        self.band = SimulatedBand(docked=docked, size_hint=(None, None), width=width)
        self.band.height = BAND_PX if docked else theme.u(2.8)
        self.add_widget(self.band)
        if bench_socket is not None:
            self.panel = BenchPanel(bench_socket, size_hint=(None, None), width=PANEL_PX)
            staff = self.shell.room.staff
            self.panel.preset_pins = lambda: frozenset(staff.state().preset_pins)
            self.add_widget(self.panel)

    def _place(self, *_: object) -> None:
        band = getattr(self, "band", None)
        top = self.height - (band.height if band is not None and band.docked else 0)
        step = max(1, round(theme.u(STEP_MM)))
        across, up = self.shell.off_place
        # What the screen leaves free at an edge has its ground, as the whole window has.
        self.shell.pos = (across * step, top - self.shell.height + up * step)
        if band is not None:
            band.pos = (0, top if band.docked else top - band.height)
        if self.panel is not None:
            self.panel.height = self.height
            self.panel.pos = (self.shell.width, 0)
