"""The loudspeaker, by Kivy's SDL sound, and all that is heard through it."""

from __future__ import annotations

import logging
import os
import tempfile
from collections import OrderedDict, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from kiosk.cues import rendering, words
from kiosk.cues.belt import Site
from kiosk.cues.cuer import Cuer
from kiosk.cues.texts import _
from kiosk.cues.tones import tone_sounds
from kiosk.cues.turns import Sound, Speech, Turns
from kiosk.cues.voice import MISSING, NO_PROGRAM, Mute, Voice
from kiosk.cues.volume import Volume
from profiles.saying import Said, Saying, saying

if TYPE_CHECKING:
    from kiosk.config import Settings
    from kiosk.preferences.model import Preferences

log = logging.getLogger(__name__)

LOADED: Final = 64
"""Sounds that stay in memory, about 200 kB each; a warning must not wait for the card."""
NOT_OPEN: Final = saying(
    "The loudspeaker cannot be used: no warning is heard. "
    "Restart the kiosk; if it stays so, call the service."
)
NO_TONES: Final = saying(
    "There is no sound: its files cannot be written to the disk. "
    "Restart the kiosk; if it stays so, call the service."
)


class SdlBackend:
    """Plays WAV files. Kivy's thread calls it; only :meth:`prepare` may be called from any."""

    deaf: bool | None = None
    """Whether SDL could not open a loudspeaker, which it never tries again; None: not known yet.
    The first file tells, a tone that was made just before: one without length was not loaded."""

    def __init__(self, loader: Any) -> None:
        """``loader`` is Kivy's SoundLoader."""
        self._loader = loader
        self._sounds: OrderedDict[Path, Any] = OrderedDict()
        self._to_load: deque[Path] = deque()
        self._urgent: set[Path] = set()
        self._last: Any = None

    def prepare(self, file: Path) -> None:
        """Have a file loaded soon and kept in memory, so that playing it takes no time."""
        self._urgent.add(file)
        self._to_load.append(file)

    def look(self) -> None:
        """Load one file that waits: each takes a millisecond or two of a frame."""
        if self._to_load:
            self._loaded(self._to_load.popleft())

    def play(self, file: Path, volume: float) -> None:
        """Begin to play a file; cuts off the one before."""
        self.silence()
        self._last = self._loaded(file)
        if self._last is not None:
            self._last.volume = volume
            self._last.play()

    def silence(self) -> None:
        """Cut off whatever plays."""
        if self._last is not None:
            self._last.stop()
            self._last = None

    def _loaded(self, file: Path) -> Any:
        if file in self._sounds:
            self._sounds.move_to_end(file)
            return self._sounds[file]
        sound = self._sounds[file] = self._loader.load(str(file))
        if self.deaf is None:
            self.deaf = sound is None or sound.length <= 0
        if len(self._sounds) > LOADED:
            old = next((one for one in self._sounds if one not in self._urgent), None)
            if old is not None and old != file:
                gone = self._sounds.pop(old)
                if gone is not None:
                    gone.unload()
        return sound


def backend() -> SdlBackend:
    """Return the loudspeaker; it is a silent one where the machine has none."""
    if not Path("/dev/snd").is_dir():
        os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    from kivy.core.audio import SoundLoader

    return SdlBackend(SoundLoader)


def cache_folder() -> Path:
    """Return where tones and sentences are kept: a cache, as all of it can be made anew."""
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("CACHE_DIRECTORY")
    folder = Path(home) if home else Path(tempfile.gettempdir())
    return folder / f"sternway-sounds-{os.getuid()}"


class Sounds:
    """The tones, the voice and the loudspeaker, from the first screen to the last."""

    def __init__(self, settings: Settings) -> None:
        """Make the tones, and begin to make sentences ready; without espeak-ng: tones alone."""
        self.volume = Volume(settings.sound.volume)
        self.cuer: Cuer | None = None
        self._set: Preferences | None = None
        self._voice: Voice | None = None
        self._loudspeaker: SdlBackend | None = None
        self._fault: Saying | None = None
        folder = cache_folder()
        self._loudspeaker = loudspeaker = backend()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            tones = tone_sounds(folder)
        except OSError as error:
            log.warning("no sound: %s cannot be written (%s)", folder, error.strerror)
            self._fault = NO_TONES
            return
        for sound in tones.values():
            loudspeaker.prepare(sound.file)
        speech = self._speech(folder, loudspeaker)
        turns = Turns(loudspeaker, tones, speech, self.volume)
        self.cuer = Cuer(
            turns,
            speech,
            self.volume,
            site=Site(
                starts_belt=settings.site.starts_belt,
                stop_button=settings.pins.stop_button is not None,
                facing=settings.treadmill.facing,
                relay=settings.treadmill.permit != "none",
            ),
            look=loudspeaker.look,
        )
        # Off, all of it is there all the same: staff may want it back at any time.
        self.cuer.sounds, self.cuer.speaks = settings.sound.enabled, settings.sound.voice

    def settle(self, now: Preferences) -> None:
        """Take what staff have set meanwhile: volume, voice, who starts the belt."""
        if now is self._set:
            return
        before, self._set = self._set, now
        if self.cuer is None or before is None:
            return
        self.volume.set_staff(now.volume_pct)
        self.cuer.sounds, self.cuer.speaks = now.sound, now.voice
        self.cuer.site = replace(self.cuer.site, starts_belt=now.starts_belt, facing=now.facing)

    def faults(self) -> tuple[Said, ...]:
        """Return what staff should know of: a sentence for each fault. Any thread may ask."""
        deaf = self._loudspeaker is not None and self._loudspeaker.deaf is True
        found = (NOT_OPEN if deaf else None, self._fault)
        voice = None if self._voice is None else self._voice.fault()
        return (*((one,) for one in found if one), *((voice,) if voice else ()))

    def try_at(self, volume_pct: int) -> None:
        """Sound once, as loud as staff may set it."""
        if self.cuer is not None:
            self.cuer.sample(volume_pct / 100)

    def _speech(self, folder: Path, loudspeaker: SdlBackend) -> Speech:
        program = rendering.program()
        if program is None:
            log.warning(MISSING)
            self._fault = NO_PROGRAM
            return Mute()

        def ready(sound: Sound, sentence: str) -> None:
            if sentence in {*map(_, words.URGENT), *words.COUNT}:
                loudspeaker.prepare(sound.file)

        self._voice = Voice(folder, program, ready=ready)
        self._voice.start()
        return self._voice

    def close(self) -> None:
        """End the voice's thread."""
        if self._voice is not None:
            self._voice.close()
