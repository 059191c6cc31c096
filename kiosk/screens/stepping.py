"""The next step of a progression in words: what is proposed, or why nothing is. No Kivy."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.cues.texts import _
from kiosk.screens.presenters import THEN
from kiosk.therapy.model import Opened
from profiles.progression import Proposal


class NextView(NamedTuple):
    """The page of the next step. ``change`` is empty where nothing is proposed."""

    change: str
    what: str
    text: str
    may_accept: bool
    automatic: bool
    mode: str


def next_view(opened: Opened) -> NextView:
    """Return what the page of the next step says."""
    outlook, automatic = opened.outlook, opened.state.automatic
    mode = _("By itself") if automatic else _("After my release")
    proposal = outlook.proposal
    if proposal is None:
        return NextView("", _("No step waits"), waits_words(opened), False, automatic, mode)
    if outlook.applies:
        text = _("It takes effect by itself at the next walk. You can take it now.")
    elif automatic and outlook.unrated:
        text = _("A walk was not rated, so it waits for you.")
    elif automatic:
        text = _("There was a break of two weeks, so it waits for you.")
    else:
        text = _("It waits for you. Until then the walk stays as it is.")
    return NextView(change_words(proposal), _what(proposal), text, True, automatic, mode)


def change_words(proposal: Proposal) -> str:
    """Return from what to what."""
    now, then = proposal.now, proposal.then
    match proposal.kind:
        case "minutes":
            return _("{now} {then_sign} {then} min").format(
                now=f"{now:g}", then_sign=THEN, then=f"{then:g}"
            )
        case "speed":
            return _("{now} {then_sign} {then} km/h").format(
                now=_kmh(now), then_sign=THEN, then=_kmh(then)
            )
    return f"{now:g} {THEN} {then:g}\u00a0%"


def _kmh(kmh: float) -> str:
    return f"{kmh:.1f}" if round(kmh, 1) == round(kmh, 2) else f"{kmh:.2f}"


def _what(proposal: Proposal) -> str:
    words = {
        "minutes": _("The walk gets longer"),
        "speed": _("The walk gets faster"),
        "incline": _("The walk gets steeper"),
    }
    return words[proposal.kind]


def waits_words(opened: Opened) -> str:
    """Return why no step is proposed."""
    wanted, done = opened.prescription.progression, opened.outlook.completed
    match opened.outlook.waits:
        case "expired":
            return _("The profile has expired. A newer version is needed.")
        case "held":
            return _("The profile is held. Release it first.")
        case "sessions" if wanted is not None:
            return _("It comes after {of} full walks; {n} count so far.").format(
                of=wanted.every_sessions, n=done
            )
        case "fortnight" if wanted is not None:
            return _("After a break of two weeks the count began anew: {n} of {of} walks.").format(
                n=done, of=wanted.every_sessions
            )
        case "speed_week":
            return _("The speed rises by a tenth in seven days at most. It comes a bit later.")
        case "finished":
            return _("All limits are reached. A newer version can raise them.")
    return _("The profile has no next steps. A newer version can add them.")


def next_fact(opened: Opened) -> tuple[str, ...]:
    """Return the next step for a tile."""
    proposal, wanted = opened.outlook.proposal, opened.prescription.progression
    if proposal is not None:
        return (change_words(proposal), _("waits"))
    if opened.outlook.waits == "sessions" and wanted is not None:
        left = wanted.every_sessions - opened.outlook.completed
        return (_("in 1 walk") if left == 1 else _("in {n} walks").format(n=left),)
    return (_("none now"),)


def mode_texts() -> tuple[tuple[str, str, str], ...]:
    """Return both ways a step can come: key, name, what it means."""
    return (
        (
            "manual",
            _("After my release"),
            _("Each step waits until you accept it here."),
        ),
        (
            "automatic",
            _("By itself"),
            _("A step takes effect when it is due. The stop rules hold."),
        ),
    )
