"""Power lost at each step of an import and of forgetting, on an ext4 and on a strict disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drive import Drive, drive_with
from tests.profiles.power import (
    cut_at,
    fill,
    forgetting,
    importing,
    judge_forgetting,
    judge_import,
)
from tests.strict import every_way, is_strict, strict_with


@pytest.fixture(scope="module")
def ext4(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """A drive with two profiles."""
    return drive_with(tmp_path_factory, fill)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    return strict_with(tmp_path_factory.mktemp("strict"), fill)


@pytest.fixture
def drive(way: int, request: pytest.FixtureRequest) -> Drive:
    found: Drive = request.getfixturevalue("strict" if is_strict(way) else "ext4")
    return found


@every_way
def test_an_import_is_whole_or_not_there(drive: Drive, tmp_path: Path, way: int) -> None:
    work = importing(tmp_path)
    number = 0
    while cut_at(drive, number, way, work, judge_import):
        number += 1
    assert number > 4


@every_way
def test_what_was_forgotten_is_gone_once_the_kiosk_is_on_again(drive: Drive, way: int) -> None:
    number = 0
    while cut_at(drive, number, way, forgetting, judge_forgetting):
        number += 1
    assert number > 8
