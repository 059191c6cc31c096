"""What an undoing is: a place in the code, what stands there instead, and the fault it shows in."""

from __future__ import annotations

from typing import NamedTuple


class Undoing(NamedTuple):
    """``before`` stands once in ``file``, and ``after`` takes its place; ``fault`` must be lost.

    ``also`` are further places, as file, before and after: a safeguard may stand behind another.
    ``case`` begins the name of a case of the fault that must be among the lost: where a busy
    machine may lose another, that one says nothing. ``short`` tries a few cases alone, where each
    of them shows it.
    """

    name: str
    what: str
    file: str
    before: str
    after: str
    fault: str
    also: tuple[tuple[str, str, str], ...] = ()
    case: str = ""
    short: bool = False

    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """Return every place, as file, before and after."""
        return ((self.file, self.before, self.after), *self.also)
