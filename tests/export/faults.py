"""A stick that fails at a chosen call: every call that touches it counts.

What is read back is read by another process: each time it is asked to counts as ``ask``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kiosk.export import durable
from kiosk.export.readback import ReadBack

CALLS = ("open", "write", "fsync", "rename", "mkdir")


class Faults:
    """Counts, and calls ``act`` at the Nth call (``lasting``: at each from then on)."""

    def __init__(self, at: int | None, act: Callable[[], None], *, lasting: bool) -> None:
        self.names: list[str] = []
        self._at = at
        self._act = act
        self._lasting = lasting
        self._lock = threading.Lock()

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if name == "open" and kwargs.get("dir_fd") is None:
                return real(*args, **kwargs)  # the kiosk's own files
            with self._lock:
                number = len(self.names)
                self.names.append(name)
            if self._at is not None and (
                number >= self._at if self._lasting else number == self._at
            ):
                self._act()
            return real(*args, **kwargs)

        return call


@contextlib.contextmanager
def faults(
    at: int | None = None, act: Callable[[], None] = lambda: None, *, lasting: bool = False
) -> Iterator[Faults]:
    found = Faults(at, act, lasting=lasting)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS + (("unlink", "rmdir") if lasting else ()):
            patch.setattr(os, name, found.wrap(name, getattr(os, name)))
        patch.setattr(durable, "sync_filesystem", found.wrap("syncfs", durable.sync_filesystem))
        patch.setattr(ReadBack, "_ask", found.wrap("ask", ReadBack._ask))
        yield found


def failing(number: int = errno.ENOSPC) -> Callable[[], None]:
    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act
