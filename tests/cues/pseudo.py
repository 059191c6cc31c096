"""A language that nobody speaks: accents on everything, and every text 40 % longer.

Where it has no room, neither has one of the real ones, sooner or later; and what is shown without
accents never went through a catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.cues.catalogue import write_catalogue

LANGUAGE: Final = "xx"
LONGER: Final = 0.4
_ACCENTED: Final = str.maketrans("AaCcDdEeGgIiLlNnOoRrSsTtUuYyZz", "ÅåÇçĐđÉéĞğÎîŁłÑñÖöŘřŠšŤťÜüÝýŽž")
_PARTS: Final = re.compile(r"(\{[^}]*\}|[^\W\d_]+)")
_UNITS: Final = {"km", "h", "m", "min", "PDF", "USB", "PIN"}


def pseudo(text: str) -> str:
    """A text as that language has it; what is filled in, and units, stay."""
    return "".join(_longer(_PARTS.split(text)))


def _longer(parts: Iterable[str]) -> Iterator[str]:
    owed = 0.0
    for part in parts:
        if not part[:1].isalpha() or part in _UNITS:
            yield part
            continue
        owed += len(part) * LONGER
        # A word grows in its middle, a letter at a time, as compounds and endings make it.
        more, middle = int(owed), len(part) // 2
        owed -= more
        grown = part[:middle] + "".join("aeiou"[i % 5] for i in range(more)) + part[middle:]
        yield grown.translate(_ACCENTED)


def write_pseudo(folder: Path, texts: Iterable[str]) -> None:
    """Write its catalogue where the kiosk looks for one."""
    write_catalogue(folder, LANGUAGE, {text: pseudo(text) for text in texts})
