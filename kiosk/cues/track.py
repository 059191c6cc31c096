"""A whole session's sound as one WAV file, and what is heard as text, in virtual time.

The same turns as in the live kiosk, with sentences rendered while the clock stands.
"""

from __future__ import annotations

import array
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kiosk.cues import languages, rendering, texts
from kiosk.cues.belt import Facing, Site
from kiosk.cues.cache import Cache
from kiosk.cues.cuer import Cuer
from kiosk.cues.rendering import RATE_HZ, NotSpoken
from kiosk.cues.tones import tone_sounds
from kiosk.cues.turns import Backend, Sound, Speech, Turns
from kiosk.cues.utterances import Utterance
from kiosk.cues.volume import Volume
from kiosk.recording import read
from kiosk.replay import replay
from kiosk.session.model import Snapshot

LOOK_S: Final = 1 / 30
"""How often the screens look, and so how late a cue may be."""


class Line(NamedTuple):
    """One thing that began to sound: a tone in brackets, or a sentence."""

    at_s: float
    utterance: Utterance
    what: str

    def __str__(self) -> str:
        """Return it as a line of a transcript."""
        rank = self.utterance.rank.name.lower()
        return f"{self.at_s:8.2f}  {rank:<11}  {self.what}"


class ReadySpeech:
    """Sentences that are rendered when they are asked for, while a virtual clock stands."""

    def __init__(self, folder: Path, program: str) -> None:
        """Raises :class:`NotSpoken` where espeak-ng does not start."""
        self._cache = Cache(folder, program, rendering.version(program))

    def sound(self, sentence: str) -> Sound | None:
        """Return a sentence, made now. Raises NotSpoken and OSError."""
        return self._cache.sound(sentence, texts.language())

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        """All that is wanted is there as soon as it is asked for."""
        return True


class Paper:
    """A loudspeaker that writes down what it plays, from a virtual time on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Silence so far."""
        self._clock = clock
        self._samples = array.array("h")
        self._files: dict[Path, array.array[int]] = {}

    def play(self, file: Path, volume: float) -> None:
        """Write a sound down from now on. Raises OSError for a file that is not there."""
        if file not in self._files:
            with wave.open(str(file), "rb") as wav:
                self._files[file] = rendering.from_bytes(wav.readframes(wav.getnframes()))
        self.silence()
        self._samples.extend(round(value * volume) for value in self._files[file])

    def silence(self) -> None:
        """Whatever was written beyond now is not heard."""
        at = round(self._clock() * RATE_HZ)
        del self._samples[at:]
        self._samples.extend([0] * (at - len(self._samples)))

    def write(self, file: Path) -> None:
        """Keep it as a WAV file. Raises OSError."""
        with wave.open(str(file), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(rendering.as_bytes(self._samples))


class Nowhere:
    """A loudspeaker that is not there: for who only wants to know what is heard when."""

    def play(self, file: Path, volume: float) -> None:
        """Nothing is heard."""

    def silence(self) -> None:
        """Nothing was heard."""


class Track:
    """Hears a replay: looks at it as often as a screen does, and keeps what is to be heard."""

    def __init__(
        self,
        folder: Path,
        speech: Speech,
        *,
        site: Site = Site(stop_button=True),  # noqa: B008 - frozen; as the simulated site
        on_paper: bool = True,
    ) -> None:
        """``folder`` holds the tones. Without ``on_paper`` only the words are kept, no sound.

        Raises OSError where the folder cannot be written.
        """
        self.lines: list[Line] = []
        self._now_s = 0.0
        self._looked_s = float("-inf")
        self.paper = Paper(lambda: self._now_s)
        volume = Volume()
        loudspeaker: Backend = self.paper if on_paper else Nowhere()
        self._turns = Turns(loudspeaker, tone_sounds(folder), speech, volume, self._heard)
        self._cuer = Cuer(self._turns, speech, volume, site=site, clock=lambda: self._now_s)

    def hear(self, snapshot: Snapshot) -> None:
        """Take one snapshot of the replay."""
        self._now_s = snapshot.now_ns / 1e9
        if self._now_s - self._looked_s >= LOOK_S - 1e-9:
            self._looked_s = self._now_s
            self._cuer.hear(snapshot)

    def finish(self) -> None:
        """Let what was begun be heard to its end."""
        while not self._turns.is_silent:
            self._now_s += LOOK_S
            self._turns.tick(self._now_s)

    def _heard(self, now_s: float, utterance: Utterance, what: str) -> None:
        self.lines.append(Line(now_s, utterance, what))

    @property
    def text(self) -> str:
        """What was heard, a line each: the seconds, how grave, the tone or the words."""
        return "".join(f"{line}\n" for line in self.lines)


def replay_heard(recording: Path, data: Path | None, sound: Path, language: str) -> list[Any]:
    """Replay a recording, and write what is heard of it into ``sound``, its words beside it.

    Returns the records. Raises :class:`NotSpoken`, what a replay raises, and OSError.
    """
    texts.use(languages.load(language))
    with tempfile.TemporaryDirectory(prefix="sternway-sound-") as folder:
        heard = track(Path(folder), read(recording)[0].facing)
        records = replay(recording, data, heard.hear)
        heard.finish()
        heard.paper.write(sound)
        sound.with_suffix(".txt").write_text(heard.text, encoding="utf-8")
    return records


def track(folder: Path, facing: Facing = "away") -> Track:
    """Return a track with espeak-ng's voice. Raises :class:`NotSpoken` where there is none."""
    program = rendering.program()
    if program is None:
        raise NotSpoken("espeak-ng is not installed: sudo apt install espeak-ng")
    return Track(folder, ReadySpeech(folder, program), site=Site(stop_button=True, facing=facing))
