"""Four languages: is every text translated, none superfluous, and no figure changed?"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from profiles.editor import FILE
from profiles.rules import RULES

SOURCE = FILE.parent / "source"
PROFILES = FILE.parent.parent
LANGUAGES = ("es", "de", "fr")
SHOWN = ("name", "tagline", "purpose", "evidence", "dose", "disclaimer")
CALL = re.compile(r'\b[tN]\(\s*("(?:[^"\\]|\\.)*")')


def in_sources() -> Iterator[str]:
    for path in sorted(SOURCE.glob("*.js")):
        for found in CALL.finditer(path.read_text(encoding="utf-8")):
            yield json.loads(found[1])


def in_programs() -> Iterator[str]:
    for path in sorted((PROFILES / "programs").glob("*.toml")):
        program = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (program[key] for key in SHOWN)


def in_schema(value: Any) -> Iterator[str]:
    """What a value must be, in the words of the definition."""
    if isinstance(value, dict):
        if isinstance(value.get("description"), str):
            yield value["description"]
        for one in value.values():
            yield from in_schema(one)
    elif isinstance(value, list):
        for one in value:
            yield from in_schema(one)


SCHEMA = json.loads((PROFILES / "profile.schema.json").read_text(encoding="utf-8"))
TEXTS = {*in_sources(), *in_programs(), *in_schema(SCHEMA["$defs"])}


def catalogue(language: str) -> dict[str, str]:
    path = SOURCE / "locales" / f"{language}.json"
    pairs: list[tuple[str, str]] = json.loads(path.read_text("utf-8"), object_pairs_hook=list)
    assert len(dict(pairs)) == len(pairs), "a text stands twice"
    return dict(pairs)


def figures(text: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d)", ".", text)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_superfluous(language: str) -> None:
    have = set(catalogue(language))
    assert TEXTS - have == set(), "translate these"
    assert have - TEXTS == set(), "remove these"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_values_and_figures(language: str) -> None:
    for text, said in catalogue(language).items():
        assert said.strip() == said != "", text
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", said)), text
        assert figures(text) == figures(said), text
        assert not re.search(r"[<>]", said), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_claim_no_more_than_in_english(language: str) -> None:
    """Every source and every grade that English names is named."""
    grades = {
        "es": {
            "very low": "muy bajo",
            "moderate": "moderado",
            "expert opinion": "opinión de expertos",
        },
        "de": {
            "very low": "sehr niedrig",
            "moderate": "moderat",
            "expert opinion": "Expertenmeinung",
        },
        "fr": {"very low": "très faible", "moderate": "modéré", "expert opinion": "avis d’experts"},
    }[language]
    have = catalogue(language)
    for text in in_programs():
        for source in re.findall(r"NCT\d+|PMC\d+|PMID \d+|[A-Z][\w&. ]+ (?:19|20)\d\d", text):
            assert source in have[text], text
        for grade, said in grades.items():
            assert (grade in text) <= (said in have[text]), (text, said)


def test_texts_are_whole_literals() -> None:
    """A text that is put together is no key of a catalogue, and would be missed by no test."""
    for path in sorted(SOURCE.glob("*.js")):
        code = re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        assert not re.findall(r"\bt\(\s*[`']", code), path.name
        assert not re.findall(r"\bN\((?!\s*\"|text\))", code.replace("const N = (text)", "")), (
            path.name
        )


def test_every_rule_of_the_schema_has_plain_words() -> None:
    words = (SOURCE / "words.js").read_text(encoding="utf-8")
    for rule in RULES:
        assert re.search(rf'^  "?{rule.id}"?: N\(', words, re.M), rule.id
