"""The log's desk without a log: days made up, one session with a curve."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from kiosk.logbook.lines import days_of
from kiosk.logbook.model import Curve, Detail, Line, Logbook, Query
from kiosk.session.actions import Refusal
from profiles.saying import Said

NEWEST = datetime(2026, 11, 23, 16, 40)
KINDS = (
    ("completed", None, "easy-walk", None, 300.0),
    ("completed", None, "low-back", "P-7F3K", 720.0),
    ("safety_stop", "rails_released", "easy-walk", None, 431.0),
    ("stopped", "patron", "own", "PHYSIO-2026-0042", 35.0),
    ("interrupted", None, "easy-walk", "P-1B2C", 431.0),
    ("safety_stop", "permit_ineffective", "low-back", None, 35.0),
)
"""How each ended, what was walked by whom, and for how many seconds."""
RECORD: dict[str, Any] = {
    "planned_s": 600.0,
    "walked_s": 431.0,
    "distance_m": 131.4,
    "distance_total_m": 138.9,
    "mean_kmh": 1.1,
    "max_kmh": 1.62,
    "in_band_pct": 81.3,
    "rails_both_pct": 93.0,
    "rails_one_pct": 5.0,
    "rails_none_pct": 2.0,
    "incline_pct": 0.0,
    "pauses": 1,
    "steps_completed": 2,
    "steps_total": 3,
    "pain_before": 3,
    "pain_after": 4,
    "rpe": 13,
    "frames": {"accepted": 24000, "rejected": 2, "lost": 5},
    "sensor": {"serial": "E6605838", "firmware": "1.2", "mm_per_count": 5.02},
    "app_version": "0.1.0",
    "reasons_seen": ["rails_released", "overspeed"],
    "events": [
        {"t_s": 21.0, "event": "permit_granted"},
        {"t_s": 21.0, "event": "state", "state": "starting"},
        {"t_s": 27.5, "event": "state", "state": "walking"},
        {"t_s": 147.5, "event": "step", "step": 1},
        {"t_s": 458.9, "event": "permit_revoked", "reason": "rails_released"},
        {"t_s": 458.9, "event": "state", "state": "stopped"},
    ],
}
CURVE = Curve(
    458.0,
    (
        tuple((share / 50, 0.8 + 0.02 * (share % 9) + share / 90) for share in range(30)),
        tuple((share / 50, 1.2 + 0.02 * (share % 7)) for share in range(33, 51)),
    ),
    ((0.02, 0.3, 0.6, 1.2), (0.3, 1.0, 1.0, 1.6)),
)


def lines(count: int) -> tuple[Line, ...]:
    """Made-up sessions, the newest first."""
    made = []
    for number in range(count):
        outcome, reason, program, code, walked_s = KINDS[number % len(KINDS)]
        at = NEWEST - timedelta(minutes=25 * (number % 9), days=number // 9)
        made.append(
            Line(
                seq=count - number,
                session_id=f"s-{number}",
                at=at,
                code=code,
                program=program,
                walked_s=walked_s,
                distance_m=131.4,
                outcome=outcome,
                reason=reason,
                clock_trusted=number % 5 != 4,
            )
        )
    return tuple(made)


class FakeLogbook:
    """What it has can be set; what is asked of it is remembered in ``asked``."""

    def __init__(self) -> None:
        self.reset()

    def reset(self, **fields: Any) -> None:
        """A log of so many sessions; with these faults; read so far."""
        self.lines = lines(fields.pop("count", 60))
        self.faults: tuple[Said, ...] = fields.pop("faults", ())
        self.reading: int | None = fields.pop("reading", None)
        self.damaged: bool = fields.pop("damaged", False)
        self.refuse: str | None = None
        self.asked: list[Any] = []
        self.query = Query()

    def state(self) -> Logbook:
        seen = self.lines if self.reading is None else self.lines[: self.reading]
        days = days_of(seen, self.query)
        return Logbook(
            query=self.query,
            days=days,
            reading=self.reading is not None,
            read=len(seen),
            total=len(self.lines),
            found=sum(len(day.lines) for day in days),
            faults=self.faults,
        )

    def open(self, query: Query) -> None:
        self.asked.append("open")
        self.query = query

    def find(self, query: Query) -> None:
        self.asked.append(query)
        self.query = query

    def close(self) -> None:
        self.asked.append("close")

    def session(self, session_id: str) -> Future[Detail]:
        answer: Future[Detail] = Future()
        if self.refuse is not None:
            answer.set_exception(Refusal("log", self.refuse))
            return answer
        line = next(one for one in self.lines if one.session_id == session_id)
        curve = CURVE if line.outcome != "interrupted" else None
        answer.set_result(Detail(line, {**RECORD, "seq": line.seq}, curve, self.damaged))
        return answer
