"""Stands in for a kiosk whose settings or data cannot be used: its display says why.

Else an appliance would be a black screen: nobody can log in there, and its journal is in memory.
Nothing else runs meanwhile.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from kiosk.config import ConfigError, Screen, Settings, place_of
from kiosk.cues import languages, texts
from kiosk.cues.texts import _
from kiosk.salvage import salvaged

CARD: Final = Path("/boot")
"""Where the memory card's first partition is, which any computer shows."""


DATA_S: Final = 30.0
"""How long the fault of the data is shown before the kiosk tries anew: some pass by themselves."""


def stand_in(error: ConfigError, asked: Path | None) -> None:
    """Show what is wrong with the settings until SIGTERM or SIGINT.

    Returns at once where no display is the kiosk's: its display is its own where SDL is told how to
    reach it, as the kiosk's service does. Whoever types the command on a desktop reads the sentence
    in the terminal.
    """
    if not _has_a_display():
        return
    path = place_of(asked)
    screen, language = salvaged(path)
    texts.use(languages.load(language))
    # A computer that has the card in it shows a file of that name, and no folder /boot/firmware.
    if path is None or path.is_relative_to(CARD):
        why = str(error).removeprefix(f"{path.parent}/") if path else str(error)
        do = mend_on_card()
    else:
        why, do = str(error), _("Mend the file, then start the kiosk again.")
    _show(the_settings(), why, do, screen, None)


def stand_in_for_data(error: Exception, settings: Settings) -> None:
    """Show for a while why the data cannot be used; the service then starts the kiosk anew.

    Returns at once where :func:`stand_in` does, and where the kiosk had its window already.
    """
    if not _has_a_display() or "kivy.core.window" in sys.modules:
        return
    texts.use(languages.load(settings.site.language))
    found = str(error)
    if isinstance(error, OSError) and error.strerror:
        # Its name alone: a whole path would make all of it small. The journal has that.
        name = Path(os.fsdecode(error.filename)).name if error.filename else ""
        found = f"{error.strerror} ({name})" if name else error.strerror
    do = _("Switch off and on again. If it stays, call the service: leave the card as it is.")
    _show(_("The data cannot be used"), found, do, settings.screen, DATA_S)


def the_settings() -> str:
    """Return that the settings cannot be used."""
    return _("The settings cannot be used")


def mend_on_card() -> str:
    """Return what to do about settings that lie on the memory card."""
    return _("Switch off, put the memory card into a computer, mend this file, switch on again.")


def _has_a_display() -> bool:
    return bool(os.environ.get("SDL_VIDEODRIVER"))


def _show(what: str, why: str, do: str, screen: Screen, for_s: float | None) -> None:
    should_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: should_stop.set())
    over = threading.Timer(for_s, should_stop.set) if for_s is not None else None
    if over is not None:
        over.daemon = True
        over.start()
    from kiosk.app import show_unusable

    show_unusable(what, why, do, screen, should_stop=should_stop)
