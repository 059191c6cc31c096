"""Somebody with a profile: found or not, what they walk, and what their sessions do to it."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.library import LIBRARY, library_of
from kiosk.session.actions import Refusal
from kiosk.session.model import Phase
from kiosk.therapy.model import Person
from profiles.errors import LibraryUnusable
from profiles.importer import accept, look
from tests.kiosk.clocks import NOON
from tests.profiles.written import bundle, profile, taken
from tests.staff.rig import WITHIN_S, Rig
from tests.therapy.rig import PracticeRig, refusal

STEPS: dict[str, Any] = {
    "steps": [
        {"name": "in", "min": 1, "low_kmh": 0.5, "high_kmh": 0.8, "incline_pct": 0},
        {"name": "up", "min": 3, "low_kmh": 0.8, "high_kmh": 1.2, "incline_pct": 5},
    ]
}
PAM = profile(
    code="P-PAM",
    display_name="Pam",
    pin="1111",
    rails="one",
    language="de",
    screening_cleared=False,
    plan=STEPS,
    limits={"max_kmh": 1.4, "max_incline_pct": 6, "max_session_min": 5},
    stop_rules={"pain_at_or_above": 4, "pain_rise": 1, "rpe_at_or_above": 12},
)
AUTOMATIC = profile(progression={"every_sessions": 2, "add_min": 1})


@pytest.fixture(autouse=True)
def profiles(rig: PracticeRig) -> None:
    rig.take(bundle(profile(), PAM))


def found(rig: Rig, who: str, pin: str) -> Person:
    rig.patrons.find(who, pin).result(WITHIN_S)
    person = rig.patrons.person()
    assert person is not None
    return person


@pytest.mark.parametrize("who", ["Sam", "sam", " SAM ", "P-7F3K", "p-7f3k"])
def test_a_name_or_a_code_and_the_pin_find_the_person(rig: PracticeRig, who: str) -> None:
    person = found(rig, who, "4821")
    assert (person.code, person.name, person.why) == ("P-7F3K", "Sam", None)
    assert person.program_name == "Lower back"
    assert person.walk.minutes == 10
    assert person.screened


@pytest.mark.parametrize(
    ("who", "pin"),
    [("Sam", "1111"), ("Pam", "4821"), ("P-PAM", "4821"), ("Nobody", "4821"), ("", "4821")],
)
def test_the_answer_never_tells_what_was_wrong(rig: PracticeRig, who: str, pin: str) -> None:
    assert str(refusal(rig.patrons.find(who, pin))) == "Name and PIN do not fit. 4 tries left."
    assert rig.patrons.person() is None


def test_five_wrong_tries_lock_everybody_out_for_a_minute(rig: PracticeRig) -> None:
    for _ in range(5):
        refusal(rig.patrons.find("Sam", "0000"))
    assert "wait 1 minute" in str(refusal(rig.patrons.find("Pam", "1111")))


def test_a_right_pin_forgives_ones_own_wrong_tries(rig: PracticeRig) -> None:
    for _ in range(4):
        refusal(rig.patrons.find("Sam", "0000"))
    found(rig, "Sam", "4821")
    assert "4 tries left" in str(refusal(rig.patrons.find("Sam", "0000")))


@pytest.mark.parametrize("wrong", ["sam", "Sám Miller", "P-7F3K"])
def test_a_right_pin_buys_no_tries_at_somebody_of_the_same_name(
    rig: PracticeRig, wrong: str
) -> None:
    """The wrong ones may have been meant for the other one's PIN."""
    rig.take(profile(code="P-SAM", display_name="Sam Other", pin="5555"))
    for _ in range(4):
        refusal(rig.patrons.find(wrong, "0000"))
    found(rig, "sam", "5555")
    assert "wait 1 minute" in str(refusal(rig.patrons.find(wrong, "0001")))


def test_a_code_that_is_somebody_s_first_name_buys_no_tries_either(rig: PracticeRig) -> None:
    rig.take(profile(code="SAM", display_name="Bo", pin="5555"))
    for _ in range(4):
        refusal(rig.patrons.find("Sam", "0000"))
    assert found(rig, "SAM", "5555").code == "SAM"
    assert "wait 1 minute" in str(refusal(rig.patrons.find("Sam", "0001")))


def test_the_plan_has_the_profile_s_limits_rails_and_stop_rules(rig: PracticeRig) -> None:
    found(rig, "Pam", "1111")
    plan = rig.patrons.plan("P-PAM")
    assert (plan.cap_kmh, plan.rails, plan.screened) == (1.4, "one", False)
    assert (plan.pain_limit, plan.pain_rise, plan.rpe_limit) == (4, 1, 12)
    assert (plan.profile_code, plan.profile_version, plan.program_id) == ("P-PAM", 3, "own")
    assert [(step.s, step.high_kmh, step.incline_pct) for step in plan.steps] == [
        (60.0, 0.8, 0.0),
        (180.0, 1.2, 5.0),
    ]


def test_the_site_s_cap_is_not_passed(rig: PracticeRig) -> None:
    rig.take(profile(version=4, limits__max_kmh=5.0, plan={"steps": [{**STEP, "high_kmh": 5.0}]}))
    found(rig, "Sam", "4821")
    plan = rig.patrons.plan("P-7F3K")
    assert plan.cap_kmh == 4.0
    assert max(step.high_kmh for step in plan.steps) == 4.0
    person = rig.patrons.person()
    assert person is not None
    assert (person.walk.high_kmh, person.walk.cap_kmh) == (4.0, 4.0), "what is shown is walked"


def test_no_step_goes_past_the_site_s_cap(rig: PracticeRig) -> None:
    quick = {**STEP, "low_kmh": 3.0, "high_kmh": 4.0}
    rig.take(
        profile(
            version=4,
            limits__max_kmh=5.0,
            plan={"steps": [quick]},
            progression={"every_sessions": 2, "add_kmh": 0.3},
        )
    )
    library_of(rig.data).set_automatic("P-7F3K", True, "therapist")
    for _ in range(2):
        rig.walked(version=4)
    assert found(rig, "Sam", "4821").stepped is None
    assert library_of(rig.data).get("P-7F3K").state.added_kmh == 0


STEP: dict[str, Any] = {"name": "main", "min": 6, "low_kmh": 1.0, "high_kmh": 1.6}


def test_only_whoever_was_found_may_choose(rig: PracticeRig) -> None:
    with pytest.raises(Refusal, match="name and PIN first"):
        rig.patrons.plan("P-7F3K")
    found(rig, "Sam", "4821")
    with pytest.raises(Refusal, match="name and PIN first"):
        rig.patrons.plan("P-PAM")
    rig.patrons.leave()
    with pytest.raises(Refusal):
        rig.patrons.plan("P-7F3K")


def test_who_was_found_is_forgotten_when_they_begin_nothing(rig: PracticeRig) -> None:
    seconds = [0.0]
    rig.patrons._seconds = lambda: seconds[0]
    found(rig, "Sam", "4821")
    seconds[0] = 179.0
    rig.patrons.follow(Phase.IDLE, None)
    assert rig.patrons.person() is not None
    seconds[0] = 180.0
    rig.patrons.follow(Phase.IDLE, None)
    assert rig.patrons.person() is None


def test_who_walks_stays_until_the_first_screen_comes_back(rig: PracticeRig) -> None:
    seconds = [0.0]
    rig.patrons._seconds = lambda: seconds[0]
    found(rig, "Sam", "4821")
    for phase in (Phase.CHOSEN, Phase.WALKING):
        seconds[0] += 1000
        rig.patrons.follow(phase, "P-7F3K")
        assert rig.patrons.person() is not None, phase
    rig.patrons.follow(Phase.SUMMARY, "P-7F3K")
    assert rig.patrons.person() is not None
    rig.patrons.follow(Phase.IDLE, None)
    assert rig.patrons.person() is None


def test_what_was_begun_once_needs_the_pin_again(rig: PracticeRig) -> None:
    found(rig, "Sam", "4821")
    assert rig.patrons.begin("P-7F3K", "") == "P-7F3K"
    rig.patrons.plan("P-7F3K")
    rig.patrons.follow(Phase.CHOSEN, "P-7F3K")
    for phase in (Phase.CHOSEN, Phase.WALKING, Phase.SUMMARY):
        rig.patrons.follow(phase, "P-7F3K")
        with pytest.raises(Refusal, match="name and PIN first"):
            rig.patrons.plan("P-7F3K")
        assert rig.patrons.person() is not None


@pytest.mark.parametrize("who", ["", "P-PAM", "Sam"])
def test_without_a_pin_only_whoever_is_here_begins(rig: PracticeRig, who: str) -> None:
    with pytest.raises(Refusal, match="name and PIN first"):
        rig.patrons.begin(who, "")
    found(rig, "Sam", "4821")
    with pytest.raises(Refusal, match="name and PIN first"):
        rig.patrons.begin(who, "")


def test_a_profile_that_changed_meanwhile_needs_the_pin_again(rig: PracticeRig) -> None:
    """By the command line, say: another process, that knows nothing of who is here."""
    for change in (
        lambda: library_of(rig.data).hold("P-7F3K", "therapist", date(2026, 11, 23), "staff"),
        lambda: rig.take(profile(version=4)),
        lambda: library_of(rig.data).forget("P-7F3K", "staff"),
    ):
        found(rig, "Sam", "4821")
        change()
        with pytest.raises(Refusal, match=r"changed|not here"):
            rig.patrons.begin("P-7F3K", "")
        assert rig.patrons.person() is None


def test_a_guest_s_walk_forgets_who_was_found(rig: PracticeRig) -> None:
    found(rig, "Sam", "4821")
    rig.patrons.follow(Phase.CHOSEN, None)
    assert rig.patrons.person() is None


def test_nobody_is_found_while_somebody_walks(rig: PracticeRig) -> None:
    found(rig, "Sam", "4821")
    rig.patrons.follow(Phase.WALKING, "P-7F3K")
    assert "under way" in str(refusal(rig.patrons.find("Pam", "1111")))
    person = rig.patrons.person()
    assert person is not None and person.code == "P-7F3K"


@pytest.mark.parametrize(
    ("session", "why"),
    [
        ({"pain_after": 6}, "pain"),
        ({"pain_before": 2, "pain_after": 4}, "pain_rise"),
        ({"rpe": 15}, "exertion"),
        ({"outcome": "safety_stop", "stop_reason": "estop", "pain_after": 7}, "pain"),
    ],
)
def test_a_session_that_breaks_a_stop_rule_holds_the_profile(
    rig: PracticeRig, session: dict[str, Any], why: str
) -> None:
    rig.walked(**session)
    kept = library_of(rig.data).get("P-7F3K")
    assert kept.state.held is not None
    assert kept.state.held.why == why
    assert found(rig, "Sam", "4821").why == "held"
    with pytest.raises(Refusal, match="see your therapist"):
        rig.patrons.plan("P-7F3K")


@pytest.mark.parametrize(
    "session", [{"pain_after": 3}, {"pain_after": 5, "pain_before": 4}, {"rpe": 14}, {"rpe": None}]
)
def test_a_session_within_the_rules_holds_nothing(
    rig: PracticeRig, session: dict[str, Any]
) -> None:
    rig.walked(**session)
    assert library_of(rig.data).get("P-7F3K").state.held is None


def test_the_profile_s_own_stricter_rule_holds_it(rig: PracticeRig) -> None:
    rig.walked("P-PAM", rpe=12)
    assert library_of(rig.data).get("P-PAM").state.held is not None
    assert library_of(rig.data).get("P-7F3K").state.held is None


def test_a_hold_that_could_not_be_kept_is_told_by_the_log(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LibraryUnusable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("profiles.library.Library.hold", full)
        rig.walked(pain_after=8)
    assert library_of(rig.data).get("P-7F3K").state.held is None
    assert found(rig, "Sam", "4821").why == "held"
    assert library_of(rig.data).get("P-7F3K").state.held is not None


@pytest.mark.parametrize("rpe", [{}, "", "20", 99, True, [15], 15.5])
def test_a_damaged_record_holds_nothing_and_breaks_nothing(rig: PracticeRig, rpe: Any) -> None:
    rig.walked(rpe=rpe, pain_after=rpe)
    assert found(rig, "Sam", "4821").why is None


def test_a_hold_that_comes_late_undoes_no_release(rig: PracticeRig) -> None:
    rig.walked(pain_after=9)
    library = library_of(rig.data)
    seen = library.get("P-7F3K").state.released_seq
    library.release("P-7F3K", 1, date(2026, 11, 23), "therapist")
    library.hold("P-7F3K", "pain", date(2026, 11, 23), "kiosk", judged_seq=seen)
    assert library.get("P-7F3K").state.held is None
    library.hold("P-7F3K", "pain", date(2026, 11, 23), "kiosk", judged_seq=1)
    assert library.get("P-7F3K").state.held is not None


def test_the_audit_goes_by_the_kiosk_s_clock(rig: PracticeRig) -> None:
    rig.clock.set(datetime(2026, 12, 24, 18, tzinfo=UTC))
    rig.walked(pain_after=9)
    line = library_of(rig.data).audit("P-7F3K")[-1]
    assert (line.what, line.at[:10]) == ("held", "2026-12-24")


def test_a_judgement_the_desk_has_no_time_for_is_told_and_the_log_tells_it_later(
    rig: PracticeRig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(rig.desk, "ask", lambda _job: busy())
        rig.patrons.closed({"profile_code": "P-7F3K", "pain_after": 9}, None)
    assert "not judged" in caplog.text
    rig.walked(pain_after=9)
    assert found(rig, "Sam", "4821").why == "held"


def busy() -> Future[Any]:
    answer: Future[Any] = Future()
    answer.set_exception(Refusal("busy", "The kiosk is busy: wait a moment, try again."))
    return answer


def test_the_summary_sees_the_session_in_the_trend_and_the_hold(rig: PracticeRig) -> None:
    rig.walked(distance_m=100.0)
    assert [one.distance_m for one in found(rig, "Sam", "4821").past] == [100.0]
    rig.patrons.follow(Phase.SUMMARY, "P-7F3K")
    rig.walked(distance_m=200.0, pain_after=6)
    person = rig.patrons.person()
    assert person is not None
    assert [one.distance_m for one in person.past] == [100.0, 200.0]
    assert person.why == "held"


def test_an_expired_profile_says_to_see_the_therapist(rig: PracticeRig) -> None:
    rig.clock.set(datetime(2027, 2, 22, 23, 59, tzinfo=UTC))
    assert found(rig, "Sam", "4821").why is None
    rig.clock.set(datetime(2027, 2, 23, tzinfo=UTC))
    assert found(rig, "Sam", "4821").why == "expired"
    with pytest.raises(Refusal, match="see your therapist"):
        rig.patrons.plan("P-7F3K")


def test_days_are_those_of_the_place(rig: PracticeRig) -> None:
    rig.patrons.zone = ZoneInfo("America/Los_Angeles")
    rig.clock.set(datetime(2027, 2, 23, 7, 59, tzinfo=UTC))  # 23:59 on the last day there
    assert found(rig, "Sam", "4821").why is None
    rig.clock.set(datetime(2027, 2, 23, 8, 0, tzinfo=UTC))
    assert found(rig, "Sam", "4821").why == "expired"


def test_a_profile_issued_where_it_is_tomorrow_already_is_believed(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "other")
    try:
        taken(rig.data, profile(issued_on="2026-11-24"))  # nobody vouched for the 23rd here
        assert found(rig, "Sam", "4821").why is None
        taken(rig.data, profile(issued_on="2026-11-25", version=4))
        assert "clock" in str(refusal(rig.patrons.find("Sam", "4821")))
    finally:
        rig.close()


@pytest.mark.parametrize("issued", ["0001-01-01", "9999-12-31"])
def test_no_day_of_issue_ends_the_kiosk(tmp_path: Path, issued: str) -> None:
    """Nobody vouches for the clock, so the day is compared: the first and the last there are."""
    rig = Rig(tmp_path / "other")
    try:
        taken(rig.data, profile(issued_on=issued, expires_on="9999-12-31"))
        if issued == "0001-01-01":
            assert found(rig, "Sam", "4821").why is None
        else:
            assert "clock" in str(refusal(rig.patrons.find("Sam", "4821")))
        assert rig.died == []
    finally:
        rig.close()


def test_a_clock_that_cannot_be_right_opens_no_profile(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "other")
    try:
        taken(rig.data, profile())
        rig.machine.system = 0.0  # 1970, and nobody vouches for it
        assert "clock" in str(refusal(rig.patrons.find("Sam", "4821")))
        assert rig.patrons.person() is None
        rig.machine.system = NOON.timestamp()  # nobody vouches for it, but it may be right
        assert found(rig, "Sam", "4821").why is None
    finally:
        rig.close()


def test_a_log_that_cannot_be_read_starts_nobody(rig: PracticeRig) -> None:
    rig.store.stop()
    assert "log" in str(refusal(rig.patrons.find("Sam", "4821")))
    assert rig.patrons.person() is None


def test_profiles_that_cannot_be_read_start_nobody(rig: PracticeRig) -> None:
    path = rig.data / LIBRARY
    path.unlink()
    path.mkdir()
    assert "profiles" in str(refusal(rig.patrons.find("Sam", "4821")))


def test_a_step_takes_effect_by_itself_where_the_therapist_set_it_so(rig: PracticeRig) -> None:
    rig.take(profile(version=4, progression={"every_sessions": 2, "add_min": 1}))
    for _ in range(2):
        rig.walked(version=4)
    person = found(rig, "Sam", "4821")
    assert (person.walk.minutes, person.stepped) == (10, None)
    library_of(rig.data).set_automatic("P-7F3K", True, "therapist")
    person = found(rig, "Sam", "4821")
    assert person.walk.minutes == 11
    assert person.stepped is not None
    assert (person.stepped.kind, person.stepped.now, person.stepped.then) == ("minutes", 10, 11)
    assert rig.patrons.plan("P-7F3K").planned_ns == 11 * 60 * 10**9
    assert found(rig, "Sam", "4821").stepped == person.stepped, "it is new until it was walked"
    rig.walked(version=4)
    person = found(rig, "Sam", "4821")
    assert (person.walk.minutes, person.stepped) == (11, None)
    assert [one.who for one in library_of(rig.data).audit("P-7F3K") if one.what == "stepped"] == [
        "kiosk"
    ]


def test_a_deleted_profile_is_nobody_s_while_they_walk(rig: PracticeRig) -> None:
    found(rig, "Sam", "4821")
    rig.patrons.follow(Phase.WALKING, "P-7F3K")
    library_of(rig.data).forget("P-7F3K", "therapist")
    rig.walked(pain_after=9)
    assert [one["profile_code"] for one in _log(rig)] == ["P-7F3K"]


def test_whoever_gets_the_code_of_somebody_deleted_begins_anew(rig: PracticeRig) -> None:
    rig.take(profile(version=4, progression={"every_sessions": 2, "add_min": 1}))
    for _ in range(2):
        rig.walked(version=4)
    rig.walked(version=4, pain_after=9)
    assert found(rig, "Sam", "4821").why == "held"
    library = library_of(rig.data)
    library.forget("P-7F3K", "therapist")
    new = profile(display_name="Ann", pin="7777", progression={"every_sessions": 2, "add_min": 1})
    preview = look(library, [rig.file(new)], None)
    accept(library, preview, preview.acceptable, "therapist")
    person = found(rig, "Ann", "7777")
    assert (person.why, person.past) == (None, ())
    rig.walked(version=3)
    rig.patrons.leave()
    rig.patrons.follow(Phase.IDLE, None)
    assert len(found(rig, "Ann", "7777").past) == 1
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    opened = rig.seen.opened
    assert opened is not None
    assert (opened.progress.attended, opened.outlook.completed, opened.standing) == (1, 1, "ready")


def _log(rig: PracticeRig) -> list[dict[str, Any]]:
    return rig.store.last_sessions(10).result(WITHIN_S)


def test_nothing_of_a_person_is_logged_or_shown_in_a_repr(
    rig: PracticeRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig.take(profile(code="P-ZAP", display_name="Zaphod", pin="90417", note="Beeblebrox"))
    refusal(rig.patrons.find("Zaphod", "11111"))
    person = found(rig, "Zaphod", "90417")
    rig.walked("P-ZAP", pain_after=9)
    told = caplog.text + repr(person) + repr(rig.practice.state()) + repr(rig.patrons)
    for private in ("Zaphod", "90417", "Beeblebrox", "zaphod"):
        assert private not in told
    assert date(2026, 11, 23) == library_of(rig.data).get("P-ZAP").state.held.since  # type: ignore[union-attr]
