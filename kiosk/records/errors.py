"""Errors of this package; each refines the built-in that it is."""

from __future__ import annotations

from queue import Full

from profiles.saying import ToldError


class RecordsError(Exception):
    """Base of every error that ``kiosk.records`` raises on purpose."""


class DataLocked(RecordsError, BlockingIOError):
    """Another kiosk uses this data folder: two writers would break the chain of the log."""


class DataUnusable(RecordsError, OSError):
    """The data folder cannot be made or opened at all; the message names it."""


class BrokenFile(ToldError, RecordsError, ValueError):
    """A file is empty, cut off or damaged; it must never be taken for an empty one.

    What is ``said`` stands in brackets in a sentence about the file.
    """


class BadRecord(RecordsError, ValueError):
    """A record or head that cannot be kept: a mistake in the code that made it."""


class StoreStopped(RecordsError, RuntimeError):
    """The store was asked for something after its end, or ended before it could answer."""


class StoreBusy(RecordsError, Full):
    """Too many questions wait for the disk already; what is to be kept is never refused."""
