"""Turning the machine's clocks: what is asked, by whom, and that nothing else is done."""

from __future__ import annotations

import os
import pwd
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk import clock_setter
from tests.kiosk.clocks import NOON

ME = pwd.getpwuid(os.geteuid()).pw_name
Calls = list[object]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the kernel would be asked for. Nothing is really turned here."""
    asked: Calls = []
    device, hardware = tmp_path / "rtc0", tmp_path / "since_epoch"
    device.touch()
    hardware.touch()
    monkeypatch.setattr(clock_setter, "HARDWARE_DEVICE", device)
    monkeypatch.setattr(clock_setter, "HARDWARE", hardware)
    monkeypatch.setattr(time, "clock_settime", lambda *call: asked.append(call))
    monkeypatch.setattr(
        "fcntl.ioctl",
        lambda _, number, content: asked.append((number, struct.unpack("9i", content))),
    )
    return asked


def told(question: bytes, who: str = ME) -> bytes:
    """What the service answers to the bytes of a question."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        theirs.send(question)
        return clock_setter.answer(ours, who)


def question(utc_s: float, late_s: float = 0.0) -> bytes:
    boot_s = time.clock_gettime(time.CLOCK_BOOTTIME) - late_s
    return f"{utc_s:.3f} {boot_s:.3f}".encode()


def test_both_clocks_are_turned(calls: Calls) -> None:
    clock_setter.turn(NOON.timestamp())
    assert calls == [
        (time.CLOCK_REALTIME, NOON.timestamp()),
        (0x4024700A, (0, 0, 12, 23, 10, 126, 0, 0, 0)),
    ]


def test_a_machine_without_a_battery_clock_has_one_to_turn(calls: Calls) -> None:
    clock_setter.HARDWARE.unlink()
    clock_setter.turn(NOON.timestamp())
    assert len(calls) == 1


def test_a_question_that_waited_is_answered_for_now(calls: Calls) -> None:
    assert told(question(NOON.timestamp(), late_s=20.0)) == clock_setter.DONE
    ((_, utc_s), _) = calls  # type: ignore[misc]
    # The question tells milliseconds.
    assert 20.0 - 0.001 <= utc_s - NOON.timestamp() < 30.0  # type: ignore[has-type]


@pytest.mark.parametrize("utc_s", [clock_setter.EARLIEST_S + 1, clock_setter.LATEST_S - 60])
def test_a_time_of_these_years_is_taken(calls: Calls, utc_s: float) -> None:
    assert told(question(utc_s)) == clock_setter.DONE
    assert len(calls) == 2


@pytest.mark.parametrize("utc_s", [clock_setter.EARLIEST_S - 60, clock_setter.LATEST_S + 1, 1e9])
def test_a_time_of_other_years_is_not(calls: Calls, utc_s: float) -> None:
    assert told(question(utc_s)) == b"no year from 2025 to 2100"
    assert calls == []


@pytest.mark.parametrize("late_s", [clock_setter.LATE_S + 1, -30.0])
def test_an_old_question_is_not_nor_one_of_the_future(calls: Calls, late_s: float) -> None:
    assert told(question(NOON.timestamp(), late_s)) == b"asked too long ago"
    assert calls == []


@pytest.mark.parametrize(
    "asked",
    [
        b"1764180000.000\n1.000",
        b"1764180000.000 1.000\n",
        b"-1764180000.000 1.000",
        "\N{ARABIC-INDIC DIGIT ONE}764180000.000 1.000".encode(),
        *(b"", b"nan inf", b"1764180000 1", b"9" * 400),
    ],
)
def test_all_else_turns_nothing(calls: Calls, asked: bytes) -> None:
    assert told(asked) == b"not a time"
    assert calls == []


@pytest.mark.parametrize("who", ["nobody-of-this-name", "daemon"])
def test_nobody_but_the_kiosk_is_answered(calls: Calls, who: str) -> None:
    if who == ME:
        pytest.skip("NOT RUN: another user's question: this is that user")
    assert told(question(NOON.timestamp()), who) not in {clock_setter.DONE, b""}
    assert calls == []


@contextmanager
def served(path: Path) -> Iterator[None]:
    """As systemd does it: one answer for one connection."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(str(path))
        door.listen()

        def serve() -> None:
            link, _ = door.accept()
            with link:
                link.send(clock_setter.answer(link, ME))

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


def test_the_kiosk_s_end_and_the_service_understand_each_other(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clock.sock"
    boot_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    with pytest.raises(FileNotFoundError):
        clock_setter.ask(NOON.timestamp(), boot_s, path)
    with served(path):
        clock_setter.ask(NOON.timestamp(), boot_s, path)
    assert len(calls) == 2
    path.unlink()

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(time, "clock_settime", refused)
    with served(path), pytest.raises(OSError, match="Operation not permitted"):
        clock_setter.ask(NOON.timestamp(), boot_s, path)


def test_the_process_answers_at_its_standard_input(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        real = os.dup
        monkeypatch.setattr(os, "dup", lambda number: real(number or ours.fileno()))
        monkeypatch.setattr(clock_setter.answer, "__defaults__", (ME,))
        theirs.send(question(NOON.timestamp()))
        assert clock_setter.main() == 0
        assert theirs.recv(64) == clock_setter.DONE
        theirs.send(b"no time")
        assert clock_setter.main() == 1
    assert "not a time" in capsys.readouterr().err
    assert len(calls) == 2
