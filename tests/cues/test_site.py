"""What is said by what a site has, and of the page that stands there before a walk."""

from __future__ import annotations

import pytest

from hardware.link import Check
from kiosk.cues import belt, words
from kiosk.cues.belt import Site
from kiosk.cues.speaking import Told, speak
from kiosk.session.model import Phase, Snapshot
from tests.screens.fake import MOVING, snapshot, status, walk

HERE = Site()


def heard(changes: list[tuple[Snapshot, str]], site: Site = HERE) -> list[str]:
    told, before, found = Told(), changes[0][0], list[str]()
    for after, step in changes:
        now = speak(before, after, told, site, step)
        told, before = now.told, after
        found += [text for one in now.utterances for text in one.sentences]
    return found


def chosen(*steps: tuple[float, str]) -> list[tuple[Snapshot, str]]:
    return [(snapshot(Phase.CHOSEN, walking=walk(), past_s=at), step) for at, step in steps]


def test_the_rules_are_said_once_when_their_page_comes() -> None:
    said = heard(chosen((0.0, ""), *((40.0 + n, "rules") for n in range(80))))
    for text in ("Clip the lanyard on.", belt.YOU_START, belt.TURN_ROUND, words.STOP_WITHOUT):
        assert said.count(text) == 1
    assert said.count(words.RATE) == 1  # of the page before


def test_the_rules_come_again_with_their_page() -> None:
    said = heard(chosen((0.0, "rules"), (5.0, ""), (6.0, "rules")))
    assert said.count(belt.TURN_ROUND) == 2


def test_who_may_not_walk_today_is_told_so_and_asked_nothing() -> None:
    said = heard(chosen((0.0, ""), *((5.0 + n, "halt") for n in range(80))))
    assert said.count(words.NOT_TODAY) == 1
    assert said.count(words.RATE) == 1


def test_how_to_stop_is_by_what_the_site_has() -> None:
    walked = walk(walked_s=0.1)
    begun = [
        (snapshot(Phase.STARTING, seen=status(permit=True), walking=walked), ""),
        (snapshot(Phase.WALKING, seen=MOVING, walking=walked), ""),
    ]
    assert words.STOP_WITH_BUTTON in heard(begun, Site(stop_button=True))
    assert words.STOP_WITHOUT in heard(begun, Site(stop_button=False))


BEHIND = Site()
FRONT = Site(facing="console")
HELPED = Site(starts_belt="helper")


def over(site: Site) -> list[str]:
    ended = walk(walked_s=300.0)
    return heard(
        [
            (snapshot(Phase.WALKING, seen=MOVING, walking=ended), ""),
            (snapshot(Phase.FINISHING, seen=MOVING, walking=ended), ""),
        ],
        site,
    )


@pytest.mark.parametrize(
    ("site", "asks"),
    [
        (FRONT, belt.STOP_BELT),
        (HELPED, belt.STOP_BELT_HELPED),
        (Site(starts_belt="helper", facing="console"), belt.STOP_BELT_HELPED),
        (BEHIND, belt.STOPS_ITSELF),
        (Site(relay=False), belt.STOP_BELT_HELPED),
    ],
)
def test_how_the_belt_comes_to_rest_is_by_who_reaches_the_console(site: Site, asks: str) -> None:
    assert over(site)[:2] == [words.FINISHED, asks]


@pytest.mark.parametrize(
    ("site", "says"),
    [(BEHIND, belt.PRESS_BEHIND), (FRONT, belt.PRESS_SELF), (HELPED, belt.PRESS_HELPER)],
)
def test_who_presses_start_is_told_when_the_belt_may_run(site: Site, says: str) -> None:
    begun = [
        (snapshot(Phase.COUNTDOWN, walking=walk()), ""),
        (snapshot(Phase.STARTING, seen=status(permit=True), walking=walk()), ""),
    ]
    assert says in heard(begun, site)


@pytest.mark.parametrize("site", [BEHIND, HELPED, Site(starts_belt="helper", facing="console")])
@pytest.mark.parametrize("kmh", [0.5, 2.3])
def test_nobody_is_told_to_reach_behind_them_on_a_moving_belt(site: Site, kmh: float) -> None:
    off = [
        (snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=kmh), walking=walk(), past_s=at), "")
        for at in range(20)
    ]
    said = heard(off, site)
    assert not {belt.TOO_FAST, belt.TOO_SLOW, belt.SLOWER, belt.FASTER} & set(said)
    assert {belt.TOO_FAST_HELPED, belt.TOO_SLOW_HELPED} & set(said)
    in_reach = heard(off, FRONT)
    assert {belt.TOO_FAST, belt.TOO_SLOW} & set(in_reach)


def test_the_rules_say_where_to_turn_and_who_starts() -> None:
    def said(site: Site) -> tuple[str, ...]:
        return words.rules("both", site)

    assert {belt.TURN_ROUND, belt.PRESS_BEHIND, belt.NEVER_BACK} < set(said(BEHIND))
    assert {belt.STAND_ON, belt.PRESS_SELF, belt.NEVER_ON} < set(said(FRONT))
    assert {belt.TURN_ROUND, belt.PRESS_HELPER, belt.NEVER_ON} < set(said(HELPED))


def test_who_has_the_console_behind_them_is_told_to_turn_in_the_check() -> None:
    waits = walk(go_until_ns=10**15)
    shown = [
        (snapshot(Phase.CHECKING, walking=waits, failing=(Check.RAILS,), past_s=n / 4), "")
        for n in range(8)
    ]
    assert "Turn round and hold both rails. Then the countdown begins." in heard(shown, BEHIND)
    assert "Hold both rails. Then the countdown begins." in heard(shown, FRONT)


def test_a_countdown_that_is_broken_off_says_so() -> None:
    count = snapshot(Phase.COUNTDOWN, walking=walk())
    said = heard([(count, ""), (snapshot(Phase.CHECKING, walking=walk()), "")])
    assert words.COUNT_STOPPED in said
