"""A stop in words: what happened, what to do, who clears it. One table for screen and voice. Pure.

What a screen shows and what the voice says of a stop stand in one entry, so that neither can say
something else than the other. A screen has room for few words, the voice says whole sentences.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from hardware.link import STAFF_CLEARS, Reason


class Do(NamedTuple):
    """What to do once the belt stands still, as it is shown, and as it is said after "Step off"."""

    shown: str
    said: tuple[str, ...] = ()


class Stop(NamedTuple):
    """One way to be stopped: the screen's few words, the voice's sentence, what to do about it."""

    shown: str
    said: str
    do: Do


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown or said."""
    return text


STEP_OFF: Final = _n("Step off carefully.")
AGAIN: Final = _n("You can start again when you are ready.")
OFF: Final = Do(STEP_OFF)
PIN: Final = Do(_n("Step off. Call the staff."), (_n("Call the staff. Only they can clear it."),))
"""Only staff clear it, with their PIN."""
CALL: Final = Do(PIN.shown, (_n("Call the staff."),))
"""It clears without a PIN, and would happen again: somebody has to look at it first."""
KEY: Final = Do(
    _n("Step off. Put the key back."), (_n("Put the safety key back before you start again."),)
)
RAILS: Final = Do(
    _n("Step off. Hold on next time."), (_n("Keep holding the rails next time."), AGAIN)
)
SLOWER: Final = Do(_n("Step off. Go slower next time."), (_n("Go slower next time."), AGAIN))
RETRY: Final = Do(_n("Step off. You can start again."), (AGAIN,))

STOPS: Final[dict[str | None, Stop]] = {
    Reason.ESTOP: Stop(_n("Emergency stop"), _n("The emergency stop was pressed."), PIN),
    Reason.SAFETY_KEY: Stop(_n("Safety key pulled"), _n("The safety key was pulled."), KEY),
    Reason.RUNAWAY: Stop(_n("Belt far too fast"), _n("The belt ran far too fast."), PIN),
    Reason.RAILS_RELEASED: Stop(_n("You let go"), _n("The rails were let go."), RAILS),
    Reason.SENSOR_LOST: Stop(_n("Speed not known"), _n("The belt sensor fell silent."), PIN),
    Reason.SENSOR_FAULT: Stop(_n("Sensor fault"), _n("The belt sensor reported a fault."), PIN),
    Reason.OVERSPEED: Stop(_n("Belt too fast"), _n("The belt ran too fast."), SLOWER),
    Reason.WRONG_DIRECTION: Stop(_n("Wrong direction"), _n("The belt ran the wrong way."), CALL),
    Reason.PERMIT_INEFFECTIVE: Stop(_n("Belt ran on"), _n("The belt ran on after a stop."), PIN),
    Reason.UNEXPECTED_MOTION: Stop(
        _n("Belt moved by itself"), _n("The belt moved although nobody may walk."), PIN
    ),
    Reason.KIOSK_LOST: Stop(
        _n("The screen froze"), _n("The screen stood still for a second."), RETRY
    ),
    Reason.GUARD_LOST: Stop(
        _n("Control was lost"), _n("The safety guard could not be reached."), CALL
    ),
    Reason.PATRON: Stop(_n("You pressed stop"), _n("Stop was pressed."), OFF),
    None: Stop(_n("Pause over 5 minutes"), _n("The pause was over 5 minutes."), OFF),
}
UNKNOWN: Final = Stop(_n("The belt was stopped"), _n("The belt was stopped."), CALL)


def stop_of(reason: str | None, latched: Collection[str] = ()) -> Stop:
    """Return the entry for a stop; ``None`` is a walk that ended without a reason.

    Whatever else latched that only staff clear has staff called, whatever stopped it first.
    """
    entry = STOPS.get(reason, UNKNOWN)
    return entry._replace(do=PIN) if any(one in STAFF_CLEARS for one in latched) else entry


def every_sentence() -> tuple[str, ...]:
    """Return all that the voice may say of stops, English, each once."""
    said = (text for one in (*STOPS.values(), UNKNOWN) for text in (one.said, *one.do.said))
    return tuple(dict.fromkeys((STEP_OFF, *said)))
