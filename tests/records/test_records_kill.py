"""A real process is killed (SIGKILL) at any moment of journaling, closing and recovering."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.records.sessions import chain_fault, kept, trace_kept

ROOT = Path(__file__).parents[2]
KILLS = 40
LIMIT_S = 1.0
"""What may be lost of a trace (safety.md, issue 2)."""


class Told:
    """What the killed process said before it ended, over all its lives."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.rows: dict[str, list[float]] = {}
        self.kept: set[str] = set()
        self.killed: dict[str, float] = {}

    def hear(self, output: str, killed_s: float) -> None:
        running = None
        for line in output.splitlines():
            at, word, session_id, *_ = line.split(" ")
            if word == "begun":
                running = session_id
                self.begun[session_id] = int(at) / 1e9
                self.rows[session_id] = []
            elif word == "row":
                self.rows[session_id].append(int(at) / 1e9)
            elif word == "kept":
                self.kept.add(session_id)
                running = None
        if running is not None:
            self.killed[running] = killed_s


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

    from kiosk.records.folder import Folder

    folder = Folder(tmp_path)
    folder.open()
    list(folder.recover())
    folder.release()
    assert folder.faults() == (), f"seed {seed}"

    records = kept(tmp_path)
    times = Counter(one["session_id"] for one in records)
    assert set(times.values()) == {1}, f"seed {seed}"
    assert told.kept <= set(times), f"seed {seed}: acknowledged and gone"
    assert chain_fault(tmp_path) is None, f"seed {seed}"
    assert not list((tmp_path / "journal").iterdir())

    worst_s = 0.0
    outcomes = Counter(one["outcome"] for one in records)
    for session_id, killed_s in told.killed.items():
        if killed_s - told.begun[session_id] > LIMIT_S:
            assert session_id in times, f"seed {seed}"
        if session_id in times:
            count = len(trace_kept(tmp_path, session_id))
            lost = told.rows[session_id][count:]
            worst_s = max(worst_s, killed_s - lost[0] if lost else 0.0)
    for session_id in told.kept:
        assert len(trace_kept(tmp_path, session_id)) == len(told.rows[session_id])
    print(f"{KILLS} kills, {dict(outcomes)}, at most {1000 * worst_s:.1f} ms of trace lost")
    assert worst_s <= LIMIT_S, f"seed {seed}"
    assert outcomes["interrupted"] > KILLS / 4
    assert outcomes["completed"] > 0
