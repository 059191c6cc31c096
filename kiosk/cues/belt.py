"""Who works the treadmill's own console, and what they are told to do with it. Pure.

The kiosk drives no belt: somebody presses the treadmill's Start, and changes its speed. A walker
who has the console behind them reaches it once, while the belt stands still and a hand holds on;
never on a moving belt. Where they cannot reach it, somebody else is asked.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kiosk.cues.texts import _

StartsBelt = Literal["helper", "patron"]
Facing = Literal["away", "console"]


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is said."""
    return text


class Site(msgspec.Struct, frozen=True):
    """What is so at this site.

    ``starts_belt``: who presses Start. ``facing``: where people look while they walk; "away" has
    the console behind them. ``relay``: whether the kiosk can stop the belt. ``stop_button``: there
    is one on a rail.
    """

    starts_belt: StartsBelt = "patron"
    stop_button: bool = False
    facing: Facing = "away"
    relay: bool = True

    @property
    def turned(self) -> bool:
        """Whether people turn round before the belt moves."""
        return self.facing == "away"

    @property
    def in_reach(self) -> bool:
        """Whether the walker works the console on a moving belt: it is theirs, and before them."""
        return self.starts_belt == "patron" and not self.turned


TEXTS: Final = (
    TOO_FAST := _n("Too fast! Slow the belt down."),
    TOO_SLOW := _n("Too slow. Speed the belt up a little."),
    SLOWER := _n("Slow the belt down now."),
    FASTER := _n("Speed the belt up a little now."),
    STOP_BELT := _n("Please stop the belt now."),
    TOO_FAST_HELPED := _n("Too fast! Ask for the belt to be slowed down."),
    TOO_SLOW_HELPED := _n("Too slow. Ask for a little more speed."),
    SLOWER_HELPED := _n("Ask for the belt to be slowed down now."),
    FASTER_HELPED := _n("Ask for a little more speed now."),
    STOP_BELT_HELPED := _n("Please have the belt stopped now."),
    STOPS_ITSELF := _n("The belt soon stops by itself."),
    HELPER_STARTS := _n("A helper starts the belt."),
    YOU_START := _n("You start the belt yourself."),
    TURN_ROUND := _n("Turn round before the belt moves."),
    STAND_ON := _n("Stand on the belt before it moves."),
    PRESS_SELF := _n("Press Start on the treadmill, at its slowest speed."),
    PRESS_BEHIND := _n("With one hand, press Start behind you, at the slowest speed."),
    PRESS_HELPER := _n("Your helper presses Start on the treadmill, at its slowest speed."),
    NEVER_ON := _n("Never step on a moving belt."),
    NEVER_BACK := _n("Never step on a moving belt, or reach behind you on it."),
)
"""Every sentence, to be made ready in each language."""
_HELPED: Final = {
    TOO_FAST: TOO_FAST_HELPED,
    TOO_SLOW: TOO_SLOW_HELPED,
    SLOWER: SLOWER_HELPED,
    FASTER: FASTER_HELPED,
    STOP_BELT: STOP_BELT_HELPED,
}
"""What somebody is asked who does not reach the console."""


def asked(text: str, site: Site) -> str:
    """Return what to do about the moving belt, for who reaches the console or asks for it."""
    if text == STOP_BELT and site.starts_belt == "patron" and site.turned and site.relay:
        # They may be alone with it, and the permit goes without anybody's doing.
        return _(STOPS_ITSELF)
    return _(text if site.in_reach else _HELPED.get(text, text))


class Starting(msgspec.Struct, frozen=True):
    """How the belt gets going, as the briefing says it: who, and three things in their order."""

    who: str
    stand: str
    press: str
    never: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, in its order."""
        return (self.who, self.stand, self.press, self.never)


def starting(site: Site) -> Starting:
    """Return what the briefing says of the belt's start."""
    stand = _(TURN_ROUND if site.turned else STAND_ON)
    if site.starts_belt == "helper":
        return Starting(_(HELPER_STARTS), stand, _(PRESS_HELPER), _(NEVER_ON))
    if site.turned:
        return Starting(_(YOU_START), stand, _(PRESS_BEHIND), _(NEVER_BACK))
    return Starting(_(YOU_START), stand, _(PRESS_SELF), _(NEVER_ON))
