"""The loop's sleep, in real time."""

from __future__ import annotations

import time
from contextlib import closing

from tests.hardware.desk import Desk


def test_a_wake_ends_the_sleep_and_the_grid_goes_on() -> None:
    with closing(Desk()) as desk:
        ticks: list[bool] = []
        one_pass = desk.loop.one_pass

        def counted(ready: set[int], *, tick: bool) -> bool:
            ticks.append(tick)
            if not tick:
                return one_pass(ready, tick=tick)
            desk.wakeup.wake()
            return one_pass(ready, tick=tick)

        desk.loop.one_pass = counted  # type: ignore[method-assign]
        end_s = time.monotonic() + 0.5
        desk.loop.run(lambda: time.monotonic() > end_s)
        assert 30 <= sum(ticks) <= 51
        woken = len(ticks) - sum(ticks)
        assert 25 <= woken <= sum(ticks) + 1, "each wake had one pass of its own"
