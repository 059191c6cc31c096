"""What a restore must not undo: who was deleted since the backup, what was held, ended, newer."""

from __future__ import annotations

import errno
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk.library import library_of
from kiosk.paths import ASIDE
from kiosk.records.files import write_atomically
from kiosk.records.sealed import seal
from kiosk.upkeep import restore
from kiosk.upkeep.carried import carry_over
from kiosk.upkeep.content import STAGE, Head, top_names
from kiosk.upkeep.restore import apply
from profiles import hashing
from profiles.errors import LibraryUnusable, UnknownCode
from profiles.library import Library
from profiles.state import Held, State
from tests.profiles.written import bundle, profile, taken

TODAY = date(2026, 12, 1)
HEAD = Head("backup", 1, "SW-1", "0.1.0", "2026-11-23T10:00:00Z")
ZOE: dict[str, Any] = {"code": "P-2", "display_name": "Zoë", "pin": "1111"}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_TIME_COST", 1)
    monkeypatch.setattr(hashing, "_MEMORY_KIB", 8)


class Kiosk:
    """A kiosk with two profiles, and a backup of it that waits to be swapped in."""

    def __init__(self, place: Path) -> None:
        self.data = place / "data"
        taken(self.data, bundle(profile(), profile(**ZOE)))
        self.new = self.data / STAGE / "new"
        shutil.copytree(self.data, self.new, ignore=shutil.ignore_patterns(STAGE))
        write_atomically(
            self.data / STAGE / "ready.json", seal(restore._Ready(HEAD, top_names(self.new)))
        )

    @property
    def library(self) -> Library:
        return library_of(self.data)

    def state(self, code: str) -> State:
        return self.library.get(code).state

    def codes(self) -> list[str]:
        return [kept.code for kept in self.library.all()]


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    return Kiosk(tmp_path)


def test_who_was_deleted_since_the_backup_stays_deleted(kiosk: Kiosk) -> None:
    kiosk.library.forget("P-2", "therapist")
    assert apply(kiosk.data) == HEAD
    assert kiosk.codes() == ["P-7F3K"]
    assert (kiosk.data / f"{ASIDE}1").is_dir()
    for path in kiosk.data.rglob("*"):
        assert not path.is_file() or b"Zo\\u00eb" not in path.read_bytes(), path
    assert not (kiosk.data / STAGE).exists()


def test_a_code_that_was_given_out_again_is_not_the_old_one_s(kiosk: Kiosk) -> None:
    kiosk.library.forget("P-2", "therapist")
    taken(kiosk.data, profile(code="P-2", display_name="Ann", pin="7777"))
    apply(kiosk.data)
    assert kiosk.codes() == ["P-7F3K"], "as everybody else who came after the backup"
    assert [one.code for one in library_of(kiosk.data / f"{ASIDE}1").all()] == ["P-2", "P-7F3K"]


def test_who_was_deleted_before_the_backup_and_came_again_stays(tmp_path: Path) -> None:
    first = tmp_path / "data"
    taken(first, profile(**ZOE)).forget("P-2", "therapist")
    kiosk = Kiosk(tmp_path)
    apply(kiosk.data)
    assert kiosk.codes() == ["P-2", "P-7F3K"]


def test_holds_and_ends_since_the_backup_stand(kiosk: Kiosk) -> None:
    kiosk.library.hold("P-2", "pain", TODAY, "kiosk")
    kiosk.library.end("P-7F3K", TODAY, "therapist")
    apply(kiosk.data)
    assert kiosk.state("P-2") == State(held=Held("pain", TODAY))
    assert kiosk.state("P-7F3K") == State(ended_on=TODAY)


def test_a_release_since_the_backup_is_left_to_the_therapist(tmp_path: Path) -> None:
    """The sessions that it was about may be those that are set aside."""
    taken(tmp_path / "data", profile()).hold("P-7F3K", "pain", TODAY, "kiosk")
    kiosk = Kiosk(tmp_path)
    kiosk.library.release("P-7F3K", 9, TODAY, "therapist")
    apply(kiosk.data)
    assert kiosk.state("P-7F3K").held == Held("pain", TODAY)


def test_a_newer_version_since_the_backup_stands_at_the_beginning_of_its_plan(
    kiosk: Kiosk,
) -> None:
    taken(kiosk.data, profile(**ZOE, version=4, limits__max_kmh=1.7))
    stepped = State(added_min=3, steps=3, stepped_seq=40, stepped_on=TODAY)
    kiosk.library.step(kiosk.library.get("P-2"), stepped, "kiosk")
    kiosk.library.hold("P-2", "exertion", TODAY, "kiosk")
    apply(kiosk.data)
    found = kiosk.library.find("zoe", "1111")
    assert found is not None
    assert (found.prescription.version, found.prescription.limits.max_kmh) == (4, 1.7)
    assert found.state == State(held=Held("exertion", TODAY))


def test_an_older_one_that_was_ended_ends_no_newer_one(tmp_path: Path) -> None:
    """A backup may be newer than what is here, after another one was restored."""
    kiosk = Kiosk(tmp_path)
    newer = library_of(kiosk.new)
    newer.set_automatic("P-2", True, "therapist")
    taken(kiosk.new, profile(**ZOE, version=4, note=""))
    kiosk.library.end("P-2", TODAY, "therapist")
    apply(kiosk.data)
    assert kiosk.library.get("P-2").prescription.version == 4
    assert kiosk.state("P-2") == State(automatic=True)


def test_a_newer_version_of_another_library_is_left_behind(tmp_path: Path) -> None:
    """Its PIN's hash means nothing here."""
    taken(tmp_path / "old", profile(version=4))
    taken(tmp_path / "new", profile())
    carry_over(tmp_path / "old", tmp_path / "new")
    assert library_of(tmp_path / "new").get("P-7F3K").prescription.version == 3


def test_it_is_done_once_more_where_the_disk_failed(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kiosk.library.forget("P-2", "therapist")

    def fails(*_: Any) -> None:
        raise LibraryUnusable(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(restore, "carry_over", fails)
        assert apply(kiosk.data) == HEAD
    assert "deleted" in caplog.text
    assert kiosk.codes() == ["P-2", "P-7F3K"]
    assert apply(kiosk.data) == HEAD
    assert kiosk.codes() == ["P-7F3K"]
    assert apply(kiosk.data) is None
    with pytest.raises(UnknownCode):
        kiosk.library.get("P-2")


def test_a_library_that_was_not_there_makes_none(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    carry_over(tmp_path / "old", tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    assert list((tmp_path / "old").iterdir()) == []
