"""The ready check in words: what is to be done about the first check that fails.

The screen shows these sentences and the voice says them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hardware.link import STAFF_CLEARS, Check, RailsMode
from kiosk.cues.texts import _
from kiosk.session.model import Phase, Snapshot
from profiles.about import Line


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_DO: Final[dict[str, str]] = {
    "guard": _n("The safety guard does not answer. Call the staff."),
    "log": _n("The log cannot be written. Call the staff."),
    "proof": _n("The daily test of the stops is due. Please call the staff."),
    "settings": _n("The settings must be seen to first. Call the staff."),
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
ORDER: Final = (
    "guard",
    Check.ESTOP,
    Check.LATCH,
    Check.KEY,
    Check.STOP_BUTTON,
    Check.SENSOR,
    Check.RELAY,
    "log",
    "proof",
    "settings",
    Check.BELT,
    Check.KIOSK,
    "incline",
    Check.RAILS_OPENED,
    Check.RAILS,
)
"""What is seen to first: what only staff can mend, then the treadmill, the hands last."""


def first_failing(snapshot: Snapshot) -> str | None:
    """Return the check to see to now; None where all of them hold."""
    failing = {str(name) for name in snapshot.failing}
    if snapshot.status is None:
        failing.add("guard")
    if Check.LATCH in failing and not needs_staff(snapshot):
        # It clears by itself once its cause is gone, a key put back: that is what there is to do,
        # and no PIN. It takes a moment then, as a screen does that has to show that it lives.
        failing = failing - {Check.LATCH} | {Check.KIOSK}
    return next((str(name) for name in ORDER if str(name) in failing), None)


def needs_staff(snapshot: Snapshot) -> bool:
    """Say whether something latched that only staff clear, with their PIN."""
    status = snapshot.status
    return status is not None and any(reason in STAFF_CLEARS for reason in status.latched)


def is_waiting(snapshot: Snapshot) -> bool:
    """Say whether Start was tapped, and is kept until every check holds."""
    walk = snapshot.session.walk
    return (
        walk is not None
        and walk.go_until_ns is not None
        and snapshot.session.phase in {Phase.BRIEFED, Phase.CHECKING}
    )


def what_to_do(name: str) -> str:
    """Return the sentence that says how to mend a failing check."""
    return _(_DO.get(name, _DO["guard"]))


def to_do(snapshot: Snapshot, *, turn: bool) -> str:
    """Return what a person is to do now, in the ready check.

    ``turn``: people turn round between the screen and the walk, as the console is behind them.
    """
    first, walk = first_failing(snapshot), snapshot.session.walk
    if first is None:
        if turn and walk is not None and walk.plan.rails == "none":
            return _("All is ready. Tap Start, then turn round.")
        return _("All is ready. Tap\u00a0Start.")
    if first == "incline" and walk is not None:
        return _(
            "Set the treadmill's incline to {pct:g}\u00a0%. "
            "Then tap “It\u00a0shows\u00a0{pct:g}\u00a0%”."
        ).format(pct=walk.step.incline_pct)
    if first == Check.RAILS:
        return _rails(walk.plan.rails if walk else "both", is_waiting(snapshot), turn)
    return what_to_do(first)


def _rails(rails: RailsMode, waiting: bool, turn: bool) -> str:
    if turn and rails == "one":
        turned = _("Turn round and hold a rail with one hand. Then the countdown begins.")
        return turned if waiting else _("Tap Start, turn round, then hold a rail with one hand.")
    if turn:
        turned = _("Turn round and hold both rails. Then the countdown begins.")
        return turned if waiting else _("Tap Start, turn round, then hold both rails.")
    if rails == "one":
        starts = _("Hold a rail with one hand. Then the countdown begins.")
        return starts if waiting else _("Tap Start, then hold a rail with one hand.")
    if waiting:
        return _("Hold both rails. Then the countdown begins.")
    return _("Tap Start, then hold both rails.")


_ONE_RAIL: Final = _n("Keep one hand on a rail.")
_NO_RAIL: Final = _n("You need not hold the rails.")


def rule_words(rule: Line, rails: RailsMode) -> str:
    """Return a rule of the briefing; that of the rails says what a plan asks of the hands."""
    if rule.id == "rails" and rails != "both":
        return _(_ONE_RAIL if rails == "one" else _NO_RAIL)
    return _(rule.text)


def rule_texts(rules: Iterable[Line]) -> tuple[str, ...]:
    """Return every text that :func:`rule_words` may return, English."""
    return (*(rule.text for rule in rules), _ONE_RAIL, _NO_RAIL)
