"""The clinic's key: made on a stick, taken from one, and opened by the real ``age``."""

from __future__ import annotations

import argparse
import errno
import os
import pty
import re
import shutil
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kiosk.export import clinic, clinic_command, command, small
from kiosk.export.clinic import NewKey
from kiosk.export.errors import (
    ExportError,
    KeyExists,
    KeyUnusable,
    NotKept,
    NotVerified,
    WriteFailed,
)
from kiosk.export.passphrase import new_passphrase
from tests.export.conftest import Kept

OTHER = str(pyrage.x25519.Identity.generate().to_public())
MISTYPED = OTHER[:-1] + ("p" if OTHER.endswith("q") else "q")
SECRET_KEY = str(pyrage.x25519.Identity.generate())


@pytest.fixture(scope="session")
def made_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, NewKey]:
    """One key for the tests that only look at it: making one takes seconds."""
    folder = tmp_path_factory.mktemp("key")
    (folder / "stick").mkdir()
    return folder / "stick", folder / "data", clinic.make(folder / "stick", folder / "data")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scrypt where the passphrase is not what is looked at."""
    monkeypatch.setattr(clinic, "_locked", lambda identity, phrase: b"locked\n")


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_key_is_made(made_key: tuple[Path, Path, NewKey]) -> None:
    stick, data, key = made_key
    names = {"sternway-clinic-key.age", "sternway-clinic-key.pub", "HOW TO OPEN AN EXPORT.txt"}
    assert {path.name for path in stick.iterdir()} == names == set(key.files)
    assert (stick / "sternway-clinic-key.pub").read_text() == key.recipient + "\n"
    assert clinic.load(data) == key.recipient
    text = pyrage.passphrase.decrypt((stick / clinic.SECRET).read_bytes(), key.passphrase).decode()
    created, public, secret = text.splitlines()
    assert re.fullmatch(r"# created: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created)
    assert public == f"# public key: {key.recipient}"
    identity = pyrage.x25519.Identity.from_str(secret)
    assert str(identity.to_public()) == key.recipient


def test_no_secret_stays_on_the_kiosk(made_key: tuple[Path, Path, NewKey]) -> None:
    stick, data, key = made_key
    kept = everything_in(data)
    assert b"SECRET" not in kept.upper()
    assert key.passphrase.encode() not in kept + everything_in(stick)
    assert b"AGE-SECRET-KEY-" not in everything_in(stick)
    assert [path.name for path in data.rglob("*") if path.is_file()] == ["clinic.json"]


def test_a_passphrase_can_be_read_written_down_and_not_guessed() -> None:
    phrases = {new_passphrase() for _ in range(200)}
    assert len(phrases) == 200
    for phrase in phrases:
        assert re.fullmatch(r"([bcdfghjkmnpqrstwxyz]{3}-){4}[bcdfghjkmnpqrstwxyz]{3}", phrase)
    assert len(set("".join(phrases))) == 20, "every letter comes up"
    assert 19**15 > 2**60


def opened_by_age(folder: Path, passphrase: str) -> tuple[int, str]:
    """Type what the page says into a terminal; return the exit status and what was shown."""
    line = "age -d -i sternway-clinic-key.age -o export.zip sternway-identified.zip.age"
    assert line in (folder / clinic.PAGE).read_text()
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(folder)
            words = line.split()
            os.execvp(words[0], words)
        finally:
            os._exit(127)
    shown = b""
    try:
        while b"assphrase" not in shown:
            shown += os.read(terminal, 1000)
        os.write(terminal, passphrase.encode() + b"\n")
        while more := os.read(terminal, 1000):
            shown += more
    except OSError as error:
        assert error.errno == errno.EIO  # how a terminal says that it is closed
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_age_opens_an_export_as_the_page_says(
    made_key: tuple[Path, Path, NewKey], kept: Kept, tmp_path: Path
) -> None:
    if shutil.which("age") is None:
        pytest.skip("the age tool is not installed (apt install age)")
    stick, data, key = made_key
    assert clinic.load(data) == key.recipient
    (tmp_path / "out").mkdir()
    words = ("--data", kept.data, "--identified", "--recipient", key.recipient)
    assert sternway(command, "export", "--to", tmp_path / "out", *words) == 0
    (export,) = (tmp_path / "out").rglob("*.age")
    folder = tmp_path / "downloads"
    shutil.copytree(stick, folder)
    shutil.copy(export, folder)
    status, shown = opened_by_age(folder, "bcd-bcd-bcd-bcd-bcd")
    assert status != 0
    assert "incorrect passphrase" in shown
    assert "incorrect passphrase" in (folder / clinic.PAGE).read_text()
    status, shown = opened_by_age(folder, key.passphrase)
    assert status == 0, shown
    assert (folder / "export.zip").read_bytes().startswith(b"PK")


def test_the_page_is_plain_everywhere(made_key: tuple[Path, Path, NewKey]) -> None:
    stick, _data, key = made_key
    page = (stick / clinic.PAGE).read_bytes()
    assert page.count(b"\n") == page.count(b"\r\n")
    text = page.decode("ascii")
    assert max(map(len, text.splitlines())) <= 84
    assert "{" not in text
    for word in (key.recipient, "winget", "brew", "apt", *key.files[:1], "passphrase"):
        assert word in text


def test_a_key_is_never_written_over(
    made_key: tuple[Path, Path, NewKey], tmp_path: Path, quick: None
) -> None:
    for name in made_key[2].files:
        stick = tmp_path / f"with {name}"
        stick.mkdir()
        (stick / name).write_bytes(b"mine")
        with pytest.raises(KeyExists, match=re.escape(name)):
            clinic.make(stick, tmp_path / "data")
        assert [path.name for path in stick.iterdir()] == [name]
        assert (stick / name).read_bytes() == b"mine"
        (stick / name).unlink()
        (stick / name).symlink_to(tmp_path / "nowhere")
        with pytest.raises(KeyExists):
            clinic.make(stick, tmp_path / "data")
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "nowhere").exists()


def test_what_a_pulled_stick_left_is_no_hindrance(stick: Path, tmp_path: Path, quick: None) -> None:
    (stick / (clinic.SECRET + ".part")).symlink_to(tmp_path / "elsewhere")
    clinic.make(stick, tmp_path / "data")
    assert not (tmp_path / "elsewhere").exists()
    assert not [path for path in stick.iterdir() if path.name.endswith(".part")]


@pytest.mark.parametrize("name", ["write", "fsync", "rename", "open"])
def test_a_stick_that_fails_leaves_the_old_key_in_use(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None, name: str
) -> None:
    data = tmp_path / "data"
    clinic._keep(data, OTHER)
    real = getattr(os, name)
    calls = 0

    def counted(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **more)

    at = 0
    failed = 0
    while failed == at:
        at += 1
        calls = 0
        with monkeypatch.context() as patch:
            patch.setattr(os, name, counted)
            try:
                clinic.make(stick, data)
            except ExportError as error:
                failed += 1
                assert "full: " in str(error)
                assert isinstance(error, WriteFailed | NotKept)
                if isinstance(error, WriteFailed):
                    assert not list(stick.iterdir())
                    assert clinic.load(data) == OTHER
        for path in stick.iterdir():
            path.unlink()
    assert failed >= 3


def test_the_key_is_durable_before_it_is_used(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    order: list[str] = []

    def noted(name: str) -> None:
        real = getattr(os, name)

        def call(*args: Any, **more: Any) -> Any:
            where = str(args[0])
            if name == "fsync":
                where = os.readlink(f"/proc/self/fd/{args[0]}")  # noqa: PTH115
            order.append(f"{name} {Path(where).name}")
            return real(*args, **more)

        monkeypatch.setattr(os, name, call)

    noted("fsync")
    noted("rename")
    files = clinic.make(stick, tmp_path / "data").files
    for name in files:
        assert order.index(f"fsync {name}.part") < order.index(f"rename {name}.part")
        assert order.index(f"rename {name}.part") < order.index("fsync stick")
    assert order.index("fsync stick") < order.index("rename .clinic.json.tmp")


def test_a_key_that_is_not_what_was_written_is_not_used(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    monkeypatch.setattr(small, "content_of", lambda path, limit: b"other")
    with pytest.raises(NotVerified, match="another stick"):
        clinic.make(stick, tmp_path / "data")
    assert not list(stick.iterdir())
    assert clinic.load(tmp_path / "data") is None


def test_a_key_that_does_not_open_again_is_not_used(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clinic, "new_passphrase", lambda: "b")
    monkeypatch.setattr(clinic.pyrage.passphrase, "encrypt", lambda *a, **k: b"?")
    monkeypatch.setattr(clinic.pyrage.passphrase, "decrypt", lambda *a: b"another")
    with pytest.raises(NotVerified, match="call the service"):
        clinic.make(stick, tmp_path / "data")
    assert not list(stick.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        OTHER.encode(),
        b"\xef\xbb\xbf" + OTHER.encode() + b"\r\n",
        f"# our clinic's key\n\n  {OTHER}  \n".encode(),
        f"Public key: {OTHER}".encode("utf-16"),
        OTHER.upper().encode(),
        f"{OTHER}\n{OTHER}\n".encode(),
    ],
)
def test_a_public_key_is_taken(tmp_path: Path, stick: Path, content: bytes) -> None:
    path = stick / "clinic.pub"
    path.write_bytes(content)
    (stick / "letter.txt").write_text("age1")
    for place in (path, stick):
        data = tmp_path / place.name
        assert clinic.take(place, data) == OTHER
        assert clinic.load(data) == OTHER


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no public key"),
        (b"age1short", "no key that can be used"),
        (b"age1yubikey1qwe", "no key that can be used"),
        (os.urandom(3000), "no public key"),
        (b"x" * 70_000, "no small text file"),
        (SECRET_KEY.encode(), "secret key, which must never come here"),
        (SECRET_KEY.lower().encode("utf-16"), "secret key"),
        (f"# public key: {OTHER}\n{SECRET_KEY}\n".encode(), "secret key"),
        (f"{OTHER}\n{clinic.pyrage.x25519.Identity.generate().to_public()}".encode(), "more than"),
        (MISTYPED.encode(), "no key that can be used"),
    ],
)
def test_what_is_no_public_key_is_refused(
    tmp_path: Path, stick: Path, content: bytes, words: str
) -> None:
    data = tmp_path / "data"
    clinic._keep(data, OTHER)
    path = stick / "clinic.pub"
    path.write_bytes(content)
    for place in (path, stick):
        with pytest.raises(KeyUnusable, match=words) as error:
            clinic.take(place, data)
        assert SECRET_KEY[20:].lower() not in str(error.value).lower()
        assert "\n" not in str(error.value)
    assert clinic.load(data) == OTHER


def test_links_pipes_and_crowds_are_refused(
    tmp_path: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    (tmp_path / "real").write_text(OTHER)
    with pytest.raises(KeyUnusable, match=r"no public key on the stick.*\.pub"):
        clinic.take(stick, data)
    (stick / "a.pub").symlink_to(tmp_path / "real")
    for place in (stick, stick / "a.pub", stick / "gone.pub"):
        with pytest.raises(KeyUnusable, match="could not be read"):
            clinic.take(place, data)
    (stick / "a.pub").unlink()
    os.mkfifo(stick / "a.pub")
    with pytest.raises(KeyUnusable, match="no small text file"):
        clinic.take(stick, data)
    (stick / "a.pub").unlink()
    (stick / "a.pub").mkdir()
    with pytest.raises(KeyUnusable, match="no small text file"):
        clinic.take(stick, data)
    (stick / "a.pub").rmdir()
    (stick / "a.pub").write_text(OTHER)
    (stick / "b.pub").write_text(str(pyrage.x25519.Identity.generate().to_public()))
    with pytest.raises(KeyUnusable, match="2 public keys"):
        clinic.take(stick, data)
    monkeypatch.setattr(clinic, "_MAX_FILES", 1)
    with pytest.raises(KeyUnusable, match="more than 1 files"):
        clinic.take(stick, data)
    assert clinic.load(data) is None


def test_a_key_that_was_there_and_is_gone_is_told(tmp_path: Path) -> None:
    """Else the next export of names would not be locked, and nobody would know."""
    assert clinic.load(tmp_path) is None
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        clinic.make(tmp_path / str(number), tmp_path)
    (tmp_path / "settings" / "clinic.json").unlink()
    with pytest.raises(KeyUnusable, match="take it from its stick again"):
        clinic.load(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"schema":1,"recipient":"age1x"}', b'{"schema":1,"recipient":3}']
)
def test_a_broken_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "clinic.json").write_bytes(content)
    with pytest.raises(KeyUnusable, match="take it from its stick again"):
        clinic.load(tmp_path)


def test_a_kiosk_that_cannot_keep_it_says_so(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stick / "a.pub").write_text(OTHER)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(clinic, "write_atomically", full)
    with pytest.raises(NotKept, match="kiosk's disk is full"):
        clinic.take(stick, tmp_path / "data")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"{self.prog}: {message}\n")


def sternway(module: Any, *words: str | Path) -> int:
    parser = _Parser(prog="sternway")
    module.add_parser(parser.add_subparsers(required=True, parser_class=_Parser))
    try:
        options = parser.parse_args([*map(str, words)])
    except SystemExit as end:
        return int(end.code or 0)
    return int(options.command(options))


def test_the_command_line(
    stick: Path, tmp_path: Path, quick: None, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", tmp_path / "data")

    def key(*words: str | Path) -> tuple[int, str, str]:
        status = sternway(clinic_command, "clinic-key", *words)
        return status, *capsys.readouterr()

    status, out, err = key("show", *data)
    assert (status, out) == (1, "")
    assert "clinic-key make" in err
    status, out, err = key("make", "--to", stick, *data)
    assert (status, err) == (0, "")
    public = (stick / clinic.PUBLIC).read_text().strip()
    assert public in out
    assert re.search(r"passphrase:  (\w{3}-){4}\w{3}\n", out)
    assert key("show", *data) == (0, public + "\n", "")
    for words, mend in (
        (("make", "--to", stick, *data), "another stick"),
        (("make", "--to", tmp_path / "gone", *data), "is the stick in?"),
        (("take", tmp_path / "gone", *data), "could not be read"),
        ((), "make|take|show"),
        (("make",), "--to"),
    ):
        status, out, err = key(*words)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert mend in err
    (tmp_path / "own.pub").write_text(OTHER)
    assert key("take", tmp_path / "own.pub", *data) == (0, OTHER + "\n", "")
    assert key("show", *data)[1] == OTHER + "\n"
    (tmp_path / "data" / "settings" / "clinic.json").write_text("?")
    assert key("show", *data)[0] == 1


def test_an_identified_export_takes_the_stored_key(
    stick: Path, tmp_path: Path, forty: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(forty.data, data)
    words = ("export", "--to", stick, "--data", data, "--identified", "--formats", "csv")
    assert sternway(command, *words) == 2
    assert "clinic-key make" in capsys.readouterr().err
    identity = pyrage.x25519.Identity.generate()
    clinic._keep(data, str(identity.to_public()))
    assert sternway(command, *words) == 0
    (sealed,) = stick.rglob("*.age")
    assert pyrage.decrypt(sealed.read_bytes(), [identity]).startswith(b"PK")
    (data / "settings" / "clinic.json").write_text("?")
    assert sternway(command, *words) == 1
    assert "take it from its stick again" in capsys.readouterr().err
