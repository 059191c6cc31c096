"""Every stimulus in every phase: where it leads and what it asks for, mostly nothing.

A cell is ``phase effects...``; ``-`` for the phase means it stays. A stimulus that is not listed
for a phase does nothing there; an action that is not listed is refused and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from hardware.link import Check, Reason
from kiosk.session.actions import (
    Action,
    Back,
    Brief,
    Cancel,
    ConfirmIncline,
    Done,
    Go,
    Pause,
    Rate,
    Refusal,
    Resume,
    Stop,
    Touched,
)
from kiosk.session.model import Health
from profiles.saying import saying
from tests.session.scene import (
    BEFORE_PERMIT,
    MS,
    OVER,
    PERMIT_ON,
    PERMITTED,
    PHASES,
    S,
    Scene,
    plan,
)

NOTHING = "-"


def cells(phases: str | tuple[str, ...], cell: str) -> dict[str, str]:
    return dict.fromkeys(phases.split() if isinstance(phases, str) else phases, cell)


# --- what a person does ------------------------------------------------------------------------

ACTIONS: dict[str, tuple[Action, dict[str, str]]] = {
    "brief": (Brief(pain=2), {"chosen": "briefed"}),
    "go": (
        Go(),
        {"briefed": "-", "checking": "- begin", "paused": "checking", "rechecking": "-"},
    ),
    "resume": (
        Resume(),
        {"briefed": "-", "checking": "- begin", "paused": "checking", "rechecking": "-"},
    ),
    "back": (Back(), {"countdown": "checking begin", "recountdown": "checking"}),
    "pause": (Pause(), {"walking": "paused revoke:pause"}),
    "stop": (
        Stop(),
        cells(("idle", "chosen", "briefed", "checking", *OVER), "- revoke:patron")
        | cells("countdown starting", "checking revoke:patron begin")
        | cells(PERMITTED, "stopped revoke:patron"),
    ),
    "confirm the right incline": (
        ConfirmIncline(0.0),
        cells("briefed checking rechecking paused", "-"),
    ),
    "confirm a wrong incline": (ConfirmIncline(5.0), {}),
    "rate": (Rate(pain=1, rpe=9), {"stopped": "summary closed end", "summary": "- closed end"}),
    "done": (
        Done(),
        {"idle": "-", "stopped": "summary", "summary": "idle closed end", "closed": "idle"},
    ),
    "touch": (Touched(), cells(PHASES, "-")),
    "cancel": (
        Cancel(),
        {"idle": "-"}
        | cells("chosen briefed checking countdown", "idle end")
        | cells("rechecking recountdown", "paused"),
    ),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", ACTIONS)
def test_an_action(name: str, phase: str) -> None:
    action, table = ACTIONS[name]
    scene = PHASES[phase][0]()
    before = scene.session
    if phase not in table:
        with pytest.raises(Refusal) as refused:
            scene.do(action)
        assert scene.session is before
        assert str(refused.value)
        return
    expect(scene, before.phase, table[phase], lambda: scene.do(action, 7 * MS))
    if before.walk is not None and scene.session.walk is not None:
        assert scene.session.touched_ns == scene.now


CHOOSE = {
    "idle": "chosen",
    "chosen": "chosen",
    "summary": "chosen closed end",
    "closed": "chosen",
}


@pytest.mark.parametrize("phase", PHASES)
def test_choosing_a_program(phase: str) -> None:
    scene = PHASES[phase][0]()
    before = scene.session
    other = plan(0.0, 0.0)
    if phase not in CHOOSE:
        with pytest.raises(Refusal) as refused:
            scene.choose(other)
        assert refused.value.code == "busy"
        assert scene.session is before
        return
    expect(scene, before.phase, CHOOSE[phase], lambda: scene.choose(other))
    assert scene.walk.plan == other
    assert scene.walk.chosen_ns == scene.now == scene.session.since_ns == scene.session.touched_ns
    assert not scene.walk.permitted
    assert [event["event"] for event in scene.walk.events] == ["state"]


# --- what the guard says -------------------------------------------------------------------------


class Stimulus(NamedTuple):
    """Something that happens, and what it does where; the rest of the phases do nothing.

    A briefed session goes on to checking with whatever status comes first, unless it is listed.
    """

    happens: Callable[[Scene], str]
    table: dict[str, str]
    where: tuple[str, ...] = tuple(PHASES)


def moves(scene: Scene) -> str:
    scene.see(speed_kmh=0.3, at_rest=False)
    return scene.see(500 * MS)


def crawls(scene: Scene) -> str:
    scene.see(speed_kmh=0.29, at_rest=False)
    return scene.see(2 * S)


def rests(scene: Scene) -> str:
    scene.see(speed_kmh=0.0, at_rest=True)
    return scene.see(2 * S)


def is_unknown(scene: Scene) -> str:
    scene.see(speed_kmh=None, at_rest=None)
    return scene.see(2 * S)


def log_fails(scene: Scene) -> str:
    scene.health = Health(log=(saying("the disk is full"),))
    return scene.see()


def guard_restarts(scene: Scene) -> str:
    return scene.see(grants=0, revokes=0, permit=False, reason=None)


NOT_MOVING = tuple(phase for phase in PHASES if phase not in PERMIT_ON)
REVOKED = cells(PERMIT_ON, "stopped revoke:closed")

GUARD: dict[str, Stimulus] = {
    "a status with nothing new": Stimulus(lambda s: s.see(), {}),
    "the permit is given": Stimulus(
        lambda s: s.grant(),
        {
            "chosen": "- revoke:no_motion",
            "briefed": "checking revoke:no_motion begin",
            "checking": "- opened revoke:no_motion",
            "countdown": "- opened revoke:no_motion",
            "starting": "- opened",
            "restarting": "-",
            "paused": "- revoke:pause",
            "rechecking": "- revoke:no_motion",
            "recountdown": "- revoke:no_motion",
        }
        | cells(OVER, "- revoke:closed"),
        NOT_MOVING,
    ),
    "the permit is given in service mode": Stimulus(
        lambda s: s.see(permit=True, service=True),
        {"countdown": "checking begin", "recountdown": "checking"},
        tuple(p for p in NOT_MOVING if p not in {"starting", "restarting"}),
    ),
    "a check fails": Stimulus(
        lambda s: s.failing(Check.KEY),
        {"countdown": "checking begin", "recountdown": "checking"},
    ),
    "the log fails": Stimulus(log_fails, {"countdown": "checking begin"}),
    "the guard is in service mode": Stimulus(
        lambda s: s.see(service=True),
        {"countdown": "checking begin", "recountdown": "checking"},
    ),
    "the emergency stop revokes": Stimulus(
        lambda s: s.revoke("estop", Reason.ESTOP), REVOKED, PERMIT_ON
    ),
    "the stop button revokes": Stimulus(
        lambda s: s.revoke("patron", Reason.PATRON),
        cells(PERMIT_ON, "stopped revoke:patron"),
        PERMIT_ON,
    ),
    "a cause without a latch": Stimulus(
        lambda s: s.see(causes=(Reason.ESTOP,), failing=(Check.ESTOP,)),
        {"countdown": "checking begin", "recountdown": "checking"},
        tuple(phase for phase in PHASES if phase not in PERMIT_ON),
    ),
    "a latch without a permit": Stimulus(
        lambda s: s.see(latched=(Reason.UNEXPECTED_MOTION,), failing=(Check.LATCH,)),
        cells(PERMITTED, "stopped revoke:closed") | {"countdown": "checking begin"},
    ),
    "the permit goes for nothing we asked or know of": Stimulus(
        lambda s: s.see(permit=False, revokes=s.status.revokes + 1, reason="pause"),
        {"walking": "stopped revoke:closed", "finishing": "summary"},
    ),
    "the guard starts anew": Stimulus(
        guard_restarts,
        cells("checking countdown starting", "checking begin")
        | cells(PERMITTED, "stopped revoke:closed"),
    ),
    "the belt moves for half a second": Stimulus(
        moves,
        {"granted": "walking", "starting": "checking begin", "restarting": "checking"},
    ),
    "the belt crawls": Stimulus(crawls, {"starting": "checking begin", "restarting": "checking"}),
    "the belt rests for two seconds": Stimulus(
        rests,
        {
            "starting": "checking begin",
            "restarting": "checking",
            "walking": "paused revoke:pause",
            "finishing": "- revoke:finished",
        },
    ),
    "the speed is unknown": Stimulus(
        is_unknown, {"starting": "checking begin", "restarting": "checking"}
    ),
}

LATE = {"briefed": "checking begin"}
"""What any status does to a session that was just briefed."""
AFTER: dict[int, dict[str, str]] = {
    250 * MS: cells("starting", "checking begin") | cells("restarting", "checking"),
    3 * S: cells("countdown recountdown", "starting request")
    | cells("starting", "checking begin")
    | cells("restarting", "checking"),
    10 * S: cells("countdown recountdown", "starting request")
    | cells("starting", "checking begin")
    | cells("restarting", "checking")
    | cells("stopped", "summary"),
    20 * S: cells("countdown recountdown", "starting request")
    | cells("starting", "checking begin")
    | cells("restarting", "checking")
    | cells("stopped", "summary")
    | cells("finishing", "- revoke:finished"),
    60 * S: cells("countdown recountdown", "starting request")
    | cells("starting", "checking begin")
    | cells("granted", "checking revoke:no_motion")
    | cells("restarting", "checking")
    | cells("stopped", "summary")
    | cells("walking finishing", "finishing")
    | cells("finishing", "- revoke:finished")
    | cells("summary", "idle closed end")
    | cells("closed", "idle"),
    300 * S: cells("chosen briefed checking countdown", "idle end")
    | cells("starting", "checking begin")
    | cells("granted", "checking revoke:no_motion")
    | cells("walking", "finishing")
    | cells("paused rechecking recountdown", "stopped revoke:closed")
    | cells("restarting", "checking")
    | cells("stopped", "summary")
    | cells("finishing", "- revoke:finished")
    | cells("summary", "idle closed end")
    | cells("closed", "idle"),
}


@pytest.mark.parametrize(
    ("name", "phase"), [(name, phase) for name in GUARD for phase in GUARD[name].where]
)
def test_a_status(name: str, phase: str) -> None:
    stimulus = GUARD[name]
    scene = PHASES[phase][0]()
    if phase == "briefed" and phase not in stimulus.table:
        # The first of its statuses leads to checking; what comes after is checking's.
        effects = len(scene.effects)
        stimulus.happens(scene)
        assert scene.phase == "checking"
        assert len(scene.effects) == effects + 1
        return
    cell = stimulus.table.get(phase, NOTHING)
    expect(scene, scene.phase, cell, lambda: stimulus.happens(scene))


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("after_ns", AFTER)
def test_time_passes_in_a_phase(after_ns: int, phase: str) -> None:
    scene = PHASES[phase][0]()
    cell = {**LATE, **AFTER[after_ns]}.get(phase, NOTHING)
    before = scene.phase
    expect(scene, before, cell, lambda: scene.see_at(scene.session.since_ns + after_ns))


UNTOUCHED = (
    cells("chosen briefed checking countdown", "idle end")
    | cells("starting", "checking begin")
    | cells("restarting", "checking")
    | cells("rechecking recountdown", "paused")
)


@pytest.mark.parametrize("phase", [*BEFORE_PERMIT, "rechecking", "recountdown", "restarting"])
def test_ninety_seconds_without_a_touch(phase: str) -> None:
    scene = PHASES[phase][0]()
    before = scene.phase
    touched_ns = scene.session.touched_ns
    expect(scene, before, UNTOUCHED[phase], lambda: scene.see_at(touched_ns + 90 * S))


# --- when the guard is silent --------------------------------------------------------------------

SILENT = cells("countdown starting", "checking begin") | cells(PERMITTED, "stopped revoke:closed")


@pytest.mark.parametrize("phase", PHASES)
def test_the_guard_falls_silent(phase: str) -> None:
    scene = PHASES[phase][0]()
    expect(scene, scene.phase, SILENT.get(phase, NOTHING), scene.lose_guard)
    again = scene.session
    assert scene.lose_guard(100 * MS) == "", "it is said once"
    assert scene.session is again


@pytest.mark.parametrize("phase", ["idle", *BEFORE_PERMIT, *OVER])
def test_what_ends_by_the_clock_ends_without_a_guard_as_well(phase: str) -> None:
    scene = PHASES[phase][0]()
    scene.lose_guard()
    ended = scene.now
    for _ in range(20):
        before = scene.phase
        scene.lose_guard(10 * S)
        ended = scene.now if scene.phase != before else ended
    assert scene.phase == "idle"
    assert phase == "idle" or scene.session.since_ns == ended
    assert len(scene.closed()) == (phase in OVER)


# --- how a cell is read --------------------------------------------------------------------------


def expect(scene: Scene, before: str, cell: str, happens: Callable[[], str]) -> None:
    phase, _, effects = cell.partition(" ")
    entered = scene.session.since_ns
    assert happens() == effects
    assert scene.phase == (before if phase == "-" else phase)
    if phase == "-":
        assert scene.session.since_ns == entered
    else:
        assert scene.session.since_ns == scene.now
    if phase not in {"-", "idle"}:
        assert scene.events("state")[-1] == {
            "t_s": round((scene.now - scene.walk.chosen_ns) / S, 3),
            "event": "state",
            "state": phase,
        }
    assert (scene.session.walk is None) is (scene.phase == "idle")
