"""What unfinished exports left goes; what is anybody's stays, whatever a stick holds."""

from __future__ import annotations

import errno
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.export import leftovers
from kiosk.export.errors import NotOurs, WriteFailed
from kiosk.export.exporter import Export
from kiosk.export.leftovers import forget_unfinished
from kiosk.export.plan import Request
from tests.export import made
from tests.export.conftest import Kept
from tests.export.faults import failing, faults
from tests.export.test_export_files import check_manifest, export

NAME = "SW-9QX7KZ_2026-12-31_1.part"


def unfinished(stick: Path, name: str = NAME) -> Path:
    folder = stick / "STERNWAY" / name
    (folder / "traces").mkdir(parents=True)
    for file in ("sessions.csv", "sessions.json.part", "traces/S1.csv", "traces/S2.csv.part"):
        (folder / file).write_bytes(b"x")
    return folder


def test_there_is_nothing_to_forget(stick: Path) -> None:
    assert forget_unfinished(stick) == 0
    (stick / "STERNWAY").mkdir()
    assert forget_unfinished(stick) == 0


def test_what_pulled_sticks_left_goes_and_what_is_whole_stays(kept: Kept, stick: Path) -> None:
    done = export(kept.data, stick)
    with faults(40, failing(errno.EIO), lasting=True), pytest.raises(WriteFailed):
        export(kept.data, stick)
    unfinished(stick, "kiosk_2026-11-01_12.part")
    (stick / "STERNWAY" / "SW-1_2026-11-01_3.part").mkdir()
    assert len([*(stick / "STERNWAY").glob("*.part")]) == 3
    assert forget_unfinished(stick) == 3
    assert [*(stick / "STERNWAY").iterdir()] == [done.folder]
    check_manifest(done.folder)


@pytest.mark.parametrize(
    "name",
    [
        "notes.part",
        "SW-9QX7KZ_2026-12-31_1",
        "SW-9QX7KZ_2026-12-31_1.part.part",
        "..part",
        "SW 1_2026-12-31_1.part",
        "SW-1_2026-12-31_1.part\n",
        "SW-1_2026-12-31_1234567.part",
    ],
)
def test_other_names_stay(stick: Path, name: str) -> None:
    unfinished(stick, name)
    before = made.tree_hash(stick)
    assert forget_unfinished(stick) == 0
    assert made.tree_hash(stick) == before


def test_nothing_is_reached_through_a_link(stick: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    mine = unfinished(elsewhere)
    before = made.tree_hash(elsewhere)
    (stick / "STERNWAY").symlink_to(elsewhere / "STERNWAY")
    with pytest.raises(WriteFailed, match="could not be deleted"):
        forget_unfinished(stick)
    (stick / "STERNWAY").unlink()
    (stick / "STERNWAY").mkdir()
    (stick / "STERNWAY" / NAME).symlink_to(mine)
    assert forget_unfinished(stick) == 0
    (stick / "STERNWAY" / NAME).unlink()
    (stick / "STERNWAY" / NAME).write_text("a file")
    assert forget_unfinished(stick) == 0
    (stick / "STERNWAY" / NAME).unlink()
    (stick / "STERNWAY" / NAME).mkdir()
    (stick / "STERNWAY" / NAME / "traces").symlink_to(mine / "traces")
    with pytest.raises(NotOurs, match="on a computer"):
        forget_unfinished(stick)
    assert made.tree_hash(elsewhere) == before


@pytest.mark.parametrize("what", ["folder", "deep", "link", "pipe", "in traces"])
def test_a_strange_folder_stays_whole_and_the_others_go(
    stick: Path, tmp_path: Path, what: str
) -> None:
    strange = unfinished(stick)
    match what:
        case "folder":
            (strange / "photos").mkdir()
        case "deep":
            (strange / "traces" / "/".join("d" * 300)).mkdir(parents=True)
        case "link":
            (strange / "a").symlink_to(tmp_path)
        case "pipe":
            os.mkfifo(strange / "a")
        case _:
            (strange / "traces" / "sub").mkdir()
    other = unfinished(stick, "SW-2_2026-11-01_1.part")
    before = made.tree_hash(strange)
    with pytest.raises(NotOurs, match=NAME):
        forget_unfinished(stick)
    assert made.tree_hash(strange) == before
    assert not other.exists()


def test_too_many_files_are_no_exports(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished(stick)
    monkeypatch.setattr(leftovers, "_MOST_FILES", 1)
    with pytest.raises(NotOurs):
        forget_unfinished(stick)
    monkeypatch.setattr(leftovers, "_MOST_FOLDERS", 0)
    assert forget_unfinished(stick) == 0


def test_an_export_that_is_being_written_stays(kept: Kept, stick: Path) -> None:
    counts: list[int] = []

    def now(progress: Any) -> None:
        counts.append(forget_unfinished(stick))

    with Export(Request(kept.data, stick), now=datetime(2026, 12, 31, tzinfo=UTC)) as one:
        done = one.run(now, threading.Event())
    assert set(counts) == {0}
    check_manifest(done.folder)


def test_a_stick_that_fails_is_told(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished(stick)
    monkeypatch.setattr(os, "rmdir", lambda *args, **more: failing(errno.EROFS)())
    with pytest.raises(WriteFailed, match=r"could not be deleted\. The stick is write-prot"):
        forget_unfinished(stick)


def test_it_is_durable(stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished(stick)
    calls: list[str] = []
    for name in ("rmdir", "fsync"):
        real = getattr(os, name)

        def noted(*args: Any, _real: Any = real, _name: str = name, **more: Any) -> None:
            calls.append(_name)
            _real(*args, **more)

        monkeypatch.setattr(os, name, noted)
    assert forget_unfinished(stick) == 1
    assert calls == ["rmdir", "rmdir", "fsync"]
