"""A desk without a guard, and made-up snapshots of everything that can be on show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from msgspec.structs import replace

from hardware.link import Check, Frames, Pins, Reason, Status
from kiosk.screens.desk import TraceRow
from kiosk.session.actions import Action, Refusal, Unlock
from kiosk.session.model import Health, Meters, Phase, Session, Snapshot, Walk
from kiosk.session.plan import NS, Plan, plan_of, step_at
from profiles.model import Program
from profiles.programs import load_programs
from tests.screens.fake_patron import FakePatron
from tests.screens.fake_staff import FakeStaff
from tests.screens.fake_therapy import FakeTherapy

PROGRAMS = load_programs()
T0 = 1_000 * NS
REST = Status(
    t_ns=T0,
    permit=False,
    grants=0,
    revokes=0,
    reason=None,
    latched=(),
    causes=(),
    failing=(),
    rails_warning="none",
    coasting=False,
    pins=Pins(estop=True, key=True, rail_left=True, rail_right=True, stop_button=False),
    rails_opened=(True, True),
    speed_kmh=0.0,
    at_rest=True,
    odometer_m=0.0,
    sensor_fault=None,
    frames=Frames(),
)
MOVING = replace(REST, permit=True, grants=1, speed_kmh=1.24, at_rest=False)


def status(base: Status = REST, **fields: Any) -> Status:
    """A status with other fields; ``hands=(left, right)`` sets the rails."""
    hands = fields.pop("hands", None)
    pins = fields.pop("pins", {})
    if hands is not None:
        pins = {**pins, "rail_left": hands[0], "rail_right": hands[1]}
    return replace(base, pins=replace(base.pins, **pins), **fields)


def walk(program: str = "easy-walk", minutes: int | None = None, **fields: Any) -> Walk:
    """A walk ``walked_s`` into a program, with any other fields."""
    plan = fields.pop("plan", None) or plan_of(
        PROGRAMS[program], minutes, site_cap_kmh=4.0, rails="both"
    )
    walked_ns = round(fields.pop("walked_s", 0.0) * NS)
    meters = fields.pop("meters", None) or Meters(
        walked_ns=walked_ns,
        distance_m=walked_ns / NS * 0.36,
        in_band_ns=round(walked_ns * 0.91),
        both_ns=round(walked_ns * 0.97),
        max_kmh=1.6,
    )
    made = Walk(
        plan=plan,
        chosen_ns=T0,
        frames_before=Frames(),
        meters=meters,
        step_index=step_at(plan, walked_ns),
        permitted=walked_ns > 0,
    )
    return replace(made, **fields)


def snapshot(
    phase: Phase = Phase.IDLE,
    *,
    seen: Status | None = REST,
    walking: Walk | None = None,
    failing: Sequence[Any] = (),
    past_s: float = 0.0,
    health: Health | None = None,
    **fields: Any,
) -> Snapshot:
    """A snapshot ``past_s`` into a phase."""
    made = Session(phase=phase, since_ns=T0, touched_ns=T0, walk=walking)
    return Snapshot(
        now_ns=T0 + round(past_s * NS),
        session=made,
        status=seen,
        health=health or Health(),
        failing=tuple(failing),
        **fields,
    )


def done(error: Exception | None = None) -> Future[None]:
    """An answer that has come."""
    answer: Future[None] = Future()
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)
    return answer


class FakeDesk:
    """Shows whatever snapshot it is given, and remembers what is asked of it."""

    def __init__(self, shown: Snapshot | None = None) -> None:
        self.shown = shown or snapshot()
        self.locked_s = 0.0
        self.posted: list[Action] = []
        self.stops = 0
        self.beats = 0
        self.pins: dict[str, str] = {"staff": "2468", "therapist": "8642"}
        self.staff = FakeStaff(self.pins)
        self.therapy: Any = FakeTherapy(self.staff)
        self.patron = FakePatron()
        self.refuse: dict[type, Refusal] = {}
        self.rows: Sequence[TraceRow] = ()

    def snapshot(self) -> Snapshot:
        return self.shown

    def post(self, action: Action) -> Future[None]:
        self.posted.append(action)
        refusal = self.refuse.get(type(action))
        if refusal is None and isinstance(action, Unlock):
            if self.pins.get(action.role) != action.pin:
                return done(Refusal("pin", "Wrong PIN. 4 tries left."))
            self.staff.opened(action.role)
        return done(refusal)

    def stop(self) -> None:
        self.stops += 1

    def alive(self) -> None:
        self.beats += 1

    def lives(self) -> bool:
        return True

    def trace(self) -> Sequence[TraceRow]:
        return self.rows

    def programs(self) -> Mapping[str, Program]:
        return PROGRAMS

    def pin_is_set(self, role: str) -> bool:
        return role in self.pins

    def pin_locked_s(self, role: str) -> float:
        return self.locked_s

    def set_first_pin(self, role: str, pin: str) -> Future[None]:
        self.pins[role] = pin
        return done()


def trace(minutes: float = 5.0) -> list[TraceRow]:
    """A walk of easy-walk's steps, a little out of the band here and there."""
    import math

    rows = []
    total = minutes * 60
    for tick in range(int(total * 5)):
        t_s = tick / 5
        middle = 60 <= t_s < total - 60
        low, high = (0.8, 2.0) if middle else (0.8, 1.2)
        speed: float | None = 1.0 + (0.55 if middle else 0) + 0.12 * math.sin(t_s / 7)
        if t_s < 4:
            speed = t_s / 4
        if 150 < t_s < 158:
            speed = None
        rows.append(TraceRow(t_s, "walking", speed, low, high, t_s * 0.36, 1, 1, 0.0))
    return rows


LONG_PLAN = Plan(
    program_id="custom",
    program_version=1,
    name="A plan of one's own",
    steps=tuple(
        replace(step, name=name)
        for step, name in zip(
            PROGRAMS["easy-walk"].steps(20),
            ("getting used to it slowly with both hands", "second stretch", "last"),
            strict=True,
        )
    ),
    cap_kmh=2.4,
    rails="both",
)
ESTOP = status(latched=(Reason.ESTOP,), failing=(Check.LATCH,))
