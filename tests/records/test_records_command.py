"""``sternway log``: a whole log is told to be whole; whatever was changed in it is named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.records.store import Store
from tests.records.sessions import head, record

Sessions = dict[str, dict[str, Any]]


def fail(error: BaseException) -> None:
    raise error


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = Store(tmp_path / "data", on_death=fail)
    store.start()
    for number in range(5):
        store.begin(head(f"s-{number}"))
        store.close(record(f"s-{number}")).result(10)
    store.stop()
    return tmp_path / "data"


def change(data: Path, edit: Callable[[Sessions], None]) -> None:
    (path,) = (data / "log").glob("20*.json")
    tables = json.loads(path.read_text(encoding="utf-8"))
    edit(tables["sessions"])
    path.write_text(json.dumps(tables), encoding="utf-8")


def verify(data: Path) -> int:
    return main(["log", "verify", "--data", str(data)])


def test_a_log_as_it_was_written_is_whole(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(data) == 0
    assert "5 kept" in capsys.readouterr().out


def edited(sessions: Sessions) -> None:
    sessions["3"]["walked_s"] += 60.0


def removed(sessions: Sessions) -> None:
    del sessions["2"]


def cut_off(sessions: Sessions) -> None:
    del sessions["5"]


def renumbered(sessions: Sessions) -> None:
    sessions["2"]["seq"], sessions["3"]["seq"] = sessions["3"]["seq"], sessions["2"]["seq"]


@pytest.mark.parametrize(
    ("edit", "named"), [(edited, "3"), (removed, "2"), (cut_off, "5"), (renumbered, "2")]
)
def test_the_first_record_that_was_changed_is_named(
    data: Path,
    capsys: pytest.CaptureFixture[str],
    edit: Callable[[Sessions], None],
    named: str,
) -> None:
    change(data, edit)
    assert verify(data) == 1
    assert f" {named} " in capsys.readouterr().out.replace(":", " ").replace(".", " ")


def test_the_sessions_are_shown_a_line_each(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "show", "--data", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.split()[0]) for line in lines] == [1, 2, 3, 4, 5]
    assert all("completed" in line for line in lines)


def test_a_reader_that_has_seen_enough_of_it_is_no_fault(data: Path) -> None:
    words = [sys.executable, "-u", "-m", "kiosk", "log", "--data", str(data), "show"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as shown:
        assert shown.stdout is not None and shown.stderr is not None
        shown.stdout.close()
        said = shown.stderr.read()
    assert (shown.returncode, said) == (0, b"")


def test_no_log_is_one_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path / "nowhere") == 2
    assert capsys.readouterr().err.count("\n") == 1


def of_another_kind(sessions: Sessions) -> None:
    sessions["3"]["walked_s"] = "ten minutes"


def without_a_hash(sessions: Sessions) -> None:
    sessions["3"]["walked_s"] = 2**53


def named_in_greek(sessions: Sessions) -> None:
    sessions["3"]["πόνος"] = 3


@pytest.mark.parametrize("edit", [of_another_kind, without_a_hash, named_in_greek])
def test_a_value_that_no_record_has_is_named_and_the_others_are_shown(
    data: Path, capsys: pytest.CaptureFixture[str], edit: Callable[[Sessions], None]
) -> None:
    change(data, edit)
    assert verify(data) == 1
    assert "Record 3" in capsys.readouterr().out

    shown = main(["log", "show", "--data", str(data)])
    answer = capsys.readouterr()
    seen = [int(line.split()[0]) for line in answer.out.splitlines()]
    # What a line needs can be read of the last two; whether a hash fits, `verify` tells.
    if edit is of_another_kind:
        assert (shown, seen) == (1, [1, 2, 4, 5])
        assert answer.err == "sternway: Record 3 cannot be read.\n"
    else:
        assert (shown, seen) == (0, [1, 2, 3, 4, 5])
