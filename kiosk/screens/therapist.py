"""What a therapist reads on their first screen and in the list of profiles. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from kiosk.cues.texts import _, grouped, say
from kiosk.screens.dates import day_and_month, short_day
from kiosk.screens.presenters import THEN
from kiosk.screens.staffing import HomeView, Line, TileView, faults_words
from kiosk.therapy.model import ImportState, Row, Standing, TherapyState
from profiles.saying import Said
from profiles.state import HoldReason


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


ICONS: Final[dict[Standing, str]] = {
    "ready": "check",
    "held": "pause",
    "expired": "clock",
    "ended": "cross",
}
"""The shape of each standing; its word stands beside it."""
_STANDING: Final[dict[Standing, str]] = {
    "ready": _n("Ready"),
    "held": _n("Held"),
    "expired": _n("Expired"),
    "ended": _n("Ended"),
}
_HELD: Final[dict[HoldReason, str]] = {
    "pain": _n("pain"),
    "pain_rise": _n("pain rose"),
    "exertion": _n("too hard"),
    "therapist": _n("by you"),
}
_HELD_WHY: Final[dict[HoldReason, str]] = {
    "pain": _n("The pain reached the limit of the stop rules."),
    "pain_rise": _n("The pain rose by more than the stop rules allow."),
    "exertion": _n("The walk was harder than the stop rules allow."),
    "therapist": _n("A therapist holds it."),
}


class RowView(NamedTuple):
    """One row of a list; of ``names`` and ``facts`` the first that fits its line is shown.

    ``look``: ``good``, ``bad`` or plain, of its shape and its fact. ``tick``: whether it is taken,
    None where it cannot be.
    """

    key: str
    names: tuple[str, ...]
    facts: tuple[str, ...]
    icon: str
    look: str = ""
    tick: bool | None = None


class Item(NamedTuple):
    """A line of a sheet: a heading, a name with its value, or a sentence.

    Of a ``pair`` that changes, ``old`` is what was there before. ``value`` of a ``fault`` is its
    place in the file.
    """

    kind: Literal["head", "pair", "text", "strong", "bad", "dim", "fault"]
    text: str
    value: str = ""
    old: str | None = None

    @property
    def values(self) -> str:
        """The value, after the old one where there is one."""
        if self.old is None:
            return self.value
        return f"{_short(self.old, self.value)} {THEN} {self.value}"


def _short(old: str, new: str) -> str:
    """Return the old value without the unit that the new one has too."""
    space = "\u00a0" if "\u00a0" in old else " "
    number, _space, unit = old.rpartition(space)
    same = number.replace(".", "").isdigit() and new.endswith(f"{space}{unit}")
    return number if same else old


def home_view(state: TherapyState) -> HomeView:
    """Return all that stands on the therapist's first screen."""
    count = len(state.faults)
    health = (_("All is well"), _("Well")) if not count else (faults_words(count), str(count))
    tiles = [
        TileView("profiles", _("Profiles"), profiles_facts(state.rows), "person"),
        TileView("import", _("Import"), _import_facts(state.importing), "import"),
        TileView("prepare", _("Prepare a stick"), (_("to write profiles"), ""), "stick"),
    ]
    if count:
        fault = TileView("faults", faults_words(count), (_("see them"), ""), "warning", warn=True)
        tiles.append(fault)
    return HomeView(health, not count, tuple(tiles))


def profiles_facts(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return how many profiles there are, how many are held and how many steps wait."""
    if not rows:
        return (_("none yet"),)
    held = sum(row.standing == "held" for row in rows)
    steps = sum(row.proposes is True for row in rows)
    numbers = {"n": grouped(len(rows)), "held": grouped(held), "steps": grouped(steps)}
    found = [profiles_words(len(rows)), numbers["n"]]
    waits = _("1 step waits") if steps == 1 else _("{steps} steps wait").format(**numbers)
    if held and steps:
        found.insert(0, _("{held} held, {waits}").format(held=numbers["held"], waits=waits))
    elif held:
        found.insert(0, _("{n}: {held} held").format(**numbers))
    elif steps:
        found.insert(0, waits)
    return tuple(found)


def profiles_words(count: int) -> str:
    """Return how many profiles there are."""
    return _("1 profile") if count == 1 else _("{n} profiles").format(n=grouped(count))


def _import_facts(state: ImportState) -> tuple[str, ...]:
    words = {
        "looking": _("under way"),
        "looked": _("look at it"),
        "accepting": _("under way"),
        "done": _("see how it ended"),
        "failed": _("see how it ended"),
    }
    return (words.get(state.phase, _("from a stick")), "")


def fault_lines(faults: Said) -> tuple[Line, ...]:
    """Return what is wrong with the profiles that are kept."""
    return tuple(Line(say((fault,)), "strong") for fault in faults)


def row_view(row: Row) -> RowView:
    """Return one profile of the list."""
    names = who_choices(row.code, row.name)
    if row.standing == "ready" and row.proposes:
        until = _("A step waits, until {day}").format(day=short_day(row.until))
        return RowView(row.code, names, (until, _("A step waits")), "up")
    icon, look = ICONS[row.standing], {"ready": "good", "held": "bad"}.get(row.standing, "")
    return RowView(row.code, names, _facts(row), icon, look)


def who_choices(code: str, name: str) -> tuple[str, ...]:
    """Return who it is, with ever less of a long name, and at last of the code."""
    shorter = (f"{code}  {name[:n].rstrip()}\u2026" for n in range(min(len(name), 24) - 1, 2, -3))
    return (f"{code}  {name}", *shorter, code, *pinched(code))


def pinched(text: str) -> tuple[str, ...]:
    """Return a text with ever more of its middle left out: its end tells as much as its begin."""
    most = min(len(text) - 1, 21)
    return tuple(f"{text[: n - n // 2 - 1]}\u2026{text[-(n // 2) :]}" for n in range(most, 6, -2))


def _facts(row: Row) -> tuple[str, ...]:
    word = standing_words(row.standing)
    day = short_day(row.until)
    match row.standing:
        case "ready":
            return (_("Ready, until {day}").format(day=day), _("Until {day}").format(day=day), word)
        case "expired":
            return (_("Expired after {day}").format(day=day), _("Expired"))
        case "ended":
            return (_("Ended by a therapist"), word)
    why = _(_HELD[row.held]) if row.held is not None else ""
    if row.since is None or not why:
        return (_("Held: {why}").format(why=why) if why else _("Held"), word)
    full = _("Held since {day}: {why}")
    return (
        full.format(day=short_day(row.since), why=why),
        full.format(day=day_and_month(row.since), why=why),
        _("Held: {why}").format(why=why),
    )


def standing_words(standing: Standing) -> str:
    """Return how it stands with a profile, in a word."""
    return _(_STANDING[standing])


def held_words(why: HoldReason) -> str:
    """Return why a profile is held, in a sentence."""
    return _(_HELD_WHY[why])


def standing_lines(
    standing: Standing, why: HoldReason | None, since: date | None, until: date
) -> tuple[str, ...]:
    """Return how it stands with a profile, in sentences."""
    match standing:
        case "held":
            told = [held_words(why)] if why is not None else []
            when = [] if since is None else [_("Held since {day}.").format(day=short_day(since))]
            return (*when, *told)
        case "expired":
            return (_("It expired: {day} was its last day.").format(day=short_day(until)),)
        case "ended":
            return (_("A therapist ended it. A newer version is walked again."),)
    return (_("It may be walked, until {day}.").format(day=short_day(until)),)
