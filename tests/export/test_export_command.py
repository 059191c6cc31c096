"""``sternway export`` as it is typed: exit status 0, 1, 2, and one line on stderr."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kiosk.__main__ import main
from kiosk.export import command
from tests.export import made
from tests.export.conftest import Kept
from tests.export.faults import failing, faults
from tests.export.test_export_files import check_manifest


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"{self.prog}: {message}\n")


def sternway(*words: str | Path) -> int:
    parser = _Parser(prog="sternway")
    command.add_parser(parser.add_subparsers(required=True, parser_class=_Parser))
    try:
        options = parser.parse_args(["export", *map(str, words)])
    except SystemExit as end:
        return int(end.code or 0)
    return int(options.command(options))


def test_done(kept: Kept, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sternway("--to", stick, "--data", kept.data) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (folder,) = (stick / "STERNWAY").iterdir()
    assert str(folder) in out
    assert "read back" in out
    assert "30 sessions of 3 people and 10 of guests" in out
    check_manifest(folder)


def test_ranges_and_formats(kept: Kept, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = ("--since", "2026-11-05", "--until", "2026-11-06")
    assert sternway("--to", stick, "--data", kept.data, *days, "--formats", "csv, json") == 0
    (folder,) = (stick / "STERNWAY").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        *("sessions.csv", "sessions.json", "manifest.json"),
    }
    assert capsys.readouterr().out.split()[0] in {"4", "5", "6"}


def test_identified(kept: Kept, stick: Path) -> None:
    key = str(pyrage.x25519.Identity.generate().to_public())
    words = ("--identified", "--recipient", key)
    assert sternway("--to", stick, "--data", kept.data, *words) == 0
    assert len([*stick.rglob("*.age")]) == 1


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--formats", "xml"), ("xml", "csv, json")),
        (("--formats", ","), ("none", "csv, json")),
        (("--since", "yesterday"), ("yesterday", "2026-11-01")),
        (("--since", "2026-11-09", "--until", "2026-11-02"), ("2026-11-09", "swap")),
        (("--identified",), ("--recipient",)),
        (("--recipient", "age1x"), ("--identified",)),
        (("--identified", "--recipient", "age1x"), ("age1",)),
        (("--data", "nowhere"), ("nowhere",)),
        (("--to", "nowhere"), ("nowhere",)),
    ],
)
def test_unusable(
    kept: Kept,
    stick: Path,
    words: tuple[str, ...],
    parts: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert sternway("--to", stick, "--data", kept.data, *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    for part in parts:
        assert part in err
    assert not list(stick.iterdir())


def test_to_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert sternway() == 2
    assert "--to" in capsys.readouterr().err


def test_a_stick_that_fails(kept: Kept, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with faults(20, failing(errno.EROFS)):
        assert sternway("--to", stick, "--data", kept.data) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "write-protected" in err


def test_not_all_of_the_log(
    tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    made.kept(data, 3)
    (data / "log" / "2026-12.json").write_bytes(b"")
    assert sternway("--to", stick, "--data", data) == 1
    err = capsys.readouterr().err
    assert "exported, but not all" in err
    assert "2026-12.json" in err
    assert len([*(stick / "STERNWAY").iterdir()]) == 1


def test_ctrl_c_cancels(kept: Kept, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert threading.current_thread() is threading.main_thread()
    with faults(30, lambda: os.kill(os.getpid(), signal.SIGINT)):
        assert sternway("--to", stick, "--data", kept.data) == 1
    assert "cancelled. Nothing of it is left" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before
    assert not list((stick / "STERNWAY").iterdir())


def test_a_session_that_runs_and_an_unfinished_export_are_told(
    tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    made.kept(data, 1)
    (data / "journal" / "x.jsonl").write_text("")
    (stick / "STERNWAY" / "SW-OLD_2026-01-01_1.part").mkdir(parents=True)
    assert sternway("--to", stick, "--data", data) == 0
    out = capsys.readouterr().out
    assert "not closed yet: 1" in out
    assert "SW-OLD_2026-01-01_1.part" in out


def test_sessions_whose_day_is_not_sure_are_told(
    tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    made.kept(data, 2, lambda number, one: one.update(clock_trusted=number > 0))
    assert sternway("--to", stick, "--data", data, "--until", "2020-01-01") == 0
    assert "Left out, because their day is not sure: 1\n" in capsys.readouterr().out
    assert sternway("--to", stick, "--data", data) == 0
    assert "not sure" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("people", "said"),
    [(0, "4 sessions of guests"), (4, "4 sessions of 1 person"), (1, "1 session of 1 person")],
)
def test_it_is_said_of_whom_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], people: int, said: str
) -> None:
    def change(number: int, one: dict[str, Any]) -> None:
        one["profile_code"] = "P-1234" if number < people else None

    made.kept(tmp_path / "data", 4, change)
    (tmp_path / "stick").mkdir()
    assert main(["export", "--to", str(tmp_path / "stick"), "--data", str(tmp_path / "data")]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith(said)
