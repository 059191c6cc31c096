"""What comes back through the port from inside a machine: the other end is played here."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from image.rig.errors import RigError
from image.rig.inside import END, Inside, credentials

Guest = Callable[[int, str], str]
"""What a guest answers to its nth line."""


def shell(_number: int, line: str) -> str:
    """As the unit in the guest does it."""
    words = ["sh", "-c", f"exec 2>&1; {line}"]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    return f"{done.stdout}\n{END} {done.returncode}\n"


@contextmanager
def played(folder: Path, guest: Guest = shell, lines: int = 2) -> Iterator[Inside]:
    """Answer so many lines in turn, in pieces, as a slow port does; then go away."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(folder / "port"))
        door.listen()

        def play() -> None:
            port, _ = door.accept()
            with port, port.makefile("r", encoding="utf-8") as heard:
                port.sendall(f"noise of a start\n{END} ready\n".encode())
                for number in range(lines):
                    if not (line := heard.readline()):
                        return
                    for letter in guest(number, line):
                        port.sendall(letter.encode())

        player = threading.Thread(target=play)
        player.start()
        inside = Inside(folder / "port")
        try:
            yield inside
        finally:
            inside.close()
            player.join()


def test_what_a_command_wrote_comes_back(tmp_path: Path) -> None:
    with played(tmp_path, lines=4) as inside:
        assert inside.run("printf 'one\\ntwo\\n'") == "one\ntwo"
        assert inside.run("true") == ""
        assert inside.run("echo first; printf last") == "first\nlast"
        assert inside.run("sleep 0 &\n true") == ""


def test_one_that_failed_raises_with_its_words(tmp_path: Path) -> None:
    with (
        played(tmp_path) as inside,
        pytest.raises(RigError, match="ended with 2: no such file"),
    ):
        inside.run("echo no such file >&2; exit 2")


def test_one_is_asked_again_until_it_succeeds(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    with played(tmp_path) as inside:
        assert inside.wait(f"ls {flag} || {{ touch {flag}; false; }}") == str(flag)


def test_a_machine_that_goes_off_is_an_error(tmp_path: Path) -> None:
    with played(tmp_path, lines=0) as inside, pytest.raises(RigError, match="the machine is gone"):
        inside.run("true")


def test_a_late_answer_is_not_taken_for_the_next_one_s(tmp_path: Path) -> None:
    late = [""]

    def guest(number: int, line: str) -> str:
        answer = shell(number, line)
        if number == 0:
            late[0] = answer
            return ""
        return late[0] + answer

    with played(tmp_path, guest) as inside:
        with pytest.raises(RigError, match="does not answer"):
            inside.run("echo of the first", timeout_s=0.2)
        assert inside.run("echo of the second") == "of the second"


def test_a_machine_that_starts_anew_meanwhile_answers_no_more(tmp_path: Path) -> None:
    def guest(number: int, line: str) -> str:
        return f"{END} ready\n" if number == 0 else shell(number, line)

    with played(tmp_path, guest) as inside:
        with pytest.raises(RigError, match="started anew"):
            inside.run("reboot", timeout_s=20.0)
        assert inside.run("echo here again") == "here again"


def test_nothing_of_the_words_for_qemu_is_cut_at_a_comma() -> None:
    words = credentials({"a.service": "x,y"}, cmdline="a=1,2 b")
    assert words[::2] == ["-smbios", "-smbios"]
    assert words[1] == "type=11,value=io.systemd.credential.binary:a.service=eCx5"
    assert words[3].endswith(" a=1,,2 b")
