"""A walk of twenty minutes as the kiosk keeps it: a recording made here, replayed by the live code.

Somebody walks "Easy walk", pauses once, lets a rail go now and then, and leaves the speed band:
what is kept of it is as long as what is kept of a real walk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from hardware.simulator.sensor import FRAME_S, SimulatedSensor
from hardware.simulator.treadmill import Treadmill
from kiosk.bench.frame import RowFailed
from kiosk.records.chain import Record
from kiosk.records.reader import LogReader
from kiosk.records.trace import HEADER
from kiosk.replay import replay

WALK_MIN: Final = 20
MM_PER_COUNT: Final = 5.0
_CHAINED: Final = frozenset({"seq", "prev_hash", "hash"})
_STOPS_AFTER_S: Final = 12.0
"""The belt stands still some seconds after the last step; then the walk is rated."""


class Walk(NamedTuple):
    """A closed session's record without its place in the chain, and its trace as CSV."""

    record: Record
    trace: bytes


def long_walk(folder: Path, minutes: int = WALK_MIN) -> Walk:
    """Return a walk of so many minutes, made in ``folder``.

    Raises :class:`RowFailed` when it does not end as it should: the figures would be of another
    session than they say.
    """
    recording = folder / "walk.jsonl"
    write_recording(recording, minutes)
    [record] = replay(recording, folder / "walk")
    if record["outcome"] != "completed" or record["walked_s"] < 60 * minutes - 1:
        raise RowFailed(f"the replayed walk ended as {record['outcome']} ({record['stop_reason']})")
    with LogReader(folder / "walk") as log:
        trace = log.trace(log.entries[0])
    if trace is None or not trace.startswith(",".join(HEADER).encode()):
        raise RowFailed("the replayed walk left no trace")
    return Walk({name: value for name, value in record.items() if name not in _CHAINED}, trace)


def write_recording(path: Path, minutes: int) -> float:
    """Write the recording of a walk of so many minutes; return how many seconds it tells of."""
    end_s = 0.0
    with path.open("w", encoding="utf-8") as file:
        for line in _lines(minutes):
            file.write(json.dumps(line) + "\n")
            end_s = float(line.get("t", 0.0))
    return end_s


def _lines(minutes: int) -> Iterator[dict[str, Any]]:
    """Yield the recording: what people do, and what the sensor says 50 times a second."""
    config = {"facing": "away", "mm_per_count": MM_PER_COUNT, "rails": "both", "site_cap_kmh": 4.0}
    yield {"sternway": "recording", "version": 1, "config": config}
    pause_s, resume_s = 30.0 * minutes, 30.0 * minutes + 20.0
    # The pause, the countdown after it and the belt's two ramps do not count as walked.
    end_s = 60.0 * minutes + (resume_s - pause_s) + 20.0
    deeds = sorted(
        [*_hands(pause_s, end_s), *_speeds(pause_s, resume_s, end_s), *_words(minutes, end_s)],
        key=lambda deed: float(deed["t"]),
    )
    treadmill = Treadmill(0.0, controlled=False)
    sensor = SimulatedSensor(MM_PER_COUNT, 0.0)
    for number in range(1, round((end_s + 2 * _STOPS_AFTER_S) / FRAME_S)):
        now_s = number * FRAME_S
        while deeds and float(deeds[0]["t"]) <= now_s:
            deed = deeds.pop(0)
            if "kmh" in deed:
                treadmill.command(deed["kmh"])
            else:
                yield {**deed, "t": round(now_s, 2)}
        for segment in treadmill.advance(now_s):
            sensor.follow(segment)
        yield {"t": round(now_s, 2), "belt": sensor.lines(now_s).decode("latin-1")}


def _words(minutes: int, end_s: float) -> Iterator[dict[str, Any]]:
    pause_s = 30.0 * minutes
    yield {"t": 1.0, "do": "choose", "program": "easy-walk", "minutes": minutes}
    yield {"t": 1.1, "do": "brief", "pain": 3}
    yield {"t": 1.2, "do": "go"}
    yield {"t": pause_s, "do": "pause"}
    yield {"t": pause_s + 20.0, "do": "resume"}
    yield {"t": end_s + _STOPS_AFTER_S, "do": "rate", "pain": 2, "rpe": 11}


def _hands(pause_s: float, end_s: float) -> Iterator[dict[str, Any]]:
    for pin in ("rail_left", "rail_right"):
        yield {"t": 0.2, "pin": pin, "level": 1}
    for second in range(30, int(end_s) - 10, 45):
        if abs(second - pause_s) > 40:
            yield {"t": float(second), "pin": "rail_right", "level": 0}
            yield {"t": second + 1.0, "pin": "rail_right", "level": 1}


def _speeds(pause_s: float, resume_s: float, end_s: float) -> Iterator[dict[str, Any]]:
    """Yield what the patron sets on the treadmill: near the target, and now and then over it."""
    yield {"t": 6.0, "kmh": 1.0}
    for place, second in enumerate(range(70, int(end_s) - 70, 20)):
        if not pause_s - 20 < second < resume_s + 15:
            yield {"t": float(second), "kmh": (1.2, 1.4, 1.6, 1.9, 2.15)[place % 5]}
    yield {"t": pause_s + 0.1, "kmh": 0.0}
    yield {"t": resume_s + 5.0, "kmh": 1.4}
    yield {"t": end_s - 60.0, "kmh": 1.0}
    yield {"t": end_s, "kmh": 0.0}
