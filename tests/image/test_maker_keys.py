"""Whose updates an image takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from image.maker.keys import PUBLIC, SECRET, trusted, warning
from kiosk.upkeep.updater.signature import keys_in

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"


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


def test_each_build_for_a_board_says_that_its_key_has_no_password(tmp_path: Path) -> None:
    given, own = tmp_path / "given", tmp_path / "build/keys"
    told = warning(own, given, "pi")
    assert told is not None
    assert str(own / SECRET) in told
    assert warning(own, given, "virt") is None
    assert warning(given, given, "pi") is None


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_clean_leaves_the_keys_by_which_flashed_kiosks_are_updated(tmp_path: Path) -> None:
    shutil.copy(MAKEFILE, tmp_path)
    pair = [
        tmp_path / "build/image" / name for name in ("pi/keys/build.key", "pi-x/keys/build.pub")
    ]
    built = [
        tmp_path / "build" / name
        for name in (
            "image/pi/sternway.img",
            "image/pi/root-1/keys/x",
            "image/keys/x",
            "deb/keys/x",
        )
    ]
    for path in (*pair, *built):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    done = subprocess.run(
        ["make", "clean"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    left = {path for path in (tmp_path / "build").rglob("*") if path.is_file()}
    assert left == set(pair)
    assert "build/image/pi/keys" in done.stdout
    shutil.rmtree(tmp_path / "build/image")
    done = subprocess.run(
        ["make", "clean"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert not (tmp_path / "build").exists()
    assert "Kept" not in done.stdout
