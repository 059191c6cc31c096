"""Row ``speed-error``: how far our speed is off, beside counting pulses a second."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from hardware.belt.protocol import Frame, parse_line
from hardware.belt.speed import BeltSpeed
from hardware.limits import REST_BELOW_KMH
from kiosk.bench.belt import Said, Told, belt, stopped_belt
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale

NAME: Final = "speed-error"
ENCODERS_MM: Final = (0.5, 2.0, 5.0, 12.0, 20.0)
"""The whole range that a calibration may say, in mm a count."""
SPEEDS_KMH: Final = (0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 3.5, 2.5, 1.5, 0.7, 0.2)
HOLD_S: Final = 10.0
REST_KMH: Final = 0.5
DISTANCE: Final = "distance, off by"
_SETTLED_S: Final = 5.0
_KMH_PER_MM_S: Final = 0.0036


class _Errors(NamedTuple):
    """Mean absolute errors of one course in km/h, and the distance's in percent."""

    ours: float
    pulses: float
    ours_ramps: float
    pulses_ramps: float
    distance_pct: float


def ours_name(mm: float, *, ramps: bool = False) -> str:
    """Return the name of our error with an encoder."""
    return f"{'ramps' if ramps else 'course'}, {mm:g} mm a count: ours"


def pulses_name(mm: float, *, ramps: bool = False) -> str:
    """Return the name of the error of counting pulses with an encoder."""
    return f"{'ramps' if ramps else 'course'}, {mm:g} mm a count: pulses a second"


def rest_name(mm: float) -> str:
    """Return the name of how soon rest is seen with an encoder."""
    return f"rest, seen after, {mm:g} mm a count"


def row(_scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        "an encoder with 1 % pole error and 20 us jitter, 0.2 to 5 km/h, both ways, with ramps: "
        "how far the speed is off on average",
        "counting pulses a second (the usual home-built sensor)",
        (
            *(Goal(ours_name(mm), pulses_name(mm), at_most=0.1) for mm in ENCODERS_MM),
            Goal(DISTANCE, at_most=0.1, statistic="max"),
            *(Goal(rest_name(mm), at_most=0.5, statistic="max") for mm in ENCODERS_MM),
        ),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Follow the same belt both ways; there is no clock in it."""
    figures: dict[str, list[float]] = {}
    for mm in ENCODERS_MM:
        for number in range(lab.scale.courses):
            lab.tell(f"{NAME}: {mm:g} mm a count", f"course {number + 1}")
            one = _errors(mm, seed=number + 1)
            for name, value in (
                (ours_name(mm), one.ours),
                (pulses_name(mm), one.pulses),
                (ours_name(mm, ramps=True), one.ours_ramps),
                (pulses_name(mm, ramps=True), one.pulses_ramps),
                (DISTANCE, one.distance_pct),
            ):
                figures.setdefault(name, []).append(value)
        for number in range(lab.scale.rests):
            lab.tell(f"{NAME}: {mm:g} mm a count", f"coming to rest {number + 1}")
            figures.setdefault(rest_name(mm), []).append(_rest_s(mm, number))
    units = {DISTANCE: "%"} | {rest_name(mm): "s" for mm in ENCODERS_MM}
    return Figure(
        [Series(name, units.get(name, "km/h"), tuple(of)) for name, of in figures.items()],
        notes=[
            "Each figure is the mean over a course of 4 minutes, at every frame. On a ramp of 1 "
            "km/h a second a coarse encoder is late: between two of its edges it tells nothing, "
            "for 72 ms at 20 mm and 1 km/h, and no speed is told that was not measured. Rest is "
            f"seen when the next edge is overdue for {REST_BELOW_KMH:g} km/h; the belt did "
            f"{REST_KMH:g} km/h and stopped at once."
        ],
    )


def _course() -> tuple[list[Told], float]:
    """Return what the belt is told, forth and back, and when it is over."""
    told: list[Told] = []
    at_s = _SETTLED_S
    for way in (1, -1):
        for kmh in (*SPEEDS_KMH, 0.0):
            told.append(Told(at_s, way * kmh))
            at_s += HOLD_S
    return told, at_s


def _followed(frames: Iterable[Said], mm: float) -> Iterator[tuple[Said, Frame, BeltSpeed]]:
    """Yield what the sensor said, as a frame, and our speed after it."""
    ours = BeltSpeed(mm)
    for said in frames:
        frame = parse_line(said.line.removesuffix(b"\n"))
        if not isinstance(frame, Frame) or not ours.use(frame, round(said.at_s * 1e9)):
            raise RowFailed(f"a sound frame was not used: {said.line!r} ({ours.fault})")
        yield said, frame, ours


def _errors(mm: float, seed: int) -> _Errors:
    told, end_s = _course()
    ours_off: list[float] = []
    pulses_off: list[float] = []
    on_ramp: list[bool] = []
    counted, pulses_kmh = 0, 0.0
    # Forth and back each for itself: of both together nothing would be left.
    way_mm = ours_mm = back_mm = ours_back_mm = 0.0
    moves = belt(told, end_s, mm_per_count=mm, seed=seed)
    for number, (said, frame, ours) in enumerate(_followed(moves, mm), start=1):
        if number % 50 == 0:
            pulses_kmh = (frame.count - counted) * mm * _KMH_PER_MM_S
            counted = frame.count
        if said.at_s < _SETTLED_S:
            continue
        if ours.speed_kmh is None:
            raise RowFailed(f"with {mm:g} mm a count the speed is unknown at {said.at_s:.2f} s")
        ours_off.append(abs(ours.speed_kmh - said.kmh))
        pulses_off.append(abs(pulses_kmh - said.kmh))
        on_ramp.append(not said.is_steady)
        if said.at_s <= end_s / 2:
            way_mm, ours_mm = said.mm, ours.travel_mm
        else:
            back_mm, ours_back_mm = said.mm - way_mm, ours.travel_mm - ours_mm
    return _Errors(
        statistics.fmean(ours_off),
        statistics.fmean(pulses_off),
        _mean_where(ours_off, on_ramp),
        _mean_where(pulses_off, on_ramp),
        100 * max(abs(ours_mm / way_mm - 1), abs(ours_back_mm / back_mm - 1)),
    )


def _mean_where(values: list[float], wanted: list[bool]) -> float:
    return statistics.fmean(one for one, is_wanted in zip(values, wanted, strict=True) if is_wanted)


def _rest_s(mm: float, number: int) -> float:
    """Return how long a belt that stops at once rests until that is seen."""
    # Stopped at another place between two edges each time.
    stop_s = 4.0 + number * 0.0017
    stops = stopped_belt(REST_KMH, stop_s, stop_s + 4.0, mm_per_count=mm, seed=number + 1)
    for said, _, ours in _followed(stops, mm):
        kmh = ours.speed_kmh
        if said.at_s > stop_s and kmh is not None and kmh < REST_BELOW_KMH:
            return said.at_s - stop_s
    raise RowFailed(f"with {mm:g} mm a count the belt was never seen at rest")
