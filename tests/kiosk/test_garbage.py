"""Garbage is looked for when nobody waits."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from kiosk import garbage
from kiosk.garbage import Garbage


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moments = [100.0]
    monkeypatch.setattr("kiosk.garbage.time.monotonic", lambda: moments[0])
    return moments


@pytest.fixture
def kept(now: list[float]) -> Iterator[Garbage]:
    one = Garbage()
    one.settle()
    yield one
    one.close()


class Ring:
    """Refers to itself, as a screen and its parts do."""

    def __init__(self) -> None:
        self.me = self


def test_rings_of_old_objects_wait_for_a_calm_moment(kept: Garbage, now: list[float]) -> None:
    gone: list[str] = []
    ring = Ring()
    weakref.finalize(ring, gone.append, "gone")
    gc.collect(1)  # it is old now
    del ring
    rubbish = [Ring() for _ in range(300_000)]
    del rubbish
    assert gone == []
    kept.calm()
    assert gone == [], "less than a minute after the last look"
    now[0] += garbage.EVERY_S
    kept.calm()
    assert gone == ["gone"]


def test_what_stood_at_the_start_is_not_looked_through(kept: Garbage) -> None:
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 10_000
    kept.close()
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() != garbage.THRESHOLDS


def test_before_the_first_screen_nothing_is_changed(now: list[float]) -> None:
    before = gc.get_threshold()
    one = Garbage()
    now[0] += 1e6
    one.calm()
    one.close()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
