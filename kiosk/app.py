"""The kiosk's window and main loop. Kivy is set up and imported inside ``run_app`` and not before:

its settings are read when it is imported, and importing its window opens one.
"""

from __future__ import annotations

import faulthandler
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hardware.watchdog import Watchdog
from kiosk.backlight import Backlight, Lamp
from kiosk.garbage import Garbage

if TYPE_CHECKING:
    from kiosk.config import Screen, Settings
    from kiosk.glass import Watch
    from kiosk.screens.desk import Desk
    from kiosk.staff.faults import Telling

log = logging.getLogger(__name__)

FRAMES_PER_S: Final = 60
CALM_FRAMES_PER_S: Final = 20
"""Rounds of Kivy's loop while the first screen stands there and nobody touches it: each costs, also
when it draws nothing. Twice what the sign of life needs, and a touch is still felt at once."""
KEPT: Final = frozenset({"KIVY_HOME"})
"""Where Kivy keeps its own files: the one thing of it that the environment may say."""
FIXED: Final = {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_ENV_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    # Kivy's own handlers would take over the program's standard error.
    "KIVY_LOG_MODE": "PYTHON",
    # A finger is a touch and a mouse is a mouse; else each would come twice (kivy#3801).
    "SDL_TOUCH_MOUSE_EVENTS": "0",
    "SDL_MOUSE_TOUCH_EVENTS": "0",
    # SIGTERM is the kiosk's own: it is no wish of somebody at the window.
    "SDL_NO_SIGNAL_HANDLERS": "1",
}


def run_app(
    desk: Desk,
    settings: Settings,
    *,
    simulated: bool,
    bench_socket: Path | None,
    pictures: Path | None,
    should_stop: threading.Event,
    watch: Watch | None = None,
    hearing: Callable[[Telling], None] = lambda _faults: None,
    drawn: Callable[[], None] = lambda: None,
) -> int:
    """Show the screens until ``should_stop``, or until the window is closed; return 0.

    Simulated, the bench panel stands beside the screen wherever the window has room for it.
    With ``pictures``, every screen that comes up is kept there as a PNG file. ``watch`` looks
    whether touchscreen and display are plugged in, where they are real. ``hearing`` takes what
    tells the faults of voice and loudspeaker. ``drawn`` is called once the first screen stands.
    """
    screen = settings.screen
    # Bright before anything else: whoever ran before may have left the display dark.
    lamp = None if simulated else Lamp(Backlight())
    wide, high = (screen.width, screen.height) if simulated else screen.own_size
    prepare_kivy(
        width=wide,
        height=high,
        simulated=simulated,
        fullscreen=screen.fullscreen and not simulated,
    )
    from kivy.core.window import Window

    from kiosk.screens.desktop import Desktop
    from kiosk.screens.gate import close_off
    from kiosk.screens.turning import turn

    gate = close_off(closable=simulated)
    if not simulated:
        turn(Window, screen, alone=not window_system())
    desktop = Desktop(
        desk,
        settings,
        simulated=simulated,
        bench_socket=bench_socket,
        pictures=pictures,
        light=lamp,
    )
    hearing(desktop.sounds.faults)
    if watch is not None:
        desktop.mind(watch, gate.release)
    try:
        return run_desktop(desktop, should_stop, drawn)
    finally:
        if lamp is not None:
            lamp.close()


def show_unusable(
    what: str, why: str, do: str, screen: Screen, *, should_stop: threading.Event
) -> bool:
    """Show what cannot be used, why, and what to do, until ``should_stop``.

    Returns whether there is a display for it.

    No session, no guard and no data is touched. To whoever started it, it counts as started.
    """
    wide, high = screen.own_size
    prepare_kivy(width=wide, height=high, simulated=False, fullscreen=screen.fullscreen)
    import kivy

    logging.getLogger("kivy").disabled = True  # no display is no news: the sentence was told
    # Kivy's own X11 window, the next one it would try, ends the process where there is none.
    kivy.kivy_options["window"] = ("sdl2",)
    from kivy.core.window import Window

    if Window is None:
        return False
    from kivy.clock import Clock

    from kiosk.screens import theme
    from kiosk.screens.gate import close_off
    from kiosk.screens.turning import turn

    Backlight().set(100.0)
    close_off(closable=False)
    turn(Window, screen, alone=not window_system())
    # What the display is, counts: nobody knows whether its settings were those that are wrong.
    width, height = Window.size
    theme.use(theme.Theme(width, height, math.hypot(width, height) / screen.diagonal_mm))
    from kiosk.screens.unusable import UnusablePage

    page = UnusablePage(what, why, do)
    ready = FirstFrame(lambda: None)
    finish_frames(Window)

    app = _application(page)

    def tick(_dt: float) -> None:
        ready.comes()
        if should_stop.is_set():
            app.stop()

    Clock._max_fps = CALM_FRAMES_PER_S
    Clock.schedule_interval(tick, 0)
    try:
        app.run()
    finally:
        ready.close()
    return True


def prepare_kivy(*, width: int, height: int, simulated: bool, fullscreen: bool) -> None:
    """Set what Kivy and SDL read when they are imported, whatever the environment says to them.

    Nobody loads a module into Kivy, or hands it another configuration, from outside.
    """
    if os.environ.get("WATCHDOG_USEC") and sys.__stderr__ is not None:
        # Where each thread stood, in the journal, should systemd end a kiosk that hangs.
        faulthandler.enable(sys.__stderr__)
    for name in [name for name in os.environ if name.startswith(("KIVY_", "KCFG_"))]:
        if name not in KEPT:
            del os.environ[name]
    os.environ.update(FIXED)
    logging.getLogger("kivy").setLevel(logging.WARNING)
    if simulated and not _desktop():
        os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    # Without a window system the window is the display, and an explicit size is the safe one:
    # what Kivy takes of itself there is not the display's.
    offscreen = os.environ.get("SDL_VIDEODRIVER") == "offscreen"
    if offscreen:
        # Drawn by the processor: multisampling makes a frame three times as dear, and threads of
        # its own make it late on a busy machine. A frozen screen is a lost kiosk to the guard.
        os.environ.setdefault("LP_NUM_THREADS", "0")
    system = window_system()
    from kiosk.screens.desktop_size import window_size

    wide, high = window_size(width, height, panel=simulated)
    from kivy.config import Config

    for section, name, setting in (
        ("graphics", "width", str(wide)),
        ("graphics", "height", str(high)),
        ("graphics", "fullscreen", "auto" if fullscreen and system else "0"),
        ("graphics", "borderless", "1" if fullscreen else "0"),
        ("graphics", "resizable", "0"),
        ("graphics", "multisamples", "0" if offscreen else "4"),
        ("graphics", "show_cursor", "1" if simulated else "0"),
        ("graphics", "allow_screensaver", "0"),
        ("kivy", "exit_on_escape", "0"),
        ("kivy", "window_icon", ""),
    ):
        Config.set(section, name, setting)
    # SDL brings the fingers (through kiosk/screens/gate.py); beside them a mouse, with no red dots
    # for a right click. Nothing reads the input devices past SDL.
    Config.remove_section("input")
    Config.add_section("input")
    Config.set("input", "mouse", "mouse,disable_multitouch")


def window_system() -> bool:
    """Say whether there are windows of others; without, the window is the display itself."""
    return _desktop() and "SDL_VIDEODRIVER" not in os.environ


def _desktop() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def run_desktop(
    desktop: Any, should_stop: threading.Event, drawn: Callable[[], None] = lambda: None
) -> int:
    """Run Kivy's loop around a desktop."""
    from kivy.clock import Clock
    from kivy.core.window import Window

    app = _application(desktop)
    garbage = Garbage()

    def stands() -> None:
        drawn()
        garbage.settle()

    ready = FirstFrame(stands)
    finish_frames(Window)
    # Drawing is the longest step of a round. By the processor, on a busy machine, layout and then
    # drawing may together take as long as a frozen screen would: each says that it came.
    steps = {name: lambda *_: desktop.shell.alive() for name in ("on_draw", "on_flip")}
    Window.bind(**steps)

    def tick(_dt: float) -> None:
        if should_stop.is_set():
            app.stop()
            return
        try:
            desktop.tick()
            if desktop.shell.room.desk.lives():
                ready.comes()
            calm = desktop.shell.calm
            Clock._max_fps = CALM_FRAMES_PER_S if calm else FRAMES_PER_S
            if calm:
                garbage.calm()
        except Exception as error:  # noqa: BLE001 - Kivy would drop this call for good, and with
            desktop.faults.handle_exception(error)  # it the signs of life

    Clock.schedule_interval(tick, 0)  # in each round: what stops a walk is shown in the next frame
    try:
        app.run()
    finally:
        Window.unbind(**steps)
        garbage.close()
        ready.close()
        desktop.close()
    return 0


def _application(root: Any) -> Any:
    from kivy.app import App

    class Kiosk(App):
        """Kivy's application: nothing but the loop."""

        title = "Sternway"
        use_kivy_settings = False

        def build(self) -> Any:
            return root

        def open_settings(self, *_: object) -> bool:
            return False

    return Kiosk()


def finish_frames(window: Any) -> None:
    """Have each frame drawn when it is told to be, where there is no display.

    Off-screen nothing waits for a frame, so Mesa's software renderer only writes down what is to be
    drawn, and draws three or four frames at once when its room is full: 0.2 s in which no warning
    is told and no sign of life is given.
    """
    if os.environ.get("SDL_VIDEODRIVER") == "offscreen":
        from kivy.graphics.opengl import glFlush

        window.bind(on_flip=lambda *_: glFlush())


class FirstFrame:
    """Tells systemd ``READY=1`` (NOTIFY_SOCKET) once the first screen stands on the display.

    Whoever waits for a kiosk that can be used, waits for this: its service, and ``sternway bench``.
    From then on each round says that it came: a kiosk that hangs is started anew (WatchdogSec).
    """

    def __init__(self, drawn: Callable[[], None]) -> None:
        self._drawn = drawn
        self._notify = Watchdog()
        self._is_coming = False
        self._stands = False

    def comes(self) -> None:
        """A screen was put up: the next frame shows it. To be called in each round."""
        if self._stands:
            self._notify.alive(time.monotonic_ns())
        if not self._is_coming:
            from kivy.core.window import Window

            self._is_coming = True
            Window.bind(on_flip=self._flips)

    def close(self) -> None:
        """Close the way to systemd."""
        self._notify.close()

    def _flips(self, window: Any) -> None:
        from kivy.clock import Clock

        window.unbind(on_flip=self._flips)
        # Kivy tells before it shows the frame; by the next round it has.
        Clock.schedule_once(lambda _dt: self._is_there())

    def _is_there(self) -> None:
        self._notify.say("READY=1")
        self._stands = True
        self._drawn()
