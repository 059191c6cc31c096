"""The sensor's raw bytes as lines for people: each with what is wrong with it, if anything is."""

from __future__ import annotations

import re
from collections import Counter, deque
from typing import Final

from hardware.belt.protocol import MAX_LINE_BYTES, Identity, parse_line
from kiosk.care.model import Tail, TailLine

KEPT: Final = 12
SHOWN: Final = 48
"""Letters of a line that are shown; a good one has at most 64."""
_SHAPE: Final = re.compile(rb"\$SW[BI],[ -~]*\*[0-9A-F]{4}\r?")


class TailReader:
    """Cuts bytes into lines as the guard does. One thread may feed it."""

    def __init__(self) -> None:
        """Nothing was read."""
        self._partial = b""
        self._lines: deque[TailLine] = deque(maxlen=KEPT)
        self._kinds: Counter[str] = Counter()
        self._good = 0

    def feed(self, data: bytes) -> None:
        """Take bytes as they came."""
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()[: MAX_LINE_BYTES * 2]
        for line in lines:
            kind = kind_of(line)
            self._lines.append(TailLine(_text(line), kind))
            if kind:
                self._kinds[kind] += 1
            else:
                self._good += 1

    def tail(self) -> Tail:
        """Return what there is."""
        return Tail(tuple(self._lines), self._good, tuple(sorted(self._kinds.items())))


def kind_of(line: bytes) -> str:
    """Return "" for a good line, else ``fault`` (accepted, and faulty) or why it is rejected."""
    item = parse_line(line)
    if isinstance(item, Identity):
        return ""
    if item is not None:
        return "" if item.fault is None else "fault"
    if len(line.removesuffix(b"\r")) > MAX_LINE_BYTES:
        return "long"
    if not line.isascii():
        return "bytes"
    # It has a line's shape and does not add up: bits fell over on the way.
    return "crc" if _SHAPE.fullmatch(line) else "shape"


def _text(line: bytes) -> str:
    text = line.removesuffix(b"\r").decode("latin-1")
    shown = "".join(c if " " <= c <= "~" else "\u00b7" for c in text)
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}\u2026"
