"""What a PDF of ours shows, read from its bytes: pages, and each text with its place.

The texts stand in it as numbers of glyphs of a font that was cut down, so that searching for a name
would find nothing even where it is shown: they are turned back by the font's own table.
"""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

PT_PER_MM = 72 / 25.4
HEIGHT_PT = 841.89
_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_OPERATOR = re.compile(
    rb"/F(\d+) [\d.]+ Tf|([-\d.]+) ([-\d.]+) Td|(\((?:\\.|[^\\()])*\)) Tj|\[(.*?)\] TJ", re.DOTALL
)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Shown(NamedTuple):
    """A text and where its baseline begins, in millimetres from the page's upper left."""

    x: float
    y: float
    text: str


def streams(content: bytes) -> list[bytes]:
    """Every stream, unpacked where it is packed."""
    found = []
    for stream in _STREAM.findall(content):
        try:
            found.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            found.append(stream)
    return found


def pages(content: bytes) -> int:
    (count,) = re.findall(rb"/Type /Pages\b[^>]*?/Count (\d+)|/Count (\d+)", content)
    assert len(re.findall(rb"/Type /Page\b", content)) == int(count[0] or count[1])
    return int(count[0] or count[1])


def shown(content: bytes) -> list[Shown]:
    """Every text in the order in which it is drawn."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    fonts = {}
    for name, number in re.findall(rb"/F(\d+) (\d+) 0 R", content):
        (table,) = re.findall(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
        fonts[name] = _letters(streams(objects[int(table)])[0])
    found: list[Shown] = []
    for stream in streams(content):
        if b" Td " in stream and b" Tf" in stream:
            found += _texts(stream, fonts)
    assert found, "no text was found: this reader no longer fits what is written"
    return found


def said(content: bytes) -> str:
    """All texts in one."""
    return "\n".join(one.text for one in shown(content))


def _letters(table: bytes) -> dict[int, str]:
    found = {}
    for glyph, letter in re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4,8})>", table):
        found[int(glyph, 16)] = bytes.fromhex(letter.decode()).decode("utf-16-be")
    assert found
    return found


def _texts(stream: bytes, fonts: dict[bytes, dict[int, str]]) -> list[Shown]:
    letters: dict[int, str] = {}
    x = y = 0.0
    found = []
    for font, across, up, text, parts in _OPERATOR.findall(stream):
        if font:
            letters = fonts[font]
        elif across:
            x, y = float(across) / PT_PER_MM, (HEIGHT_PT - float(up)) / PT_PER_MM
        else:
            strings = [text] if text else re.findall(rb"\((?:\\.|[^\\()])*\)", parts, re.DOTALL)
            glyphs = b"".join(_plain(one[1:-1]) for one in strings)
            numbers = [int.from_bytes(glyphs[i : i + 2], "big") for i in range(0, len(glyphs), 2)]
            found.append(Shown(x, y, "".join(letters[number] for number in numbers)))
    return found


def _plain(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda hit: _ESCAPED.get(hit[1], hit[1]), text, flags=re.DOTALL)
