"""The rig's scenarios side by side: what waits for what, and what a failure does to the others."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from image.rig.errors import NoAnswer, RigError
from image.rig.frame import Bench
from image.rig.lanes import run_all


def a_bench(folder: Path) -> Bench:
    return Bench(folder / "image", folder, {})


def fine(bench: Bench) -> None:
    bench.check("is well", lambda: None)


@pytest.mark.parametrize("lanes", [1, 2, 5])
def test_rows_come_in_order_and_all_but_the_cuts_wait_for_the_first(
    tmp_path: Path, lanes: int
) -> None:
    over = threading.Event()
    early: list[str] = []

    def first(bench: Bench) -> None:
        fine(bench)
        over.set()

    def after(bench: Bench) -> None:
        if not over.is_set():
            early.append(bench.scenario)
        fine(bench)

    runs = {"first": first, "cuts": fine, "walk": after, "stops": after}
    rows, failed = run_all(a_bench(tmp_path), list(runs), runs, lanes)
    assert [row.scenario for row in rows] == ["first", "cuts", "walk", "stops"]
    assert not failed
    assert not early


def test_two_lanes_run_side_by_side(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=20)

    def meets(_: Bench) -> None:
        both.wait()

    runs = {"cuts": meets, "walk": meets}
    assert run_all(a_bench(tmp_path), list(runs), runs, 2) == ([], [])


@pytest.mark.parametrize("error", [RigError("it did not come"), OSError("no room")])
def test_the_others_go_on_where_one_fails(
    tmp_path: Path, error: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(bench: Bench) -> None:
        fine(bench)
        raise error

    runs = {"first": fails, "walk": fine}
    rows, failed = run_all(a_bench(tmp_path), list(runs), runs, 1)
    assert [(row.scenario, row.good) for row in rows] == [("first", True), ("walk", True)]
    assert failed == ["first"]
    assert str(error) in "".join(capfd.readouterr())


def test_where_the_emulator_stood_still_a_scenario_is_begun_anew_once(tmp_path: Path) -> None:
    tries: list[int] = []

    def stands_still(bench: Bench) -> None:
        fine(bench)
        tries.append(len(tries))
        if tries[-1] < still:
            raise NoAnswer("QEMU stands still")

    still = 1
    rows, failed = run_all(a_bench(tmp_path), ["walk"], {"walk": stands_still}, 1)
    assert [row.what for row in rows] == ["begun anew", "is well"]
    assert not failed
    tries.clear()
    still = 2
    rows, failed = run_all(a_bench(tmp_path), ["walk"], {"walk": stands_still}, 1)
    assert failed == ["walk"]
    assert tries == [0, 1]


def test_what_an_earlier_run_left_of_a_scenario_is_gone(tmp_path: Path) -> None:
    old = tmp_path / "walk/card.qcow2"
    old.parent.mkdir()
    old.touch()
    seen: list[bool] = []
    run_all(a_bench(tmp_path), ["walk"], {"walk": lambda _: seen.append(old.exists())}, 1)
    assert seen == [False]
