"""Which keys a staff keyboard has, and what each tap makes of a text. No Kivy.

Keys are at least 10 mm: ten side by side on a wide screen, six on an upright one. What does not fit
is a tap away: capitals, the letters of our languages that carry marks, digits and signs. On a wide
screen letters lie as on the keyboards that people of a language know; upright, by the alphabet.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Plane = Literal["letters", "marks", "digits"]

BACK: Final = "\b"
SPACE: Final = " "
SHIFT: Final = "\u21e7"
PLANES: Final[dict[Plane, str]] = {"letters": "abc", "marks": "\u00e4\u00e9", "digits": "123"}
"""What the key that brings a plane up says."""
LETTERS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("qwertyuiop", "asdfghjkl'", f"{SHIFT}zxcvbnm.{BACK}"),
    "es": ("qwertyuiop", "asdfghjkl\u00f1", f"{SHIFT}zxcvbnm.{BACK}"),
    "de": ("qwertzuiop", "asdfghjkl-", f"{SHIFT}yxcvbnm.{BACK}"),
    "fr": ("azertyuiop", "qsdfghjklm", f"{SHIFT}wxcvbn'.{BACK}"),
}
"""The letters on a wide screen, by language; any other has those of English."""
CODES: Final[dict[str, tuple[str, ...]]] = {
    "en": ("1234567890", "QWERTYUIOP", "ASDFGHJKL-", f"ZXCVBNM{BACK}"),
    "de": ("1234567890", "QWERTZUIOP", "ASDFGHJKL-", f"YXCVBNM{BACK}"),
    "fr": ("1234567890", "AZERTYUIOP", "QSDFGHJKLM", f"WXCVBN-{BACK}"),
}
"""All that stands in a code or is looked for; the last key of all takes a letter away."""
CODES_HIGH: Final = ("ABCDEF", "GHIJKL", "MNOPQR", "STUVWX", "YZ-012", "345678", f"9{BACK}")
WIDE: Final[dict[Plane, tuple[str, ...]]] = {
    "letters": LETTERS["en"],
    "marks": (
        "\u00e4\u00f6\u00fc\u00df\u00e1\u00e9\u00ed\u00f3\u00fa\u00f1",
        "\u00e0\u00e8\u00ec\u00f2\u00f9\u00e2\u00ea\u00ee\u00f4\u00fb",
        f"{SHIFT}\u00eb\u00ef\u00e7\u0153\u00e6\u00e5\u00f8.{BACK}",
    ),
    "digits": ("1234567890", "-/&+():@'\"", f"_#%=?!,;.{BACK}"),
}
HIGH: Final[dict[Plane, tuple[str, ...]]] = {
    "letters": ("abcdef", "ghijkl", "mnopqr", "stuvwx", f"{SHIFT}yz'.{BACK}"),
    "marks": (
        "\u00e4\u00f6\u00fc\u00df\u00e1\u00e9",
        "\u00ed\u00f3\u00fa\u00f1\u00e0\u00e8",
        "\u00ec\u00f2\u00f9\u00e2\u00ea\u00ee",
        "\u00f4\u00fb\u00eb\u00ef\u00e7\u0153",
        f"{SHIFT}\u00e6\u00e5\u00f8.{BACK}",
    ),
    "digits": ("123456", "7890-/", "&+():@", "'\"_#%=", f"?!,;.{BACK}"),
}


class Typed(NamedTuple):
    """A text as it is being typed, and what the next letter will be."""

    text: str = ""
    capital: bool = True
    plane: Plane = "letters"


def code_rows(language: str, *, upright: bool) -> tuple[str, ...]:
    """Return the rows of keys with which a code is typed."""
    return CODES_HIGH if upright else CODES.get(language, CODES["en"])


def rows(typed: Typed, language: str = "en", *, upright: bool) -> tuple[str, ...]:
    """Return the rows of keys of the plane that is up, as they would be typed."""
    plain = (HIGH if upright else WIDE)[typed.plane]
    if typed.plane == "letters" and not upright:
        plain = LETTERS.get(language, plain)
    return tuple(upper(row) for row in plain) if typed.capital else plain


def upper(row: str) -> str:
    """Return a row's capitals; what has none stays as it is."""
    return "".join(letter if len(letter.upper()) != 1 else letter.upper() for letter in row)


def planes(typed: Typed) -> tuple[Plane, ...]:
    """Return the two planes that are not up."""
    return tuple(plane for plane in PLANES if plane != typed.plane)


def tapped(typed: Typed, key: str, most: int) -> Typed:
    """Return what a tap on a key makes of it; a text has ``most`` letters at most."""
    if key == SHIFT:
        return typed._replace(capital=not typed.capital)
    if key == BACK:
        text = typed.text[:-1]
        return typed._replace(text=text, capital=typed.capital or not text)
    if len(typed.text) >= most or (key == SPACE and typed.text[-1:] in {"", SPACE}):
        return typed
    # A capital after a space, as in names; the key takes it back with one tap.
    return typed._replace(text=typed.text + key, capital=key == SPACE)


def turned(typed: Typed, plane: Plane) -> Typed:
    """Bring another plane up."""
    return typed._replace(plane=plane)
