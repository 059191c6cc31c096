"""The tones: synthesized once into a folder as small WAV files, and a player for them.

Told apart by rhythm and pitch, also by ears that hear little above 3 kHz. Every note fades in and
out, as a click sounds like a fault of the machine.
"""

from __future__ import annotations

import array
import logging
import math
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from kiosk.cues.rules import RANK, WARNINGS, Cue

log = logging.getLogger(__name__)

RATE_HZ: Final = 22_050
FADE_S: Final = 0.012
VERSION: Final = 1
"""Part of the files' names: another sound is another file."""

Note = tuple[float, float, float]
"""Frequency in Hz (0 is silence), seconds, loudness 0 to 1."""

NOTES: Final[dict[Cue, tuple[Note, ...]]] = {
    Cue.COUNT: ((660, 0.14, 0.6),),
    Cue.START: ((660, 0.12, 0.6), (0, 0.03, 0), (990, 0.36, 0.7)),
    Cue.STEP: ((784, 0.14, 0.6), (0, 0.06, 0), (784, 0.14, 0.6)),
    Cue.TOO_FAST: ((880, 0.16, 0.7), (660, 0.16, 0.7), (494, 0.28, 0.7)),
    Cue.TOO_SLOW: ((494, 0.16, 0.7), (660, 0.16, 0.7), (880, 0.28, 0.7)),
    Cue.PAUSE: ((587, 0.2, 0.6), (0, 0.05, 0), (440, 0.36, 0.6)),
    Cue.FINISHED: ((523, 0.15, 0.6), (659, 0.15, 0.6), (784, 0.15, 0.6), (1047, 0.45, 0.7)),
    Cue.STOP: ((392, 0.22, 0.9), (0, 0.05, 0), (294, 0.5, 0.9)),
    Cue.RAILS: ((1175, 0.09, 1.0), (0, 0.05, 0)) * 4,
    Cue.STAFF: ((1047, 0.28, 1.0), (0, 0.08, 0), (698, 0.28, 1.0), (0, 0.12, 0)) * 3,
    Cue.ALARM: ((1480, 0.16, 1.0), (1109, 0.16, 1.0)) * 5,
}


class Backend(Protocol):
    """What makes a sound audible."""

    def play(self, file: Path, volume: float) -> None:
        """Begin to play a file; return at once."""

    def silence(self) -> None:
        """Cut off whatever plays."""


class DummyBackend:
    """No loudspeaker: remembers what would have been heard."""

    def __init__(self) -> None:
        """Nothing was played."""
        self.played: list[tuple[str, float]] = []
        self.silenced = 0

    def play(self, file: Path, volume: float) -> None:
        """Remember it."""
        self.played.append((file.name, volume))

    def silence(self) -> None:
        """Remember that too."""
        self.silenced += 1


class Player:
    """Plays one cue at a time: a graver one cuts it off, a lesser one waits for no one."""

    def __init__(
        self,
        folder: Path,
        backend: Backend,
        *,
        volume: float = 0.8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make what tones ``folder`` does not hold; raises OSError where it cannot be written."""
        self._backend = backend
        self._volume = volume
        self._clock = clock
        self._now: Cue | None = None
        self._until_s = float("-inf")
        self.files = {cue: tone_file(folder, cue) for cue in Cue}

    def __call__(self, cue: Cue) -> None:
        """Play a cue, unless a graver one sounds."""
        now = self._clock()
        if self._now is not None and now < self._until_s:
            if RANK[cue] > RANK[self._now]:
                log.info("cue %s at %.2f s: not heard, %s sounds", cue, now, self._now)
                return
            self._backend.silence()
        log.info("cue %s at %.2f s", cue, now)
        self._now, self._until_s = cue, now + length_s(cue)
        self._backend.play(self.files[cue], 1.0 if cue in WARNINGS else self._volume)


def length_s(cue: Cue) -> float:
    """Return how long a tone lasts, in seconds."""
    return sum(seconds for _hz, seconds, _loud in NOTES[cue])


def tone_file(folder: Path, cue: Cue) -> Path:
    """Return the WAV file of a tone in ``folder``, made now if it is not there."""
    file = folder / f"{cue}-{VERSION}.wav"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        with wave.open(str(partial), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(_bytes(samples(cue)))
        partial.replace(file)
    return file


def samples(cue: Cue) -> array.array[int]:
    """Return a tone as 16-bit samples."""
    found = array.array("h")
    for hertz, seconds, loud in NOTES[cue]:
        count = round(seconds * RATE_HZ)
        fade = min(count // 2, round(FADE_S * RATE_HZ))
        for index in range(count):
            edge = min(index, count - 1 - index)
            envelope = 0.5 - 0.5 * math.cos(math.pi * min(1.0, edge / fade))
            turn = 2 * math.pi * hertz * index / RATE_HZ
            # Two overtones: a pure sine is hard to place and is lost beside a treadmill.
            value = 0.72 * math.sin(turn) + 0.2 * math.sin(2 * turn) + 0.08 * math.sin(3 * turn)
            found.append(round(30_000 * loud * envelope * value))
    return found


def _bytes(values: array.array[int]) -> bytes:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()
