"""``sternway profiles report`` as a person types it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyrage
import pytest

from kiosk.__main__ import main
from kiosk.export import clinic
from kiosk.records.reader import LogReader
from tests.export import made
from tests.profiles.written import profile, taken, tree_hash
from tests.therapy.report import pdf

KEY = pyrage.x25519.Identity.generate()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data"

    def change(number: int, one: dict[str, Any]) -> None:
        one["profile_code"] = "P-7F3K" if number % 2 else "P-OTHER"
        one["profile_version"] = 3

    made.kept(path, 8, change)
    taken(path, profile())
    return path


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    path = tmp_path / "stick"
    path.mkdir()
    return path


def call(*words: str | Path) -> int:
    return main(["profiles", "report", *map(str, words)])


def written(stick: Path) -> Path:
    (folder,) = (stick / "STERNWAY").iterdir()
    return folder


def test_a_report_of_ones_own_sessions(
    data: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree_hash(data / "log")
    assert call("p-7f3k", "--to", stick, "--data", data) == 0
    folder = written(stick)
    printed = capsys.readouterr()
    assert printed.out == f"{folder}: report.pdf, report.html, manifest.json, read back\n"
    assert printed.err == ""
    text = pdf.said((folder / "report.pdf").read_bytes())
    assert "Sessions\n4\n" in text, "only those of this profile"
    assert "Sam" not in text
    assert tree_hash(data / "log") == before


def test_identified_goes_to_the_clinics_key(
    data: Path, stick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "clinic.pub"
    key.write_text(str(KEY.to_public()))
    clinic.take(key, data)
    assert call("P-7F3K", "--identified", "--to", stick, "--data", data) == 0
    folder = written(stick)
    content = pyrage.decrypt((folder / "sternway-report.zip.age").read_bytes(), [KEY])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = pdf.said(archive.read("report.pdf"))
    assert "Sam" in text
    assert "2026-11-2" in text
    assert made.KIOSK in text
    assert "Sam" not in capsys.readouterr().out


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_days_begin_where_the_settings_say(
    data: Path, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    key = tmp_path / "clinic.pub"
    key.write_text(str(KEY.to_public()))
    clinic.take(key, data)
    config = tmp_path / "sternway.toml"
    config.write_text(f'[site]\ntimezone = "{zone}"\n')
    assert call("P-7F3K", "--identified", "--to", stick, "--data", data, "--config", config) == 0
    content = pyrage.decrypt((written(stick) / "sternway-report.zip.age").read_bytes(), [KEY])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = pdf.said(archive.read("report.pdf"))
    with LogReader(data) as log:
        own = [one for one in map(log.record, log.entries) if one["profile_code"] == "P-7F3K"]
    began = [datetime.fromisoformat(one["started_at"]) for one in own]
    here = {f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d}" for at in began}
    utc = {f"{at:%Y-%m-%d}" for at in began}
    assert here != utc, "or it would show nothing"
    assert {day for day in here | utc if day in text} == here


def test_identified_without_a_key_is_refused(
    data: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("P-7F3K", "--identified", "--to", stick, "--data", data) == 2
    assert "clinic-key make" in capsys.readouterr().err
    assert not list(stick.iterdir())


def test_what_cannot_be_is_one_line(
    data: Path, stick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("P-7F3K", "--to", tmp_path / "none", "--data", data) == 2
    assert call("P-7F3K", "--to", data, "--data", data) == 2
    assert call("P-7F3K", "--to", data / "log", "--data", data) == 2
    assert call("P-NONE", "--to", stick, "--data", data) == 1
    (stick / "STERNWAY").write_text("a file")
    assert call("P-7F3K", "--to", stick, "--data", data) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("sternway: ") for line in lines)
    assert "is the stick in?" in lines[0]
    assert lines[3] == "sternway: there is no profile 'P-NONE' here; look at the list"
    assert (stick / "STERNWAY").read_text() == "a file"


def test_a_settings_file_that_is_wrong_is_told(
    data: Path, stick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "sternway.toml"
    config.write_text("[site]\nnmae = 'A'\n")
    assert call("P-7F3K", "--to", stick, "--data", data, "--config", config) == 2
    assert "did you mean name" in capsys.readouterr().err.replace('"', "")
    assert not list(stick.iterdir())


def test_a_log_that_is_not_whole_is_reported_and_told(
    data: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (month,) = (data / "log").glob("2026-??.json")
    month.write_text(month.read_text().replace('"pauses":1', '"pauses":2', 1))
    assert call("P-7F3K", "--to", stick, "--data", data) == 1
    assert "not all of the log" in capsys.readouterr().err
    assert (written(stick) / "report.pdf").exists()
