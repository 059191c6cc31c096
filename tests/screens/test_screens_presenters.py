"""Snapshots in, words out: every phase and every reason. No Kivy here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from msgspec import structs

from hardware.link import STAFF_CLEARS, Check, RailsMode, Reason
from kiosk.cues.stops import CALL
from kiosk.screens import checks, moving, presenters, reasons, results, router, theme
from kiosk.session.model import Health, Phase, Session
from kiosk.session.plan import NS
from profiles.saying import saying
from tests.screens.fake import (
    ESTOP,
    LONG_PLAN,
    MOVING,
    PROGRAMS,
    snapshot,
    status,
    trace,
    walk,
)
from tests.screens.fake_staff import STATE

PURE = (
    "presenters",
    "moving",
    "checks",
    "reasons",
    "results",
    "router",
    "theme",
    "pins",
    "dates",
    "staffing",
    "choice",
    "exporting",
    "desktop_size",
)


PRESSED = "The emergency stop is pressed. Turn it until it springs out."


@pytest.mark.parametrize("name", PURE)
def test_presenters_know_no_kivy(name: str) -> None:
    source = Path(presenters.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not any(n.split(".")[0] == "kivy" for n in names)


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_one_screen(phase: Phase) -> None:
    name = router.route(Session(phase=phase), "home")
    assert name == ("home" if phase is Phase.IDLE else router.OF_PHASE[phase])
    hidden = router.route(Session(phase=phase), "pin") == "pin"
    assert hidden == (phase in router.PIN_IN)
    assert not (hidden and phase in {Phase.STARTING, Phase.WALKING, Phase.FINISHING})


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_what_happened_what_to_do_and_who_clears_it(reason: Reason) -> None:
    told = reasons.told(reason)
    assert told.what
    assert told.do
    assert reasons.by_staff(reason) == (reason in STAFF_CLEARS)
    # Where what to do has the staff called already, they are not named a second time.
    who = told.who[0] if told.who else "the staff, called" if told.do == CALL.shown else ""
    assert who
    assert (who == "Staff must clear this.") == (reason in STAFF_CLEARS)
    mend = reasons.mend(reason)
    assert mend.what.endswith(".")
    assert mend.first.endswith(".")


def test_a_stop_without_a_reason_is_a_pause_that_was_too_long() -> None:
    assert "pause" in reasons.told(None).what.lower()


@pytest.mark.parametrize("reason", Reason)
def test_the_stopped_screen_names_the_reason_and_offers_the_staff(reason: Reason) -> None:
    ended = walk(walked_s=9.0, outcome="safety_stop", stop_reason=str(reason))
    shown = snapshot(Phase.STOPPED, seen=status(latched=(reason,)), walking=ended)
    view = moving.stopped_view(shown)
    assert view is not None
    assert view.what == reasons.told(reason).what
    assert view.staff == (reason in STAFF_CLEARS)
    assert view.warn == (reason is not Reason.PATRON)


@pytest.mark.parametrize("reason", [None, *Reason])
@pytest.mark.parametrize("at_rest", [False, None])
def test_nobody_may_go_on_while_the_belt_runs_on(
    reason: Reason | None, at_rest: bool | None
) -> None:
    ended = walk(walked_s=9.0, stop_reason=reason and str(reason))
    seen = status(MOVING, permit=False, at_rest=at_rest, latched=(reason,) if reason else ())
    view = moving.stopped_view(snapshot(Phase.STOPPED, seen=seen, walking=ended))
    assert view is not None
    assert (view.who, view.lock) == ((), False)
    assert view.do == "Hold on until the belt stops."


@pytest.mark.parametrize(("at_rest", "going"), [(True, False), (False, True), (None, True)])
def test_stop_stays_until_the_belt_is_known_to_rest(at_rest: bool | None, going: bool) -> None:
    shown = snapshot(Phase.STOPPED, seen=status(at_rest=at_rest), walking=walk(walked_s=9.0))
    view = moving.stopped_view(shown)
    assert view is not None
    assert view.moving is going


@pytest.mark.parametrize("check", [*Check, "guard", "log", "incline"])
def test_every_check_has_a_word_a_sign_and_what_to_do(check: str) -> None:
    seen = status(latched=(Reason.ESTOP,) if check == Check.LATCH else ())
    walking = walk("ankle-uphill", walked_s=121)
    shown = snapshot(Phase.CHECKING, seen=seen, walking=walking, failing=(check,))
    view = checks.check_view(shown, turn=False)
    assert view.first == check
    assert view.do
    row = "rails" if check == Check.RAILS_OPENED else check
    assert [line.name for line in view.lines if not line.ok] == [str(row)]
    assert len(view.lines) <= checks.ROWS


def test_what_is_only_to_be_done_is_no_fault() -> None:
    def due(*failing: str, waiting: bool = False) -> set[str]:
        walking = walk("ankle-uphill", walked_s=121, go_until_ns=10**15 if waiting else None)
        seen = snapshot(Phase.CHECKING, walking=walking, failing=failing)
        view = checks.check_view(seen, turn=False)
        return {line.name for line in view.lines if line.due}

    assert due("incline", Check.RAILS) == {"incline", "rails"}
    assert due(Check.ESTOP, Check.RAILS) == {"rails"}
    assert due(Check.RAILS, waiting=True) == set()
    assert due(Check.RAILS, Check.RAILS_OPENED) == set()


def test_all_checks_at_once_show_the_gravest_first() -> None:
    shown = snapshot(Phase.CHECKING, walking=walk(), failing=("guard", "log", *Check), seen=ESTOP)
    view = checks.check_view(shown, turn=False)
    assert view.first == "guard"
    assert len(view.lines) == checks.ROWS
    assert not any(line.ok for line in view.lines)


@pytest.mark.parametrize(
    ("failing", "waiting", "turn", "says"),
    [
        ((), False, True, "All is ready. Tap\u00a0Start."),
        ((Check.RAILS,), False, False, "Tap Start, then hold both rails."),
        ((Check.RAILS,), False, True, "Tap Start, turn round, then hold both rails."),
        ((Check.RAILS,), True, False, "Hold both rails. Then the countdown begins."),
        (
            (Check.RAILS,),
            True,
            True,
            "Turn round and hold both rails. Then the countdown begins.",
        ),
        (
            (Check.RAILS, Check.RAILS_OPENED),
            False,
            True,
            "Let go of both rails once, then hold them.",
        ),
    ],
)
def test_what_to_do_in_the_check(
    failing: tuple[Check, ...], waiting: bool, turn: bool, says: str
) -> None:
    walking = walk(go_until_ns=10**15 if waiting else None)
    seen = snapshot(Phase.CHECKING, walking=walking, failing=failing)
    view = checks.check_view(seen, turn=turn)
    assert view.do == says
    assert view.waiting is waiting


def test_no_status_is_no_guard() -> None:
    view = checks.check_view(snapshot(Phase.CHECKING, walking=walk(), seen=None), turn=True)
    assert view.first == "guard"


@pytest.mark.parametrize(
    ("past_s", "number"), [(0.0, 3), (0.99, 3), (1.01, 2), (2.01, 1), (2.99, 1), (4.0, 1)]
)
def test_the_countdown_counts(past_s: float, number: int) -> None:
    shown = snapshot(Phase.COUNTDOWN, walking=walk(), past_s=past_s)
    assert checks.countdown_left(shown) == number


@pytest.mark.parametrize(
    ("kmh", "judged", "mark", "words"),
    [
        (1.2, "in", "check", ""),
        (2.04, "in", "check", ""),
        (2.06, "high", "slower", "Too fast"),
        (0.74, "low", "faster", "Too slow"),
        (None, "unknown", "warning", "Speed not known"),
    ],
)
def test_speed_is_judged_against_the_band(
    kmh: float | None, judged: str, mark: str, words: str
) -> None:
    shown = snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=kmh), walking=walk(walked_s=83.0))
    view = moving.walk_view(shown)
    assert view is not None
    assert view.judged == judged
    assert view.verdict == (mark, words)
    assert view.banner is None
    assert view.speed == ("–" if kmh is None else f"{kmh:.1f}")


@pytest.mark.parametrize(
    ("warning", "words"), [("one_hand", "Both hands!"), ("no_hands", "Hold the rails!")]
)
def test_hands_are_called_back_beside_the_speed(warning: str, words: str) -> None:
    seen = status(MOVING, speed_kmh=3.9, rails_warning=warning)
    view = moving.walk_view(snapshot(Phase.WALKING, seen=seen, walking=walk(walked_s=83.0)))
    assert view is not None
    assert view.banner is not None
    assert view.banner.text == words
    assert view.verdict.text == "Too fast"


@pytest.mark.parametrize(
    ("rails", "says", "calls"),
    [
        ("both", "Hold the rails", "Hold the rails!"),
        ("one", "Hold a rail", "Hold a rail!"),
        ("none", "Get ready", "Hold the rails!"),
    ],
)
def test_the_hands_do_what_the_plan_asks_of_them(rails: RailsMode, says: str, calls: str) -> None:
    assert (moving.hold(rails), moving.hold_now(rails)) == (says, calls)


def test_the_walk_in_numbers() -> None:
    view = moving.walk_view(snapshot(Phase.WALKING, seen=MOVING, walking=walk(walked_s=83.2)))
    assert view is not None
    assert (view.left, view.target, view.distance) == ("3:37", "0.8–2.0", "29 m")
    assert (view.steps[0], view.next_steps[0]) == ("walk", "\u203a cool-down")
    assert view.full_kmh > 2.4


def test_the_last_step_is_followed_by_the_end_and_long_names_by_short_ones() -> None:
    last = moving.walk_view(snapshot(Phase.WALKING, seen=MOVING, walking=walk(walked_s=290.0)))
    assert last is not None
    assert last.next_steps[0] == "then: the end"
    long = moving.walk_view(
        snapshot(Phase.WALKING, seen=MOVING, walking=walk(plan=LONG_PLAN, walked_s=3))
    )
    assert long is not None
    assert "step 1 of 3" in long.steps


def test_an_equal_snapshot_makes_an_equal_view() -> None:
    a = snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=1.2401), walking=walk(walked_s=83.2))
    b = snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=1.2404), walking=walk(walked_s=83.2))
    assert moving.walk_view(a) == moving.walk_view(b)


@pytest.mark.parametrize(
    ("fields", "words", "blocks"),
    [
        ({}, "Everything is fine.", 0),
        (
            {"seen": status(pins={"estop": False})},
            "The emergency stop is pressed. Turn it until it springs out.",
            1,
        ),
        ({"seen": status(pins={"key": False})}, "The safety key is out. Put it back.", 0),
        ({"seen": ESTOP}, "The emergency stop was pressed. Please call the staff.", 1),
        ({"seen": None}, "The safety guard does not answer. Wait a moment.", 1),
        (
            {"health": Health(log=(saying("full"),))},
            "The session log cannot be written. Please call the staff.",
            1,
        ),
        ({"failing": (Check.SENSOR,)}, "The belt sensor is silent. Please call the staff.", 1),
        ({"seen": status(latched=(Reason.RAILS_RELEASED,))}, "Everything is fine.", 0),
    ],
)
def test_the_health_line(fields: dict[str, object], words: str, blocks: int) -> None:
    view = presenters.idle_view(snapshot(**fields))  # type: ignore[arg-type]
    assert view.line == words
    assert len(view.blocked) == blocks
    assert view.healthy == (words == "Everything is fine.")


@pytest.mark.parametrize(
    ("fields", "alarmed"),
    [
        ({"causes": (Reason.PERMIT_INEFFECTIVE,)}, True),
        ({"latched": (Reason.PERMIT_INEFFECTIVE,), "at_rest": None}, True),
        ({"latched": (Reason.PERMIT_INEFFECTIVE,)}, False),
        ({"latched": (Reason.UNEXPECTED_MOTION,), "at_rest": False}, True),
        ({"causes": (Reason.UNEXPECTED_MOTION,), "at_rest": False}, False),
        ({"latched": (Reason.ESTOP,), "at_rest": False}, False),
    ],
)
def test_what_is_an_alarm(fields: dict[str, object], alarmed: bool) -> None:
    shown = snapshot(Phase.PAUSED, seen=status(**fields), walking=walk(walked_s=9.0))
    assert (moving.alarm(shown) is not None) is alarmed


def test_a_lost_guard_is_an_alarm_after_a_walk_only() -> None:
    lost = Health(guard=False)
    ended = walk(walked_s=9.0, stop_reason="guard_lost")
    shown = snapshot(Phase.STOPPED, seen=MOVING, walking=ended, health=lost)
    assert moving.alarm(shown) is not None
    assert moving.alarm(snapshot(seen=None, health=lost)) is None


def test_another_incline_is_asked_for() -> None:
    shown = snapshot(Phase.PAUSED, walking=walk("ankle-uphill", walked_s=120.0))
    view = moving.paused_view(shown)
    assert view is not None
    assert view.confirm_pct == 7.0
    plain = moving.paused_view(snapshot(Phase.PAUSED, walking=walk(walked_s=9.0)))
    assert plain is not None
    assert plain.confirm_pct is None


def test_cards() -> None:
    locked = presenters.card_view(PROGRAMS["ankle-uphill"], False)
    assert locked.locked
    assert not presenters.card_view(PROGRAMS["ankle-uphill"], True).locked
    easy = presenters.card_view(PROGRAMS["easy-walk"], False)
    assert (easy.speed, easy.minutes, easy.locked) == ("0.8–2.0 km/h", "5–20 min", False)


@pytest.mark.parametrize(
    ("before", "after", "rpe", "lines"),
    [
        (3, 4, 14, 0),
        (3, 5, 14, 2),
        (None, 6, 11, 2),
        (5, 6, 15, 3),
        (4, 6, 15, 4),
        (None, None, None, 0),
    ],
)
def test_advice_by_the_plan_s_stop_rules(
    before: int | None, after: int | None, rpe: int | None, lines: int
) -> None:
    ended = walk(walked_s=60.0, pain_before=before, pain_after=after, rpe=rpe)
    notes = results.advice(ended)
    assert len(notes) == lines
    # What to do comes first, and alone is strong.
    assert [note.strong for note in notes] == [True, *[False] * (lines - 1)][:lines]


def test_the_advice_stays_strong_where_staff_are_told_more() -> None:
    hurt = walk(walked_s=60.0, outcome="stopped", pain_before=3, pain_after=7, closed=True)
    full = Health(log=(saying("The disk is full."),))
    view = results.summary_view(snapshot(Phase.SUMMARY, walking=hurt, health=full))
    assert view is not None
    assert [note.strong for note in view.advice] == [True, False, False, False]
    assert "log cannot be written" in view.advice[-1].text


def test_the_summary_s_numbers_and_its_text_for_a_phone() -> None:
    done = walk(walked_s=300.0, outcome="completed", pain_before=3, pain_after=2, rpe=11)
    view = results.summary_view(snapshot(Phase.SUMMARY, walking=done))
    assert view is not None
    values = [figure.value for figure in view.figures]
    assert values == ["5:00", "108 m", "91 %", "97 %", "3 \u203a 2", "11"]
    assert "Distance: 108 m" in view.qr_text
    assert view.title == "Well done!"


def test_the_chart_breaks_where_the_speed_was_unknown() -> None:
    chart = results.chart_view(trace(), walk(walked_s=300.0))
    assert len(chart.speed) == 2
    assert len(chart.bands) == 3
    assert all(0 <= share <= 1 for part in chart.speed for share, _kmh in part)
    assert results.chart_view([], walk()).speed == ()


def test_scales_have_their_words() -> None:
    assert [results.pain_word(n) for n in (0, 3, 6, 9, 10)] == [
        "no pain",
        "mild",
        "moderate",
        "severe",
        "the worst",
    ]
    assert all(results.borg_word(n) for n in range(6, 21))


def _contrast(a: theme.Colour, b: theme.Colour) -> float:
    def light(colour: theme.Colour) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast() -> None:
    texts = [
        (theme.WHITE, theme.STOP_RED),
        (theme.ON_AMBER, theme.AMBER),
        (theme.BAD, theme.LIGHT.ground),
        (theme.BAD, theme.LIGHT.card),
        (theme.GOOD, theme.LIGHT.ground),
        (theme.LIGHT.accent, theme.LIGHT.card),
        (theme.AMBER, theme.DARK.ground),
        (theme.WHITE, theme.GOOD),
        (theme.WHITE, theme.BAD),
    ]
    for look in (theme.LIGHT, theme.DARK):
        texts += [
            (ink, under) for ink in (look.ink, look.dim) for under in (look.ground, look.card)
        ]
        texts += [(look.accent, look.ground), (look.on_accent, look.accent)]
        assert _contrast(look.line, look.ground) >= 3
    for ink, under in texts:
        assert _contrast(ink, under) >= 7, (ink, under)


def test_the_theme_s_scale() -> None:
    small = theme.Theme(800, 480, 5.289)
    assert small.u(1) == pytest.approx(5.58, abs=0.02)
    assert theme.Theme(1280, 800, 5.9).scale == pytest.approx(1.517, abs=0.01)
    assert theme.Theme(720, 1280, 8.25).portrait
    assert small.font(10) * theme.CAP_EM == pytest.approx(small.u(10))


def test_clock_counts_a_begun_second() -> None:
    assert [presenters.clock(s) for s in (0, 0.2, 59.9, 60, 61.5, -3)] == [
        "0:00",
        "0:01",
        "1:00",
        "1:00",
        "1:02",
        "0:00",
    ]
    assert presenters.metres(-2.0) == "0 m"
    assert results.share(1, 0) == "–"
    assert NS == 1_000_000_000


def test_a_site_without_a_relay_is_told_that_the_kiosk_only_warns() -> None:
    view = presenters.idle_view(snapshot(), relay=False)
    assert "only warns" in view.line
    assert not view.healthy
    pressed = presenters.idle_view(snapshot(seen=status(pins={"estop": False})), relay=False)
    assert "emergency stop" in pressed.line, "what is wrong now comes first"


def test_the_first_screen_sends_staff_to_the_faults_and_stops_nobody() -> None:
    whole = presenters.idle_view(snapshot(), staff=STATE)
    broken = presenters.idle_view(
        snapshot(),
        staff=structs.replace(STATE, faults=((saying("Record 2 is missing from the log."),),)),
    )
    assert (whole.line, whole.healthy) == ("Everything is fine.", True)
    assert (broken.line, broken.healthy) == ("Staff: please look at the faults.", False)
    assert broken.blocked == ()


@pytest.mark.parametrize("reason", [*Reason])
def test_nobody_is_told_to_step_off_a_belt_that_may_still_move(reason: Reason) -> None:
    shown = walk(stop_reason=str(reason), outcome="safety_stop")
    for at_rest in (False, None):
        seen = status(at_rest=at_rest, speed_kmh=None if at_rest is None else 0.8)
        view = moving.stopped_view(snapshot(Phase.STOPPED, walking=shown, seen=seen))
        assert view is not None
        assert view.moving
        assert "Step off" not in view.do
        assert "Hold on" in view.do
