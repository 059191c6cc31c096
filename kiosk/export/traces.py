"""A session's trace as it leaves. Pure."""

from __future__ import annotations

import re
from typing import Final

from kiosk.export.fields import PHASES
from kiosk.export.tables import BOM
from kiosk.records.trace import HEADER
from kiosk.session.model import Phase

_HEADER: Final = ",".join(HEADER).encode() + b"\n"
_FIGURES: Final = b"0123456789."
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
_STATE: Final = HEADER.index("state")
_ROWS: Final = tuple(
    b",%s,,,,,,,\n" % phase.encode()
    for phase in sorted(PHASES, key=lambda phase: (phase != Phase.WALKING, phase))
)
"""Every row a trace may have, without its figures; nearly all of them are the first."""


def clean(content: bytes) -> bytes:
    """Return a trace in the shape in which ``kiosk.records`` writes it.

    A trace has no names or dates, only times from the session's own start. One of another shape
    (an older or newer version's) is cut down to the listed columns and their types.
    """
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    return content if _is_as_written(content) else _cut_down(content)


def exported(content: bytes) -> bytes:
    """Return a clean trace as CSV for people: BOM and CRLF."""
    return BOM + content.replace(b"\n", b"\r\n")


def _is_as_written(content: bytes) -> bool:
    """Say whether a trace is what ``kiosk.records`` writes, at the speed of a search.

    Without its figures every row must be a listed state between commas, and nothing else: no colon,
    no letter, a minus only before a number, so no date.
    """
    if not content.startswith(_HEADER) or not content.endswith(b"\n"):
        return False
    # No figure stands in the header, so its length stays.
    rows = content.translate(None, _FIGURES)[len(_HEADER) :]
    if b"-" in rows:
        rows = rows.replace(b",-", b",")
    for row in _ROWS:
        if not rows:
            break
        rows = rows.replace(row, b"")
    return not rows


def _cut_down(content: bytes) -> bytes:
    """Return the listed columns of a trace, each value of its type or empty.

    No trace of ours has a quote in it. To csv a flipped bit that makes one would join all that
    follows into one cell, which ends in an error or takes the rest of the walk away in silence.
    """
    text = content.decode("utf-8-sig", errors="replace")
    head, *rows = [line.split(",") for line in text.split("\n") if line] or [[]]
    lines = [",".join(HEADER)]
    for row in rows:
        known = dict(zip(head, row, strict=False))
        lines.append(",".join(_value(name, known.get(name)) for name in HEADER))
    return "\n".join(lines).encode() + b"\n"


def _value(name: str, value: str | None) -> str:
    value = value or ""
    if name == HEADER[_STATE]:
        return value if value in PHASES else ""
    return value if _NUMBER.fullmatch(value) else ""
