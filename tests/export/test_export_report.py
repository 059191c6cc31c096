"""Page and paper: what they say, that they ask for nothing, and that 5,000 sessions open."""

from __future__ import annotations

import html.parser
import itertools
import json
import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from kiosk.export import charts, drawing, facts
from kiosk.export.exporter import Export
from kiosk.export.page import page
from kiosk.export.paper import paper
from kiosk.export.plan import Request
from kiosk.export.summary import LINES, Line, Summary
from kiosk.export.traces import clean
from kiosk.records.chart import Chart, chart_of
from kiosk.records.trace import to_csv
from tests import chrome
from tests.cues.hearing import spoken
from tests.export import made
from tests.export.conftest import Kept

REPORTS = frozenset({"html", "pdf"})


def reports(data: Path, stick: Path, formats: frozenset[str] = REPORTS, **more: Any) -> Path:
    with Export(Request(data, stick, formats=formats, **more), zone=UTC) as one:
        return one.run().folder


def line(**changes: Any) -> Line:
    whole = {
        **{"code": "S1", "person": "X-1", "number": 1, "day": 0, "program": "easy-walk"},
        **{"walked_s": 60.0, "distance_m": 20.0, "mean_kmh": 1.2, "in_band_pct": 80.0},
        **{"pain_before": 3, "pain_after": 2, "rpe": 11, "outcome": "completed"},
        **{"stop_reason": None, "chart": None},
    }
    return Line(**{**whole, **changes})


class _Page(html.parser.HTMLParser):
    """Collects elements, and complains about one that is not closed."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_asks_for_nothing_and_allows_nothing(kept: Kept, stick: Path) -> None:
    text = (reports(kept.data, stick) / "report.html").read_text()
    page = _Page(text)
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "action", "style", "onclick", "data"} & set(attributes), tag
        assert (attributes.get("href") or "#").startswith("#")
        assert tag not in {"link", "img", "iframe", "object", "base"}
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_page_is_accessible(kept: Kept, stick: Path) -> None:
    page = _Page((reports(kept.data, stick) / "report.html").read_text())
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(headings))
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
    assert [attributes.get("lang") for tag, attributes in page.elements if tag == "html"] == ["en"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    low, mid, high = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * low + 0.7152 * mid + 0.0722 * high


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        *(
            (text, ground, 7.0)
            for text in (drawing.INK, drawing.DIM)
            for ground in (drawing.GROUND, drawing.CARD)
        ),
        (drawing.ACCENT, drawing.CARD, 7.0),
        *((shape, drawing.CARD, 3.0) for shape in (drawing.GOOD, drawing.BAD, drawing.AMBER)),
        (drawing.ACCENT, drawing.BAND, 3.0),
        (drawing.LINE, drawing.CARD, 3.0),
    ],
)
def test_contrast(one: str, other: str, least: float) -> None:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_nothing_that_a_record_holds_becomes_markup(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    evil = "</script><script>alert(1)</script><b>\u2028&amp;"

    def change(number: int, one: dict[str, Any]) -> None:
        one |= {"profile_code": evil, "program_id": evil}

    made.kept(data, 2, change)
    from kiosk.export.content import Content
    from kiosk.export.people import People
    from kiosk.records.reader import LogReader

    with LogReader(data) as log:
        people = People(log.entries, identified=True)
        source = facts.Source(evil, evil)
        content = Content(log, people, log.entries, REPORTS, identified=True, source=source)
        files = {item.path: b"".join(item.chunks) for item in content.items()}
    page = _Page(files["report.html"].decode())
    assert len([tag for tag, _ in page.elements if tag == "script"]) == 2
    assert not [tag for tag, _ in page.elements if tag == "b"]
    assert files["report.pdf"].startswith(b"%PDF")


def test_sums() -> None:
    summary = Summary(identified=False)
    summary.add(line())
    summary.add(line(day=9, walked_s=120.0, distance_m=20.0, in_band_pct=50.0, pain_after=4))
    summary.add(
        line(
            person=None,
            number=None,
            day=None,
            outcome="safety_stop",
            stop_reason="estop",
            walked_s=None,
            in_band_pct=None,
            distance_m=None,
        )
    )
    assert summary.total.sessions == 3
    assert summary.guests == 1
    assert summary.total.mean_kmh == pytest.approx(40 / 180 * 3.6)
    assert summary.total.in_band_pct == pytest.approx(60.0)
    assert summary.reasons == {"estop": 1}
    assert summary.pain == {-1: 2, 1: 1}
    assert [step.sums.sessions for step in summary.steps()] == [1] + [0] * 8 + [1]
    texts = {one.name: one.value for one in facts.figures(summary)}
    assert texts["Distance"] == "40 m"
    assert texts["On target"] == "60 %"


@pytest.mark.parametrize("span", [1, 2, 51, 52, 53, 365, 3650])
def test_however_many_days_fit_a_chart(span: int) -> None:
    summary = Summary(identified=False)
    for day in range(span):
        summary.add(line(day=day))
    steps = summary.steps()
    assert len(steps) <= 53
    assert sum(step.sums.sessions for step in steps) == span
    assert all(b.first == a.last + 1 for a, b in itertools.pairwise(steps))
    for one in charts.charts_of(summary):
        for mark in one.marks:
            if isinstance(mark, drawing.Box):
                assert mark.x >= 0
                assert mark.x + mark.width <= one.width
                assert mark.y >= 0
                assert mark.y + mark.height <= one.height
            if isinstance(mark, drawing.Text):
                assert mark.y <= one.height - 3


def test_without_a_day_the_sessions_are_counted() -> None:
    summary = Summary(identified=False)
    for number in (1, 2, 3):
        summary.add(line(day=None, number=number))
    assert summary.axis == "number"
    assert charts.charts_of(summary)[0].rows == (("1", "1"), ("2", "1"), ("3", "1"))
    guests = Summary(identified=False)
    guests.add(line(person=None, day=None, number=None))
    assert guests.axis is None
    assert [one.key for one in charts.charts_of(guests)] == ["band", "ends"]


@pytest.mark.parametrize(
    ("value", "whole", "top", "step"),
    [
        (7, True, 9, 3),
        (1, True, 1, 1),
        (0, True, 1, 1),
        (94, False, 100, 50),
        (1.99, False, 2, 1),
        (2, True, 2, 1),
        (2.5, False, 3, 1),
        (0.05, False, 0.06, 0.02),
    ],
)
def test_an_axis_ends_at_a_round_number(value: float, whole: bool, top: float, step: float) -> None:
    assert drawing.nice_top(value, whole=whole) == pytest.approx((top, step))


def test_a_chart_shows_each_extreme_and_each_gap() -> None:
    rows = [list(row) for row in made.rows(1000)]
    for row in rows:
        row[2] = 1.0
    rows[500][2] = 3.33
    rows[700][2] = None
    rows[800][4] = 2.5
    chart = chart_of(to_csv(tuple(row) for row in rows))  # type: ignore[misc]
    assert isinstance(chart, Chart)
    assert len(chart.speeds) == 80
    assert 333 in chart.speeds
    assert chart.speeds.count(None) == 1
    assert chart.seconds == 200
    assert {band[2:] for band in chart.bands} >= {(80, 200)}


@pytest.mark.parametrize("content", [b"", b"x", b"t_s,state\n1,2\n", to_csv(made.rows(1))])
def test_what_is_no_trace_has_no_chart(content: bytes) -> None:
    assert chart_of(clean(content)) is None


def test_the_paper_has_an_embedded_font_and_numbered_pages(kept: Kept, stick: Path) -> None:
    content = (reports(kept.data, stick) / "report.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"Roboto" in content
    assert content.count(b"/Type /Page\n") >= 2
    assert b"/MediaBox [0 0 595.28 841.89]" in content


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of 5,000 sessions, 300 of them with traces."""
    folder = tmp_path_factory.mktemp("many")
    made.written(folder / "data", LINES, 300)
    (folder / "stick").mkdir()
    return reports(folder / "data", folder / "stick")


def test_five_thousand_are_all_there_and_the_page_stays_small(many: Path) -> None:
    text = (many / "report.html").read_text()
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert len(data["rows"]) == LINES
    assert sum(row[-1] is not None for row in data["rows"]) == 300
    assert len(text) < 2_000_000


def test_more_than_that_are_counted_but_not_listed(tmp_path: Path, stick: Path) -> None:
    made.written(tmp_path / "data", LINES + 40, 0)
    text = (reports(tmp_path / "data", stick, frozenset({"html"})) / "report.html").read_text()
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert len(data["rows"]) == LINES
    assert "5,000 of 5,040" in text


@pytest.mark.skipif(chrome.found() is None, reason="chromium is not installed")
def test_five_thousand_open_in_chromium(many: Path) -> None:
    with chrome.Chrome() as browser:
        browser.open(many / "report.html")
        rows = "document.querySelectorAll('#table tbody tr').length"
        assert browser.run(rows) == 50
        assert browser.run("document.getElementById('said').textContent") == "1 to 50 of 5000"

        column = (
            "[...document.querySelectorAll('#table tbody tr')].map(r => r.cells[%d].textContent)"
        )
        head = "document.querySelectorAll('#table thead button')[%d]"
        browser.run((head % 6) + ".click()")
        metres = [int(cell) for cell in browser.run(column % 6)]
        assert metres == sorted(metres)
        assert browser.run((head % 6) + ".parentNode.getAttribute('aria-sort')") == "ascending"
        browser.run((head % 6) + ".click()")
        metres = [int(cell) for cell in browser.run(column % 6)]
        assert metres == sorted(metres, reverse=True)
        assert browser.run("document.activeElement.textContent") == "Metres", "the focus stays"

        browser.run(
            "const e = document.getElementById('ending'); e.value = 'safety_stop';"
            "e.dispatchEvent(new Event('change'))"
        )
        assert all(
            cell.startswith("Safety stop: Rails let go") for cell in browser.run(column % 11)
        )
        browser.run("e.value = ''; e.dispatchEvent(new Event('change'))")
        browser.run("document.querySelector('#pages button:last-child').click()")
        assert browser.run("document.getElementById('said').textContent") == "51 to 100 of 5000"

        # The ones with a trace come first: an unknown value sorts last, so look for a chart.
        browser.run(
            "const s = document.getElementById('size'); s.value = '200';"
            "s.dispatchEvent(new Event('change'))"
        )
        while browser.run("document.querySelector('.spark') === null"):
            browser.run("document.querySelector('#pages button:last-child').click()")
        browser.run("document.querySelector('.spark').click()")
        assert browser.run("document.querySelectorAll('tr.more svg polyline').length") >= 1
        browser.run("document.querySelector('.spark').click()")
        assert browser.run("document.querySelectorAll('tr.more').length") == 0

        for width in (1280, 390):
            browser.width(width)
            assert browser.run("document.documentElement.scrollWidth") <= width

        asked = {one["request"]["url"] for one in browser.said("Network.requestWillBeSent")}
        assert asked == {(many / "report.html").as_uri()}
        assert not browser.said("Log.entryAdded", "Runtime.exceptionThrown")


# --- the language, and the place -----------------------------------------------------------------


def identified(place: str = "Harbour <Clinic>") -> tuple[Summary, facts.Source]:
    summary = Summary(identified=True)
    chart = chart_of(to_csv(made.rows(40)))
    summary.add(line(day="2026-11-03", mean_kmh=1.25, chart=chart))
    return summary, facts.Source("SW-9QX7KZ", place)


@pytest.mark.skipif(chrome.found() is None, reason="NOT RUN: chromium is not installed")
@pytest.mark.parametrize(
    ("language", "speed", "day"),
    [("en", "1.25", "2026-11-03"), ("de", "1,25", "03.11.2026"), ("fr", "1,25", "03/11/2026")],
)
def test_the_list_has_the_languages_numbers_and_dates(
    language: str, speed: str, day: str, tmp_path: Path
) -> None:
    with spoken(language):
        content = b"".join(page(*identified()))
    (tmp_path / "report.html").write_bytes(content)
    with chrome.Chrome() as browser:
        browser.open(tmp_path / "report.html")
        cells = browser.run(
            "[...document.querySelectorAll('#table tbody tr td')].map(c => c.textContent)"
        )
        assert speed in cells
        assert day in cells
        assert browser.run("document.documentElement.lang") == language
        browser.run("document.querySelector('.spark').click()")
        ticks = browser.run(
            "[...document.querySelectorAll('tr.more svg text')].map(t => t.textContent)"
        )
        assert speed.replace("1", "0").replace("25", "5") in ticks, ticks


def test_the_place_stands_on_identified_reports_alone() -> None:
    summary, source = identified()
    assert b"Harbour &lt;Clinic&gt;" in b"".join(page(summary, source))
    assert facts.place(summary, source) == "Harbour <Clinic>"
    assert facts.place(summary, facts.Source("SW-1", "Sternway")) == "", "nobody named it yet"
    open_to_all = Summary(identified=False)
    open_to_all.add(line())
    assert b"Harbour" not in b"".join(page(open_to_all, source))
    assert b"SW-9QX7KZ" not in b"".join(page(open_to_all, source))
    named = b"".join(paper(summary, source))
    assert len(named) > len(b"".join(paper(summary, facts.Source("SW-9QX7KZ", ""))))
