"""A few small files onto a stick: all or none, and what was there before stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kiosk.export import small
from kiosk.export.errors import NotVerified
from kiosk.export.small import write_files

FILES = {"a.html": b"new a", "b.txt": b"new b"}


def names(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_they_replace_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"old")
    write_files(tmp_path, FILES)
    assert names(tmp_path) == FILES


@pytest.mark.parametrize("at", [1, 2])
def test_a_stick_that_is_full_keeps_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    (tmp_path / "a.html").write_bytes(b"old")
    calls = []
    sync = os.fsync

    def full(file: int) -> None:
        calls.append(file)
        if len(calls) == at:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_files(tmp_path, FILES)
    assert names(tmp_path) == {"a.html": b"old"}


def test_what_is_not_what_was_written_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_bytes(b"old")
    monkeypatch.setattr(small, "content_of", lambda path, limit: b"other")
    with pytest.raises(NotVerified):
        write_files(tmp_path, FILES)
    assert names(tmp_path) == {"a.html": b"old"}


def test_what_a_stick_that_was_pulled_out_still_has_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "a.html.part").write_bytes(b"half")
    write_files(tmp_path, FILES)
    assert names(tmp_path) == FILES
