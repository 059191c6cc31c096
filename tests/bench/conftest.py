"""One replayed walk for all tests of the bench, and a lab of small numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bench import disk, lab
from kiosk.bench.lab import QUICK, Lab, Progress
from kiosk.bench.walk import Walk, long_walk


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return long_walk(tmp_path_factory.mktemp("walk"), QUICK.walk_min)


@pytest.fixture(autouse=True)
def any_disk(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No figure is judged here, so a /tmp in memory will do."""
    monkeypatch.setattr(disk, "_IN_MEMORY", frozenset())
    monkeypatch.setattr(lab, "long_walk", lambda folder, minutes: walk)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path, QUICK, Progress()) as opened:
        yield opened
