"""First names as people type them on a kiosk: without capitals, accents and surnames."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_FOLDED: Final = str.maketrans(
    {
        **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"},
        **{"\u0131": "i", "ħ": "h", "ŧ": "t"},
        **dict.fromkeys("'\u2019\u02bc\u2018`\u00b4.", ""),
    }
)
"""Letters that Unicode does not take apart, and marks that no keypad has."""
_TYPED: Final = re.compile(r"[a-z0-9-]{1,24}")
"""What the kiosk's letters can write."""


def name_key(name: str) -> str:
    """Return what two names have in common when a person would take them for the same.

    "José", "jose" and "Jose Miguel" are one, and so are "Søren" and "soren", "D\u2019Arcy" and
    "darcy": whoever types a first name on a touchscreen finds no accents, and does not know what
    the therapist wrote behind it.
    """
    # The marks first: one of them would come apart into a space.
    folded = unicodedata.normalize("NFC", name).casefold().translate(_FOLDED)
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", folded).casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return next(iter(letters.translate(_FOLDED).split()), "")


def typeable(name: str) -> bool:
    """Say whether the kiosk's letters can write a first name; else the code alone finds it."""
    return _TYPED.fullmatch(name_key(name)) is not None
