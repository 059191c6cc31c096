"""A report onto a stick: what stands there, what does not, and what a failing stick leaves."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import threading
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kiosk.export import medium
from kiosk.export.errors import Cancelled, NotVerified, SourceFailed, Unusable, WriteFailed
from kiosk.export.leftovers import forget_unfinished
from kiosk.therapy.report import writing
from kiosk.therapy.report.subject import Subject
from kiosk.therapy.report.writing import write_report
from profiles.state import Held, State
from tests.export.faults import failing, faults
from tests.therapy.report import pdf
from tests.therapy.report.subjects import CODE, FIRST, NOTE, ORIGIN, record, records, subject

KEY = pyrage.x25519.Identity.generate()
PUBLIC = str(KEY.to_public())
NAME = "Ferdinanda"
DATES = re.compile(rb"(?<!\d)(?:19|20)\d\d[-/.][01]?\d|(?<!\d)[0-3]?\d:[0-5]\d(?!\d)")


def about(**changes: Any) -> Subject:
    found = records(14)
    found[3] |= {"program_id": "plan-of-Ferdinanda"}
    found[12] |= {"outcome": "safety_stop", "stop_reason": "Ferdinanda fell"}
    found[13] |= {"outcome": "Ferdinanda fell"}
    return subject(found, **{"display_name": NAME, "code": "P-7F3K", **changes})


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    path = tmp_path / "stick"
    path.mkdir()
    return path


def folder_of(stick: Path) -> Path:
    (folder,) = (stick / "STERNWAY").iterdir()
    return folder


def check(folder: Path) -> list[str]:
    """Check a folder against its manifest; return the names of its files."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert set(manifest) == {
        *("schema", "kiosk_id", "app_version", "made_at", "identified", "files")
    }
    names = [one["path"] for one in manifest["files"]]
    assert sorted([*names, "manifest.json"]) == sorted(path.name for path in folder.iterdir())
    for one in manifest["files"]:
        content = (folder / one["path"]).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
    return names


def readable(folder: Path) -> dict[str, bytes]:
    """Every byte below a folder, with every name, PDFs unpacked and their texts turned back."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        found[f"name of {path.name}"] = path.name.encode()
        if path.is_file():
            content = path.read_bytes()
            found[path.name] = content
            if path.suffix == ".pdf":
                found[f"{path.name} streams"] = b"\n".join(pdf.streams(content))
                found[f"{path.name} texts"] = pdf.said(content).encode()
    return found


# ---- de-identified -------------------------------------------------------------------------------


def test_what_stands_on_the_stick(stick: Path) -> None:
    done = write_report(about(), stick, ORIGIN)
    folder = folder_of(stick)
    assert done.folder == f"STERNWAY/{folder.name}"
    assert done.files == ("report.pdf", "report.html", "manifest.json")
    assert re.fullmatch(r"report_R-[2-9A-Z]{7}_2026-12-23_1", folder.name)
    assert check(folder) == ["report.pdf", "report.html"]
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["kiosk_id"] == "SW-9QX7KZ"
    assert manifest["made_at"] == "2026-12-23T15:04:05.000Z"
    assert manifest["identified"] is False
    code = folder.name.split("_")[1]
    assert pdf.said((folder / "report.pdf").read_bytes()).splitlines()[2] == code
    assert f"<h1>{code}</h1>" in (folder / "report.html").read_text()


FORBIDDEN = [
    *(NAME, NAME.lower(), NAME.upper(), "P-7F3K", "7F3K", "4821", "surgery", "Ferdinand"),
    *(ORIGIN.place, ORIGIN.version, "0193-", "fell", "plan-of"),
]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"state": State(held=Held("pain", FIRST))},
        {"state": State(ended_on=FIRST), "today": ORIGIN.today},
        {"expires_on": "2026-12-01"},
        {"plan": {"steps": [{"name": NAME, "min": 5, "low_kmh": 1, "high_kmh": 1.5}]}},
        {"schedule": None, "progression": None},
    ],
)
def test_nothing_that_tells_who_leaves_de_identified(stick: Path, changes: dict[str, Any]) -> None:
    write_report(about(**changes), stick, ORIGIN)
    found = readable(folder_of(stick))
    assert "report.pdf texts" in found
    for name, content in found.items():
        for word in FORBIDDEN:
            assert word.encode() not in content, (name, word)
            assert word.encode("utf-16-be") not in content, (name, word)


def test_no_date_leaves_de_identified(stick: Path) -> None:
    """But in the folder's name and the manifest, which say when it was made."""
    write_report(about(), stick, ORIGIN)
    found = readable(folder_of(stick))
    for name in ("report.html", "report.pdf texts"):
        assert not DATES.findall(found[name]), name
        assert b"2026" not in found[name]
    assert set(re.findall(rb"D:(\d{8})", found["report.pdf"])) == {b"20000101"}
    for one in about().progress.sessions:
        for name in ("report.html", "report.pdf", "report.pdf streams", "report.pdf texts"):
            assert str(one.day).encode() not in found[name]


def test_the_search_finds_it_all_where_it_is(stick: Path) -> None:
    """The same search of the identified papers finds every word: it is not blind."""
    for item in writing.papers(about(), ORIGIN, CODE, identified=True):
        (stick / item.path).write_bytes(b"".join(item.chunks))
    found = readable(stick)
    for word in (NAME, "P-7F3K", NOTE, ORIGIN.place, ORIGIN.version, "2026-12-20", "2026-11-22"):
        assert word.encode() in found["report.html"], word
        assert word.encode() in found["report.pdf texts"], word
    assert DATES.findall(found["report.pdf texts"])


def test_two_reports_share_no_code(stick: Path) -> None:
    for _ in range(2):
        write_report(about(), stick, ORIGIN)
    one, other = [path.name.split("_")[1] for path in (stick / "STERNWAY").iterdir()]
    assert one != other


# ---- identified ----------------------------------------------------------------------------------


def opened(folder: Path) -> dict[str, bytes]:
    content = pyrage.decrypt((folder / "sternway-report.zip.age").read_bytes(), [KEY])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_identified_it_opens_with_the_clinics_key_alone(stick: Path) -> None:
    done = write_report(about(), stick, ORIGIN, recipient=PUBLIC)
    folder = folder_of(stick)
    assert done.files == ("sternway-report.zip.age", "manifest.json")
    assert check(folder) == ["sternway-report.zip.age"]
    assert json.loads((folder / "manifest.json").read_bytes())["identified"] is True
    found = opened(folder)
    assert [*found] == ["report.pdf", "report.html"]
    assert NAME in pdf.said(found["report.pdf"])
    assert NOTE in found["report.html"].decode()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(
            (folder / "sternway-report.zip.age").read_bytes(),
            [pyrage.x25519.Identity.generate()],
        )


def test_identified_nothing_else_is_readable(stick: Path) -> None:
    write_report(about(), stick, ORIGIN, recipient=PUBLIC)
    for name, content in readable(folder_of(stick)).items():
        for word in (*FORBIDDEN[:-2], "report.pdf", "report.html", PUBLIC):
            assert word.encode() not in content, (name, word)


@pytest.mark.parametrize("key", ["", "age1nonsense", f"{KEY}", "Sam"])
def test_a_key_that_is_none_writes_nothing(stick: Path, key: str) -> None:
    with pytest.raises(Unusable) as error:
        write_report(about(), stick, ORIGIN, recipient=key)
    assert str(KEY) not in str(error.value)
    assert not list(stick.iterdir())


# ---- a stick that fails --------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def quick_papers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers that cost nothing: here it is about the stick."""
    if "fails" in request.node.name:
        monkeypatch.setattr(writing, "paper", lambda said, charts: [b"paper" * 1000])
        monkeypatch.setattr(writing, "page", lambda said, charts: [b"page" * 1000])


def calls(tmp_path: Path, recipient: str | None) -> list[str]:
    (tmp_path / "count").mkdir()
    with faults() as found:
        write_report(about(), tmp_path / "count", ORIGIN, recipient=recipient)
    return found.names


@pytest.mark.parametrize("recipient", [None, PUBLIC], ids=["open", "sealed"])
@pytest.mark.parametrize(
    ("number", "mend"),
    [
        (errno.ENOSPC, "The stick is full: make room on it, or use another."),
        (errno.EROFS, "The stick is write-protected: release its switch, or use another."),
        (errno.EIO, "The stick reports an error, or was pulled out: use another."),
        (errno.ENODEV, "The stick was pulled out: put it in again, and make the report once more."),
    ],
)
def test_one_call_fails(tmp_path: Path, recipient: str | None, number: int, mend: str) -> None:
    names = calls(tmp_path, recipient)
    assert {"open", "write", "fsync", "syncfs", "rename", "mkdir", "ask"} == {*names}
    for at in range(len(names)):
        stick = tmp_path / f"stick{at}"
        stick.mkdir()
        with faults(at, failing(number)), pytest.raises(WriteFailed) as error:
            write_report(about(), stick, ORIGIN, recipient=recipient)
        told = str(error.value)
        assert told.startswith(mend + " "), (names[at], told)
        left = [*(stick / "STERNWAY").iterdir()] if (stick / "STERNWAY").exists() else []
        assert not [path for path in left if not path.name.endswith(".part")]
        assert ("Nothing of the report is left on it." in told) == (not left), (names[at], told)


def test_the_stick_fails_for_good(tmp_path: Path) -> None:
    """Pulled out at each call: what is left says what it is, and is taken away next time."""
    names = calls(tmp_path, None)
    for at in range(len(names)):
        stick = tmp_path / f"stick{at}"
        stick.mkdir()
        with (
            faults(at, failing(errno.EIO), lasting=True),
            pytest.raises(WriteFailed) as error,
        ):
            write_report(about(), stick, ORIGIN)
        told = str(error.value)
        left = [*(stick / "STERNWAY").iterdir()] if (stick / "STERNWAY").exists() else []
        for path in left:
            if path.name.endswith(".part"):
                assert "ends in .part" in told
            else:
                assert at == len(names) - 1, "only after the name itself"
                assert f"Its folder {path.name} may not last" in told
                check(path)
        parts = [path for path in left if path.name.endswith(".part")]
        assert forget_unfinished(stick) == len(parts)
        assert not list(stick.glob("STERNWAY/*.part"))


def test_cancelled_before_a_call_fails(tmp_path: Path) -> None:
    names = calls(tmp_path, None)
    cancelled = 0
    for at in range(len(names)):
        stick = tmp_path / f"stick{at}"
        stick.mkdir()
        cancel = threading.Event()
        try:
            with faults(at, cancel.set):
                write_report(about(), stick, ORIGIN, cancel=cancel)
        except Cancelled as error:
            cancelled += 1
            assert str(error) == "The report was cancelled. Nothing of the report is left on it."
            assert not list((stick / "STERNWAY").iterdir())
        else:
            check(folder_of(stick))
    assert cancelled >= len(names) - 4


def test_cancelled_at_once_touches_nothing(stick: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        write_report(about(), stick, ORIGIN, cancel=cancel)
    assert not list(stick.iterdir())


@pytest.mark.parametrize("recipient", [None, PUBLIC], ids=["open", "sealed"])
def test_a_stick_that_keeps_something_else_fails(
    stick: Path, recipient: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that all is well, and holds other bytes."""
    real = os.write

    def altered(file: int, content: Any) -> int:
        return real(file, bytes(content).replace(b"a", b"b"))

    monkeypatch.setattr(os, "write", altered)
    with pytest.raises(NotVerified) as error:
        write_report(about(), stick, ORIGIN, recipient=recipient)
    assert str(error.value) == (
        "What stands on the stick is not what was written to it: use another stick. "
        "Nothing of the report is left on it."
    )
    assert not list((stick / "STERNWAY").iterdir())


def test_a_reader_that_fails_is_no_success(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(medium, "__file__", "/nowhere/medium.py")
    with pytest.raises(SourceFailed, match=r"try again\. Nothing of the report"):
        write_report(about(), stick, ORIGIN)
    assert not list((stick / "STERNWAY").iterdir())


def test_a_stick_that_is_gone(stick: Path) -> None:
    stick.rmdir()
    with pytest.raises(Unusable, match="put it in again"):
        write_report(about(), stick, ORIGIN)


def test_a_link_on_the_stick_is_not_followed(stick: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (stick / "STERNWAY").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteFailed):
        write_report(about(), stick, ORIGIN)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_is_there_already_stays(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "new_code", lambda: CODE)
    first = write_report(about(), stick, ORIGIN).folder
    before = (stick / first / "report.pdf").read_bytes()
    second = write_report(subject([record(0, FIRST)]), stick, ORIGIN).folder
    assert (first[-2:], second[-2:]) == ("_1", "_2")
    assert (stick / first / "report.pdf").read_bytes() == before
    assert check(stick / second)
