"""The command line of backups, restores and health, as processes and in here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import identity
from kiosk.__main__ import main
from kiosk.records.files import lock_folder
from kiosk.upkeep.health import keep_health
from tests.export import made as making
from tests.upkeep.test_backup import tree


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("kept") / "data"
    making.kept(data, 3)
    return data


def sternway(*words: object, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kiosk", *map(str, words)]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def test_there_and_back(kept: Path, tmp_path: Path) -> None:
    done = sternway("backup", tmp_path, "--data", kept)
    assert (done.returncode, done.stderr) == (0, "")
    first, told, phrase = done.stdout.splitlines()
    path = first.partition(": ")[0]
    assert "read back" in first
    assert "kept nowhere" in told
    new = tmp_path / "new"
    wrong = sternway("restore", path, "--data", new, given="no-such-phrase\n")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "passphrase does not open" in wrong.stderr
    assert tree(new) == {}
    done = sternway("restore", path, "--data", new, given=f"{phrase.strip()}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert tree(new) == tree(kept)


def test_what_cannot_be(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(tmp_path), "--data", str(tmp_path / "none")]) == 2
    assert main(["backup", str(tmp_path / "none"), "--data", str(kept)]) == 2
    lock = lock_folder(kept)
    try:
        assert main(["restore", str(tmp_path / "x"), "--data", str(kept)]) == 2
    finally:
        os.close(lock)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3
    assert "another Sternway is running" in told[2]


def test_a_file_that_is_not_there(kept: Path, tmp_path: Path) -> None:
    done = sternway("restore", tmp_path / "x.backup", "--data", kept, given="x\n")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_health_is_this_start_s_and_this_version_s(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["health", "--simulate", "--data", str(kept)]
    answers = True
    monkeypatch.setattr("kiosk.guard_child.somebody_listens", lambda _path: answers)
    assert main(words) == 1
    assert "never said" in capsys.readouterr().out
    keep_health(kept, "another boot", identity.version())
    assert main(words) == 1
    keep_health(kept, identity.boot_id(), "0.0.1")
    assert main(words) == 1
    keep_health(kept, identity.boot_id(), identity.version())
    capsys.readouterr()
    assert main(words) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["ok"] * 3
    answers = False
    assert main(words) == 1
    answers = True
    assert main(["health", "--simulate", "--data", str(kept / "none")]) == 1
