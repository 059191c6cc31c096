"""Whoever does not see or does not use a mouse: axe-core on every state, in every language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.profiles.editor.conftest import Editor, build
from tests.profiles.written import STEP, bundle, encoded, profile

RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The checker's code, as the build's lock pins it."""
    modules = build(tmp_path_factory.mktemp("built") / "page.html")
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def first_screen(editor: Editor) -> None:
    pass


def new_profile(editor: Editor) -> None:
    editor.new()
    editor.browser.click("#program-low-back")
    for name in ("#has-schedule", "#has-progression", "#how-plain"):
        editor.browser.click(name)


def faults(editor: Editor) -> None:
    steps = [STEP, {**STEP, "name": "end", "high_kmh": 1.4}]
    one = profile(plan={"steps": steps}, limits__max_kmh=1.5)
    editor.load(encoded(bundle(one, profile(code="P-2"))))
    editor.refused()


def complete(editor: Editor) -> None:
    editor.load(encoded(profile(limits__max_incline_pct=7, plan={"program": "ankle-uphill"})))
    editor.fill("display_name", "Пётр")
    for name in ("min", "kmh", "incline_pct"):
        editor.fill(f"progression.add_{name}", "0")
    editor.browser.click("#plan-table summary")
    editor.browser.click("#weeks-table summary")
    editor.browser.click("#licences summary")


def dialog(editor: Editor) -> None:
    editor.load(b"{}")


@pytest.mark.parametrize("state", [first_screen, new_profile, faults, complete, dialog])
@pytest.mark.parametrize(
    ("language", "width"), [("en", 1280), ("es", 1280), ("de", 1280), ("fr", 1280), ("de", 390)]
)
def test_axe_finds_nothing(
    editor: Editor, axe: str, state: Callable[[Editor], None], language: str, width: int
) -> None:
    editor.open(language)
    editor.browser.width(width, 900)
    state(editor)
    editor.browser.run(axe + ";0")
    found: dict[str, Any] = editor.browser.run(
        f"axe.run(document, {RULES}).then((r) => ({{passed: r.passes.length, broken:"
        " r.violations.map((v) => [v.id, v.nodes.map((n) => n.html + ' ' + n.failureSummary)])}))"
    )
    assert found["broken"] == []
    assert found["passed"] > 10


def test_the_form_has_a_name_for_everything(editor: Editor) -> None:
    """Each control is labelled, each hint and fault belongs to its control."""
    faults(editor)
    nameless = editor.browser.run(
        "[...document.querySelectorAll('input:not([type=file]), select, textarea')].filter((e) =>"
        " !e.labels.length).map((e) => e.outerHTML)"
    )
    assert nameless == []
    loose = editor.browser.run(
        "[...document.querySelectorAll('[aria-describedby]')].flatMap((e) =>"
        " e.getAttribute('aria-describedby').split(' ')).filter((id) =>"
        " !document.getElementById(id))"
    )
    assert loose == []
    twice = editor.browser.run(
        "(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);"
        " return ids.filter((id, i) => ids.indexOf(id) !== i); })()"
    )
    assert twice == []


def test_the_summary_leads_to_the_field_of_another_profile(editor: Editor, tmp_path: Path) -> None:
    editor.load(encoded(bundle(profile(), profile(code="P-2", pin="1", display_name="Ada"))))
    editor.browser.click("#how-plain")
    (said,) = editor.refused()
    assert said == "P-2: PIN: 4 to 8 digits."
    editor.browser.press("Tab", "Enter")
    assert editor.browser.run("document.activeElement.id") == "f-pin"
    assert editor.value("display_name") == "Ada"
