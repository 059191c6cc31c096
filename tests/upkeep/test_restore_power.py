"""The power cut at each step of a restore, on an ext4 and a strict disk: old data or new, whole."""

from __future__ import annotations

import contextlib
import itertools
import zipfile
from pathlib import Path

import pytest

from kiosk.paths import ASIDE
from kiosk.records.errors import DataUnusable
from kiosk.upkeep import keys
from kiosk.upkeep import restore as restoring
from kiosk.upkeep.backup import KEY, back_up
from kiosk.upkeep.content import STAGE
from kiosk.upkeep.restore import apply, stage
from tests.drive import Drive, drive_with
from tests.records.disk import PowerCut, disk
from tests.strict import every_way, is_strict, strict_ways, strict_with
from tests.upkeep.test_backup import HEAD_OF, VERSION, small_data, tree


class Backed:
    """A backup that waits on a stick, and what is in it."""

    def __init__(self, place: Path, what: str = "new") -> None:
        self.data = small_data(place / "data", what)
        (self.data / "profiles").mkdir()
        (self.data / "profiles/profiles.json").write_text("only in the backup")
        (place / "stick").mkdir()
        made = back_up(self.data, place / "stick", HEAD_OF, None)
        self.path, self.phrase = made.path, made.passphrase
        self.tree = tree(self.data)
        with zipfile.ZipFile(self.path) as archive:
            self.identity = keys.unlocked(archive.read(KEY), self.phrase)
        assert self.identity is not None


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Backed:
    return Backed(tmp_path_factory.mktemp("backed"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Backed:
    return Backed(tmp_path_factory.mktemp("other"), "newer")


def fill(point: Path) -> None:
    data = small_data(point / "data", "old")
    (data / "here").mkdir()
    (data / "here/note.json").write_text("only here")


@pytest.fixture(scope="module")
def ext4(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    return drive_with(tmp_path_factory, fill)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    return strict_with(tmp_path_factory.mktemp("strict"), fill)


@pytest.fixture
def drive(way: int, request: pytest.FixtureRequest) -> Drive:
    found: Drive = request.getfixturevalue("strict" if is_strict(way) else "ext4")
    return found


@pytest.fixture(autouse=True)
def quick(backed: Backed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drive is small, and scrypt takes a second for each case."""
    monkeypatch.setattr(restoring, "_SPARE_BYTES", 0)
    monkeypatch.setattr(keys, "unlocked", lambda *_: backed.identity)


@every_way
def test_a_restore_cut_anywhere(drive: Drive, backed: Backed, way: int) -> None:
    """Staged and swapped in, with the power gone after each call that changes the disk."""
    seen = set()
    number = 0
    while True:
        drive.renew()
        drive.mount()
        try:
            data = drive.point / "data"
            old = tree(data)
            was_cut = is_told = False
            with disk(number, drive.cut(way), before=False):
                try:
                    stage(backed.path, data, backed.phrase, version=VERSION)
                    is_told = True
                    apply(data)
                except PowerCut:
                    was_cut = True
            drive.unmount()
            drive.mount()
            applied = apply(data)
            now = tree(data)
            assert now == backed.tree or (now == old and not is_told), number
            if now == backed.tree:
                assert tree(data / f"{ASIDE}1") == old, number
            assert not (data / restoring.STAGE).exists()
            seen.add("new" if now == backed.tree else "old")
            seen.add("went on" if applied is not None else "was over")
        finally:
            drive.unmount()
        if not was_cut:
            break
        number += 1
    assert seen == {"new", "old", "went on", "was over"}
    assert number > 25


@strict_ways
def test_another_backup_over_one_that_waits(
    drive: Drive, backed: Backed, other: Backed, way: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that waits is taken away first, and no half of either ever comes in."""
    seen = set()
    for number in itertools.count():
        drive.renew()
        drive.mount()
        data = drive.point / "data"
        old = tree(data)
        stage(backed.path, data, backed.phrase, version=VERSION)
        drive.unmount()
        drive.mount()
        try:
            was_cut = False
            monkeypatch.setattr(keys, "unlocked", lambda *_: other.identity)
            with disk(number, drive.cut(way), before=False):
                try:
                    stage(other.path, data, other.phrase, version=VERSION)
                except (PowerCut, OSError):
                    was_cut = True
            if not was_cut:
                drive.lose_power(way)
            monkeypatch.setattr(keys, "unlocked", lambda *_: backed.identity)
            drive.unmount()
            drive.mount()
            apply(data)
            now = tree(data)
            assert now == other.tree or (was_cut and now in (old, backed.tree)), number
            seen.add(("old", "first", "second")[[old, backed.tree, other.tree].index(now)])
        finally:
            drive.unmount()
        if not was_cut:
            break
    assert {"second"} < seen
    assert number > 20


def test_a_swap_that_is_cut_twice(tmp_path: Path, backed: Backed) -> None:
    """Each attempt gets one step further, and no attempt undoes one."""
    data = small_data(tmp_path / "data", "old")
    old = tree(data)
    stage(backed.path, data, backed.phrase, version=VERSION)

    def cut() -> None:
        raise PowerCut

    for _ in range(100):
        with disk(2, cut, before=False):
            try:
                apply(data)
                break
            except PowerCut:
                continue
    while apply(data) is not None:
        continue
    assert tree(data) == backed.tree
    assert tree(data / f"{ASIDE}1") == old


def begun(place: Path, backed: Backed) -> Path:
    """A restore whose power went after half of the swap; return the folder of its notes."""
    for number in range(1000):
        data = small_data(place / str(number), "old")
        (data / "here").mkdir()
        (data / "here/note.json").write_text("only here")
        stage(backed.path, data, backed.phrase, version=VERSION)
        with disk(number, cut_here), contextlib.suppress(PowerCut):
            apply(data)
        if (data / f"{ASIDE}1").is_dir() and not (data / "log").exists():
            return data
    raise AssertionError("no swap was half done")


def cut_here(*_: object) -> None:
    raise PowerCut


DAMAGE = {"empty": b"", "no text": b'{"\xff', "another": b'{"head": 1}', "flipped": None}


def damage(path: Path, content: bytes | None) -> None:
    if content is None:
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 2] ^= 1
        content = bytes(whole)
    path.write_bytes(content)


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("name", [restoring._READY, restoring._BEGUN])
def test_a_swap_goes_on_though_one_of_its_notes_is_damaged(
    tmp_path: Path, backed: Backed, name: str, content: bytes | None
) -> None:
    data = begun(tmp_path, backed)
    damage(data / STAGE / name, content)
    assert apply(data) is not None
    assert tree(data) == backed.tree
    assert (data / f"{ASIDE}1/here/note.json").read_text() == "only here"
    assert apply(data) is None


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_where_both_are_damaged_nothing_is_moved_and_it_is_said(
    tmp_path: Path, backed: Backed, content: bytes | None
) -> None:
    data = begun(tmp_path, backed)
    for name in (restoring._READY, restoring._BEGUN):
        damage(data / STAGE / name, content)
    before = tree(tmp_path)
    for _ in range(2):
        with pytest.raises(DataUnusable, match="a restore was broken off"):
            apply(data)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_what_was_only_ready_and_is_damaged_is_dropped(
    tmp_path: Path, backed: Backed, content: bytes | None
) -> None:
    """The backup is still on its stick, and the data as it was."""
    data = small_data(tmp_path / "data", "old")
    old = tree(data)
    stage(backed.path, data, backed.phrase, version=VERSION)
    damage(data / STAGE / restoring._READY, content)
    assert apply(data) is None
    assert tree(data) == old
    assert not (data / STAGE).exists()
