"""A worker: its turn, its bounds, its end, and that it gives way."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.session.actions import Refusal
from kiosk.worker import WAITING, Worker


class Rig:
    def __init__(self, *, background: bool = False) -> None:
        self.died: list[BaseException] = []
        self.looks = 0
        self.looked = threading.Event()
        self.worker = Worker(
            "rig", on_death=self.died.append, look=self.look, background=background
        )

    def look(self) -> None:
        self.looks += 1
        self.looked.set()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    made.worker.start()
    yield made
    assert made.worker.close()


def test_jobs_are_done_in_turn_in_a_thread_with_a_name(rig: Rig) -> None:
    done: list[int] = []
    futures = [rig.worker.ask(lambda number=number: done.append(number)) for number in range(5)]
    name = rig.worker.ask(lambda: threading.current_thread().name)
    assert name.result(5) == "rig"
    assert [future.result(5) for future in futures] == [None] * 5
    assert done == [0, 1, 2, 3, 4]


def test_a_refusal_ends_the_future_and_nothing_else(rig: Rig) -> None:
    def refuse() -> None:
        raise Refusal("no", "Not now.")

    with pytest.raises(Refusal, match="Not now"):
        rig.worker.ask(refuse).result(5)
    assert rig.worker.ask(lambda: 7).result(5) == 7
    assert rig.died == []


def test_it_looks_after_a_job_when_nudged_and_from_time_to_time(rig: Rig) -> None:
    rig.looked.wait(5)
    before = rig.looks
    rig.worker.ask(lambda: None).result(5)
    rig.looked.clear()
    rig.worker.nudge()
    assert rig.looked.wait(5)
    assert rig.looks > before


def test_more_than_it_can_hold_is_refused_at_once(rig: Rig) -> None:
    go, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go.wait(10)

    rig.worker.ask(slow)
    assert begun.wait(5)
    futures = [rig.worker.ask(lambda: None) for _ in range(WAITING + 3)]
    full = [future for future in futures if future.done()]
    assert len(full) >= 2
    with pytest.raises(Refusal, match="busy"):
        full[0].result()
    rig.worker.nudge()
    go.set()
    for future in futures[:WAITING]:
        future.result(5)


@pytest.mark.parametrize("error", [RuntimeError("broken"), queue.Empty(), SystemExit(3)])
def test_an_unexpected_error_is_reported_and_nothing_waits_for_ever(error: BaseException) -> None:
    rig = Rig()
    go = threading.Event()

    def break_down() -> None:
        go.wait(10)
        raise error

    rig.worker.start()
    first, second = rig.worker.ask(break_down), rig.worker.ask(lambda: None)
    go.set()
    for future in (first, second):
        with pytest.raises(Refusal, match="ending"):
            future.result(5)
    assert rig.worker.close()
    assert rig.died == [error]
    with pytest.raises(Refusal, match="ending"):
        rig.worker.ask(lambda: None).result(5)


def test_its_end_waits_for_the_job_under_way_but_not_for_ever() -> None:
    rig = Rig()
    go, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go.wait(10)

    rig.worker.start()
    job, waiting = rig.worker.ask(slow), rig.worker.ask(lambda: None)
    assert begun.wait(5)
    assert not rig.worker.close(timeout_s=0.05)
    go.set()
    assert rig.worker.close()
    assert job.result(5) is None
    with pytest.raises(Refusal, match="ending"):
        waiting.result(5)
    assert rig.died == []


def test_what_is_asked_in_the_moment_of_its_end_is_refused_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    rig.worker.start()
    real = rig.worker._jobs.put_nowait

    def ends_first(item: Any) -> None:
        monkeypatch.undo()
        rig.worker.close()
        real(item)

    monkeypatch.setattr(rig.worker._jobs, "put_nowait", ends_first)
    with pytest.raises(Refusal, match="ending"):
        rig.worker.ask(lambda: None).result(5)


def test_in_the_background_it_gives_way_to_all_others_and_alone_does_so() -> None:
    rig = Rig(background=True)
    rig.worker.start()

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert rig.worker.ask(priority).result(5) == min(priority() + 10, 19)
    assert rig.worker.ask(io_class).result(5) == 3
    assert rig.worker.close()
    assert io_class() != 3


def io_class() -> int:
    """This thread's I/O class as the kernel has it; 3 is idle."""
    import ctypes
    import platform

    number = {"x86_64": 252, "aarch64": 31}[platform.machine()]
    return int(ctypes.CDLL(None).syscall(number, 1, 0)) >> 13
