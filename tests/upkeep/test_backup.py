"""Backups and their way back: whole, locked, read back; and everything that is refused."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pyrage
import pytest

from kiosk.export import clinic
from kiosk.paths import ASIDE
from kiosk.records.files import lock_folder
from kiosk.upkeep import backup as backing
from kiosk.upkeep import keys
from kiosk.upkeep import restore as restoring
from kiosk.upkeep.backup import CLINIC, DATA, HEAD, KEY, Made, back_up
from kiosk.upkeep.content import STAGE, Head, belongs, listing
from kiosk.upkeep.errors import (
    KEPT_CHANGING,
    NO_ROOM,
    NOT_A_BACKUP,
    NOT_READ_BACK,
    WRONG_PHRASE,
    BackupFailed,
    BackupUnusable,
)
from kiosk.upkeep.restore import apply, backups_in, head_of, stage
from profiles.saying import Saying
from tests.export import made as making

HEAD_OF = Head("backup", 1, "SW-7F3K2P", "0.1.0", "2026-11-26T03:00:00Z")
VERSION = "0.1.0"
UNLOCKED = cache(keys.unlocked)


def tree(folder: Path) -> dict[str, bytes]:
    """All that a backup should have of a data folder."""
    return {stamp.path: (folder / stamp.path).read_bytes() for stamp in listing(folder)}


def small_data(folder: Path, word: str = "old") -> Path:
    for name in ("kiosk_id", "settings/pins.json", "log/2026-11.json", "log/head.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{word} {name}")
    (folder / "traces").mkdir(exist_ok=True)
    (folder / "traces/s-1.csv").write_bytes(word.encode() * 100_000)
    return folder


class Kept:
    """A kiosk's data with sessions in it, and a backup of it on a stick."""

    def __init__(self, place: Path) -> None:
        self.data, self.stick = place / "data", place / "stick"
        self.stick.mkdir(parents=True)
        making.kept(self.data, 12)
        clinic_key = place / "clinic"
        clinic_key.mkdir()
        self.clinic = clinic.make(clinic_key, self.data)
        self.clinic_key = clinic_key / clinic.SECRET
        (self.data / ".leftover.tmp").write_text("x")
        (self.data / f"{ASIDE}1/log").mkdir(parents=True)
        (self.data / f"{ASIDE}1/log/x.json").write_text("older")
        os.close(lock_folder(self.data))
        self.made: Made = back_up(self.data, self.stick, HEAD_OF, self.clinic.recipient)

    @property
    def file(self) -> Path:
        return self.made.path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


@pytest.fixture(autouse=True)
def each_phrase_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer takes a second for each try of a passphrase, by design."""
    monkeypatch.setattr(keys, "unlocked", UNLOCKED)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A kiosk that has just been set up."""
    return small_data(tmp_path / "fresh")


def refused(path: Path, data: Path, phrase: str, version: str = VERSION) -> Saying:
    before = tree(data)
    with pytest.raises(BackupUnusable) as found:
        stage(path, data, phrase, version=version)
    assert tree(data) == before
    assert apply(data) is None
    assert tree(data) == before
    return found.value.said[0]


def repacked(path: Path, to: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return to


def test_a_backup_comes_back_whole_on_a_fresh_kiosk(kept: Kept, fresh: Path) -> None:
    before = tree(fresh)
    assert stage(kept.file, fresh, kept.made.passphrase, version=VERSION) == HEAD_OF
    assert tree(fresh) == before, "nothing changes before the next start"
    assert apply(fresh) == HEAD_OF
    assert tree(fresh) == tree(kept.data)
    assert tree(fresh / f"{ASIDE}1") == before
    assert not (fresh / STAGE).exists()
    assert apply(fresh) is None
    from kiosk.__main__ import main

    assert main(["log", "verify", "--data", str(fresh)]) == 0


def test_what_it_is_called_and_what_is_in_it(kept: Kept) -> None:
    assert kept.file.name == "sternway-SW-7F3K2P-2026-11-26.backup"
    assert head_of(kept.file) == HEAD_OF
    assert backups_in(kept.stick) == (kept.file,)
    assert kept.made.files == len(tree(kept.data))
    assert kept.made.bytes == kept.file.stat().st_size
    names = set(tree(kept.data))
    assert {"kiosk_id", "settings/clinic.json", "log/head.json"} <= names
    assert not [name for name in names if name.startswith((".", "lock", ASIDE))]
    # Nothing readable: no name, code or date of a session, only what the head says.
    content = kept.file.read_bytes()
    assert b"2026-11.json" not in content
    assert kept.made.passphrase.encode() not in content
    assert list(kept.stick.iterdir()) == [kept.file]


def test_age_and_an_unzip_program_open_it(kept: Kept, tmp_path: Path) -> None:
    """With the clinic's key: age asks for a passphrase on a terminal alone."""
    if shutil.which("age") is None:
        pytest.skip("NOT RUN: a backup opened with age: there is no age")
    with zipfile.ZipFile(kept.file) as archive:
        archive.extractall(tmp_path)
    theirs = pyrage.passphrase.decrypt(kept.clinic_key.read_bytes(), kept.clinic.passphrase)
    (tmp_path / "their.key").write_bytes(theirs)
    opened = ["age", "--decrypt", "-i", tmp_path / "their.key", tmp_path / CLINIC]
    done = subprocess.run(opened, check=True, capture_output=True)
    (tmp_path / "own.key").write_bytes(done.stdout)
    opened = ["age", "--decrypt", "-i", tmp_path / "own.key", tmp_path / DATA]
    done = subprocess.run(opened, check=True, capture_output=True)
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as inner:
        assert set(inner.namelist()) == {*tree(kept.data), "manifest.json"}


def test_the_clinic_s_key_opens_it_too(kept: Kept, fresh: Path, tmp_path: Path) -> None:
    other = tmp_path / "stick"
    other.mkdir()
    path = Path(shutil.copy(kept.file, other))
    shutil.copy(kept.clinic_key, other)
    assert stage(path, fresh, kept.clinic.passphrase, version=VERSION) == HEAD_OF
    assert apply(fresh) == HEAD_OF
    assert tree(fresh) == tree(kept.data)


def test_a_passphrase_is_taken_however_it_is_typed(kept: Kept) -> None:
    phrase = kept.made.passphrase
    for typed in (phrase, phrase.upper(), phrase.replace("-", " "), phrase.replace("-", "")):
        assert keys.plain(f" {typed} ") == phrase
    assert keys.plain("my own words") == "my own words"


@pytest.mark.parametrize(("lies", "opens"), [(2, True), (3, False)])
def test_a_computer_that_was_busy_as_age_measured_it_is_measured_anew(
    monkeypatch: pytest.MonkeyPatch, *, lies: int, opens: bool
) -> None:
    identity, phrase = keys.new_key()[0], keys.new_passphrase()
    locked = keys.locked(identity, phrase)
    said = "Excessive work parameter for passphrase.\nDecryption would take around 2048 seconds."
    real, tries = pyrage.passphrase.decrypt, []

    def decrypt(content: bytes, passphrase: str) -> bytes:
        tries.append(passphrase)
        if len(tries) <= lies:
            raise pyrage.DecryptError(said)
        return bytes(real(content, passphrase))

    monkeypatch.setattr(pyrage.passphrase, "decrypt", decrypt)
    found = keys.unlocked(locked, phrase)
    assert str(found) == (str(identity) if opens else "None")
    assert len(tries) == 3


def test_a_wrong_passphrase(kept: Kept, fresh: Path) -> None:
    assert refused(kept.file, fresh, "bbb-ccc-ddd-fff-ggg") == WRONG_PHRASE
    assert refused(kept.file, fresh, kept.clinic.passphrase) == WRONG_PHRASE, "its key is not here"


def test_a_newer_version_s(kept: Kept, fresh: Path, tmp_path: Path) -> None:
    older = str(refused(kept.file, fresh, kept.made.passphrase, version="0.0.9"))
    assert "update this kiosk first" in older

    def lie(parts: dict[str, bytes]) -> None:
        parts[HEAD] = parts[HEAD].replace(b'"0.1.0"', b'"0.0.1"')

    path = repacked(kept.file, tmp_path / "x.backup", lie)
    again = str(refused(path, fresh, kept.made.passphrase, version="0.0.9"))
    assert again == older, "what it says of itself outside is not what counts"


def test_one_cut_short_anywhere(kept: Kept, fresh: Path, tmp_path: Path) -> None:
    content = kept.file.read_bytes()
    path = tmp_path / "x.backup"
    for size in (0, 10, 1000, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        assert refused(path, fresh, kept.made.passphrase) == NOT_A_BACKUP
    path.write_bytes(os.urandom(5000))
    assert refused(path, fresh, kept.made.passphrase) == NOT_A_BACKUP


@pytest.mark.parametrize("name", [DATA, KEY, HEAD])
def test_one_changed_byte_anywhere(kept: Kept, fresh: Path, tmp_path: Path, name: str) -> None:
    def spoil(parts: dict[str, bytes]) -> None:
        at = len(parts[name]) // 2
        parts[name] = parts[name][:at] + bytes([parts[name][at] ^ 4]) + parts[name][at + 1 :]

    path = repacked(kept.file, tmp_path / "x.backup", spoil)
    if name == HEAD:
        # It is not believed anyway: what counts stands inside.
        with pytest.raises(BackupUnusable):
            stage(path, fresh, "wrong", version=VERSION)
    else:
        refused(path, fresh, kept.made.passphrase)


def test_data_that_lacks_its_end(kept: Kept, fresh: Path, tmp_path: Path) -> None:
    """A whole number of age's own pieces, so that each is genuine."""

    def shorten(parts: dict[str, bytes]) -> None:
        parts[DATA] = parts[DATA][: len(parts[DATA]) * 2 // 3]

    path = repacked(kept.file, tmp_path / "x.backup", shorten)
    assert "not whole" in str(refused(path, fresh, kept.made.passphrase))


def made_by_hand(path: Path, files: dict[str, bytes], listed: Any = None) -> str:
    """A backup whose lock is right and whose content is somebody's own."""
    from hashlib import sha256

    from kiosk.export.content import Item
    from kiosk.export.sealed import sealed

    identity, recipient = keys.new_key()
    phrase = keys.new_passphrase()
    rows = [
        {"path": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in files.items()
    ]
    manifest = {"head": HEAD_OF, "files": rows if listed is None else listed(rows)}
    content = [Item(name, [one]) for name, one in files.items()]
    content.append(Item("manifest.json", [msgspec.json.encode(manifest)]))
    out = io.BytesIO()
    sealed(content, recipient, lambda chunk: void(out.write(chunk)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(HEAD, msgspec.json.encode(HEAD_OF))
        archive.writestr(KEY, keys.locked(identity, phrase))
        archive.writestr(DATA, out.getvalue())
    return phrase


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/x",
        "lock",
        "lost+found",
        ".restore/ready.json",
        f"{ASIDE}1/log",
        "a/../../b",
        "a//b",
    ],
)
def test_a_path_that_leads_elsewhere(fresh: Path, tmp_path: Path, name: str) -> None:
    phrase = made_by_hand(tmp_path / "x.backup", {"kiosk_id": b"x", name: b"evil"})
    assert refused(tmp_path / "x.backup", fresh, phrase) == NOT_A_BACKUP
    assert not belongs(name)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "listed",
    [
        lambda rows: rows[:-1],
        lambda rows: [*rows, {"path": "more", "bytes": 1, "sha256": "0" * 64}],
        lambda rows: [{**rows[0], "sha256": "0" * 64}, *rows[1:]],
        lambda rows: [{**rows[0], "bytes": 5}, *rows[1:]],
    ],
    ids=["one is not listed", "one is missing", "another hash", "another size"],
)
def test_files_that_are_not_those_of_the_list(fresh: Path, tmp_path: Path, listed: Any) -> None:
    phrase = made_by_hand(tmp_path / "x.backup", {"a": b"one", "b": b"two"}, listed)
    assert refused(tmp_path / "x.backup", fresh, phrase) == NOT_A_BACKUP


def test_a_disk_without_room(kept: Kept, fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(fresh)._replace(free=restoring._SPARE_BYTES + 10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert refused(kept.file, fresh, kept.made.passphrase) == NO_ROOM


def test_data_that_changes_meanwhile_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, stick = small_data(tmp_path / "data"), tmp_path / "stick"
    stick.mkdir()
    real, tries = backing.sealed, 0

    def changing(*args: Any) -> None:
        nonlocal tries
        tries += 1
        real(*args)
        if tries <= limit:
            (data / "log/2026-11.json").write_text(f"changed {tries}")

    monkeypatch.setattr(backing, "sealed", changing)
    limit = 1
    made = back_up(data, stick, HEAD_OF, None)
    assert tries == 2
    fresh = small_data(tmp_path / "fresh", "fresh")
    stage(made.path, fresh, made.passphrase, version=VERSION)
    apply(fresh)
    assert (fresh / "log/2026-11.json").read_text() == "changed 1"
    limit, tries = 100, 0
    with pytest.raises(BackupFailed) as found:
        back_up(data, stick, HEAD_OF, None)
    assert found.value.said == (KEPT_CHANGING,)
    assert list(stick.iterdir()) == [made.path]


def test_a_stick_that_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, stick = small_data(tmp_path / "data"), tmp_path / "stick"
    stick.mkdir()
    real = backing.write_all
    writes = 0

    def forgets(file: int, content: bytes) -> None:
        nonlocal writes
        writes += 1
        real(file, b"\0" * len(content) if writes == 8 else content)

    monkeypatch.setattr(backing, "write_all", forgets)
    with pytest.raises(BackupFailed) as found:
        back_up(data, stick, HEAD_OF, None)
    assert found.value.said == (NOT_READ_BACK,)
    assert list(stick.iterdir()) == []


def test_a_stick_that_is_full_says_so_and_keeps_the_one_before(tmp_path: Path) -> None:
    data, stick = small_data(tmp_path / "data"), tmp_path / "stick"
    stick.mkdir()
    (data / "traces/noise.csv").write_bytes(os.urandom(3 << 20))
    before = back_up(small_data(tmp_path / "small"), stick, HEAD_OF, None).path
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(BackupFailed) as found:
            back_up(data, stick, HEAD_OF, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert "too large" in str(found.value)
    assert list(stick.iterdir()) == [before]
    assert head_of(before) == HEAD_OF


def test_two_of_one_day(tmp_path: Path) -> None:
    data, stick = small_data(tmp_path / "data"), tmp_path / "stick"
    stick.mkdir()
    names = [back_up(data, stick, HEAD_OF, None).path.name for _ in range(2)]
    assert names == [
        "sternway-SW-7F3K2P-2026-11-26.backup",
        "sternway-SW-7F3K2P-2026-11-26-2.backup",
    ]


def test_another_kiosk_on_the_data_holds_the_swap_up(kept: Kept, fresh: Path) -> None:
    from kiosk.records.errors import DataLocked

    stage(kept.file, fresh, kept.made.passphrase, version=VERSION)
    lock = lock_folder(fresh)
    try:
        with pytest.raises(DataLocked):
            apply(fresh)
    finally:
        os.close(lock)
    assert apply(fresh) == HEAD_OF


def void(_count: int) -> None:
    """How many bytes were written is of no interest."""
