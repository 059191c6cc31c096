"""Sockets in the file system: one owner each, and nothing of anybody else's is removed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardware.errors import LinkError
from hardware.sockets import ListeningSocket, private_folder


def listen(path: Path) -> ListeningSocket:
    return ListeningSocket(path, socket.SOCK_SEQPACKET, mode=0o600, what="a guard")


def test_a_second_owner_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "s"
    first = listen(path)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(LinkError, match="a guard is already running there"):
        listen(path)
    assert path.exists()
    first.close()
    assert list(path.parent.iterdir()) == []
    listen(path).close()


def test_who_listens_without_the_lock_is_not_pushed_out(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(LinkError, match="already running"):
            listen(path)
        assert path.exists()
        with pytest.raises(LinkError):
            ListeningSocket(path, socket.SOCK_STREAM, mode=0o600, what="a bench")
        assert path.exists()


def test_a_dead_owners_file_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    dead.bind(str(path))
    dead.close()
    assert path.exists()
    listen(path).close()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_not_a_socket_stays(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LinkError, match="not a socket"):
        listen(path)
    assert path.is_symlink() or path.exists()


def test_a_path_that_is_too_long_or_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="at most 107 bytes"):
        listen(tmp_path / ("x" * 120))
    (tmp_path / "file").write_text("")
    with pytest.raises(LinkError):
        listen(tmp_path / "file" / "s")


def test_another_users_folder_in_a_shared_place_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o1777)
    folder = tmp_path / "sternway-0"
    folder.mkdir()
    private_folder(folder)
    if os.getuid() == 0:
        os.chown(folder, 65_534, 65_534)
    else:
        # Nobody else can give a folder away; so be somebody else.
        monkeypatch.setattr(os, "getuid", lambda: 65_534)
    with pytest.raises(LinkError, match="another user's"):
        private_folder(folder)


def test_of_many_that_start_at_once_one_wins(tmp_path: Path) -> None:
    code = """
import sys, socket, time
from pathlib import Path
from hardware.errors import LinkError
from hardware.sockets import ListeningSocket
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
try:
    ListeningSocket(Path(sys.argv[1]), socket.SOCK_STREAM, mode=0o600, what="a guard")
except LinkError:
    sys.exit(3)
time.sleep(1.0)
"""
    start = str(time.time() + 1.0)
    racers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "s"), start]) for _ in range(6)
    ]
    assert sorted(racer.wait(10.0) for racer in racers) == [0, 3, 3, 3, 3, 3]
