"""A sentence for a person that is made far from any screen, and shown in the screen's language.

It stands here because this package may import nothing of ours, and the kiosk this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from string import Formatter
from typing import NamedTuple


class Saying(NamedTuple):
    """A whole English sentence, a key of the catalogues, and apart from it what varies in it.

    A field that is a saying itself is translated as well; one that is a number follows the
    language's decimal mark; a text (a file's name, a reason that a disk gives) is shown as it is.
    """

    text: str
    fields: tuple[tuple[str, str | int | float | Saying], ...] = ()

    def __str__(self) -> str:
        """Return it in English, for logs and for scripts."""
        return self.in_words(_same, _same)

    def in_words(self, translated: Callable[[str], str], written: Callable[[str], str]) -> str:
        """Return it translated, with the fields in their places, its numbers as ``written``.

        Without fields nothing is filled in: braces of somebody's own words stay.
        """
        text = translated(self.text)
        if not self.fields:
            return text
        shown: dict[str, str] = {}
        for name, value in self.fields:
            if isinstance(value, Saying):
                shown[name] = value.in_words(translated, written)
            else:
                shown[name] = value if isinstance(value, str) else written(f"{value:.10g}")
        return text.format(**shown)

    def is_sound(self) -> bool:
        """Say whether it can be put in words: one that another process sent may not fit."""
        if not self.fields:
            return True
        try:
            parts = [part[1:] for part in Formatter().parse(self.text)]
        except ValueError:
            return False
        names = {name for name, _value in self.fields}
        told = all(value.is_sound() for _n, value in self.fields if isinstance(value, Saying))
        return told and all(
            place is None or (place in names and not how and kind is None)
            for place, how, kind in parts
        )


Field = str | int | float | Saying
Said = tuple[Saying, ...]
"""What is said at once: whole sentences, none of them joined from parts."""


class ToldError(Exception):
    """Base of errors that a person reads; ``str()`` is English, a screen translates ``said``."""

    def __init__(self, *said: Saying) -> None:
        """Keep the sentences."""
        self.said: Said = said
        super().__init__(plain(said))


def saying(text: str, **fields: Field) -> Saying:
    """Return a sentence with its fields; the text is found here for the catalogues."""
    return Saying(text, tuple(fields.items()))


def sayings(said: Iterable[Saying | str]) -> Said:
    """Return sentences as such, of which some have no fields and came as texts."""
    return tuple(one if isinstance(one, Saying) else Saying(one) for one in said)


def plain(said: Iterable[Saying]) -> str:
    """Return sentences in English, for logs and for the command line."""
    return " ".join(str(one) for one in said)


def _same(text: str) -> str:
    return text
