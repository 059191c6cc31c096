"""What is wrong with a profile's file, in a person's words: no path, no key, no bare number.

No Kivy. `sternway profiles check` says the same with paths and keys, for whoever writes files by
hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from kiosk.cues.texts import _, say
from kiosk.screens.fields import fault_words, field_words, own_path, value_words
from kiosk.screens.therapist import Item
from profiles.checking import UNKNOWN
from profiles.saying import Saying


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_NONE: Final = _n("This file is no profile of Sternway.")
_SPOILT: Final = _n("This file is damaged, or another program has saved it.")
_UNREAD: Final = _n("This file cannot be read. Try another stick.")
_OTHERS: Final = _n("This file is encrypted for another kiosk.")
_LARGE: Final = _n("This file is too large: split it into several files.")
FILES: Final[Mapping[str, str]] = {
    "is no profile; it must begin with a brace {brace}": _NONE,
    'is no profile of Sternway; "sternway" must be "profile" or "bundle"': _NONE,
    "is of another schema; this kiosk reads schema 1: save it as that": _n(
        "This file is of another version of Sternway."
    ),
    "is not UTF-8 (byte {n}); save it as UTF-8": _SPOILT,
    "is not JSON at line {line}, column {column}; mend it there, or save it anew": _SPOILT,
    "holds half a character (a lone surrogate); remove it": _SPOILT,
    "is nested over {n} deep; a profile never is": _NONE,
    '"{key}" stands twice in one object; keep one of them': _SPOILT,
    "a key stands twice in one object; keep one of them": _SPOILT,
    "holds a number that is far too large; mend it": _SPOILT,
    "holds {name}, which is no number; put one there": _SPOILT,
    "is over 1 MiB; split it into several files": _LARGE,
    "is over 1 MiB when it is opened; split it into several files": _LARGE,
    "is a link; put the file itself there": _UNREAD,
    "is no file; name a profile's file": _UNREAD,
    "cannot be read ({reason}); look whether it is there": _UNREAD,
    "cannot be read ({reason}); try another stick": _UNREAD,
    "is encrypted; it opens only on the kiosk it was made for": _OTHERS,
    "cannot be opened with this kiosk's key; encrypt it to the key that `sternway profiles key` "
    "shows": _OTHERS,
    "is encrypted to over {n} keys; encrypt it to this kiosk's alone": _OTHERS,
}
"""What `profiles` says of a whole file, and what a person at the kiosk reads of it."""
LINE: Final = 26
"""Letters of a file's name that go into a line of the smallest screen."""
_INDEX: Final = re.compile(r"profiles\[(\d+)\]")
_SIDES: Final = frozenset({"left", "right"})
_NO_KEY: Final = frozenset({UNKNOWN, 'is not known here; did you mean "{close}"?'})
"""What is said of a key that nobody knows."""


def fault_items(faults: Sequence[tuple[str, Saying]], file: str) -> tuple[Item, ...]:
    """Return what is wrong, one sentence a fault, in which file, and how it is mended."""
    told = dict.fromkeys(fault_sentence(path, text) for path, text in faults)
    return (
        *(Item("fault", sentence) for sentence in told),
        Item("dim", _("File: {name}").format(name=_in_a_line(file))),
        Item("strong", mend_words()),
    )


def _in_a_line(name: str) -> str:
    """Return a file's name without its middle where it would be torn apart at a line's end."""
    return name if len(name) <= LINE else f"{name[: LINE // 2 - 1]}\u2026{name[-LINE // 2 :]}"


def fault_sentence(path: str, text: Saying) -> str:
    """Return one fault as a whole sentence."""
    own = own_path(path)
    if text.text in FILES:
        return _(FILES[text.text])
    if text.text in _NO_KEY:
        # Its last name alone: whoever mends it sees it in the editor, or searches for it.
        name = own.rpartition(".")[2]
        told = _("The kiosk does not know the part \u201c{name}\u201d of this profile. Remove it.")
        return told.format(name=name)
    said = fault_words(say((_measured(own, _placed(text)),)))
    words = _("{place}: {fault}").format(place=field_words(own), fault=said)
    return words if words.endswith(".") else f"{words}."


def mend_words() -> str:
    """Return how everything that is wrong with a file is put right."""
    return _("Mend it in the editor, save it onto the stick again, and import once more.")


def _measured(path: str, text: Saying) -> Saying:
    """Return a sentence whose two sides have their unit; both are of the place's own kind."""
    fields = tuple(
        (name, value_words(path, f"{value:.10g}"))
        if name in _SIDES and isinstance(value, int | float)
        else (name, value)
        for name, value in text.fields
    )
    return Saying(text.text, fields)


def _placed(text: Saying) -> Saying:
    """Return a sentence that names another profile of its file by its number."""
    fields = tuple(
        (name, _("Profile {n}").format(n=int(found[1]) + 1))
        if isinstance(value, str) and (found := _INDEX.fullmatch(value))
        else (name, value)
        for name, value in text.fields
    )
    return Saying(text.text, fields)
