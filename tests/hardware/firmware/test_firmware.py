"""The sensor's own program, run by MicroPython, against the kiosk's decoder, speed and guard."""

from __future__ import annotations

import binascii
import json
import os
import pty
import subprocess
import tty
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.belt.port import BeltPort
from hardware.belt.protocol import UINT32, Frame, Identity, LineDecoder
from hardware.belt.speed import BeltSpeed
from tests.hardware.firmware.micropython import BOARD, board_command, environment, on_board, play
from tests.hardware.guard_rig import wait_for

VECTORS = Path(__file__).resolve().parents[2] / "recordings/contract/belt_vectors.json"
FRAME_US = 20_000
TICKS = 1 << 30
FORWARDS = (2, 3, 1, 0)
"""2 A + B over a period in which A leads."""
BACKWARDS = (1, 3, 2, 0)


def decoded(sent: bytes) -> list[Frame | Identity]:
    """Every line, none of which may be one that the kiosk rejects."""
    decoder = LineDecoder()
    found = decoder.feed(sent)
    assert decoder.rejected == 0, sent[-200:]
    return found


def frames(sent: bytes) -> list[Frame]:
    return [item for item in decoded(sent) if isinstance(item, Frame)]


def turned(way: tuple[int, ...], from_us: int, quarter_us: int, periods: int) -> list[list[Any]]:
    """Edges of whole periods."""
    return [
        ["e", way[number % 4], from_us + (number + 1) * quarter_us] for number in range(4 * periods)
    ]


def test_the_lines_are_the_contract_s() -> None:
    good = json.loads(VECTORS.read_text())["good"]
    payloads = [line.strip().lstrip("$").split("*")[0] for line in good]
    made = play(*(["c", payload] for payload in payloads)).decode().splitlines()
    assert made == [line.strip() for line in good]


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text("0123456789,-ABCSWI", min_size=1, max_size=50), min_size=50, max_size=80))
def test_the_crc_is_the_kiosk_s(payloads: list[str]) -> None:
    made = play(*(["c", payload] for payload in payloads)).decode().splitlines()
    for payload, line in zip(payloads, made, strict=True):
        assert line == f"${payload}*{binascii.crc_hqx(payload.encode(), 0xFFFF):04X}"


def test_before_any_edge_it_says_its_power_up() -> None:
    first, second = frames(play({"new": {}}, ["f", 20_000, False], ["f", 40_000, False]))
    assert first == Frame(0, 20_000, 0, 0, 0)
    assert second == Frame(1, 40_000, 0, 0, 0)


def test_it_says_who_it_is_once_a_second() -> None:
    asked = [["f", number * FRAME_US, False] for number in range(1, 152)]
    found = decoded(play({"new": {}}, *asked))
    places = [place for place, item in enumerate(found) if isinstance(item, Identity)]
    assert len(places) == 4
    assert found[places[0]] == Identity("TEST", "sternway-1.0")
    assert {b - a for a, b in pairwise(places)} == {51}


def test_both_ways_are_counted_by_whole_periods() -> None:
    there = turned(FORWARDS, 0, 100, 30)
    back = turned(BACKWARDS, 20_000, 100, 45)
    sent = play({"new": {}}, *there, ["f", 20_000, False], *back, ["f", 40_000, False])
    first, second = frames(sent)
    assert (first.count, first.edge_us) == (30, 12_000)
    assert (second.count, second.edge_us) == (-15, 20_000 + 45 * 400)


def test_an_encoder_that_trembles_at_rest_counts_nothing() -> None:
    trembling = [["e", (2, 0)[number % 2], number * 50] for number in range(300)]
    (frame,) = frames(play({"new": {}}, *trembling, ["f", 20_000, False]))
    assert (frame.count, frame.edge_us, frame.status) == (0, 0, 0)


@pytest.mark.parametrize("states", [(2, 0), (3, 1), (1, 0), (3, 2)], ids=str)
def test_a_channel_that_died_is_a_fault_and_not_a_belt_at_rest(states: tuple[int, int]) -> None:
    """4 km/h at 5 mm a period: the channel that lives changes 444 times a second."""
    events: list[Any] = [{"new": {"state": states[1]}}]
    for number in range(100):
        start = number * FRAME_US
        events += [["e", states[n % 2], start + (n + 1) * 2250] for n in range(8)]
        events.append(["f", start + FRAME_US, False])
    found = frames(play(*events))
    assert [frame.count for frame in found] == [0] * 100
    assert [frame.status for frame in found] == [0] * 24 + [1] * 76
    assert found[24].fault is not None


def test_a_moment_of_trembling_is_no_fault_and_a_count_ends_it() -> None:
    def frame(number: int, *, trembles: bool) -> list[list[Any]]:
        start = number * FRAME_US
        edges = [["e", (2, 0)[n % 2], start + n * 50] for n in range(300)] if trembles else []
        return [*edges, ["f", start + FRAME_US, False]]

    short = [event for n in range(150) for event in frame(n, trembles=n % 50 < 24)]
    assert {one.status for one in frames(play({"new": {}}, *short))} == {0}
    begun = [event for n in range(80) for event in frame(n, trembles=True)]
    moved = turned(FORWARDS, 80 * FRAME_US, 100, 1)
    after = [event for n in range(80, 82) for event in frame(n, trembles=False)]
    status = [one.status for one in frames(play({"new": {}}, *begun, *moved, *after))]
    assert status[79:] == [1, 0, 0]
    left = [event for n in range(80, 140) for event in frame(n, trembles=False)]
    status = [one.status for one in frames(play({"new": {}}, *begun, *left))]
    assert status[80:] == [1] * 50 + [0] * 10


@pytest.mark.parametrize("period_us", [3_600, 36_000, 144_000, 900_000])
def test_a_slow_belt_is_no_channel_that_died(period_us: int) -> None:
    turns = turned(FORWARDS, 0, period_us // 4, 4_000_000 // period_us)
    asked: list[list[Any]] = [["f", n * FRAME_US, False] for n in range(1, 201)]
    events = sorted([*turns, *asked], key=lambda event: event[2] if event[0] == "e" else event[1])
    assert {one.status for one in frames(play({"new": {}}, *events))} == {0}


def test_one_channel_counts_up() -> None:
    pulses = [["p", number * 1000] for number in range(1, 16)]
    (frame,) = frames(play({"new": {}}, *pulses, ["f", 20_000, False]))
    assert (frame.count, frame.edge_us) == (15, 15_000)


def test_jumps_over_a_state_are_a_fault_for_a_second() -> None:
    jump = [["e", 3, 100], ["e", 0, 200], ["e", 3, 300]]
    asked = [["f", number * FRAME_US, False] for number in range(1, 60)]
    found = frames(play({"new": {}}, *jump, *asked))
    assert found[0].fault is not None
    faulty = [frame.status for frame in found]
    assert faulty == [1] * 51 + [0] * 8
    few = frames(play({"new": {}}, *jump[:2], ["f", 20_000, False]))
    assert few[0].status == 0


@pytest.mark.parametrize(("apart", "faulty"), [(46, False), (24, True)])
def test_three_jumps_are_a_fault_within_one_second_only(apart: int, faulty: bool) -> None:
    told: list[list[object]] = []
    for number in range(1, 120):
        done, state = divmod(number, apart)
        if state == 1 and done < 3:
            told.append(["e", 3 if done % 2 == 0 else 0, number * FRAME_US - 100])
        told.append(["f", number * FRAME_US, False])
    found = frames(play({"new": {}}, *told))
    assert any(frame.status for frame in found) is faulty


def test_a_wire_that_hums_is_a_fault() -> None:
    hum = [["p", number * 90] for number in range(201)]
    sent = play({"new": {}}, *hum, ["f", 20_000, False], ["f", 40_000, False])
    assert [frame.status for frame in frames(sent)] == [2, 0]


def test_a_key_that_blinks_is_told_once() -> None:
    sent = play({"new": {}}, ["k"], *(["f", n * FRAME_US, n == 3] for n in (1, 2, 3)))
    assert [frame.key_pulled for frame in frames(sent)] == [True, False, True]


@settings(max_examples=8, deadline=None)
@given(
    ticks=st.sampled_from([0, TICKS - 1, TICKS - 30_000]),
    clock_us=st.sampled_from([0, UINT32 - 1, UINT32 - 50_000]),
    count=st.sampled_from([0, UINT32 // 2 - 3]),
    way=st.sampled_from([FORWARDS, BACKWARDS]),
)
def test_nothing_jumps_where_a_number_wraps(
    ticks: int, clock_us: int, count: int, way: tuple[int, ...]
) -> None:
    events: list[Any] = []
    for number in range(10):
        start = ticks + number * FRAME_US
        events += [*turned(way, start, 1000, 2), ["f", start + FRAME_US, False]]
    began = {"ticks": ticks, "clock_us": clock_us, "count": count}
    sign = 1 if way is FORWARDS else -1
    for number, frame in enumerate(frames(play({"new": began}, *events)), 1):
        assert frame.clock_us == (clock_us + number * FRAME_US) % UINT32
        assert (frame.clock_us - frame.edge_us) % UINT32 == 12_000
        assert (frame.count - count - sign * 2 * number) % UINT32 == 0
        assert frame.fault is None


def test_an_edge_of_long_ago_never_comes_from_the_future() -> None:
    first = turned(FORWARDS, 0, 100, 1)
    # Twenty hours at rest, a frame every eight minutes: ticks and clock wrap again and again.
    asked = [["f", 20_000 + number * 480_000_000, False] for number in range(150)]
    found = frames(play({"new": {}}, *first, *asked))
    ages = [(frame.clock_us - frame.edge_us) % UINT32 for frame in found]
    assert ages[0] == 20_000 - 400
    assert ages == sorted(ages)
    assert set(ages[3:]) == {1 << 30}
    assert all(frame.fault is None and frame.count == 1 for frame in found)


def planned(folder: Path, **plan: Any) -> Path:
    file = folder / "plan.json"
    file.write_text(json.dumps({"mm": 5.0, "lean": 0.2, **plan}))
    return file


@pytest.mark.parametrize("kmh", [0.25, 1.2, -2.0, 5.0])
def test_the_whole_program_s_speed_is_the_belt_s(tmp_path: Path, kmh: float) -> None:
    # As a belt does, and not at once: a jump of speed is a fault of the sensor to the kiosk.
    up = [[kmh * step / 20, 0.1] for step in range(1, 20)]
    sent = on_board(planned(tmp_path, legs=[*up, [kmh, 3], *up[::-1], [0, 1.5]]), 400)
    belt = BeltSpeed(5.0)
    seen: list[tuple[float, float | None]] = []
    past_us = 0
    for frame in frames(sent):
        past_us += (frame.clock_us - past_us) % UINT32
        assert belt.use(frame, past_us * 1000) or belt.fault is None
        seen.append((past_us / 1e6, belt.speed_kmh))
    steady = [speed for at_s, speed in seen if 3.0 < at_s < 4.8]
    assert steady and all(speed == pytest.approx(kmh, rel=0.002) for speed in steady)
    assert belt.travel_mm == pytest.approx(kmh / 3.6 * 4900, abs=10)
    assert seen[-1][1] == pytest.approx(0.0, abs=0.05)


def test_the_whole_program_tells_of_key_and_sparks(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        legs=[[1.0, 4]],
        key=[[1.005, 1], [1.006, 0], [2.0, 1]],
        sparks=[3.0, 3.001, 3.002],
    )
    found = frames(on_board(plan, 190))
    out = [number for number, frame in enumerate(found) if frame.key_pulled]
    # The blink is in one frame, the key that stays out in all from then on.
    assert len([number for number in out if number < 90]) == 1
    assert out[1:] == list(range(out[1], 190))
    assert 98 <= out[1] <= 102
    faults = [number for number, frame in enumerate(found) if frame.status & 1]
    assert faults and 149 <= faults[0] <= 152


def test_it_is_heard_through_a_serial_port(tmp_path: Path) -> None:
    plan = planned(tmp_path, legs=[[0.4, 0.5], [0.9, 0.5], [1.5, 60]], real=True)
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    name = os.ttyname(theirs)
    program = subprocess.Popen(
        board_command(plan, 3000), stdout=ours, env=environment(BOARD), stderr=subprocess.PIPE
    )
    deaths: list[BaseException] = []
    port = BeltPort(name, wake=lambda: None, died=deaths.append)
    decoder, belt = LineDecoder(), BeltSpeed(5.0)

    def speed() -> float | None:
        while (chunk := port.take()) is not None:
            for item in decoder.feed(chunk.data):
                if isinstance(item, Frame):
                    belt.use(item, chunk.t_ns)
        return belt.speed_kmh

    try:
        port.start()
        assert wait_for(lambda: (speed() or 0) == pytest.approx(1.5, rel=0.01), 20.0)
        assert program.poll() is None
        assert not deaths
    finally:
        assert port.stop()
        program.kill()
        program.communicate()
        os.close(ours)
        os.close(theirs)
