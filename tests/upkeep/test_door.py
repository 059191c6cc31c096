"""The staff's SSH: which files open the door, what is laid out then, and what staff are told."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from kiosk.upkeep.content import listing, top_names
from kiosk.upkeep.door import __main__ as program
from kiosk.upkeep.door.__main__ import opened
from kiosk.upkeep.door.hostkey import FOLDER
from kiosk.upkeep.door.lines import MOST_BYTES, MOST_KEYS, keys_of
from kiosk.upkeep.door.model import (
    ALLOWED,
    HOST_KEY,
    NOT_KEPT,
    OPEN,
    DoorError,
    Standing,
    faults,
    standing,
    tell,
)
from profiles.saying import Saying, saying

KEYGEN = shutil.which("ssh-keygen")
needs_keygen = pytest.mark.skipif(
    KEYGEN is None, reason="NOT RUN: the door's keys: there is no ssh-keygen"
)
GOOD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6vC2yjC6aZmjQyA4WJ8V2oB0o5bJcQbA4z0m1yP9aN"


class Machine(NamedTuple):
    card: Path
    data: Path
    place: Path

    def opened(self) -> int:
        assert KEYGEN is not None
        return opened(self.card, self.data, self.place, KEYGEN)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "sternway-ssh.pub", tmp_path / "data", tmp_path / "run")
    made.data.mkdir()
    made.place.mkdir()
    return made


def key(folder: Path, *how: str) -> str:
    assert KEYGEN is not None
    path = folder / "made"
    path.unlink(missing_ok=True)
    subprocess.run([KEYGEN, "-q", *how, "-N", "", "-C", "a b", "-f", path], check=True)
    return path.with_suffix(".pub").read_text().strip()


def test_a_comment_an_empty_line_and_another_system_s_marks_do_no_harm() -> None:
    content = f"\ufeff# Kim\r\n\r\n{GOOD} kim@desk\r\n  {GOOD}\n".encode()
    assert keys_of(content) == {GOOD: 3}


@pytest.mark.parametrize(
    "line",
    [
        f'command="/bin/sh" {GOOD}',
        f"cert-authority {GOOD}",
        f"no-pty,{GOOD}",
        f"ssh-dss {GOOD.split()[1]}",
        f"ssh-rsa {GOOD.split()[1]}",
        "ssh-ed25519-cert-v01@openssh.com AAAA",
        "ssh-ed25519 AAAA*",
        "ssh-ed25519 AAA",
        "ssh-ed25519",
        GOOD.replace(" ", "\x0b"),
        f"{GOOD} a\x00b",
        f"{GOOD} a\u2028ssh-rsa AAAA",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "../../etc/passwd",
    ],
)
def test_a_line_that_is_more_than_a_key_closes_the_door(line: str) -> None:
    with pytest.raises(DoorError, match=r"^Line 3 of the file"):
        keys_of(f"{GOOD}\n\n{line}\n".encode())


@pytest.mark.parametrize("content", [b"", b"# nobody\n"])
def test_a_file_without_a_key_opens_nothing(content: bytes) -> None:
    with pytest.raises(DoorError, match="must hold 1 to 16"):
        keys_of(content)
    with pytest.raises(DoorError, match="cannot be read"):
        keys_of(b"\xff" + content)


def test_not_anybody_s_number_of_keys_is_taken() -> None:
    kind = b"ssh-ed25519"
    lines = []
    for number in range(MOST_KEYS + 1):
        raw = len(kind).to_bytes(4, "big") + kind + bytes([0, 0, 0, 32, number, *range(31)])
        lines.append(b"ssh-ed25519 " + base64.b64encode(raw))
    assert len(keys_of(b"\n".join(lines[1:]))) == MOST_KEYS
    with pytest.raises(DoorError, match="must hold"):
        keys_of(b"\n".join(lines))


@needs_keygen
def test_each_kind_that_is_taken_opens_the_door(machine: Machine, tmp_path: Path) -> None:
    lines = [
        key(tmp_path, "-t", "ed25519"),
        key(tmp_path, "-t", "ecdsa", "-b", "384"),
        key(tmp_path, "-t", "rsa", "-b", "2048"),
    ]
    machine.card.write_text("\n".join(lines) + "\n")
    assert machine.opened() == 3
    allowed = machine.place / ALLOWED
    assert allowed.read_text().splitlines() == [line.rsplit(" a b", 1)[0] for line in lines]
    assert stat.S_IMODE(allowed.stat().st_mode) == 0o644
    assert standing(machine.place) == Standing(keys=3)
    assert faults(machine.place) == ((OPEN,),)
    assert sorted(path.name for path in machine.place.iterdir()) == [
        *(ALLOWED, "door.json", HOST_KEY),
    ]


@needs_keygen
def test_a_key_that_openssh_does_not_take_or_that_is_short_closes_it(
    machine: Machine, tmp_path: Path
) -> None:
    good = key(tmp_path, "-t", "ed25519")
    kind, body, *_ = good.split()
    for line in (f"{kind} {body[:32]}", key(tmp_path, "-t", "rsa", "-b", "1024")):
        machine.card.write_text(f"{good}\n")
        machine.opened()
        machine.card.write_text(f"# one\n{good}\n{line}\n")
        with pytest.raises(DoorError, match=r"^Line 3 "):
            machine.opened()
        assert not (machine.place / ALLOWED).exists(), "of the time before"


@needs_keygen
def test_this_kiosk_s_own_key_is_made_once_and_in_no_backup(
    machine: Machine, tmp_path: Path
) -> None:
    machine.card.write_text(key(tmp_path, "-t", "ed25519"))
    machine.opened()
    kept = machine.data / FOLDER / HOST_KEY
    first = kept.read_bytes()
    assert first.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    shutil.rmtree(machine.place)
    machine.place.mkdir()
    machine.opened()
    assert (machine.place / HOST_KEY).read_bytes() == first
    assert stat.S_IMODE((machine.place / HOST_KEY).stat().st_mode) == 0o600
    assert listing(machine.data) == ()
    assert top_names(machine.data) == ()
    # Cut off while it was written for the first time.
    kept.rename(kept.with_name(f"{HOST_KEY}.new"))
    machine.opened()
    assert kept.read_bytes() not in {b"", first}


@needs_keygen
@pytest.mark.parametrize("trick", ["link", "folder", "open", "key", "file"])
def test_a_folder_of_somebody_else_s_is_not_followed(
    machine: Machine, tmp_path: Path, trick: str
) -> None:
    machine.card.write_text(key(tmp_path, "-t", "ed25519"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder = machine.data / FOLDER
    if trick == "link":
        folder.symlink_to(elsewhere)
    elif trick == "folder":
        if os.geteuid() != 0:
            pytest.skip("NOT RUN: a folder of another user's: only root can make one")
        folder.mkdir(mode=0o700)
        os.chown(folder, 65534, 65534)
    elif trick == "open":
        folder.mkdir()
        folder.chmod(0o770)
    elif trick == "key":
        folder.mkdir(mode=0o700)
        (folder / HOST_KEY).symlink_to(machine.card)
    else:
        folder.touch()
    with pytest.raises(DoorError) as told:
        machine.opened()
    assert told.value.said == (NOT_KEPT,)
    assert not (machine.place / ALLOWED).exists()
    assert not (machine.place / HOST_KEY).exists()
    assert list(elsewhere.iterdir()) == []


@needs_keygen
def test_a_file_without_end_is_not_read(machine: Machine) -> None:
    machine.card.write_bytes(f"{GOOD}\n".encode() * (MOST_BYTES // len(GOOD) + 1))
    with pytest.raises(DoorError, match="cannot be read"):
        machine.opened()


def test_the_command_says_why_and_leaves_it_for_the_screen(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "ON_CARD", machine.card)
    monkeypatch.setattr(program, "SERVICE_DATA", machine.data)
    monkeypatch.setattr(program, "PLACE", machine.place)
    machine.card.write_text("not a key\n")
    assert program.main() == 1
    assert "Line 1 of the file sternway-ssh.pub" in capsys.readouterr().err
    ((told,),) = faults(machine.place)
    assert str(told).startswith("Line 1 of the file")
    if KEYGEN is not None:
        machine.card.write_text(f"{GOOD}\n")
        monkeypatch.setattr(program, "opened", lambda *where: opened(*where, KEYGEN))
        assert program.main() == 0
        assert "open for 1 keys" in capsys.readouterr().out


def test_what_is_not_to_be_understood_is_not_shown(tmp_path: Path) -> None:
    assert standing(tmp_path) is None
    assert faults(tmp_path) == ()
    tell(Standing(why=(Saying("{a}", (("b", 1),)),)), tmp_path)
    assert faults(tmp_path) == ()
    tell(Standing(why=(saying("Known."),)), tmp_path)
    assert faults(tmp_path) == ((saying("Known."),),)
    (tmp_path / "door.json").write_text("{")
    assert standing(tmp_path) is None
