"""The whole kiosk in this process, but for its guard; and the hands of whoever stands before it."""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hardware.simulator.client import BenchClient
from kiosk import compose
from kiosk.config import load_settings
from kiosk.session.model import Phase
from tests.screens import touch
from tests.screens.stage import Stage, open_window, settle

TURN_S = 0.02
WITHIN_S = 30.0
HUNG_S = 900.0
STICK = "CLINIC"
"""What its owner called the stick."""


class Hands(Stage):
    """Touches the screens of a running kiosk, and moves what stands around it.

    ``pictures`` is a folder in which :meth:`keep` leaves what is on the glass.
    """

    def __init__(self, engine: Any, settings: Any, folder: Path) -> None:
        self.window = open_window()
        self.window.size = (settings.screen.width, settings.screen.height)
        from kiosk.screens.desktop import Desktop
        from kiosk.screens.widgets import TouchGuard

        for child in list(self.window.children):
            self.window.remove_widget(child)
        self.desktop = Desktop(engine, settings, simulated=True, bench_socket=None, pictures=None)
        self.window.add_widget(self.desktop)
        self.shell = self.desktop.shell
        self.room = self.shell.room
        self.desk = engine
        self.guard = TouchGuard
        self.pictures = folder / "pictures"
        self.pictures.mkdir()
        self.data = folder / "data"
        self.sticks = folder / "data-sticks"
        self.bench = BenchClient(folder / "bench", timeout_s=20)
        self.turn()

    # --- time ------------------------------------------------------------------------------

    def turn(self) -> None:
        """One round of the main loop."""
        self.desktop.tick()
        settle(1)

    def look(self) -> None:
        """Let it go round a few times."""
        for _ in range(3):
            self.turn()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()
            time.sleep(TURN_S)

    def until(self, condition: Callable[[], Any], what: str, within_s: float = WITHIN_S) -> None:
        """Wait for something; otherwise say what was on the glass instead."""
        end = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > end:
                self.keep("stuck")
                raise AssertionError(f"{what}; on {self.shell.name}: {self.told()}")
            self.turn()
            time.sleep(TURN_S)

    def screen(self, name: str, within_s: float = WITHIN_S) -> None:
        """Wait for a screen."""
        self.until(lambda: self.shell.name == name, f"{name} did not come", within_s)

    def phase(self, phase: Phase, within_s: float = WITHIN_S) -> None:
        """Wait for a phase of the session."""

        def came() -> bool:
            session = self.desk.snapshot().session
            if session.phase is Phase.STOPPED is not phase and session.walk is not None:
                raise AssertionError(f"{phase} did not come: {session.walk.reasons_seen}")
            return session.phase is phase

        self.until(came, f"{phase} did not come", within_s)

    # --- eyes ------------------------------------------------------------------------------

    def told(self) -> str:
        """All that can be read."""
        return touch.told(self)

    def reads(self, words: str, within_s: float = WITHIN_S) -> None:
        """Wait until this can be read."""
        self.until(lambda: words in self.told(), f"{words!r} cannot be read", within_s)

    def keep(self, name: str) -> None:
        """Keep a picture of the glass."""
        number = len(list(self.pictures.iterdir()))
        self.picture(self.pictures / f"{number:02d}-{name}.png")

    # --- hands -----------------------------------------------------------------------------

    def tap(self, words: str) -> None:
        """Tap what says so, once it is there."""

        def is_there() -> bool:
            try:
                touch.target(self, words)
            except AssertionError:
                return False
            return True

        self.until(is_there, f"{words!r} cannot be tapped")
        self.wait(0.05)
        touch.tap(self, words)

    def tap_number(self, value: int) -> None:
        """Tap a number of a scale."""
        self.wait(0.05)
        touch.tap_number(self, value)

    def tap_pin(self, pin: str) -> None:
        """Tap a PIN and its tick."""
        self.wait(0.05)
        touch.tap_pin(self, pin)

    def spell(self, text: str) -> None:
        """Tap a name or a code, letter by letter, and its tick."""
        from kiosk.screens.naming import GROUPS

        for letter in text:
            self._letter(next(group for group in GROUPS if letter in group))
            self._letter(letter)
        self._letter("check")

    def _letter(self, key: str) -> None:
        from kiosk.screens.who import LetterKey
        from tests.screens.measure import visible

        def there() -> Any:
            shown = (one for one in visible(self.shell) if isinstance(one, LetterKey))
            return next((one for one in shown if one.key == key), None)

        self.until(there, f"there is no key {key}")
        self.guard.reset()
        self.up(self.down(*there().to_window(*there().center)))
        self.wait(0.05)

    def through(self, last: str, until: str = "") -> None:
        """Turn the pages of a text, and tap what the last one leads to."""
        name = self.shell.name
        for _ in range(12):
            if self.shell.name == until or (not until and self.shell.name != name):
                return
            try:
                touch.target(self, last)
            except AssertionError:
                self.tap("Next")
            else:
                self.tap(last)
            self.wait(0.3)
        raise AssertionError(f"{last!r} leads nowhere: {self.told()}")

    def out_to(self, name: str) -> None:
        """Leave page after page, by whatever leads out."""
        for _ in range(12):
            self.wait(0.3)
            if self.shell.name == name:
                return
            for words in ("Back", "Done"):
                try:
                    touch.target(self, words)
                except AssertionError:
                    continue
                touch.tap(self, words)
                break
        raise AssertionError(f"there is no way to {name}: {self.told()}")

    def press_stop(self) -> None:
        """Hit STOP."""
        from kiosk.screens.widgets import StopButton
        from tests.screens.measure import visible

        button = next(one for one in visible(self.shell) if isinstance(one, StopButton))
        self.up(self.down(*button.to_window(*button.center)))

    def pin(self, name: str, level: int) -> None:
        """Move one of the treadmill's switches."""
        self.bench.request({"pin": name, "level": level})

    def hold(self, *rails: str) -> None:
        """Put hands on these rails, and on no others."""
        for rail in ("rail_left", "rail_right"):
            self.pin(rail, int(rail in rails))

    def belt(self, speed_kmh: float, ramp_kmh_s: float = 1.0) -> None:
        """Set the belt's speed at the treadmill's console."""
        self.bench.request({"speed_kmh": speed_kmh, "ramp_kmh_s": ramp_kmh_s})

    def plug(self, name: str = "A") -> Path:
        """Plug a stick in; return its folder, as a computer would see it."""
        self.bench.request({"stick": "in", "name": name, "label": STICK})
        self.wait(0.2)
        return self.sticks / name

    def pull(self, name: str = "A") -> None:
        """Pull it out."""
        self.bench.request({"stick": "out", "name": name})
        self.wait(0.2)

    def close(self) -> None:
        self.bench.close()
        self.desktop.close()
        self.window.remove_widget(self.desktop)


def journey(
    folder: Path, patch: pytest.MonkeyPatch, story: Callable[[Hands], None], config: str = ""
) -> None:
    """Start the kiosk in a folder, live a story, and end it as the service does."""
    kept: list[BaseException] = []
    path = None
    if config:
        path = folder / "sternway.toml"
        path.write_text(config, encoding="utf-8")

    def run_app(engine: Any, settings: Any, *, should_stop: threading.Event, **_more: Any) -> int:
        hands = Hands(engine, settings, folder)
        try:
            hands.until(lambda: engine.snapshot().health.guard, "the guard does not answer")
            story(hands)
        except BaseException as error:
            kept.append(error)
        finally:
            hands.close()
            should_stop.set()
        return 0

    # Longer than other tests may take: people walk in here, by the clock on the wall.
    faulthandler.dump_traceback_later(HUNG_S, exit=True, file=sys.__stderr__)
    patch.setattr("kiosk.app.run_app", run_app)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        compose.run(
            load_settings(path, simulate=True),
            compose.RunOptions(
                simulate=True, config=path, data=folder / "data", bench=folder / "bench"
            ),
        )
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if kept:
        raise kept[0]
