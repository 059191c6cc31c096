"""One pass of the loop in this process: its order, its races, and a client that does not read."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from hardware.belt.port import Chunk
from hardware.belt.protocol import compose
from hardware.ending import Ending
from hardware.link import Alive
from hardware.server import Client
from hardware.settings import SIMULATED_PINS
from tests.hardware.desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    assert desk.faults == []
    desk.close()


def test_a_healthy_pass_gives_the_permit(desk: Desk) -> None:
    assert desk.on


def test_an_edge_while_the_pass_decides_wins_over_its_decision(desk: Desk) -> None:
    def bounce() -> None:
        desk.core.during = lambda: None
        desk.pins.drive("estop", 0)
        desk.pins.drive("estop", 1)

    desk.core.during = bounce
    desk.one_pass()
    assert desk.core.seen[-1] is True, "this pass had decided for the permit"
    assert not desk.on
    desk.one_pass()
    assert desk.core.seen[-1] is False, "the next one sees what came and went"
    assert not desk.on
    desk.one_pass()
    assert desk.on, "only because this core latches nothing"


def test_a_drop_between_the_token_and_the_levels_is_not_overruled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = desk.panel.levels

    def dropped_meanwhile() -> dict[str, bool]:
        desk.permit.drop()
        return levels()

    monkeypatch.setattr(desk.panel, "levels", dropped_meanwhile)
    desk.one_pass()
    assert not desk.on


def test_everything_is_heard_before_it_is_judged_and_the_pin_comes_before_the_talk(
    desk: Desk,
) -> None:
    desk.port._chunks.append(Chunk(compose("SWB,1,20000,0,0,00"), time.monotonic_ns()))
    desk.pins.drive("key", 0)
    desk.core.order.clear()
    desk.loop.on_status = lambda status: desk.core.order.append(f"told, pin {desk.on:d}")
    desk.permit.drop()
    desk.one_pass()
    assert desk.core.order == ["feed", "key=0", "step", "told, pin 1"]


def test_a_level_is_told_to_the_core_when_it_changes(desk: Desk) -> None:
    desk.core.order.clear()
    desk.one_pass()
    assert desk.core.order == ["step"]
    desk.pins.drive("rail_left", 1)
    desk.one_pass()
    assert desk.core.order == ["step", "rail_left=1", "step"]


def test_a_lost_edge_is_found_by_its_level(desk: Desk) -> None:
    # The pin changes and no callback comes, as when the kernel's queue overflows.
    desk.pins.factory.pin(SIMULATED_PINS.estop)._state = True
    desk.one_pass()
    assert desk.core.seen[-1] is False
    assert not desk.on


def test_a_pass_that_comes_late_judges_first_what_was_known(desk: Desk) -> None:
    desk.core.command(Alive(), time.monotonic_ns())
    desk.port._chunks.append(Chunk(compose("SWB,1,20000,0,0,00"), time.monotonic_ns()))
    desk.core.order.clear()
    desk.loop._passed_ns -= 100_000_000
    desk.one_pass()
    assert desk.core.order == ["step", "feed", "step"]
    assert desk.core.judged_ns == sorted(desk.core.judged_ns)


def test_a_pass_that_comes_half_as_late_judges_once(desk: Desk) -> None:
    desk.core.command(Alive(), time.monotonic_ns())
    desk.core.order.clear()
    desk.loop._passed_ns = time.monotonic_ns() - 50_000_000
    desk.one_pass()
    assert desk.core.order == ["step"]


def test_a_flood_is_spread_over_passes(desk: Desk) -> None:
    desk.port._chunks.extend([Chunk(b"x" * 4096, time.monotonic_ns())] * 5)
    desk.core.order.clear()
    assert [desk.one_pass() for _ in range(4)] == [True, True, False, False]
    assert desk.core.order.count("feed") == 5


def test_half_a_line_of_a_port_that_went_away_is_forgotten(desk: Desk) -> None:
    line = compose("SWB,1,20000,0,0,00")
    for data in (line[:9], b"", line):
        desk.port._chunks.append(Chunk(data, time.monotonic_ns()))
        desk.one_pass()
    frames = desk.core.status(time.monotonic_ns()).frames
    assert (frames.accepted, frames.rejected) == (1, 0)


def pair() -> tuple[Client, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return Client(ours, 0), theirs


def test_statuses_are_dropped_and_messages_wait_in_order() -> None:
    client, theirs = pair()
    with client.socket, theirs:
        for n in range(100):
            client.send(b"status", 0, droppable=n % 2 == 0)
        for n in range(50):
            client.send(b"message %d" % n, 0)
        theirs.settimeout(0.2)
        got = []
        with contextlib.suppress(TimeoutError):
            while True:
                got.append(theirs.recv(100))
                client.flush(0)
        messages = [packet for packet in got if packet.startswith(b"message")]
        assert messages == [b"message %d" % n for n in range(50)]
        assert 50 <= got.count(b"status") < 100
        assert client.deaf_since is None


def test_who_does_not_read_for_a_second_is_deaf() -> None:
    client, theirs = pair()
    with client.socket, theirs:
        for _ in range(200):
            client.send(b"status", 5, droppable=True)
        assert not client.deaf(1_000_000_005)
        client.send(b"status", 1_000_000_005, droppable=True)
        assert client.deaf(1_000_000_006)
        theirs.recv(100)
        client.send(b"status", 1_000_000_007, droppable=True)
        assert not client.deaf(1_000_000_007)


def test_who_reads_nothing_of_many_messages_is_deaf_at_once() -> None:
    client, theirs = pair()
    with client.socket, theirs:
        for _ in range(512 + 200):
            client.send(b"message", 0)
        assert client.deaf(0)


def test_the_first_fault_is_the_reason_and_the_permit_falls_whatever_else_breaks() -> None:
    calls: list[str] = []

    def wake() -> None:
        calls.append("wake")

    def drop() -> None:
        calls.append("drop")

    ending = Ending(drop, wake)
    ending.fault("here", ValueError("one"))
    ending.fault("there", ValueError("two"))
    ending.ask()
    assert ending.reason == "here: ValueError: one"
    assert calls == ["drop", "wake"] * 3
    assert ending.asked.is_set()


def test_a_pin_that_cannot_be_driven_still_ends_the_guard() -> None:
    def broken() -> None:
        raise OSError("the chip is gone")

    ending = Ending(broken, lambda: None)
    with pytest.raises(OSError, match="gone"):
        ending.fault("here", ValueError("one"))
    assert ending.asked.is_set()
    assert ending.reason == "here: ValueError: one"
