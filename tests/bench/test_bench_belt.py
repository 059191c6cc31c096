"""The rows that need neither disk nor screen: a frame judged, a speed's error, a replay."""

from __future__ import annotations

import functools
import json
import operator
import sys
from typing import Any

import pytest

from hardware.belt.protocol import Frame, parse_line
from kiosk.bench import error, judged, replayed
from kiosk.bench.belt import Told, belt, stopped_belt
from kiosk.bench.frame import Figure, Row, RowFailed, Series
from kiosk.bench.lab import QUICK, Lab
from kiosk.bench.walk import write_recording


def goals_name_figures(row: Row, figure: Figure) -> None:
    names = {one.name for one in figure.series}
    for goal in row.goals:
        assert goal.of in names
        assert goal.beside is None or goal.beside in names | set(figure.missing)


def series_of(figure: Figure) -> dict[str, Series]:
    return {one.name: one for one in figure.series}


def test_the_belt_does_what_it_is_told_and_says_so() -> None:
    told = [Told(1.0, 2.0), Told(6.0, -1.0)]
    said = list(belt(told, 12.0, mm_per_count=5.0, seed=3))
    assert [round(one.at_s, 2) for one in said] == [round(n * 0.02, 2) for n in range(1, 601)]
    by_time = {round(one.at_s, 2): one for one in said}
    assert by_time[1.0].kmh == pytest.approx(0.0, abs=0.05)
    assert (by_time[5.9].kmh, by_time[5.9].is_steady) == (2.0, True)
    assert not by_time[2.0].is_steady and not by_time[6.5].is_steady
    assert (by_time[12.0].kmh, by_time[12.0].is_steady) == (-1.0, True)
    frame = parse_line(said[-1].line.removesuffix(b"\n"))
    assert isinstance(frame, Frame)
    assert frame.count * 5.0 == pytest.approx(said[-1].mm, abs=6.0)


def test_a_belt_that_stops_at_once_makes_no_more_edges() -> None:
    said = list(stopped_belt(0.5, 2.01, 4.0, mm_per_count=5.0, seed=3))
    frames = [parse_line(one.line.removesuffix(b"\n")) for one in said]
    assert {one.kmh for one in said if one.at_s > 2.01} == {0.0}
    assert said[-1].mm == pytest.approx(0.5 / 0.0036 * 2.01)
    counts = [frame.count for frame in frames if isinstance(frame, Frame)]
    assert counts[-1] * 5.0 == pytest.approx(said[-1].mm, abs=6.0)
    assert counts[100] == counts[-1] > counts[50] > 0


def test_frame_speed(small: Lab) -> None:
    pytest.importorskip("pynmea2")  # a developer's package: elsewhere the row says it is missing
    row = judged.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    for series in series_of(figure).values():
        assert len(series.values) == QUICK.frames / judged.BLOCK
        assert min(series.values) > 0
    assert not figure.missing


def test_frame_speed_without_its_peer(small: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynmea2", None)
    row = judged.row(QUICK)
    figure = row.measure(small)
    assert "not installed" in figure.missing[judged.PEER]
    assert [goal.judge(series_of(figure)).met for goal in row.goals] == [None]


def test_a_frame_that_is_not_taken_is_a_failure(
    small: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*args: Any, **more: Any) -> Any:
        for number, said in enumerate(belt(*args, **more)):
            yield said._replace(line=said.line[1:]) if number == 700 else said

    monkeypatch.setattr(judged, "belt", damaged)
    with pytest.raises(RowFailed, match="1 rejected, 1 lost; the permit is on"):
        judged.measure(small)


def test_the_sentence_is_as_long_as_a_frame() -> None:
    words = judged.sentence(2.5)
    assert words.startswith("$GPVTG,054.7,T,034.4,M,01.35,N,02.50,K*")
    checksum = functools.reduce(operator.xor, words[1:-3].encode("ascii"))
    assert words[-2:] == f"{checksum:02X}"
    assert abs(len(words) - len("$SWB,208,40000000,3181,39999535,00*D90B")) <= 2


def test_speed_error(small: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error, "SPEEDS_KMH", (0.2, 2.0, 5.0))
    row = error.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    series = series_of(figure)
    for mm in error.ENCODERS_MM:
        for ramps in (False, True):
            [ours] = series[error.ours_name(mm, ramps=ramps)].values
            [pulses] = series[error.pulses_name(mm, ramps=ramps)].values
            assert 0 < ours < pulses
    for mm in error.ENCODERS_MM:
        assert len(series[error.rest_name(mm)].values) == QUICK.rests
    # There is no clock in this row: what it finds is the same everywhere.
    rest = {goal.of: goal.judge(series).met for goal in row.goals if "rest" in goal.of}
    # Between two edges of a coarse encoder nobody can know.
    assert rest == {error.rest_name(mm): mm <= 5.0 for mm in error.ENCODERS_MM}
    assert max(series[error.DISTANCE].values) < 1.0


def test_a_speed_that_is_unknown_is_a_failure(small: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error, "_SETTLED_S", 0.2)
    with pytest.raises(RowFailed, match=r"the speed is unknown at 0\.\d\d s"):
        error.measure(small)


def test_replay(small: Lab) -> None:
    row = replayed.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    series = series_of(figure)
    assert len(series[replayed.OURS].values) == QUICK.replays
    assert series[replayed.REAL].values[0] > 60 * QUICK.walk_min


def test_a_replay_that_ends_otherwise_is_a_failure(
    small: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shorter(path: Any, minutes: int) -> float:
        return write_recording(path, minutes - 4)

    monkeypatch.setattr(replayed, "write_recording", shorter)
    with pytest.raises(RowFailed, match=r"sternway replay ended with 2: .*no session got as"):
        replayed.measure(small)
    for record in (
        {"outcome": "stopped", "walked_s": 300},
        {"outcome": "completed", "walked_s": 9},
    ):
        with pytest.raises(RowFailed, match=f"ended as {record['outcome']} after"):
            replayed._check(json.dumps(record).encode(), 5)
