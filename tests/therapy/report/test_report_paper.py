"""``report.pdf``: one page whatever it is about, nothing outside its room, true figures."""

from __future__ import annotations

import gettext
import logging
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hardware.link import Reason
from kiosk.cues import texts
from kiosk.export.drawing import Dot, Stroke, Text
from kiosk.therapy.report import paper as paper_module
from kiosk.therapy.report.charts import charts_of
from kiosk.therapy.report.facts import facts
from kiosk.therapy.report.grid import HEIGHT, WIDTH
from kiosk.therapy.report.paper import BOTTOM_MM, MARGIN_MM, Paper
from kiosk.therapy.report.subject import Subject
from profiles.state import Held, State
from tests.therapy.report import pdf
from tests.therapy.report.subjects import (
    CODE,
    FIRST,
    ORIGIN,
    SIXTY,
    prescribed,
    record,
    records,
    subject,
)

CROWD = dict(today=FIRST + timedelta(290), **SIXTY)
HELD = State(held=Held("pain_rise", date(2026, 12, 20)), ended_on=None)
CASES: dict[str, Subject] = {
    "no session": subject([]),
    "one": subject(records(1)),
    "two": subject(records(2)),
    "twelve": subject(),
    "150 of the widest": subject(records(150, 1.9), **CROWD),
    "1,000": subject(records(1000, 0.3), **CROWD),
    "none, widest": subject([], **CROWD),
    "held": subject(state=HELD),
    "expired": subject(today=date(2027, 6, 1)),
    "ended": subject(state=State(ended_on=date(2026, 12, 22)), today=date(2026, 12, 23)),
    "no schedule, no progression": subject(schedule=None, progression=None),
    "no clock": subject(records(5, started_at="1970-01-01T00:00:09.000Z", clock_trusted=False)),
    "nothing known": subject(
        [
            record(n, FIRST, **dict.fromkeys(("mean_kmh", "in_band_pct", "pain_before", "rpe")))
            for n in range(4)
        ]
    ),
    "note of line ends": subject(note="a\n" * 250),
    "strange letters": subject(display_name="Ωmega あ 😀 שלום", note="שלום " * 60),
    "every reason": subject(
        [
            record(n, FIRST, outcome="safety_stop", stop_reason=reason)
            for n, reason in enumerate([*map(str, Reason), *(f"new{n}" for n in range(40))])
        ]
        + [record(60, FIRST, outcome="stopped", stop_reason=None)]
        + [record(61, FIRST, outcome="interrupted", stop_reason=None)],
        **{key: SIXTY[key] for key in ("note", "display_name")},
    ),
}


def made(about: Subject, *, identified: bool = True) -> bytes:
    said = facts(about, ORIGIN, CODE, identified=identified)
    return Paper(said, charts_of(about, identified=identified)).made()


class Longer(gettext.NullTranslations):
    """A language of which every text is a third longer, as German often is."""

    def gettext(self, message: str) -> str:
        return message + " " + "m" * (len(message) // 3)


@pytest.fixture(params=["English", "a longer language"])
def language(request: pytest.FixtureRequest) -> Iterator[None]:
    texts.use(Longer() if "longer" in request.param else gettext.NullTranslations())
    yield
    texts.use(gettext.NullTranslations())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("identified", [True, False])
def test_it_is_one_page(name: str, identified: bool, language: None) -> None:
    assert pdf.pages(made(CASES[name], identified=identified)) == 1


@pytest.mark.parametrize("name", CASES)
def test_nothing_leaves_its_room(
    name: str, language: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is wider than its cell, and no block reaches into what the clinic fills in."""
    foot_mm = 297 - BOTTOM_MM - paper_module._FOOT_MM
    in_foot = False
    seen = 0

    class Looked(Paper):
        def cell(self, w: float | None = None, h: float | None = None, *rest: Any, **more: Any):  # type: ignore[override]
            nonlocal seen
            text = rest[0] if rest else more.get("text", "")
            assert w is not None and h is not None
            assert self.get_string_width(text) <= w + 0.05, text
            assert self.get_x() >= MARGIN_MM - 0.01
            assert self.get_x() + w <= 210 - MARGIN_MM + 0.05, text
            assert self.get_y() >= MARGIN_MM - 0.01
            assert self.get_y() + h <= (297 - BOTTOM_MM if in_foot else foot_mm) + 0.05, text
            assert self.font_size_pt >= 4.5
            seen += 1
            return super().cell(w, h, *rest, **more)

        def multi_cell(self, w: float, h: float | None = None, *rest: Any, **more: Any) -> Any:
            found = super().multi_cell(w, h, *rest, **more)
            if not more["dry_run"]:
                assert self.font_size_pt >= 4.5, "the note is too small to read"
            return found

        def _foot(self, y: float) -> None:
            nonlocal in_foot
            in_foot = True
            super()._foot(y)

    about = CASES[name]
    page = Looked(facts(about, ORIGIN, CODE, identified=True), charts_of(about, identified=True))
    page.made()
    assert page._arranged()[1] >= paper_module._LEAST_GAP_MM, "blocks reach into each other"
    assert in_foot
    assert seen > 40


@pytest.mark.parametrize("name", CASES)
def test_no_mark_leaves_its_drawing(name: str) -> None:
    for drawing in charts_of(CASES[name], identified=True):
        assert (drawing.width, drawing.height) == (WIDTH, HEIGHT)
        for mark in drawing.marks:
            if isinstance(mark, Stroke):
                points = list(mark.points)
            elif isinstance(mark, Dot):
                points = [(mark.x, mark.y)]
            elif isinstance(mark, Text):
                wide = {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor] * 7 * len(mark.text)
                points = [(mark.x - wide, mark.y), (mark.x - wide + 7 * len(mark.text), mark.y)]
            else:
                points = [(mark.x, mark.y), (mark.x + mark.width, mark.y + mark.height)]
                assert mark.width > 0
                assert mark.height > 0
            for x, y in points:
                assert -2 <= x <= WIDTH + 2, (drawing.key, mark)
                assert -2 <= y <= HEIGHT, (drawing.key, mark)


def test_long_histories_lose_rows_and_never_the_newest() -> None:
    text = pdf.said(made(CASES["1,000"]))
    (shown,) = re.findall(r"The newest (\d+) of 1000 sessions", text)
    assert 5 <= int(shown) <= 10
    lines = text.splitlines()
    assert "1000" in lines
    assert str(1000 - int(shown)) not in lines


def test_it_says_the_same_as_the_facts() -> None:
    said = facts(CASES["twelve"], ORIGIN, CODE, identified=True)
    lines = pdf.said(made(CASES["twelve"])).replace("\u00a0", " ")
    assert said.table is not None
    every = [said.title, said.who, said.about, said.kind, said.made, said.disclaimer, said.scales]
    every += [said.stops, *said.sign, said.note, said.table.title, *said.table.head]
    every += [part for fact in (*said.now, *said.figures) for part in fact]
    every += [cell for row in said.table.rows for cell in row]
    every += [fact.name for fact in said.prescription]
    for text in every:
        assert text in lines, text
    joined = " ".join(lines.split())
    for fact in said.prescription:
        assert fact.value in joined, fact


def test_a_letter_that_no_font_has_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        made(CASES["strange letters"])
    assert "あ" not in caplog.text
    assert "U+3042" not in caplog.text.upper()
    assert "0X3042" not in caplog.text.upper()


def test_hebrew_and_greek_are_shown() -> None:
    text = pdf.said(made(subject(display_name="Ωmega שלום")))
    assert "Ω\nmega" in text, "each part in the font that has it"
    assert "שלום" in text


DAYS = st.integers(0, 400).map(lambda n: (FIRST + timedelta(n)).isoformat() + "T10:00:00.000Z")
WHOLE = st.none() | st.integers(-5, 25)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "started_at": DAYS | st.none(),
            "walked_s": st.floats(0, 3600) | st.none(),
            "distance_m": st.floats(-1, 5000) | st.none(),
            **dict.fromkeys(("mean_kmh", "in_band_pct"), st.none() | st.floats(0, 100)),
            **dict.fromkeys(("pain_before", "pain_after", "rpe"), WHOLE),
            "outcome": st.sampled_from(["completed", "stopped", "safety_stop", "interrupted", "?"]),
            "stop_reason": st.sampled_from([None, "patron", "estop", "Sam fell"]),
            "profile_version": st.sampled_from([1, 2, 3]),
            "clock_trusted": st.booleans(),
        }
    ),
    max_size=25,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes of papers
)
@given(RECORDS)
def test_any_course_of_sessions_is_one_page(found: list[dict[str, Any]]) -> None:
    about = subject(
        [{"seq": n + 1, "profile_code": "P-7F3K", **one} for n, one in enumerate(found)]
    )
    content = made(about)
    assert pdf.pages(content) == 1
    assert "Sam fell" not in pdf.said(content), "a reason that is none is free text"


def test_the_prescription_alone_is_what_was_prescribed() -> None:
    """Not what the progression made of it: that is today's walk."""
    about = subject(state=State(added_min=3, added_kmh=0.2))
    text = pdf.said(made(about)).replace("\u00a0", " ")
    assert "Low back, 10 min: 2 min at 0.8–1.2 km/h; 7 min at 1.0–1.6 km/h" in text
    assert "Main step 1.2–1.8 km/h, incline 0 %" in text
    assert "\n13 min\n" in text
    assert prescribed().note in text
