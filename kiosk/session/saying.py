"""A sentence for a person that is made far from any screen, and shown in the screen's language."""

from __future__ import annotations

from typing import NamedTuple

Field = str | int | float


class Saying(NamedTuple):
    """A whole English sentence, a key of the catalogues, and apart from it what varies in it.

    A person's word that is no key (a reason that a disk gives) is shown as it is.
    """

    text: str
    fields: tuple[tuple[str, Field], ...] = ()

    def __str__(self) -> str:
        """Return it in English, for logs and for scripts."""
        return self.in_words(self.text)

    def in_words(self, text: str) -> str:
        """Return the text, or its translation, with the fields in their places.

        Without fields nothing is filled in: braces of somebody's own words stay.
        """
        return text.format(**dict(self.fields)) if self.fields else text


def saying(text: str, **fields: Field) -> Saying:
    """Return a sentence with its fields; the text is found here for the catalogues."""
    return Saying(text, tuple(fields.items()))


def sayings(said: tuple[Saying | str, ...]) -> tuple[Saying, ...]:
    """Return sentences as such, of which some have no fields and came as texts."""
    return tuple(one if isinstance(one, Saying) else Saying(one) for one in said)
