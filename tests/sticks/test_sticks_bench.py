"""The simulation's sticks, as the bench plugs them in: what may be said, and what a folder does."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.sticks.bench import StickIn, StickOut, parse
from kiosk.sticks.model import StickError
from kiosk.sticks.simulated import MOUNTS, SimulatedSticks
from tests.sticks.rig import (
    FolderTwin,
    make_image,
    need_loops,
    only,
    read_folder,
    read_image,
    run,
    wait_for,
)


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[FolderTwin]:
    found = FolderTwin(tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (b'{"stick": "in"}', StickIn(name="A")),
        (b'{"t": 1.5, "stick": "out", "name": "B"}', StickOut(name="B", t=1.5)),
        (
            b'{"stick":"in","name":"x-1","folder":"/y","read_only":true,"filesystem":"ntfs",'
            b'"label":"Clinic","part_of":"x"}',
            StickIn("x-1", "/y", None, "Clinic", True, "ntfs", "x"),
        ),
        (b'{"stick": "in", "image": "/z.img"}', StickIn(image="/z.img")),
    ],
)
def test_what_may_be_said(line: bytes, request_: StickIn | StickOut) -> None:
    assert parse(line) == request_


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"stick": "up"}', "Invalid value 'up'"),
        (b'{"stick": "in", "name": "../x"}', "name"),
        (b'{"stick": "in", "name": ".mounted"}', "name"),
        (b'{"stick": "in", "read_only": 1}', "read_only"),
        (b'{"stick": "in", "size": 1}', "size"),
        (b'{"stick": "out", "folder": "/x"}', "folder"),
        (b'{"stick": "in", "filesystem": "VFAT!"}', "filesystem"),
        (b'{"stick": "in", "image": "/x", "label": "y"}', "leave out"),
        (b'{"do": 1}', "stick"),
        (b"nonsense", "malformed"),
        (b"[" * 100_000, "stick"),
    ],
)
def test_what_may_not_be_said(line: bytes, words: str) -> None:
    with pytest.raises(StickError, match=words):
        parse(line)


def test_in_and_out_at_the_wrong_time(twin: FolderTwin, tmp_path: Path) -> None:
    with pytest.raises(StickError, match="A is not in"):
        twin.pull("A")
    twin.plug("A")
    with pytest.raises(StickError, match="A is in already"):
        twin.plug("A")
    for folder, words in ((tmp_path / "none", "no such folder"), (tmp_path, "simulation itself")):
        with pytest.raises(StickError, match=words):
            twin.say(stick="in", name="B", folder=str(folder))
    assert len(twin.sticks.plugged()) == 1


def test_a_stick_without_a_folder_keeps_what_is_on_it(twin: FolderTwin, tmp_path: Path) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    (twin.sticks.mount(stick_id, writable=True) / "x").write_text("x")
    twin.sticks.unmount(stick_id)
    twin.close()
    again = SimulatedSticks(tmp_path / "sticks")
    again.bench(b'{"stick": "in"}')
    assert (again.mount(only(again).id, writable=False) / "x").read_text() == "x"
    again.close()


def test_a_folder_of_ones_own(twin: FolderTwin, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "deep").mkdir(parents=True)
    (mine / "deep" / "profile.json").write_text("{}")
    (mine / "link").symlink_to("/etc/passwd")
    twin.say(stick="in", name="A", folder=str(mine), label="Sam's")
    stick = only(twin.sticks)
    assert stick.label == "Sam's"
    path = twin.sticks.mount(stick.id, writable=True)
    assert (path / "deep" / "profile.json").read_text() == "{}"
    assert (path / "link").is_symlink()
    (path / "deep" / "report.pdf").write_text("%PDF")
    (mine / "came-meanwhile").write_text("x")
    twin.sticks.unmount(stick.id)
    twin.pull("A")
    assert set(read_folder(mine)) >= {"deep/profile.json", "deep/report.pdf", "came-meanwhile"}
    assert (mine / "link").is_symlink()


def test_what_is_written_to_a_read_only_mount_is_not_the_sticks(twin: FolderTwin) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    path = twin.sticks.mount(stick_id, writable=False)
    assert path.stat().st_mode & 0o222 == 0
    if os.geteuid() == 0:  # whom no mode stops
        (path / "x").write_text("x")
    twin.sticks.unmount(stick_id)
    twin.pull("A")
    assert twin.kept("A") == {}


def test_pulled_while_a_thread_writes_as_fast_as_it_can(twin: FolderTwin) -> None:
    twin.plug("A")
    path = twin.sticks.mount(only(twin.sticks).id, writable=True)
    top = os.open(path, os.O_RDONLY)
    errors: list[OSError] = []
    written = 0

    def write() -> None:
        nonlocal written
        try:
            for number in range(1_000_000):
                os.mkdir(f"d{number}", dir_fd=top)
                os.close(os.open(f"d{number}/f", os.O_WRONLY | os.O_CREAT, dir_fd=top))
                written = number
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    wait_for(lambda: written > 50)
    twin.pull("A")
    thread.join(20)
    os.close(top)
    assert errors
    assert not path.exists()
    kept = len(twin.kept("A"))
    assert 50 < kept <= written + 1


def test_what_a_killed_simulation_left_mounted_is_cleared_away(tmp_path: Path) -> None:
    twin = FolderTwin(tmp_path)
    twin.plug("A")
    (twin.sticks.mount(only(twin.sticks).id, writable=True) / "x").write_text("x")
    SimulatedSticks(tmp_path / "sticks")
    assert list((tmp_path / "sticks" / MOUNTS).iterdir()) == []
    twin.close()


def test_an_image_left_mounted_is_cleared_away(tmp_path: Path) -> None:
    need_loops()
    twin = FolderTwin(tmp_path)
    image = make_image(tmp_path / "a.img", ("ext4",))
    twin.say(stick="in", name="A", image=str(image))
    path = twin.sticks.mount(only(twin.sticks).id, writable=False)
    assert path.is_mount()
    other = SimulatedSticks(tmp_path / "sticks")
    assert not path.exists()
    other.close()
    twin.close()


def test_an_image_goes_with_the_kiosk(tmp_path: Path) -> None:
    need_loops()
    twin = FolderTwin(tmp_path)
    image = make_image(tmp_path / "a.img", ("ext4", "ext4"))
    twin.say(stick="in", name="A", image=str(image))
    first, _ = twin.sticks.plugged()
    (twin.sticks.mount(first.id, writable=True) / "x").write_text("x")
    twin.close()
    wait_for(lambda: str(image) not in run("losetup", "--all"), "a loop device that goes")


def test_a_stick_that_fills_up(tmp_path: Path) -> None:
    need_loops()
    twin = FolderTwin(tmp_path)
    image = make_image(tmp_path / "a.img", ("ext4",), 2 * 2**20)
    twin.say(stick="in", name="A", image=str(image))
    stick = only(twin.sticks)
    path = twin.sticks.mount(stick.id, writable=True)
    with pytest.raises(OSError, match="No space left"), (path / "big").open("wb") as file:
        file.write(b"x" * 2**22)
    (path / "big").unlink()
    (path / "small").write_text("x")
    twin.sticks.unmount(stick.id)
    twin.close()
    assert read_image(image) == {"small": b"x"}


def test_an_image_needs_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    twin = FolderTwin(tmp_path)
    with pytest.raises(StickError, match="needs root: use a folder"):
        twin.say(stick="in", name="A", image="/x.img")
    twin.close()


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no such image"), (b"", "cannot be plugged in|would show|read")]
)
def test_an_image_that_is_none(tmp_path: Path, content: bytes | None, words: str) -> None:
    need_loops()
    image = tmp_path / "a.img"
    if content is not None:
        image.write_bytes(content)
    twin = FolderTwin(tmp_path)
    with pytest.raises(StickError, match=words):
        twin.say(stick="in", name="A", image=str(image))
    assert twin.sticks.plugged() == ()
    twin.close()


def test_closing_lets_go_of_everything(tmp_path: Path) -> None:
    twin = FolderTwin(tmp_path)
    twin.plug("A")
    path = twin.sticks.mount(only(twin.sticks).id, writable=True)
    (path / "x").write_text("x")
    with (path / "open").open("w"):
        twin.close()
    assert not path.exists()
    assert twin.kept("A")["x"] == b"x"


def test_what_goes_into_an_open_file_of_a_pulled_stick_is_lost(twin: FolderTwin) -> None:
    twin.plug("A")
    path = twin.sticks.mount(only(twin.sticks).id, writable=True)
    with (path / "x").open("wb", buffering=0) as file:
        file.write(b"before")
        twin.pull("A")
        file.write(b" after")
    assert twin.kept("A") == {"x": b"before"}
