"""The own page of a profile of an import: its fields old beside new, or its faults. No Kivy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from kiosk.cues.texts import _
from kiosk.cues.words import step_shown
from kiosk.screens.fields import (
    field_words,
    kmh_words,
    step_of,
    value_words,
)
from kiosk.screens.importing import ICONS, Place, file_names, status_facts, waits_only
from kiosk.screens.refusals import fault_items, mend_words
from kiosk.screens.therapist import Item, who_choices
from kiosk.therapy.model import Difference, EntryView

_MOST_NAMED: Final = 3


class EntryWords(NamedTuple):
    """A profile's own page; of ``titles`` the first that fits is shown."""

    titles: tuple[str, ...]
    told: str
    icon: str
    bad: bool
    items: tuple[Item, ...]


def entry_words(place: Place) -> EntryWords:
    """Return what a profile's own page says."""
    entry, file = place.entry, place.file
    if entry is None:
        told = _("This file is refused")
        items = fault_items(file.faults, file.name)
        return EntryWords(file_names(file.name), told, "warning", True, items)
    titles = file_names(file.name)
    if entry.code is not None:
        titles = who_choices(entry.code, entry.name or file.name)
    match entry.status:
        case "new":
            items = _facts_of(entry)
        case "changed":
            items = tuple(_change(one) for one in entry.differences)
        case "refused":
            items = _waits(place) or fault_items(entry.faults, file.name)
        case _:
            items = (Item("text", _("Nothing in it differs from what is here.")),)
    bad = entry.status == "refused"
    return EntryWords(titles, status_facts(entry)[0], ICONS[entry.status], bad, items)


def _change(one: Difference) -> Item:
    name, old = field_words(one.path), value_words(one.path, one.old)
    return Item("pair", name, value_words(one.path, one.new), old)


def _facts_of(entry: EntryView) -> tuple[Item, ...]:
    """Return a new profile, each of its steps in one line; its version is told already."""
    steps: dict[int, dict[str, str]] = {}
    items: dict[str, Item] = {}
    for one in entry.facts:
        step = step_of(one.path)
        if step is not None:
            steps.setdefault(step[0], {})[step[1]] = one.new
            items.setdefault(f"step {step[0]}", Item("text", ""))
        elif one.path != "version":
            items[one.path] = Item("pair", field_words(one.path), value_words(one.path, one.new))
    for number, values in steps.items():
        items[f"step {number}"] = _step(number, values)
    return tuple(items.values())


def _step(number: int, values: Mapping[str, str]) -> Item:
    name = values.get("name", "–")
    title = _("Step {n}: {name}").format(n=number + 1, name=step_shown(name))
    values = {**values, **{k: kmh_words(v) for k, v in values.items() if k.endswith("_kmh")}}
    known = {key: values.get(key, "–") for key in ("min", "low_kmh", "high_kmh", "incline_pct")}
    told = _("{min} min, {low_kmh}–{high_kmh} km/h").format(**known)
    if known["incline_pct"] not in {"0", "–"}:
        told = _("{min} min, {low_kmh}–{high_kmh} km/h, {incline_pct} %").format(**known)
    return Item("pair", title, told)


def _waits(place: Place) -> tuple[Item, ...]:
    """Return for whom a profile waits that has no fault of its own; empty where it has one."""
    entry, file = place.entry, place.file
    if entry is None or not waits_only(entry):
        return ()
    others = [
        one.code or _("Profile {n}").format(n=number + 1)
        for number, one in enumerate(file.entries)
        if one.status == "refused" and not waits_only(one)
    ]
    for_whom = ", ".join(others[:_MOST_NAMED]) + ("\u2026" if len(others) > _MOST_NAMED else "")
    told = _("It waits for {who}: a file is taken whole.").format(who=for_whom or file.name)
    return (
        Item("text", _("Nothing in it is wrong.")),
        Item("strong", told),
        Item("text", mend_words()),
    )
