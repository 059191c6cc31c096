"""What is said by what a site has, and of the page that stands there before a walk."""

from __future__ import annotations

from kiosk.cues import words
from kiosk.cues.speaking import Site, Told, speak
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
    for text in ("Clip the lanyard on.", words.YOU_START, words.TURN_ROUND, words.STOP_WITHOUT):
        assert said.count(text) == 1
    assert said.count(words.RATE) == 1  # of the page before


def test_the_rules_come_again_with_their_page() -> None:
    said = heard(chosen((0.0, "rules"), (5.0, ""), (6.0, "rules")))
    assert said.count(words.TURN_ROUND) == 2


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


def test_where_a_helper_works_the_belt_they_are_asked_to() -> None:
    ended = walk(walked_s=300.0)
    over = [
        (snapshot(Phase.WALKING, seen=MOVING, walking=ended), ""),
        (snapshot(Phase.FINISHING, seen=MOVING, walking=ended), ""),
    ]
    alone, helped = heard(over), heard(over, Site(starts_belt="helper"))
    assert alone[:2] == [words.FINISHED, words.STOP_BELT]
    assert helped[:2] == [words.FINISHED, words.STOP_BELT_HELPED]


def test_a_countdown_that_is_broken_off_says_so() -> None:
    count = snapshot(Phase.COUNTDOWN, walking=walk())
    said = heard([(count, ""), (snapshot(Phase.CHECKING, walking=walk()), "")])
    assert words.COUNT_STOPPED in said
