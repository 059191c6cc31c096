"""The rows of the emergency stop: a real guard and a real kiosk, pressed a few times."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest

from kiosk.bench import estop_pin, estop_screen, stand_in
from kiosk.bench.crowd import Runs
from kiosk.bench.frame import RowFailed
from kiosk.bench.lab import QUICK, Lab
from kiosk.bench.stand_in import StandIn
from tests.bench.test_bench_belt import goals_name_figures, series_of


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estop_pin, "_crowd", lambda *_: [])


def test_estop_pin(small: Lab, alone: None) -> None:
    row = estop_pin.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    for series in series_of(figure).values():
        assert len(series.values) == QUICK.edges
        assert min(series.values) > 0


def test_the_permit_was_on_before_each_edge_and_off_after_it() -> None:
    with estop_pin._guard() as (_, door), StandIn(estop_pin._link(door.path)) as kiosk:
        for _ in range(3):
            kiosk.get_permit()
            assert door.client.request({"get": "state"})["permit"] == 1
            assert estop_pin._press(door.client, kiosk) > 0
            state = door.client.request({"get": "state"})
            assert (state["permit"], state["reason"], state["latched"]) == (0, "estop", ["estop"])


def test_a_permit_that_is_not_given_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_in, "PERMIT_S", 0.3)
    with estop_pin._guard() as (_, door), StandIn(estop_pin._link(door.path)) as kiosk:
        door.client.request({"sensor": "unplug"})
        with pytest.raises(RowFailed, match=r"gives no permit: .*sensor"):
            kiosk.get_permit()


def test_an_edge_that_drops_nothing_is_a_failure() -> None:
    class Door:
        def request(self, request: dict[str, Any]) -> dict[str, Any]:
            return {"ok": True, "t": 1.0, "relay_us": None}

    class Kiosk:
        def get_permit(self) -> None: ...
        def wait_for_stop(self) -> None: ...

    door: Any = Door()
    kiosk: Any = Kiosk()
    with pytest.raises(RowFailed, match="did not drop the permit"):
        estop_pin._press(door, kiosk)


def test_what_runs_beside_a_row_runs_again_and_leaves_nothing(tmp_path: Path) -> None:
    made = tmp_path / "made"

    def command(number: int) -> list[str]:
        made.mkdir()
        return ["log", "verify", "--data", str(made)]

    with Runs("a look", command, after=made.rmdir) as runs:
        end_s = time.monotonic() + 60.0
        while runs.rounds < 2 and time.monotonic() < end_s:
            runs.check()
            time.sleep(0.05)
    assert runs.rounds >= 2
    assert not [*tmp_path.iterdir()]


def test_what_fails_beside_a_row_fails_it() -> None:
    with Runs("an odd one", lambda _: ["replay", "/nowhere"], after=lambda: None) as runs:
        end_s = time.monotonic() + 60.0
        with pytest.raises(RowFailed, match=r"an odd one: it ended with 2: .*nowhere"):
            while time.monotonic() < end_s:
                runs.check()
                time.sleep(0.05)


def test_the_crowd_of_the_row_is_busy(small: Lab) -> None:
    """A real kiosk on a walk, an export and a replay: all begin, and end with the row."""
    with contextlib.ExitStack() as stack:
        crowd = estop_pin._crowd(small, stack)
        assert [one.name for one in crowd] == ["a walk", "an export", "a replay"]
        for one in crowd:
            one.check()
    assert all(not one._thread.is_alive() for one in crowd)


def test_estop_screen(small: Lab) -> None:
    row = estop_screen.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    series = series_of(figure)
    [shown] = series[estop_screen.OURS].values
    [begun] = series[estop_screen.BEGUN].values
    assert 0 < begun < shown


def test_a_screen_that_never_says_stop_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estop_screen, "_SHOWN_S", 0.05)
    file = tmp_path / "shown.txt"
    file.write_text("100.0 99.9 stopped\n103.5 103.4 walking\n")
    assert estop_screen._says_stop(file, 99.0) == (100.0, 99.9)
    with pytest.raises(RowFailed, match="no screen said stop"):
        estop_screen._says_stop(file, 101.0)
