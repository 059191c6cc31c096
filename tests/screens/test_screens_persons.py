"""The words and shapes for somebody with a profile. No Kivy."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hardware.link import RailsMode
from kiosk.cues.checks import rule_words
from kiosk.screens import moving, naming, persons, results, trends
from kiosk.screens.presenters import THEN
from kiosk.session.model import Phase
from profiles.about import load_about, load_briefing
from profiles.progression import Kind
from tests.screens.fake import MOVING, snapshot, status, walk
from tests.screens.fake_patron import (
    EXPIRED,
    HELD,
    LONG,
    PAST,
    SAM,
    UPHILL,
    point,
    prescribed,
    stepped,
)
from tests.screens.patron_scenes import plan_of

ABOUT = load_about("Ring Ms Lee, 555-0199.")


@pytest.mark.parametrize("name", ["persons", "naming", "trends"])
def test_these_presenters_know_no_kivy(name: str) -> None:
    source = Path(persons.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not any(n.split(".")[0] == "kivy" for n in names)


def test_every_letter_digit_and_the_dash_is_two_taps_away() -> None:
    wanted = {*"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"}
    assert {letter for group in naming.GROUPS for letter in group} == wanted
    assert sum(map(len, naming.GROUPS)) == len(wanted)
    for group in naming.GROUPS:
        assert len(group) <= 6
        assert "".join(naming.key_words(group)).replace(" ", "") == group


def test_what_is_typed_has_an_end_and_is_in_no_repr() -> None:
    flow = naming.NameFlow()
    for _ in range(99):
        flow.letter("W")
    assert len(flow.who) == naming.MOST
    assert "WWW" not in repr(flow)
    assert naming.tails("SAM") == ("SAM",)
    assert naming.tails("CHRISTA")[1:3] == ("…HRISTA", "…RISTA")
    flow.forget()
    assert flow.who == ""


@pytest.mark.parametrize(
    ("kind", "now", "then", "words"),
    [
        ("minutes", 11, 12, "New today: 1 minute more"),
        ("minutes", 10, 12, "New today: 2 minutes more"),
        ("minutes", 10, 10.5, "New today: 0.5 minutes more"),
        ("speed", 1.6, 1.7, "New today: up to 1.7 km/h"),
        ("speed", 1.60, 1.64, "New today: a little faster"),
        ("incline", 6, 7.5, "New today: incline 7.5\u00a0%"),
    ],
)
def test_a_step_of_the_progression_in_words(
    kind: Kind, now: float, then: float, words: str
) -> None:
    assert persons.mine_view(stepped(kind, now, then), ABOUT).new == words


def test_nothing_is_new_on_other_days() -> None:
    assert persons.mine_view(SAM, ABOUT).new == ""


def test_the_incline_is_said_where_there_is_one() -> None:
    assert persons.mine_view(SAM, ABOUT).incline == ""
    assert persons.mine_view(UPHILL, ABOUT).incline == "Incline up to 7\u00a0%"
    flat = tuple(replace(step, incline_pct=3.0) for step in prescribed().steps)
    assert persons.incline_words(flat) == "Incline 3\u00a0%"


def test_the_hands_are_as_prescribed() -> None:
    assert persons.mine_view(SAM, ABOUT).rails == "Both hands on the rails"
    assert persons.mine_view(UPHILL, ABOUT).rails == "One hand on a rail"
    assert persons.mine_view(LONG, ABOUT).rails == "No rails needed"


def test_a_plan_of_many_steps_is_drawn_without_words() -> None:
    step = prescribed().steps[0]
    bars = persons.step_bars([step] * 60)
    assert len(bars) == 60
    assert not any(bar.under or bar.inside for bar in bars)
    assert sum(bar.width for bar in bars) == pytest.approx(1.0)


@pytest.mark.parametrize("person", [HELD, EXPIRED])
def test_a_halt_names_the_therapist_and_whom_to_ask_and_no_reason(person: Any) -> None:
    view = persons.mine_view(person, ABOUT)
    assert "therapist" in " ".join(view.halt)
    assert view.ask == "Ring Ms Lee, 555-0199."
    assert not persons.mine_view(SAM, ABOUT).halt


def test_long_names_are_cut_for_a_greeting() -> None:
    assert persons.short_names("Sam") == ("Sam", "Sam", "Sam")
    long = persons.short_names("Maximiliane-Friederike von Tal")
    assert long[1] == "Maximiliane-Friederike"
    assert len(long[2]) == persons.NAME


def test_the_trend_has_the_last_sessions_and_their_days() -> None:
    trend = trends.trend(PAST)
    assert trend is not None
    assert len(trend.bars) == trends.LAST
    assert trend.days == ("10 Sep", "25 Sep")
    assert [bar.strong for bar in trend.bars] == [False] * 5 + [True]
    assert trend.bars[-1].under[0] == f"2{THEN}1"
    assert max(bar.share for bar in trend.bars) == 1.0
    assert trends.trend(()) is None


def test_few_sessions_have_a_day_each_and_unknowns_are_dashes() -> None:
    none = point(1, day=None, pain_before=None, pain_after=None, distance_m=0.0)
    half = point(2, pain_before=None)
    trend = trends.trend((none, half))
    assert trend is not None
    assert trend.days == ("–", "7 Sep")
    assert [bar.under[0] for bar in trend.bars] == ["–", f"–{THEN}3"]
    assert trend.bars[0].share > 0


def test_long_ways_are_in_kilometres() -> None:
    trend = trends.trend((point(1, distance_m=999.0), point(2, distance_m=1200.0)))
    assert trend is not None
    assert trend.unit == "Distance in kilometres"
    assert [bar.over[0] for bar in trend.bars] == ["1.00", "1.20"]


def test_without_a_note_what_was_measured_tells_whether_it_is_the_same_walk() -> None:
    made = walk(
        plan=plan_of(SAM), walked_s=720.0, outcome="completed", pain_before=2, pain_after=1, rpe=12
    )
    same = point(9, walked_s=720.0, distance_m=259.2, pain_before=2, pain_after=1, rpe=12)
    for past, count in (((same,), 1), ((same._replace(distance_m=300.0),), 2), ((), 1)):
        trend = trends.trend_with(past, made, None)
        assert trend is not None
        assert len(trend.bars) == count
        assert trend.days[-1] == "today"


def test_a_first_walk_that_is_kept_already_is_drawn_once() -> None:
    made = walk(plan=plan_of(SAM), walked_s=720.0, outcome="completed")
    assert trends.last_seq(replace(SAM, past=())) == 0
    trend = trends.trend_with((point(1),), made, 0)
    assert trend is not None
    assert len(trend.bars) == 1
    assert trends.last_seq(None) is None


def test_the_hold_is_said_to_whoever_has_a_profile_and_to_no_guest() -> None:
    hurt: dict[str, Any] = {"pain_before": 3, "pain_after": 7}
    first = results.advice(walk(plan=plan_of(SAM), **hurt))[0]
    assert "on hold" in first.text and first.strong
    assert "on hold" not in results.advice(walk(**hurt))[0].text
    strict = walk(plan=plan_of(SAM, rpe_limit=11), rpe=11)
    assert "on hold" in results.advice(strict)[0].text
    assert results.advice(walk(plan=plan_of(SAM), pain_before=2, pain_after=3, rpe=11)) == ()


def test_the_name_is_in_the_title_and_in_no_qr_code() -> None:
    made = snapshot(Phase.SUMMARY, walking=walk(plan=plan_of(SAM), outcome="completed"))
    view = results.summary_view(made, "Sam")
    assert view is not None
    assert view.title == "Well done, Sam!"
    assert "Sam" not in view.qr_text
    assert "P-7F3K" not in view.qr_text


def test_the_figures_of_the_hands_follow_the_rails_mode() -> None:
    for person, name in ((SAM, "Both hands"), (UPHILL, "One hand"), (LONG, "Top km/h")):
        made = snapshot(Phase.SUMMARY, walking=walk(plan=plan_of(person), walked_s=60.0))
        view = results.summary_view(made)
        assert view is not None
        assert view.figures[3].name == name


def test_the_rule_of_the_rails_says_what_the_plan_asks() -> None:
    rules = load_briefing().rules
    modes: tuple[RailsMode, ...] = ("both", "one", "none")
    said = {mode: [rule_words(rule, mode) for rule in rules] for mode in modes}
    assert said["both"][1] == "Keep both hands on the rails."
    assert said["one"][1] == "Keep one hand on a rail."
    assert said["none"][1] == "You need not hold the rails."
    assert len({tuple(texts[::2]) for texts in said.values()}) == 1


def test_the_next_incline_is_shown_where_it_is_another_one() -> None:
    def view(walked_s: float) -> moving.WalkView:
        made = walk(plan=plan_of(UPHILL), walked_s=walked_s)
        found = moving.walk_view(snapshot(Phase.WALKING, seen=MOVING, walking=made))
        assert found is not None
        return found

    assert view(60).steps[0] == "warm-up"
    assert view(60).next_steps[0] == f"{THEN} walk 7\u00a0%"
    assert view(200).next_steps[0] == f"{THEN} cool-down 0\u00a0%"
    assert view(200).next_steps[-2:] == (f"{THEN} coo\u2026 0\u00a0%", f"{THEN} 0\u00a0%")
    assert THEN not in view(200).next_steps
    assert view(400).next_steps[1:] == (f"{THEN} end", "")
    level = walk(plan=plan_of(SAM), walked_s=60)
    found = moving.walk_view(snapshot(Phase.WALKING, seen=MOVING, walking=level))
    assert found is not None
    assert not any("%" in words for words in found.next_steps)


def test_either_hand_will_do_where_one_is_asked_for() -> None:
    for hands, held in (((True, False), True), ((False, True), True), ((False, False), False)):
        seen = status(MOVING, hands=hands)
        made = walk(plan=plan_of(UPHILL), walked_s=60)
        view = moving.walk_view(snapshot(Phase.WALKING, seen=seen, walking=made))
        assert view is not None
        assert view.hands == (held,)
