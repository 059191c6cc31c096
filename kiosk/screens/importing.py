"""An import, step by step: what each of its pages says. No Kivy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from kiosk.cues.texts import _, grouped, say
from kiosk.screens.browse import Browse
from kiosk.screens.staffing import Line, TileView
from kiosk.screens.therapist import RowView, pinched, profiles_words, who_choices
from kiosk.therapy.model import EntryStatus, EntryView, FileView, ImportState
from profiles.importer import WAITS


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


ORDER: Final[tuple[EntryStatus, ...]] = ("refused", "changed", "new", "same")
"""What must be seen comes first."""
ICONS: Final[dict[EntryStatus, str]] = {
    "refused": "warning",
    "changed": "swap",
    "new": "plus",
    "same": "same",
}
_NAMES: Final[dict[str, str]] = {
    "all": _n("All"),
    "refused": _n("Refused"),
    "changed": _n("Changed"),
    "new": _n("New"),
    "same": _n("The same"),
}


class Place(NamedTuple):
    """A row of the list: a profile of a file, or with no ``entry`` the file itself."""

    key: str
    file: FileView
    entry: EntryView | None

    @property
    def status(self) -> EntryStatus:
        """What is to be done with it; a file stands there for its faults."""
        return self.entry.status if self.entry is not None else "refused"


def places(state: ImportState) -> tuple[Place, ...]:
    """Return everything that was found, what must be seen first."""
    found = [place for number, file in enumerate(state.files) for place in _of(number, file)]
    return tuple(sorted(found, key=lambda place: ORDER.index(place.status)))


def _of(number: int, file: FileView) -> Iterator[Place]:
    if file.faults:
        yield Place(f"{number}", file, None)
    for index, entry in enumerate(file.entries):
        yield Place(f"{number}.{index}", file, entry)


def shown(found: tuple[Place, ...], status: str) -> tuple[Place, ...]:
    """Return those of one status, or all."""
    return tuple(place for place in found if status in {"all", place.status})


def ticked(state: ImportState, browse: Browse) -> tuple[str, ...]:
    """Return the codes that are to be imported."""
    return tuple(code for code in state.acceptable if code not in browse.left_out)


def import_words(state: ImportState, browse: Browse) -> str:
    """Return what the button says that imports them."""
    count, of = len(ticked(state, browse)), len(state.acceptable)
    if not count:
        return ""
    words = _("Import all ({n})") if count == of > 1 else _("Import {n}")
    return words.format(n=grouped(count))


def row_view(place: Place, state: ImportState, browse: Browse) -> RowView:
    """Return one row of the list."""
    entry = place.entry
    if entry is None:
        facts = (_("This file is refused"), _("Refused"))
        return RowView(place.key, file_names(place.file.name), facts, "warning", "bad")
    look = "bad" if entry.status == "refused" else ""
    tick = None
    if entry.code in state.acceptable and entry.status != "refused":
        tick = entry.code not in browse.left_out
    if entry.code is None:
        names = file_names(place.file.name)
    else:
        names = who_choices(entry.code, entry.name or place.file.name)
    return RowView(place.key, names, status_facts(entry), ICONS[entry.status], look, tick)


def file_names(name: str) -> tuple[str, ...]:
    """Return a file's name, with ever more of its middle left out."""
    return (name, *pinched(name))


def status_facts(entry: EntryView) -> tuple[str, ...]:
    """Return what is to be done with a profile, longest first."""
    numbers = {"old": entry.old_version, "new": entry.version, "n": len(entry.faults)}
    match entry.status:
        case "refused" if waits_only(entry):
            return (_("Waits for another profile"), _("Waits for another"), _("Waits"))
        case "refused":
            count = len(entry.faults)
            why = _("Refused: 1 fault") if count == 1 else _("Refused: {n} faults")
            return (why.format(**numbers), _("Refused"))
        case "changed":
            return (_("Changed: version {old} to {new}").format(**numbers), _("Changed"))
        case "new":
            return (_("New: version {new}").format(**numbers), _("New"))
    return (_("The same is here already"), _("The same"))


def waits_only(entry: EntryView) -> bool:
    """Say whether a profile is refused only because something else in its file is."""
    return bool(entry.faults) and all(text == WAITS for _path, text in entry.faults)


def told_words(state: ImportState) -> tuple[str, ...]:
    """Return what stands beside the title of the list."""
    if state.safe_to_remove:
        return (_("The stick can be taken out"), _("Stick is free"), _("Stick free"), "")
    return ("",)


def status_words(status: str) -> str:
    """Return which ones are shown, for a button."""
    return _(_NAMES[status])


def status_tiles(found: tuple[Place, ...], now: str) -> tuple[TileView, ...]:
    """Return what can be shown, each with how many there are."""
    tiles = []
    for status, name in _NAMES.items():
        count = len(shown(found, status))
        icon = next((icon for key, icon in ICONS.items() if key == status), "")
        kind: Literal["chosen", "plain"] = "chosen" if status == now else "plain"
        icon = "check" if status == now else icon
        tiles.append(TileView(status, _(name), (grouped(count),), icon, kind))
    return tuple(tiles)


def tick_tile(state: ImportState, browse: Browse) -> TileView | None:
    """Return what ticks none, or all again; a stick full of profiles needs both."""
    if not state.acceptable:
        return None
    count = len(ticked(state, browse))
    facts = (_("{n} ticked").format(n=grouped(count)),)
    if count:
        return TileView("tick", _("Tick none"), facts, "off")
    return TileView("tick", _("Tick all"), facts, "on")


def looking_words(state: ImportState) -> tuple[str, str, float]:
    """Return the title, how far it is in words, and as a share."""
    if not state.of:
        return (_("Looking at the stick"), "", 0.0)
    told = _("{n} of {all} profiles").format(n=grouped(state.done), all=grouped(state.of))
    return (_("Looking at the stick"), told, min(1.0, state.done / state.of))


def over_lines(state: ImportState) -> tuple[Line, ...]:
    """Return how an import ended."""
    lines = [Line(say(state.text))] if state.text and state.phase != "done" else []
    if state.phase == "done" and state.taken:
        lines.append(Line(_("Taken: {codes}.").format(codes=", ".join(state.taken[:60]))))
        if len(state.taken) > 60:
            lines.append(Line(_("And {n} more.").format(n=grouped(len(state.taken) - 60))))
    if state.safe_to_remove:
        lines.append(Line(_("The stick can be taken out."), "strong"))
    return tuple(lines)


def over_title(state: ImportState) -> str:
    """Return how an import ended, in a few words."""
    if state.phase == "done":
        return _("Imported: {what}").format(what=profiles_words(len(state.taken)))
    return _("Not imported")
