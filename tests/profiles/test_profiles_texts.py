"""Texts fit their cards, keep their required phrases, stay plain, and claim no more than known."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from profiles.about import load_about, load_briefing
from profiles.model import Program
from profiles.programs import load_programs

PROGRAMS = list(load_programs().values())
BY_ID = {program.id: program for program in PROGRAMS}
LONGEST = {
    "name": 24,
    "tagline": 60,
    "purpose": 400,
    "evidence": 600,
    "dose": 240,
    "disclaimer": 400,
}


def patron_texts() -> Iterator[str]:
    """What patients read: everything but the evidence."""
    for program in PROGRAMS:
        yield from (program.tagline, program.purpose, program.dose)
    page = load_about(None)
    yield from (text for part in page.sections for text in part.paragraphs)
    yield from (line.text for line in (*load_briefing().screening, *load_briefing().rules))
    yield from (load_briefing().screening_yes, load_briefing().stop_if)


def all_texts() -> Iterator[str]:
    for program in PROGRAMS:
        yield from program.texts
    yield from load_about(None).texts
    yield from load_briefing().texts


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
@pytest.mark.parametrize("field", LONGEST)
def test_texts_are_there_and_fit_their_card(program: Program, field: str) -> None:
    text = getattr(program, field)
    assert 0 < len(text) <= LONGEST[field]
    assert text in program.texts


@pytest.mark.parametrize("text", sorted(set(all_texts())))
def test_texts_are_whole_lines_that_gettext_can_key(text: str) -> None:
    assert text == " ".join(text.split())  # no line break, no double space, no stray ends
    assert not set("%{}\\<>") & set(text)  # "%" would be taken for a format by gettext


def test_the_disclaimer_is_one_and_complete() -> None:
    told = load_briefing().disclaimer
    assert {program.disclaimer for program in PROGRAMS} == {told}
    for phrase in (
        "information, not medical advice, diagnosis or treatment",
        "Always seek a physician or another qualified provider",
        "Never disregard professional advice",
        "never delay seeking it",
    ):
        assert phrase in told
        assert any(phrase in text for text in load_about(None).texts)


@pytest.mark.parametrize("text", sorted(set(patron_texts())))
def test_patrons_texts_have_short_sentences(text: str) -> None:
    for sentence in re.split(r"(?<=[.?:])\s", text):
        assert len(sentence.split()) <= 22, sentence


def test_patrons_texts_have_plain_words() -> None:
    words = re.findall(r"[a-z]+", " ".join(patron_texts()).lower())
    hard = {
        *("plantarflexed", "dorsiflexion", "extension", "lordosis", "lumbar", "mobility"),
        *("contraindication", "syndrome", "rct", "trialled", "cardiac"),
    }
    assert not hard & set(words)
    assert sum(map(len, words)) / len(words) < 4.8  # plain English is about 4.3 to 4.7


def test_patrons_are_promised_nothing() -> None:
    for text in patron_texts():
        assert not re.search(r"\b(cures?|heals?|proven|guarantee|will (help|fix|relieve))\b", text)


SOURCES = {
    "easy-walk": ("no trial", "PMC6456984", "PMID 40924430", "PMC7967772", "Kim & Choi 2001"),
    "low-back": ("Physiotherapy Quarterly 2023", "29 people", "10 women", "without a control"),
    "big-toe": ("No trial", "expert opinion", "advises against dorsiflexion"),
    "ankle-uphill": ("expert opinion", "no trial", "NCT05585385", "Hooper 2004", "17 to 20"),
    "ankle-level": ("NCT05585385", "not seen its results", "clinic's page"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_evidence_names_its_sources(name: str) -> None:
    for source in SOURCES[name]:
        assert source in BY_ID[name].evidence


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_evidence_names_no_source_or_number_beyond_the_clinical_page(program: Program) -> None:
    """Every number typed off clinical.md; a new one in a text has to be argued here."""
    known = {
        *("2", "3", "4", "5", "6", "7", "8", "10", "13", "15", "17", "20", "29", "30", "62"),
        *("68", "84", "2001", "2004", "2023", "2.2", "6456984", "7967772", "40924430"),
        *("05585385", "1"),
    }
    texts = f"{program.purpose} {program.evidence} {program.dose}"
    assert set(re.findall(r"\d+(?:\.\d+)?", texts)) <= known


def test_the_toes_warning_reaches_the_patient() -> None:
    assert "hallux limitus" in BY_ID["big-toe"].purpose
    assert "ask a therapist first" in BY_ID["big-toe"].purpose
    assert any("hallux limitus" in text for text in load_about(None).texts)
