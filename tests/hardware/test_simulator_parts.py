"""The simulated cable, relay and pins, each alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from hardware.errors import BenchError
from hardware.settings import Pins
from hardware.simulator.bench import BenchDoor
from hardware.simulator.pins import PULSE_HOLDS_S, Relay, SimulatedPins
from hardware.simulator.requests import Request
from hardware.simulator.wire import PtyWire


def test_the_cable_appears_and_vanishes_like_a_real_one(tmp_path: Path) -> None:
    wire = PtyWire(tmp_path / "sensor")
    wire.plug()
    wire.plug()
    reader = os.open(wire.path, os.O_RDWR | os.O_NOCTTY)
    wire.unplug()
    wire.unplug()
    assert not wire.path.is_symlink()
    try:
        assert os.read(reader, 10) == b""
    except OSError as error:
        assert error.errno == 5
    os.close(reader)
    wire.plug()
    assert wire.path.exists()
    wire.unplug()


def test_raw_bytes_wait_for_their_reader_and_nothing_comes_between(tmp_path: Path) -> None:
    async def play() -> bytes:
        wire = PtyWire(tmp_path / "sensor")
        wire.plug()
        reader = os.open(wire.path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        data = bytes(range(256)) * 400
        got = b""

        async def read() -> None:
            nonlocal got
            while len(got) < 2 * len(data):
                await asyncio.sleep(0.001)
                wire.send(b"$SWB\n")
                with contextlib.suppress(BlockingIOError):
                    got += os.read(reader, 3000)

        wire.send(b"")
        await asyncio.gather(read(), wire.send_raw(data), wire.send_raw(data))
        wire.unplug()
        os.close(reader)
        assert data in got
        return got.replace(data, b"")

    # What the sensor says lies between the two, before or after, never inside.
    assert set(asyncio.run(play()).split(b"\n")) <= {b"", b"$SWB"}


def test_raw_bytes_that_nobody_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.simulator.wire.RAW_TIMEOUT_S", 0.2)

    async def play() -> None:
        wire = PtyWire(tmp_path / "sensor")
        wire.plug()
        with pytest.raises(BenchError, match="nobody reads"):
            await wire.send_raw(b"x" * 1_000_000)
        # And the cable is free again afterwards.
        reader = os.open(wire.path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        sending = asyncio.create_task(wire.send_raw(b"y" * 10))
        got = b""
        while b"y" * 10 not in got:
            await asyncio.sleep(0.001)
            try:
                got += os.read(reader, 65_536)
            except BlockingIOError:
                continue
        await sending
        os.close(reader)
        wire.unplug()

    asyncio.run(play())


def test_unplugging_in_the_middle_of_raw_bytes(tmp_path: Path) -> None:
    async def play() -> None:
        wire = PtyWire(tmp_path / "sensor")
        wire.plug()
        sending = asyncio.create_task(wire.send_raw(b"x" * 1_000_000))
        await asyncio.sleep(0.05)
        wire.unplug()
        with pytest.raises(BenchError, match="unplugged"):
            await sending

    asyncio.run(play())


def test_a_client_that_misses_too_much_news_is_sent_away(tmp_path: Path) -> None:
    async def answer(_request: Request, _line: bytes) -> dict[str, Any]:
        return {"ok": True}

    async def play() -> None:
        door = BenchDoor(tmp_path / "bench", answer)
        await door.start()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
            deaf.connect(str(tmp_path / "bench"))
            await asyncio.sleep(0.05)
            assert len(door._writers) == 1
            for n in range(20_000):
                door.tell({"t": float(n), "permit": n % 2})
            await asyncio.sleep(0.05)
            assert len(door._writers) == 0
        await door.stop()
        door.close()

    asyncio.run(play())


def test_a_level_relay_follows_its_pin() -> None:
    seen: list[int] = []
    relay = Relay("level", active_high=True, changed=lambda _t, closed: seen.append(closed))
    for level in (True, True, False, False, True):
        relay.pin_changed(level)
    assert seen == [1, 0, 1]
    relay.open_now()
    relay.open_now()
    assert seen == [1, 0, 1, 0]
    relay.follow_decision(True, 1.0)
    assert relay.closed == 0


def test_a_pulsed_relay_needs_a_train_and_opens_by_itself() -> None:
    seen: list[tuple[float, int]] = []
    relay = Relay("pulse", active_high=True, changed=lambda t, closed: seen.append((t, closed)))
    relay.pin_changed(True)
    assert seen == [], "one toggle is no train"
    last_s = 0.0
    for n in range(8):
        time.sleep(0.01)
        relay.pin_changed(bool(n % 2))
        last_s = time.monotonic()
    assert [closed for _, closed in seen] == [1]
    left_s = relay.expires_in_s()
    assert left_s is not None
    assert 0.0 < left_s <= PULSE_HOLDS_S
    time.sleep(left_s + 0.002)
    assert relay.expires_in_s() is None
    assert [closed for _, closed in seen] == [1, 0]
    assert seen[1][0] == pytest.approx(last_s + PULSE_HOLDS_S, abs=0.005)


def test_pins_keep_no_history() -> None:
    relay = Relay("level", active_high=True, changed=lambda _t, _closed: None)
    pins = SimulatedPins(Pins(), relay)
    pins.start()
    for n in range(1000):
        pins.drive("estop", n % 2)
    assert pins.factory.pin(17).states == []
    with pytest.raises(BenchError, match="has no key"):
        pins.drive("key", 1)
