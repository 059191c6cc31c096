"""A stop is told by one entry: what the screen shows and what the voice says of it agree."""

from __future__ import annotations

import pytest

from hardware.link import STAFF_CLEARS, Reason
from kiosk.cues import stops
from kiosk.cues.belt import Site
from kiosk.cues.rules import Cue
from kiosk.cues.speaking import Told, speak
from kiosk.screens import moving, reasons
from kiosk.session.model import Phase, Snapshot
from tests.screens.fake import MOVING, REST, snapshot, status, walk

EVERY = [*Reason, None]


def at(
    phase: Phase, reason: str | None, past_s: float = 0.0, latched: tuple[Reason, ...] = ()
) -> Snapshot:
    seen = status(REST, latched=latched)
    ended = walk(walked_s=9.0, outcome="safety_stop", stop_reason=reason)
    return snapshot(phase, seen=seen, walking=ended, past_s=past_s)


def heard(after: Snapshot) -> list[str]:
    before = snapshot(Phase.WALKING, seen=MOVING, walking=walk(walked_s=9.0))
    found = speak(before, after, Told(), Site()).utterances
    return [text for one in found for text in one.sentences]


def latches(reason: str | None) -> tuple[Reason, ...]:
    return () if reason is None else (Reason(reason),)


@pytest.mark.parametrize("reason", EVERY)
def test_screen_and_voice_are_of_one_entry(reason: str | None) -> None:
    entry = stops.stop_of(reason)
    after = at(Phase.STOPPED, reason, latched=latches(reason))
    view = moving.stopped_view(after)
    assert view is not None
    assert (view.what, view.do) == (entry.shown, entry.do.shown)
    said = heard(after)
    assert entry.said in said
    off = said.index(stops.STEP_OFF)
    assert tuple(said[off + 1 : off + 1 + len(entry.do.said)]) == entry.do.said
    others = {text for one in stops.STOPS.values() for text in one.do.said} - set(entry.do.said)
    assert not others & set(said)


@pytest.mark.parametrize("reason", EVERY)
def test_everybody_is_told_to_step_off(reason: str | None) -> None:
    assert stops.stop_of(reason).do.shown.startswith("Step off")


@pytest.mark.parametrize("reason", Reason)
def test_nobody_is_told_to_start_again_where_staff_are_called(reason: Reason) -> None:
    do = stops.STOPS[reason].do
    assert ("staff" in do.shown) == any("staff" in text for text in do.said)
    assert not (stops.AGAIN in do.said and "staff" in do.shown)
    assert (do is stops.PIN) == (reason in STAFF_CLEARS)


def test_a_belt_that_ran_the_wrong_way_is_looked_at_before_it_does_so_again() -> None:
    assert stops.STOPS[Reason.WRONG_DIRECTION].do is stops.CALL


def test_what_latched_besides_and_only_staff_clear_has_both_call_them() -> None:
    after = at(Phase.STOPPED, Reason.SAFETY_KEY, latched=(Reason.SAFETY_KEY, Reason.ESTOP))
    view = moving.stopped_view(after)
    assert view is not None
    assert (view.do, view.who[0]) == (stops.PIN.shown, reasons.staff_who()[0])
    assert stops.PIN.said[0] in heard(after)
    assert stops.KEY.said[0] not in heard(after)


@pytest.mark.parametrize("reason", [Reason.PERMIT_INEFFECTIVE, Reason.UNEXPECTED_MOTION])
@pytest.mark.parametrize("rested", [True, False])
def test_unknown_after_rest_is_no_alarm_and_is_told_as_unknown(
    reason: Reason, rested: bool
) -> None:
    ended = walk(walked_s=9.0, outcome="safety_stop", stop_reason=str(reason))

    def seen(at_rest: bool | None, past_s: float) -> Snapshot:
        now = status(MOVING, permit=False, latched=(reason,), at_rest=at_rest)
        return snapshot(Phase.STOPPED, seen=now, walking=ended, past_s=past_s)

    told, before = Told(), seen(False, 0.0)
    found: list[tuple[float, str, Cue | None]] = []
    rest = [(2.0, True)] if rested else []
    for past_s, at_rest in [(0.0, False), *rest, *((3.0 + n / 2, None) for n in range(60))]:
        after = seen(at_rest, past_s)
        now = speak(before, after, told, Site())
        told, before = now.told, after
        found += [(past_s, one.key, one.tone) for one in now.utterances]
    alarms = [at for at, key, _tone in found if key == "alarm"]
    unsure = [at for at, key, _tone in found if key == "alarm.unsure"]
    if rested:
        assert (alarms, unsure) == ([0.0], [3.0, 15.0, 27.0])
        now = speak(before, seen(False, 40.0), told, Site())
        assert now.utterances[0].key == "alarm"  # known motion is one again
    else:
        assert (len(alarms), unsure) == (6, [])
