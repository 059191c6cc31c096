"""Stands in for a kiosk whose settings cannot be used: its display says why, and nothing else runs.

Else an appliance would be a black screen: nobody can log in there, and its journal is in memory.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Final

from kiosk.config import ConfigError, place_of
from kiosk.cues import languages, texts
from kiosk.salvage import salvaged

CARD: Final = Path("/boot")
"""Where the memory card's first partition is, which any computer shows."""


def stand_in(error: ConfigError, asked: Path | None) -> None:
    """Show the sentence until SIGTERM or SIGINT; return at once where no display is the kiosk's.

    Its display is its own where SDL is told how to reach it, as the kiosk's service does. Whoever
    types the command on a desktop reads the sentence in the terminal.
    """
    if not os.environ.get("SDL_VIDEODRIVER"):
        return
    should_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: should_stop.set())
    path = place_of(asked)
    screen, language = salvaged(path)
    texts.use(languages.load(language))
    from kiosk.app import show_unusable

    on_card = path is None or path.is_relative_to(CARD)
    # A computer that has the card in it shows a file of that name, and no folder /boot/firmware.
    why = str(error).removeprefix(f"{path.parent}/") if on_card and path else str(error)
    show_unusable(why, screen, on_card=on_card, should_stop=should_stop)
