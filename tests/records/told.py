"""What a process that keeps sessions said before it was killed, held against what is kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kiosk.records.folder import Folder
from tests.records.sessions import chain_fault, kept, trace_kept

LIMIT_S = 1.0
"""What may be lost of a trace (safety.md)."""


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

    def judge(self, data: Path) -> tuple[Counter[str], float]:
        """Recover ``data`` and check it; return the outcomes, and the worst loss of trace (s)."""
        folder = Folder(data)
        folder.open()
        list(folder.recover())
        folder.release()
        assert folder.faults() == ()
        records = kept(data)
        times = Counter(one["session_id"] for one in records)
        assert set(times.values()) <= {1}, "a session stands there twice"
        assert self.kept <= set(times), "acknowledged and gone"
        assert chain_fault(data) is None
        assert not list((data / "journal").iterdir())
        worst_s = 0.0
        for session_id, killed_s in self.killed.items():
            if killed_s - self.begun[session_id] > LIMIT_S:
                assert session_id in times, "begun over a second before, and gone"
            if session_id in times:
                count = len(trace_kept(data, session_id))
                lost = self.rows[session_id][count:]
                worst_s = max(worst_s, killed_s - lost[0] if lost else 0.0)
        for session_id in self.kept:
            assert len(trace_kept(data, session_id)) == len(self.rows[session_id])
        assert worst_s <= LIMIT_S, f"{worst_s:.2f} s of trace lost"
        return Counter(one["outcome"] for one in records), worst_s
