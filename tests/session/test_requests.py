"""What a person asks for: the sentences of a refusal, and what is noted."""

from __future__ import annotations

import msgspec
import pytest

from hardware.link import Frames
from kiosk.session import requests
from kiosk.session.actions import (
    Action,
    Brief,
    Cancel,
    Choose,
    ConfirmIncline,
    Done,
    Go,
    Pause,
    Rate,
    Refusal,
    Resume,
    Stop,
    Unlock,
    parse_action,
)
from kiosk.session.model import Phase, Session
from tests.session.scene import (
    Scene,
    briefed,
    chosen,
    idle,
    paused,
    plan,
    recountdown,
    stopped,
    summary,
    walking,
)


def refusal(scene: Scene, action: Action) -> tuple[str, str]:
    before = scene.session
    with pytest.raises(Refusal) as refused:
        scene.do(action)
    assert scene.session is before
    assert isinstance(refused.value, ValueError)
    return refused.value.code, str(refused.value)


@pytest.mark.parametrize(
    "action", [Brief(), Go(), Pause(), Resume(), ConfirmIncline(0.0), Rate(), Unlock("staff")]
)
def test_without_a_session_there_is_nothing_to_act_on(action: Action) -> None:
    assert refusal(idle(), action) == ("idle", "Choose a program first.")


@pytest.mark.parametrize("action", [Stop(), Cancel(), Done()])
def test_leaving_is_never_refused_without_a_session(action: Action) -> None:
    scene = idle()
    before = scene.session
    scene.do(action)
    assert scene.session is before


def test_what_does_not_fit_the_phase_is_refused_in_the_same_words() -> None:
    words = ("phase", "That is not possible now.")
    assert refusal(walking(), Brief()) == words
    assert refusal(walking(), Go()) == words
    assert refusal(walking(), ConfirmIncline(0.0)) == words
    assert refusal(walking(), Rate()) == words
    assert refusal(walking(), Unlock("staff")) == words


def test_a_session_under_way_is_not_replaced() -> None:
    for scene in (walking(), paused(), stopped(), briefed()):
        with pytest.raises(Refusal) as refused:
            scene.choose()
        assert refused.value.code == "busy"
        assert str(refused.value) == "A session is under way: end it first."


@pytest.mark.parametrize(("pain", "walks"), [(0, True), (5, True), (6, False), (10, False)])
def test_with_much_pain_nobody_walks(pain: int, walks: bool) -> None:
    scene = chosen()
    if walks:
        scene.do(Brief(pain=pain))
        assert scene.walk.pain_before == pain
        return
    assert refusal(scene, Brief(pain=pain)) == (
        "pain",
        f"With pain of {pain} out of 10 please do not walk today: "
        "speak to the staff or to your therapist.",
    )


def test_a_plan_may_set_another_limit_for_pain() -> None:
    scene = chosen(msgspec.structs.replace(plan(), pain_limit=3))
    assert refusal(scene, Brief(pain=3))[0] == "pain"
    scene.do(Brief(pain=2))


def test_pain_need_not_be_told() -> None:
    scene = chosen()
    scene.do(Brief())
    assert scene.phase is Phase.BRIEFED
    assert scene.walk.pain_before is None


def test_the_rating_is_noted_from_stopped_and_from_the_summary() -> None:
    for scene in (stopped(), summary()):
        scene.do(Rate(pain=4, rpe=13))
        assert (scene.walk.pain_after, scene.walk.rpe) == (4, 13)
        assert scene.phase is Phase.SUMMARY
        assert scene.walk.closed
        assert refusal(scene, Rate(pain=0, rpe=6))[0] == "phase"
        assert (scene.walk.pain_after, scene.walk.rpe) == (4, 13)


def test_the_incline_is_told_as_the_console_shows_it() -> None:
    for wanted, shown in ((5.0, "5"), (2.5, "2.5")):
        scene = briefed(plan(wanted))
        assert refusal(scene, ConfirmIncline(wanted + 0.5)) == (
            "incline",
            f"The treadmill's console must show {shown} %.",
        )
        scene.do(ConfirmIncline(wanted))
        assert scene.walk.deck_pct == scene.session.deck_pct == wanted


def test_a_program_can_be_chosen_before_the_guard_has_spoken() -> None:
    session, effects = requests.choose(Session(), plan(), None, 77)
    assert effects == ()
    assert session.walk is not None
    assert (session.walk.grants, session.walk.revokes) == (0, 0)
    assert session.walk.frames_before == Frames()
    assert (session.phase, session.since_ns, session.touched_ns) == (Phase.CHOSEN, 77, 77)


def test_frames_before_the_session_are_not_the_sessions() -> None:
    assert chosen().walk.frames_before == Frames(100, 10, 1)


def test_cancelling_a_resumption_leads_back_to_the_pause_without_a_new_one() -> None:
    scene = recountdown()
    pauses, broken_ns = scene.walk.pauses, scene.walk.broken_ns
    assert scene.do(Cancel()) == ""
    assert scene.phase is Phase.PAUSED
    assert (scene.walk.pauses, scene.walk.broken_ns) == (pauses, broken_ns)


# --- do lines ------------------------------------------------------------------------------------


def test_an_action_is_one_json_line() -> None:
    assert parse_action('{"t": 1.2, "do": "go"}') == Go(t=1.2)
    line = b'{"do": "choose", "plan": [{"name": "a", "s": 5, "low_kmh": 0.8, "high_kmh": 1}]}'
    parsed = parse_action(line)
    assert isinstance(parsed, Choose)
    assert parsed.plan is not None
    assert parsed.plan[0].name == "a"


@pytest.mark.parametrize(
    "line",
    [
        '{"do": "dance"}',
        '{"do": "go", "fast": true}',
        '{"do": "choose", "plan": []}',
        '{"do": "choose", "plan": [], "cap_kmh": 1}',
        '{"do": "choose", "cap_kmh": 5.1}',
        '{"do": "choose", "cap_kmh": 0}',
        '{"do": "brief", "pain": 11}',
        '{"do": "brief", "pain": -1}',
        '{"do": "rate", "rpe": 5}',
        '{"do": "rate", "rpe": 21}',
        '{"do": "confirm_incline"}',
        '{"do": "unlock", "role": "patron"}',
        "[]",
        "",
        '{"t": ' + "[" * 5_000,
        b'{"\xff": 1}',
        b'{"do": "choose", "program": "\xff"}',
    ],
)
def test_a_line_that_is_no_action_is_refused(line: str | bytes) -> None:
    with pytest.raises(msgspec.MsgspecError, match=r"."):
        parse_action(line)
