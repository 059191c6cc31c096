"""What can be saved of a month whose file is broken. Pure.

The generation before it lacks what came last, and the broken file may hold just that. A record
proves itself: its hash fits. One whose hash does not fit is still better than a gap, if nothing
else is left of it; the chain names it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from kiosk.records.chain import Record, hash_of
from kiosk.records.errors import BadRecord

_NUMBERED: Final = re.compile(r'"(\d{1,15})"\s*:\s*(?=\{)')
"""What stands before each record in a month's file."""


def _number(text: str) -> float | None:
    """Return a number, or None for what is none: no file of ours may hold NaN or Infinity."""
    number = float(text)
    return number if math.isfinite(number) else None


_decoder: Final = json.JSONDecoder(parse_float=_number, parse_constant=_number)


def saved(broken: bytes, previous: Iterable[Record]) -> list[Record]:
    """Return the best of a broken file and of the generation before it, by number.

    Each number comes once, one that proves itself before one that does not, the older file's first.
    """
    found: dict[int, tuple[bool, Record]] = {}
    for record in (*previous, *documents_in(broken)):
        seq = record["seq"]
        proved = is_proved(record)
        if seq not in found or (proved and not found[seq][0]):
            found[seq] = proved, record
    return [found[seq][1] for seq in sorted(found)]


def is_record(record: Any) -> bool:
    """Say whether a value has what the chain and the files need of a record."""
    return (
        isinstance(record, dict)
        and isinstance(record.get("seq"), int)
        and not isinstance(record.get("seq"), bool)
        and all(isinstance(record.get(name), str) for name in ("hash", "prev_hash", "session_id"))
    )


def is_proved(record: Record) -> bool:
    """Say whether a record is as it was hashed."""
    try:
        return bool(record.get("hash") == hash_of(record))
    except BadRecord:
        return False


def documents_in(content: bytes) -> Iterator[Record]:
    """Return the records in what was a month's file that can still be read, wherever they stand."""
    text = content.decode("utf-8", errors="replace")
    position = 0
    while (start := _NUMBERED.search(text, position)) is not None:
        position = start.end()
        try:
            record, end = _decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            continue
        if is_record(record) and start[1] == str(record["seq"]):
            yield record
            position = end
