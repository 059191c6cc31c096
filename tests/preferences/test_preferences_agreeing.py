"""What a guard is told of the settings, when, and what a person hears of it."""

from __future__ import annotations

import pytest

from hardware.link import Configure, ToGuard, Welcome
from kiosk.preferences.agreeing import Agreement
from kiosk.session.actions import Refusal

S = 1_000_000_000
OLD = Configure("away", 5.0, invert=False, cap_kmh=4.0)
NEW = Configure("console", 4.8, invert=True, cap_kmh=3.0)


def welcome(of: Configure) -> Welcome:
    return Welcome(
        1, of.facing, of.mm_per_count, of.cap_kmh, "level", False, 1.0, 2.0, invert=of.invert
    )


class Link:
    def __init__(self) -> None:
        self.said: list[ToGuard] = []

    def send(self, message: ToGuard) -> None:
        self.said.append(message)


@pytest.fixture
def link() -> Link:
    return Link()


def test_a_guard_that_holds_it_is_told_nothing(link: Link) -> None:
    agreement = Agreement(OLD)
    agreement.settle(0, link.send, idle=True)
    assert link.said == [], "nobody is there"
    agreement.welcome(welcome(OLD))
    agreement.settle(1, link.send, idle=True)
    assert link.said == []
    assert agreement.fault() == ()


def test_a_guard_with_other_values_is_told_once_a_second_until_it_agrees(link: Link) -> None:
    agreement = Agreement(NEW)
    agreement.welcome(welcome(OLD))
    assert "has not taken" in str(agreement.fault()[0])
    for now in (0, S // 2, S, S + S // 2):
        agreement.settle(now, link.send, idle=True)
    assert link.said == [NEW, NEW]
    agreement.welcome(welcome(NEW))
    agreement.settle(3 * S, link.send, idle=True)
    assert link.said == [NEW, NEW]
    assert agreement.fault() == ()


def test_while_a_session_is_led_nothing_is_told(link: Link) -> None:
    agreement = Agreement(NEW)
    agreement.welcome(welcome(OLD))
    agreement.settle(0, link.send, idle=False)
    assert link.said == []
    assert agreement.fault() != ()


def test_a_change_ends_when_the_guard_says_that_it_holds(link: Link) -> None:
    agreement = Agreement(OLD)
    agreement.welcome(welcome(OLD))
    answer = agreement.ask(NEW)
    assert agreement.pending()
    agreement.settle(0, link.send, idle=True)
    assert link.said == [NEW]
    assert not answer.done()
    agreement.welcome(welcome(NEW))
    assert answer.result(0) is None
    assert not agreement.pending()


def test_a_refusal_says_why_and_what_held_goes_on(link: Link) -> None:
    agreement = Agreement(OLD)
    agreement.welcome(welcome(OLD))
    answer = agreement.ask(NEW)
    agreement.settle(0, link.send, idle=True)
    agreement.refused(("session", "moving"))
    with pytest.raises(Refusal, match="A session is under way"):
        answer.result(0)
    assert agreement.fault() == ()
    agreement.settle(5 * S, link.send, idle=True)
    assert link.said == [NEW]


def test_who_asks_while_a_session_is_led_hears_so_at_once(link: Link) -> None:
    agreement = Agreement(OLD)
    agreement.welcome(welcome(OLD))
    answer = agreement.ask(NEW)
    agreement.settle(0, link.send, idle=False)
    with pytest.raises(Refusal, match="A session is under way"):
        answer.result(0)
    assert link.said == []


def test_nobody_waits_for_ever(link: Link) -> None:
    agreement = Agreement(OLD)
    answer = agreement.ask(NEW)
    agreement.settle(0, link.send, idle=True)
    assert not answer.done()
    agreement.settle(3 * S, link.send, idle=True)
    with pytest.raises(Refusal, match="does not answer"):
        answer.result(0)
    assert not agreement.pending()


def test_one_change_at_a_time() -> None:
    agreement = Agreement(OLD)
    agreement.ask(NEW)
    with pytest.raises(Refusal, match="Another change"):
        agreement.ask(OLD).result(0)


def test_what_holds_already_is_answered_at_the_next_look(link: Link) -> None:
    agreement = Agreement(OLD)
    agreement.welcome(welcome(OLD))
    answer = agreement.ask(OLD)
    agreement.settle(0, link.send, idle=True)
    assert answer.result(0) is None
    assert link.said == []


def test_a_new_guard_is_told_anew(link: Link) -> None:
    agreement = Agreement(NEW)
    agreement.welcome(welcome(NEW))
    agreement.gone()
    assert agreement.fault() == (), "that there is no guard says somebody else"
    agreement.welcome(welcome(OLD))
    agreement.settle(0, link.send, idle=True)
    assert link.said == [NEW]
