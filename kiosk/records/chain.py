"""The hash chain of the log: each record carries the hash of the one before it.

An edited, removed or reordered record breaks the chain; a cut-off end shows against the head that
is kept beside the log. It proves nothing against someone who rewrites everything; that is what an
export on a stick is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import rfc8785

from kiosk.records.errors import BadRecord

Record = dict[str, Any]
"""One session's record, with the names of contracts.md §4."""

NO_HASH: Final = "0" * 64
"""``prev_hash`` of the first record."""


class Head(msgspec.Struct, frozen=True):
    """The newest record's number and hash; number 0 before the first."""

    seq: int = 0
    hash: str = NO_HASH


class Fault(NamedTuple):
    """The first place at which the chain does not hold. ``text`` is one sentence for people."""

    seq: int
    session_id: str | None
    text: str


def hash_of(record: Mapping[str, Any]) -> str:
    """Return SHA-256 (hex) over the record without its ``hash``, as RFC 8785 canonical JSON.

    Raises :class:`BadRecord` for what JSON cannot hold (NaN, integers from 2^53 on, objects).
    """
    content = {name: value for name, value in record.items() if name != "hash"}
    try:
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    except (ValueError, TypeError, AttributeError) as error:
        raise BadRecord(f"the record cannot be written as canonical JSON: {error}") from error


def link(record: Mapping[str, Any], seq: int, prev_hash: str) -> Record:
    """Return the record with its number, the hash before it and its own."""
    linked = {**record, "seq": seq, "prev_hash": prev_hash}
    return {**linked, "hash": hash_of(linked)}


def head_of(record: Mapping[str, Any]) -> Head:
    """Return the head that a linked record makes."""
    return Head(record["seq"], record["hash"])


def check(records: Iterable[Mapping[str, Any]], head: Head | None = None) -> Fault | None:
    """Return the first fault of the records, given in the order of the log, or None.

    With ``head`` also a cut-off end is found.
    """
    last = Head()
    session_id: str | None = None
    for record in records:
        if (fault := _check_one(record, last)) is not None:
            return fault
        last = head_of(record)
        session_id = record.get("session_id")
    if head is not None and head.seq > last.seq:
        return Fault(last.seq + 1, None, f"Records {last.seq + 1} to {head.seq} are missing.")
    if head is not None and head != last:
        return Fault(last.seq, session_id, f"Record {last.seq} is not the one the head names.")
    return None


def _check_one(record: Mapping[str, Any], last: Head) -> Fault | None:
    """Return what is wrong with a record that should follow ``last``."""
    seq = record.get("seq")
    session_id = record.get("session_id")
    expected = last.seq + 1
    if not isinstance(seq, int) or isinstance(seq, bool):
        return Fault(expected, session_id, f"Record {expected} has no number.")
    if seq != expected:
        return Fault(expected, session_id, f"Record {expected} is missing: {seq} stands there.")
    try:
        intact = record.get("hash") == hash_of(record)
    except BadRecord:
        intact = False
    if not intact:
        return Fault(seq, session_id, f"Record {seq} was changed: its hash does not fit.")
    if record.get("prev_hash") != last.hash:
        return Fault(seq, session_id, f"Record {seq} does not follow on the one before it.")
    return None
