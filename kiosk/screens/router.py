"""Which screen is up: the session's phase decides, and where none runs the person does. No Kivy."""

from __future__ import annotations

from typing import Final

from kiosk.session.model import Phase, Session

STAFF: Final = frozenset(
    {"staff", "export", "sticks", "clock", "pins", "newpin", "key", "faults"}
    | {"settings", "log", "version", "begin"}
    | {"machine", "hardware", "proof", "calibrate", "power", "update", "backup"},
)
"""Screens behind the staff's PIN."""
THERAPY: Final = frozenset(
    {"therapy", "import", "profiles", "profile", "progress", "report", "prepare"},
)
"""Screens behind the therapist's PIN."""
PATRON: Final = frozenset({"who", "mine"})
"""Screens of somebody with a profile, before their session."""
OVER: Final = frozenset({"pin", "setup", "forgotten"})
"""The PIN pad, what is said before the first PIN is chosen, and what helps without one."""
LOCAL: Final = (
    frozenset({"home", "about", "blocked", "choose", "detail", "more"})
    | STAFF
    | THERAPY
    | PATRON
    | OVER
)
"""Screens that need no session."""
OF_PHASE: Final[dict[Phase, str]] = {
    Phase.CHOSEN: "briefing",
    Phase.BRIEFED: "checking",
    Phase.CHECKING: "checking",
    Phase.COUNTDOWN: "countdown",
    Phase.STARTING: "starting",
    Phase.WALKING: "walking",
    Phase.PAUSED: "paused",
    Phase.FINISHING: "finishing",
    Phase.STOPPED: "stopped",
    Phase.SUMMARY: "summary",
}
PIN_IN: Final = frozenset({Phase.IDLE, Phase.BRIEFED, Phase.CHECKING, Phase.STOPPED, Phase.SUMMARY})
"""Where the PIN pad may lie over a session: nobody is on a moving belt then."""
MOVING: Final = frozenset(
    {
        Phase.COUNTDOWN,
        Phase.STARTING,
        Phase.WALKING,
        Phase.PAUSED,
        Phase.FINISHING,
        Phase.STOPPED,
    }
)
"""Read from 1.5 m by somebody on the treadmill."""
BUSY: Final = frozenset(
    {
        Phase.CHECKING,
        Phase.COUNTDOWN,
        Phase.STARTING,
        Phase.WALKING,
        Phase.PAUSED,
        Phase.FINISHING,
        Phase.STOPPED,
    }
)
"""Looked at some 30 times a second; 10 times is enough for the rest."""


def route(session: Session, local: str) -> str:
    """Return the name of the screen to show."""
    if local in OVER and session.phase in PIN_IN:
        return local
    if session.phase is Phase.IDLE:
        return local
    return OF_PHASE[session.phase]
