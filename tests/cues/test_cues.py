"""Which tone for which change, how often, and what the player does with it."""

from __future__ import annotations

import itertools
import wave
from pathlib import Path

import pytest

from hardware.link import Reason
from kiosk.cues import tones
from kiosk.cues.rules import WARNINGS, Cue, Heard, cues
from kiosk.session.model import Health, Phase, Snapshot
from tests.screens.fake import MOVING, REST, snapshot, status, walk

STANDING = {
    Phase.STARTING: status(permit=True),
    Phase.WALKING: MOVING,
    Phase.FINISHING: MOVING,
}


def at(phase: Phase, **fields: object) -> Snapshot:
    walking = fields.pop("walking", None) or (None if phase is Phase.IDLE else walk(walked_s=70.0))
    seen = fields.pop("seen", None) or STANDING.get(phase, REST)
    return snapshot(phase, seen=seen, walking=walking, **fields)  # type: ignore[arg-type]


ENTERING = {
    Phase.COUNTDOWN: {Cue.COUNT},
    Phase.STARTING: {Cue.START},
    Phase.FINISHING: {Cue.FINISHED},
    Phase.STOPPED: {Cue.STOP},
}


@pytest.mark.parametrize(("was", "now"), list(itertools.permutations(Phase, 2)))
def test_every_change_of_phase(was: Phase, now: Phase) -> None:
    found, _heard = cues(at(was), at(now), Heard())
    expected = ENTERING.get(now, set())
    if now is Phase.PAUSED and was in {Phase.WALKING, Phase.STARTING}:
        expected = {Cue.PAUSE}
    assert set(found) == expected


@pytest.mark.parametrize("phase", Phase)
def test_nothing_sounds_while_nothing_changes(phase: Phase) -> None:
    same = at(phase)
    assert cues(same, same, Heard())[0] == ()


@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.PATRON])
def test_a_safety_stop_calls_the_staff(reason: Reason) -> None:
    ended = walk(walked_s=70.0, outcome="safety_stop", stop_reason=str(reason))
    found, _heard = cues(at(Phase.WALKING), at(Phase.STOPPED, walking=ended), Heard())
    assert found == (Cue.STAFF,)


def test_three_two_one() -> None:
    heard, sounded = Heard(), []
    before = at(Phase.CHECKING)
    for tick in range(61):
        after = at(Phase.COUNTDOWN, past_s=tick / 20)
        found, heard = cues(before, after, heard)
        sounded += [(tick / 20, cue) for cue in found]
        before = after
    assert sounded == [(0.0, Cue.COUNT), (1.0, Cue.COUNT), (2.0, Cue.COUNT)]


def test_a_step_sounds() -> None:
    before, after = (at(Phase.WALKING, walking=walk(walked_s=s)) for s in (59.0, 61.0))
    assert cues(before, after, Heard())[0] == (Cue.STEP,)


@pytest.mark.parametrize(("kmh", "cue"), [(2.3, Cue.TOO_FAST), (0.5, Cue.TOO_SLOW)])
def test_out_of_the_band_after_5_s_and_every_20_s(kmh: float, cue: Cue) -> None:
    heard, sounded = Heard(), []
    before = at(Phase.WALKING)
    for tick in range(500):
        after = at(Phase.WALKING, seen=status(MOVING, speed_kmh=kmh), past_s=tick / 10)
        found, heard = cues(before, after, heard)
        sounded += [(tick / 10, c) for c in found]
        before = after
    assert sounded == [(5.0, cue), (25.0, cue), (45.0, cue)]


def test_back_in_the_band_starts_the_5_s_anew_but_not_the_20() -> None:
    heard, sounded = Heard(), []
    before = at(Phase.WALKING)
    for tick in range(400):
        kmh = 1.2 if 80 <= tick < 90 else 2.4
        after = at(Phase.WALKING, seen=status(MOVING, speed_kmh=kmh), past_s=tick / 10)
        found, heard = cues(before, after, heard)
        sounded += [tick / 10 for _cue in found]
        before = after
    assert sounded == [5.0, 25.0]


@pytest.mark.parametrize("warning", ["one_hand", "no_hands"])
def test_rails_are_warned_every_3_s(warning: str) -> None:
    heard, sounded = Heard(), []
    before = at(Phase.WALKING)
    for tick in range(80):
        seen = status(MOVING, rails_warning=warning)
        after = at(Phase.WALKING, seen=seen, past_s=tick / 10)
        found, heard = cues(before, after, heard)
        sounded += [tick / 10 for cue in found if cue is Cue.RAILS]
        before = after
    assert sounded == [0.0, 3.0, 6.0]


@pytest.mark.parametrize("reason", [Reason.PERMIT_INEFFECTIVE, Reason.UNEXPECTED_MOTION])
def test_an_alarm_repeats_while_it_lasts(reason: Reason) -> None:
    heard, sounded = Heard(), []
    before = at(Phase.STOPPED)
    for tick in range(160):
        rest = tick > 120
        seen = status(MOVING, permit=False, latched=(reason,), at_rest=rest)
        after = at(Phase.STOPPED, seen=seen, past_s=tick / 10)
        found, heard = cues(before, after, heard)
        sounded += [tick / 10 for cue in found if cue is Cue.ALARM]
        before = after
    assert sounded == [0.0, 6.0, 12.0]


def test_a_lost_guard_is_an_alarm() -> None:
    lost = at(Phase.STOPPED, seen=MOVING, health=Health(guard=False))
    assert Cue.ALARM in cues(at(Phase.WALKING), lost, Heard())[0]


def test_the_gravest_comes_first() -> None:
    seen = status(MOVING, latched=(Reason.PERMIT_INEFFECTIVE,))
    ended = walk(walked_s=70.0, outcome="safety_stop")
    found, _heard = cues(at(Phase.WALKING), at(Phase.STOPPED, seen=seen, walking=ended), Heard())
    assert found == (Cue.ALARM, Cue.STAFF)


# --- tones --------------------------------------------------------------------------------


@pytest.mark.parametrize("cue", Cue)
def test_a_tone_is_a_short_wav_without_clicks(cue: Cue, tmp_path: Path) -> None:
    file = tones.tone_file(tmp_path, cue)
    with wave.open(str(file)) as read:
        assert (read.getnchannels(), read.getsampwidth()) == (1, 2)
        assert read.getnframes() / read.getframerate() == pytest.approx(
            tones.length_s(cue), abs=0.01
        )
    values = tones.samples(cue)
    assert values[0] == 0
    assert values[-1] == 0
    assert max(abs(v) for v in values) > 9_000
    # A click is a leap between neighbours far over what the tone itself can do.
    steepest = max(abs(b - a) for a, b in itertools.pairwise(values))
    highest = max(hz for hz, _s, _loud in tones.NOTES[cue])
    assert steepest < 30_000 * 2 * 3.1416 * highest * 1.6 / tones.RATE_HZ


def test_tones_are_told_apart() -> None:
    shapes = {tuple((hz > 0, round(s, 2)) for hz, s, _ in tones.NOTES[c]) for c in Cue}
    pitches = {tuple(hz for hz, _s, _ in tones.NOTES[c]) for c in Cue}
    assert len(pitches) == len(Cue)
    assert len(shapes) >= len(Cue) - 1


def test_tones_are_made_once(tmp_path: Path) -> None:
    first = tones.tone_file(tmp_path, Cue.STOP)
    made = first.stat().st_mtime_ns
    assert tones.tone_file(tmp_path, Cue.STOP).stat().st_mtime_ns == made
    assert not list(tmp_path.glob("*.partial"))
    assert {Cue.ALARM, Cue.STAFF, Cue.RAILS, Cue.STOP, Cue.TOO_FAST} == WARNINGS
