"""The fourteen groups in their short form: a few faults of each, and that the program can tell.

What this machine cannot run (no root, no strace) is skipped here with the reason, never passed.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.faults.__main__ import main
from tests.faults.frame import Case, Lab, NotRun, Part, Tally
from tests.faults.kills import Moment, held, undisturbed
from tests.faults.lanes import read, write
from tests.faults.sampling import MIB, Sample, a_sample_mib, grown
from tests.faults.soak import Soak, soaked
from tests.faults.undo import lost_in, shows, table
from tests.faults.undoing import Undoing
from tests.faults.undoings import UNDOINGS
from tests.records.told import Told

ROOT = Path(__file__).parents[2]
KIB = 1024
LINE = re.compile(r"^(\d+)\.[a-z-]+ +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) ", re.MULTILINE)
GROUPS = range(1, 15)


@pytest.fixture(scope="module")
def said() -> str:
    command = [sys.executable, "-m", "tests.faults", "--short"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("group", GROUPS)
def test_no_fault_of_a_group_is_lost(said: str, group: int) -> None:
    counts = [
        [int(count.replace(",", "")) for count in found[1:]]
        for found in LINE.findall(said)
        if int(found[0]) == group
    ]
    assert counts, "the group is not there"
    tried, survived, lost, left_out = map(sum, zip(*counts, strict=True))
    assert lost == 0, said
    assert survived == tried
    if left_out:
        why = [line for line in said.splitlines() if line.startswith(f"NOT RUN {group}.")]
        pytest.skip(f"{left_out} faults of group {group} were not run: {why}")
    assert tried > 0


def run_with(
    monkeypatch: pytest.MonkeyPatch, cases: dict[str, BaseException | None], *arguments: str
) -> int:
    def made(_lab: Lab) -> Iterator[Case]:
        for name, error in cases.items():

            def tried(_dice: random.Random, error: BaseException | None = error) -> None:
                if error is not None:
                    raise error

            yield Case(name, tried)

    parts = [Part(3, "made-up", "made up", made)]
    monkeypatch.setattr("tests.faults.__main__.PARTS", parts)
    return main(["--seed", "7", *arguments])


def test_a_lost_fault_ends_with_1_and_the_command_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases: dict[str, BaseException | None] = {"a": None, "b": AssertionError("gone"), "c": None}
    assert run_with(monkeypatch, cases) == 1
    told = capsys.readouterr().out
    assert "LOST 3.made-up.b: AssertionError: gone" in told
    assert "-m tests.faults --seed 7 --case 3.made-up.b" in told
    assert "3 faults tried, 1 lost; seed 7" in told
    assert run_with(monkeypatch, cases, "--case", "3.made-up.a") == 0
    assert "1 faults tried, 0 lost" in capsys.readouterr().out
    assert run_with(monkeypatch, cases, "--case", "3.made-up.x") == 2


def test_what_is_not_run_is_told_and_is_not_survived(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases: dict[str, BaseException | None] = {"a": None, "b": NotRun("no root")}
    assert run_with(monkeypatch, cases) == 0
    told = capsys.readouterr().out
    assert "NOT RUN 3.made-up: 1 × no root" in told
    assert "1 faults tried, 0 lost, 1 NOT RUN" in told
    assert run_with(monkeypatch, cases, "--strict") == 3


def test_a_part_without_a_case_is_a_loss(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_with(monkeypatch, {}) == 1
    assert "LOST 3.made-up: AssertionError: nothing was tried" in capsys.readouterr().out
    monkeypatch.setattr("tests.faults.__main__.PARTS", [])
    assert main(["--seed", "7"]) == 1
    assert "nothing was tried" in capsys.readouterr().err


def test_side_by_side_every_part_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--only", "9.pin-off", "--only", "11.traps", "--only", "7.wraps"]
    assert main([*wanted, "--lanes", "2", "--seed", "7"]) == 0
    told = capsys.readouterr().out
    counted = [
        line.split()[:5] for line in told.splitlines() if line.startswith(("9.", "11.", "7."))
    ]
    assert [line for line in counted if line[1].isdigit()] == [
        ["7.wraps", "60", "60", "0", "0"],
        ["9.pin-off", "4", "4", "0", "0"],
        ["11.traps", "4", "4", "0", "0"],
    ]
    assert "9.pin-off:        9.pin-off: the stop step" in told


def test_a_part_s_process_that_dies_is_a_loss(tmp_path: Path) -> None:
    part = Part(3, "made-up", "made up", lambda _lab: iter(()))
    assert read(tmp_path / "3.made-up.json", part).lost
    whole = Tally(part)
    whole.survived, whole.lost = 4, [("3.made-up.b", "gone")]
    whole.not_run["no root"] += 2
    whole.notes, whole.took_s = ["a note"], 1.5
    write(tmp_path / "3.made-up.json", whole)
    assert vars(read(tmp_path / "3.made-up.json", part)) == vars(whole)


def test_an_unknown_group_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "99"]) == 2
    assert "99" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--times", "0"], ["--lanes", "-3"], ["--lanes", "x"], ["--scratch", "/no/such"]]
)
def test_an_argument_that_makes_no_sense_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "8.exact", *words])
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


@pytest.mark.parametrize("case", ["8", "8.exac", "99.x"])
def test_what_names_no_case_is_refused_before_anything_is_tried(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--case", case]) == 2
    said = capsys.readouterr()
    assert repr(case) in said.err
    assert said.out == ""


def test_the_readme_has_what_is_undone() -> None:
    """As ``python -m tests.faults.undo --table`` prints it."""
    assert table() in (ROOT / "tests/faults/README.md").read_text(encoding="utf-8")


def test_each_undoing_still_fits_the_tree() -> None:
    names = [one.name for one in UNDOINGS]
    assert len(set(names)) == len(names) >= 6
    for one in UNDOINGS:
        for file, before, _after in one.changes():
            assert (ROOT / file).read_text().count(before) == 1, one.name


def test_only_the_named_case_shows_an_undoing() -> None:
    one = Undoing("name", "what", "file", "before", "after", "4.kiosk", case="walking")
    assert lost_in("a\nLOST 4.kiosk.walking: no\n  LOST 4.kiosk.b: no\n") == ["4.kiosk.walking"]
    assert shows(one, ["4.kiosk.b", "4.kiosk.walking.1"])
    assert not shows(one, ["4.kiosk.b", "4.kiosk (its end)"])
    assert shows(one._replace(case=""), ["4.kiosk (its end)"])


def test_a_file_that_was_deleted_and_is_still_open_counts(tmp_path: Path) -> None:
    """So does the file of a session's journal look that nobody let go of."""
    with contextlib.ExitStack() as stack:
        before = Sample.of(os.getpid(), tmp_path).files
        paths = [tmp_path / str(number) for number in range(5)]
        for path in paths:
            stack.enter_context(path.open("w"))
        assert Sample.of(os.getpid(), tmp_path).files == before, "what lies there does not"
        for path in paths[:3]:
            path.unlink()
        assert Sample.of(os.getpid(), tmp_path).files == before + 3


def test_growth_is_seen() -> None:
    level = [Sample(100 * MIB + number % 3, 20, 5) for number in range(40)]
    assert grown(level) == []
    assert grown([Sample(100 * MIB + 2 * n * KIB, 20, 5) for n in range(40)]) == []
    assert grown([Sample(100 * MIB + 200 * n * KIB, 20, 5) for n in range(40)])
    assert grown([Sample(100 * MIB + 2 * n * KIB, 20, 5) for n in range(40)], 30 * KIB)
    assert a_sample_mib([Sample(n * MIB, 20, 5) for n in range(40)]) == pytest.approx(1.0)
    assert "memory grew" in grown([Sample((100 + n) * MIB, 20, 5) for n in range(40)])[0]
    assert grown([Sample(MIB, 20 + n // 5, 5) for n in range(40)]) == ["files grew from 22 to 26"]


@pytest.mark.parametrize(
    ("used_s", "is_excused"),
    [pytest.param(0.05, True, id="not run"), pytest.param(1.45, False, id="busy by itself")],
)
def test_only_what_the_machine_took_is_no_loss(
    tmp_path: Path, used_s: float, is_excused: bool
) -> None:
    """Begun at 1.0 s, its last beat at 1.1 s, killed at 2.6 s, and nothing is kept."""
    told = Told()
    told.hear("1000000000 begun s-1\n1100000000 beat - 0\n", killed_s=2.6, used_s=used_s)
    if is_excused:
        told.judge(tmp_path)
        assert told.excused == 1
    else:
        with pytest.raises(AssertionError, match="begun over a second before"):
            told.judge(tmp_path)


def test_a_process_that_beats_is_not_held(tmp_path: Path) -> None:
    told = Told()
    beats = "".join(f"{1000 + 50 * n}000000 beat - 0\n" for n in range(40))
    told.hear(f"1000000000 begun s-1\n{beats}", killed_s=3.0, used_s=0.1)
    with pytest.raises(AssertionError, match="begun over a second before"):
        told.judge(tmp_path)


def test_a_kill_that_came_after_the_walks_end_is_begun_anew_and_never_survived() -> None:
    moments: list[Moment] = []

    def third_time(moment: Moment) -> bool:
        moments.append(moment)
        return len(moments) == 3

    undisturbed(third_time)(random.Random(1))
    assert len(moments) == 3
    assert len(set(moments)) == 1, "the same moment again"
    with pytest.raises(NotRun, match="too busy"):
        undisturbed(lambda _moment: False)(random.Random(1))


def test_kills_that_nobody_walked_through_are_a_loss(tmp_path: Path) -> None:
    whole = Lab(tmp_path, tmp_path, 7, short=False, only_case=None)
    held(whole, "2.kiosk", [1, 2])
    assert whole.notes == ["1 with a permit, 2 before it"]
    with pytest.raises(AssertionError, match="nobody had a permit"):
        held(whole, "2.kiosk", [0, 3])
    held(Lab(tmp_path, tmp_path, 7, short=False, only_case="2.kiosk.3"), "2.kiosk", [0, 1])


class Walked:
    """A soak that is over."""

    sessions, disturbed = 4, 0

    def __init__(self, samples: int, faults: list[str]) -> None:
        self.samples = {"kiosk": [Sample(MIB, 20, 5)] * samples}
        self._faults = faults

    def sample(self) -> str:
        return ""

    def faults(self) -> list[str]:
        return self._faults


@pytest.mark.parametrize(
    ("samples", "faults", "status"), [(8, [], 0), (7, [], 3), (8, ["grew"], 1), (1, ["grew"], 1)]
)
def test_a_soak_that_was_too_short_is_not_good(
    samples: int, faults: list[str], status: int
) -> None:
    assert soaked(cast(Soak, Walked(samples, faults)), 0.0) == status
