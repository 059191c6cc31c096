"""Small files of which a flipped bit would make another good value: the content under its hash.

``{"version": 1, "sha256": ..., "kept": ...}``: a name of a field or a digit that changed on the
disk is damage then, and never a PIN that nobody set, a count of nothing or another hour.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, TypeVar

import msgspec

_VERSION: Final = 1
_T = TypeVar("_T")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; ``sha256`` is that of ``kept`` as its bytes stand there."""

    version: int
    sha256: str
    kept: msgspec.Raw


def seal(kept: Any) -> bytes:
    """Return a value that msgspec writes as JSON, with its hash."""
    raw = msgspec.json.encode(kept, order="deterministic")
    return msgspec.json.encode(_File(_VERSION, hashlib.sha256(raw).hexdigest(), msgspec.Raw(raw)))


def unseal(content: bytes, kind: type[_T]) -> _T:
    """Return what :func:`seal` wrote, as a ``kind``; raises ``ValueError`` for anything else."""
    try:
        file = msgspec.json.decode(content, type=_File)
        raw = bytes(file.kept)
        if file.version != _VERSION or hashlib.sha256(raw).hexdigest() != file.sha256:
            raise ValueError("not what was written")
        return msgspec.json.decode(raw, type=kind)
    except RecursionError as error:
        raise ValueError("not what was written") from error
