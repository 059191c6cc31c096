"""The real kiosk and the real guard, two processes, over a real pty and real pins of a mock."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kiosk.live import LiveKiosk, lines_of

SHORT = [{"name": "main", "s": 2, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}]
SLACK_S = 0.25
"""For a machine that does other things as well; the guard's own times are in `sternway bench`."""


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[LiveKiosk]:
    live = LiveKiosk(tmp_path, "--record", str(tmp_path / "kept.jsonl"))
    yield live
    live.close()


def test_a_whole_walk_is_in_the_log_and_its_recording_replays_to_the_same(
    kiosk: LiveKiosk, tmp_path: Path
) -> None:
    kiosk.begin_walk(SHORT)
    kiosk.wait(lambda: kiosk.journal_has("finishing"), 10, "the plan was not finished")
    kiosk.bench.request({"speed_kmh": 0.0})
    kiosk.wait(lambda: kiosk.journal_has("summary"), 15, "no summary")
    kiosk.do("rate", pain=1, rpe=11)
    record = kiosk.a_record()
    assert record["outcome"] == "completed"
    assert record["walked_s"] == pytest.approx(2.0, abs=0.05)
    assert record["rails_both_pct"] == 100.0
    assert (record["pain_before"], record["pain_after"], record["rpe"]) == (2, 1, 11)
    trace = (kiosk.data / "traces" / f"{record['session_id']}.csv").read_text().splitlines()
    assert trace[0].startswith("t_s,state,speed_kmh,")
    assert len(trace) > 10
    kiosk.process.terminate()
    assert kiosk.process.wait(15) == 0

    command = [
        sys.executable,
        "-P",
        "-m",
        "kiosk",
        "replay",
        str(tmp_path / "kept.jsonl"),
        "--json",
    ]
    replayed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert replayed["outcome"] == "completed"
    assert replayed["walked_s"] == pytest.approx(record["walked_s"], abs=0.2)
    assert replayed["distance_m"] == pytest.approx(record["distance_m"], abs=0.05)


def test_a_stopped_kiosk_loses_the_permit_within_a_second(kiosk: LiveKiosk) -> None:
    kiosk.begin_walk()
    stopped_at = time.monotonic()
    kiosk.process.send_signal(signal.SIGSTOP)
    fell_at = kiosk.permit_falls(3)
    assert fell_at - stopped_at <= 1.0 + SLACK_S
    assert kiosk.state()["latched"] == ["kiosk_lost"]
    kiosk.process.send_signal(signal.SIGCONT)
    kiosk.wait(lambda: kiosk.journal_has("kiosk_lost"), 5, "the session did not notice")
    kiosk.do("rate")
    record = kiosk.a_record()
    assert (record["outcome"], record["stop_reason"]) == ("safety_stop", "kiosk_lost")


def test_a_killed_kiosk_loses_the_permit_and_the_next_start_keeps_the_walk(
    kiosk: LiveKiosk,
) -> None:
    kiosk.begin_walk()
    time.sleep(2.5)
    kiosk.process.kill()
    killed_at = time.monotonic()
    assert kiosk.permit_falls(3) - killed_at <= 1.0 + SLACK_S
    kiosk.restart()
    record = kiosk.a_record()
    assert (record["outcome"], record["stop_reason"]) == ("interrupted", None)
    assert record["walked_s"] >= 1.0
    assert record["distance_m"] > 0.2
    assert "recovered an interrupted session" in kiosk.printed()


def test_a_killed_guard_is_noticed_within_a_second_and_started_again(kiosk: LiveKiosk) -> None:
    kiosk.begin_walk()
    os.kill(kiosk.guard_pid(), signal.SIGKILL)
    killed_at = time.monotonic()
    kiosk.wait(lambda: kiosk.journal_has('"guard_lost"'), 5, "the kiosk did not notice")
    assert time.monotonic() - killed_at <= 1.0 + 2 * SLACK_S
    kiosk.bench.close()
    kiosk.bench = type(kiosk.bench)(kiosk.bench_path, timeout_s=20)
    assert kiosk.state()["permit"] == 0
    kiosk.do("rate")
    record = kiosk.a_record()
    assert (record["outcome"], record["stop_reason"]) == ("safety_stop", "guard_lost")


def test_a_kiosk_started_again_beside_its_last_guard_gets_one_of_its_own(
    kiosk: LiveKiosk,
) -> None:
    kiosk.ready()
    kiosk.process.kill()
    kiosk.restart(at_once=True)
    kiosk.begin_walk()


def test_a_kiosk_told_to_end_keeps_the_walk_at_once(kiosk: LiveKiosk) -> None:
    kiosk.begin_walk()
    kiosk.process.terminate()
    assert kiosk.process.wait(15) == 0
    record = kiosk.a_record()
    assert record["outcome"] == "interrupted"


def test_an_emergency_stop_ends_the_walk_and_only_a_staff_pin_opens_the_next(
    kiosk: LiveKiosk,
) -> None:
    kiosk.begin_walk()
    opened_at = time.monotonic()
    kiosk.ask(pin="estop", level=0)
    assert kiosk.permit_falls(2) - opened_at <= 0.010 + SLACK_S
    assert kiosk.ask(do="unlock", role="staff", pin="1234")["error"].startswith("Not cleared yet")
    kiosk.ask(pin="estop", level=1)
    assert "error" in kiosk.ask(do="unlock", role="staff", pin="0000")
    kiosk.do("rate", pain=3)
    assert kiosk.state()["latched"] == ["estop"]
    time.sleep(0.1)
    kiosk.do("unlock", role="staff", pin="1234")
    assert kiosk.state()["latched"] == []
    record = kiosk.a_record()
    assert (record["outcome"], record["stop_reason"]) == ("safety_stop", "estop")


def test_a_gated_program_opens_for_a_guest_only_with_the_staff(kiosk: LiveKiosk) -> None:
    kiosk.ready()
    refused = kiosk.ask(do="choose", program="ankle-uphill")["error"]
    assert "staff" in refused
    kiosk.do("unlock", role="staff", pin="1234")
    kiosk.do("choose", program="ankle-uphill")


def test_a_bad_request_is_answered_in_one_sentence_and_harms_nothing(kiosk: LiveKiosk) -> None:
    for request in (
        {"do": "fly"},
        {"do": "choose", "program": "moon-walk"},
        {"do": "choose", "program": "easy-walk", "minutes": 7},
        {"do": "brief", "pain": 11},
        {"do": "heartbeat", "on": False},
        {"do": "choose", "plan": []},
        {"pin": "rail_left", "level": 2},
        {"nonsense": 1},
    ):
        error = kiosk.bench.ask(request)["error"]
        assert error, request
        assert "\n" not in error
        assert "Traceback" not in error
    kiosk.begin_walk()


def test_sticks_are_plugged_in_and_pulled_out_at_the_bench_in_the_middle_of_a_walk(
    kiosk: LiveKiosk,
) -> None:
    kiosk.begin_walk()
    assert "error" not in kiosk.ask(stick="in", name="A")
    assert "in already" in kiosk.ask(stick="in", name="A")["error"]
    assert (kiosk.data.with_name("data-sticks") / "A").is_dir()
    assert "error" not in kiosk.ask(stick="out", name="A")
    assert "not in" in kiosk.ask(stick="out", name="A")["error"]
    assert kiosk.state()["permit"] == 1, "nobody who walks notices"


def test_the_recording_holds_no_pin(kiosk: LiveKiosk, tmp_path: Path) -> None:
    kiosk.do("unlock", role="staff", pin="1234")
    kiosk.process.terminate()
    kiosk.process.wait(15)
    lines = lines_of(tmp_path / "kept.jsonl")
    assert any(line.get("do") == "unlock" for line in lines)
    assert all("pin" not in line for line in lines if "do" in line)


def test_a_second_kiosk_on_the_same_data_is_refused_with_a_sentence(kiosk: LiveKiosk) -> None:
    command = [sys.executable, "-P", "-m", "kiosk", "run", "--simulate", "--data", str(kiosk.data)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert str(kiosk.data) in second.stderr
