"""One data folder is made for all tests, and each test gets a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.export import made
from tests.staff.rig import Rig

SESSIONS = 20


@pytest.fixture(scope="session")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("staff") / "data"
    made.kept(data, SESSIONS)
    return data


@pytest.fixture
def data(twenty: Path, tmp_path: Path) -> Path:
    return shutil.copytree(twenty, tmp_path / "data")


@pytest.fixture
def rig(data: Path) -> Iterator[Rig]:
    made_rig = Rig(data)
    yield made_rig
    made_rig.close()
    assert made_rig.died == []
