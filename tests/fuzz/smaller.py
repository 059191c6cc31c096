"""A failing case made small: the same failure from fewer bytes."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
TRIES = 3000

Kind = tuple[str, ...]


def kind_of(error: BaseException) -> Kind:
    """What makes two failures the same: the error, and the last line of ours it went through."""
    frames = [
        one
        for one in traceback.extract_tb(error.__traceback__)
        if one.filename.startswith(ROOT) and "/.venv/" not in one.filename
    ]
    # Of a recursion without end the first lines tell more than the last.
    last = frames[:4][-1] if isinstance(error, RecursionError) else frames[-1]
    return type(error).__name__, Path(last.filename).name, last.name, str(last.line)


def failure(check: Callable[[bytes], None], data: bytes) -> Kind | None:
    """Which failure a case shows, or None."""
    try:
        check(data)
    except Exception as error:
        return kind_of(error)
    return None


def smaller(check: Callable[[bytes], None], data: bytes) -> bytes:
    """The least bytes found to fail in the same way: pieces are left out, large ones first."""
    kind = failure(check, data)
    assert kind is not None, "the case does not fail"
    if kind[0] == RecursionError.__name__:
        return data  # how little is too deep depends on how deep this is
    size, tries = max(1, len(data) // 2), 0
    while tries < TRIES:
        at, shrunk = 0, False
        while at < len(data) and tries < TRIES:
            tries += 1
            less = data[:at] + data[at + size :]
            if failure(check, less) == kind:
                data, shrunk = less, True
            else:
                at += size
        if size == 1 and not shrunk:
            break
        size = max(1, size // 2)
    return data
