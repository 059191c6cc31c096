"""A session on a stage: statuses and actions by hand, and every phase to begin from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hardware.link import (
    BeginCheck,
    Check,
    EndSession,
    Frames,
    Pins,
    Reason,
    RequestPermit,
    Revoke,
    Status,
)
from kiosk.session import machine, requests
from kiosk.session.actions import Action, Brief, Go, Pause, Rate, Resume
from kiosk.session.model import Closed, Effect, Health, Opened, Phase, Send, Session, Walk
from kiosk.session.plan import Plan, own_plan, step_ns
from profiles.model import Step

MS = 1_000_000
S = 1_000 * MS
START_NS = 50_000 * S
EARLIER = 5
"""Permits that this guard gave, and took, before the session."""
HELD = Pins(estop=True, key=True, rail_left=True, rail_right=True, stop_button=False)
HEALTHY = Status(
    t_ns=0,
    permit=False,
    grants=EARLIER,
    revokes=EARLIER,
    reason="finished",
    latched=(),
    causes=(),
    failing=(),
    rails_warning="none",
    coasting=False,
    pins=HELD,
    rails_opened=(True, True),
    speed_kmh=0.0,
    at_rest=True,
    odometer_m=1000.0,
    sensor_fault=None,
    frames=Frames(100, 10, 1),
)


def steps(*inclines_pct: float, s: float = 30.0) -> tuple[Step, ...]:
    """Steps of ``s`` seconds each, in a band of 0.8 to 1.6 km/h, with these inclines."""
    return tuple(
        Step(f"step {number}", s, 0.8, 1.6, incline) for number, incline in enumerate(inclines_pct)
    )


def plan(*inclines_pct: float, s: float = 30.0) -> Plan:
    return own_plan(steps(*(inclines_pct or (0.0,)), s=s), cap_kmh=2.0, rails="both")


class Scene:
    """A session, the last status and the time. ``effects`` keeps everything that was asked for."""

    def __init__(self, *, health: Health | None = None) -> None:
        self.session = Session()
        self.status = HEALTHY
        self.health = health or Health()
        self.now = START_NS
        self.effects: list[Effect] = []

    @property
    def phase(self) -> Phase:
        return self.session.phase

    @property
    def walk(self) -> Walk:
        assert self.session.walk is not None
        return self.session.walk

    def _apply(self, result: tuple[Session, Sequence[Effect]]) -> str:
        self.session, effects = result
        self.effects += effects
        return told(effects)

    def see(self, after_ns: int = 20 * MS, **changes: Any) -> str:
        """One status, ``after_ns`` after the last moment; return the effects, in words."""
        self.now += after_ns
        self.status = msgspec.structs.replace(self.status, t_ns=self.now, **changes)
        return self._apply(machine.advance(self.session, self.status, self.health, self.now))

    def see_at(self, at_ns: int, **changes: Any) -> str:
        return self.see(at_ns - self.now, **changes)

    def watch(self, seconds: float, **changes: Any) -> str:
        """Statuses at 50 Hz; the odometer goes on with the speed. Return all effects in words."""
        words = []
        self.status = msgspec.structs.replace(self.status, **changes)
        for _ in range(round(seconds * 50)):
            speed = self.status.speed_kmh or 0.0
            words.append(self.see(odometer_m=self.status.odometer_m + speed / 3.6 / 50))
        return " ".join(filter(None, words))

    def do(self, action: Action, after_ns: int = 0) -> str:
        """What a person does; raises Refusal and then changes nothing."""
        self.now += after_ns
        return self._apply(requests.act(self.session, action, self.now))

    def choose(self, chosen: Plan | None = None) -> str:
        result = requests.choose(self.session, chosen or plan(), self.status, self.now)
        return self._apply(result)

    def lose_guard(self, after_ns: int = 0) -> str:
        self.now += after_ns
        return self._apply(machine.guard_lost(self.session, self.now))

    def grant(self, after_ns: int = 20 * MS) -> str:
        """The guard gives the permit."""
        return self.see(after_ns, permit=True, grants=self.status.grants + 1)

    def revoke(self, reason: str, *latched: Reason, after_ns: int = 20 * MS, **changes: Any) -> str:
        """The guard takes the permit, if it is on, and latches."""
        off = {"permit": False, "revokes": self.status.revokes + 1, "reason": reason}
        return self.see(after_ns, latched=latched, **(off if self.status.permit else {}), **changes)

    def failing(self, *checks: Check) -> str:
        return self.see(failing=checks)

    def events(self, what: str) -> list[dict[str, Any]]:
        return [event for event in self.walk.events if event["event"] == what]

    def closed(self) -> list[Walk]:
        """The records that were to be kept."""
        return [effect.walk for effect in self.effects if isinstance(effect, Closed)]

    def granted(self) -> bool:
        return self.walk.permitted


def told(effects: Sequence[Effect]) -> str:
    """Effects in words, in their order."""
    return " ".join(_word(effect) for effect in effects)


def _word(effect: Effect) -> str:
    match effect:
        case Send(message=BeginCheck()):
            return "begin"
        case Send(message=RequestPermit()):
            return "request"
        case Send(message=Revoke(reason=reason)):
            return f"revoke:{reason}"
        case Send(message=EndSession()):
            return "end"
        case Opened():
            return "opened"
        case Closed():
            return "closed"
    raise AssertionError(effect)


# --- every phase, come to as a person comes to it -------------------------------------------------


def idle(of: Plan | None = None) -> Scene:
    del of  # nothing is chosen yet
    scene = Scene()
    scene.see()
    return scene


def chosen(of: Plan | None = None) -> Scene:
    scene = idle()
    scene.choose(of)
    return scene


def briefed(of: Plan | None = None) -> Scene:
    scene = chosen(of)
    scene.do(Brief(pain=3))
    return scene


def checking(of: Plan | None = None) -> Scene:
    scene = briefed(of)
    scene.see()
    return scene


def countdown(of: Plan | None = None) -> Scene:
    scene = checking(of)
    scene.do(Go())
    scene.see()
    return scene


def starting(of: Plan | None = None) -> Scene:
    """The permit was asked for and is not yet given."""
    scene = countdown(of)
    scene.see(3 * S)
    return scene


def granted(of: Plan | None = None) -> Scene:
    """Starting, with the permit."""
    scene = starting(of)
    scene.grant()
    return scene


def walking(of: Plan | None = None) -> Scene:
    """The belt at 1 km/h, the walk just begun."""
    scene = granted(of)
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(500 * MS)
    return scene


def paused(of: Plan | None = None) -> Scene:
    """Paused by a tap; the belt rests."""
    scene = walking(of)
    scene.watch(1.0)
    scene.do(Pause())
    scene.revoke("pause", coasting=True)
    scene.see(speed_kmh=0.0, at_rest=True, coasting=False)
    return scene


def rechecking(of: Plan | None = None) -> Scene:
    """Checking to resume, before any tap there."""
    scene = recountdown(of)
    scene.failing(Check.RAILS)
    scene.failing()
    return scene


def recountdown(of: Plan | None = None) -> Scene:
    scene = paused(of)
    scene.do(Resume())
    scene.see()
    return scene


def restarting(of: Plan | None = None) -> Scene:
    """Starting again after a pause; the permit is asked for and not yet given."""
    scene = recountdown(of)
    scene.see(3 * S)
    return scene


def finishing(of: Plan | None = None) -> Scene:
    """The plan is walked, the belt still runs."""
    scene = walking(of)
    for step in scene.walk.plan.steps:
        scene.see(step_ns(step), odometer_m=scene.status.odometer_m + step.s / 3.6)
    return scene


def stopped(of: Plan | None = None) -> Scene:
    """An emergency stop; the belt came to rest."""
    scene = walking(of)
    scene.watch(1.0)
    scene.revoke("estop", Reason.ESTOP)
    return scene


def summary(of: Plan | None = None) -> Scene:
    """The plan was walked to its end; the record is still open."""
    scene = finishing(of)
    scene.see(speed_kmh=0.0, at_rest=True)
    scene.revoke("finished")
    return scene


def closed(of: Plan | None = None) -> Scene:
    """The summary after the rating: the record is kept."""
    scene = summary(of)
    scene.do(Rate(pain=2, rpe=11))
    return scene


PHASES: dict[str, tuple[Callable[[], Scene], Phase]] = {
    "idle": (idle, Phase.IDLE),
    "chosen": (chosen, Phase.CHOSEN),
    "briefed": (briefed, Phase.BRIEFED),
    "checking": (checking, Phase.CHECKING),
    "countdown": (countdown, Phase.COUNTDOWN),
    "starting": (starting, Phase.STARTING),
    "granted": (granted, Phase.STARTING),
    "walking": (walking, Phase.WALKING),
    "paused": (paused, Phase.PAUSED),
    "rechecking": (rechecking, Phase.CHECKING),
    "recountdown": (recountdown, Phase.COUNTDOWN),
    "restarting": (restarting, Phase.STARTING),
    "finishing": (finishing, Phase.FINISHING),
    "stopped": (stopped, Phase.STOPPED),
    "summary": (summary, Phase.SUMMARY),
    "closed": (closed, Phase.SUMMARY),
}
"""Every place a session can stand in, with how to come there; ``re-`` ones are after a pause."""
PERMIT_ON = ("granted", "walking", "finishing")
PERMITTED = ("granted", "walking", "paused", "rechecking", "recountdown", "restarting", "finishing")
"""Where a permit was given and the session is not over."""
BEFORE_PERMIT = ("chosen", "briefed", "checking", "countdown", "starting")
OVER = ("stopped", "summary", "closed")
