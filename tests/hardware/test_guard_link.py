"""The link: who may speak, what is answered, how often the guard tells, who cannot disturb it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import msgspec
import pytest

from hardware.belt.protocol import Frame, LineDecoder
from hardware.link import (
    MAX_PACKET_BYTES,
    Alive,
    BeginCheck,
    BenchReply,
    EndSession,
    Hello,
    Raw,
    Refused,
    RequestPermit,
    SendRaw,
    Service,
    Status,
    Terms,
    Welcome,
    encode,
)
from hardware.settings import SIMULATED_PINS, GuardSettings, LimitSettings, Treadmill
from tests.hardware.guard_rig import Rig, connect, hear, running, wait_for

SETTINGS = GuardSettings(
    pins=SIMULATED_PINS,
    treadmill=Treadmill(facing="console", mm_per_count=4.0, cap_kmh=3.0),
    limits=LimitSettings(rails_warn_s=0.5, rails_revoke_s=1.5),
)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with running(tmp_path_factory.mktemp("link"), SETTINGS) as rig:
        yield rig


@pytest.fixture
def stranger(rig: Rig) -> Iterator[socket.socket]:
    with connect(rig.socket_path) as link:
        yield link


def closed(link: socket.socket) -> bool:
    """Whether the guard closes the connection, statuses apart."""
    link.settimeout(5.0)
    while packet := link.recv(MAX_PACKET_BYTES):
        assert b"status" in packet
    return True


def test_the_welcome_holds_the_sites_facts(rig: Rig) -> None:
    expected = Welcome(1, "console", 4.0, 3.0, "level", True, 0.5, 1.5, SIMULATED_PINS.numbers())
    assert msgspec.structs.replace(rig.kiosk.welcome, port="") == expected


def test_an_observer_sees_and_commands_nothing(rig: Rig, stranger: socket.socket) -> None:
    stranger.send(encode(Hello(1, "observer")))
    assert isinstance(hear(stranger), Welcome)
    assert isinstance(hear(stranger), Status)
    stranger.send(encode(RequestPermit()))
    stranger.send(encode(Service(True)))
    refused = []
    while len(refused) < 2:
        if isinstance(message := hear(stranger), Refused):
            refused.append(message)
    assert [message.command for message in refused] == ["request_permit", "service"]
    assert not rig.kiosk.status.service


def test_a_second_kiosk_is_refused(rig: Rig, stranger: socket.socket) -> None:
    stranger.send(encode(Hello(1, "kiosk")))
    assert hear(stranger) == Refused("hello", ("another kiosk is connected",))
    assert closed(stranger)
    seen = len(rig.kiosk.statuses)
    wait_for(lambda: len(rig.kiosk.statuses) > seen)


@pytest.mark.parametrize(
    ("packet", "command"),
    [
        (encode(Hello(2, "kiosk")), "hello"),
        (encode(Alive()), "hello"),
        (b"\xff" * 10, "packet"),
        # Deeper than any Python follows (3.13 does for 2,000); and a name that is no text.
        (b"\x82\xa4type\xa5alive\xa1x" + b"\x91" * 65_000 + b"\xc0", "packet"),
        (b"\x81\xa4type\xa5al\xffve", "packet"),
        (b"{}", "packet"),
        (b"\x90" * 65_537, "packet"),
    ],
)
def test_who_speaks_otherwise_is_told_and_sent_away(
    stranger: socket.socket, packet: bytes, command: str
) -> None:
    stranger.send(packet)
    refused = hear(stranger)
    assert isinstance(refused, Refused)
    assert refused.command == command
    assert closed(stranger)


def test_hello_is_said_once(stranger: socket.socket) -> None:
    stranger.send(encode(Hello(1, "observer")))
    stranger.send(encode(Hello(1, "observer")))
    assert isinstance(hear(stranger), Welcome)
    while isinstance(message := hear(stranger), Status):
        continue
    assert message == Refused("hello", ("hello was said already",))


def test_who_says_nothing_is_sent_away(rig: Rig) -> None:
    with connect(rig.socket_path) as silent:
        before_s = time.monotonic()
        assert silent.recv(10) == b""
        assert 1.8 < time.monotonic() - before_s < 2.5


def test_a_crowd_does_not_lock_the_door_for_ever(rig: Rig) -> None:
    crowd = [connect(rig.socket_path) for _ in range(40)]
    seen = len(rig.kiosk.statuses)
    wait_for(lambda: len(rig.kiosk.statuses) > seen + 3)
    for link in crowd:
        link.close()
    with connect(rig.socket_path) as late:
        late.send(encode(Hello(1, "observer")))
        assert isinstance(hear(late), Welcome)


def test_the_guard_tells_more_often_in_a_session(rig: Rig) -> None:
    def gaps_s(seconds: float) -> list[float]:
        wait_for(lambda: "sensor" not in rig.kiosk.status.failing)
        rig.kiosk.statuses.clear()
        time.sleep(seconds)
        times = [status.t_ns / 1e9 for status in rig.kiosk.statuses]
        return sorted(b - a for a, b in pairwise(times))

    idle = gaps_s(1.5)
    assert 0.09 < idle[len(idle) // 2] < 0.12
    rig.kiosk.say(BeginCheck(Terms(2.0, "both")))
    busy = gaps_s(1.0)
    assert 0.018 < busy[len(busy) // 2] < 0.023
    rig.kiosk.say(EndSession())


def test_a_change_is_told_at_once(rig: Rig) -> None:
    def seen(level: int) -> list[Status]:
        return [s for s in list(rig.kiosk.statuses) if s.pins.rail_left == level]

    took_s = []
    for level in (1, 0) * 8:
        time.sleep(0.03)
        rig.kiosk.statuses.clear()
        since_s = rig.pin("rail_left", level)
        told = wait_for(partial(seen, level))
        took_s.append(told[0].t_ns / 1e9 - since_s)
    # Idle, a status comes each 0.1 s anyway: the median tells.
    assert sorted(took_s)[8] < 0.015


def test_who_does_not_read_is_sent_away_and_disturbs_nobody(rig: Rig) -> None:
    with connect(rig.socket_path) as deaf:
        deaf.send(encode(Hello(1, "observer")))
        rig.kiosk.say(BeginCheck(Terms(2.0, "both")))
        time.sleep(0.1)
        rig.kiosk.statuses.clear()
        # Refusals must be kept for it, and it reads none of them.
        deaf.settimeout(0.2)
        with pytest.raises(OSError):  # refused, reset or full
            for _ in range(200_000):
                deaf.send(encode(RequestPermit()))
        time.sleep(0.2)
        times = [status.t_ns / 1e9 for status in list(rig.kiosk.statuses)]
        assert len(times) >= 10
        assert max(b - a for a, b in pairwise(times)) < 0.1
    rig.kiosk.say(EndSession())


def test_raw_inputs_are_every_byte_and_every_pin(rig: Rig) -> None:
    rig.kiosk.messages.clear()
    rig.kiosk.say(SendRaw(True))
    wait_for(lambda: len(rig.kiosk.others(Raw)) > 10)
    rig.blip("rail_right", 1)
    rig.blip("key", 0)
    time.sleep(0.5)
    rig.kiosk.say(SendRaw(False))
    time.sleep(0.1)
    raws = rig.kiosk.others(Raw)
    time.sleep(0.2)
    assert len(rig.kiosk.others(Raw)) == len(raws)
    first = {raw.pin: raw.level for raw in raws[:6]}
    assert first == {
        "estop": 1, "estop_b": 1, "key": 1, "stop_button": 0, "rail_left": 0, "rail_right": 0
    }  # fmt: skip
    assert [raw.level for raw in raws[6:] if raw.pin == "key"] == [0, 1]
    frames = LineDecoder().feed(b"".join(raw.belt for raw in raws if raw.belt))
    seqs = [frame.seq for frame in frames if isinstance(frame, Frame)]
    assert len(seqs) > 20
    assert all((b - a) % 256 == 1 for a, b in pairwise(seqs))
    times = [raw.t_ns for raw in raws]
    assert times == sorted(times)


def test_an_answer_for_nobody_is_ignored(rig: Rig) -> None:
    rig.kiosk.say(BenchReply(4711, None))
    time.sleep(0.05)
    assert rig.state()["permit"] == 0


def test_facing_the_console_the_person_walks_the_other_way(rig: Rig) -> None:
    rig.grant(cap_kmh=2.0)
    rig.speed(-1.0)
    wait_for(lambda: (rig.kiosk.status.speed_kmh or 0.0) > 0.95)
    assert rig.kiosk.status.permit
    assert rig.state()["speed_kmh"] == pytest.approx(-1.0, abs=0.05)
