"""``report.html``: one file that asks for nothing, escapes every text, and prints on one page."""

from __future__ import annotations

import html.parser
import itertools
import re
from pathlib import Path

import pytest

from kiosk.cues import languages, texts
from kiosk.therapy.report.charts import charts_of
from kiosk.therapy.report.facts import facts
from kiosk.therapy.report.page import page
from kiosk.therapy.report.subject import Subject
from tests import chrome
from tests.therapy.report import pdf
from tests.therapy.report.subjects import CODE, ORIGIN, subject
from tests.therapy.report.test_report_paper import CASES

EVIL = "<script>alert(1)</script>&\"'<!--"
VOID = frozenset({"meta", "br"})


def made(about: Subject, *, identified: bool = True) -> str:
    said = facts(about, ORIGIN, CODE, identified=identified)
    return b"".join(page(said, charts_of(about, identified=identified))).decode()


class Page(html.parser.HTMLParser):
    """Collects elements and texts, and complains about an element that is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("identified", [True, False])
def test_it_asks_for_nothing_and_runs_nothing(name: str, identified: bool) -> None:
    text = made(CASES[name], identified=identified)
    found = Page(text)
    for tag, attributes in found.elements:
        assert not {"src", "srcset", "href", "action", "style", "data"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")]
        assert tag not in {"script", "link", "img", "iframe", "object", "base", "form", "a"}
    assert not re.findall(r"https?://|url\(|@import", text)
    (policy,) = [a["content"] for t, a in found.elements if t == "meta" and "http-equiv" in a]
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'",
        policy,
    )


def test_every_text_is_escaped() -> None:
    about = subject(display_name=EVIL, note=EVIL * 10)
    found = Page(made(about))
    assert EVIL in found.texts
    assert EVIL * 10 in found.texts
    assert "<script" not in made(about)
    assert made(about).count("<!--") == 0


def test_it_is_accessible() -> None:
    found = Page(made(CASES["twelve"]))
    headings = [int(tag[1]) for tag, _attributes in found.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(headings))
    assert all("scope" in attributes for tag, attributes in found.elements if tag == "th")
    ids = [str(attributes["id"]) for _tag, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [a["aria-labelledby"] for _tag, a in found.elements if "aria-labelledby" in a]
    assert {one for names in named for one in (names or "").split()} <= set(ids)
    drawings = [a for tag, a in found.elements if tag == "svg"]
    assert len(drawings) == 6
    assert all(attributes["role"] == "img" for attributes in drawings)


def test_it_names_the_language_of_its_reader() -> None:
    texts.use(languages.load("de"))
    try:
        german = Page(made(CASES["twelve"]))
    finally:
        texts.use(languages.load("en"))
    assert dict(german.elements)["html"] == {"lang": "de"}
    assert dict(Page(made(CASES["twelve"])).elements)["html"] == {"lang": "en"}


def test_it_says_the_same_as_the_facts() -> None:
    said = facts(CASES["twelve"], ORIGIN, CODE, identified=True)
    texts = Page(made(CASES["twelve"])).texts
    assert said.table is not None
    every = [said.title, said.who, said.about, said.kind, said.made, said.disclaimer, said.scales]
    every += [said.note, *said.sign, said.table.title, *said.table.head]
    every += [part for fact in (*said.now, *said.figures) for part in fact]
    every += [part for fact in said.prescription for part in fact if part]
    every += [cell for row in said.table.rows for cell in row]
    missing = [text for text in every if text not in texts]
    assert not missing


# ---- in a browser --------------------------------------------------------------------------------

needs_browser = pytest.mark.skipif(chrome.found() is None, reason="no Chromium here")

BELOW = "(one => one.scrollHeight - one.clientHeight)(document.querySelector('.sheet'))"
REACHED = """
document.querySelector('footer').getBoundingClientRect().top
  - document.querySelector('main').lastElementChild.getBoundingClientRect().bottom
"""
CLIPPED = """
[...document.querySelectorAll('h1,h2,h3,p,dt,dd,th,td')].filter(one => {
  const sheet = document.querySelector('.sheet').getBoundingClientRect();
  const at = one.getBoundingClientRect();
  if (!at.width || one.classList.contains('quiet') || one.closest('details')) return false;
  return at.right > sheet.right - 20 || at.left < sheet.left + 20 || at.bottom > sheet.bottom - 8
    || one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display != 'inline';
}).map(one => one.tagName + ': ' + one.textContent)
"""


@needs_browser
def test_it_prints_on_one_page(tmp_path: Path) -> None:
    with chrome.Chrome() as browser:
        for number, (name, about) in enumerate(CASES.items()):
            path = tmp_path / f"{number}.html"
            path.write_text(made(about), encoding="utf-8")
            browser.open(path)
            assert not browser.complaints()
            browser.pdf(tmp_path / "printed.pdf")
            content = (tmp_path / "printed.pdf").read_bytes()
            assert len(re.findall(rb"/Type ?/Page\b", content)) == 1, name
            browser.command("Emulation.setEmulatedMedia", media="print")
            browser.width(794, 1123)  # A4 at 96 dots an inch
            below, reached, clipped = browser.run(f"[{BELOW}, {REACHED}, {CLIPPED}]")
            assert below <= 1, (name, "something is below the page's end")
            assert reached >= 0, (name, "the sessions reach into what is filled in by hand")
            assert not clipped, name


@needs_browser
@pytest.mark.parametrize("width", [1280, 800, 390])
def test_no_text_leaves_a_screen(width: int, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(made(CASES["150 of the widest"]), encoding="utf-8")
    with chrome.Chrome() as browser:
        browser.open(path)
        browser.width(width)
        assert browser.run("document.documentElement.scrollWidth") <= width


def test_the_reader_of_pages_counts(tmp_path: Path) -> None:
    """The check itself: two pages are two."""
    from kiosk.export.sheet import Sheet

    sheet = Sheet("two", identified=False, margin_mm=14)
    for text in ("one", "two"):
        sheet.add_page()
        sheet.write_in(10, "#000000")
        sheet.text(20, 20, text)
    content = bytes(sheet.output())
    assert pdf.pages(content) == 2
    assert pdf.said(content) == "one\ntwo"
