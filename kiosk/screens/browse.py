"""What a therapist looks for and has ticked: what outlives a trip to another page. No Kivy."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import Final, Literal

from kiosk.cues.texts import _, grouped
from kiosk.screens.staffing import TileView
from kiosk.therapy.model import Row
from profiles.names import name_key

Which = Literal["all", "ready", "held", "step", "over"]
LONGEST: Final = 16
"""Signs that can be looked for: a code has no more."""


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


WHICH: Final[dict[Which, tuple[str, str]]] = {
    "all": (_n("All"), ""),
    "ready": (_n("Ready"), "check"),
    "held": (_n("Held"), "pause"),
    "step": (_n("Step waits"), "up"),
    "over": (_n("Expired"), "clock"),
}
"""What the list may be narrowed down to: its word and its shape."""


class Browse:
    """Where a therapist is in the lists. Forgotten when they leave.

    ``left_out`` are the codes of a preview that are not to be imported.
    """

    def __init__(self) -> None:
        """All of everything, from the beginning."""
        self.search = ""
        self.which: Which = "all"
        self.page = 0
        self.left_out: set[str] = set()
        self.status = "all"
        self.import_page = 0

    def begin_import(self) -> None:
        """Another preview: everything is ticked."""
        self.left_out.clear()
        self.status, self.import_page = "all", 0

    def tick(self, codes: Collection[str]) -> None:
        """Tick none of them; or all, where none is ticked."""
        none = self.left_out.issuperset(codes)
        self.left_out = set() if none else set(codes)

    def look_for(self, text: str) -> None:
        """Look for another text."""
        if text != self.search:
            self.search, self.page = text, 0

    def only(self, which: Which) -> None:
        """Show only these."""
        if which != self.which:
            self.which, self.page = which, 0


def chosen(rows: Sequence[Row], browse: Browse) -> tuple[Row, ...]:
    """Return the rows that are looked for, by code."""
    return tuple(row for row in found(rows, browse.search) if _is(row, browse.which))


def found(rows: Sequence[Row], text: str) -> tuple[Row, ...]:
    """Return the rows whose code has the text in it, or one of whose names begins with it."""
    wanted, name = text.strip().upper(), plain(text)
    if not wanted:
        return tuple(rows)
    return tuple(
        row
        for row in rows
        if wanted in row.code or any(word.startswith(name) for word in _words(row.name))
    )


def plain(text: str) -> str:
    """Return a text without capitals and accents; a dash stays."""
    return name_key(text.replace(" ", ""))


def _words(name: str) -> list[str]:
    whole = unicodedata.normalize("NFKC", name).replace("-", " ").split()
    return [name_key(word) for word in (*whole, name.replace(" ", ""))]


def _is(row: Row, which: Which) -> bool:
    match which:
        case "ready" | "held":
            return row.standing == which
        case "step":
            return row.proposes is True
        case "over":
            return row.standing in {"expired", "ended"}
    return True


def which_words(which: Which) -> str:
    """Return what is shown, for a button."""
    return _(WHICH[which][0])


def which_tiles(rows: Sequence[Row], now: Which) -> tuple[TileView, ...]:
    """Return what can be shown, each with how many there are."""
    tiles = []
    for which, (name, icon) in WHICH.items():
        count = sum(_is(row, which) for row in rows)
        kind: Literal["chosen", "plain"] = "chosen" if which == now else "plain"
        mark = "check" if which == now else icon
        tiles.append(TileView(which, _(name), (grouped(count),), mark, kind))
    return tuple(tiles)
