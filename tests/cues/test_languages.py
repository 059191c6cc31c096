"""Catalogues: found, missing, broken, and none that a profile could make the kiosk read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.cues import languages, texts
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
