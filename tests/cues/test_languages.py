"""Catalogues: found, missing, broken, and none that a profile could make the kiosk read."""

from __future__ import annotations

import gettext
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kiosk.cues import languages, texts
from kiosk.session.actions import Refusal
from profiles.saying import Saying, saying
from tests.cues.catalogue import write_catalogue


def test_a_catalogue_is_found_and_spoken(tmp_path: Path) -> None:
    write_catalogue(tmp_path, "es", {"Start": "Empezar", "Stop at {n}": "Para a {n}"})
    assert languages.there_is("es", tmp_path)
    found = languages.load("es", tmp_path)
    assert found.gettext("Start") == "Empezar"
    assert found.gettext("Stop at {n}").format(n=2) == "Para a 2"
    assert found.gettext("not in it") == "not in it"
    try:
        texts.use(found)
        assert texts._("Start") == "Empezar"
    finally:
        texts.use(languages.load("en"))
    assert texts._("Start") == "Start"


def test_english_needs_no_catalogue(tmp_path: Path) -> None:
    assert languages.there_is("en", tmp_path)
    assert languages.load("en", tmp_path).gettext("Start") == "Start"


def test_a_language_without_a_catalogue_is_english(tmp_path: Path) -> None:
    assert not languages.there_is("fr", tmp_path)
    assert languages.load("fr", tmp_path).gettext("Start") == "Start"


@pytest.mark.parametrize("bad", [b"", b"\xde\x12\x04\x95", b"not a catalogue at all", b"\0" * 60])
def test_a_broken_catalogue_is_logged_and_english(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, bad: bytes
) -> None:
    write_catalogue(tmp_path, "de", {}).write_bytes(bad)
    assert languages.load("de", tmp_path).gettext("Start") == "Start"
    assert "'de'" in caplog.text


def test_a_catalogue_cut_short_is_no_reason_to_fail(tmp_path: Path) -> None:
    file = write_catalogue(tmp_path, "de", {"Start": "Los", "Back": "Zurück"})
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        languages.load("de", tmp_path)


@pytest.mark.parametrize("name", ["../de", "de/../de", "", "DE", "/etc"])
def test_a_language_leads_out_of_no_folder(tmp_path: Path, name: str) -> None:
    write_catalogue(tmp_path, "de", {"Start": "Los"})
    write_catalogue(tmp_path.parent, "de", {"Start": "Los"})
    assert not languages.there_is(name, tmp_path)
    assert languages.load(name, tmp_path).gettext("Start") == "Start"


# --- what is said far from the screens, and numbers ---------------------------------------------


@pytest.fixture
def german() -> Iterator[None]:
    texts.use(languages.load("de"))
    yield
    texts.use(gettext.NullTranslations())


@pytest.mark.usefixtures("german")
def test_a_refusal_is_told_in_the_language_of_the_screen() -> None:
    refusal = Refusal("pin", "Name and PIN do not fit.", saying("{n} tries left.", n=3))
    assert str(refusal) == "Name and PIN do not fit. 3 tries left."
    assert texts.say(refusal.said) == "Name und PIN passen nicht zusammen. Noch 3 Versuche."


@pytest.mark.usefixtures("german")
def test_what_no_catalogue_knows_is_told_as_it_is() -> None:
    words = "The stick {0} is gone."
    assert texts.say(Refusal("stick", words).said) == str(Refusal("stick", words)) == words


@pytest.mark.usefixtures("german")
def test_an_empty_text_is_empty_in_every_language() -> None:
    assert texts._("") == ""


@pytest.mark.parametrize(
    ("english", "german_one"),
    [
        ("0.8–1.6 km/h", "0,8–1,6 km/h"),
        ("12 min", "12 min"),
        ("Version 0.1.0", "Version 0.1.0"),
        ("2.", "2."),
        ("4.0.1 and 7.5", "4.0.1 and 7,5"),
    ],
)
def test_numbers_are_written_as_in_the_language(english: str, german_one: str) -> None:
    assert texts.numbers(english) == english
    texts.use(languages.load("de"))
    try:
        assert texts.numbers(english) == german_one
    finally:
        texts.use(gettext.NullTranslations())


def test_a_report_keeps_to_one_language_while_the_screens_take_another() -> None:
    heard: list[str] = []
    begun, taken = threading.Event(), threading.Event()

    @texts.one_language()
    def write() -> None:
        heard.append(texts._("Back"))
        begun.set()
        taken.wait(5)
        heard.append(texts._("Back"))

    texts.use(languages.load("fr"))
    writer = threading.Thread(target=write)
    writer.start()
    try:
        begun.wait(5)
        texts.use(languages.load("de"))
        taken.set()
        writer.join(5)
        assert heard == ["Retour", "Retour"]
        assert texts._("Back") == "Zurück"
    finally:
        texts.use(gettext.NullTranslations())


@pytest.mark.parametrize(
    ("english", "german_one"),
    [
        ("1,204 sessions", "1\u00a0204 sessions"),
        ("12,345.5 m", "12\u00a0345,5 m"),
        ("2.0 km/h, 15 min, 0 %", "2,0 km/h, 15 min, 0 %"),
        ("0.125 km/h", "0,125 km/h"),
        ("22.11.2026", "22.11.2026"),
    ],
)
def test_a_report_writes_figures_as_its_language_does(english: str, german_one: str) -> None:
    assert texts.figures(english) == english
    assert texts.day_in_figures(date(2026, 11, 5)) == "2026-11-05"
    texts.use(languages.load("de"))
    try:
        assert texts.figures(english) == german_one
        assert texts.day_in_figures(date(2026, 11, 5)) == "05.11.2026"
    finally:
        texts.use(gettext.NullTranslations())


@pytest.mark.usefixtures("german")
def test_fields_are_said_in_the_language_too() -> None:
    inner = saying(
        "a number from {low} to {high} ({unit})", low=0.5, high=5, unit=saying("percent")
    )
    outer = saying("is {value}; make it {words}", value=7.25, words=inner)
    assert str(outer) == "is 7.25; make it a number from 0.5 to 5 (percent)"
    assert texts.say((outer,)) == "ist 7,25; nötig ist eine Zahl von 0,5 bis 5 (Prozent)"
    named = saying("{file} could not be read.", file="log.2026.json {1.5}")
    assert texts.say((named,)) == "log.2026.json {1.5} konnte nicht gelesen werden."


@pytest.mark.parametrize(
    ("said", "sound"),
    [
        (Saying("The stick is gone {"), True),
        (saying("{n} files.", n=3), True),
        (Saying("{m} files.", (("n", 3),)), False),
        (Saying("{n.__class__} files.", (("n", 3),)), False),
        (Saying("{n:>999999999} files.", (("n", 3),)), False),
        (Saying("{n} files {", (("n", 3),)), False),
        (Saying("{n}", (("n", Saying("{m}", (("n", 3),))),)), False),
    ],
)
def test_a_sentence_of_another_process_is_looked_at(said: Saying, sound: bool) -> None:
    assert said.is_sound() is sound
