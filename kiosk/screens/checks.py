"""The ready check in words: every check with a symbol, a word and what to do. No Kivy."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from hardware.link import Check, RailsMode
from kiosk.cues.checks import first_failing, is_waiting, needs_staff, to_do
from kiosk.cues.texts import _
from kiosk.session.model import Snapshot
from kiosk.session.plan import NS


class CheckLine(NamedTuple):
    """One check as shown: ``icon`` is its picture, ``ok`` whether it holds.

    ``due``: nothing is wrong, it is only to be done yet.
    """

    name: str
    icon: str
    word: str
    ok: bool
    due: bool = False


class Picture(NamedTuple):
    """A picture of what to do; ``look``: it is well, it is missing, to be done now, or leads on.

    ``lit``: whether the left and the right rail of somebody between them are pointed out.
    """

    name: str
    look: Literal["good", "bad", "now", "then"]
    lit: tuple[bool, bool] = (False, False)


class CheckView(NamedTuple):
    """All that the checking screen shows.

    ``first`` is the check to see to now (None: all green), ``do`` and ``pictures`` what to do.
    ``confirm_pct`` asks the patron what the console shows. ``waiting``: Go was tapped and is kept.
    """

    lines: tuple[CheckLine, ...]
    first: str | None
    do: str
    pictures: tuple[Picture, ...]
    confirm_pct: float | None
    waiting: bool
    resuming: bool


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_WORD: Final[dict[str, tuple[str, str]]] = {
    "guard": ("shield", _n("Guard")),
    Check.ESTOP: ("estop", _n("E-stop")),
    Check.KEY: ("key", _n("Safety key")),
    Check.STOP_BUTTON: ("railstop", _n("Stop button")),
    Check.SENSOR: ("pulse", _n("Sensor")),
    Check.BELT: ("belt", _n("Belt at rest")),
    Check.RELAY: ("shield", _n("Stop relay")),
    Check.LATCH: ("lock", _n("Staff PIN")),
    Check.KIOSK: ("shield", _n("Screen")),
    "log": ("page", _n("Log")),
    "proof": ("shield", _n("Daily test")),
    "settings": ("gear", _n("Settings")),
    "incline": ("slope", _n("Incline")),
    Check.RAILS: ("hold", _n("Rails")),
}
PICTURES: Final[dict[str, str]] = {
    "guard": "alert",
    "log": "page",
    "proof": "alert",
    "incline": "slope",
    "estop": "estop",
    "key": "key",
    "stop_button": "railstop",
    "sensor": "pulse",
    "belt": "belt",
    "relay": "alert",
    "latch": "lock",
    "kiosk": "info",
    "settings": "gear",
    "rails": "both",
    "rails_opened": "both",
}
"""What there is to do about each check, as a picture; the rails are shown live."""
ARMS: Final = {
    (True, True): "arms-both",
    (True, False): "arms-left",
    (False, True): "arms-right",
    (False, False): "arms-down",
}
"""Somebody between the rails, by which of them are held."""
ALWAYS: Final = (Check.ESTOP, Check.KEY, Check.SENSOR, Check.BELT, "log", Check.RAILS)
"""Shown green too; the others only when they fail."""
TO_DO: Final = frozenset({"incline", "rails"})
"""What nobody can have done before they are asked: no fault until Start was tapped."""
ROWS: Final = 8


def check_view(snapshot: Snapshot, *, turn: bool) -> CheckView:
    """Return what the checking screen shows; ``turn``: people turn round before they walk."""
    walk, status = snapshot.session.walk, snapshot.status
    failing = {str(name) for name in snapshot.failing}
    if status is None:
        failing.add("guard")
    rails_mode: RailsMode = walk.plan.rails if walk else "both"
    first = first_failing(snapshot)
    if not needs_staff(snapshot):
        failing.discard(Check.LATCH)  # it is not the PIN that is missing
    confirm = walk.step.incline_pct if walk and "incline" in failing else None
    hands = None
    if status is not None:
        hands = (status.pins.rail_left, status.pins.rail_right)
    return CheckView(
        lines=_lines(failing, rails_mode, waiting=is_waiting(snapshot)),
        first=first,
        do=to_do(snapshot, turn=turn),
        pictures=_pictures(first, rails_mode, hands, waiting=is_waiting(snapshot)),
        confirm_pct=confirm if first == "incline" else None,
        waiting=is_waiting(snapshot),
        resuming=walk is not None and walk.permitted,
    )


def _pictures(
    first: str | None, mode: RailsMode, hands: tuple[bool, bool] | None, *, waiting: bool
) -> tuple[Picture, ...]:
    wanted = Picture("arms-both" if mode == "both" else "arms-right", "now")
    leads = Picture("next", "then")
    if first == Check.RAILS_OPENED:
        return Picture("arms-down", "now"), leads, wanted
    if first == Check.RAILS and not waiting:
        # A hand that is called too early is taken away again to tap.
        return Picture("start", "now"), leads, wanted
    if first == Check.RAILS and (mode == "one" or hands is None):
        return (wanted._replace(lit=(mode == "both", True)),)
    if first == Check.RAILS and hands is not None:
        return (Picture(ARMS[hands], "now", (not hands[0], not hands[1])),)
    if first is None and mode != "none" and hands is not None:
        return (Picture(ARMS[hands], "good"),)
    if first is None:
        return (Picture("check", "good"),)
    return (Picture(PICTURES[first], "now" if first in TO_DO and not waiting else "bad"),)


def word(name: str) -> str:
    """Return the word for a check."""
    return _(_WORD.get(name, _WORD["guard"])[1])


def _lines(failing: set[str], rails: RailsMode, *, waiting: bool) -> tuple[CheckLine, ...]:
    due = set() if waiting else TO_DO - ({"rails"} if "rails_opened" in failing else set())
    rails_fail = bool(failing & {"rails", "rails_opened"})
    shown: list[CheckLine] = []
    for name, (icon, text) in _WORD.items():
        bad = rails_fail if name == Check.RAILS else str(name) in failing
        wanted = name in ALWAYS and not (name == Check.RAILS and rails == "none")
        if bad or wanted:
            shown.append(CheckLine(str(name), icon, _(text), not bad, bad and str(name) in due))
    while len(shown) > ROWS:
        green = next((line for line in reversed(shown) if line.ok), shown[-1])
        shown.remove(green)
    return tuple(shown)


def countdown_left(snapshot: Snapshot, length_ns: int = 3 * NS) -> int:
    """Return the number to show in the countdown: 3, 2, 1."""
    past = snapshot.now_ns - snapshot.session.since_ns
    return max(1, min(3, -(-(length_ns - past) // NS)))
