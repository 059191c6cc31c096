"""Row ``person-last-20``: a person's newest sessions out of all that are kept."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kiosk.bench import disk
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.kept import Kept
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.stock import StockSearch, write_stock
from kiosk.records.reader import LogReader

NAME: Final = "person-last-20"
COUNT: Final = 20
LATER: Final = "Store.sessions_of"
FIRST: Final = "Store.sessions_of, first after a start"
STOCK: Final = "stock TinyDB search"
_MEMORY_PER_BYTE: Final = 12
"""What stock TinyDB takes of memory for each byte of its file, at most, as it reads it."""


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        f"a person's last {COUNT} sessions out of {scale.many:,}",
        "TinyDB(path).search() on one file with the same documents",
        (Goal(LATER, STOCK, at_least=100.0), Goal(FIRST, STOCK, at_least=100.0)),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Ask both about people of all years, chosen by lot; compare what they answer."""
    scale = lab.scale
    data = lab.data(scale.many)
    with LogReader(data) as log:
        codes = sorted({entry.profile_code for entry in log.entries if entry.profile_code})
        days = sorted({entry.started_at[:10] for entry in log.entries if entry.started_at})
    lots = random.Random(1)  # noqa: S311 - the same people in each run
    series: dict[str, list[float]] = {FIRST: [], LATER: []}
    for number in range(scale.first_questions):
        lab.tell(f"{NAME}: first after a start", f"{number + 1} of {scale.first_questions}")
        series[FIRST].append(_first(data, lots.choice(codes)))
    series |= {STOCK: [], "a day": [], "a month": []}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        kept = Kept(f"{scale.many:,} kept", data)
        stack.callback(kept.end)
        kept.survey()
        path = lab.new_folder("stock") / "stock.json"
        needed_bytes = _MEMORY_PER_BYTE * _stock_file(lab, data, path)
        searches = scale.stock_searches
        if 0 < disk.available_bytes() < needed_bytes:
            missing[STOCK] = (
                f"it reads its file into some {needed_bytes // 1_000_000} MB of memory, "
                "and there is not so much here"
            )
            searches = 0
        every = max(1, scale.questions // max(1, searches))
        for number in range(scale.questions):
            lab.tell(f"{NAME}: asking", f"{number + 1} of {scale.questions}")
            code = lots.choice(codes)
            took_ms, ours = _timed(kept, kept.store.sessions_of, code, COUNT)
            series[LATER].append(took_ms)
            if searches and number % every == 0:
                series[STOCK].append(_asked_stock(path, code, ours))
            day = datetime.fromisoformat(f"{lots.choice(days)}T00:00:00+00:00")
            between = kept.store.sessions_between
            series["a day"].append(_timed(kept, between, day, day + timedelta(days=1))[0])
            month = day.replace(day=1)
            series["a month"].append(_timed(kept, between, month, _next(month))[0])
        kept.check()
    return Figure(
        [Series(name, "ms", tuple(values)) for name, values in series.items() if values],
        notes=[
            f"{len(codes):,} people since {days[0]}, and those asked about are of all times. "
            "Stock TinyDB reads and parses its whole file at each search, and is measured so. "
            "First after a start: the log's files are not in memory, as after power-on."
        ],
        missing=missing,
    )


def _first(data: Path, code: str) -> float:
    """Return how many ms the first question after a start takes, with the files out of memory."""
    disk.forget(data)
    kept = Kept("a first question", data)
    try:
        return _timed(kept, kept.store.sessions_of, code, COUNT)[0]
    finally:
        kept.end()


def _stock_file(lab: Lab, data: Path, path: Path) -> int:
    lab.tell("making the file of stock TinyDB")
    with LogReader(data) as log:
        return write_stock(path, (log.raw(entry) for entry in log.entries))


def _asked_stock(path: Path, code: str, ours: list[dict[str, Any]]) -> float:
    """Return how many ms stock TinyDB took. Raises :class:`RowFailed` if we answered otherwise."""
    stock = StockSearch(path)
    try:
        took_ms, theirs = stock.last_of(code, COUNT)
    finally:
        stock.end()
    if theirs != ours:
        raise RowFailed(f"the store and stock TinyDB do not agree about {code}")
    return took_ms


def _timed(kept: Kept, ask: Any, *words: Any) -> tuple[float, list[dict[str, Any]]]:
    start_s = time.perf_counter()
    answer = kept.result(ask(*words))
    return 1e3 * (time.perf_counter() - start_s), answer


def _next(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)
