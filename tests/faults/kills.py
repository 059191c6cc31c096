"""Group 2: SIGKILL at random moments of a session, to the log at work, the kiosk and the guard."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hardware.errors import BenchError
from hardware.simulator.client import BenchClient
from kiosk.bench.idle import cpu_s
from kiosk.bench.walk import write_recording
from tests.faults import walking
from tests.faults.ahead import Work, ahead
from tests.faults.frame import Case, Lab, NotRun, Part
from tests.faults.kiosks import TRIES, started
from tests.kiosk.live import LiveKiosk
from tests.records.told import Told

SLACK_S = 0.25
"""For a machine that does other things as well."""
LAST_S = 1.0
"""What may be lost of a trace, and within which a permit must be off."""
STARTED_S = 60.0
"""By when a kiosk is up again: how long a busy machine takes to start it is not judged."""
SECONDS = 1.0
"""Of a life of the log at work: half a minute of a session."""
LONG_S = (1.5, 3.0)
"""Of a longer one, once in eight, in a session that goes on: more than may be lost has been walked,
so that what was never written would be missed."""
LONG_MIN = 5
"""So many minutes of a walk are more than a long life plays, and a program has them."""


class Life:
    """One process that walks, until it is killed."""

    def __init__(self, context: multiprocessing.context.ForkServerContext) -> None:
        self._context = context
        # A process that starts looks how the others ended; two who look at once confuse each other.
        self._one_at_a_time = threading.Lock()

    def live(self, data: Path, recording: str, seconds: float, told: Told, since: bytes) -> None:
        """Let it live so long since it said a word (none: since its birth); hear what it said."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_born, args=(str(data), recording, theirs))
        with self._one_at_a_time:
            process.start()
        theirs.close()
        said = b""
        while since not in said:
            piece = os.read(ours.fileno(), 1 << 16)
            assert piece, "it ended by itself"
            said += piece
        time.sleep(seconds)
        assert process.pid is not None
        used_s = cpu_s(process.pid)
        process.kill()
        killed_s = time.monotonic()
        while piece := os.read(ours.fileno(), 1 << 16):
            said += piece
        ours.close()
        with self._one_at_a_time:
            process.join()
            status = process.exitcode
        assert status == -signal.SIGKILL, f"it ended by itself: {status}"
        # The last line may be half: it was killed while it spoke.
        told.hear(said.decode().rpartition("\n")[0], killed_s, used_s)


def _born(data: str, recording: str, pipe: multiprocessing.connection.Connection) -> None:
    walking.live(data, recording, pipe.fileno())


def of_the_log(lab: Lab) -> Iterator[Case]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.walking"])
    life = Life(context)
    outcomes: Counter[str] = Counter()
    worst, excused, longer = [0.0], [0], [0]

    long_walk = lab.new_folder("walk", in_memory=True) / "long"
    write_recording(long_walk.with_suffix(".jsonl"), LONG_MIN)

    def killed(dice: random.Random) -> None:
        data, told = lab.new_folder("log"), Told()
        # Mostly in a session; now and then before the first, and while the log is opened.
        since = dice.choices([b" begun ", b" ready ", b""], [8, 1, 1])[0]
        if dice.random() < 1 / 8:
            life.live(data, str(long_walk), dice.uniform(*LONG_S), told, b" begun ")
            assert len(told.begun) == 1, "it walked into another session"
            longer[0] += 1
        else:
            recording = dice.choice(walking.RECORDINGS)
            life.live(data, recording, dice.uniform(0, SECONDS), told, since)
        if dice.random() < 0.3:
            # Once more, in the middle of recovering what the first kill left.
            again = dice.choice(walking.RECORDINGS)
            life.live(data, again, dice.uniform(0, 0.1), told, b"")
        found, lost_s = told.judge(data)
        outcomes.update(found)
        worst[0] = max(worst[0], lost_s)
        excused[0] += told.excused
        lab.forget(data)

    works: dict[str, Work] = {str(n): killed for n in range(lab.repeated(1000, 12))}
    yield from ahead(lab, "2.log", works, 6)
    lab.say(
        f"records: {dict(outcomes)}, {longer[0]} of a longer walk; "
        f"at most {1000 * worst[0]:.0f} ms of trace lost"
    )
    if lab.only_case in (None, "2.log") and not lab.short and outcomes:
        assert outcomes["interrupted"], "no walk was killed before its end"
    if excused[0]:
        lab.say(f"{excused[0]} times the machine held it up, by its own beats: not counted as lost")


class Moment(NamedTuple):
    """When something is killed: so long after the permit, or after the choice."""

    seconds: float
    after_grant: bool


class Killed(NamedTuple):
    """When it was chosen, when it was killed, and when the permit was given (None: never)."""

    chosen_s: float
    killed_s: float
    granted_s: float | None


class Walk(LiveKiosk):
    """A kiosk in which somebody walks while something is killed."""

    timer: threading.Timer | None = None
    """Kills; what is killed after the permit gets it as soon as the permit is there."""
    killing = dead = False
    noticed_s: float | None = None
    """When the journal said first that the guard is lost."""

    def until_killed(self, moment: Moment, pid: int) -> Killed | None:
        """Walk, and kill ``pid`` at that moment. None: the walk broke off before."""
        self.ready()
        list(self.bench.events(0.01))
        chosen_s = time.monotonic()
        killed: list[float] = []

        def kill() -> None:
            self.dead = True
            os.kill(pid, signal.SIGKILL)
            killed.append(time.monotonic())

        self._moment, self._kill = moment, kill
        if not moment.after_grant:
            self._kill_in(moment.seconds)
        threading.Thread(target=self._watch, daemon=True).start()
        self.killing = True
        try:
            self.begin_walk()
        except (BenchError, AssertionError):
            # Only what is dead is excused: a kiosk that begins no walk was not killed in one.
            if not self.dead:
                if self.timer is not None:
                    self.timer.cancel()
                return None
        finally:
            self.killing = False
        assert self.timer is not None, "somebody walks, and no permit was told"
        self.timer.join()
        return Killed(chosen_s, killed[0], self._granted_s())

    def wait(self, condition: Callable[[], bool], for_s: float, otherwise: str) -> None:
        """Wait as ever, but no longer once what was to be killed is dead."""

        def met() -> bool:
            if self.killing and self.dead:
                raise AssertionError("killed")
            is_met = condition()
            granted_s = self._granted_s() if self.killing and self.timer is None else None
            if granted_s is not None:
                self._kill_in(granted_s + self._moment.seconds - time.monotonic())
            return is_met

        super().wait(met, for_s, otherwise)

    def _kill_in(self, seconds: float) -> None:
        self.timer = threading.Timer(max(0.0, seconds), self._kill)
        self.timer.start()

    def reopened(self) -> dict[str, Any]:
        """Return what the next guard's bench says first; the dead one's door may close slowly."""
        end_s = time.monotonic() + 20
        while True:
            self.bench.close()
            try:
                self.bench = BenchClient(self.bench_path, timeout_s=20)
                return self.state()
            except BenchError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.1)

    def _watch(self) -> None:
        while self.process.poll() is None and self.noticed_s is None:
            if self.journal_has('"guard_lost"'):
                self.noticed_s = time.monotonic()
            time.sleep(0.01)

    def _granted_s(self) -> float | None:
        return next((one["t"] for one in self.bench._events if one["permit"] == 1), None)


def undisturbed(killed_after: Callable[[Moment], bool]) -> Work:
    """Return what kills at a moment by lot, anew where a busy machine had ended the walk before."""

    def killed(dice: random.Random) -> None:
        # Mostly in the walk: before the permit there is little to lose.
        after_grant = dice.random() < 0.85
        moment = Moment(dice.uniform(0.0, 6.0 if after_grant else 3.0), after_grant)
        for _ in range(TRIES):
            if killed_after(moment):
                return
        raise NotRun("the machine is too busy: it ended each walk before anything was killed")

    return killed


def held(lab: Lab, part: str, given: list[int]) -> None:
    """Note in how many cases somebody had a permit; where all were tried, some must have had it."""
    lab.say(f"{given[0]} with a permit, {given[1]} before it")
    if lab.only_case in (None, part) and not lab.short and given[1]:
        assert given[0], "nobody had a permit when it was killed"


def of_the_kiosk(lab: Lab) -> Iterator[Case]:
    worst, given = [0.0], [0, 0]

    def killed_after(moment: Moment) -> bool:
        """Kill it at that moment; return whether nothing else had ended the walk."""
        folder, one = started(lab, "kiosk", Walk)
        try:
            pid = one.process.pid
            killed = one.until_killed(moment, pid)
            if killed is None:
                return False
            chosen_s, killed_s, granted_s = killed
            fell_s = killed_s
            must_be_kept = False
            if granted_s is not None:
                # The guard told of it at once, however late that is read here.
                fell_s = one.permit_falls(3)
                assert fell_s - killed_s <= LAST_S + SLACK_S, f"{fell_s - killed_s:.2f} s later"
                # A permit of its last second may not have come to the disk; what is there, counts.
                must_be_kept = killed_s - granted_s > LAST_S or one.journal_has("")
            one.restart(at_once=True)
            records = [one.a_record(STARTED_S)] if must_be_kept else one.records()
            if fell_s < killed_s:
                return False  # it is kept, as whatever it was
            assert [r["outcome"] for r in records] == ["interrupted"] * len(records)
            for record in records:
                granted = killed_s if granted_s is None else granted_s
                trace = one.data / "traces" / f"{record['session_id']}.csv"
                late_s = _late_s(trace, killed_s - chosen_s, killed_s - granted)
                worst[0] = max(worst[0], late_s)
                assert late_s <= LAST_S + SLACK_S, f"{late_s:.2f} s of trace lost"
        finally:
            one.close()
        given[granted_s is None] += 1
        lab.forget(folder)
        return True

    works = {str(n): undisturbed(killed_after) for n in range(lab.repeated(20, 1))}
    yield from ahead(lab, "2.kiosk", works, 2)
    lab.say(f"at most {worst[0]:.2f} s of trace lost")
    held(lab, "2.kiosk", given)


def _late_s(trace: Path, until_s: float, granted_for_s: float) -> float:
    """How long before the kill the trace ends. Its times begin when it was chosen.

    Of one without a row, all is lost since the permit was given.
    """
    lines = trace.read_text().splitlines()[1:]
    return until_s - float(lines[-1].split(",")[0]) if lines else granted_for_s


def of_the_guard(lab: Lab) -> Iterator[Case]:
    worst, given = [0.0], [0, 0]

    def killed_after(moment: Moment) -> bool:
        """Kill it at that moment; return whether nothing else had ended the walk."""
        folder, one = started(lab, "guard", Walk)
        try:
            pid = one.guard_pid()
            killed = one.until_killed(moment, pid)
            if killed is None:
                return False
            _, killed_s, granted_s = killed
            if granted_s is not None:
                if one.permit_falls(3) < killed_s:
                    return False  # the guard itself said so, and before it was killed
                one.wait(lambda: one.noticed_s is not None, 5, "the kiosk did not notice")
                took_s = (one.noticed_s or 0.0) - killed_s
                worst[0] = max(worst[0], took_s)
                assert took_s <= LAST_S + SLACK_S, f"noticed after {took_s:.2f} s"
            state = one.reopened()
            assert state["permit"] == 0, "a new guard gives no permit by itself"
            if granted_s is not None:
                one.do("rate")
                record = one.a_record()
                assert record["outcome"] == "safety_stop"
                assert record["stop_reason"] == "guard_lost"
        finally:
            one.close()
        given[granted_s is None] += 1
        lab.forget(folder)
        return True

    works = {str(n): undisturbed(killed_after) for n in range(lab.repeated(20, 1))}
    yield from ahead(lab, "2.guard", works, 2)
    lab.say(f"noticed within {worst[0]:.2f} s")
    held(lab, "2.guard", given)


PARTS = [
    Part(2, "log", "SIGKILL of a process with the real session and log, on a replay", of_the_log),
    Part(
        2, "kiosk", "SIGKILL of the real kiosk, whole, at a random moment", of_the_kiosk, slow=True
    ),
    Part(2, "guard", "SIGKILL of the real guard under the real kiosk", of_the_guard, slow=True),
]
