"""Every text in every language: none missing or unsure, its fields kept, the files up to date."""

from __future__ import annotations

import io
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from kiosk.cues import languages
from tests import texts
from tests.cues.gathering import NotAText, gathered, in_kv, in_python


def fields(text: str) -> set[tuple[str, str]]:
    """What is filled into a text, each with how it is written."""
    found = string.Formatter().parse(text)
    return {(name, spec or "") for _text, name, spec, _how in found if name is not None}


def faults(catalog: Catalog, wanted: set[str]) -> list[str]:
    """What a translator must mend in a catalogue, one line each."""
    found = [f"not in the catalogue: {text!r}" for text in sorted(wanted - ids(catalog))]
    found += [f"not a text any more: {text!r}" for text in sorted(ids(catalog) - wanted)]
    for message in catalog:
        key, text = message.id, message.string
        if not key:
            continue
        if not text:
            found.append(f"not translated: {key!r}")
        elif message.fuzzy:
            found.append(f"unsure (fuzzy): {key!r}")
        elif broken(key, text):
            found.append(f"{broken(key, text)}: {key!r} became {text!r}")
    return found


def ids(catalog: Catalog) -> set[str]:
    return {str(message.id) for message in catalog if message.id}


def broken(key: str, text: str) -> str:
    """Why a translation would go wrong where it is shown; empty where it would not."""
    try:
        if fields(key) != fields(text):
            return "other fields"
    except ValueError:
        return "a brace too many or too few"
    if key.count("\n") != text.count("\n"):
        return "other lines"
    if (key[:1].isspace(), key[-1:].isspace()) != (text[:1].isspace(), text[-1:].isspace()):
        return "other spaces at its ends"
    if len(key) > 20 and (key[-1:] in {".", "!"}) != (text[-1:] in {".", "!"}):
        return "another end"
    return ""


def catalogue(language: str) -> Catalog:
    return read_po(io.BytesIO(texts.po_file(language).read_bytes()), locale=language)


@pytest.mark.parametrize("language", languages.OTHERS)
def test_every_text_is_translated(language: str) -> None:
    found = faults(catalogue(language), set(gathered()))
    assert not found, "\n".join(found)


def test_the_files_are_as_make_texts_makes_them() -> None:
    stale = [
        file.relative_to(texts.ROOT).as_posix()
        for file, content in texts.made().items()
        if not file.is_file() or file.read_bytes() != content
    ]
    assert not stale, f"run `make texts`; it remakes {', '.join(stale)}"


def test_the_files_change_only_with_the_texts() -> None:
    files = [file for file in texts.made() if file.suffix != ".mo"]
    for file in files:
        head = file.read_text(encoding="utf-8")
        for word in ("-Date:", ".py:", ".kv:", "Generated-By", "python-format"):
            assert word not in head, (file.name, word)


@pytest.mark.parametrize("language", languages.OTHERS)
def test_what_the_kiosk_loads_says_the_same(language: str) -> None:
    loaded = languages.load(language)
    for message in catalogue(language):
        if message.id:
            assert loaded.gettext(str(message.id)) == message.string


def test_each_language_there_is_has_its_own_name() -> None:
    assert list(languages.NAMES) == [languages.OWN, *languages.OTHERS]
    here = sorted(file.parent.parent.name for file in languages.LOCALES.glob("*/*/*.mo"))
    assert here == sorted(languages.OTHERS)


# --- the tests themselves ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not translated"),
        ("Noch Minuten.", "other fields"),
        ("Noch {m} Minuten.", "other fields"),
        ("Noch {n:g} Minuten.", "other fields"),
        ("Noch {n Minuten.", "a brace"),
        ("Noch {n}\nMinuten.", "other lines"),
        ("Noch {n} Minuten. ", "other spaces"),
        ("Noch {n} Minuten vor dem Ende", "another end"),
        ("Noch {n} Minuten.", ""),
    ],
)
def test_a_bad_translation_is_found(text: str, why: str) -> None:
    catalog = Catalog(locale="de")
    catalog.add("{n} minutes before the end.", text)
    found = faults(catalog, {"{n} minutes before the end."})
    assert bool(found) == bool(why), found
    assert not why or why in found[0]


def test_an_unsure_a_missing_and_an_old_text_are_found() -> None:
    catalog = Catalog(locale="de")
    catalog.add("Stop", "Halt", flags=["fuzzy"])
    catalog.add("Gone", "Weg")
    found = "\n".join(faults(catalog, {"Stop", "New"}))
    assert "unsure (fuzzy): 'Stop'" in found
    assert "not in the catalogue: 'New'" in found
    assert "not a text any more: 'Gone'" in found


def test_texts_of_python_are_found(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text(
        'x = _("Shown here")\n'
        'TABLE = {1: _n("Shown " "elsewhere")}\n'
        'raise Refusal("pin", "Refused {n} times")\n'
        'SAID = saying("Said far away", n=1)\n'
        'y = other("Not a text")\n'
    )
    assert list(in_python(source)) == [
        "Shown here",
        "Shown elsewhere",
        "Refused {n} times",
        "Said far away",
    ]


def test_texts_of_a_layout_are_found() -> None:
    source = (
        "<Page>:\n"
        "    Text:\n"
        "        text: _('Set up') if root.new else _(\"Staff's\")\n"
        "    on_tap: root.go_('home')\n"
    )
    assert list(in_kv(source)) == ["Set up", "Staff's"]
    with pytest.raises(NotAText, match=r"page\.kv:2: put one text"):
        list(in_kv("<Page>:\n    text: _(root.name)\n", "page.kv"))
    with pytest.raises(NotAText):
        list(in_kv("text: _('one' + root.name)"))
