"""PIN hashes that cost next to nothing, but where a test says otherwise."""

from __future__ import annotations

import pytest

from profiles import hashing


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_hashes" in request.fixturenames:
        return
    monkeypatch.setattr(hashing, "_TIME_COST", 1)
    monkeypatch.setattr(hashing, "_MEMORY_KIB", 8)


@pytest.fixture
def real_hashes() -> None:
    """Ask for it to hash as the kiosk does."""
