"""The export, step by step: what each of its pages says. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from kiosk.clock_setter import FIRST_YEAR
from kiosk.cues.texts import _, grouped, say
from kiosk.screens.choice import FORMATS, LAST_DAYS, WHO, Choice
from kiosk.screens.dates import here, short_day, weekday_words
from kiosk.screens.staffing import (
    Kind,
    Line,
    TileView,
    clipped,
    kept_words,
    label_words,
    size,
    stick_facts,
)
from kiosk.staff.model import ClockState, ExportPlan, ExportState, ExportWish
from kiosk.sticks.model import Stick
from profiles.saying import Said


def overview_tiles(choice: Choice, sticks: Sequence[Stick]) -> tuple[TileView | None, ...]:
    """Return what will be exported, each part as a tile that leads to its page."""
    stick = next((s for s in sticks if s.id == choice.stick_id), None)
    facts = stick_facts(stick) if stick is not None else ()
    names = (_("identified"),) if choice.identified else (_("de-identified"),)
    return (
        TileView("sticks", _("Stick"), facts, "stick"),
        TileView("days", _("Days"), choice.days_words(), "calendar"),
        TileView("files", _("Files"), choice.files_words(), "page"),
        TileView("who", _("Whose"), (_(WHO[choice.who][1]),), "person"),
        TileView("names", _("Privacy"), names, "badge"),
        TileView("plan", _("Next"), (), "next", "primary"),
    )


def days_tiles(choice: Choice, clock: ClockState) -> tuple[TileView | None, ...]:
    """Return the ranges of days to choose from."""
    today = here(clock).date()
    tiles = [_days_tile("all", _("All days"), (), chosen=choice.days is None)]
    for days in LAST_DAYS:
        first = short_day(today - timedelta(days=days - 1))
        name = _("Last {n} days").format(n=days)
        since = (_("from {first}").format(first=first), first)
        tiles.append(_days_tile(str(days), name, since, chosen=choice.days == days))
    own = choice.days is not None and choice.days < 0
    facts = choice.days_words() if own else (_("from one day to another"), _("choose them"))
    tiles.append(_days_tile("own", _("Own days"), facts, chosen=own))
    if not clock.trusted:
        tiles.append(TileView("clock", _("Clock"), (_("not confirmed"),), "clock", warn=True))
    return tuple(tiles)


def _days_tile(key: str, name: str, facts: tuple[str, ...], *, chosen: bool) -> TileView:
    kind: Kind = "chosen" if chosen else "plain"
    return TileView(key, name, facts, "check" if chosen else "", kind)


def who_tiles(choice: Choice) -> tuple[TileView | None, ...]:
    """Return whose sessions may be exported."""
    tiles = []
    for who, (name, _fact) in WHO.items():
        chosen = choice.who == who
        kind: Kind = "chosen" if chosen else "plain"
        tiles.append(TileView(who, _(name), (), "check" if chosen else "person", kind))
    return tuple(tiles)


def files_tiles(choice: Choice) -> tuple[TileView | None, ...]:
    """Return the formats, each taken or not, and the way back."""
    tiles = [
        TileView(kind, _(name), (_(use),), "on" if kind in choice.formats else "off")
        for kind, (name, use) in FORMATS.items()
    ]
    return (*tiles, TileView("done", _("Done"), (), "check", "primary"))


class NamesView(NamedTuple):
    """One way to export persons: what it is called, and what it means."""

    key: str
    name: str
    text: str
    chosen: bool


def names_views(choice: Choice, clinic_key: str | None) -> tuple[NamesView, ...]:
    """Return the two ways to export persons."""
    whole = _("With codes and dates, locked with the clinic's key.")
    if clinic_key is None:
        whole = _("Needs the clinic's key first: tap to make one.")
    return (
        NamesView(
            "random",
            _("De-identified"),
            _("Random codes, no dates. For everyday use."),
            not choice.identified,
        ),
        NamesView("identified", _("Identified"), whole, choice.identified),
    )


def plan_lines(plan: ExportPlan, stick: str, wish: ExportWish | None) -> tuple[Line, ...]:
    """Return what would be written, or why it cannot be."""
    if plan.obstacle is not None:
        return (Line(_("It cannot be written"), "head"), Line(say(plan.obstacle), "bad"))
    if not plan.sessions:
        words = _("There is no session in these days. Choose others.")
        return (Line(_("Nothing to write"), "head"), Line(words), *_notes(plan.notes))
    lines = [Line(kept_words(plan.sessions), "head")]
    if wish is not None and wish.since is not None:
        lines.append(Line(span_words(wish.since, wish.until)))
    who = _("Persons: {people}. By guests: {guests}.")
    counts = {"people": grouped(plan.people), "guests": grouped(plan.guests)}
    lines.append(Line(who.format(**counts)))
    lines.append(Line(room_words(plan, stick)))
    if wish is not None:
        kind = _("Identified, encrypted.") if wish.identified else _("De-identified.")
        lines.append(Line(kind, "strong"))
    return (*lines, *_notes(plan.notes))


def _notes(notes: Said) -> tuple[Line, ...]:
    return tuple(Line(say((note,))) for note in notes)


def span_words(since: date, until: date | None) -> str:
    """Return the days of a plan."""
    first = short_day(since)
    if until is None:
        return _("From {first} until today.").format(first=first)
    return _("From {first} until {last}.").format(first=first, last=short_day(until))


def room_words(plan: ExportPlan, stick: str) -> str:
    """Return how large it is and how much room there is."""
    if plan.free_bytes is None:
        return _("{size} onto {stick}.").format(size=size(plan.needed_bytes), stick=stick)
    return _("{size}. Free on {stick}: {free}.").format(
        size=size(plan.needed_bytes), stick=stick, free=size(plan.free_bytes)
    )


class RunView(NamedTuple):
    """An export under way."""

    title: str
    percent: str
    share: float
    amount: str
    left: str
    stoppable: bool


def run_view(export: ExportState, stick: str, *, cancelling: bool) -> RunView:
    """Return how far it is. Writing is its first half, reading back its second."""
    percent = int(export.fraction * 100)
    amount = _("{done} of {all}").format(
        done=size(export.bytes_done), all=size(max(export.bytes_total, export.bytes_done))
    )
    left = left_words(export.seconds_left)
    titles = {
        "writing": _("Writing to {stick}").format(stick=clipped(stick)),
        "checking": _("Reading all of it back"),
        "ejecting": _("Letting go of the stick"),
    }
    title = titles.get(export.phase, "")
    if cancelling:
        title, left = _("Cancelling"), ""
    elif export.phase == "ejecting":
        left = _("Leave it in.")
    stoppable = not cancelling and export.phase != "ejecting"
    return RunView(title, f"{percent}\u00a0%", percent / 100, amount, left, stoppable)


def left_words(seconds: float | None) -> str:
    """Return about how long it still takes; no more exactly than it is known."""
    if seconds is None:
        return _("Leave the stick in.")
    if seconds < 10:
        return _("A few seconds left")
    if seconds < 55:
        return _("{n} seconds left").format(n=int(-(-seconds // 10)) * 10)
    minutes = int(-(-seconds // 60))
    return _("1 minute left") if minutes == 1 else _("{n} minutes left").format(n=minutes)


class OverView(NamedTuple):
    """An export that is over: its picture, its headline and what is to be known."""

    mark: str
    good: bool
    title: str
    lines: tuple[Line, ...]


def over_view(export: ExportState, sticks: Sequence[Stick]) -> OverView:
    """Return how it ended, and whether the stick may be taken out."""
    result = export.result
    lines = [Line(say(export.text))] if export.text else []
    if export.phase == "done" and result is not None:
        head, _slash, name = result.folder.strip("/").rpartition("/")
        title = _("Safe to remove the stick") if export.safe_to_remove else _("Written")
        lines = [
            Line(_("{sessions}, {size}, read back.").format(
                sessions=kept_words(result.sessions), size=size(result.bytes)
            )),
            Line(_("In the folder {folder}:").format(folder=head) if head else _("The folder:")),
            Line(name),
            *_notes(result.notes),
        ]  # fmt: skip
        if not export.safe_to_remove:
            lines.insert(0, Line(say(export.text), "bad"))
        return OverView("check", True, title, tuple(lines))
    plugged = export.wish is not None and export.wish.stick_id in {s.id for s in sticks}
    if export.safe_to_remove and plugged:
        lines.append(Line(_("The stick can be taken out."), "strong"))
    if export.phase == "cancelled":
        return OverView("cross", False, _("Cancelled"), tuple(lines))
    return OverView("warning", False, _("Not exported"), tuple(lines))


def asked_day(choice: Choice, which: str) -> datetime:
    """Return where the steppers of one end of one's own days begin."""
    day = (choice.since if which == "from" else choice.until) or date(FIRST_YEAR, 1, 1)
    return datetime(day.year, day.month, day.day)


def day_told(when: datetime, which: str) -> str:
    """Return what one end of one's own days would be."""
    words = _("From {day}") if which == "from" else _("Until {day}")
    return words.format(day=weekday_words(when))


def label_of(stick_id: str, sticks: Sequence[Stick]) -> str:
    """Return what a stick is called; one that is gone is just a stick."""
    return next((label_words(stick) for stick in sticks if stick.id == stick_id), _("the stick"))
