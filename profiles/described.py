"""What a value must be, in words that can be translated: msgspec keeps a description as plain text.

A description reads after "make it", in the schema that ships and in the faults of a file.
"""

from __future__ import annotations

from profiles.saying import Saying

_KNOWN: dict[str, Saying] = {}


def described(said: Saying) -> str:
    """Return the description for msgspec, and remember the sentence that it is."""
    _KNOWN[str(said)] = said
    return str(said)


def words_of(description: str) -> Saying:
    """Return the sentence of a description that :func:`described` made."""
    return _KNOWN[description]
