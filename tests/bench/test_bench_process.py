"""The first frame: of a real kiosk, of the bare label, and of programs that show none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.bench import idle, process, screen, start
from kiosk.bench.frame import RowFailed
from kiosk.bench.lab import QUICK, Lab, Progress
from kiosk.bench.process import first_frame_s

SAY = (
    "import os, socket, sys, time; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); "
    "s.sendto(sys.argv[1].encode(), os.environ['NOTIFY_SOCKET'])"
)


def test_the_kiosk_and_the_label_show_a_first_frame(small: Lab) -> None:
    row = start.row(QUICK)
    figure = row.measure(small)
    assert {goal.of for goal in row.goals} < {one.name for one in figure.series}
    assert all(len(one.values) == QUICK.starts for one in figure.series)


def test_the_first_screen_and_the_label_are_watched_side_by_side(small: Lab) -> None:
    row = idle.row(QUICK)
    figure = row.measure(small)
    assert {goal.of for goal in row.goals} < {one.name for one in figure.series}
    values = {one.name: one.values[0] for one in figure.series}
    assert values[idle.BOTH_CPU] >= values[idle.SCREEN_CPU] > 0
    assert values[idle.BOTH_MB] > 20
    assert values[idle.LABEL_MB] > 20


def test_a_process_that_ended_has_no_figures() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    for look in (idle.cpu_s, idle.pss_mb):
        with pytest.raises(RowFailed, match="ended while it was looked at"):
            look(done.pid)
    assert os.getpid() in idle.children(os.getppid())


def test_the_walking_screen_is_drawn_in_turn_with_bare_labels(small: Lab) -> None:
    row = screen.row(QUICK)
    figure = row.measure(small)
    assert {one.name for one in figure.series} == {
        *(screen.OURS, screen.BARE, screen.OURS_DRAWN, screen.BARE_DRAWN)
    }
    assert all(len(one.values) == 4 for one in figure.series)


def test_a_screen_that_cannot_be_drawn_is_told(small: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "screen_environment", lambda _home: {"PYTHONHOME": "/nowhere"})
    with pytest.raises(RowFailed, match="not drawn"):
        screen.row(QUICK).measure(small)


def test_what_is_started_ends_and_leaves_nothing_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def spawn(*words: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*words, **options))  # type: ignore[call-overload]
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr(process.subprocess, "Popen", spawn)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert (
        first_frame_s("it", [sys.executable, "-c", f"{SAY}; time.sleep(60)", "READY=1"], tmp_path)
        > 0
    )
    assert started[0].returncode is not None
    assert not (tmp_path / "home").exists()


def test_a_program_that_ends_without_a_frame_is_told_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(RowFailed, match="it showed no frame: no display here"):
        first_frame_s("it", [sys.executable, "-c", "print('no display here')"], tmp_path)


def test_another_word_is_no_first_frame(tmp_path: Path) -> None:
    with pytest.raises(RowFailed, match="it said nothing"):
        first_frame_s("it", [sys.executable, "-c", SAY, "STATUS=starting"], tmp_path)


def test_the_word_of_a_process_that_it_started_does_not_count(tmp_path: Path) -> None:
    """As the kiosk's guard says that it is ready, long before there is a screen."""
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    with pytest.raises(RowFailed, match="it said nothing"):
        first_frame_s("it", [sys.executable, "-c", parent, SAY, "READY=1"], tmp_path)


def test_a_program_that_never_shows_a_frame_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "FRAME_WITHIN_S", 0.0)
    with pytest.raises(RowFailed):
        first_frame_s("it", [sys.executable, "-c", "import time; time.sleep(600)"], tmp_path)


def test_the_screen_is_off_screen_whatever_the_desktop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    environment = process.screen_environment(tmp_path)
    assert environment["SDL_VIDEODRIVER"] == "offscreen"
    assert "DISPLAY" not in environment
    assert environment["PATH"] == os.environ["PATH"]


def test_what_a_run_starts_keeps_its_byte_code_in_the_runs_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says: an installed kiosk does not compile itself at each start."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    (tmp_path / "thing.py").write_text("")
    command = [sys.executable, "-c", "import thing; print(thing.__cached__)"]
    with Lab(tmp_path, QUICK, Progress()) as lab:
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        compiled = Path(said.stdout.strip())
        assert compiled.is_file()
        assert compiled.is_relative_to(lab.folder)
    assert not compiled.exists()
    assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"
    assert "PYTHONPYCACHEPREFIX" not in os.environ
