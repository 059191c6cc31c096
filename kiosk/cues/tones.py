"""The tones: synthesized once into a folder as small WAV files.

Told apart by rhythm and pitch, also by ears that hear little above 3 kHz. Every note fades in and
out, as a click sounds like a fault of the machine.
"""

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path
from typing import Final

from kiosk.cues.rules import Cue
from kiosk.cues.turns import Sound

RATE_HZ: Final = 22_050
FADE_S: Final = 0.012
VERSION: Final = 2
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
    # Short, as words follow, and a second after them the belt may stop.
    Cue.RAILS: ((1175, 0.09, 1.0), (0, 0.05, 0), (1175, 0.09, 1.0)),
    Cue.STAFF: ((1047, 0.28, 1.0), (0, 0.06, 0), (698, 0.3, 1.0)),
    Cue.ALARM: ((1480, 0.16, 1.0), (1109, 0.16, 1.0)) * 3,
}


def length_s(cue: Cue) -> float:
    """Return how long a tone lasts, in seconds."""
    return sum(seconds for _hz, seconds, _loud in NOTES[cue])


def tone_sounds(folder: Path) -> dict[Cue, Sound]:
    """Return every tone; makes what ``folder`` does not hold. Raises OSError."""
    return {cue: Sound(tone_file(folder, cue), length_s(cue)) for cue in Cue}


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
