"""The loudspeaker, by Kivy's SDL sound; none where the machine has none."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from kiosk.cues.tones import Backend

log = logging.getLogger(__name__)


class SdlBackend:
    """Plays WAV files; each is loaded once."""

    def __init__(self, loader: Any) -> None:
        """``loader`` is Kivy's SoundLoader."""
        self._loader = loader
        self._sounds: dict[Path, Any] = {}
        self._last: Any = None

    def play(self, file: Path, volume: float) -> None:
        """Begin to play a file."""
        if file not in self._sounds:
            self._sounds[file] = self._loader.load(str(file))
        self._last = self._sounds[file]
        if self._last is not None:
            self._last.volume = volume
            self._last.stop()
            self._last.play()

    def silence(self) -> None:
        """Cut off whatever plays."""
        if self._last is not None:
            self._last.stop()


def backend() -> Backend | None:
    """Return the loudspeaker, or None where Kivy finds no way to make a sound."""
    if not Path("/dev/snd").is_dir():
        os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    from kivy.core.audio import SoundLoader

    return SdlBackend(SoundLoader)
