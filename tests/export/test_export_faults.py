"""The stick fails at every call, is pulled at every call, and is cancelled at every file.

No folder that looks complete is left, nothing in the data folder changes (the fixture looks), and
what the person is told is true.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.export.content import Content, Item
from kiosk.export.errors import (
    Cancelled,
    ExportError,
    SourceFailed,
    WriteFailed,
    told_of,
)
from kiosk.export.exporter import Done, Export
from kiosk.export.plan import Request
from profiles.saying import plain
from tests.export import made
from tests.export.conftest import Kept
from tests.export.faults import failing, faults
from tests.export.test_export_files import check_manifest

NOW = datetime(2026, 12, 31, tzinfo=UTC)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = tmp_path_factory.mktemp("four") / "data"
    made.kept(data, 4)
    before = made.tree_hash(data)
    yield data
    assert made.tree_hash(data) == before, "an export changed the data folder"


FORMATS = frozenset({"csv", "json", "traces", "html"})  # the PDF takes longest, and adds no call


def run(data: Path, stick: Path, cancel: threading.Event | None = None) -> Done:
    with Export(Request(data, stick, formats=FORMATS), now=NOW) as one:
        one.plan()
        return one.run(cancel=cancel)


def complete_looking(stick: Path) -> list[Path]:
    root = stick / "STERNWAY"
    if not root.exists():
        return []
    return [path for path in root.iterdir() if not path.name.endswith(".part")]


def calls_of(data: Path, stick: Path) -> list[str]:
    with faults() as found:
        run(data, stick)
    return found.names


def test_every_kind_of_call_is_counted(four: Path, stick: Path) -> None:
    names = calls_of(four, stick)
    assert {*names} == {"open", "write", "fsync", "syncfs", "rename", "mkdir", "ask"}
    assert names[-2:] == ["rename", "fsync"], "the folder's name comes last"
    assert names.count("rename") == 4 + 3 + 1 + 1
    # The target, the folder and traces/ before reading back and after the manifest, STERNWAY last.
    assert names.count("fsync") == 1 + 2 * 2 + 1
    assert names[-5:-2] == ["fsync", "fsync", "ask"]


@pytest.mark.parametrize(("number", "every"), [(errno.ENOSPC, 1), (errno.EIO, 5), (errno.EROFS, 7)])
def test_one_call_fails(four: Path, tmp_path: Path, number: int, every: int) -> None:
    (tmp_path / "count").mkdir()
    names = calls_of(four, tmp_path / "count")
    for at in range(0, len(names), every):
        stick = tmp_path / f"stick{at}"
        stick.mkdir()
        with faults(at, failing(number)), pytest.raises(WriteFailed) as error:
            run(four, stick)
        assert not complete_looking(stick), names[at]
        told = str(error.value)
        assert re.match(r"The export could not be written\. [^.]+\. ", told), told
        left = [*(stick / "STERNWAY").iterdir()] if (stick / "STERNWAY").exists() else []
        assert ("Nothing of it is left" in told) == (not left), (names[at], told)


def test_the_stick_is_pulled(four: Path, tmp_path: Path) -> None:
    """From the Nth call on everything fails, removing too."""
    (tmp_path / "count").mkdir()
    names = calls_of(four, tmp_path / "count")
    for at in range(len(names)):
        stick = tmp_path / f"stick{at}"
        stick.mkdir()
        with faults(at, failing(errno.EIO), lasting=True), pytest.raises(WriteFailed) as error:
            run(four, stick)
        told = str(error.value)
        assert "pulled out" in told
        for folder in complete_looking(stick):
            # Only the very last fsync is left, and even its failure is not hidden.
            assert at == len(names) - 1
            assert "export again" in told
            check_manifest(folder)
        parts = [*(stick / "STERNWAY").glob("*.part")]
        if parts:
            assert "ends in .part" in told


def test_cancelled_at_every_call(four: Path, tmp_path: Path) -> None:
    (tmp_path / "count").mkdir()
    names = calls_of(four, tmp_path / "count")
    for at in range(len(names)):
        stick = tmp_path / f"stick{at}"
        stick.mkdir()
        cancel = threading.Event()
        try:
            with faults(at, cancel.set):
                run(four, stick, cancel)
        except Cancelled as error:
            assert str(error) == "The export was cancelled. Nothing of it is left on the stick."
            assert not complete_looking(stick)
            assert not [*(stick / "STERNWAY").glob("*.part")]
        else:
            assert at >= len(names) - 3, "after the last look nothing but the folder's name comes"
            (folder,) = complete_looking(stick)
            check_manifest(folder)


def test_a_stick_that_is_pulled_while_a_cancelled_export_is_removed(
    four: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was removed, but not durably, may be there again: nobody is told that it is gone."""
    cancel = threading.Event()
    real = os.rmdir

    def pulled(*args: Any, **more: Any) -> None:
        real(*args, **more)
        monkeypatch.setattr(os, "fsync", lambda file: failing(errno.EIO)())

    monkeypatch.setattr(os, "rmdir", pulled)
    with faults(20, cancel.set), pytest.raises(Cancelled) as error:
        run(four, stick, cancel)
    assert not list((stick / "STERNWAY").iterdir())
    assert "Nothing of it is left" not in str(error.value)
    assert "ends in .part" in str(error.value)


def test_cancelled_at_every_file(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = threading.Event()
    countdown = 0
    real = Content.items

    def items(self: Content) -> Iterator[Item]:
        for number, item in enumerate(real(self)):
            if number == countdown:
                cancel.set()
            yield item

    monkeypatch.setattr(Content, "items", items)
    for countdown in range(43):
        stick = tmp_path / f"stick{countdown}"
        stick.mkdir()
        cancel.clear()
        with pytest.raises(Cancelled):
            run(kept.data, stick, cancel)
        assert not list((stick / "STERNWAY").iterdir())


def test_cancelled_within_a_file(tmp_path: Path, stick: Path) -> None:
    made.written(tmp_path / "data", 3000, 0)
    cancel = threading.Event()
    request = Request(tmp_path / "data", stick, formats=frozenset({"json"}))
    with faults() as found, Export(request) as one:
        one.run()
    whole = found.names.count("write")
    assert whole > 8
    writes = [number for number, name in enumerate(found.names) if name == "write"]
    with faults(writes[2], cancel.set) as found, Export(request) as one, pytest.raises(Cancelled):
        one.run(cancel=cancel)
    assert found.names.count("write") == 3


def test_cancelled_before_it_began(kept: Kept, stick: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled, match="Nothing"):
        run(kept.data, stick, cancel)
    assert not list(stick.iterdir())


def test_a_short_write_is_gone_on_with(
    four: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, content: real(file, content[:1000]))
    check_manifest(run(four, stick).folder)


def test_the_kiosks_own_disk_is_not_blamed_on_the_stick(
    four: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", broken)
    with pytest.raises(SourceFailed, match=r"own log could not be read.*Nothing of it is left"):
        run(four, stick)
    assert not list((stick / "STERNWAY").iterdir())


def test_a_full_folder_is_told_apart_from_a_full_stick(four: Path, stick: Path) -> None:
    """A FAT folder takes 65,536 entries, and then says ENOSPC."""
    with faults(9, failing(errno.ENOSPC)), pytest.raises(WriteFailed, match="no more files"):
        run(four, stick)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The stick is full: choose fewer days"),
        (errno.EROFS, "The stick is write-protected: move its switch"),
        (errno.EIO, "The stick reports an error, or was pulled out: use"),
        (errno.ENODEV, "The stick was pulled out: put it in again."),
        (errno.ENOENT, "is gone: put it in again."),
        (errno.EFBIG, "A file is too large"),
        (errno.EMFILE, "The system says: Too many open files."),
    ],
)
def test_an_error_says_what_failed_and_why_with_the_mend(number: int, words: str) -> None:
    text = plain(told_of(OSError(number, os.strerror(number))))
    assert words in text
    assert text.startswith("The export could not be written. ")
    assert plain(told_of(OSError(number, ""))).endswith(text[-10:]), "though it gives no reason"
    assert text.endswith(".")
    assert "\n" not in text


def test_every_error_has_one_base() -> None:
    from kiosk.export import errors

    found = [one for one in vars(errors).values() if isinstance(one, type)]
    found = [one for one in found if one.__module__ == errors.__name__]
    assert all(issubclass(one, ExportError) for one in found)
