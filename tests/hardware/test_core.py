"""The guard's core: bytes, levels and commands in; permit and status out."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from hardware.core import PIN_NAMES, GuardCore, same_but_time
from hardware.limits import Limits
from hardware.link import (
    Alive,
    BeginCheck,
    Check,
    ClearLatches,
    EndSession,
    Frames,
    Hello,
    Reason,
    Refused,
    RequestPermit,
    Revoke,
    SendRaw,
    Service,
    Status,
    Terms,
    ToGuard,
)
from tests.hardware.belt_model import Motion, Sensor, line

MS = 1_000_000
S = 1_000 * MS
PASS_NS = 10 * MS
TERMS = Terms(cap_kmh=2.0, rails="both")
START_S = 4.0
"""When the belt begins to move; by then every hold of a healthy site is over."""


class Guard:
    """A core with a belt, driven at 100 Hz. ``kmh`` is what the belt does from ``START_S`` on."""

    def __init__(
        self,
        *,
        kmh: float = 0.0,
        facing: Literal["away", "console"] = "away",
        invert: bool = False,
        relay_feedback: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.core = GuardCore(
            mm_per_count=5.0,
            facing=facing,
            invert=invert,
            relay_feedback=relay_feedback,
            limits=limits,
        )
        self.now = 0
        self.alive = True
        self.muted = False
        self.mark = 0
        self.frames = Sensor().frames(Motion((START_S, 0.0), (START_S + 1.0, kmh)), 40.0)
        for pin in ("estop", "key"):
            self.core.set_pin(pin, True)

    def run(self, seconds: float) -> Guard:
        """Go on; each pass hears first what came up to its time."""
        end = self.now + round(seconds * S)
        while self.now < end:
            self.now += PASS_NS
            while self.frames and self.frames[0].t * S <= self.now:
                frame = self.frames.pop(0)
                if not self.muted:
                    frame = frame._replace(status=self.mark)
                    self.core.feed(frame.line, round(frame.t * S))
            if self.alive:
                self.core.command(Alive(), self.now)
            self.core.step(self.now)
        return self

    def status(self) -> Status:
        return self.core.status(self.now)

    def pins(self, **levels: bool) -> Guard:
        for name, level in levels.items():
            self.core.set_pin(name, level)
        return self

    def say(self, message: ToGuard) -> Refused | None:
        return self.core.command(message, self.now)

    def walk(self) -> Guard:
        """Through a ready check to a permit, and on until the belt runs."""
        self.run(3.0).pins(rail_left=True, rail_right=True).run(0.1)
        assert self.say(BeginCheck(TERMS)) is None
        assert self.say(RequestPermit()) is None
        return self.run(4.0)


def test_a_guard_that_just_started_is_unsure_of_everything() -> None:
    guard = Guard()
    core = GuardCore(mm_per_count=5.0, facing="away")
    assert not core.permit
    assert not core.step(0)
    status = core.status(0)
    assert status.speed_kmh is None
    assert status.at_rest is None
    assert status.causes == (
        Reason.ESTOP,
        Reason.SAFETY_KEY,
        Reason.SENSOR_LOST,
        Reason.KIOSK_LOST,
    )
    assert status.failing == (
        Check.ESTOP,
        Check.KEY,
        Check.SENSOR,
        Check.BELT,
        Check.KIOSK,
        Check.RAILS,
    )
    assert (status.grants, status.revokes, status.reason, status.latched) == (0, 0, None, ())
    assert core.limits == Limits()
    refused = core.command(RequestPermit(), 0)
    assert refused == Refused("request_permit", (*status.failing, *status.causes))
    assert guard.run(3.0).status().speed_kmh == 0.0


def test_a_walk_is_granted_and_measured() -> None:
    guard = Guard(kmh=1.0).walk()
    status = guard.status()
    assert guard.core.permit
    assert status.permit
    assert (status.grants, status.revokes) == (1, 0)
    assert status.speed_kmh == pytest.approx(1.0, rel=0.002)
    assert status.at_rest is False
    assert status.odometer_m == pytest.approx((7.1 - START_S - 0.5) / 3.6, abs=0.01)
    assert (status.t_ns, status.frames) == (guard.now, Frames(accepted=356))
    assert status.pins.rail_left
    assert status.rails_opened == (True, True)


@pytest.mark.parametrize(
    ("facing", "invert", "sign"),
    [("away", False, 1), ("away", True, -1), ("console", False, -1), ("console", True, 1)],
)
def test_speed_and_way_are_positive_when_the_person_walks_backwards(
    facing: Literal["away", "console"], invert: bool, sign: int
) -> None:
    guard = Guard(kmh=0.5, facing=facing, invert=invert).run(8.0)
    assert guard.status().speed_kmh == pytest.approx(sign * 0.5, rel=0.01)
    assert guard.status().odometer_m == pytest.approx(sign * 3.5 * 0.5 / 3.6, abs=0.01)


def test_the_speed_is_unknown_once_no_frame_was_used_for_half_a_second() -> None:
    guard = Guard().run(3.0)
    last_ns = guard.now
    assert guard.frames[0].t * S == last_ns + 20 * MS, "a frame came just now"
    guard.core.step(last_ns + 500 * MS - 1)
    assert guard.core.status(0).speed_kmh == 0.0
    guard.core.step(last_ns + 500 * MS)
    status = guard.core.status(last_ns + 500 * MS)
    assert status.speed_kmh is None
    assert status.at_rest is None
    assert status.causes == (Reason.SENSOR_LOST,)


def test_a_site_that_bears_a_mute_sensor_for_longer_knows_its_speed_no_longer() -> None:
    guard = Guard(limits=Limits(sensor_lost_ns=S)).run(3.0)
    guard.pins(rail_left=False, rail_right=False).run(0.1).pins(rail_left=True, rail_right=True)
    guard.say(BeginCheck(TERMS))
    guard.run(0.02)
    guard.muted = True
    guard.run(0.52)
    status = guard.status()
    assert (status.speed_kmh, status.at_rest) == (None, None)
    assert status.causes == (), "it is not lost yet"
    answer = guard.say(RequestPermit())
    assert isinstance(answer, Refused)
    assert {Check.SENSOR, Check.BELT} <= set(answer.failing)
    assert guard.run(0.5).status().causes == (Reason.SENSOR_LOST,)


def test_a_sensor_that_speaks_but_cannot_be_used_is_faulty_not_lost() -> None:
    guard = Guard().run(3.0)
    guard.mark = 0x01
    guard.run(1.0)
    status = guard.status()
    assert status.causes == (Reason.SENSOR_FAULT,)
    assert status.sensor_fault is not None
    assert status.speed_kmh is None
    guard.mark = 0
    guard.run(0.1)
    assert guard.status().sensor_fault is None
    assert guard.status().causes == ()


def test_the_safety_key_is_a_status_bit_or_a_pin_of_its_own() -> None:
    guard = Guard().run(3.0)
    guard.mark = 0x04
    assert guard.run(0.1).status().causes == (Reason.SAFETY_KEY,)
    assert not guard.status().pins.key
    for _ in range(5):  # a frame comes at every second pass: it is out until one says otherwise
        assert guard.run(0.01).status().causes == (Reason.SAFETY_KEY,)
    guard.mark = 0
    assert guard.run(0.1).status().causes == ()
    assert guard.pins(key=False).run(0.1).status().causes == (Reason.SAFETY_KEY,)


@pytest.mark.parametrize("channel", ["estop", "estop_b"])
def test_either_channel_stops_at_once_and_a_disagreement_shows_after_a_tenth(channel: str) -> None:
    guard = Guard().pins(estop_b=True).walk()
    guard.pins(**{channel: False}).run(0.01)
    assert not guard.core.permit
    assert guard.status().reason == Reason.ESTOP
    assert not guard.status().pins.estop
    since = guard.now
    for later, disagree in ((100 * MS - 1, False), (100 * MS, True)):
        guard.core.step(since + later)
        assert guard.core.status(since + later).pins.estop_disagree is disagree
    other = {"estop": "estop_b", "estop_b": "estop"}[channel]
    guard.pins(**{other: False}).run(0.2)
    assert not guard.status().pins.estop_disagree, "both are open: they agree"
    guard.pins(**{channel: True}).run(0.05)
    assert not guard.status().pins.estop_disagree, "a disagreement counts from its beginning"


def test_a_site_with_one_channel_has_nothing_that_could_disagree() -> None:
    guard = Guard().run(3.0)
    assert guard.status().pins.estop
    guard.pins(estop=False).run(1.0)
    assert guard.status().causes == (Reason.ESTOP,)
    assert not guard.status().pins.estop_disagree


def test_every_pin_is_told_as_it_is() -> None:
    guard = Guard().run(0.1)
    assert set(PIN_NAMES) == {
        "estop",
        "estop_b",
        "rail_left",
        "rail_right",
        "stop_button",
        "key",
        "relay",
    }
    for name in ("estop", "key", "rail_left", "rail_right", "stop_button"):
        for level in (True, False):
            guard.pins(**{name: level}).run(0.01)
            assert getattr(guard.status().pins, name) is level


def test_the_relays_feedback_is_looked_at_only_where_there_is_one() -> None:
    for feedback in (True, False):
        guard = Guard(relay_feedback=feedback).run(3.0).pins(relay=True).run(0.1)
        assert (Check.RELAY in guard.status().failing) is feedback


def test_identity_and_counters_are_told_and_a_half_line_of_a_lost_port_is_forgotten() -> None:
    guard = Guard()
    core = guard.core
    assert (guard.status().sensor_serial, guard.status().sensor_firmware) == (None, None)
    core.feed(line("SWI,1,SN7,1.2"), 0)
    core.feed(b"rubbish\n", 0)
    core.step(0)
    assert (guard.status().sensor_serial, guard.status().sensor_firmware) == ("SN7", "1.2")
    assert guard.status().frames == Frames(accepted=0, rejected=1)
    assert Reason.SENSOR_LOST in guard.status().causes, "an identity is no frame"
    core.feed(b"$SWB,1,200", 0)
    core.port_reopened()
    core.feed(line("SWB,1,20000,0,0,00"), 0)
    assert guard.status().frames == Frames(accepted=1, rejected=1)
    core.feed(line("SWB,4,80000,0,0,00"), 60 * MS)
    assert guard.status().frames == Frames(accepted=2, rejected=1, lost=2)
    assert core.status(0, port_error="gone").port_error == "gone"
    assert guard.status().port_error is None


# --- commands ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["patron", "pause", "finished", "no_motion", "closed"])
def test_a_revoke_takes_effect_in_the_next_pass_and_once(reason: Any) -> None:
    guard = Guard(kmh=1.0).walk()
    assert guard.say(Revoke(reason)) is None
    assert guard.core.permit
    guard.run(0.01)
    assert not guard.core.permit
    assert guard.status().reason == reason
    assert guard.status().latched == ((Reason.PATRON,) if reason == "patron" else ())
    assert guard.run(0.01).status().causes == ()
    assert guard.status().revokes == 1
    assert guard.status().coasting


def test_a_revoke_is_judged_with_everything_else_that_came_before_the_pass() -> None:
    guard = Guard().walk()
    guard.say(Revoke("patron"))
    guard.pins(estop=False).run(0.01)
    assert guard.status().reason == Reason.ESTOP
    assert guard.status().latched == (Reason.ESTOP, Reason.PATRON)


def test_a_stop_and_a_request_in_one_pass_leave_the_permit_off() -> None:
    guard = Guard().run(3.0).pins(rail_left=True, rail_right=True).run(0.1)
    guard.say(BeginCheck(TERMS))
    guard.say(Revoke("patron"))
    assert guard.say(RequestPermit()) == Refused("request_permit", (Reason.PATRON,))
    assert guard.run(0.49).say(RequestPermit()) == Refused("request_permit", (Reason.PATRON,))
    assert guard.run(0.01).say(RequestPermit()) is None
    guard.say(Revoke("patron"))
    assert guard.say(RequestPermit()) == Refused(
        "request_permit", (Check.LATCH, Check.RAILS_OPENED, Reason.PATRON)
    )
    assert not guard.core.permit


def test_a_ready_check_clears_what_a_revoke_just_before_it_latched() -> None:
    guard = Guard().walk()
    guard.say(Revoke("patron"))
    assert guard.say(BeginCheck(TERMS)) is None
    assert not guard.core.permit
    assert guard.run(0.01).status().latched == ()


def test_a_ready_check_is_refused_with_the_permit_on_and_in_service_mode() -> None:
    guard = Guard().walk()
    assert guard.say(BeginCheck(TERMS)) == Refused("begin_check", ("permit",))
    assert guard.core.permit
    guard = Guard().run(3.0)
    assert guard.say(Service(on=True)) is None
    assert guard.say(BeginCheck(TERMS)) == Refused("begin_check", ("service",))


def test_the_end_of_the_session_takes_a_permit_that_is_still_on() -> None:
    guard = Guard(kmh=1.0).walk()
    assert guard.say(EndSession()) is None
    assert not guard.core.permit
    assert guard.status().reason == "closed"
    assert guard.core.state.terms is None
    assert not guard.core.state.in_session
    assert guard.run(0.01).status().latched == ()


def test_the_end_of_the_session_comes_after_a_revoke_that_was_sent_just_before_it() -> None:
    guard = Guard(kmh=1.0).walk()
    guard.say(Revoke("patron"))
    guard.say(EndSession())
    assert guard.status().reason == Reason.PATRON
    assert guard.core.state.terms is None


def test_the_end_of_a_session_without_a_permit_does_not_ask_for_open_rails_again() -> None:
    guard = Guard().walk()
    guard.say(Revoke("finished"))
    guard.pins(rail_left=False, rail_right=False).run(0.1)
    guard.pins(rail_left=True, rail_right=True).run(0.1)
    guard.say(EndSession())
    assert guard.status().rails_opened == (True, True)
    assert guard.core.state.terms is None


def test_service_mode_is_left_after_a_revoke_that_was_sent_just_before_it() -> None:
    guard = Guard().run(3.0)
    assert guard.say(Service(on=True)) is None
    assert guard.say(RequestPermit()) is None
    assert guard.status().service
    assert guard.say(Service(on=False)) == Refused("service", ("session",))
    guard.say(Revoke("closed"))
    assert guard.say(Service(on=False)) is None
    assert not guard.status().service


def test_service_mode_is_refused_in_a_session() -> None:
    guard = Guard().walk()
    assert guard.say(Service(on=True)) == Refused("service", ("session",))


def test_staff_clear_what_can_be_cleared_and_hear_what_cannot() -> None:
    guard = Guard().walk()
    guard.pins(estop=False, key=False).run(0.01)
    guard.pins(estop=True)
    assert guard.say(ClearLatches()) == Refused("clear", (Reason.ESTOP, Reason.SAFETY_KEY))
    guard.run(0.1)
    assert guard.say(ClearLatches()) == Refused("clear", (Reason.SAFETY_KEY,))
    guard.pins(key=True)
    assert guard.say(ClearLatches()) is None
    assert guard.status().latched == ()


def test_a_kiosk_that_falls_silent_is_lost_and_one_that_goes_at_once() -> None:
    guard = Guard().walk()
    guard.alive = False
    guard.run(0.89)
    assert guard.core.permit
    assert guard.run(0.01).status().reason == Reason.KIOSK_LOST

    guard = Guard().walk()
    guard.alive = False
    guard.core.kiosk_gone()
    assert guard.run(0.01).status().reason == Reason.KIOSK_LOST


@pytest.mark.parametrize("service", [False, True])
def test_a_kiosk_that_goes_is_gone_though_another_is_alive_in_the_same_pass(
    *, service: bool
) -> None:
    guard = Guard() if service else Guard().walk()
    if service:
        guard.run(3.0).say(Service(on=True))
        assert guard.status().service
    guard.core.kiosk_gone()
    guard.say(Alive())
    status = guard.run(0.01).status()
    assert (status.permit, status.service) == (False, False)
    assert service or status.reason == Reason.KIOSK_LOST
    assert Reason.KIOSK_LOST not in guard.run(0.01).status().causes, "its successor is alive"


def test_what_is_said_to_the_server_changes_nothing_here() -> None:
    guard = Guard().walk()
    before = guard.core.state
    for message in (Hello(version=1, role="kiosk"), SendRaw(on=True)):
        assert guard.say(message) is None
    assert guard.core.state is before


def test_the_rails_warning_and_the_revoke_come_at_their_times() -> None:
    guard = Guard().walk().pins(rail_left=False, rail_right=False).run(0.01)
    assert guard.run(0.99).status().rails_warning == "none"
    assert guard.run(0.01).status().rails_warning == "no_hands"
    assert guard.run(0.99).core.permit
    assert guard.run(0.01).status().reason == Reason.RAILS_RELEASED


def test_statuses_that_differ_only_in_time_and_measure_are_the_same() -> None:
    status = Guard().walk().status()

    def changed(**fields: Any) -> Status:
        return msgspec.structs.replace(status, **fields)

    for fields in (
        {"t_ns": 1},
        {"speed_kmh": 1.0},
        {"odometer_m": 9.0},
        {"frames": Frames(1, 2, 3)},
    ):
        assert same_but_time(status, changed(**fields))
        assert same_but_time(changed(**fields), status)
    for fields in ({"permit": False}, {"grants": 9}, {"at_rest": None}, {"causes": ("estop",)}):
        assert not same_but_time(status, changed(**fields))


@pytest.mark.parametrize(
    ("pin", "reason"),
    [
        ("estop", Reason.ESTOP),
        ("estop_b", Reason.ESTOP),
        ("key", Reason.SAFETY_KEY),
        ("stop_button", Reason.PATRON),
    ],
)
def test_an_unsafe_level_that_is_over_before_the_next_pass_is_judged_all_the_same(
    pin: str, reason: Reason
) -> None:
    guard = Guard(kmh=1.2).walk()
    safe = pin != "stop_button"
    guard.pins(**{pin: safe}).run(0.05)
    assert guard.core.permit
    guard.core.set_pin(pin, not safe)
    guard.core.set_pin(pin, safe)
    guard.run(0.01)
    assert not guard.core.permit
    assert guard.status().reason == reason
    guard.run(0.01)
    assert reason not in guard.status().causes, "it was judged once"


def test_a_key_pulled_in_one_frame_of_a_burst_is_judged_all_the_same() -> None:
    guard = Guard(kmh=1.2).walk()
    first, second = guard.frames[0]._replace(status=4), guard.frames[1]
    guard.core.feed(first.line + second.line, guard.now + 1)
    guard.run(0.01)
    assert guard.status().reason == Reason.SAFETY_KEY
