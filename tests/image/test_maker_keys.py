"""Whose updates an image takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from image.maker.keys import PUBLIC, SECRET, trusted
from kiosk.upkeep.updater.signature import keys_in


def test_keys_that_were_laid_there_are_the_only_ones(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "clinic.pub").write_text("a key")
    assert trusted(given, tmp_path / "build") == given
    assert not (tmp_path / "build").exists()


@pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")
def test_without_one_the_build_makes_a_pair_once_and_keeps_it(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    folder = trusted(given, tmp_path / "build")
    secret = (folder / SECRET).read_bytes()
    assert keys_in(folder) == (folder / PUBLIC,)
    assert (folder / SECRET).stat().st_mode & 0o077 == 0
    assert trusted(given, tmp_path / "build") == folder
    assert (folder / SECRET).read_bytes() == secret
