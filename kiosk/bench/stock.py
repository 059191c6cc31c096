"""Stock TinyDB as the README of TinyDB uses it: one file, everything in it, nothing of ours."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tinydb import TinyDB, where

from kiosk.bench.floors import Append, Closing, stock_words


def write_stock(path: Path, records: Iterable[bytes]) -> int:
    """Write a file as TinyDB writes it, from records as JSON; return its size in bytes.

    TinyDB itself would take minutes and gigabytes for 100,000; what it reads is the same.
    """
    with path.open("wb") as file:
        file.write(b'{"_default": {')
        for number, record in enumerate(records, start=1):
            file.write(b'%b"%d": %b' % (b", " if number > 1 else b"", number, record))
        file.write(b"}}")
        return file.tell()


class StockInsert:
    """A session kept by ``TinyDB(path).insert(record)``; its journaling is an append beside it."""

    def __init__(self, name: str, path: Path) -> None:
        """Open the file."""
        self.name = name
        self._database = TinyDB(path)
        self._journal = Append(name, path.with_suffix(".journal"))

    def journal(self, closing: Closing) -> None:
        """Append what is journaled: TinyDB has nothing for it."""
        self._journal.journal(closing)

    def close(self, closing: Closing) -> None:
        """Insert the session."""
        self._database.insert(stock_words(closing.record))

    def settle(self) -> None:
        """Free what an insert leaves behind, so that nobody else's figure pays for it."""
        gc.collect()

    def end(self) -> None:
        """Close the file."""
        self._journal.end()
        self._database.close()


class StockSearch:
    """Questions to one file by ``search``."""

    def __init__(self, path: Path) -> None:
        """Open the file; nothing is read before the first question."""
        self._database = TinyDB(path)

    def last_of(self, code: str, count: int) -> tuple[float, list[dict[str, Any]]]:
        """Return in how many ms a person's newest sessions were found, and them, newest first."""
        start_s = time.perf_counter()
        found = self._database.search(where("profile_code") == code)
        newest = sorted(found, key=lambda one: int(one["seq"]), reverse=True)[:count]
        took_ms = 1e3 * (time.perf_counter() - start_s)
        return took_ms, [dict(one) for one in newest]

    def end(self) -> None:
        """Close the file, and forget what was read."""
        self._database.close()
        gc.collect()
