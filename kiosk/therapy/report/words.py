"""The words of a report. Marked for the catalogues here, translated where they are shown."""

from __future__ import annotations

from typing import Final

from kiosk.cues.texts import _
from kiosk.export import words
from profiles.profile import RailsMode
from profiles.state import HoldReason


def _n(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


_HELD: Final[dict[HoldReason, str]] = {
    "pain": _n("Pain reached the limit."),
    "pain_rise": _n("Pain rose in a session."),
    "exertion": _n("Exertion reached the limit."),
    "therapist": _n("Held by the therapist."),
}
_RULES: Final[dict[HoldReason, str]] = {
    "pain": _n("{ending}; pain limit"),
    "pain_rise": _n("{ending}; pain rose"),
    "exertion": _n("{ending}; exertion limit"),
    "therapist": _n("{ending}; held"),
}
_RAILS: Final[dict[RailsMode, str]] = {
    "both": _n("Both hands on the rails"),
    "one": _n("At least one hand on a rail"),
    "none": _n("Hands are not watched"),
}

TITLE: Final = _n("Backward walking: progress report")
IDENTIFIED: Final = _n("Identified: keep it as you keep patient records.")
DEIDENTIFIED: Final = _n(
    "De-identified: the code was drawn for this report alone; days count from the first session."
)
NOT_A_DIAGNOSIS: Final = _n(
    "A training log with figures as the treadmill measured them and the person gave them. It is "
    "not a diagnosis or a medical assessment, and does not replace one."
)
SCALES: Final = _n(
    "Pain: numeric scale, 0 to 10. Effort: Borg, 6 to 20. On target: the share of the walked time "
    "within the speeds that were asked for."
)
NO_SESSION: Final = _n("No session was walked with this profile yet.")
SIGN: Final = (_n("Therapist"), _n("Date"), _n("Signature"))


def held(why: HoldReason | None) -> str:
    """Return why a profile is held, as a sentence."""
    return _(_HELD[why]) if why is not None else ""


def rails(mode: RailsMode) -> str:
    """Return what the rails are watched for."""
    return _(_RAILS[mode])


def ending(outcome: str, reason: str | None, rule: HoldReason | None) -> str:
    """Return how a session ended, for a narrow cell: why, and which stop rule it broke."""
    if outcome == "stopped":
        said = words.reason(reason)
    elif outcome == "safety_stop" and reason is not None:
        said = _("Safety: {reason}").format(reason=words.reason(reason))
    else:
        said = words.outcome(outcome)
    return _(_RULES[rule]).format(ending=said) if rule is not None else said


def stop(name: str) -> str:
    """Return one of ``Progress.stops`` in words: a reason, or an outcome without one."""
    if name == "stopped":
        return words.reason(None)
    return words.outcome(name) if name in {"safety_stop", "interrupted"} else words.reason(name)
