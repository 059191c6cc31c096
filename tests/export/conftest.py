"""One data folder for all tests: an export changes nothing in it, and each test checks that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.export import made


class Kept(NamedTuple):
    data: Path
    records: list[dict[str, Any]]


@pytest.fixture(scope="session")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    data = tmp_path_factory.mktemp("kept") / "data"
    return Kept(data, made.kept(data, 40))


@pytest.fixture
def kept(forty: Kept) -> Iterator[Kept]:
    before = made.tree_hash(forty.data)
    yield forty
    assert made.tree_hash(forty.data) == before, "the export changed the data folder"


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    path = tmp_path / "stick"
    path.mkdir()
    return path
