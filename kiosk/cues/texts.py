"""The one function every text of the kiosk goes through, so that catalogues can come later.

The keys are the English texts, whole: a sentence is never pieced together from parts, because
other languages order them differently. What varies stands in it as ``{name}``.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Final

from profiles.saying import Saying

_DECIMAL: Final = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?![\d.])")
"""A number with a decimal point; a version or a date has more of them."""

_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
"""The mark between thousands; a list has a space after each comma."""

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_kept: ContextVar[gettext.NullTranslations | None] = ContextVar("language", default=None)


def use(catalogue: gettext.NullTranslations) -> None:
    """Take another language from now on; texts already on show stay until they are made anew."""
    global _catalogue  # noqa: PLW0603 - one language at a time, for the whole kiosk
    _catalogue = catalogue


def _(text: str) -> str:
    """Return the text in the language in use; English where the catalogue has none."""
    catalogue = _kept.get() or _catalogue
    # The empty text is the key of a catalogue's own head, which nobody must get to see.
    return catalogue.gettext(text) if text else ""


@contextmanager
def one_language() -> Iterator[None]:
    """Keep to the language that is spoken now, in this thread, whatever the screens take meanwhile.

    A report takes a while to write: it must not end in the language of whoever came to walk.
    """
    token = _kept.set(_kept.get() or _catalogue)
    try:
        yield
    finally:
        _kept.reset(token)


def language() -> str:
    """Return the code of the language in use, "de"; what speaks needs it to choose a voice."""
    return (_kept.get() or _catalogue).info().get("language", "en")


def say(said: Iterable[Saying]) -> str:
    """Return sentences that were made far from here, in the language in use."""
    return " ".join(one.in_words(_, numbers) for one in said)


def figures(text: str) -> str:
    """Return a text of a report with its numbers as in the language, also those of 1,000 and more.

    Once only: what it returns may look like a number of thousands.
    """
    if decimal_mark() == ".":
        return text
    return numbers(_THOUSANDS.sub("\u00a0", text))


def grouped(number: int) -> str:
    """Return a whole number in groups of three, which mean the same in every language.

    They are parted by what does not break a line.
    """
    return f"{number:,}".replace(",", "\u00a0")


def day_in_figures(day: date) -> str:
    """Return a day in figures, for a cell of a report, as the language writes it."""
    return _("{year}-{month}-{day}").format(
        year=day.year, month=f"{day.month:02d}", day=f"{day.day:02d}"
    )


def decimal_mark() -> str:
    """Return what stands before the tenths in the language in use, "." or ","."""
    return _("0.5")[1:2]


def numbers(text: str) -> str:
    """Return a text whose numbers are written as the language in use writes them."""
    mark = decimal_mark()
    return text if mark == "." else _DECIMAL.sub(rf"\1{mark}\2", text)
