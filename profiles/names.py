"""First names as people type them on a kiosk: without capitals, accents and surnames."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """Return what two names have in common when a person would take them for the same.

    "José", "jose" and "Jose Miguel" are one: whoever types a first name on a touchscreen finds
    neither accents nor knows what the therapist wrote behind it.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return next(iter(letters.split()), "")
