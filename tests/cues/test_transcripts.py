"""What is said and when, from recorded sessions: the transcripts, and what holds in all of them."""

from __future__ import annotations

import itertools
import re

import pytest

from kiosk.cues import belt, words
from kiosk.cues.rules import WARNINGS, Cue
from kiosk.cues.track import LOOK_S, Line
from kiosk.cues.utterances import Rank
from kiosk.session.model import Phase, Snapshot
from tests.cues.hearing import LONG, TOLD, Session, session, sheet

EVERY = [(name, language) for language, names in TOLD.items() for name in names]
ENGLISH = TOLD["en"]
TONES = {f"[{cue}]" for cue in Cue}

TOLD_WITHIN_S = {
    Phase.CHOSEN: 1.0,
    Phase.CHECKING: 3.5,
    Phase.COUNTDOWN: 0.5,
    Phase.STARTING: 1.2,
    Phase.WALKING: 1.0,
    Phase.PAUSED: 1.2,
    Phase.FINISHING: 1.5,
    Phase.STOPPED: 1.0,
    Phase.SUMMARY: 3.0,
}
"""Within how long one is told what to do, after a phase began; a tone may come before."""
SILENT_S = {Phase.WALKING: 60.0, Phase.STARTING: 16.0, Phase.PAUSED: 31.0, Phase.CHECKING: 17.0}
"""For how long nothing may be said at most."""
LATE_S = LOOK_S + 0.011
"""A look of the screens, and one pass of the replay."""


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_what_is_heard_is_as_it_was_read_and_found_good(name: str, language: str) -> None:
    kept = sheet(name, language).read_text(encoding="utf-8")
    assert session(name, language).text == kept, (
        "other words, or at another time: read them, then `python -m tests.cues.hearing`"
    )


def sentences(heard: Session) -> list[Line]:
    return [line for line in heard.lines if line.what not in TONES]


@pytest.mark.parametrize("name", ENGLISH)
def test_in_every_phase_one_is_soon_told_what_to_do(name: str) -> None:
    heard = session(name)
    for phase, from_s, to_s in heard.phases():
        within_s = TOLD_WITHIN_S.get(phase)
        if within_s is None or to_s - from_s < within_s:
            continue
        if any(line.what == "[alarm]" for line in heard.between(from_s - 6.1, to_s)):
            continue  # an alarm is what to do, and nothing is said beside it
        said = heard.between(from_s, from_s + within_s)
        assert [line for line in said if line.what not in TONES], f"{phase} at {from_s:.2f} s"


@pytest.mark.parametrize("name", ENGLISH)
def test_nobody_is_left_in_silence(name: str) -> None:
    heard = session(name)
    for phase, from_s, to_s in heard.phases():
        most_s = SILENT_S.get(phase)
        if most_s is None:
            continue
        times = [from_s, *(line.at_s for line in heard.between(from_s, to_s)), to_s]
        longest = max(b - a for a, b in itertools.pairwise(times))
        assert longest <= most_s, f"{phase} from {from_s:.1f} s"


@pytest.mark.parametrize("name", ENGLISH)
def test_no_two_things_at_once(name: str) -> None:
    """Whoever begins while another speaks is graver than that, or the phase is another one."""
    heard = session(name)
    changes = [from_s for _phase, from_s, _to in heard.phases()]
    for before, after in itertools.pairwise(heard.lines):
        if before.what in TONES or after.at_s - before.at_s >= 0.35 + 0.062 * len(before.what):
            continue
        cut = after.utterance.rank.urgent and after.utterance.rank < before.utterance.rank
        moved = any(before.at_s <= at <= after.at_s for at in changes)
        assert cut or moved or after.utterance.instead, f"{after} over {before}"


REPEATS_S = {
    words.HOLD_ON: 1.9,
    words.BOTH_HANDS: 2.9,
    **dict.fromkeys((belt.TOO_FAST, belt.TOO_FAST_HELPED), 19.9),
    **dict.fromkeys((belt.TOO_SLOW, belt.TOO_SLOW_HELPED), 19.9),
    words.HANDS_BACK: 19.9,
    words.HOLD_UNTIL: 1.9,
    words.GO_ON: 14.0,
    words.PRESS_ESTOP: 4.9,
    words.STAFF_COME: 7.0,
    # Each 12 s; the first one waits for the sentence that is being said.
    words.NOT_KNOWN: 11.0,
    words.STAY_OFF: 11.0,
    **dict.fromkeys((belt.STOP_BELT, belt.STOPS_ITSELF), 5.0),
    words.IT_MOVES: 4.9,
    words.HOLD_AND_PRESS: 4.9,
    words.DOES_NOT_STOP: 4.9,
}


@pytest.mark.parametrize("name", ENGLISH)
def test_nothing_is_said_twice_within_its_time(name: str) -> None:
    heard = session(name)
    phases = list(heard.phases())
    for index, line in enumerate(heard.lines):
        if line.what in TONES or line.what in words.COUNT:
            continue
        for later in heard.lines[index + 1 :]:
            if (later.what, later.utterance.key) != (line.what, line.utterance.key):
                continue  # the same words about something else
            least_s = REPEATS_S.get(line.what, 14.0)
            moved = any(line.at_s < from_s <= later.at_s for _phase, from_s, _to in phases)
            apart_s = later.at_s - line.at_s
            assert apart_s >= least_s or moved, f"{line} and {later}"
            break


def begins(heard: Session, what: str) -> list[float]:
    return [line.at_s for line in heard.lines if line.what == what]


def causes(heard: Session, what: str) -> list[float]:
    """When the guard or the session first said what a warning is about."""
    found: list[float] = []
    before: Snapshot | None = None
    for one in heard.seen:
        if before is not None and _is(one, what) and not _is(before, what):
            found.append(one.now_ns / 1e9)
        before = one
    return found


def _is(one: Snapshot, what: str) -> bool:
    if what == "[rails]":
        status = one.status
        moving = one.session.phase in {Phase.STARTING, Phase.WALKING, Phase.FINISHING}
        return moving and status is not None and status.rails_warning != "none"
    walk = one.session.walk
    safety = walk is not None and walk.outcome == "safety_stop"
    return one.session.phase is Phase.STOPPED and safety is (what == "[staff]")


@pytest.mark.parametrize("what", ["[rails]", "[staff]", "[stop]"])
def test_a_warning_begins_within_one_look_of_its_cause(what: str) -> None:
    counted = 0
    for name in ENGLISH:
        heard = session(name)
        told = sorted([*begins(heard, what), *begins(heard, "[alarm]")])
        for cause_s in causes(heard, what):
            counted += 1
            late = [at - cause_s for at in told if at >= cause_s - 1e-6]
            assert late, f"{name}: {what} at {cause_s:.2f} s is not heard"
            assert min(late) <= LATE_S, f"{name}: {what} comes {min(late):.2f} s late"
    assert counted >= 2


def test_the_rails_are_told_a_second_after_the_last_hand_and_its_words_before_the_stop() -> None:
    heard = session("contract/rails")
    (warned,) = begins(heard, "[rails]")
    (words_s,) = begins(heard, words.HOLD_ON)
    stopped = next(f for phase, f, _to in heard.phases() if phase is Phase.STOPPED)
    assert warned < words_s < stopped
    assert stopped - words_s >= 0.6


def test_warnings_are_warnings() -> None:
    urgent = {line.what for name in ENGLISH for line in session(name).lines if _urgent(line)}
    assert {f"[{cue}]" for cue in WARNINGS} >= {one for one in urgent if one in TONES}


def _urgent(line: Line) -> bool:
    return line.utterance.rank <= Rank.WARNING


def test_the_time_left_is_told_every_half_minute_of_a_short_walk() -> None:
    left = [line.what for line in session(LONG).lines if line.what.endswith("left.")]
    assert left == [
        "4 and a half minutes left.",
        "4 minutes left.",
        "3 and a half minutes left.",
        "3 minutes left.",
        "2 and a half minutes left.",
        "2 minutes left.",
        "One and a half minutes left.",
        "One minute left.",
        "30 seconds left.",
        "10 seconds left.",
    ]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_numbers_are_as_the_language_writes_them(name: str, language: str) -> None:
    wrong = r"\d\.\d" if language != "en" else r"\d,\d"
    heard = session(name, language)
    assert re.search(r"\d[.,]\d", heard.text.split("instruction", 1)[1])
    assert not [line for line in sentences(heard) if re.search(wrong, line.what)]


@pytest.mark.parametrize("mode", ["permit_ineffective", "unexpected_motion"])
def test_beside_an_alarm_nothing_lesser_is_begun(mode: str) -> None:
    heard = session(mode)
    alarms = begins(heard, "[alarm]")
    assert alarms
    for at in alarms:
        after = heard.between(at, at + 4.0)
        assert [line for line in after if line.utterance.rank > Rank.STOP] == []
