"""Group 10: the wall clock is set back and forth by years in a session."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.replay import replay
from tests.faults.frame import Case, Lab, NotRun, Part, done, need
from tests.faults.kiosks import TRIES, held_up, walk
from tests.faults.walking import FOLDER, RECORDINGS
from tests.kiosk.clocks import NOON, YEAR_S
from tests.kiosk.live import LiveKiosk
from tests.records.sessions import chain_fault, kept, trace_kept

OWN = {"session_id", "kiosk_id", "started_at", "clock_trusted", "prev_hash", "hash"}
SOURCE = Path(__file__).with_name("turned.c")
SHORT = [{"name": "main", "s": 4, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}]


def jumping(lab: Lab) -> Iterator[Case]:
    """The real guard core, session and log; each look at the clock finds another year."""
    steady: dict[str, list[dict[str, Any]]] = {}
    for number in range(lab.scale(30, 3)):

        def jumped(dice: random.Random) -> None:
            name = dice.choice(RECORDINGS)
            path, data = FOLDER / f"{name}.jsonl", lab.new_folder("moved", in_memory=True)
            if name not in steady:
                steady[name] = replay(path, lab.new_folder("steady", in_memory=True))

            def wild_s() -> float:
                return NOON.timestamp() + dice.uniform(-40, 40) * YEAR_S

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(time, "time", wild_s)
                patch.setattr(time, "time_ns", lambda: round(wild_s() * 1e9))
                moved = replay(path, data)
            for one, other in zip(steady[name], moved, strict=True):
                assert one["started_at"] != other["started_at"], "no clock was moved"
                for key in one.keys() - OWN:
                    assert one[key] == other[key], f"{key}: {one[key]} became {other[key]}"
                assert other["clock_trusted"] is False
            judge(data, [one["session_id"] for one in moved])
            lab.forget(data)

        yield Case(str(number), jumped)


def judge(data: Path, order: list[str]) -> None:
    """The log's order is that of the sessions, whatever their dates say; times of a trace rise."""
    records = kept(data)
    assert [one["session_id"] for one in records] == order
    assert [one["seq"] for one in records] == [*range(1, len(order) + 1)]
    assert chain_fault(data) is None
    for one in records:
        times = [float(line["t_s"]) for line in trace_kept(data, one["session_id"])]
        assert times == sorted(times)


class WallClock:
    """The wall clock of processes that are started with it, to be turned while they run."""

    def __init__(self, lab: Lab) -> None:
        compiler = need("cc", "gcc")
        folder = lab.new_folder("wall")
        self.library = folder / "turned.so"
        self.file = folder / "seconds"
        self.turn(0)
        made = done([compiler, "-O1", "-shared", "-fPIC", "-o", self.library, SOURCE])
        if made.returncode:
            raise NotRun(f"the clock's library cannot be compiled here: {made.stderr[:200]}")

    def turn(self, days: int) -> None:
        """Set the clock so many days apart from the machine's."""
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("q", days * 86_400))

    def start(self, folder: Path) -> LiveKiosk:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LD_PRELOAD", str(self.library))
            patch.setenv("STERNWAY_TURNED", str(self.file))
            return LiveKiosk(folder)


def real_kiosk(lab: Lab) -> Iterator[Case]:
    """The real kiosk and guard: the whole process's wall clock jumps while people walk."""

    def tried(dice: random.Random) -> None:
        """A machine that stood still for long, as the kiosk says, is tried again; nothing else."""
        for left in reversed(range(TRIES)):
            if turned(dice, last=not left):
                return

    def turned(dice: random.Random, *, last: bool) -> bool:
        """Return whether nothing disturbed the walks."""
        wall = WallClock(lab)
        one = wall.start(lab.new_folder("turned"))
        order: list[str] = []
        try:
            for _ in range(2):
                wall.turn(dice.choice([-1, 1]) * dice.randrange(30, 9000))
                walk(one, SHORT, after_fault=True)
                begun_s = time.monotonic()
                while not one.journal_has("finishing"):
                    wall.turn(dice.randrange(-9000, 9000))
                    time.sleep(0.2)
                    assert time.monotonic() - begun_s < 20, f"it goes nowhere: {one.state()}"
                one.bench.request({"speed_kmh": 0.0})
                one.wait(lambda: one.journal_has("summary"), 20, "no summary")
                one.hands(0)
                one.do("rate", pain=1, rpe=11)
                one.wait(lambda: len(one.records()) > len(order), 20, "no record")
                order.append(one.records()[-1]["session_id"])
            for record in one.records():
                assert abs(record["walked_s"] - 4.0) < 0.2, record["walked_s"]
                assert record["outcome"] == "completed"
                assert record["clock_trusted"] is False
            dates = [record["started_at"][:10] for record in one.records()]
            assert datetime.now(UTC).date().isoformat() not in dates, "no clock was moved"
            lab.say(f"the log says {[date[:4] for date in dates]}")
        except AssertionError:
            if last or not held_up(one):
                raise
            return False
        finally:
            one.close()
        judge(one.data, order)
        return True

    for number in range(lab.scale(2, 1)):
        yield Case(str(number), tried)


PARTS = [
    Part(10, "jumping", "every look at the clock finds another year, in a replay", jumping),
    Part(
        10,
        "kiosk",
        "the real kiosk's clock jumps by decades while people walk",
        real_kiosk,
        slow=True,
    ),
]
