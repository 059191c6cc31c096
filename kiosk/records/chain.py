"""The hash chain of the log: each record carries the hash of the one before it.

An edited, removed or reordered record breaks the chain; a cut-off end shows against the head that
is kept beside the log. It proves nothing against someone who rewrites everything; that is what an
export on a stick is for.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import rfc8785

from kiosk.records.errors import BadRecord
from profiles.saying import Saying, saying

Record = dict[str, Any]
"""One session's record, with the names of contracts.md §4."""

Members = dict[bytes, bytes]
"""The parts of a hash: names and values of a record, each as canonical JSON."""

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
    text: Saying


def hash_of(record: Mapping[str, Any]) -> str:
    """Return SHA-256 (hex) over the record without its ``hash``, as RFC 8785 canonical JSON.

    Raises :class:`BadRecord` for what JSON cannot hold (NaN, integers from 2^53 on, objects).
    """
    return _hash(members_of(record))


def link(
    record: Mapping[str, Any], seq: int, prev_hash: str, members: Members | None = None
) -> Record:
    """Return the record with its number, the hash before it and its own.

    ``members`` are the record's own, where they were made before: most of the work of a hash.
    """
    linked = {**record, "seq": seq, "prev_hash": prev_hash}
    place = members_of({"seq": seq, "prev_hash": prev_hash})
    return {**linked, "hash": _hash({**(members or members_of(record)), **place})}


def members_of(record: Mapping[str, Any]) -> Members:
    """Return each member of a record, but its ``hash``, as RFC 8785 canonical JSON.

    Raises :class:`BadRecord` as :func:`hash_of` does.
    """
    try:
        return {
            _canonical_name(name): _canonical(value)
            for name, value in record.items()
            if name != "hash"
        }
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadRecord(f"the record cannot be written as canonical JSON: {error}") from error


def _hash(members: Members) -> str:
    """Hash an object. Its members are in the order of their names, which are ASCII."""
    whole = b",".join(name + b":" + members[name] for name in sorted(members))
    return hashlib.sha256(b"{" + whole + b"}").hexdigest()


def _canonical(value: Any) -> bytes:
    """Return a value as ``rfc8785.dumps`` writes it.

    Most of a record is its events, and a running session's are written over and over, each time
    with one more: what was made of each is remembered.
    """
    if isinstance(value, list):
        return b"[" + b",".join(_canonical_item(json.dumps(one)) for one in value) + b"]"
    return rfc8785.dumps(value) if isinstance(value, dict) else _canonical_scalar(value)


@functools.lru_cache(maxsize=1024)
def _canonical_item(text: str) -> bytes:
    return rfc8785.dumps(json.loads(text))


@functools.lru_cache(maxsize=1024, typed=True)
def _canonical_scalar(value: Any) -> bytes:
    return rfc8785.dumps(value)


@functools.lru_cache(maxsize=256)
def _canonical_name(name: str) -> bytes:
    if not name.isascii():
        raise BadRecord(f"a record has no member {name!r}")
    return rfc8785.dumps(name)


def head_of(record: Mapping[str, Any]) -> Head:
    """Return the head that a linked record makes."""
    return Head(record["seq"], record["hash"])


def check(
    records: Iterable[Mapping[str, Any]], head: Head | None = None, *, after: Head | None = None
) -> Fault | None:
    """Return the first fault of the records, given in the order of the log, or None.

    With ``head`` also a cut-off end is found; it may be behind the records, which is what a crash
    between the two leaves. ``after`` is what the first record follows on, where that is not the
    beginning of the log.
    """
    last = after or Head()
    for record in records:
        if (fault := _check_one(record, last)) is not None:
            return fault
        last = head_of(record)
        if head is not None and head.seq == last.seq and head != last:
            told = saying("Record {n} is not the one the head names.", n=last.seq)
            return Fault(last.seq, record.get("session_id"), told)
    if head is not None and head.seq > last.seq:
        return Fault(last.seq + 1, None, _missing(last.seq + 1, head.seq))
    return None


def _missing(first: int, last: int) -> Saying:
    if first == last:
        return saying("Record {n} is missing.", n=first)
    return saying("Records {first} to {last} are missing.", first=first, last=last)


def _check_one(record: Mapping[str, Any], last: Head) -> Fault | None:
    """Return what is wrong with a record that should follow ``last``."""
    seq = record.get("seq")
    session_id = record.get("session_id")
    expected = last.seq + 1
    if not isinstance(seq, int) or isinstance(seq, bool):
        return Fault(expected, session_id, saying("Record {n} has no number.", n=expected))
    if seq != expected:
        told = saying("Record {n} is missing: {other} stands there.", n=expected, other=seq)
        return Fault(expected, None, told)
    try:
        intact = record.get("hash") == hash_of(record)
    except BadRecord:
        intact = False
    if not intact:
        told = saying("Record {n} was changed: its hash does not fit.", n=seq)
        return Fault(seq, session_id, told)
    if record.get("prev_hash") != last.hash:
        told = saying("Record {n} does not follow on the one before it.", n=seq)
        return Fault(seq, session_id, told)
    return None
