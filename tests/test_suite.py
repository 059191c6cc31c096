"""The suite's parts: every file of tests is in exactly one, and what is live runs alone."""

from __future__ import annotations

from pathlib import Path

from tests.suite import ROOT, Part, Ran, plan, run, run_all

FILES = [str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py")]


def test_every_file_is_in_exactly_one_part() -> None:
    planned = [file for part in plan(FILES) for file in part.files]
    assert sorted(planned) == sorted(FILES)
    assert len(FILES) > 100
    assert "tests/test_suite.py" in planned


def test_live_processes_come_last_and_alone() -> None:
    parts = plan(FILES)
    alone = [part.alone for part in parts]
    assert alone == sorted(alone)
    [live] = [part for part in parts if "tests/kiosk/test_live.py" in part.files]
    assert live.alone
    assert "tests/kiosk/test_pins.py" not in live.files


def test_the_safety_code_is_measured_by_all_of_its_own_tests() -> None:
    measured = {file for part in plan(FILES) if part.measured for file in part.files}
    own = {file for file in FILES if file.startswith(("tests/hardware/", "tests/session/"))}
    assert measured == own


def test_a_failing_part_is_told_and_the_others_run_all_the_same(tmp_path: Path) -> None:
    good, bad = tmp_path / "test_good.py", tmp_path / "test_bad.py"
    good.write_text("def test_it():\n    assert True\n")
    bad.write_text("def test_it():\n    assert False\n")
    parts = [Part(str(path), (str(path),), alone) for path, alone in ((bad, False), (good, True))]
    ran = run_all(parts, 2, ["-q", f"--rootdir={tmp_path}", "-c", "/dev/null"])
    assert [(one.part.name, one.status) for one in ran] == [(str(bad), 1), (str(good), 0)]
    assert "1 failed" in ran[0].output


def test_a_part_without_a_test_is_not_good(tmp_path: Path) -> None:
    empty = tmp_path / "test_empty.py"
    empty.write_text("")
    ended: Ran = run(Part("empty", (str(empty),), False), 0, ["-q", "-c", "/dev/null"])
    assert ended.status != 0
