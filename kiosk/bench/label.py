"""A bare Kivy label in a process of its own: the least that a program with a window does.

    python -m kiosk.bench.label WIDTH HEIGHT

It has the kiosk's window and graphics settings, and says ``READY=1`` to NOTIFY_SOCKET as the kiosk
does, at its first frame. It ends by a signal.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from hardware.watchdog import Watchdog


def main(width: str, height: str) -> None:
    """Show the label."""
    os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_CONFIG="1", KIVY_NO_FILELOG="1")
    from kivy.config import Config

    Config.set("graphics", "width", width)
    Config.set("graphics", "height", height)
    Config.set("graphics", "multisamples", "0")
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.core.window import Window
    from kivy.uix.label import Label

    class Bare(App):  # type: ignore[misc]
        """Nothing but a label."""

        def build(self) -> Any:
            return Label(text="Sternway")

    notify = Watchdog()

    def flipped(*_: object) -> None:
        Window.unbind(on_flip=flipped)
        Clock.schedule_once(lambda _dt: notify.say("READY=1"))

    Window.bind(on_flip=flipped)
    Bare().run()


if __name__ == "__main__":
    main(*sys.argv[1:3])
