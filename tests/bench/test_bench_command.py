"""``sternway bench`` as it is typed, over rows that are made up."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.bench import disk, lab, rows
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale

Measure = Callable[[Lab], Figure]
OURS = Series("ours", "ms", (2.0, 4.0, 3.0))
PEER = Series("the peer", "ms", (1.0, 1.0, 1.0))


def row(name: str, measure: Measure, *goals: Goal) -> Callable[[Scale], Row]:
    goals = goals or (Goal("ours", "the peer", at_most=3.0),)
    return lambda scale: Row(name, f"what {name} does", "the peer", goals, measure)


def beside_a_peer(_: Lab) -> Figure:
    return Figure([OURS, PEER], notes=["A note."])


def without_a_peer(_: Lab) -> Figure:
    return Figure([OURS], missing={"the peer": "it is not installed here"})


def too_slow(_: Lab) -> Figure:
    return Figure([OURS, PEER._replace(values=(0.5,))])


def broken(_: Lab) -> Figure:
    raise RowFailed("no frame came")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*makers: Callable[[Scale], Row]) -> None:
        monkeypatch.setattr(rows, "_MAKERS", makers)

    return use


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setattr(lab, "FULL", lab.FULL._replace(needed_bytes=0))
    return lambda *words: main(["bench", "--scratch", str(tmp_path), *words])


def test_all_goals_met(table: Any, typed: Any, capsys: Any) -> None:
    table(row("one", beside_a_peer), row("two", beside_a_peer))
    assert typed() == 0
    said = capsys.readouterr().out
    assert "met           ours ≤ 3 × the peer: 3.00 ×" in said
    assert "2 goals met, 0 missed, 0 not measured." in said
    assert "A note." in said


def test_a_missed_goal(table: Any, typed: Any, capsys: Any) -> None:
    table(row("one", beside_a_peer), row("two", too_slow))
    assert typed() == 1
    said = capsys.readouterr().out
    assert "MISSED        ours ≤ 3 × the peer: 6.00 ×" in said
    assert "1 goals met, 1 missed, 0 not measured." in said


def test_a_peer_that_is_not_there_is_said_and_never_counted_as_met(
    table: Any, typed: Any, capsys: Any
) -> None:
    table(row("one", beside_a_peer), row("two", without_a_peer))
    assert typed() == 0
    said = capsys.readouterr().out
    assert "the peer: not measured; it is not installed here" in said
    assert "not measured  ours ≤ 3 × the peer" in said
    assert "1 goals met, 0 missed, 1 not measured." in said
    assert typed("--only", "two") == 1


def test_a_row_that_fails_leaves_the_others_their_turn(table: Any, typed: Any, capsys: Any) -> None:
    table(row("one", broken), row("two", beside_a_peer))
    assert typed() == 1
    said = capsys.readouterr().out
    assert "FAILED: no frame came" in said
    assert "1 goals met, 0 missed, 1 not measured." in said


def test_only_the_rows_asked_for_in_the_order_of_the_table(
    table: Any, typed: Any, capsys: Any
) -> None:
    table(*(row(name, beside_a_peer) for name in ("one", "two", "three")))
    assert typed("--only", "three", "--only", "one") == 0
    said = capsys.readouterr().out
    assert said.index("what one does") < said.index("what three does")
    assert "what two does" not in said


def test_the_list_measures_nothing(table: Any, typed: Any, capsys: Any) -> None:
    table(row("one", broken), row("two", broken))
    assert typed("--list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "one                what one does",
        "two                what two does",
    ]


def test_a_row_that_there_is_not(table: Any, typed: Any, capsys: Any) -> None:
    table(row("one", broken))
    assert typed("--only", "nine") == 2
    assert "there is no row 'nine'; there are one" in capsys.readouterr().err


def test_json_stands_alone_on_standard_output(table: Any, typed: Any, capsys: Any) -> None:
    table(row("one", beside_a_peer), row("two", without_a_peer), row("three", broken))
    assert typed("--json") == 1
    captured = capsys.readouterr()
    assert "1 goals met, 0 missed, 2 not measured." in captured.err
    said = json.loads(captured.out)
    assert {"schema", "app_version", "made_at", "machine", "filesystem", "load"} <= said.keys()
    assert (said["quick"], said["met"]) == (False, False)
    one, two, three = said["rows"]
    assert one["figures"] == [
        {"name": "ours", "unit": "ms", "median": 3.0, "p99": 4.0, "max": 4.0, "values": [2, 4, 3]},
        {"name": "the peer", "unit": "ms", "median": 1, "p99": 1, "max": 1, "values": [1, 1, 1]},
    ]
    [goal] = one["goals"]
    assert (goal["ratio"], goal["met"], goal["at_most"]) == (3.0, True, 3.0)
    assert one["notes"] == ["A note."]
    assert two["missing"] == {"the peer": "it is not installed here"}
    assert (two["goals"][0]["ratio"], two["goals"][0]["met"]) == (None, None)
    assert (three["failed"], three["figures"]) == ("no frame came", [])


def test_a_quick_run_judges_nothing_and_says_so(table: Any, typed: Any, capsys: Any) -> None:
    table(row("one", too_slow))
    assert typed("--quick", "--json") == 0
    captured = capsys.readouterr()
    assert "nothing here is a figure" in captured.err
    assert "not judged" in captured.err and "MISSED" not in captured.err
    said = json.loads(captured.out)
    assert (said["quick"], said["met"], said["rows"][0]["goals"][0]["met"]) == (True, None, None)


def test_a_quick_run_in_which_a_row_fails(table: Any, typed: Any) -> None:
    table(row("one", broken))
    assert typed("--quick") == 1


def makes_a_file(opened: Lab) -> Figure:
    (opened.new_folder("made") / "file").write_text("x")
    return beside_a_peer(opened)


def is_interrupted(opened: Lab) -> Figure:
    makes_a_file(opened)
    raise KeyboardInterrupt


def is_terminated(opened: Lab) -> Figure:
    makes_a_file(opened)
    os.kill(os.getpid(), signal.SIGTERM)
    return beside_a_peer(opened)


@pytest.mark.parametrize(
    ("measure", "status"), [(makes_a_file, 0), (is_interrupted, 1), (is_terminated, 1)]
)
def test_nothing_is_left_however_it_ends(
    table: Any, typed: Any, tmp_path: Path, measure: Measure, status: int
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    table(row("one", measure))
    assert typed() == status
    assert not [*tmp_path.iterdir()]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_folder_in_memory_is_refused(
    table: Any, typed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    table(row("one", beside_a_peer))
    monkeypatch.setattr(disk, "_IN_MEMORY", frozenset({disk.filesystem_of(tmp_path)}))
    assert typed() == 2
    assert "name a folder on a disk with --scratch DIR" in capsys.readouterr().err


def test_the_filesystem_is_that_of_the_kernel() -> None:
    assert disk.filesystem_of(Path("/proc")) == "proc"


def test_too_little_room_is_refused(
    table: Any, typed: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    table(row("one", beside_a_peer))
    monkeypatch.setattr(lab, "FULL", lab.FULL._replace(needed_bytes=1 << 60))
    assert typed() == 2
    assert "MB are free and" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["--scratch", "nowhere"], ["--keep", "x", "--scratch", "."], ["--keep", "/proc/x"]],
)
def test_a_folder_that_will_not_do(
    table: Any, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(row("one", beside_a_peer))
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *words]) == 2
