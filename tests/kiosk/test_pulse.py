"""A session's thread that stands still behind a screen that moves: told, and no sign of life."""

from __future__ import annotations

from hardware.link import Reason
from kiosk.pulse import STUCK_NS, Pulse
from kiosk.session.model import Health, Phase
from tests.screens.fake import T0, snapshot, walk


class Clock:
    def __init__(self) -> None:
        self.ns = T0

    def __call__(self) -> int:
        return self.ns


def test_each_sign_of_life_needs_a_round_of_its_own() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    assert not pulse.renewed(), "nothing went round yet"
    pulse.beat()
    assert pulse.renewed()
    assert not pulse.renewed()
    clock.ns += 1
    pulse.beat()
    assert pulse.renewed()


def test_it_is_stuck_after_its_limit_and_not_before_nor_at_its_end() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    clock.ns += 10 * STUCK_NS
    assert not pulse.stuck(), "it never began"
    pulse.beat()
    clock.ns += STUCK_NS - 1
    assert not pulse.stuck()
    clock.ns += 1
    assert pulse.stuck()
    pulse.beat()
    assert not pulse.stuck()
    clock.ns += STUCK_NS
    pulse.end()
    assert not pulse.stuck()


def test_a_walk_behind_it_is_shown_as_one_whose_guard_is_lost() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    newest = snapshot(Phase.WALKING, walking=walk(walked_s=60.0), health=Health(guard=True))
    pulse.beat()
    assert pulse.seen(newest) is newest
    clock.ns += STUCK_NS
    shown = pulse.seen(newest)
    assert (shown.session.phase, shown.health.guard) == (Phase.STOPPED, False)
    assert shown.failing == ("guard",)
    assert shown.session.walk is not None
    assert shown.session.walk.stop_reason == Reason.GUARD_LOST
    assert shown.now_ns == clock.ns
    clock.ns += 5 * STUCK_NS
    later = pulse.seen(newest)
    assert later.session == shown.session, "it stopped once, not again and again"
    assert later.now_ns == clock.ns
    pulse.beat()
    assert pulse.seen(newest) is newest


def test_the_first_screen_behind_it_stays_and_says_so() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    newest = snapshot(health=Health(guard=True))
    pulse.beat()
    clock.ns += STUCK_NS
    shown = pulse.seen(newest)
    assert (shown.session.phase, shown.health.guard) == (Phase.IDLE, False)
