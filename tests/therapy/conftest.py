"""A practice over a real store, library and sticks, with PIN hashes that cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles import hashing
from tests.therapy.rig import PracticeRig


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_TIME_COST", 1)
    monkeypatch.setattr(hashing, "_MEMORY_KIB", 8)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[PracticeRig]:
    made = PracticeRig(tmp_path / "data")
    yield made
    made.close()
    assert made.died == []
