"""What stands in the window: the kiosk's screen, and in the simulation a band and the bench."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from kiosk.cues.rules import Cuer
from kiosk.cues.tones import DummyBackend, Player
from kiosk.screens import theme
from kiosk.screens.album import Album
from kiosk.screens.bench import BenchPanel, SimulatedBand
from kiosk.screens.desktop_size import BAND_PX, PANEL_PX, window_size
from kiosk.screens.room import Place, Room
from kiosk.screens.shell import Faults, Shell
from kiosk.screens.sound import backend
from profiles.about import load_about, load_briefing

if TYPE_CHECKING:
    from kiosk.config import Settings
    from kiosk.screens.desk import Desk

log = logging.getLogger(__name__)


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
        **kwargs: Any,
    ) -> None:
        """Build it all; the window is there already."""
        super().__init__(**kwargs)
        width, height = settings.screen.width, settings.screen.height
        theme.use(theme.Theme(width, height, settings.screen.px_per_mm))
        Window.clearcolor = theme.rgb("05090C")
        room = Room(
            desk,
            Place(
                settings.site.name,
                settings.site.starts_belt,
                relay=settings.treadmill.permit != "none",
                language=settings.site.language,
            ),
            load_about(settings.site.contact),
            load_briefing(),
        )
        self.shell = Shell(room, _cuer(settings), size_hint=(None, None), size=(width, height))
        self.faults = Faults(self.shell)
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
        self._place()

    def tick(self) -> None:
        """One round of the main loop."""
        self.shell.tick()
        if self.panel is not None:
            self.panel.refresh()

    def close(self) -> None:
        """Let go of the bench; finish the pictures."""
        self.faults.leave()
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
            self.add_widget(self.panel)

    def _place(self, *_: object) -> None:
        band = getattr(self, "band", None)
        top = self.height - (band.height if band is not None and band.docked else 0)
        self.shell.pos = (0, top - self.shell.height)
        if band is not None:
            band.pos = (0, top if band.docked else top - band.height)
        if self.panel is not None:
            self.panel.height = self.height
            self.panel.pos = (self.shell.width, 0)


def _cuer(settings: Settings) -> Cuer | None:
    """The tones, made once into a cache; a kiosk that cannot make them is silent, and says so."""
    if not settings.sound.enabled:
        return None
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("CACHE_DIRECTORY")
    folder = Path(home) if home else Path(tempfile.gettempdir())
    folder = folder / f"sternway-tones-{os.getuid()}"
    sounds = backend() or DummyBackend()
    try:
        player = Player(folder, sounds, volume=settings.sound.volume / 100)
    except OSError as error:
        log.warning("no tones: %s cannot be written (%s)", folder, error.strerror)
        return None
    return Cuer(player)
