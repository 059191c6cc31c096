"""Other settings for the real guard process: over the link, with the simulated belt behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.link import Configure, Refused, Welcome
from hardware.settings import SIMULATED_PINS, GuardSettings, Treadmill
from tests.hardware.guard_rig import Rig, connect, hear, running, wait_for

SETTINGS = GuardSettings(pins=SIMULATED_PINS, treadmill=Treadmill(cap_kmh=3.0))
HALF = Configure(facing="away", mm_per_count=2.5, invert=False, cap_kmh=2.0)


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with running(tmp_path_factory.mktemp("configure"), SETTINGS) as rig:
        yield rig


def welcomed(rig: Rig) -> Welcome:
    wait_for(lambda: rig.kiosk.others(Welcome), what="another welcome")
    found = rig.kiosk.others(Welcome)[-1]
    assert isinstance(found, Welcome)
    return found


def test_a_new_welcome_answers_and_the_speed_is_by_the_new_count(rig: Rig) -> None:
    wait_for(lambda: rig.kiosk.status.at_rest, what="a belt at rest")
    rig.kiosk.say(HALF)
    welcome = welcomed(rig)
    assert (welcome.mm_per_count, welcome.site_cap_kmh, welcome.facing) == (2.5, 2.0, "away")
    rig.grant(cap_kmh=3.0, rails="none")
    # The bench's belt counts every 5 mm, and each count is now taken for half of that.
    rig.speed(1.0)
    wait_for(
        lambda: (
            rig.kiosk.status.speed_kmh is not None and abs(rig.kiosk.status.speed_kmh - 0.5) < 0.05
        ),
        what="half the speed",
    )


def test_the_stricter_cap_holds_whatever_a_session_asks_for(rig: Rig) -> None:
    wait_for(lambda: rig.kiosk.status.at_rest, what="a belt at rest")
    rig.kiosk.say(Configure("away", 5.0, invert=False, cap_kmh=1.0))
    welcomed(rig)
    rig.grant(cap_kmh=3.0, rails="none")
    rig.speed(1.7)
    rig.fell()
    rig.stopped("overspeed")


def test_a_session_under_way_keeps_what_it_began_with(rig: Rig) -> None:
    rig.grant(kmh=1.0)
    rig.kiosk.say(HALF)
    wait_for(lambda: rig.kiosk.others(Refused), what="a refusal")
    refused = rig.kiosk.others(Refused)[-1]
    assert refused.command == "configure"
    assert {"permit", "session", "moving"} <= set(refused.failing)
    assert rig.kiosk.status.permit
    assert not rig.kiosk.others(Welcome)
    assert abs((rig.kiosk.status.speed_kmh or 0.0) - 1.0) < 0.1


def test_nobody_gets_past_the_guards_own_file(rig: Rig) -> None:
    rig.kiosk.say(Configure("away", 5.0, invert=False, cap_kmh=3.5))
    wait_for(lambda: rig.kiosk.others(Refused), what="a refusal")
    assert rig.kiosk.others(Refused)[-1] == Refused("configure", ("cap_kmh",))


def test_an_observer_changes_nothing_and_hears_what_holds(rig: Rig) -> None:
    from hardware.link import Hello, encode

    wait_for(lambda: rig.kiosk.status.at_rest, what="a belt at rest")
    rig.kiosk.say(HALF)
    welcomed(rig)
    with connect(rig.socket_path) as stranger:
        stranger.send(encode(Hello(1, "observer")))
        told = hear(stranger)
        assert isinstance(told, Welcome)
        assert told.mm_per_count == 2.5
        stranger.send(encode(Configure("away", 5.0, invert=False, cap_kmh=3.0)))
        wait_for(lambda: isinstance(hear(stranger), Refused), what="a refusal")
