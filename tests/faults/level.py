"""Group 14: five hundred sessions in virtual time through one process (real hours: `make soak`)."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from kiosk.records.store import Store
from tests.faults.frame import Case, Lab, NotRun, Part
from tests.faults.sampling import MIB, Sample, grown
from tests.faults.walking import FOLDER
from tests.records.sessions import chain_fault

ROOT = Path(__file__).parents[2]
RECORDINGS = ("patron_screen", "sensor_lost", "program_stopped", "rails_none", "pause_resume")
EVERY = 5
MOST_BYTES = 1 * MIB
"""Memory may grow so much over the last 250 sessions: some 4 kB each, what a record has."""


def many(data: Path, sessions: int) -> None:
    """Play sessions through one store, one after the other; print a sample now and then."""
    from hardware.core import GuardCore
    from hardware.limits import Limits
    from kiosk.recording import read
    from kiosk.replay import _Replayer

    store = Store(data, on_death=lambda _: os._exit(70), min_free_bytes=0)
    store.start()
    played = number = 0
    samples: list[Sample] = []
    while played < sessions:
        config, inputs = read(FOLDER / f"{RECORDINGS[number % len(RECORDINGS)]}.jsonl")
        core = GuardCore(
            mm_per_count=config.mm_per_count,
            facing=config.facing,
            invert=config.invert,
            limits=Limits(site_cap_kmh=config.site_cap_kmh),
        )
        replayer = _Replayer(core, config, store, data)
        replayer.run(inputs)
        for future in replayer.log.kept:
            future.result(60)
        played += len(replayer.log.kept)
        number += 1
        if number % EVERY == 0:
            samples.append(Sample.of(os.getpid(), data / "journal"))
    kept = store.count()
    assert store.stop()
    assert not list((data / "journal").iterdir()), "not everything was folded at the end"
    print(json.dumps({"played": played, "kept": kept, "samples": samples}))


def virtual(lab: Lab) -> Iterator[Case]:
    def played(_dice: random.Random) -> None:
        sessions = lab.scale(500, 6)
        data = lab.new_folder("level", in_memory=True) / "data"
        command = [sys.executable, "-m", "tests.faults.level", str(data), str(sessions)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-1000:]
        found = json.loads(done.stdout.splitlines()[-1])
        samples = [Sample(*one) for one in found["samples"]]
        assert found["played"] >= sessions
        assert found["kept"] == found["played"]
        assert chain_fault(data) is None
        if not samples:
            return
        lab.say(
            f"{found['played']} sessions; memory {samples[0].rss / MIB:.1f} to "
            f"{samples[-1].rss / MIB:.1f} MiB, {samples[-1].files} files, "
            f"{samples[-1].threads} threads"
        )
        assert lab.short or not grown(samples, MOST_BYTES), grown(samples, MOST_BYTES)

    yield Case("0", played)


def real(_lab: Lab) -> Iterator[Case]:
    """Hours of real sessions: nobody waits for them here, and nobody shall think that they ran."""

    def left_out(_dice: random.Random) -> None:
        raise NotRun("real sessions for hours are a run of their own: `make soak`")

    yield Case("0", left_out)


PARTS = [
    Part(
        14, "virtual", "500 sessions in virtual time through one process: it stays level", virtual
    ),
    Part(14, "real", "real sessions for hours on a real kiosk and guard", real, slow=True),
]

if __name__ == "__main__":
    many(Path(sys.argv[1]), int(sys.argv[2]))
