"""``make soak``: people walk for hours on a real kiosk and guard, in simulation; it stays level.

    python -m tests.faults.soak --hours 2

Sessions follow each other over the bench door; once a minute memory, files and threads of kiosk
and guard are looked at, and the size of the data. It ends with 1 when one of them grew, a record
is missing, or a process ended, and with 3 when it was too short to say that nothing grows.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hardware.errors import BenchError
from tests.faults.kiosks import back_to_idle
from tests.faults.sampling import MIB, Sample, a_sample_mib, bytes_in, grown
from tests.kiosk.live import LiveKiosk
from tests.records.sessions import chain_fault

LOST, TOO_SHORT = 1, 3
EVERY_S = 60.0
ENOUGH = 8
"""Samples, of a minute each: fewer do not tell a trend."""
BYTES_A_SESSION = 15_000
"""Of the log, the generation before, trace, chart, index: ten seconds of walking need 8,400."""
MOST_JOURNALS = 40
"""Sessions that wait for their month: 32 are folded whatever goes on."""
ENDS = {
    "finish": None,
    "stop": "patron",
    "estop": "estop",
    "key": "safety_key",
    "hands": "rails_released",
    "pause": "patron",
    "mute": "sensor_lost",
}
"""How a session ends, and the reason that its record must give."""
SLOW = {"kiosk_lost", "guard_lost", "sensor_lost", "sensor_fault"}
"""Reasons of a machine that stood still: such a session went astray."""


class Wrong(Exception):
    """What no busy machine excuses: a permit that stands, a record that says something else."""


class Soak:
    """One kiosk, and what was seen of it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.kiosk = LiveKiosk(folder)
        self.dice = random.Random(seed)
        self.kiosk.ready()
        self.pids = {"kiosk": self.kiosk.process.pid, "guard": self.kiosk.guard_pid()}
        self.samples: dict[str, list[Sample]] = {name: [] for name in self.pids}
        self.sessions = self.disturbed = self.astray = self.begun = self.lost = 0
        self.before = 0
        """So many records there were when the session began that runs."""
        self.began_bytes = bytes_in(self.kiosk.data)

    def session(self) -> None:
        """Let somebody walk for some seconds, and end it in one of the ways there are."""
        one, how = self.kiosk, self.dice.choice(list(ENDS))
        seconds = self.dice.choice([2, 4, 10])
        plan = [{"name": "main", "s": seconds, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}]
        count = self.before = len(one.records())
        # Not tried again here: a walk that does not begin went astray, and is counted as that.
        one.begin_walk(plan if how == "finish" else None)
        self.begun += 1
        if how == "finish":
            one.wait(lambda: one.journal_has("finishing"), seconds + 15, "it was not finished")
            one.bench.request({"speed_kmh": 0.0})
            one.wait(lambda: one.journal_has("summary"), 25, "no summary")
        else:
            time.sleep(seconds / 2)
            self._stop(how)
        one.ask(do="rate", pain=self.dice.randrange(4), rpe=11)
        try:
            one.wait(lambda: len(one.records()) > count, 60, "no record was kept")
        except AssertionError:
            self.lost += 1  # whatever disturbed it: a session that was begun is kept
            raise
        self._judge(how, one.records()[-1])
        back_to_idle(one)
        self.sessions += 1

    @staticmethod
    def _judge(how: str, record: dict[str, Any]) -> None:
        """Hold a record against how its session ended."""
        said, outcome = record["stop_reason"], record["outcome"]
        if said == ENDS[how]:
            right = {None: "completed", "patron": "stopped"}.get(said, "safety_stop")
            if outcome != right:
                raise Wrong(f"ended by {how}, and its outcome is {outcome}")
        elif said in SLOW:
            raise AssertionError(f"ended by {how}, and before that {said}")
        else:
            raise Wrong(f"ended by {how}, and its record says {said}")

    def _stop(self, how: str) -> None:
        one = self.kiosk
        match how:
            case "stop":
                one.ask(do="stop")
            case "estop" | "key":
                one.ask(pin=how, level=0)
                time.sleep(0.3)
                one.ask(pin=how, level=1)
            case "hands":
                one.hands(0)
                time.sleep(2.5)
            case "pause":
                one.ask(do="pause")
                time.sleep(1.0)
                one.ask(do="stop")
            case _:
                one.ask(sensor="mute")
                time.sleep(1.0)
                one.ask(sensor="ok")
                time.sleep(3.0)
        try:
            one.wait(lambda: one.state()["permit"] == 0, 5, f"the permit stands after {how}")
        except AssertionError as error:
            raise Wrong(str(error)) from error

    def held_up(self) -> bool:
        """Say whether the guard, or the record of this session, names a machine that stood still.

        The one that ended by a mute sensor names it too: its own end excuses it alone.
        """
        state = self.kiosk.state()
        said = {state["reason"], *state["latched"]}
        for record in self.kiosk.records()[self.before :]:
            said |= {record["stop_reason"], *record["reasons_seen"]}
        return not said.isdisjoint(SLOW)

    def sample(self) -> str:
        """Look at both processes; return a line about it."""
        words = []
        for name, pid in self.pids.items():
            one = Sample.of(pid, self.kiosk.data / "journal")
            self.samples[name].append(one)
            words.append(f"{name} {one.rss / MIB:6.1f} MiB {one.files:3} files {one.threads:2} thr")
        size = bytes_in(self.kiosk.data)
        return f"{self.sessions:5} sessions  {'  '.join(words)}  data {size / MIB:.2f} MiB"

    def faults(self) -> list[str]:
        """Return what is wrong at the end; nothing: all stayed level."""
        found = [
            f"{name}: {said}" for name, samples in self.samples.items() for said in grown(samples)
        ]
        kept = len(self.kiosk.records())
        if self.lost:
            found.append(f"{self.lost} sessions were begun, and have no record")
        if kept < self.begun:
            found.append(f"{self.begun} sessions were begun, and {kept} are kept")
        wrong = chain_fault(self.kiosk.data)
        if wrong is not None:
            found.append(f"the log does not verify: {wrong}")
        if self.astray:
            found.append(f"{self.astray} sessions went astray, and no machine stood still")
        more = bytes_in(self.kiosk.data) - self.began_bytes
        if kept and more / kept > BYTES_A_SESSION:
            found.append(f"the data grew by {more / kept:.0f} bytes a session")
        waiting = len(list((self.kiosk.data / "journal").iterdir()))
        if waiting > MOST_JOURNALS:
            found.append(f"{waiting} journals are left")
        if "Traceback" in self.kiosk.printed():
            found.append("an exception was printed")
        return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0, metavar="H")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.hours:g} h", flush=True)
    with tempfile.TemporaryDirectory(prefix="sternway-soak-") as folder:
        soak = Soak(Path(folder), options.seed)
        try:
            return soaked(soak, options.hours * 3600)
        finally:
            soak.kiosk.close()


def soaked(soak: Soak, for_s: float) -> int:
    """Walk for so long; return the exit status."""
    start_s = time.monotonic()
    due_s = start_s
    while time.monotonic() - start_s < for_s:
        if time.monotonic() >= due_s:
            due_s += EVERY_S
            print(f"{(time.monotonic() - start_s) / 60:6.1f} min {soak.sample()}", flush=True)
        if soak.kiosk.process.poll() is not None or soak.kiosk.guard_pid() != soak.pids["guard"]:
            print("== LOST: kiosk or guard ended")
            return LOST
        try:
            soak.session()
        except Wrong as error:
            print(f"== LOST: {error}")
            return LOST
        except (AssertionError, BenchError) as error:
            # A busy machine stops a walk now and then; what matters is that the next one works.
            soak.disturbed += 1
            excused = soak.held_up()
            soak.astray += not excused
            why = "the machine stood still" if excused else "and no machine stood still"
            said = " ".join(str(error).split())[:300]
            print(f"  a session went astray, {why}: {said}", flush=True)
            if soak.disturbed > 3 + soak.sessions // 50:
                print("== LOST: too many sessions went astray")
                return LOST
            back_to_idle(soak.kiosk)
    print(f"{(time.monotonic() - start_s) / 60:6.1f} min {soak.sample()}")
    for name, samples in soak.samples.items():
        slope = a_sample_mib(samples) * 3600 / EVERY_S
        print(f"{name}: memory {slope:+.2f} MiB an hour over the second half")
    faults = soak.faults()
    for fault in faults:
        print(f"LOST {fault}")
    enough = len(soak.samples["kiosk"]) >= ENOUGH
    print(
        f"== {soak.sessions} sessions walked, {soak.disturbed} astray, {len(faults)} lost"
        + ("" if enough else "; TOO SHORT to say that it stays level")
    )
    if faults:
        return LOST
    return 0 if enough else TOO_SHORT


if __name__ == "__main__":
    sys.exit(main())
