"""A disk that fails, or loses its power, at a chosen call: helpers for the tests of the records."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

CALLS = (
    *("open", "write", "pwrite", "fsync", "fdatasync"),
    *("rename", "link", "unlink", "mkdir", "rmdir"),
)
"""Every call by which ``kiosk.records`` changes a disk (``open`` only where it writes)."""


class PowerCut(BaseException):
    """The power is gone: nothing after this runs. No handler of ``Exception`` may see it."""


class Disk:
    """Counts the calls that change the disk and does something at the Nth."""

    def __init__(
        self, at: int | None, act: Callable[[], None], *, before: bool, lasting: bool
    ) -> None:
        self.count = 0
        self.names: list[str] = []
        self._at = at
        self._act = act
        self._before = before
        self._lasting = lasting

    def _due(self, number: int, *, before: bool) -> bool:
        if self._at is None or before != self._before:
            return False
        return number >= self._at if self._lasting else number == self._at

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if name == "open" and not args[1] & (os.O_WRONLY | os.O_RDWR):
                return real(*args, **kwargs)
            number = self.count
            self.count += 1
            self.names.append(name)
            if self._due(number, before=True):
                self._act()
            try:
                result = real(*args, **kwargs)
            except OSError:
                if self._due(number, before=False):
                    self._act()
                raise
            if self._due(number, before=False):
                try:
                    self._act()
                except BaseException:
                    if name == "open":
                        os.close(result)  # the caller never gets it
                    raise
            return result

        return call


@contextlib.contextmanager
def disk(
    at: int | None = None,
    act: Callable[[], None] = lambda: None,
    *,
    before: bool = True,
    lasting: bool = False,
) -> Iterator[Disk]:
    """Within the block, call ``act`` before (or after) disk call ``at``, or each from it on."""
    found = Disk(at, act, before=before, lasting=lasting)
    real = {name: getattr(os, name) for name in CALLS}
    for name, call in real.items():
        setattr(os, name, found.wrap(name, call))
    try:
        yield found
    finally:
        for name, call in real.items():
            setattr(os, name, call)


def cut() -> None:
    """Stop right here, as a power cut does."""
    raise PowerCut


def failing(number: int = errno.ENOSPC) -> Callable[[], None]:
    """Return an act that raises this ``OSError``."""

    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act
