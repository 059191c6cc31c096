"""What comes back through the port from inside a machine: the other end is played here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from image.rig.errors import RigError
from image.rig.inside import END, Inside, credentials


@contextmanager
def played(folder: Path, *answers: str) -> Iterator[tuple[Inside, list[str]]]:
    """Answer each line of shell in turn, in pieces, as a slow port does."""
    asked: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(folder / "port"))
        door.listen()

        def play() -> None:
            guest, _ = door.accept()
            with guest, guest.makefile("r", encoding="utf-8") as lines:
                guest.sendall(f"noise of a start\n{END} ready\n".encode())
                for answer in answers:
                    asked.append(lines.readline().strip())
                    for letter in answer:
                        guest.sendall(letter.encode())

        player = threading.Thread(target=play)
        player.start()
        inside = Inside(folder / "port")
        try:
            yield inside, asked
        finally:
            inside.close()
            player.join()


def test_what_a_command_wrote_comes_back(tmp_path: Path) -> None:
    answers = (f"one\ntwo\n\n{END} 0\n", f"\n{END} 0\n")
    with played(tmp_path, *answers) as (inside, asked):
        assert inside.run("ls\n-l") == "one\ntwo"
        assert inside.run("true") == ""
    assert asked == ["ls -l", "true"]


def test_one_that_failed_raises_with_its_words(tmp_path: Path) -> None:
    with (
        played(tmp_path, f"no such file\n{END} 2\n") as (inside, _),
        pytest.raises(RigError, match="ended with 2: no such file"),
    ):
        inside.run("ls /none")


def test_one_is_asked_again_until_it_succeeds(tmp_path: Path) -> None:
    answers = (f"activating\n{END} 3\n", f"active\n{END} 0\n")
    with played(tmp_path, *answers) as (inside, asked):
        assert inside.wait("systemctl is-active x") == "active"
    assert len(asked) == 2


def test_a_machine_that_goes_off_is_an_error(tmp_path: Path) -> None:
    with played(tmp_path) as (inside, _), pytest.raises(RigError, match="the machine is gone"):
        inside.run("true")


def test_nothing_of_the_words_for_qemu_is_cut_at_a_comma() -> None:
    words = credentials({"a.service": "x,y"}, cmdline="a=1,2 b")
    assert words[::2] == ["-smbios", "-smbios"]
    assert words[1] == "type=11,value=io.systemd.credential.binary:a.service=eCx5"
    assert words[3].endswith(" a=1,,2 b")
