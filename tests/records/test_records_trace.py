"""The trace's file, byte by byte, and what a row is rounded to."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from kiosk.records.trace import HEADER, rounded, to_csv, write_trace


def test_a_row_is_kept_with_three_decimals() -> None:
    row = (1.23456, "walking", 1.98765, 1.00049, 2.00051, 33.33333, True, False, 2.55555)
    kept = rounded(row)
    assert kept == (1.235, "walking", 1.988, 1.0, 2.001, 33.333, 1, 0, 2.556)
    assert [type(one) for one in kept] == [float, str, float, float, float, float, int, int, float]


@pytest.mark.parametrize("speed", [None, math.nan, math.inf, -math.inf])
def test_a_speed_that_is_no_number_is_unknown_and_not_zero(speed: float | None) -> None:
    assert rounded((0.2, "paused", speed, 1.0, 2.0, 0.0, 1, 1, 0.0))[2] is None


def test_a_speed_of_zero_is_known() -> None:
    assert rounded((0.2, "paused", 0.0, 1.0, 2.0, 0.0, 1, 1, 0.0))[2] == 0.0


def test_the_file_is_as_the_contract_says(tmp_path: Path) -> None:
    rows = [
        (0.2, "starting", None, 1.0, 2.0, 0.0, 1, 1, 0.0),
        (0.4, "walking", 1.5, 1.0, 2.0, 0.083, 0, 1, 0.0),
    ]
    expected = (
        b"t_s,state,speed_kmh,target_low_kmh,target_high_kmh,distance_m,rail_left,rail_right,incline_pct\n"
        b"0.2,starting,,1.0,2.0,0.0,1,1,0.0\n"
        b"0.4,walking,1.5,1.0,2.0,0.083,0,1,0.0\n"
    )
    assert to_csv(rows) == expected
    path = tmp_path / "s-1.csv"
    assert write_trace(path, rows) == expected
    assert path.read_bytes() == expected
    assert to_csv([]) == (",".join(HEADER) + "\n").encode()
