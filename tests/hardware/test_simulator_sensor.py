"""The simulated belt and sensor, seen through the real decoder and the real speed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.belt.protocol import UINT32, Frame, Identity, LineDecoder, parse_line
from hardware.belt.speed import BeltSpeed
from hardware.simulator.sensor import FRAME_S, JITTER_US, POLE_ERROR, SimulatedSensor
from hardware.simulator.treadmill import Segment, Treadmill

START_S = 1000.0


class Line:
    """Treadmill, sensor, decoder and speed on a virtual clock."""

    def __init__(self, mm_per_count: float = 5.0, **sensor: int) -> None:
        self.now_s = START_S
        self.treadmill = Treadmill(START_S)
        self.sensor = SimulatedSensor(mm_per_count, START_S, **sensor)
        self.decoder = LineDecoder()
        self.belt = BeltSpeed(mm_per_count)
        self.frames: list[Frame] = []
        self.identities: list[Identity] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.now_s += FRAME_S
            for segment in self.treadmill.advance(self.now_s):
                self.sensor.follow(segment)
            for item in self.decoder.feed(self.sensor.lines(self.now_s)):
                if isinstance(item, Identity):
                    self.identities.append(item)
                else:
                    self.frames.append(item)
                    self.belt.use(item, round(self.now_s * 1e9))

    def drive(self, kmh: float, seconds: float) -> None:
        self.treadmill.command(kmh, 6.0, force=True)
        self.run(seconds)


kmh_of_a_walk = st.floats(0.2, 5.0)
way = st.sampled_from([1, -1])
near_a_wrap = {
    "clock_us": st.integers(UINT32 - 4_000_000, UINT32 - 1),
    "count": st.integers(UINT32 // 2 - 200, UINT32 // 2 - 1)
    | st.integers(-UINT32 // 2, -UINT32 // 2 + 200),
    "seq": st.integers(0, 255),
    "seed": st.integers(0, 1 << 20),
}


@settings(max_examples=40, deadline=None)
@given(kmh=kmh_of_a_walk, sign=way, mm=st.sampled_from([0.5, 2.0, 5.0, 12.0]), **near_a_wrap)
def test_a_steady_belt_is_seen_exactly_across_every_wrap(
    kmh: float, sign: int, mm: float, clock_us: int, count: int, seq: int, seed: int
) -> None:
    line = Line(mm, clock_us=clock_us, count=count, seq=seq, seed=seed)
    line.drive(sign * kmh, 4.0)
    assert line.treadmill.speed_kmh == sign * kmh
    start_mm, start_belt_mm = line.treadmill.position_mm, line.belt.travel_mm
    speeds = []
    for _ in range(100):
        line.run(FRAME_S)
        assert line.belt.speed_kmh is not None
        speeds.append(line.belt.speed_kmh)
    # 1 % of pole error over two edges of a slow belt; the mean is what a walker is told.
    edges_in_window = max(2.0, kmh / 3.6 * 500.0 / mm)
    slack = 2 * POLE_ERROR / edges_in_window + 2 * JITTER_US * 1e-6 * kmh / 3.6 * 1000 / mm
    assert max(abs(speed - sign * kmh) for speed in speeds) < kmh * (0.01 + slack)
    assert sum(speeds) / len(speeds) == pytest.approx(sign * kmh, rel=0.01)
    line.run(20.0)
    true_mm = line.treadmill.position_mm - start_mm
    assert line.belt.travel_mm - start_belt_mm == pytest.approx(
        true_mm, rel=0.001, abs=mm * (1 + 2 * POLE_ERROR)
    )
    assert line.belt.faults == 0
    assert line.belt.lost == 0
    assert line.decoder.rejected == 0


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.floats(-5.0, 5.0), st.floats(0.1, 12.0), st.floats(0.1, 1.5)),
        min_size=1,
        max_size=6,
    ),
    seed=st.integers(0, 1 << 20),
)
def test_no_motion_of_the_simulated_belt_is_implausible(
    steps: list[tuple[float, float, float]], seed: int
) -> None:
    line = Line(seed=seed)
    for kmh, ramp, seconds in steps:
        line.treadmill.command(kmh, ramp, force=True)
        line.run(seconds)
    assert line.belt.faults == 0
    assert line.decoder.rejected == 0
    assert line.belt.lost == 0


@settings(max_examples=25, deadline=None)
@given(kmh=st.floats(-5.0, 5.0), count=st.integers(-1000, 1000), seed=st.integers(0, 99))
def test_each_edge_is_stamped_at_its_own_time(kmh: float, count: int, seed: int) -> None:
    """Edge times against the closed form: position = speed x time, edges at their poles."""
    sensor = SimulatedSensor(5.0, 0.0, seed=seed, count=count)
    mm_s = kmh / 3.6 * 1000
    last_edge_us = 0
    for n in range(1, 100):
        at_s = n * FRAME_S
        sensor.follow(Segment(at_s - FRAME_S, (at_s - FRAME_S) * mm_s, at_s, at_s * mm_s))
        frame = parse_line(sensor.frame(at_s).rstrip())
        assert isinstance(frame, Frame)
        assert frame.clock_us == round(at_s * 1e6)
        assert last_edge_us <= frame.edge_us <= frame.clock_us
        last_edge_us = frame.edge_us
        passed = frame.count - count
        assert passed == pytest.approx(at_s * mm_s / 5.0, abs=0.52)
        if passed:
            # The edge last passed lies half a count before the whole number, +- the pole error.
            edge_mm = (passed - 0.5 if passed > 0 else passed + 0.5) * 5.0
            error_us = abs(frame.edge_us - edge_mm / mm_s * 1e6)
            assert error_us <= POLE_ERROR * 5.0 / abs(mm_s) * 1e6 + JITTER_US + 1


def test_pole_errors_repeat_with_each_turn() -> None:
    sensor = SimulatedSensor(5.0, 0.0)
    assert [sensor._edge_mm(n + 20) - sensor._edge_mm(n) for n in range(-40, 40)] == pytest.approx(
        [100.0] * 80
    )
    assert len({round(sensor._edge_mm(n) - 5.0 * n, 6) for n in range(20)}) == 20


def test_an_old_edge_never_wraps_into_the_future() -> None:
    sensor = SimulatedSensor(5.0, 0.0)
    for hours in (0.1, 0.2, 0.4, 1.0, 1.3, 5.0, 30.0):
        frame = parse_line(sensor.frame(hours * 3600.0).rstrip())
        assert isinstance(frame, Frame)
        age_us = (frame.clock_us - frame.edge_us) % UINT32
        assert age_us == min(round(hours * 3600e6), 1 << 30)
        assert frame.fault is None
        assert frame.count == 0


def test_identity_comes_once_a_second() -> None:
    line = Line()
    line.run(3.0)
    assert len(line.identities) == 3
    assert len(line.frames) == 150


def test_the_seq_counts_frames_and_wraps() -> None:
    line = Line(seq=200)
    line.run(2.0)
    assert [frame.seq for frame in line.frames] == [(200 + n) % 256 for n in range(100)]


@pytest.mark.parametrize("mode", ["mute", "freeze", "garbage", "reset", "fault"])
def test_faults(mode: str) -> None:
    line = Line()
    line.drive(1.0, 3.0)
    frames = len(line.frames)
    line.sensor.mode = mode  # type: ignore[assignment]
    line.run(1.0)
    seen = line.frames[frames:]
    assert len(seen) == (0 if mode in {"mute", "garbage"} else 50)
    if mode == "freeze":
        assert set(seen) == {line.frames[frames - 1]}
        assert line.belt.fault == "the sensor's clock stands still"
    if mode == "fault":
        assert all(frame.status == 1 for frame in seen)
        assert line.belt.speed_kmh is None
    if mode == "garbage":
        assert line.decoder.rejected > 0
    if mode == "reset":
        assert seen[0].clock_us == 0
        assert abs(seen[0].count) <= 1
        assert line.belt.faults > 0
        assert line.sensor.mode == "ok"
    line.sensor.mode = "ok"
    line.run(3.0)
    assert line.belt.speed_kmh == pytest.approx(1.0, rel=0.02)
    assert line.belt.fault is None


def test_the_same_seed_gives_the_same_bytes() -> None:
    def sent(seed: int) -> list[Frame]:
        line = Line(seed=seed)
        line.drive(2.0, 2.0)
        return line.frames

    assert sent(3) == sent(3)
    assert sent(3) != sent(4)
