"""Several cases at a time, for those that wait rather than work; each is told in its turn."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from tests.faults.frame import CASE_S, Case, Lab

Work = Callable[[random.Random], None]
IN_LINE = 4


def ahead(
    lab: Lab,
    part: str,
    works: dict[str, Work],
    workers: int,
) -> Iterator[Case]:
    """Yield a case for each name, and work ``workers`` of them at once.

    More of them wait in line: a slow one at its head, which is told first, holds nobody up.
    """
    if lab.only_case not in (None, part):
        works = {name: work for name, work in works.items() if f"{part}.{name}" == lab.only_case}
    waiting = deque(works.items())
    running: deque[tuple[str, Future[None]]] = deque()
    pool = lab.stack.enter_context(ThreadPoolExecutor(workers))
    lab.stack.callback(pool.shutdown, cancel_futures=True)
    lab.stack.callback(waiting.clear)

    def submit() -> None:
        name, work = waiting.popleft()
        running.append((name, pool.submit(work, lab.dice(f"{part}.{name}"))))

    while waiting or running:
        while waiting and len(running) < workers * IN_LINE:
            submit()
        name, future = running.popleft()

        def wait(_dice: random.Random, future: Future[None] = future) -> None:
            future.result(CASE_S)

        yield Case(name, wait)
