"""One thing to be heard: a tone, then sentences; and how grave it is."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from kiosk.cues.rules import Cue


class Rank(IntEnum):
    """How grave it is, the gravest first. What is urgent cuts everything lesser off."""

    ALARM = 0
    STOP = 1
    HANDS_OFF = 2
    """The belt stops in a second: no other warning is worth waiting for."""
    ONE_HAND = 3
    WARNING = 4
    INSTRUCTION = 5
    INFORMATION = 6

    @property
    def urgent(self) -> bool:
        """Whether it is heard at once, and at full volume whatever the patron set."""
        return self <= Rank.WARNING


KEEP_S: Final = {
    Rank.ALARM: 1.0,
    # What is said about a stop is one text in parts: each waits for the one before.
    Rank.STOP: 10.0,
    Rank.HANDS_OFF: 1.0,
    Rank.ONE_HAND: 1.0,
    Rank.WARNING: 1.0,
    Rank.INSTRUCTION: 6.0,
    Rank.INFORMATION: 6.0,
}
"""How long something may wait for its turn, in seconds: late is wrong."""


class Utterance(NamedTuple):
    """What is to be heard now. ``sentences`` are in the language in use, each whole.

    ``keep_s`` is how long it may wait for its turn: late is wrong. ``instead`` has it take the
    place of whatever of its own rank or a lesser one plays or waits.
    """

    key: str
    rank: Rank
    sentences: tuple[str, ...] = ()
    tone: Cue | None = None
    keep_s: float = KEEP_S[Rank.INFORMATION]
    instead: bool = False
    level: float | None = None
    """How loud, 0 to 1, where it is not as loud as all of its rank."""
    insists: bool = False
    """Whether it waits again, for the rest of ``keep_s``, when something graver cuts it off."""
