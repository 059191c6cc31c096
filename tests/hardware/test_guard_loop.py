"""One pass of the loop in this process: its order, its races, and a client that does not read."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from hardware.belt.port import BeltPort, Chunk
from hardware.belt.protocol import compose
from hardware.core import GuardCore
from hardware.ending import Ending
from hardware.link import Alive
from hardware.loop import STALL_NS, ControlLoop, Wakeup
from hardware.panel import Panel, PermitOutput
from hardware.server import DEAF_NS, MOST_WAITING, Client
from hardware.settings import SIMULATED_PINS, Treadmill
from hardware.simulator.pins import Relay, SimulatedPins


class WillingCore(GuardCore):
    """Decides for the permit whenever every level allows it; calls ``during`` while it decides."""

    def __init__(self) -> None:
        super().__init__(mm_per_count=5.0, facing="away")
        self.during: Callable[[], None] = lambda: None
        self.seen: list[bool] = []
        self.judged_ns: list[int] = []
        self.order: list[str] = []

    def step(self, now_ns: int) -> bool:
        super().step(now_ns)
        self.judged_ns.append(now_ns)
        self.order.append("step")
        self.during()
        self.seen.append(self._inputs.estop)
        return self._inputs.estop

    def feed(self, data: bytes, now_ns: int) -> None:
        self.order.append("feed")
        super().feed(data, now_ns)

    def set_pin(self, name: str, level: bool) -> None:
        self.order.append(f"{name}={level:d}")
        super().set_pin(name, level)


class Desk:
    def __init__(self) -> None:
        relay = Relay("level", active_high=True, changed=lambda _t, _closed: None)
        self.pins = SimulatedPins(SIMULATED_PINS, relay)
        self.permit_pin = self.pins.factory.pin(SIMULATED_PINS.permit)
        self.wakeup = Wakeup()
        self.permit = PermitOutput(SIMULATED_PINS, Treadmill(), self.pins.factory)
        self.faults: list[BaseException] = []
        self.panel = Panel(
            SIMULATED_PINS,
            self.pins.factory,
            self.permit,
            wake=self.wakeup.wake,
            report=self.faults.append,
        )
        self.port = BeltPort("/nowhere", wake=self.wakeup.wake, died=self.faults.append)
        self.core = WillingCore()
        self.loop = ControlLoop(self.core, self.permit, self.panel, self.port, self.wakeup)
        self.pins.start()
        self.one_pass()
        self.one_pass()

    def one_pass(self) -> bool:
        return self.loop.one_pass(set(), tick=True)

    @property
    def on(self) -> bool:
        return bool(self.permit_pin.state)

    def close(self) -> None:
        self.panel.close()
        self.permit.close()
        self.loop.close()
        self.port.stop()
        self.wakeup.close()


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
    desk.loop._passed_ns -= STALL_NS
    desk.one_pass()
    assert desk.core.order == ["step", "feed", "step"]
    assert desk.core.judged_ns == sorted(desk.core.judged_ns)


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


def test_a_wake_ends_the_sleep_and_the_grid_goes_on(desk: Desk) -> None:
    ticks: list[bool] = []
    one_pass = desk.loop.one_pass

    def counted(ready: set[int], *, tick: bool) -> bool:
        ticks.append(tick)
        if not tick:
            return one_pass(ready, tick=tick)
        desk.wakeup.wake()
        return one_pass(ready, tick=tick)

    desk.loop.one_pass = counted  # type: ignore[method-assign]
    end_s = time.monotonic() + 0.5
    desk.loop.run(lambda: time.monotonic() > end_s)
    assert 30 <= sum(ticks) <= 51
    woken = len(ticks) - sum(ticks)
    assert 25 <= woken <= sum(ticks) + 1, "each wake had one pass of its own"


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
        assert not client.deaf(5 + DEAF_NS)
        client.send(b"status", 5 + DEAF_NS, droppable=True)
        assert client.deaf(6 + DEAF_NS)
        theirs.recv(100)
        client.send(b"status", 7 + DEAF_NS, droppable=True)
        assert not client.deaf(7 + DEAF_NS)


def test_who_reads_nothing_of_many_messages_is_deaf_at_once() -> None:
    client, theirs = pair()
    with client.socket, theirs:
        for _ in range(MOST_WAITING + 200):
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
