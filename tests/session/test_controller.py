"""The controller with a log in memory and a guard by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hardware.link import (
    BeginCheck,
    Check,
    ClearLatches,
    EndSession,
    RailsMode,
    Reason,
    RequestPermit,
    Revoke,
    Terms,
    ToGuard,
)
from kiosk.session.actions import (
    Action,
    Brief,
    Cancel,
    Choose,
    ConfirmIncline,
    Done,
    Go,
    Heartbeat,
    Lock,
    Pause,
    Prescribed,
    Rate,
    Refusal,
    Stop,
    Unlock,
)
from kiosk.session.controller import Controller, Place, is_idle
from kiosk.session.model import Phase, Snapshot, TraceRow, Walk
from kiosk.session.plan import prescribed_of
from profiles.programs import load_programs
from profiles.saying import Said
from tests.session.scene import HEALTHY, MS, START_NS, S, steps

PROGRAMS = load_programs()
TICK_NS = 20 * MS


class MemoryLog:
    """What the controller told its log, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.heads: list[dict[str, Any]] = []
        self.rows: list[TraceRow] = []
        self.checkpoints: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.ill: str | None = None

    def begin(self, head: dict[str, Any]) -> None:
        self.told.append(("begin", head))
        self.heads.append(head)

    def append(self, rows: Sequence[TraceRow], checkpoint: dict[str, Any] | None) -> None:
        self.told.append(("append", (len(rows), checkpoint is not None)))
        self.rows += rows
        if checkpoint is not None:
            self.checkpoints.append(checkpoint)

    def close(self, record: dict[str, Any]) -> Future[dict[str, Any]]:
        self.told.append(("close", record))
        self.records.append(record)
        future: Future[dict[str, Any]] = Future()
        future.set_result(record)
        return future

    def health(self) -> Said | None:
        return self.ill


class MemoryDeck:
    """What was confirmed before this start, and what was kept since."""

    def __init__(self, pct: float | None) -> None:
        self.pct = pct
        self.kept: list[float | None] = []

    def keep(self, pct: float | None) -> None:
        self.kept.append(pct)


class Kiosk:
    """A controller on a stage; ``sent`` is what the guard was told."""

    def __init__(
        self,
        *,
        site_cap_kmh: float = 4.0,
        rails: RailsMode = "both",
        proof_due: Callable[[], bool] = lambda: False,
        deck: MemoryDeck | None = None,
    ) -> None:
        self.log = MemoryLog()
        self.sent: list[ToGuard] = []
        self.now = START_NS
        self.status = HEALTHY
        self.ids = 0
        self.controller = Controller(
            send=self.sent.append,
            log=self.log,
            programs=PROGRAMS,
            place=Place(
                kiosk_id="k-1",
                boot_id="b-1",
                app_version="0.1.0",
                site_cap_kmh=site_cap_kmh,
                rails=rails,
                mm_per_count=5.0,
            ),
            wall_clock=lambda: (datetime(2026, 11, 23, 8, 0, 0, 123_456, tzinfo=UTC), True),
            new_id=self._new_id,
            proof_due=proof_due,
            deck=deck or MemoryDeck(0.0),
        )

    def _new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    @property
    def snapshot(self) -> Snapshot:
        return self.controller.snapshot

    @property
    def phase(self) -> Phase:
        return self.snapshot.session.phase

    @property
    def walk(self) -> Walk:
        assert self.snapshot.session.walk is not None
        return self.snapshot.session.walk

    def see(self, after_ns: int = TICK_NS, **changes: Any) -> None:
        self.now += after_ns
        self.status = msgspec.structs.replace(self.status, t_ns=self.now, **changes)
        self.controller.on_status(self.status, self.now)

    def watch(self, seconds: float, **changes: Any) -> None:
        self.status = msgspec.structs.replace(self.status, **changes)
        for _ in range(round(seconds * S / TICK_NS)):
            self.see()

    def do(self, action: Action) -> None:
        self.controller.act(action, self.now)

    def grant(self) -> None:
        self.see(permit=True, grants=self.status.grants + 1)

    def revoke(self, reason: str, *latched: Reason) -> None:
        self.see(permit=False, revokes=self.status.revokes + 1, reason=reason, latched=latched)

    def begin(self, **choice: Any) -> None:
        """From the first screen to the request for a permit."""
        self.do(Choose(**(choice or {"plan": steps(0.0), "cap_kmh": 2.0})))
        self.do(Brief(pain=1))
        self.see()
        self.do(Go())
        self.see()
        self.see(3 * S)
        assert self.phase == "starting"

    def walking(self, **choice: Any) -> Kiosk:
        self.see()
        self.begin(**choice)
        self.grant()
        self.see(speed_kmh=1.0, at_rest=False)
        self.see(500 * MS)
        assert self.phase == "walking"
        return self

    def stopped(self) -> Kiosk:
        self.walking().watch(2.0)
        self.do(Stop())
        self.revoke("patron", Reason.PATRON)
        return self


def refusal(kiosk: Kiosk, action: Action) -> tuple[str, str]:
    before = kiosk.snapshot.session
    with pytest.raises(Refusal) as refused:
        kiosk.do(action)
    assert kiosk.snapshot.session is before
    return refused.value.code, str(refused.value)


# --- the journal ---------------------------------------------------------------------------------


def test_nothing_is_journaled_before_the_first_permit() -> None:
    kiosk = Kiosk()
    kiosk.see()
    kiosk.begin()
    assert kiosk.log.told == []
    kiosk.grant()
    assert kiosk.log.told[0][0] == "begin"
    (head,) = kiosk.log.heads
    facts = ("session_id", "kiosk_id", "boot_id", "app_version", "started_at", "clock_trusted")
    assert [head[name] for name in facts] == [
        "id-1",
        "k-1",
        "b-1",
        "0.1.0",
        "2026-11-23T08:00:00.123Z",
        True,
    ]
    assert head["outcome"] == "interrupted", "what the log says if nothing more comes"
    assert head["sensor"]["mm_per_count"] == 5.0


def test_the_trace_has_five_rows_a_second_and_all_of_them_are_journaled() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(10.0)
    rows = [row for row in kiosk.controller.trace if row.state == "walking"]
    assert 49 <= len(rows) <= 51
    gaps = {round(b.t_s - a.t_s, 2) for a, b in itertools.pairwise(rows)}
    assert gaps == {0.2}
    kiosk.do(Stop())
    assert kiosk.log.rows == kiosk.controller.trace


def test_a_late_status_does_not_shift_the_rows_after_it() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(2.0)
    before = kiosk.controller.trace[-1].t_s
    while kiosk.controller.trace[-1].t_s == before:
        kiosk.see()
    row = kiosk.controller.trace[-1].t_s
    kiosk.see(290 * MS)
    assert kiosk.controller.trace[-1].t_s == pytest.approx(row + 0.29)
    kiosk.see(110 * MS)
    assert kiosk.controller.trace[-1].t_s == pytest.approx(row + 0.4)


def test_after_a_long_gap_the_rows_begin_a_grid_of_their_own() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(2.0)
    rows = len(kiosk.controller.trace)
    kiosk.see(850 * MS)
    assert len(kiosk.controller.trace) == rows + 1
    kiosk.see(199 * MS)
    assert len(kiosk.controller.trace) == rows + 1
    kiosk.see(1 * MS)
    assert len(kiosk.controller.trace) == rows + 2


def test_there_is_a_checkpoint_each_second_and_at_each_event() -> None:
    kiosk = Kiosk().walking()
    kiosk.see()
    begun = len(kiosk.log.checkpoints)
    kiosk.watch(5.0)
    times = [point["walked_s"] for point in kiosk.log.checkpoints[begun:]]
    assert [round(b - a, 3) for a, b in itertools.pairwise(times)] == [1.0] * 4
    assert all(point["outcome"] == "interrupted" for point in kiosk.log.checkpoints)
    now = len(kiosk.log.checkpoints)
    kiosk.do(Pause())
    assert len(kiosk.log.checkpoints) == now + 1, "at once, without waiting for a status"
    assert kiosk.log.checkpoints[-1]["events"][-1]["state"] == "paused"
    kiosk.revoke("pause")
    assert kiosk.log.checkpoints[-1]["events"][-1]["reason"] == "pause"
    kiosk.see()
    assert len(kiosk.log.checkpoints) == now + 2


def test_the_second_counts_from_the_last_checkpoint() -> None:
    kiosk = Kiosk().walking()
    kiosk.do(Pause())
    points = len(kiosk.log.checkpoints)
    kiosk.see(S - 1)
    assert len(kiosk.log.checkpoints) == points
    kiosk.see(1)
    assert len(kiosk.log.checkpoints) == points + 1


def test_the_events_of_the_summary_are_journaled_but_no_rows() -> None:
    kiosk = Kiosk().stopped()
    kiosk.watch(9.0, speed_kmh=0.0, at_rest=True)
    assert kiosk.controller.trace[-1].state == "stopped"
    kiosk.do(Done())
    rows, points = len(kiosk.controller.trace), len(kiosk.log.checkpoints)
    kiosk.watch(5.0)
    assert len(kiosk.controller.trace) == rows
    assert len(kiosk.log.checkpoints) > points
    assert kiosk.log.checkpoints[-1]["outcome"] == "stopped"


def test_a_record_is_closed_after_its_last_rows_and_then_nothing_more_is_told() -> None:
    kiosk = Kiosk().stopped()
    kiosk.watch(0.5)
    kiosk.do(Rate(pain=2, rpe=12))
    (record,) = kiosk.log.records
    assert (record["pain_after"], record["rpe"], record["session_id"]) == (2, 12, "id-1")
    assert kiosk.log.rows == kiosk.controller.trace
    assert kiosk.log.told[-1] == ("close", record)
    assert is_idle(kiosk.snapshot)
    kiosk.watch(70.0)
    assert kiosk.log.told[-1] == ("close", record)
    assert kiosk.phase == "idle"


def test_every_row_is_told_at_once_so_that_a_lost_power_costs_next_to_nothing() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(0.45)
    assert kiosk.log.rows == kiosk.controller.trace
    kiosk.controller.finish(kiosk.now)
    assert kiosk.log.rows == kiosk.controller.trace
    assert kiosk.log.told[-1][0] == "close"


def test_a_second_session_has_its_own_facts_and_trace() -> None:
    kiosk = Kiosk().stopped()
    kiosk.do(Done())
    kiosk.do(Choose(plan=steps(0.0), cap_kmh=2.0))
    assert [record["session_id"] for record in kiosk.log.records] == ["id-1"]
    assert kiosk.controller.trace == []
    kiosk.do(Cancel())
    kiosk.see(latched=(), speed_kmh=0.0, at_rest=True)
    kiosk.begin()
    kiosk.grant()
    assert kiosk.log.heads[-1]["session_id"] == "id-3"
    assert len(kiosk.controller.trace) == 1
    kiosk.controller.finish(kiosk.now)
    assert [record["session_id"] for record in kiosk.log.records] == ["id-1", "id-3"]


# --- the guard's silence -------------------------------------------------------------------------


def test_a_guard_whose_socket_closed_is_lost_at_once() -> None:
    kiosk = Kiosk().walking()
    kiosk.controller.guard_gone(kiosk.now)
    assert kiosk.phase == "stopped"
    assert kiosk.walk.stop_reason == "guard_lost"
    assert "guard" in kiosk.snapshot.failing
    shown = kiosk.snapshot.status
    assert shown is not None
    assert (shown.speed_kmh, shown.at_rest) == (None, None), "unknown, and not what it was last"


def test_a_guard_is_lost_after_eight_tenths_of_a_second_of_silence() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(2.0)
    heard = kiosk.now
    kiosk.controller.tick(heard + 800 * MS - 1)
    assert kiosk.snapshot.health.guard
    assert kiosk.phase == "walking"
    kiosk.controller.tick(heard + 800 * MS)
    assert not kiosk.snapshot.health.guard
    assert kiosk.phase == "stopped"
    assert kiosk.walk.stop_reason == "guard_lost"
    assert kiosk.sent[-1] == Revoke("closed")
    assert kiosk.log.checkpoints[-1]["stop_reason"] == "guard_lost", "journaled at once"
    assert kiosk.snapshot.now_ns == heard + 800 * MS


def test_a_guard_that_was_never_heard_is_lost() -> None:
    kiosk = Kiosk()
    assert not kiosk.snapshot.health.guard
    assert kiosk.snapshot.failing == ()
    kiosk.controller.tick(kiosk.now)
    assert not kiosk.snapshot.health.guard
    assert kiosk.snapshot.failing == ("guard",)
    kiosk.see()
    assert kiosk.snapshot.health.guard
    assert kiosk.snapshot.failing == ()


def test_without_a_guard_a_stopped_walk_is_still_kept_in_the_end() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(2.0)
    for _ in range(800):
        kiosk.now += 100 * MS
        kiosk.controller.tick(kiosk.now)
    assert kiosk.phase == "idle"
    (record,) = kiosk.log.records
    assert (record["outcome"], record["stop_reason"]) == ("safety_stop", "guard_lost")
    assert record["walked_s"] == pytest.approx(2.0)


# --- what may be chosen --------------------------------------------------------------------------


def test_an_unknown_program_is_refused_with_those_there_are() -> None:
    code, text = refusal(Kiosk(), Choose(program="tango"))
    assert code == "program"
    assert text == (
        "There is no program 'tango'; there are easy-walk, low-back, big-toe, ankle-uphill, "
        "ankle-level."
    )
    assert refusal(Kiosk(), Choose())[0] == "program"


def test_minutes_that_a_program_does_not_have_are_refused_with_those_it_has() -> None:
    code, text = refusal(Kiosk(), Choose(program="easy-walk", minutes=59))
    assert code == "minutes"
    assert "59" in text


def test_a_program_of_the_staff_needs_their_pin() -> None:
    kiosk = Kiosk()
    kiosk.see()
    assert refusal(kiosk, Choose(program="ankle-uphill")) == (
        "locked",
        "This program is started with the staff: ask them.",
    )
    kiosk.do(Unlock("staff"))
    assert kiosk.sent == [ClearLatches()]
    assert kiosk.snapshot.unlocked
    kiosk.do(Choose(program="ankle-uphill"))
    assert kiosk.walk.plan.program_id == "ankle-uphill"
    assert not kiosk.snapshot.unlocked, "for one session"
    assert refusal(kiosk, Choose(program="ankle-uphill"))[0] == "locked"


@pytest.mark.parametrize(("after_ns", "opens"), [(120 * S - 1, True), (120 * S, False)])
def test_an_unlock_lasts_two_minutes(after_ns: int, opens: bool) -> None:
    kiosk = Kiosk()
    kiosk.see()
    kiosk.do(Unlock("staff"))
    kiosk.see(after_ns)
    assert kiosk.snapshot.unlocked is opens
    if opens:
        kiosk.do(Choose(program="ankle-uphill"))
    else:
        assert refusal(kiosk, Choose(program="ankle-uphill"))[0] == "locked"


def test_staff_who_leave_close_what_they_opened() -> None:
    kiosk = Kiosk()
    kiosk.see()
    kiosk.do(Unlock("staff"))
    kiosk.do(Lock())
    assert not kiosk.snapshot.unlocked
    assert refusal(kiosk, Choose(program="ankle-uphill"))[0] == "locked"
    kiosk.do(Choose(program="easy-walk"))
    kiosk.do(Lock())
    assert kiosk.snapshot.session.phase is Phase.CHOSEN, "it closes a door, and no session"


def test_a_therapist_clears_no_latch_and_opens_no_program() -> None:
    kiosk = Kiosk()
    kiosk.see()
    kiosk.do(Unlock("therapist"))
    assert kiosk.sent == []
    assert not kiosk.snapshot.unlocked
    assert refusal(kiosk, Choose(program="ankle-uphill"))[0] == "locked"


@pytest.mark.parametrize(
    ("asked", "site", "cap"), [(2.0, 4.0, 2.0), (5.0, 4.0, 4.0), (None, 3.0, 3.0), (4.0, 1.0, 1.0)]
)
def test_a_plan_of_ones_own_stays_under_the_cap(
    asked: float | None, site: float, cap: float
) -> None:
    kiosk = Kiosk(site_cap_kmh=site, rails="one")
    kiosk.see()
    kiosk.do(Choose(plan=steps(0.0), cap_kmh=asked))
    kiosk.do(Brief())
    kiosk.see()
    assert kiosk.sent == [BeginCheck(Terms(cap_kmh=cap, rails="one"))]
    assert all(step.high_kmh <= cap for step in kiosk.walk.plan.steps)


def test_a_program_stays_under_its_own_cap_and_the_sites() -> None:
    for site in (4.0, 1.0):
        kiosk = Kiosk(site_cap_kmh=site)
        kiosk.do(Choose(program="easy-walk", minutes=5))
        plan = kiosk.walk.plan
        program = PROGRAMS["easy-walk"]
        assert plan.cap_kmh == min(program.cap_kmh, site)
        assert max(step.high_kmh for step in plan.steps) <= plan.cap_kmh
        assert (plan.program_version, plan.name) == (program.version, program.name)
        assert plan.planned_ns == 300 * S


# --- the end of the kiosk ------------------------------------------------------------------------


def test_a_kiosk_that_ends_takes_the_permit_and_keeps_the_walk_as_interrupted() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(3.0)
    kiosk.controller.finish(kiosk.now)
    assert kiosk.sent[-2:] == [Revoke("closed"), EndSession()]
    (record,) = kiosk.log.records
    assert record["outcome"] == "interrupted"
    assert record["walked_s"] == pytest.approx(3.0)
    kiosk.controller.finish(kiosk.now)
    assert len(kiosk.log.records) == 1


def test_a_kiosk_that_ends_before_a_permit_or_after_the_record_keeps_nothing_more() -> None:
    kiosk = Kiosk()
    kiosk.controller.finish(kiosk.now)
    kiosk.see()
    kiosk.begin()
    kiosk.controller.finish(kiosk.now)
    assert kiosk.log.told == []
    kiosk = Kiosk().stopped()
    kiosk.do(Rate())
    kiosk.controller.finish(kiosk.now)
    assert [record["outcome"] for record in kiosk.log.records] == ["stopped"]


# --- what the screens see ------------------------------------------------------------------------


def test_each_status_and_each_action_makes_a_snapshot() -> None:
    kiosk = Kiosk()
    assert (kiosk.snapshot.now_ns, kiosk.snapshot.status) == (0, None)
    kiosk.see()
    assert (kiosk.snapshot.now_ns, kiosk.snapshot.status) == (kiosk.now, kiosk.status)
    kiosk.do(Choose(program="easy-walk"))
    assert kiosk.phase == "chosen"
    kiosk.see(failing=(Check.KEY,))
    assert kiosk.snapshot.failing == (Check.KEY,)
    kiosk.log.ill = "the disk is full"
    kiosk.see()
    assert kiosk.snapshot.health.log == "the disk is full"
    assert kiosk.snapshot.failing == ("log", Check.KEY)


def test_a_controller_asks_whether_the_staffs_test_is_due() -> None:
    due = [True]
    kiosk = Kiosk(proof_due=lambda: due[0])
    kiosk.see()
    assert kiosk.snapshot.failing == ("proof",)
    due[0] = False
    kiosk.see()
    assert kiosk.snapshot.failing == ()


def test_a_program_can_be_chosen_before_the_guard_has_spoken() -> None:
    kiosk = Kiosk()
    kiosk.do(Choose(plan=steps(0.0), cap_kmh=2.0))
    kiosk.do(Brief())
    assert kiosk.snapshot.failing == ("guard",)
    kiosk.see(grants=9, revokes=9)
    assert kiosk.phase == "checking"
    assert kiosk.log.told == [], "what the guard granted before is not ours"


def test_a_heartbeat_is_for_recordings_and_does_nothing_here() -> None:
    kiosk = Kiosk().walking()
    before = kiosk.snapshot.session
    kiosk.do(Heartbeat(on=False))
    assert kiosk.snapshot.session is before


def test_idle_is_no_session_or_one_whose_record_is_closed() -> None:
    kiosk = Kiosk()
    assert is_idle(kiosk.snapshot)
    kiosk.do(Choose(program="easy-walk"))
    assert not is_idle(kiosk.snapshot)
    kiosk = Kiosk().stopped()
    assert not is_idle(kiosk.snapshot)
    kiosk.do(Rate())
    assert kiosk.phase == "summary"
    assert is_idle(kiosk.snapshot)


def test_the_guard_is_told_each_thing_once_in_a_whole_walk() -> None:
    kiosk = Kiosk().walking()
    kiosk.watch(30.5)
    assert kiosk.phase == "finishing"
    kiosk.see(speed_kmh=0.0, at_rest=True)
    kiosk.revoke("finished")
    kiosk.do(Rate())
    kiosk.do(Done())
    terms = BeginCheck(Terms(cap_kmh=2.0, rails="both"))
    assert kiosk.sent == [terms, terms, RequestPermit(), Revoke("finished"), EndSession()]
    assert kiosk.phase == "idle"


def test_leaving_closes_what_the_staff_opened() -> None:
    kiosk = Kiosk()
    kiosk.see()
    kiosk.do(Unlock("staff"))
    assert kiosk.snapshot.unlocked
    kiosk.do(Cancel())
    assert not kiosk.snapshot.unlocked
    assert refusal(kiosk, Choose(program="ankle-uphill"))[0] == "locked"


# ---- with a profile ------------------------------------------------------------------------------

PRESCRIBED = Prescribed(
    code="P-7F3K",
    version=3,
    program_id="own",
    program_version=3,
    name="Your own plan",
    rails="one",
    screened=True,
    pain_limit=4,
    pain_rise=1,
    rpe_limit=12,
)


def test_a_prescribed_plan_goes_to_the_guard_and_into_the_record() -> None:
    kiosk = Kiosk(site_cap_kmh=1.5)
    kiosk.walking(plan=steps(0.0), cap_kmh=2.0, prescribed=PRESCRIBED)
    assert BeginCheck(Terms(cap_kmh=1.5, rails="one")) in kiosk.sent
    plan = kiosk.walk.plan
    assert (plan.pain_limit, plan.pain_rise, plan.rpe_limit, plan.screened) == (4, 1, 12, True)
    assert max(step.high_kmh for step in plan.steps) <= 1.5
    head = kiosk.log.heads[0]
    assert (head["profile_code"], head["profile_version"]) == ("P-7F3K", 3)
    assert (head["program_id"], head["program_version"]) == ("own", 3)
    assert prescribed_of(plan) == PRESCRIBED


def test_a_therapist_s_own_words_are_not_in_the_record() -> None:
    kiosk = Kiosk()
    kiosk.walking(plan=steps(0.0), cap_kmh=2.0, prescribed=PRESCRIBED)
    kept = kiosk.log.checkpoints[-1]["events"]
    (step,) = [event for event in kept if event["event"] == "step"]
    assert set(step) == {"t_s", "event", "index"}
    guest = Kiosk()
    guest.walking()
    (step,) = [e for e in guest.log.checkpoints[-1]["events"] if e["event"] == "step"]
    assert "name" in step


def test_what_happened_never_runs_backwards_in_the_record() -> None:
    """A tap is dated when it is done, and the status judged next may be of a moment before."""
    kiosk = Kiosk().walking()
    kiosk.controller.act(Stop(), kiosk.now + 3 * MS)
    revokes = kiosk.status.revokes + 1
    kiosk.see(1 * MS, permit=False, revokes=revokes, reason="patron", latched=(Reason.PATRON,))
    times = [event["t_s"] for event in kiosk.walk.events]
    assert times == sorted(times)
    assert len(times) > 5


def test_a_prescribed_plan_without_a_cap_has_the_site_s() -> None:
    kiosk = Kiosk(site_cap_kmh=1.5)
    kiosk.see()
    kiosk.do(Choose(plan=steps(0.0), prescribed=PRESCRIBED))
    assert kiosk.walk.plan.cap_kmh == 1.5


def test_a_guest_s_plan_has_nothing_prescribed() -> None:
    kiosk = Kiosk()
    kiosk.see()
    kiosk.do(Choose(program="easy-walk"))
    assert prescribed_of(kiosk.walk.plan) is None
    assert not kiosk.walk.plan.screened


def test_the_pain_limit_of_the_profile_is_kept() -> None:
    kiosk = Kiosk()
    kiosk.see()
    kiosk.do(Choose(plan=steps(0.0), prescribed=PRESCRIBED))
    with pytest.raises(Refusal, match="do not walk today"):
        kiosk.do(Brief(pain=4))
    kiosk.do(Brief(pain=3))
    assert kiosk.phase == "briefed"


def test_where_there_are_no_profiles_none_is_chosen() -> None:
    kiosk = Kiosk()
    kiosk.see()
    with pytest.raises(Refusal, match="no profiles here"):
        kiosk.do(Choose(profile="P-7F3K"))
    assert kiosk.phase == "idle"


@pytest.mark.parametrize("pct", [7.0, None])
def test_a_deck_that_is_not_level_or_not_known_is_asked_about_before_a_level_walk(
    pct: float | None,
) -> None:
    """The power was lost in a steep step: the next walk must not be done at its incline."""
    deck = MemoryDeck(pct)
    kiosk = Kiosk(deck=deck)
    kiosk.see()
    assert set(deck.kept) == {pct}, "what nobody confirmed is kept as it was"
    kiosk.do(Choose(program="easy-walk"))
    kiosk.do(Brief(pain=2))
    kiosk.see()
    kiosk.do(Go())
    kiosk.watch(1)
    assert kiosk.phase is Phase.CHECKING
    assert "incline" in kiosk.snapshot.failing
    kiosk.do(ConfirmIncline(incline_pct=0.0))
    kiosk.see()
    assert "incline" not in kiosk.snapshot.failing
    assert deck.kept[-1] == 0.0
    assert kiosk.phase is Phase.COUNTDOWN, "Start was tapped already"
    kiosk.watch(3.1)
    kiosk.grant()
    kiosk.watch(1, speed_kmh=1.0, at_rest=False)
    assert kiosk.phase is Phase.WALKING
    assert (kiosk.walk.incline_pct, kiosk.log.rows[-1].incline_pct) == (0.0, 0.0)


def test_an_incline_that_is_confirmed_on_the_way_is_kept() -> None:
    deck = MemoryDeck(0.0)
    kiosk = Kiosk(deck=deck)
    kiosk.see()
    plan = [{"name": "up", "s": 60, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 5}]
    kiosk.do(msgspec.convert({"plan": plan}, Choose))
    kiosk.do(Brief(pain=2))
    kiosk.see()
    assert deck.kept[-1] == 0.0
    kiosk.do(ConfirmIncline(incline_pct=5.0))
    assert deck.kept[-1] == 5.0
