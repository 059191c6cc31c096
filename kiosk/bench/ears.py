"""What SDL gives to the loudspeaker, as it is given: its ``disk`` driver writes into a pipe."""

from __future__ import annotations

import array
import os
import sys
import threading
import time
from pathlib import Path
from typing import Final, NamedTuple

RATE_HZ: Final = 44_100
CHANNELS: Final = 2
FRAMES: Final = 1024
"""What Kivy's SDL sound asks for at a time."""
DEVICE_S: Final = 2 * FRAMES / RATE_HZ
"""What a sound card has before it when SDL hands over a block: two blocks."""
LOUD: Final = 300
"""A hundredth of full scale: everything below is silence."""
_BLOCK_BYTES: Final = FRAMES * CHANNELS * 2


class Onset(NamedTuple):
    """Where a block of sound is loud: when its first loud sample is due, and its last."""

    first_s: float
    last_s: float


class Ears:
    """Listens at a named pipe, in a thread of its own. Times are those of ``time.monotonic``."""

    def __init__(self, folder: Path) -> None:
        """Make the pipe; nothing is heard before a program writes to it."""
        self.pipe = folder / "loudspeaker"
        os.mkfifo(self.pipe)
        self._loud: list[Onset] = []
        self._lock = threading.Lock()
        self.heard_s = float("-inf")
        """When the last block came."""
        self._thread = threading.Thread(target=self._listen, name="ears", daemon=True)
        self._thread.start()

    def environment(self) -> dict[str, str]:
        """Return what has a program's SDL write its sound here."""
        return {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(self.pipe)}

    def first_loud_after(self, at_s: float) -> float | None:
        """Return when the first sound after a moment begins; None where there is none yet."""
        with self._lock:
            return next((one.first_s for one in self._loud if one.first_s >= at_s), None)

    def is_silent(self, from_s: float, to_s: float) -> bool:
        """Say whether nothing sounded between two moments."""
        with self._lock:
            return not any(one.last_s >= from_s and one.first_s <= to_s for one in self._loud)

    def _listen(self) -> None:
        with self.pipe.open("rb", buffering=0) as pipe:
            waiting = b""
            while data := pipe.read(_BLOCK_BYTES - len(waiting)):
                now_s = time.monotonic()
                waiting += data
                if len(waiting) < _BLOCK_BYTES:
                    continue
                self._take(waiting, now_s)
                waiting = b""

    def _take(self, block: bytes, now_s: float) -> None:
        onset = onset_of(block, now_s)
        with self._lock:
            self.heard_s = now_s
            if onset is not None:
                self._loud.append(onset)


def onset_of(block: bytes, now_s: float) -> Onset | None:
    """Return where a block that came at ``now_s`` is loud, if it is."""
    samples = array.array("h", block)
    if sys.byteorder == "big":
        samples.byteswap()
    loud = [index for index, value in enumerate(samples) if abs(value) > LOUD]
    if not loud:
        return None
    per_s = RATE_HZ * CHANNELS
    return Onset(now_s + loud[0] / per_s, now_s + loud[-1] / per_s)
