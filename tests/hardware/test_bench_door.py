"""The bench door (contracts.md §8), at a real guard: what it does, refuses and survives."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.belt.protocol import compose
from hardware.errors import BenchError
from hardware.link import BenchDo, BenchReply
from hardware.simulator.client import BenchClient
from tests.hardware.guard_rig import Rig, running, wait_for

QUICK_KIOSK_TIMEOUT = """
import hardware.simulator.simulation as simulation
simulation.KIOSK_ANSWERS_S = 0.5
"""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("bench")
    with running(folder, prelude=QUICK_KIOSK_TIMEOUT) as rig:
        yield rig


@pytest.fixture
def bench(rig: Rig) -> Iterator[BenchClient]:
    with BenchClient(rig.bench_path) as client:
        yield client
        client.ask({"sensor": "ok"})


class Door:
    """The bare socket, for lines that no client of ours would send."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(5.0)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def say(self, line: bytes) -> dict[str, Any]:
        self.socket.sendall(line)
        return json.loads(self.file.readline())

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def door(rig: Rig) -> Iterator[Door]:
    door = Door(rig.bench_path)
    yield door
    door.close()


def test_the_state(bench: BenchClient) -> None:
    wait_for(lambda: bench.ask({"get": "state"})["judged_kmh"] == 0.0)
    state = bench.request({"get": "state"})
    assert abs(state.pop("t") - time.monotonic()) < 0.5
    assert "rails" in state.pop("failing")
    assert state == {
        "permit": 0,
        "speed_kmh": 0.0,
        "position_mm": 0.0,
        "judged_kmh": 0.0,
        "latched": [],
        "reason": None,
        "sensor": "ok",
        "staff_pin": "2580",
        "pins": {
            "estop": 1,
            "estop_b": 1,
            "key": 1,
            "rail_left": 0,
            "rail_right": 0,
            "stop_button": 0,
        },
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"\n\nnonsense\n", "not a line of JSON"),
        (b"[1]\n", "not a JSON object"),
        (b"5\n", "not a JSON object"),
        (b"{}\n", "no request known"),
        (b'{"pin": "estop"}\n', "missing required field `level`"),
        (b'{"pin": "estop", "level": 2}\n', "level (0|1)"),
        (b'{"pin": "estop", "level": true}\n', "level (0|1)"),
        (b'{"pin": "permit", "level": 1}\n', "estop|estop_b|rail_left"),
        (b'{"pin": "estop", "level": 1, "lvl": 1}\n', "unknown field `lvl`"),
        (b'{"pin": "estop", "level": 1, "sensor": "ok"}\n', "two requests in one line"),
        (b'{"stick": "in", "sensor": "ok"}\n', "two requests in one line"),
        (b'{"sensor": "broken"}\n', "mute|freeze|garbage"),
        (b'{"speed_kmh": "fast"}\n', "speed_kmh: Expected `float`"),
        (b'{"speed_kmh": 99}\n', "speed_kmh: Expected `float` <= 20.0"),
        (b'{"speed_kmh": 1, "ramp_kmh_s": 0}\n', "ramp_kmh_s"),
        (b'{"speed_kmh": NaN}\n', "not a line of JSON"),
        (b'{"speed_kmh": 1e999}\n', "speed_kmh"),
        (b'{"get": "everything"}\n', "state"),
        (b'{"raw": "\\u0100"}\n', "raw: each character stands for one byte"),
        (b'{"raw": 5}\n', "raw: Expected `str`"),
        (b"\xff\xfe\n", "not a line of JSON"),
        (b'{"a":' * 5000 + b"\n", "not a line of JSON"),
        (b'{"get": "state"}' + b" " * 70_000 + b"\n", "at most 65536 bytes"),
        (b'{"do": "' + b"x" * 65_500 + b'"}\n', "too long for the kiosk"),
    ],
)
def test_a_bad_request_is_told_what_and_how(door: Door, line: bytes, words: str) -> None:
    answer = door.say(line)
    assert list(answer) == ["error"]
    assert words in answer["error"]
    assert "\n" not in answer["error"]
    assert door.say(b'{"get": "state"}\n')["permit"] == 0, "the door still answers"


def test_a_pin_that_the_site_does_not_have(tmp_path: Path) -> None:
    from hardware.settings import GuardSettings

    with running(tmp_path, GuardSettings()) as rig:
        assert set(rig.state()["pins"]) == {"estop", "rail_left", "rail_right"}
        with pytest.raises(BenchError, match="this site has no stop_button"):
            rig.bench.request({"pin": "stop_button", "level": 1})
        # No key's wire: the key is in, as far as the guard can know.
        assert "key" not in rig.state()["failing"]


def test_a_scripts_time_may_stay_in_a_line(bench: BenchClient) -> None:
    assert bench.ask({"t": 3.5, "pin": "rail_left", "level": 0}) == {"ok": True}


def test_answers_come_in_order_however_many_are_asked_at_once(bench: BenchClient) -> None:
    asked = [{"pin": "rail_left", "level": 0}, {"get": "state"}, {"raw": "x\n"}, {"sensor": "?"}]
    answers = bench.ask_all(asked * 20)
    kinds = [next(kind for kind in ("ok", "pins", "error") if kind in answer) for answer in answers]
    assert kinds == ["ok", "pins", "ok", "error"] * 20


def test_every_client_is_told_of_the_permit(rig: Rig) -> None:
    with BenchClient(rig.bench_path) as one, BenchClient(rig.bench_path) as other:
        rig.grant()
        rig.pin("key", 0)
        rig.fell()
        seen = [list(client.events(0.1)) for client in (one, other)]
    assert [event["permit"] for event in seen[0]] == [1, 0]
    assert seen[0] == seen[1]
    rig.pin("key", 1)


def test_a_speed_without_a_permit_has_no_effect(rig: Rig, bench: BenchClient) -> None:
    assert bench.ask({"speed_kmh": 2.0}) == {"ok": True}
    time.sleep(0.3)
    assert bench.request({"get": "state"})["speed_kmh"] == 0.0
    assert bench.ask({"speed_kmh": 1.0, "force": True, "ramp_kmh_s": 5}) == {"ok": True}
    wait_for(lambda: bench.request({"get": "state"})["speed_kmh"] == 1.0)
    # A new command ends the force: without a permit the belt slows by 1 km/h a second.
    before_s = time.monotonic()
    assert bench.ask({"speed_kmh": 2.0}) == {"ok": True}
    wait_for(lambda: bench.request({"get": "state"})["speed_kmh"] == 0.0)
    assert 0.95 < time.monotonic() - before_s < 2.0


def test_do_goes_to_the_kiosk_and_its_answer_comes_back(rig: Rig, bench: BenchClient) -> None:
    def kiosk(error: str | None) -> None:
        asked: BenchDo = wait_for(lambda: rig.kiosk.others(BenchDo))[-1]
        lines.append(asked.line)
        rig.kiosk.say(BenchReply(asked.number, error))

    lines: list[bytes] = []
    for error, answer in ((None, {"ok": True}), ("no such program", {"error": "no such program"})):
        rig.kiosk.messages.clear()
        thread = threading.Thread(target=kiosk, args=(error,))
        thread.start()
        assert bench.ask({"do": "choose", "program": "x", "raw": 1}) == answer
        thread.join()
    assert json.loads(lines[0]) == {"do": "choose", "program": "x", "raw": 1}


def test_a_stick_is_the_kiosks_and_its_line_goes_there_whole(rig: Rig, bench: BenchClient) -> None:
    def kiosk() -> None:
        asked: BenchDo = wait_for(lambda: rig.kiosk.others(BenchDo))[-1]
        lines.append(asked.line)
        rig.kiosk.say(BenchReply(asked.number, "A is in already"))

    lines: list[bytes] = []
    request = {"stick": "in", "name": "A", "read_only": True, "anything": 1}
    rig.kiosk.messages.clear()
    thread = threading.Thread(target=kiosk)
    thread.start()
    assert bench.ask(request) == {"error": "A is in already"}
    thread.join()
    assert json.loads(lines[0]) == request


def test_a_kiosk_that_does_not_answer(rig: Rig, bench: BenchClient) -> None:
    before_s = time.monotonic()
    with pytest.raises(BenchError, match="did not answer"):
        bench.request({"do": "go"})
    assert 0.4 < time.monotonic() - before_s < 2.0


def test_without_a_kiosk_do_is_an_error(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.kiosk.close()
        with pytest.raises(BenchError, match="no kiosk is connected"):
            rig.bench.request({"do": "go"})


def test_raw_bytes_arrive_whole_and_in_order(rig: Rig, bench: BenchClient) -> None:
    bench.request({"sensor": "mute"})
    time.sleep(0.1)
    frames = rig.kiosk.status.frames
    lines = b"".join(compose(f"SWB,{n % 256},{20_000 * n},0,0,00") for n in range(1500))
    assert bench.ask({"raw": lines[:30_011].decode("latin-1")}) == {"ok": True}
    assert bench.ask({"raw": lines[30_011:].decode("latin-1")}) == {"ok": True}
    wait_for(lambda: rig.kiosk.status.frames.accepted >= frames.accepted + 1500)
    time.sleep(0.15)
    assert rig.kiosk.status.frames.accepted == frames.accepted + 1500
    assert rig.kiosk.status.frames.rejected == frames.rejected


def test_raw_bytes_do_not_mix_with_the_sensors_own(rig: Rig, bench: BenchClient) -> None:
    bench.request({"sensor": "ok"})
    wait_for(lambda: bench.request({"get": "state"})["judged_kmh"] is not None)
    frames = rig.kiosk.status.frames
    half = compose("SWB,1,20000,0,0,00")
    for _ in range(100):
        bench.request({"raw": (b"x" * 90 + b"\n" + half).decode("latin-1")})
    wait_for(lambda: rig.kiosk.status.frames.rejected >= frames.rejected + 100)
    time.sleep(0.15)
    assert rig.kiosk.status.frames.rejected == frames.rejected + 100


def test_raw_bytes_need_a_plugged_sensor(bench: BenchClient) -> None:
    bench.request({"sensor": "unplug"})
    with pytest.raises(BenchError, match="unplugged"):
        bench.request({"raw": "x"})


def test_a_client_that_reads_nothing_disturbs_nobody(rig: Rig, bench: BenchClient) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
        deaf.connect(str(rig.bench_path))
        deaf.settimeout(0.2)
        with pytest.raises(TimeoutError):
            while True:
                deaf.sendall(b'{"get":"state"}\n' * 1000)
        before_s = time.monotonic()
        bench.request({"pin": "key", "level": 1})
        assert time.monotonic() - before_s < 0.2


def test_clients_that_vanish_at_any_point(rig: Rig, bench: BenchClient) -> None:
    for line in (b"", b'{"get"', b'{"get":"state"}\n' * 50, b'{"do":1}\n', b'{"raw":"x"}\n'):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as hasty:
            hasty.connect(str(rig.bench_path))
            hasty.sendall(line)
    assert bench.request({"get": "state"})["permit"] == 0


def test_a_flood_of_damaged_bytes_never_makes_a_speed(rig: Rig) -> None:
    """200 kB of broken lines while the belt runs: what is judged is what the belt had, or null."""
    rig.grant(rails="none", kmh=1.5)
    chance = random.Random(7)
    real = [
        compose(f"SWB,{n % 256},{chance.randrange(1 << 32)},{chance.randrange(-9999, 9999)},0,00")
        for n in range(64)
    ]
    sent = 0
    judged = []
    while sent < 200_000:
        chunk = bytearray(b"".join(chance.choice(real) for _ in range(100)))
        for at in range(0, len(chunk), 12):
            # At least one wrong byte in every line; a line has more than 20.
            chunk[at] = chunk[at] ^ chance.randrange(1, 256)
        chunk += chance.randbytes(200) + b"\n"
        rig.bench.request({"raw": bytes(chunk).decode("latin-1")})
        sent += len(chunk)
        judged.append(rig.state()["judged_kmh"])
    time.sleep(0.2)
    judged += [status.speed_kmh for status in list(rig.kiosk.statuses)[-200:]]
    assert all(kmh is None or -0.01 <= kmh < 1.55 for kmh in judged), judged
    assert rig.kiosk.status.frames.rejected > 2000
    assert max(kmh or 0.0 for kmh in judged) > 1.4, "the sensor's own lines still came through"
    rig.sensor("ok")
    rig.grant(kmh=0.5)


def test_a_timed_press_tells_when_the_relay_fell(rig: Rig, bench: BenchClient) -> None:
    rig.grant()
    before_s = time.monotonic()
    answer = bench.request({"pin": "estop", "level": 0, "timed": True})
    assert before_s < answer["t"] < time.monotonic()
    assert 0 < answer["relay_us"] < (time.monotonic() - answer["t"]) * 1e6
    assert bench.request({"get": "state"})["permit"] == 0
    fell_s = rig.fell()
    assert fell_s == pytest.approx(answer["t"] + answer["relay_us"] / 1e6, abs=1e-6)
    assert bench.request({"pin": "estop", "level": 1, "timed": True})["relay_us"] is None
