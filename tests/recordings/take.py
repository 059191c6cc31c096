"""One recording in the making: the belt, what people do, and what is expected of it.

Nothing but the model is imported: what is expected never comes from what the kiosk made of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.hardware.belt_model import KMH, Frame, Motion, Sensor

LATE_S = 0.02
"""What contracts.md allows a replay on top of the limits of safety.md."""

CHOSEN = 0.3
GREEN = 2.0
"""From when on the sensor has been healthy for 2 s, the last check to turn green."""
PERMIT = GREEN + 3.0
"""The countdown takes 3 s."""
OFF = 5.5
"""When somebody starts the belt."""
WALKING = OFF + 0.3 + 0.5
"""The timer starts at 0.3 km/h for 0.5 s; the belt gains 1 km/h a second."""
STEADY = OFF + 1.2
"""From here on the belt does 1.2 km/h."""
STEP = {"name": "main", "s": 10, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}

Corners = list[tuple[float, float]]


def up(kmh: float = 1.2, at: float = OFF) -> Corners:
    """Corners of a belt that sets off, gaining 1 km/h a second."""
    return [(at, 0.0), (at + kmh, kmh)]


def down(at: float, kmh: float = 1.2) -> Corners:
    """Corners of a belt that slows to rest, losing 1 km/h a second."""
    return [(at, kmh), (at + kmh, 0.0)]


class Take:
    """One recording under way: the belt, what people do, and what is expected of it.

    ``corners`` are the speed in the person's sense (positive: backwards).
    """

    def __init__(
        self,
        corners: Corners,
        until: float,
        *,
        belt_sign: int = 1,
        sensor: Sensor | None = None,
        frames_a_line: int = 1,
        ending: bytes = b"\r\n",
        **config: Any,
    ) -> None:
        self.motion = Motion(*corners)
        belt = Motion(*((t, belt_sign * kmh) for t, kmh in corners))
        sensor = sensor or Sensor(pole_error=0.01, jitter_us=20.0)
        self.sensor, self.belt = sensor, belt
        self.frames: list[Frame] = sensor.frames(belt, until)
        self.config = {
            "facing": "away",
            "mm_per_count": sensor.mm_per_count,
            "rails": "both",
            "site_cap_kmh": 4.0,
        } | config
        self.expected: dict[str, Any] = {"exit": 0, "records": []}
        self._frames_a_line = frames_a_line
        self._ending = ending
        self._lines: list[tuple[float, dict[str, Any]]] = []
        self._bytes: Callable[[list[Frame]], list[tuple[float, bytes]]] = self._whole

    # -- what people do ----------------------------------------------------------------------

    def pin(self, t: float, name: str, level: int) -> None:
        self._lines.append((t, {"pin": name, "level": level}))

    def hands(self, t: float, left: int, right: int) -> None:
        self.pin(t, "rail_left", left)
        self.pin(t, "rail_right", right)

    def do(self, t: float, what: str, **fields: Any) -> None:
        self._lines.append((t, {"do": what, **fields}))

    def begin(
        self,
        plan: list[dict[str, Any]] | None = None,
        *,
        at: float = CHOSEN,
        cap_kmh: float = 4.0,
        **choice: Any,
    ) -> None:
        """Choose, be briefed, go."""
        self.do(at, "choose", **(choice or {"plan": plan or [STEP], "cap_kmh": cap_kmh}))
        self.do(at + 0.1, "brief", pain=2)
        self.do(at + 0.2, "go")

    # -- what the sensor does ----------------------------------------------------------------

    def change(self, start: float, end: float, how: Callable[[Frame], Frame | None]) -> None:
        """Change every frame from ``start`` to before ``end``; None: it never comes."""
        changed = [how(f) if start - 1e-6 <= f.t < end - 1e-6 else f for f in self.frames]
        self.frames = [frame for frame in changed if frame is not None]

    def silent(self, start: float, end: float = 1e9) -> None:
        self.change(start, end, lambda _: None)

    def send(self, how: Callable[[list[Frame]], list[tuple[float, bytes]]]) -> None:
        """Send the frames as the bytes, and at the times, that ``how`` makes of them."""
        self._bytes = how

    def _whole(self, frames: list[Frame]) -> list[tuple[float, bytes]]:
        size = self._frames_a_line
        groups = [frames[start : start + size] for start in range(0, len(frames), size)]
        return [
            (group[-1].t, b"".join(f.line.replace(b"\r\n", self._ending) for f in group))
            for group in groups
        ]

    # -- what is expected --------------------------------------------------------------------

    def expect(self, spans: list[tuple[float, float]], *, at: float = CHOSEN, **more: Any) -> None:
        """Expect a record that was walked within ``spans``; ``at`` is when it was chosen."""
        motion = self.motion
        record: dict[str, Any] = {"t_chosen": at, "stop_reason": None, "outcome": "completed"}
        walked = sum(end - start for start, end in spans)
        record["walked_s"] = round(walked, 3)
        if spans:
            tops = [motion.range_kmh(start, end)[1] for start, end in spans]
            ways = [motion.way_m(start, end) for start, end in spans]
            record["distance_m"] = round(sum(ways), 4)
            record["max_kmh"] = round(max(tops), 3)
            both, one, none = (sum(span) for span in zip(*map(self._held, spans), strict=True))
            record["rails_both_pct"] = round(100 * both / walked, 1)
            record["rails_one_pct"] = round(100 * one / walked, 1)
            record["rails_none_pct"] = round(100 * none / walked, 1)
        record["distance_total_m"] = round(
            motion.total_m(more.pop("permit", PERMIT), more.pop("closed", self.frames[-1].t)), 4
        )
        record |= {"planned_s": 10, "pauses": 0, "steps_total": 1, "events": []} | more
        record.setdefault("steps_completed", int(record["outcome"] == "completed"))
        seen = [] if record["stop_reason"] is None else [record["stop_reason"]]
        record.setdefault("reasons_seen", seen)
        self.expected["records"].append({k: v for k, v in record.items() if v is not ...})

    def event(self, name: str, start: float, end: float, /, **fields: Any) -> None:
        """Expect an event of the last record, at ``start`` to ``end`` seconds of the recording.

        Expected ones are named in the order in which they come; others may lie between.
        """
        record = self.expected["records"][-1]
        chosen = record["t_chosen"]
        window = {"from": round(start - chosen, 3), "to": round(end + LATE_S - chosen, 3)}
        record["events"].append({"event": name, **fields, **window})

    def state(self, name: str, start: float, end: float | None = None) -> None:
        self.event("state", start - 0.001, start + 0.02 if end is None else end, state=name)

    def walking(self, t: float = WALKING) -> None:
        """Expect the timer to start, as exactly as ``walked_s`` is asked for."""
        self.event("state", t - 0.2, t + 0.2, state="walking")

    def revoked(self, reason: str, cause: float, *, hold: float = 0.0, within: float) -> None:
        """Expect the permit to fall for a cause: not before its hold, within its limit."""
        start = cause + hold - 0.001
        self.event("permit_revoked", start, cause + within, reason=reason)

    def finished(self, late: float) -> None:
        """Expect the permit to fall once the belt has come to rest for good."""
        rest = self.motion.pieces[-1].t
        self.event("permit_revoked", rest - 0.1, self.rests(rest) + late, reason="finished")

    def stopped(self, reason: str, cause: float, *, hold: float = 0.0, within: float) -> None:
        """Expect the permit to fall and the walk to be over."""
        self.revoked(reason, cause, hold=hold, within=within)
        self.state("stopped", cause + hold, cause + within)

    def nothing(self) -> None:
        """Expect no record, and exit status 2."""
        self.expected["exit"] = 2

    def rests(self, after: float) -> float:
        """When it is known that the belt rests: a count would take over 0.05 km/h's time."""
        edges = [t for t, _ in self.sensor.edges(self.belt, self.frames[-1].t)]
        last = max(t for t in edges if t <= after)
        return last + self.sensor.mm_per_count / (0.05 * KMH)

    def in_band(self, low: float, high: float, *spans: tuple[float, float]) -> float:
        """Share (%) of the spans in which the belt keeps to the band, shown to 0.1 km/h."""
        times = [start + n / 1000 for start, end in spans for n in range(int((end - start) * 1000))]
        kept = sum(low - 0.05 <= self.motion.kmh(t) <= high + 0.05 for t in times)
        return round(100 * kept / len(times), 1)

    def _held(self, span: tuple[float, float]) -> tuple[float, float, float]:
        """Seconds of a span with both hands, one and none on the rails."""
        start, end = span
        moves = sorted(
            ((t, line["pin"], line["level"]) for t, line in self._lines if "rail" in str(line)),
            key=lambda move: move[0],
        )
        held, shares, now = {"rail_left": 0, "rail_right": 0}, [0.0, 0.0, 0.0], start
        for t, name, level in [*moves, (end, "", 0)]:
            until = min(max(t, start), end)
            shares[2 - sum(held.values())] += until - now
            now = until
            if name:
                held[name] = level
        return shares[0], shares[1], shares[2]

    # -- the file ----------------------------------------------------------------------------

    def text(self) -> str:
        header = {"sternway": "recording", "version": 1, "config": self.config}
        belt = [(t, {"belt": data.decode("latin-1")}) for t, data in self._bytes(self.frames)]
        lines = sorted([*belt, *self._lines], key=lambda line: line[0])
        rows = [header, *({"t": round(t, 4), **line} for t, line in lines)]
        return "".join(json.dumps(row) + "\n" for row in rows)
