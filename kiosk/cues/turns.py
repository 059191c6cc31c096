"""Who is heard when: one voice at a time, the gravest first, nothing late.

Time comes from outside, in seconds, so that the same turns are taken in a live kiosk, in a replay
and in a test. Nothing in here waits, reads a disk or knows a loudspeaker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from kiosk.cues.rules import WARNINGS, Cue
from kiosk.cues.utterances import Rank, Utterance

log = logging.getLogger(__name__)

GAP_S: Final = 0.25
"""Between a tone and its words, so that an ear that hears little finds where they begin."""
URGENT_GAP_S: Final = 0.06
BETWEEN_S: Final = 0.18
"""Between two sentences."""
PATIENCE_S: Final = 1.5
URGENT_PATIENCE_S: Final = 0.5
"""For how long a sentence is waited for that is not rendered yet; then the next one is said."""


class Sound(NamedTuple):
    """A WAV file and how long it sounds."""

    file: Path
    length_s: float


class Backend(Protocol):
    """What makes a sound audible. Both return at once."""

    def play(self, file: Path, volume: float) -> None:
        """Begin to play a file, at 0 to 1 of full volume."""

    def silence(self) -> None:
        """Cut off whatever plays."""


class Speech(Protocol):
    """Sentences as sound files."""

    def sound(self, sentence: str) -> Sound | None:
        """Return a sentence that is ready, else None; return at once."""

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        """Have sentences made ready; say whether that may be hoped for."""


class Loudness(Protocol):
    """How loud a rank is heard."""

    def level(self, *, urgent: bool) -> float:
        """Return 0 to 1."""


Listener = Callable[[float, Utterance, str], None]
"""Hears of everything that begins to sound: when (s), of which utterance, what: a tone in
brackets, or a sentence."""


class Turns:
    """Takes utterances and hands their tones and sentences to the backend one after the other."""

    def __init__(
        self,
        backend: Backend,
        tones: Mapping[Cue, Sound],
        speech: Speech,
        loudness: Loudness,
        heard: Listener = lambda _now_s, _utterance, _what: None,
    ) -> None:
        """Nothing plays, nothing waits."""
        self._backend = backend
        self._tones = tones
        self._speech = speech
        self._loudness = loudness
        self._heard = heard
        self._waiting: list[tuple[float, Utterance]] = []
        self._now: Utterance | None = None
        self._since_s = float("-inf")
        self._left: list[Cue | str] = []
        self._until_s = float("-inf")
        self._patient_s = float("-inf")

    @property
    def is_silent(self) -> bool:
        """Whether nothing plays and nothing waits."""
        return self._now is None and not self._waiting

    def offer(self, utterances: Sequence[Utterance], now_s: float, *, hush: bool = False) -> None:
        """Take what is to be heard; with ``hush`` all that is not urgent and older is over."""
        if hush:
            self._drop(Rank.INSTRUCTION)
        for one in sorted(utterances, key=lambda one: one.rank):
            if one.instead:
                self._drop(one.rank)
            self._speech.want(one.sentences, soon=True)
            self._waiting.append((now_s, one))
        self.tick(now_s)

    def tick(self, now_s: float) -> None:
        """Begin what is due."""
        self._waiting = [
            (since, one) for since, one in self._waiting if self._is_fresh(one, since, now_s)
        ]
        following = self._following()
        if following is not None and self._now is not None and _cuts(following, self._now):
            log.info("%s at %.2f s: cut off by %s", self._now.key, now_s, following.key)
            if self._now.insists:
                self._waiting.append((self._since_s, self._now))
            self._stop()
        while now_s >= self._until_s:
            if self._left:
                if not self._begin(self._left[0], now_s):
                    return
                continue
            self._now = None
            following = self._following()
            if following is None:
                return
            self._take(following, now_s)

    def _is_fresh(self, one: Utterance, since_s: float, now_s: float) -> bool:
        fresh = now_s - since_s <= one.keep_s
        if not fresh:
            log.info("%s at %.2f s: not heard, it came too late", one.key, now_s)
        return fresh

    def _following(self) -> Utterance | None:
        if not self._waiting:
            return None
        return min(self._waiting, key=lambda pair: (pair[1].rank, pair[0]))[1]

    def _take(self, one: Utterance, now_s: float) -> None:
        self._since_s = next(since for since, waiting in self._waiting if waiting is one)
        self._waiting = [pair for pair in self._waiting if pair[1] is not one]
        self._now = one
        self._left = [*([] if one.tone is None else [one.tone]), *one.sentences]
        self._until_s = now_s
        self._patient_s = now_s + (URGENT_PATIENCE_S if one.rank.urgent else PATIENCE_S)

    def _begin(self, part: Cue | str, now_s: float) -> bool:
        """Begin a tone or a sentence; return False while a sentence is waited for."""
        one = self._now
        if one is None:
            raise RuntimeError("nothing has its turn")
        gap_s = BETWEEN_S
        loud = one.rank.urgent
        if isinstance(part, Cue):
            sound: Sound | None = self._tones[part]
            gap_s = URGENT_GAP_S if one.rank.urgent or part is Cue.COUNT else GAP_S
            loud = loud or part in WARNINGS
        else:
            sound = self._speech.sound(part)
            hopeful = sound is None and self._speech.want([part], soon=True)
            if hopeful and now_s < self._patient_s:
                return False
        del self._left[0]
        if sound is None:
            log.info("%s at %.2f s: %r is not there to be said", one.key, now_s, part)
            return True
        self._until_s = now_s + sound.length_s + gap_s
        patience_s = URGENT_PATIENCE_S if one.rank.urgent else PATIENCE_S
        self._patient_s = self._until_s + patience_s
        what = f"[{part}]" if isinstance(part, Cue) else part
        log.info("%s at %.2f s: %s", one.key, now_s, what)
        self._heard(now_s, one, what)
        level = self._loudness.level(urgent=loud) if one.level is None else one.level
        self._backend.play(sound.file, level)
        return True

    def _stop(self) -> None:
        self._backend.silence()
        self._now, self._left, self._until_s = None, [], float("-inf")

    def _drop(self, rank: Rank) -> None:
        """Forget what waits, and cut off what plays, of this rank and every lesser one."""
        self._waiting = [pair for pair in self._waiting if pair[1].rank < rank]
        if self._now is not None and self._now.rank >= rank:
            self._stop()


def _cuts(one: Utterance, playing: Utterance) -> bool:
    """Say whether an utterance has the other one cut off, rather than wait for its end."""
    return one.rank.urgent and one.rank < playing.rank
