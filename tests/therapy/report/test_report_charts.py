"""What the charts show: unknown is a gap, a limit has its name, and colour tells nothing alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kiosk.export.drawing import CARD, Box, Dot, Drawing, Stroke, Text
from kiosk.therapy.report.charts import charts_of
from tests.therapy.report.subjects import FIRST, record, records, subject

KEYS = ["weeks", "distance", "speed", "band", "pain", "effort"]


def chart(
    key: str, found: list[dict[str, Any]], *, identified: bool = True, **more: Any
) -> Drawing:
    drawn = {one.key: one for one in charts_of(subject(found, **more), identified=identified)}
    return drawn[key]


def some(kind: type, drawing: Drawing) -> list[Any]:
    return [mark for mark in drawing.marks if isinstance(mark, kind)]


def labels(drawing: Drawing) -> list[str]:
    return [mark.text for mark in some(Text, drawing)]


def thick(drawing: Drawing) -> list[Stroke]:
    """The lines of the figures, which are thicker than the grid's."""
    return [mark for mark in some(Stroke, drawing) if mark.width > 2]


def values(key: str, *given: Any, **more: Any) -> Drawing:
    name = {"speed": "mean_kmh", "effort": "rpe", "band": "in_band_pct", "distance": "distance_m"}
    found = [record(n, FIRST + timedelta(n), **{name[key]: value}) for n, value in enumerate(given)]
    return chart(key, found, **more)


def test_there_are_six_and_each_has_its_table() -> None:
    drawn = charts_of(subject(), identified=True)
    assert [one.key for one in drawn] == KEYS
    for one in drawn:
        assert len(one.rows) == (5 if one.key == "weeks" else 12)
        assert all(len(row) == len(one.head) for row in one.rows)
        assert one.title
        assert one.says


def test_without_a_schedule_the_minutes_take_its_place() -> None:
    drawn = charts_of(subject(schedule=None), identified=True)
    assert [one.key for one in drawn] == ["minutes", *KEYS[1:]]


@pytest.mark.parametrize("key", ["speed", "effort"])
def test_what_is_not_known_is_a_gap(key: str) -> None:
    drawing = values(key, 12, 13, None, 14, 12, None, 13)
    lines = thick(drawing)
    assert [len(line.points) for line in lines] == [2, 2]
    assert lines[0].points[-1][0] < lines[1].points[0][0]
    assert len(some(Dot, drawing)) == 5 + 1, "one between two gaps is no line, but a dot"
    assert drawing.rows[2][-1] == "–"


def test_an_unknown_share_has_no_bar_and_none_has_one() -> None:
    drawing = values("band", 50.0, None, 0.0)
    tall, low = some(Box, drawing)
    assert tall.height == pytest.approx(54)
    assert 1 <= low.height < 2


@pytest.mark.parametrize(("key", "limit"), [("pain", "held from 4"), ("effort", "held from 13")])
def test_a_limit_has_its_name(key: str, limit: str) -> None:
    rules = {"pain_at_or_above": 4, "pain_rise": 1, "rpe_at_or_above": 13}
    drawing = chart(key, records(3), stop_rules=rules)
    assert limit in labels(drawing)
    (text,) = [mark for mark in some(Text, drawing) if mark.text == limit]
    dashes = [one for one in some(Stroke, drawing) if one.colour == text.colour]
    assert len(dashes) > 10, "a broken line"
    assert {point[1] for dash in dashes for point in dash.points} == {text.y + 4}


def test_pain_before_is_a_ring_and_after_a_disc() -> None:
    found = [record(0, FIRST, pain_before=5, pain_after=2)]
    ring, hole, disc = some(Dot, chart("pain", found))
    assert hole.fill == CARD
    assert (ring.x, ring.y) == (hole.x, hole.y)
    assert ring.radius > hole.radius
    assert disc.x == ring.x
    assert disc.y > ring.y, "less pain is lower"
    same = [record(0, FIRST, pain_before=3, pain_after=3)]
    ring, hole, disc = some(Dot, chart("pain", same))
    assert disc.radius < hole.radius, "both show where nothing changed"


def test_pain_of_many_sessions_is_two_lines_of_two_widths() -> None:
    found = [record(n, FIRST + timedelta(n), pain_before=4, pain_after=3) for n in range(60)]
    drawing = chart("pain", found)
    assert not some(Dot, drawing)
    widths = {mark.width for mark in some(Stroke, drawing) if len(mark.points) == 60}
    assert widths == {1.2, 2.4}
    assert "Thin line: before" in drawing.says


def test_the_week_that_runs_is_an_outline() -> None:
    drawing = chart("weeks", records(12), today=FIRST + timedelta(27))
    boxes = some(Box, drawing)
    assert [box.fill == CARD for box in boxes] == [False, False, False, False, True]
    assert "Outline: this week" in drawing.says
    assert "Outline" not in chart("weeks", records(12)).says, "nobody came yet this week"


def test_what_was_asked_for_is_a_line_over_each_week() -> None:
    drawing = chart("weeks", records(12))
    asked = [mark for mark in some(Stroke, drawing) if mark.width == 2.0]
    assert len(asked) == 5
    assert len({point[1] for line in asked for point in line.points}) == 1
    assert [row[1:] for row in drawing.rows] == [("3", "3")] * 4 + [("0", "3")]


def test_the_axis_names_the_first_and_the_last_session() -> None:
    found = labels(chart("speed", records(12)))
    assert found[-2:] == ["no. 1, 2026-11-24", "no. 12, 2026-12-20"]
    hidden = labels(chart("speed", records(12), identified=False))
    assert hidden[-2:] == ["no. 1, day 0", "no. 12, day 26"]
    unsure = records(2, clock_trusted=False)
    assert labels(chart("speed", unsure, identified=False))[-2:] == ["no. 1", "no. 2"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((None, None), "Not known of any session."),
        ((1.2, None), "1.2 in each session."),
        ((1.2, 1.45), "From 1.2 to 1.45 in a session."),
    ],
)
def test_a_sentence_says_what_is_seen(given: tuple[Any, ...], text: str) -> None:
    assert values("speed", *given).says == text


@pytest.mark.parametrize("least", [0.0, 5e-324, 1e-9, 0.01])
def test_next_to_nothing_is_drawn(least: float) -> None:
    drawing = values("speed", least, least)
    assert labels(drawing)[:2] == ["0", "0.05"]
    assert len(labels(drawing)) == 5
