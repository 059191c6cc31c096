"""What a process that keeps sessions said before it was killed, held against what is kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kiosk.records.folder import Folder
from tests.records.sessions import chain_fault, kept, trace_kept

LIMIT_S = 1.0
"""What may be lost of a trace (safety.md)."""
HELD_S = 0.25
"""Between two beats of a process that was held up: beats come twenty times a second."""


class Told:
    """What the killed process said before it ended, over all its lives."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.rows: dict[str, list[float]] = {}
        self.kept: dict[str, str] = {}
        """The hash, which is over the outcome as well, of each session that was acknowledged."""
        self.killed: dict[str, float] = {}
        self.closing: set[str] = set()
        """Sessions whose walk had ended, or was about to: only they may have any other outcome."""
        self.held: list[tuple[float, float]] = []
        """When the machine held the process up: it was not run, or the disk did not answer."""
        self.excused = 0

    def hear(self, output: str, killed_s: float, used_s: float = 0.0) -> None:
        """Take its words; ``used_s`` is the processor time that it had used when it was killed."""
        running, beat = None, None
        for line in output.splitlines():
            at, word, session_id, *more = line.split(" ")
            if word in {"beat", "disk"}:
                last, beat = beat, (int(at) / 1e9, int(more[0]) / 1e9)
                self._hold(last, *beat, waits=word == "disk")
            if word == "begun":
                running = session_id
                self.begun[session_id] = int(at) / 1e9
                self.rows[session_id] = []
            elif word == "row":
                self.rows[session_id].append(int(at) / 1e9)
            elif word == "closing":
                self.closing.add(session_id)
            elif word == "kept":
                self.kept[session_id] = more[0]
                running = None
        self._hold(beat, killed_s, used_s, waits=False)
        if running is not None:
            self.killed[running] = killed_s

    def _hold(
        self, last: tuple[float, float] | None, now_s: float, used_s: float, *, waits: bool
    ) -> None:
        """Note what the machine took since the last beat; ``waits``: for the disk, for long.

        What it ran for in between was its own doing.
        """
        if last is None:
            return
        last_s, last_used_s = last
        if waits or now_s - last_s > HELD_S:
            self.held.append((min(now_s, last_s + used_s - last_used_s), now_s))

    def _own_s(self, since_s: float, until_s: float) -> float:
        """Return how much of a time the process had for itself."""
        held = sum(max(0.0, min(until_s, b) - max(since_s, a)) for a, b in self.held)
        self.excused += until_s - since_s > LIMIT_S >= until_s - since_s - held
        return until_s - since_s - held

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
        assert self.kept.keys() <= times.keys(), "acknowledged and gone"
        hashes = {one["session_id"]: one["hash"] for one in records}
        assert self.kept.items() <= hashes.items(), "acknowledged and changed"
        assert chain_fault(data) is None
        assert not list((data / "journal").iterdir())
        outcomes = {one["session_id"]: one["outcome"] for one in records}
        worst_s = 0.0
        for session_id, killed_s in self.killed.items():
            if session_id not in times:
                own_s = self._own_s(self.begun[session_id], killed_s)
                assert own_s <= LIMIT_S, "begun over a second before, and gone"
            if session_id in times:
                outcome = outcomes[session_id]
                assert session_id in self.closing or outcome == "interrupted", f"kept as {outcome}"
                count = len(trace_kept(data, session_id))
                lost = self.rows[session_id][count:]
                worst_s = max(worst_s, self._own_s(lost[0], killed_s) if lost else 0.0)
        for session_id in self.kept:
            assert len(trace_kept(data, session_id)) == len(self.rows[session_id])
        assert worst_s <= LIMIT_S, f"{worst_s:.2f} s of trace lost"
        return Counter(one["outcome"] for one in records), worst_s
