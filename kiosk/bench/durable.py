"""Row ``session-durable``: what closing a session costs until it can't be lost any more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from kiosk.bench import frame, past
from kiosk.bench.floors import Append, Closing, Keeper, Sqlite, closing_of
from kiosk.bench.frame import Figure, Goal, Series
from kiosk.bench.kept import Kept
from kiosk.bench.lab import Lab, Scale, in_turn
from kiosk.bench.stock import StockInsert, write_stock
from kiosk.records.reader import LogReader
from kiosk.records.trace import Row

PAUSE_S: Final = 0.05
"""Between what is journaled and the close, and after each, so that nothing else is under way."""
ROWS: Final[list[Row]] = [
    (number / 5, "walking", 1.5, 0.8, 2.0, number / 12, 1, 1, 0.0) for number in range(5)
]
"""What a running session journals in a second."""
APPEND: Final = "an append + fdatasync"
SQLITE: Final = "SQLite WAL, synchronous=full"
NAME: Final = "session-durable"


def row(scale: Scale) -> frame.Row:
    """Return the row."""
    few, some, many = (kept_name(count) for count in (scale.few, scale.some, scale.many))
    return frame.Row(
        NAME,
        f"Store.close() of a {scale.walk_min}-minute walk, until it is durable",
        "the same bytes appended, inserted into SQLite, inserted by stock TinyDB",
        (
            Goal(many, APPEND, at_most=3.0),
            Goal(many, few, at_most=1.2),
            Goal(some, stock_name(scale.some), at_least=100.0),
        ),
        measure,
    )


def kept_name(count: int) -> str:
    """Return the name of our figure with so many sessions kept."""
    return f"with {count:,} kept"


def stock_name(count: int) -> str:
    """Return the name of stock TinyDB's figure."""
    return f"stock TinyDB with {count:,}"


def measure(lab: Lab) -> Figure:
    """Close sessions in turn with all that stands beside them; then fold, one session at a time."""
    scale = lab.scale
    with ExitStack() as stack:
        stores: list[Kept] = []
        for count in (scale.few, scale.some, scale.many):
            store = Kept(kept_name(count), lab.data(count))
            stack.callback(store.end)
            stores.append(store)
        for store in stores:
            store.survey()
        floors = _floors(lab, stack)
        closings = _closings(lab)
        closed = _closed(lab, [*stores, *floors], closings)
        folded = _folded(lab, stores, closings)
        for store in stores:
            store.check()
    bytes_closed = len(next(closings).closed)
    return Figure(
        [
            *(Series(name, "ms", tuple(values)) for name, values in closed.items()),
            *(Series(f"folding {name}", "ms", tuple(values)) for name, values in folded.items()),
        ],
        notes=[
            f"A closed session is {bytes_closed:,} bytes; all keep the same ones, after the same "
            f"journaling and {1e3 * PAUSE_S:.0f} ms of rest. Folding is later, when nobody walks: "
            "it copies the month, whatever lies before it."
        ],
    )


def _floors(lab: Lab, stack: ExitStack) -> list[Keeper]:
    folder = lab.new_folder("floors")
    lab.tell("making what stands beside")
    with LogReader(lab.data(lab.scale.some)) as log:
        kept = [log.raw(entry) for entry in log.entries]
    write_stock(folder / "stock.json", kept)
    floors = (
        Append(APPEND, folder / "append"),
        Sqlite(SQLITE, folder / "sqlite.db", kept),
        StockInsert(stock_name(lab.scale.some), folder / "stock.json"),
    )
    for floor in floors:
        stack.callback(floor.end)
    return [*floors]


def _closings(lab: Lab) -> Iterator[Closing]:
    number = 0
    while True:
        yield closing_of(past.session(lab.walk(), number), ROWS)
        number += 1


def _closed(lab: Lab, keepers: list[Keeper], closings: Iterator[Closing]) -> dict[str, list[float]]:
    """Return how many ms each close took. Stock TinyDB takes part in a few rounds only."""
    by_name = {keeper.name: keeper for keeper in keepers}
    taken: dict[str, list[float]] = {name: [] for name in by_name}
    scale = lab.scale
    stock = stock_name(scale.some)
    every = max(1, scale.closes // scale.stock_inserts)
    for number, name in in_turn([*by_name], scale.closes):
        if name == stock and number % every:
            continue
        lab.tell(f"{NAME}: closing", f"round {number + 1} of {scale.closes}")
        keeper, closing = by_name[name], next(closings)
        keeper.journal(closing)
        lab.sleep(PAUSE_S)
        start_s = time.perf_counter()
        keeper.close(closing)
        taken[name].append(1e3 * (time.perf_counter() - start_s))
        keeper.settle()
    return taken


def _folded(lab: Lab, stores: list[Kept], closings: Iterator[Closing]) -> dict[str, list[float]]:
    """Return how many ms each fold of one session took."""
    taken: dict[str, list[float]] = {store.name: [] for store in stores}
    for store in stores:
        store.fold()
    for number in range(lab.scale.folds):
        lab.tell(f"{NAME}: folding", f"{number + 1} of {lab.scale.folds}")
        for store in stores:
            closing = next(closings)
            store.journal(closing)
            store.close(closing)
            store.settle()
            lab.sleep(PAUSE_S)
            taken[store.name].append(store.fold())
    return taken
