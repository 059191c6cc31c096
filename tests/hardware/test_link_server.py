"""The guard's end of the link, pass by pass in this process: how much anybody may ask of it."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from hardware.link import Alive, Hello, Refused, ToGuard, Welcome, decode_to_kiosk, encode
from hardware.server import LinkServer
from hardware.settings import SIMULATED_PINS

WELCOME = Welcome(1, "console", 4.0, 3.0, "level", True, 0.5, 1.5, SIMULATED_PINS.numbers())


class Hall:
    """A server, and whoever comes."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path, self._stack = path, stack
        self.heard: list[ToGuard] = []
        self._selector = stack.enter_context(selectors.DefaultSelector())
        listening = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        listening.bind(str(path))
        listening.listen(64)
        listening.setblocking(False)
        self.server = LinkServer(
            listening,
            self._selector,
            welcome=WELCOME,
            command=lambda message, _now_ns: self.heard.append(message),
            kiosk_gone=lambda: None,
            bench_reply=lambda _reply: None,
        )
        stack.callback(self.server.close)

    def comes(self) -> socket.socket:
        link = self._stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        link.connect(str(self._path))
        link.setblocking(False)
        self.one_pass()
        return link

    def kiosk(self) -> socket.socket:
        link = self.comes()
        link.send(encode(Hello(1, "kiosk")))
        self.one_pass()
        assert isinstance(told(link), Welcome)
        return link

    def one_pass(self) -> bool:
        return self.server.drain({key.fd for key, _ in self._selector.select(0)})

    def came(self, ago_ns: int) -> None:
        """Have everybody be there for so long."""
        for client in self.server._clients.values():
            client.came_ns = time.monotonic_ns() - ago_ns


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with ExitStack() as stack:
        yield Hall(tmp_path / "link", stack)


def told(link: socket.socket) -> object:
    return decode_to_kiosk(link.recv(100_000))


def is_away(link: socket.socket) -> bool:
    try:
        return link.recv(100_000) == b""
    except BlockingIOError:
        return False


def test_sixteen_are_let_in_and_no_more(hall: Hall) -> None:
    crowd = [hall.comes() for _ in range(18)]
    assert [is_away(link) for link in crowd] == [False] * 16 + [True] * 2
    crowd[0].close()
    hall.one_pass()
    assert not is_away(hall.comes()), "there is room again"


def test_hello_is_to_be_said_within_two_seconds(hall: Hall) -> None:
    link, kiosk = hall.comes(), hall.kiosk()
    hall.came(1_900_000_000)
    hall.one_pass()
    assert not is_away(link)
    hall.came(2_000_000_001)
    hall.one_pass()
    assert is_away(link)
    assert not is_away(kiosk), "it has said hello"


def test_what_is_said_at_once_is_heard_in_several_passes(hall: Hall) -> None:
    kiosk = hall.kiosk()
    for _ in range(40):
        kiosk.send(encode(Alive()))
    assert hall.one_pass()
    assert len(hall.heard) == 32
    assert not hall.one_pass()
    assert hall.heard == [Alive()] * 40


def padded(size: int) -> bytes:
    """A message of so many bytes."""
    message = {"type": "alive", "padding": ""}
    message["padding"] = "a" * (size - len(msgspec.msgpack.encode(message)) - 2)
    packet = msgspec.msgpack.encode(message)
    assert len(packet) == size
    return packet


def test_a_packet_has_at_most_so_many_bytes(hall: Hall) -> None:
    kiosk = hall.kiosk()
    kiosk.send(padded(65_536))
    hall.one_pass()
    assert hall.heard == [Alive()]
    assert not is_away(kiosk)
    kiosk.send(padded(65_537))
    hall.one_pass()
    assert told(kiosk) == Refused("packet", ("a packet has at most 65536 bytes",))
    assert is_away(kiosk)
    assert hall.heard == [Alive()]


def test_an_observer_and_a_stranger_command_nothing(hall: Hall) -> None:
    observer, stranger = hall.comes(), hall.comes()
    observer.send(encode(Hello(1, "observer")))
    hall.one_pass()
    assert isinstance(told(observer), Welcome)
    for link in (observer, stranger):
        link.send(encode(Alive()))
    hall.one_pass()
    assert hall.heard == []
    assert told(observer) == Refused("alive", ("an observer commands nothing",))
    assert told(stranger) == Refused("hello", ("the first packet must be hello",))
    assert is_away(stranger)
    assert not is_away(observer)


def test_the_second_kiosk_is_refused_and_the_first_stays(hall: Hall) -> None:
    first, second = hall.kiosk(), hall.comes()
    second.send(encode(Hello(1, "kiosk")))
    hall.one_pass()
    assert told(second) == Refused("hello", ("another kiosk is connected",))
    assert is_away(second)
    first.send(encode(Alive()))
    hall.one_pass()
    assert hall.heard == [Alive()]


def test_who_does_not_read_statuses_goes_after_a_second(hall: Hall) -> None:
    hall.kiosk()
    client = hall.server.kiosk
    assert client is not None
    while client.deaf_since is None:
        client.send(b"x" * 4096, 10, droppable=True)
    assert not client.deaf(1_000_000_010)
    assert client.deaf(1_000_000_011)
