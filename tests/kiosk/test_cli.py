"""The command line as a person types it: exit status, one line for a mistake, nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CONTRACT = Path(__file__).parent.parent / "recordings" / "contract"


def sternway(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "kiosk", *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=dict(os.environ, **environment),
    )


def says_one_line(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 2, done
    assert done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr, (part, done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("toml", "parts"),
    [
        ('[treadmill]\nfacing = "sideways"\n', ("treadmill.facing", "away", "console")),
        ("[treadmill]\ncap_kmh = 6.0\n", ("treadmill.cap_kmh", "5")),
        ("[treadmill]\nmm_per_count = 0.1\n", ("treadmill.mm_per_count", "0.5")),
        ("[treadmill]\nfaceing = 'away'\n", ("treadmill.faceing", "facing")),
        ("[limits]\nsensor_lost_s = 1.5\n", ("limits.sensor_lost_s", "1")),
        ("[limits]\nrails_revoke_s = 3.5\n", ("limits.rails_revoke_s", "3")),
        ("[limits]\noverspeed_over_kmh = 0.5\n", ("limits.overspeed_over_kmh", "0.3")),
        ("[pins]\nestop = 27\n", ("pins", "27")),
        ("[pins]\nestop = true\n", ("pins.estop",)),
        ("[treadmill\n", ("line 1",)),
        ('[sight]\nname = "x"\n', ("sight", "site")),
    ],
)
@pytest.mark.parametrize("command", ["guard", "run"])
def test_a_bad_setting_is_refused_with_its_place_and_the_mend(
    tmp_path: Path, command: str, toml: str, parts: tuple[str, ...]
) -> None:
    config = tmp_path / "sternway.toml"
    config.write_text(toml, encoding="utf-8")
    says_one_line(sternway(command, "--simulate", "--config", config), str(config), *parts)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("fly",), "fly"),
        (("run", "--nonsense"), "--nonsense"),
        (("log", "show", "--simulat"), "--simulat"),
        (("replay",), "RECORDING"),
        (("replay", "/no/such/file.jsonl"), "/no/such/file.jsonl"),
        (("run", "--bench", "/tmp/x"), "--simulate"),
        (("guard", "--config", "/no/such/file.toml"), "/no/such/file.toml"),
        (("run", "--simulate", "--script", "/no/such/script"), "/no/such/script"),
    ],
)
def test_unusable_arguments_are_one_line_and_status_2(
    arguments: tuple[str, ...], part: str
) -> None:
    says_one_line(sternway(*arguments), part)


def test_a_replay_prints_its_record_alone_and_keeps_it_where_it_is_told(tmp_path: Path) -> None:
    done = sternway("replay", CONTRACT / "complete.jsonl", "--json", "--data", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["outcome"] == "completed"
    kept = list((tmp_path / "data" / "log").glob("20*.json"))
    assert len(kept) == 1
    assert (tmp_path / "data" / "traces" / f"{record['session_id']}.csv").is_file()


def test_a_replay_without_data_leaves_nothing_behind(tmp_path: Path) -> None:
    done = sternway(
        "replay", CONTRACT / "estop.jsonl", TMPDIR=str(tmp_path), XDG_DATA_HOME=str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert "estop" in done.stdout
    assert list(tmp_path.iterdir()) == []


HEADER = '{"sternway": "recording", "version": 1, "config": {"facing": "away"}}\n'


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "line 1"),
        ("not json\n", "line 1"),
        ('{"sternway": "recording", "version": 2, "config": {}}\n', "line 1"),
        ('{"sternway": "recording", "version": 1, "config": {"facing": "up"}}\n', "facing"),
        ('{"sternway": "recording", "version": 1, "config": {"faces": "away"}}\n', "faces"),
        (HEADER + '{"t": 1.0, "pin": "nose", "level": 1}\n', "line 2"),
        (HEADER + '{"t": 1.0, "pin": "estop", "level": 3}\n', "line 2"),
        (HEADER + '{"t": 1.0, "do": "fly"}\n', "line 2"),
        (HEADER + '{"t": 2.0, "do": "go"}\n{"t": 1.0, "do": "go"}\n', "line 3"),
        (HEADER + '{"t": 1.0}\n', "line 2"),
        (HEADER + '{"t": 1.0, "belt": 5}\n', "line 2"),
        (HEADER + '{"t": -1.0, "do": "go"}\n', "line 2"),
        (HEADER + '{"t": NaN, "do": "go"}\n', "line 2"),
        (HEADER + '{"t": 0.0, "belt": "\\u2028"}\n', "line 2"),
        (HEADER, "no session"),
    ],
)
def test_a_broken_recording_is_one_line_that_names_the_place(
    tmp_path: Path, text: str, part: str
) -> None:
    recording = tmp_path / "walk.jsonl"
    recording.write_text(text, encoding="utf-8")
    says_one_line(sternway("replay", recording), str(recording), part)


def test_the_version_and_the_help_are_there() -> None:
    assert sternway("--version").stdout.startswith("sternway ")
    assert "replay" in sternway("--help").stdout


def test_the_doctor_finds_a_simulated_treadmill_healthy_but_for_screen_and_sound(
    tmp_path: Path,
) -> None:
    done = sternway(
        "doctor", "--simulate", "--data", tmp_path / "data", XDG_RUNTIME_DIR=str(tmp_path)
    )
    lines = done.stdout.splitlines()
    seen = {line[7:25].strip(): line[:5].strip() for line in lines if not line.startswith(" ")}
    for what in ("guard", "sensor frames", "belt speed", "emergency stop", "run permit", "log"):
        assert seen[what] == "ok", done.stdout
    assert done.returncode == (1 if "WRONG" in seen.values() else 0)


def test_the_doctor_names_what_is_missing_and_the_mend_where_there_is_no_hardware(
    tmp_path: Path,
) -> None:
    done = sternway("doctor", "--data", tmp_path / "data", XDG_RUNTIME_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "->" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["backup", "NAME", "--data", "NAME"],
        ["clinic-key", "make", "--to", "NAME"],
        ["clinic-key", "take", "NAME"],
        ["doctor", "--config", "NAME"],
        ["export", "--to", "NAME", "--data", "NAME"],
        ["log", "verify", "--data", "NAME"],
        ["profiles", "check", "NAME"],
        ["profiles", "report", "SW-0001", "--to", "NAME"],
        ["replay", "NAME"],
        ["run", "--simulate", "NAME"],
        ["bench", "--quick", "--scratch", "NAME"],
    ],
    ids=lambda words: "-".join(words[:2]).replace("--", ""),
)
def test_a_line_end_in_a_name_does_not_break_the_one_line(tmp_path: Path, words: list[str]) -> None:
    name = str(tmp_path / "two\nlines.toml")
    done = sternway(*(name if word == "NAME" else word for word in words), HOME=str(tmp_path))
    says_one_line(done, "lines.toml")


def test_the_stop_step_needs_nothing_but_the_settings() -> None:
    code = (
        "import sys; from kiosk.__main__ import main; main(['guard', '--off', '--config', '/no']);"
        "print(*sorted(m for m in sys.modules if m.split('.')[0] in {'kiosk', 'profiles'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert set(done.stdout.split()) <= {
        *("kiosk", "kiosk.__main__", "kiosk.appliance", "kiosk.config", "kiosk.ends"),
        *("kiosk.paths", "kiosk.zone"),
    }


@pytest.mark.parametrize(
    ("words", "behind"),
    [
        (("replay", CONTRACT / "estop.jsonl"), 10),
        (("export", "--to", "TO", "--data", "DATA"), 10),
        (("log", "verify", "--data", "DATA"), 10),
        (("guard", "--off", "--simulate"), 0),
        (("run", "--script", "x"), 0),
    ],
)
def test_what_goes_through_a_whole_log_lets_the_kiosk_go_first(
    tmp_path: Path, words: tuple[str | Path, ...], behind: int
) -> None:
    shown = "import os, sys; from kiosk.__main__ import main; main(sys.argv[1:]); "
    shown += "print(os.getpriority(os.PRIO_PROCESS, 0))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", shown, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert int(done.stdout.split()[-1]) == min(mine + behind, 19), done
