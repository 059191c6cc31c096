"""The ready check in words: every check with a symbol, a word and what to do. No Kivy."""

from __future__ import annotations

from typing import Final, NamedTuple

from hardware.link import STAFF_CLEARS, Check, RailsMode
from kiosk.cues.texts import _
from kiosk.session.model import Phase, Snapshot
from kiosk.session.plan import NS
from profiles.about import Line


class CheckLine(NamedTuple):
    """One check as shown: ``icon`` is its picture, ``ok`` whether it holds."""

    name: str
    icon: str
    word: str
    ok: bool


class CheckView(NamedTuple):
    """All that the checking screen shows.

    ``first`` is the check to see to now (None: all green), ``do`` what to do about it.
    ``confirm_pct`` asks the patron what the console shows. ``waiting``: Go was tapped and is kept.
    """

    lines: tuple[CheckLine, ...]
    first: str | None
    do: str
    hands: tuple[bool, bool] | None
    confirm_pct: float | None
    waiting: bool
    resuming: bool


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_WORD: Final[dict[str, tuple[str, str]]] = {
    "guard": ("shield", _n("Guard")),
    Check.ESTOP: ("octagon", _n("E-stop")),
    Check.KEY: ("key", _n("Safety key")),
    Check.STOP_BUTTON: ("octagon", _n("Stop button")),
    Check.SENSOR: ("pulse", _n("Sensor")),
    Check.BELT: ("belt", _n("Belt at rest")),
    Check.RELAY: ("shield", _n("Stop relay")),
    Check.LATCH: ("lock", _n("Staff PIN")),
    Check.KIOSK: ("shield", _n("Screen")),
    "log": ("page", _n("Log")),
    "incline": ("slope", _n("Incline")),
    Check.RAILS: ("hands", _n("Rails")),
}
_DO: Final[dict[str, str]] = {
    "guard": _n("The safety guard does not answer. Call the staff."),
    "log": _n("The log cannot be written. Call the staff."),
    Check.ESTOP: _n("Turn the emergency stop until it springs out."),
    Check.KEY: _n("Put the safety key in and clip the lanyard on."),
    Check.STOP_BUTTON: _n("Let go of the stop button."),
    Check.SENSOR: _n("The belt sensor is silent. Call the staff."),
    Check.BELT: _n("Wait until the belt stands still."),
    Check.RELAY: _n("The stop relay does not answer. Call the staff."),
    Check.LATCH: _n("The staff must clear the last stop with their PIN."),
    Check.KIOSK: _n("One moment, please."),
    Check.RAILS_OPENED: _n("Let go of both rails once, then hold them."),
}
ALWAYS: Final = (Check.ESTOP, Check.KEY, Check.SENSOR, Check.BELT, "log", Check.RAILS)
"""Shown green too; the others only when they fail."""
ORDER: Final = (
    "guard",
    Check.ESTOP,
    Check.LATCH,
    Check.KEY,
    Check.STOP_BUTTON,
    Check.SENSOR,
    Check.RELAY,
    Check.KIOSK,
    "log",
    Check.BELT,
    "incline",
    Check.RAILS_OPENED,
    Check.RAILS,
)
"""What is seen to first: what only staff can mend, then the treadmill, the hands last."""
ROWS: Final = 8


def check_view(snapshot: Snapshot) -> CheckView:
    """Return what the checking screen shows for a snapshot."""
    walk, status = snapshot.session.walk, snapshot.status
    failing = {str(name) for name in snapshot.failing}
    if status is None:
        failing.add("guard")
    rails_mode: RailsMode = walk.plan.rails if walk else "both"
    first = next((str(name) for name in ORDER if str(name) in failing), None)
    confirm = walk.step.incline_pct if walk and "incline" in failing else None
    waiting = (
        walk is not None
        and walk.go_until_ns is not None
        and snapshot.session.phase in {Phase.BRIEFED, Phase.CHECKING}
    )
    hands = None
    if status is not None and rails_mode == "both" and first in {None, "rails"}:
        hands = (status.pins.rail_left, status.pins.rail_right)
    return CheckView(
        lines=_lines(failing, rails_mode),
        first=first,
        do=_do(first, rails_mode, waiting, confirm, snapshot),
        hands=hands,
        confirm_pct=confirm if first == "incline" else None,
        waiting=waiting,
        resuming=walk is not None and walk.permitted,
    )


def word(name: str) -> str:
    """Return the word for a check."""
    return _(_WORD.get(name, _WORD["guard"])[1])


def what_to_do(name: str) -> str:
    """Return the sentence that says how to mend a failing check."""
    return _(_DO.get(name, _DO["guard"]))


def _lines(failing: set[str], rails: RailsMode) -> tuple[CheckLine, ...]:
    rails_fail = bool(failing & {"rails", "rails_opened"})
    shown: list[CheckLine] = []
    for name, (icon, text) in _WORD.items():
        bad = rails_fail if name == Check.RAILS else str(name) in failing
        wanted = name in ALWAYS and not (name == Check.RAILS and rails == "none")
        if bad or wanted:
            shown.append(CheckLine(str(name), icon, _(text), not bad))
    while len(shown) > ROWS:
        green = next((line for line in reversed(shown) if line.ok), shown[-1])
        shown.remove(green)
    return tuple(shown)


def _do(
    first: str | None, rails: RailsMode, waiting: bool, confirm: float | None, snapshot: Snapshot
) -> str:
    if first is None:
        return _("All is ready. Tap Start.")
    if first == "incline" and confirm is not None:
        return _(
            "Set the treadmill's incline to {pct:g}\u00a0%. "
            "Then tap “It\u00a0shows\u00a0{pct:g}\u00a0%”."
        ).format(pct=confirm)
    if first == Check.RAILS:
        if rails == "one":
            starts = _("Hold a rail with one hand. It starts by itself.")
            return starts if waiting else _("Tap Start, then hold a rail with one hand.")
        if waiting:
            return _("Hold both rails. It starts by itself.")
        return _("Tap Start, then hold both rails.")
    if first == Check.LATCH and snapshot.status is not None:
        staff = any(reason in STAFF_CLEARS for reason in snapshot.status.latched)
        if not staff:
            return _("One moment, please.")
    return what_to_do(first)


def rule_words(rule: Line, rails: RailsMode) -> str:
    """Return a rule of the briefing; that of the rails says what a plan asks of the hands."""
    if rule.id == "rails" and rails == "one":
        return _("Keep one hand on a rail.")
    if rule.id == "rails" and rails == "none":
        return _("You need not hold the rails.")
    return _(rule.text)


def countdown_left(snapshot: Snapshot, length_ns: int = 3 * NS) -> int:
    """Return the number to show in the countdown: 3, 2, 1."""
    past = snapshot.now_ns - snapshot.session.since_ns
    return max(1, min(3, -(-(length_ns - past) // NS)))
