"""Makes the recordings of this folder and ``expected.json``, from an exact belt; always the same.

    python -m tests.recordings.make            write them anew
    python -m tests.recordings.make FOLDER     write them there

What is expected comes from the belt's motion in closed form and from the rules of safety.md and
contracts.md, worked out by hand beside each recording: never from what the kiosk made of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hardware.belt_model import UINT32, Frame, Sensor
from tests.recordings.take import (
    CHOSEN,
    GREEN,
    OFF,
    PERMIT,
    STEP,
    WALKING,
    Take,
    down,
    up,
)

FOLDER = Path(__file__).parent

RECORDINGS: dict[str, Callable[[], Take]] = {}


def recording(make: Callable[[], Take]) -> Callable[[], Take]:
    """Keep a function as the maker of a recording of its name."""
    RECORDINGS[make.__name__] = make
    return make


def walk(until: float, *, slows: float, kmh: float = 1.2, **options: Any) -> Take:
    """A belt that sets off, holds its speed and slows from ``slows`` on; both hands on, gone."""
    take = Take([*up(kmh), *down(slows, kmh)], until, **options)
    take.hands(0.2, 1, 1)
    take.begin()
    return take


def whole_walk(until: float = 19.8, **options: Any) -> Take:
    """A plan of 10 s walked to its end, the belt stopped by hand after it, then rated."""
    take = walk(until, slows=WALKING + 10.8, **options)
    take.do(until - 0.3, "rate", pain=2, rpe=11)
    return take


def completed(take: Take, *, late: float = 0.1, **more: Any) -> Take:
    """Expect the whole walk of 10 s; ``late`` is how late at most the sensor's bytes come."""
    end = WALKING + 10.0
    take.expect([(WALKING, end)], pain_before=2, pain_after=2, rpe=11, **more)
    take.event("permit_granted", PERMIT, PERMIT + late)
    take.walking()
    take.event("state", end - 0.2, end + 0.2, state="finishing")
    take.finished(late)
    return take


# ---- the interlock's rows ------------------------------------------------------------------------


@recording
def estop_pulse() -> Take:
    """The e-stop's circuit opens for 30 ms: a broken wire that touches again. No debounce."""
    take = walk(14.5, slows=12.1)
    take.pin(12.0, "estop", 0)
    take.pin(12.03, "estop", 1)
    take.expect([(WALKING, 12.0)], outcome="safety_stop", stop_reason="estop")
    take.walking()
    take.stopped("estop", 12.0, within=0.01)
    return take


@recording
def estop_pulse_short() -> Take:
    """The same for 1 ms, over before the guard's next pass: it is judged all the same."""
    take = walk(14.5, slows=12.1)
    take.pin(12.003, "estop", 0)
    take.pin(12.004, "estop", 1)
    take.expect([(WALKING, 12.0)], outcome="safety_stop", stop_reason="estop")
    take.walking()
    take.stopped("estop", 12.003, within=0.01)
    return take


@recording
def estop_in_coast() -> Take:
    """A pause; while the belt still coasts the e-stop is pressed: the pause becomes a stop."""
    take = walk(15.0, slows=12.1)
    take.do(12.0, "pause")
    take.pin(12.6, "estop", 0)
    take.expect([(WALKING, 12.0)], outcome="safety_stop", stop_reason="estop", pauses=1)
    take.walking()
    take.revoked("pause", 12.0, within=0.02)
    take.event("latched", 12.599, 12.61, reason="estop")
    take.state("stopped", 12.6, 12.61)
    return take


@recording
def key_status() -> Take:
    """The treadmill's key is pulled: the sensor says so with its status bit 2."""
    take = walk(14.5, slows=12.1)
    take.change(12.0, 99.0, lambda frame: frame._replace(status=0x04))
    take.expect([(WALKING, 12.0)], outcome="safety_stop", stop_reason="safety_key")
    take.walking()
    take.stopped("safety_key", 12.0, within=0.1)
    return take


@recording
def key_pin() -> Take:
    """The key is pulled: a pin of its own says so."""
    take = walk(14.5, slows=12.1)
    take.pin(12.0, "key", 0)
    take.expect([(WALKING, 12.0)], outcome="safety_stop", stop_reason="safety_key")
    take.walking()
    take.stopped("safety_key", 12.0, within=0.1)
    return take


@recording
def runaway() -> Take:
    """Cap 2.4: the belt runs away by 3 km/h a second. Overspeed is true later, and is only seen."""
    over = 12.0 + 2.2 / 3
    fast = [(12.0, 1.2), (over + 0.2, 4.0), (over + 0.2 + 4.0 / 3, 0.0)]
    take = Take([*up(), *fast], 15.5)
    take.hands(0.2, 1, 1)
    take.begin(cap_kmh=2.4)
    take.expect(
        [(WALKING, over + 0.15)],
        outcome="safety_stop",
        stop_reason="runaway",
        reasons_seen=["runaway", "overspeed"],
        max_kmh=...,
    )
    take.walking()
    take.stopped("runaway", over, hold=0.1, within=0.2)
    return take


@recording
def rails_both() -> Take:
    """Both hands asked for: one lets go (a warning), then the other; stopped 2.0 s after that."""
    take = walk(17.0, slows=14.1)
    take.hands(10.0, 0, 1)
    take.hands(12.0, 0, 0)
    take.hands(14.5, 1, 1)
    take.expect([(WALKING, 14.0)], outcome="safety_stop", stop_reason="rails_released")
    take.walking()
    take.stopped("rails_released", 12.0, hold=2.0, within=2.0)
    return take


@recording
def rails_one() -> Take:
    """One hand is enough here: one for 3 s, none for 1.9 s, one again; then none for 2.0 s."""
    take = walk(18.5, slows=15.6, rails="one")
    take.hands(8.0, 0, 1)
    take.hands(11.0, 0, 0)
    take.hands(12.9, 1, 0)
    take.hands(13.5, 0, 0)
    take.expect([(WALKING, 15.5)], outcome="safety_stop", stop_reason="rails_released")
    take.walking()
    take.stopped("rails_released", 13.5, hold=2.0, within=2.0)
    return take


@recording
def rails_none() -> Take:
    """Rails are not looked at here: nobody ever holds one, and the walk is completed."""
    take = whole_walk(rails="none")
    take.hands(0.3, 0, 0)
    return completed(take)


@recording
def rails_one_hand() -> Take:
    """Both hands asked for, one held for 6 s: a warning, and the walk goes on to its end."""
    take = whole_walk()
    take.hands(8.0, 1, 0)
    take.hands(14.0, 1, 1)
    return completed(take)


@recording
def sensor_lost() -> Take:
    """The sensor falls silent for good, the belt runs on: unknown is not zero."""
    take = walk(16.0, slows=12.6)
    take.silent(12.02)
    take.do(15.9, "rate", pain=3, rpe=12)
    take.expect(
        [(WALKING, 12.5)],
        outcome="safety_stop",
        stop_reason="sensor_lost",
        closed=12.0,
        # The way since the last frame is not known.
        distance_m=round(take.motion.way_m(WALKING, 12.0), 4),
        pain_after=3,
    )
    take.walking()
    take.stopped("sensor_lost", 12.0, hold=0.5, within=0.52)
    return take


def faulty(how: Callable[[Frame], Frame | None], start: float, end: float, certain: float) -> Take:
    """A walk that ends with a sensor fault, within 0.1 s of its being certain."""
    take = walk(14.5, slows=12.2)
    take.change(start, end, how)
    take.expect(
        [(WALKING, certain + 0.05)],
        outcome="safety_stop",
        stop_reason="sensor_fault",
        distance_total_m=...,
    )
    take.walking()
    take.stopped("sensor_fault", start, within=certain + 0.1 - start)
    return take


@recording
def sensor_fault_status() -> Take:
    """One frame with status bit 0: the encoder's own fault."""
    return faulty(lambda frame: frame._replace(status=0x01), 12.0, 12.02, 12.0)


@recording
def sensor_fault_reserved() -> Take:
    """One frame with a status bit that means nothing yet."""
    return faulty(lambda frame: frame._replace(status=0x40), 12.0, 12.02, 12.0)


@recording
def sensor_fault_edge() -> Take:
    """One frame whose edge lies after it."""
    return faulty(
        lambda frame: frame._replace(edge_us=(frame.clock_us + 500) % UINT32), 12.0, 12.02, 12.0
    )


@recording
def sensor_fault_frozen() -> Take:
    """The sensor's clock stands still while seq goes on: certain after five frames."""
    stuck = walk(14.5, slows=12.2).frames[600]
    return faulty(
        lambda frame: stuck._replace(t=frame.t, seq=frame.seq), 12.0 + 0.02, 13.0, 12.0 + 5 * 0.02
    )


@recording
def sensor_fault_reset() -> Take:
    """The sensor restarts under way: seq, clock and count from 0. Nothing is subtracted."""

    def anew(frame: Frame) -> Frame:
        clock_us = round((frame.t - 12.0) * 1e6) + 1_000
        edges = [e for e in fresh if 12.0 < e[0] <= 12.0 + clock_us / 1e6]
        edge_us = round((edges[-1][0] - 12.0) * 1e6) if edges else 0
        count = sum(way for _, way in edges)
        return Frame(frame.t, round((frame.t - 12.0) * 50) % 256, clock_us, count, edge_us)

    plain = walk(14.5, slows=12.2)
    fresh = plain.sensor.edges(plain.belt, 14.5)
    return faulty(anew, 12.0, 99.0, 12.0 + 2 * 0.02)


@recording
def sensor_fault_slip() -> Take:
    """Three frames in a row with a count that no belt can have reached."""
    return faulty(lambda frame: frame._replace(count=frame.count + 400), 12.0, 12.06, 12.04)


@recording
def sensor_two_implausible() -> Take:
    """Two such frames only, twice: they are not used, nothing else comes of them."""
    take = whole_walk()
    take.change(9.0, 9.04, lambda frame: frame._replace(count=frame.count + 400))
    take.change(12.0, 12.04, lambda frame: frame._replace(clock_us=frame.clock_us + 900_000))
    return completed(take, frames={"rejected": 0, "lost": 0})


@recording
def overspeed() -> Take:
    """Cap 2.4: the belt holds 2.9."""
    over = 12.0 + 1.5 / 2
    fast = [(12.0, 1.2), (12.85, 2.9), (over + 0.6, 2.9), (over + 2.05, 0.0)]
    take = Take([*up(), *fast], 15.5)
    take.hands(0.2, 1, 1)
    take.begin(cap_kmh=2.4)
    take.expect(
        [(WALKING, over + 0.55)], outcome="safety_stop", stop_reason="overspeed", max_kmh=2.9
    )
    take.walking()
    take.stopped("overspeed", over, hold=0.5, within=0.6)
    return take


@recording
def overspeed_just_under() -> Take:
    """Cap 2.4: 2.65 for 4 s is under cap + 0.3, 2.9 for 0.3 s is under 0.5 s. No stop."""
    fast = [(8.0, 1.2), (9.45, 2.65), (13.5, 2.65), (13.6, 2.9), (13.8, 2.9), (13.95, 2.4)]
    take = Take([*up(), *fast, (15.0, 2.4), (16.2, 1.2), *down(17.1)], 19.8)
    take.hands(0.2, 1, 1)
    take.begin(cap_kmh=2.4)
    take.do(19.5, "rate", pain=2, rpe=11)
    return completed(take, max_kmh=...)


@recording
def wrong_direction() -> Take:
    """The belt slows, turns and goes the other way."""
    turned = 12.0 + 1.2
    back = [(12.0, 1.2), (turned + 0.6, -0.6), (14.2, -0.6), (14.8, 0.0)]
    take = Take([*up(), *back], 16.0)
    take.hands(0.2, 1, 1)
    take.begin()
    take.expect([(WALKING, turned + 0.55)], outcome="safety_stop", stop_reason="wrong_direction")
    take.walking()
    take.stopped("wrong_direction", turned + 0.2, hold=0.3, within=0.4)
    return take


@recording
def permit_ineffective() -> Take:
    """A pause, and the belt runs on: after 8 s that is an alarm of its own."""
    take = walk(20.0, slows=18.2)
    take.do(10.0, "pause")
    take.expect(
        [(WALKING, 10.0)],
        outcome="safety_stop",
        stop_reason="permit_ineffective",
        pauses=1,
    )
    take.walking()
    take.revoked("pause", 10.0, within=0.02)
    take.event("latched", 18.0 - 0.001, 18.1, reason="permit_ineffective")
    take.state("stopped", 18.0, 18.1)
    return take


@recording
def estop_ineffective() -> Take:
    """The e-stop does not stop the belt either: seen, and the reason stays what it was."""
    take = walk(19.0, slows=17.2)
    take.pin(9.0, "estop", 0)
    take.expect(
        [(WALKING, 9.0)],
        outcome="safety_stop",
        stop_reason="estop",
        reasons_seen=["estop", "permit_ineffective"],
    )
    take.walking()
    take.stopped("estop", 9.0, within=0.01)
    take.event("latched", 17.0 - 0.001, 17.1, reason="permit_ineffective")
    return take


@recording
def unexpected_motion() -> Take:
    """Paused and at rest; then the belt moves with no permit. It is not counted into the walk."""
    moves = [(14.5, 0.0), (15.0, 1.0), (16.2, 1.0), (17.2, 0.0)]
    take = Take([*up(), *down(12.1), *moves], 18.0)
    take.hands(0.2, 1, 1)
    take.begin()
    take.do(12.0, "pause")
    take.expect(
        [(WALKING, 12.0)],
        outcome="safety_stop",
        stop_reason="unexpected_motion",
        pauses=1,
    )
    take.walking()
    take.revoked("pause", 12.0, within=0.02)
    take.event("latched", 14.6 + 0.5 - 0.001, 14.6 + 0.6, reason="unexpected_motion")
    take.state("stopped", 15.1, 15.2)
    return take


@recording
def kiosk_lost() -> Take:
    """The screen freezes: the kiosk is no longer heard, and comes back later."""
    take = walk(17.0, slows=13.1)
    take.do(12.0, "heartbeat", on=False)
    take.do(15.0, "heartbeat", on=True)
    take.expect([(WALKING, 12.95)], outcome="safety_stop", stop_reason="kiosk_lost")
    take.walking()
    take.stopped("kiosk_lost", 12.0, within=1.0)
    return take


@recording
def patron_screen() -> Take:
    """STOP on the screen; then pain and exertion are rated over the stop rules."""
    take = walk(15.0, slows=12.1)
    take.do(12.0, "stop")
    take.do(14.5, "rate", pain=5, rpe=16)
    take.expect(
        [(WALKING, 12.0)],
        outcome="stopped",
        stop_reason="patron",
        pain_before=2,
        pain_after=5,
        rpe=16,
    )
    take.walking()
    take.state("stopped", 12.0, 12.02)
    take.revoked("patron", 12.0, within=0.02)
    take.state("summary", 14.5)
    return take


@recording
def patron_button() -> Take:
    """A stop button on the rail."""
    take = walk(15.0, slows=12.1)
    take.pin(12.0, "stop_button", 1)
    take.pin(12.3, "stop_button", 0)
    take.expect([(WALKING, 12.0)], outcome="stopped", stop_reason="patron")
    take.walking()
    take.stopped("patron", 12.0, within=0.02)
    return take


# ---- which reason it is --------------------------------------------------------------------------


@recording
def precedence() -> Take:
    """Stop button, key and e-stop in one pass, the lowest first: the reason is the highest."""
    take = walk(15.0, slows=12.1)
    take.pin(12.0, "stop_button", 1)
    take.pin(12.0, "key", 0)
    take.pin(12.0, "estop", 0)
    take.expect(
        [(WALKING, 12.0)],
        outcome="safety_stop",
        stop_reason="estop",
        reasons_seen=["estop", "safety_key", "patron"],
    )
    take.walking()
    take.stopped("estop", 12.0, within=0.01)
    return take


@recording
def precedence_held() -> Take:
    """In the pass in which the rails' 2.0 s are over the sensor flags a fault: rails is higher."""
    take = walk(15.5, slows=13.1)
    take.hands(11.0, 0, 0)
    take.change(13.0, 13.02, lambda frame: frame._replace(status=0x02))
    take.expect(
        [(WALKING, 13.0)],
        outcome="safety_stop",
        stop_reason="rails_released",
        reasons_seen=["rails_released", "sensor_fault"],
        distance_total_m=...,
    )
    take.walking()
    take.stopped("rails_released", 11.0, hold=2.0, within=2.0)
    return take


@recording
def precedence_later() -> Take:
    """The key first, the e-stop 50 ms after it: the reason stays the key."""
    take = walk(15.0, slows=12.2)
    take.pin(12.0, "key", 0)
    take.pin(12.05, "estop", 0)
    take.expect(
        [(WALKING, 12.0)],
        outcome="safety_stop",
        stop_reason="safety_key",
        reasons_seen=["safety_key", "estop"],
    )
    take.walking()
    take.stopped("safety_key", 12.0, within=0.1)
    return take


# ---- a session's course --------------------------------------------------------------------------


@recording
def pause_resume() -> Take:
    """Paused at 10 s, resumed at 13 s through checks and countdown; the total has the coasting."""
    again = 13.0 + 3.0 + 0.5
    on = again + 0.8
    end = on + 10.0 - (10.0 - WALKING)
    take = Take([*up(), *down(10.1), *up(at=again), *down(end + 0.8)], end + 3.6)
    take.hands(0.2, 1, 1)
    take.begin()
    take.do(10.0, "pause")
    take.do(13.0, "resume")
    take.do(end + 3.4, "rate", pain=1, rpe=9)
    take.expect([(WALKING, 10.0), (on, end)], pauses=1, pain_after=1, rpe=9)
    take.walking()
    take.state("paused", 10.0)
    take.revoked("pause", 10.0, within=0.02)
    take.state("checking", 13.0)
    take.state("countdown", 13.0)
    take.event("permit_granted", 16.0, 16.1)
    take.walking(on)
    take.event("state", end - 0.3, end + 0.3, state="finishing")
    return take


@recording
def dither_in_pause() -> Take:
    """While paused the encoder dithers over one edge, 12 times a second: that is no motion."""
    take = pause_resume()
    count = take.frames[round(12.4 * 50)].count

    def dithering(frame: Frame) -> Frame:
        number = round((frame.t - 12.4) * 50) // 4
        return frame._replace(
            count=count - number % 2,
            edge_us=round((12.4 + 0.08 * number) * 1e6) - 3_000,
        )

    take.change(12.4, 15.52, dithering)
    # What the dither stamped last stands until the belt's own next edge.
    still = dithering(Frame(15.5, 0, 0, 0, 0))
    assert still.count == count
    take.change(
        15.52,
        17.5,
        lambda frame: frame._replace(edge_us=still.edge_us) if frame.count == count else frame,
    )
    return take


@recording
def auto_pause() -> Take:
    """The person stops the belt at its own console: at rest for 2 s means paused."""
    take = walk(16.5, slows=12.0)
    paused = take.rests(16.0) + 2.0
    take.expect([(WALKING, paused)], outcome="stopped", pauses=1)
    take.walking()
    take.event("state", paused - 0.05, paused + 0.05, state="paused")
    take.revoked("pause", paused - 0.05, within=0.1)
    # Nobody comes back: 5 min later, long after the file, it is over.
    take.event("state", paused + 300 - 0.05, paused + 300 + 0.05, state="stopped")
    return take


@recording
def finishing_runs_on() -> Take:
    """The plan is done and nobody stops the belt: permit off after 20 s; 10 s of walking."""
    end = WALKING + 10.0
    take = walk(end + 22.5, slows=end + 20.2, frames_a_line=2)
    take.expect([(WALKING, end)], pain_before=2, pain_after=None)
    take.walking()
    take.event("state", end - 0.2, end + 0.2, state="finishing")
    take.revoked("finished", end - 0.2, hold=20.0, within=20.4)
    return take


@recording
def no_motion() -> Take:
    """A permit, and nobody starts the belt: after 60 s it falls, back to checking."""
    take = Take([], PERMIT + 60.5, frames_a_line=5, ending=b"\n")
    take.hands(0.2, 1, 1)
    take.begin()
    take.expect([], outcome="stopped", max_kmh=None, mean_kmh=None)
    take.event("permit_granted", PERMIT, PERMIT + 0.1)
    # The sensor's first bytes come 0.1 s late, as does all after them.
    take.state("checking", PERMIT + 60.0, PERMIT + 60.15)
    take.revoked("no_motion", PERMIT, hold=60.0, within=60.15)
    return take


@recording
def hands_late() -> Take:
    """Key out and hands off when go is pressed: it is kept until every check is green."""
    late = 8.0
    on = late + 3.5 + 0.8
    take = Take([*up(at=late + 3.5), *down(on + 10.8)], on + 13.4)
    take.pin(0.0, "key", 0)
    take.begin()
    take.pin(7.0, "key", 1)
    take.hands(late, 1, 1)
    take.do(on + 13.2, "rate", pain=2, rpe=11)
    take.expect([(on, on + 10.0)], permit=late + 3.0)
    take.state("countdown", late)
    take.event("permit_granted", late + 3.0, late + 3.1)
    take.walking(on)
    return take


@recording
def go_forgotten() -> Take:
    """Hands come 61 s after go: it is forgotten, nobody is surprised by a countdown."""
    take = Take([], CHOSEN + 0.2 + 65.0, frames_a_line=5, ending=b"\n")
    take.begin()
    take.hands(CHOSEN + 0.2 + 61.0, 1, 1)
    take.nothing()
    return take


@recording
def countdown_let_go() -> Take:
    """Hands leave the rails in the countdown: back to checking; go is pressed again."""
    again = 5.0
    on = again + 3.5 + 0.8
    take = Take([*up(at=again + 3.5), *down(on + 10.8)], on + 13.4)
    take.hands(0.2, 1, 1)
    take.begin()
    take.hands(3.5, 0, 0)
    take.hands(4.0, 1, 1)
    take.do(again, "go")
    take.do(on + 13.2, "rate", pain=2, rpe=11)
    take.expect([(on, on + 10.0)], permit=again + 3.0)
    take.state("countdown", GREEN)
    take.state("checking", 3.5)
    take.state("countdown", again)
    take.event("permit_granted", again + 3.0, again + 3.1)
    return take


@recording
def rail_stuck() -> Take:
    """A rail sensor that says held from power-on: never seen open, so never a permit."""
    take = Take([], 12.0)
    take.pin(0.0, "rail_left", 1)
    take.hands(0.2, 1, 1)
    take.begin()
    take.do(8.0, "go")
    take.nothing()
    return take


@recording
def pain_too_high() -> Take:
    """Pain 6 before is at the stop rule: refused, and go with it."""
    take = Take([], 8.0)
    take.hands(0.2, 1, 1)
    take.do(CHOSEN, "choose", program="easy-walk", minutes=5)
    take.do(0.4, "brief", pain=6)
    take.do(0.5, "go")
    take.nothing()
    return take


@recording
def two_sessions() -> Take:
    """One after the other; the rails are let go between, so each was seen open again."""
    first = [*up(), *down(WALKING + 6.8)]
    chosen = 17.0
    off = chosen + 0.2 + 3.5
    on = off + 0.8
    take = Take([*first, *up(0.9, at=off), *down(on + 5.8, 0.9)], on + 8.6, frames_a_line=2)
    take.hands(0.2, 1, 1)
    take.begin([STEP | {"s": 6}])
    take.do(16.0, "rate", pain=2, rpe=10)
    take.hands(16.2, 0, 0)
    take.hands(16.6, 1, 1)
    take.begin([STEP | {"s": 5}], at=chosen)
    take.do(on + 8.4, "rate", pain=1, rpe=9)
    take.expect([(WALKING, WALKING + 6.0)], planned_s=6, closed=16.0, pain_after=2)
    take.walking()
    take.expect(
        [(on, on + 5.0)], at=chosen, planned_s=5, permit=chosen + 3.0, pain_after=1, in_band_pct=100
    )
    take.event("permit_granted", chosen + 3.2, chosen + 3.3)
    take.walking(on)
    return take


@recording
def two_sessions_held() -> Take:
    """The rails are never let go between: the second session gets no permit."""
    take = walk(21.5, slows=WALKING + 3.8)
    take.frames = take.frames[:]
    take._lines.clear()
    take.hands(0.2, 1, 1)
    take.begin([STEP | {"s": 3}])
    take.do(13.0, "rate", pain=2, rpe=10)
    take.begin([STEP | {"s": 3}], at=14.0)
    take.expect([(WALKING, WALKING + 3.0)], planned_s=3, closed=13.0)
    take.walking()
    return take


# ---- plans and caps ------------------------------------------------------------------------------


@recording
def cap_under_the_plan() -> Take:
    """A cap of 1.0 under a band up to 2.0: targets follow the cap, 1.5 is overspeed."""
    over = 11.0 + 0.4 / 2
    take = Take(
        [*up(0.9), (11.0, 0.9), (11.3, 1.5), (over + 0.6, 1.5), (over + 2.1, 0.0)],
        14.5,
    )
    take.hands(0.2, 1, 1)
    take.begin(cap_kmh=1.0)
    end = over + 0.55
    spans = [(WALKING, end)]
    take.expect(
        spans,
        outcome="safety_stop",
        stop_reason="overspeed",
        in_band_pct=take.in_band(0.8, 1.0, *spans),
        max_kmh=1.5,
    )
    take.walking()
    take.stopped("overspeed", over, hold=0.5, within=0.6)
    return take


@recording
def cap_of_the_site() -> Take:
    """A site's cap of 1.0 holds against a plan that asks for 4.0."""
    take = cap_under_the_plan()
    take.config["site_cap_kmh"] = 1.0
    for _, line in take._lines:
        if "cap_kmh" in line:
            line["cap_kmh"] = 4.0
    return take


@recording
def steps() -> Take:
    """Three steps with targets of their own; the second is walked partly too slowly."""
    plan = [
        STEP | {"name": "warm-up", "s": 4, "low_kmh": 0.8, "high_kmh": 1.2},
        STEP | {"name": "main", "s": 5, "low_kmh": 1.5, "high_kmh": 2.0},
        STEP | {"name": "cool-down", "s": 3, "low_kmh": 0.5, "high_kmh": 1.0},
    ]
    one, two, end = WALKING + 4.0, WALKING + 9.0, WALKING + 12.0
    corners = [
        *up(1.0),
        (one + 1.0, 1.0),
        (one + 1.8, 1.8),
        (two, 1.8),
        (two + 1.0, 0.8),
        *down(end + 0.6, 0.8),
    ]
    take = Take(corners, end + 3.0)
    take.hands(0.2, 1, 1)
    take.begin(plan)
    take.do(end + 2.8, "rate", pain=2, rpe=12)
    kept = [
        take.in_band(0.8, 1.2, (WALKING, one)) * 4,
        take.in_band(1.5, 2.0, (one, two)) * 5,
        take.in_band(0.5, 1.0, (two, end)) * 3,
    ]
    take.expect(
        [(WALKING, end)],
        planned_s=12,
        steps_total=3,
        steps_completed=3,
        in_band_pct=round(sum(kept) / 12, 1),
        max_kmh=1.8,
    )
    take.walking()
    take.event("step", one - 0.2, one + 0.2, index=1, name="main")
    take.event("step", two - 0.2, two + 0.2, index=2, name="cool-down")
    take.event("state", end - 0.2, end + 0.2, state="finishing")
    return take


@recording
def program_stopped() -> Take:
    """A built-in program, its own cap, stopped by the person after a few seconds."""
    take = walk(13.5, slows=11.1)
    take._lines.clear()
    take.hands(0.2, 1, 1)
    take.begin(program="easy-walk", minutes=5)
    take.do(11.0, "stop")
    take.do(13.0, "rate", pain=2, rpe=10)
    take.expect(
        [(WALKING, 11.0)],
        outcome="stopped",
        stop_reason="patron",
        planned_s=300,
        steps_total=3,
        program_id="easy-walk",
    )
    take.walking()
    return take


@recording
def incline_locked() -> Take:
    """The uphill program without the staff's PIN: refused, and go with it."""
    take = Take([], 8.0)
    take.hands(0.2, 1, 1)
    take.begin(program="ankle-uphill")
    take.nothing()
    return take


@recording
def incline_unlocked() -> Take:
    """The uphill program after the staff unlocked it; stopped in its level warm-up."""
    take = walk(12.5, slows=10.1)
    take._lines.clear()
    take.hands(0.2, 1, 1)
    take.do(0.25, "unlock", role="staff")
    take.begin(program="ankle-uphill")
    take.do(10.0, "stop")
    take.expect(
        [(WALKING, 10.0)],
        outcome="stopped",
        stop_reason="patron",
        planned_s=480,
        steps_total=3,
        program_id="ankle-uphill",
        incline_pct=0,
    )
    take.walking()
    return take


@recording
def incline_step() -> Take:
    """The second step has an incline: the walk breaks off until it is set and confirmed."""
    plan = [STEP | {"s": 4}, STEP | {"name": "uphill", "s": 5, "incline_pct": 5}]
    one = WALKING + 4.0
    confirmed = one + 3.0
    again = confirmed + 3.5
    on = again + 0.8
    end = on + 5.0
    corners = [*up(), *down(one + 0.3), *up(0.9, at=again), *down(end + 0.5, 0.9)]
    take = Take(corners, end + 3.0)
    take.hands(0.2, 1, 1)
    take.begin(plan)
    take.do(confirmed - 0.5, "confirm_incline", incline_pct=7)  # not what was asked for: refused
    take.do(confirmed, "confirm_incline", incline_pct=5)
    take.do(end + 2.8, "rate", pain=2, rpe=13)
    take.expect(
        [(WALKING, one), (on, end)],
        planned_s=9,
        steps_total=2,
        steps_completed=2,
        incline_pct=5,
        pauses=1,
    )
    take.walking()
    take.event("step", one - 0.2, one + 0.2, index=1, name="uphill")
    take.event("state", one - 0.2, one + 0.2, state="paused")
    take.event("incline", confirmed - 0.001, confirmed + 0.02, incline_pct=5)
    take.event("permit_granted", confirmed + 3.0, confirmed + 3.1)
    take.walking(on)
    return take


@recording
def incline_first() -> Take:
    """An incline from the first step on: no countdown before it is confirmed."""
    late = 4.0
    on = late + 3.5 + 0.8
    take = Take([*up(at=late + 3.5), *down(on + 6.6)], on + 9.4)
    take.hands(0.2, 1, 1)
    take.begin([STEP | {"s": 6, "incline_pct": 2.5}])
    take.do(late, "confirm_incline", incline_pct=2.5)
    take.do(on + 9.2, "rate", pain=2, rpe=12)
    take.expect([(on, on + 6.0)], planned_s=6, incline_pct=2.5, permit=late + 3.0)
    take.event("incline", late - 0.001, late + 0.02, incline_pct=2.5)
    take.event("permit_granted", late + 3.0, late + 3.1)
    return take


# ---- belts and sensors ---------------------------------------------------------------------------


@recording
def wraps() -> Take:
    """Clock, count and seq all wrap while walking."""
    clock_us = UINT32 - 9_000_000
    sensor = Sensor(
        pole_error=0.01, jitter_us=20.0, clock_us=clock_us, count=2**31 - 250, seq=255 - 20
    )
    return completed(whole_walk(sensor=sensor), frames={"rejected": 0, "lost": 0})


@recording
def console() -> Take:
    """Facing the console on a reversing belt: a negative belt is the right way."""
    return completed(whole_walk(belt_sign=-1, facing="console"), max_kmh=1.2)


@recording
def inverted() -> Take:
    """An encoder that counts the other way round."""
    return completed(whole_walk(belt_sign=-1, invert=True), max_kmh=1.2)


@recording
def console_wrong() -> Take:
    """Facing the console, and the belt goes the one way it should not."""
    take = Take([(OFF, 0.0), (OFF + 0.6, -0.6), (7.0, -0.6), (7.6, 0.0)], 9.0, belt_sign=-1)
    take.config["facing"] = "console"
    take.hands(0.2, 1, 1)
    take.begin()
    take.expect(
        [], outcome="safety_stop", stop_reason="wrong_direction", max_kmh=None, mean_kmh=None
    )
    take.stopped("wrong_direction", OFF + 0.2, hold=0.3, within=0.4)
    return take


@recording
def fine_encoder() -> Take:
    """0.5 mm a count: 670 counts a second, over 30 between two frames."""
    sensor = Sensor(0.5, pole_error=0.01, jitter_us=20.0)
    return completed(whole_walk(sensor=sensor), max_kmh=1.2)


@recording
def coarse_encoder() -> Take:
    """20 mm a count: 17 counts a second; most frames bring none."""
    sensor = Sensor(20.0, pole_error=0.01, jitter_us=20.0)
    take = walk(21.0, slows=WALKING + 10.8, sensor=sensor)
    take.do(20.8, "rate", pain=2, rpe=11)
    take.expect([(WALKING, WALKING + 10.0)], max_kmh=1.2)
    take.walking()
    return take


@recording
def garbage() -> Take:
    """Garbage, damaged lines and lines cut in two: what is whole is used, the rest is counted."""
    take = whole_walk()

    def noisy(frames: list[Frame]) -> list[tuple[float, bytes]]:
        pieces = []
        for number, frame in enumerate(frames):
            line = frame.line
            if number % 7 == 3:
                # Each half when it comes; the second one with the next line's time.
                cut = 1 + number % (len(line) - 1)
                pieces += [(frame.t, line[:cut]), (frame.t + 0.01, line[cut:])]
            elif number % 50 == 20:
                pieces.append((frame.t, b"\x00\xff\x7f$SWB,garbage*\n" + line))
            elif number % 50 == 40:
                damaged = line.replace(b",", b";", 1)
                pieces.append((frame.t, damaged))
            else:
                pieces.append((frame.t, line))
        return pieces

    take.send(noisy)
    lines = [n for n in range(len(take.frames)) if n % 7 != 3]
    heard = lambda n: CHOSEN < take.frames[n].t < 19.5  # noqa: E731
    noise = [n for n in lines if n % 50 == 20 and heard(n)]
    damaged = [n for n in lines if n % 50 == 40 and heard(n)]
    return completed(take, frames={"rejected": len(noise) + len(damaged), "lost": len(damaged)})


@recording
def lost_frames() -> Take:
    """Every ninth frame is lost, and once a whole 0.3 s: no fault, the distance is right."""
    take = whole_walk()
    total = len(take.frames)
    take.silent(10.0, 10.3)
    take.frames = [frame for number, frame in enumerate(take.frames) if number % 9 != 5]
    assert total > len(take.frames)
    sent = [frame for frame in take.frames if CHOSEN < frame.t <= 19.5]
    all_of_them = [t / 50 for t in range(1000) if CHOSEN < t / 50 <= 19.5]
    return completed(take, frames={"rejected": 0, "lost": len(all_of_them) - len(sent)})


@recording
def bursts() -> Take:
    """The port holds the sensor's bytes back for 0.2 s at a time."""
    return completed(
        whole_walk(until=20.0, frames_a_line=10), late=0.3, frames={"rejected": 0, "lost": 0}
    )


def write(folder: Path) -> None:
    """Write every recording and what is expected of them."""
    expected = {}
    for name, make in RECORDINGS.items():
        take = make()
        (folder / f"{name}.jsonl").write_text(take.text(), encoding="utf-8")
        expected[name] = {"shows": (make.__doc__ or "").strip(), **take.expected}
    text = json.dumps(expected, indent=1, ensure_ascii=False) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
