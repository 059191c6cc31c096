"""A real process is killed (SIGKILL) at any moment of journaling, closing and recovering."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.records.told import Told

ROOT = Path(__file__).parents[2]
KILLS = 40


def live_and_die(data: Path, told: Told, seconds: float, *, from_ready: bool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.records.walker", str(data)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline() if from_ready else ""
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    killed_s = time.monotonic()
    rest, said = process.stdout.read(), process.stderr.read()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    assert process.returncode == -signal.SIGKILL, said
    told.hear(first + rest, killed_s)


def test_a_killed_kiosk_has_every_session_once(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    told = Told()
    for number in range(KILLS):
        early = number % 8 == 7
        seconds = chance.uniform(0.05, 0.35) if early else chance.uniform(0.0, 0.7)
        live_and_die(tmp_path, told, seconds, from_ready=not early)

    try:
        outcomes, worst_s = told.judge(tmp_path)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}") from error
    print(f"{KILLS} kills, {dict(outcomes)}, at most {1000 * worst_s:.1f} ms of trace lost")
    assert outcomes["interrupted"] > KILLS / 4
    assert outcomes["completed"] > 0
