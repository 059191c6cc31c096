"""What a therapist is asked before something is done to a profile, and told after it. No Kivy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from kiosk.cues.texts import _
from kiosk.screens.dates import short_day
from kiosk.screens.presenters import THEN
from kiosk.screens.therapist import Item, standing_lines
from kiosk.therapy.model import Opened
from profiles.progression import judged

Asked = Literal["expire", "delete", "release"]


def sure_title(asked: Asked) -> str:
    """Return what is about to be done."""
    titles = {
        "expire": _("End it today?"),
        "delete": _("Delete it?"),
        "release": _("Release it?"),
    }
    return titles[asked]


def who_words(opened: Opened) -> str:
    """Return who it is."""
    return f"{opened.prescription.code}  {opened.prescription.display_name}"


def sure_items(asked: Asked, opened: Opened) -> tuple[Item, ...]:
    """Return what is lost and what stays, or what is to be judged first."""
    if asked == "expire":
        return (
            Item("text", _("From today nobody can walk with it.")),
            Item("text", _("A newer version can be walked again.")),
            Item("text", _("The sessions and the progress stay.")),
        )
    if asked == "delete":
        code = opened.prescription.code
        return (
            Item("text", _("Name, note, PIN and plan are deleted here for good.")),
            Item("text", _("The sessions stay, under the code {code}.").format(code=code)),
        )
    return tuple(_reported(opened))


def _reported(opened: Opened) -> Iterator[Item]:
    """What the sessions since the last release say: first those that broke a stop rule, then the
    others, each newest first, and three in all."""
    state = opened.state
    why = state.held.why if state.held is not None else opened.outlook.held
    since = state.held.since if state.held is not None else None
    day = opened.prescription.expires_on
    for line in standing_lines("held", why, since, day):
        yield Item("bad", line)
    told = [one for one in reversed(opened.progress.sessions) if one.seq > state.released_seq]
    told.sort(key=lambda one: judged(opened.prescription, one._asdict()) is None)
    if told:
        yield Item("head", _("What was reported"))
    for one in told[:3]:
        before, after = _number(one.pain_before), _number(one.pain_after)
        when = short_day(one.day) if one.day is not None else _("day not known")
        yield Item("strong", when)
        yield Item("pair", _("Pain, before and after"), f"{before} {THEN} {after}")
        yield Item("pair", _("Effort"), _number(one.rpe))
    yield Item("text", _("Released, these sessions hold it no more."))


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def sure_words(asked: Asked) -> tuple[str, str]:
    """Return what the button says, and its picture."""
    words = {
        "expire": (_("End it"), "clock"),
        "delete": (_("Delete"), "bin"),
        "release": (_("Release"), "play"),
    }
    return words[asked]


def done_words(asked: Asked, code: str) -> tuple[str, str]:
    """Return what was done, and what it means."""
    if asked == "delete":
        return _("Deleted"), _("The sessions stay, under the code {code}.").format(code=code)
    if asked == "expire":
        return _("Ended"), _("Only a newer version of {code} is walked again.").format(code=code)
    return _("Released"), _("{code} may be walked again.").format(code=code)
