"""Miles, feet and what stands beside a number: nothing is told that is not so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from kiosk.cues import units, words
from kiosk.screens import moving, results, trends
from kiosk.screens.persons import mine_view, stepped_words
from kiosk.screens.presenters import card_view
from kiosk.session.model import Phase
from profiles.about import load_about
from tests.screens.fake import MOVING, PROGRAMS, snapshot, status, trace, walk
from tests.screens.fake_patron import LONG, SAM, stepped


@pytest.fixture(autouse=True)
def imperial() -> Iterator[None]:
    units.use("imperial")
    yield
    units.use("metric")


@pytest.mark.parametrize(
    ("kmh", "told"),
    [(0.8, "0.5"), (1.2, "0.75"), (1.3, "0.81"), (1.609344, "1.0"), (2.0, "1.24"), (-1.0, "0.0")],
)
def test_a_target_in_miles_is_not_rounded_to_another_one(kmh: float, told: str) -> None:
    assert units.target_number(kmh) == told
    assert abs(float(told) - max(kmh, 0) / units.KM_PER_MILE) < 0.006


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (0.8, 1.2, ("0.5", "0.74")),
        (0.8, 2.0, ("0.5", "1.24")),
        (1.2, 1.2, ("0.75", "0.75")),
        (0.0, 1.609344, ("0.0", "1.0")),
    ],
)
def test_a_band_is_rounded_into_itself_on_screen_and_in_the_voice(
    low: float, high: float, numbers: tuple[str, str]
) -> None:
    assert units.band_numbers(low, high) == numbers
    assert units.band(low, high) == "–".join(numbers)
    step = replace(walk().step, low_kmh=low, high_kmh=high)
    assert numbers[1] in words.band(step)
    assert low == 0.0 or numbers[0] in words.band(step)


def test_a_band_in_metric_is_as_it_was_set() -> None:
    units.use("metric")
    for low, high in ((0.8, 1.2), (1.1, 2.3), (0.7, 3.9)):
        assert units.band_numbers(low, high) == (str(low), str(high))


def test_tenths_of_km_per_hour_stay_apart_in_miles() -> None:
    told = [units.target_number(tenth / 10) for tenth in range(5, 40)]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    ("metres", "told"),
    [(-2.0, "0 ft"), (0.3, "0 ft"), (0.31, "1 ft"), (304.7, "999 ft"), (304.9, "0.19 mi")],
)
def test_a_distance_is_told_in_feet_then_in_miles(metres: float, told: str) -> None:
    assert units.walked_words(metres).replace("\u00a0", " ") == told


def test_metres_stay_metres() -> None:
    units.use("metric")
    assert units.walked_words(1234.9) == "1234 m"
    assert units.walked_words(-2.0) == "0 m"


def test_the_walk_is_shown_in_miles_and_judged_as_before() -> None:
    seen = status(MOVING, speed_kmh=2.2)
    view = moving.walk_view(snapshot(Phase.WALKING, seen=seen, walking=walk(walked_s=83.0)))
    assert view is not None
    assert (view.speed, view.unit, view.target) == ("1.4", "mph", "0.5–1.24")
    assert (view.goal, view.distance) == ("0.5–1.24 mph", "98 ft")
    assert (view.judged, view.kmh) == ("high", 2.2)


def test_a_program_a_plan_and_what_is_new_are_in_miles() -> None:
    assert card_view(PROGRAMS["easy-walk"], True).speed == "0.5–1.24 mph"
    assert "mph" in mine_view(SAM, load_about(None)).facts
    assert stepped_words(stepped("speed", 1.6, 1.9).stepped).endswith("1.18 mph")
    assert stepped_words(stepped("speed", 1.6, 1.62).stepped) == "New today: a little faster"


def test_the_summary_its_chart_and_the_phone_are_in_miles() -> None:
    made = walk(walked_s=300.0, outcome="completed", closed=True)
    view = results.summary_view(snapshot(Phase.SUMMARY, walking=made))
    assert view is not None
    assert "354 ft" in view.qr_text
    assert " m\n" not in view.qr_text
    chart = results.chart_view(trace(), made)
    assert [text for _kmh, text in chart.ticks] == ["0", "0.5", "1"]
    assert chart.ticks[2][0] == pytest.approx(units.KM_PER_MILE)


def test_the_trend_is_in_feet_or_in_miles() -> None:
    near, far = trends.trend(SAM.past[:1]), trends.trend(LONG.past)
    assert near is not None
    assert far is not None
    assert (near.unit, far.unit) == ("Distance in feet", "Distance in miles")
