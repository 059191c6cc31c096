"""An identified export: one encrypted file, which the clinic's key opens."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kiosk.export import sealed
from kiosk.export.content import Item
from kiosk.export.errors import Cancelled, SourceFailed, Unusable, WriteFailed
from kiosk.export.exporter import Export
from kiosk.export.plan import Request
from kiosk.records.chain import hash_of
from tests.export import made
from tests.export.conftest import Kept
from tests.export.faults import failing, faults
from tests.export.test_export_files import check_manifest, manifest_of
from tests.export.test_export_leaks import forbidden

KEY = pyrage.x25519.Identity.generate()
NOW = datetime(2026, 12, 31, tzinfo=UTC)


def exported(kept: Kept, stick: Path) -> Path:
    request = Request(kept.data, stick, recipient=str(KEY.to_public()))
    with Export(request, now=NOW, zone=UTC) as one:
        plan = one.plan()
        assert [file.path for file in plan.files] == [sealed.NAME, "manifest.json"]
        done = one.run()
    assert done.bytes <= plan.needed_bytes
    return done.folder


def opened(folder: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(pyrage.decrypt((folder / sealed.NAME).read_bytes(), [KEY])))


def test_nothing_readable_is_on_the_stick(kept: Kept, stick: Path) -> None:
    folder = exported(kept, stick)
    assert {path.name for path in folder.iterdir()} == {sealed.NAME, "manifest.json"}
    check_manifest(folder)
    assert manifest_of(folder)["identified"] is True
    content = (folder / sealed.NAME).read_bytes()
    assert content.startswith(b"age-encryption.org/v1\n")
    words = forbidden(kept) - {b"Sam"}  # three letters stand in any 50 kB by chance
    assert not [word for word in words if word in content]
    assert not [word for word in words if word in str(folder.relative_to(stick)).encode()[22:]]


def test_the_clinics_key_opens_the_whole_records(kept: Kept, stick: Path) -> None:
    archive = opened(exported(kept, stick))
    assert archive.testzip() is None
    names = set(archive.namelist())
    ids = [record["session_id"] for record in kept.records]
    assert names == {
        *("sessions.csv", "sessions.json", "report.html", "report.pdf", "manifest.json"),
        *(f"traces/{session_id}.csv" for session_id in ids),
    }
    records = json.loads(archive.read("sessions.json"))
    assert records == kept.records, "the log's order and every field"
    assert all(record["hash"] == hash_of(record) for record in records)
    manifest = json.loads(archive.read("manifest.json"))
    assert {file["path"] for file in manifest["files"]} == names - {"manifest.json"}
    for file in manifest["files"]:
        assert hashlib.sha256(archive.read(file["path"])).hexdigest() == file["sha256"]
    page = archive.read("report.html").decode()
    assert "Identified" in page
    assert "2026-11-03" in page
    assert made.PEOPLE[0] in page
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_another_key_does_not(kept: Kept, stick: Path) -> None:
    content = (exported(kept, stick) / sealed.NAME).read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(content, [pyrage.x25519.Identity.generate()])


@pytest.mark.parametrize("key", ["", "age1abc", "ssh-ed25519 AAAA", "hello", str(KEY)])
def test_what_is_no_public_key_is_refused(kept: Kept, stick: Path, key: str) -> None:
    if key:
        with pytest.raises(Unusable, match="public") as error:
            Export(Request(kept.data, stick, recipient=key))
        assert str(KEY) not in str(error.value)
    with pytest.raises(Unusable):
        sealed.recipient_of(key)


def test_every_call_fails(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made.kept(data, 2)
    formats = frozenset({"csv", "traces"})
    request = Request(data, tmp_path, formats=formats, recipient=str(KEY.to_public()))
    (tmp_path / "count").mkdir()
    with faults() as found, Export(request._replace(to=tmp_path / "count")) as one:
        one.run()
    for at in range(len(found.names)):
        stick = tmp_path / f"stick{at}"
        stick.mkdir()
        with (
            faults(at, failing()),
            Export(request._replace(to=stick)) as one,
            pytest.raises(WriteFailed),
        ):
            one.run()
        assert not [*(stick / "STERNWAY").glob("*")], found.names[at]


class _Refusing:
    """Takes so many writes, then refuses."""

    def __init__(self, error: BaseException, after: int) -> None:
        self.left = after
        self.error = error

    def __call__(self, content: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.error


@pytest.mark.parametrize("size", [10, 70_000, 300_000])
@pytest.mark.parametrize("error", [OSError(28, "full"), Cancelled("c")])
def test_a_failing_end_is_never_swallowed(size: int, error: Exception) -> None:
    """pyrage says nothing when the last write of a stream fails."""
    import random

    items = [Item("a", [random.Random(1).randbytes(size)])]
    whole: list[bytes] = []
    sealed.sealed(items, KEY.to_public(), whole.append)
    assert pyrage.decrypt(b"".join(whole), [KEY])
    for after in range(len(whole)):
        with pytest.raises(type(error)):
            sealed.sealed(items, KEY.to_public(), _Refusing(error, after))


def test_a_failing_source_is_never_swallowed() -> None:
    def broken() -> Any:
        yield b"x" * 100_000
        raise SourceFailed("gone")

    for items in ([Item("a", broken())], iter([Item("b", [b""]), Item("a", broken())])):
        with pytest.raises(SourceFailed, match="gone"):
            sealed.sealed(items, KEY.to_public(), lambda content: None)
