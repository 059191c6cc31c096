"""A therapist at the page: real keys, clicks and files, in a real browser.

What it saves, ``sternway profiles check`` accepts; what the kiosk would refuse, it does not save.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from profiles.editor import Kiosk
from profiles.kiosk_key import is_encrypted
from profiles.reading import read
from profiles.rules import RULES
from tests.profiles.editor.conftest import Editor
from tests.profiles.written import CONTRACT, STEP, bundle, encoded, profile


def write_one(editor: Editor) -> None:
    """A new profile from the template "Lower back", typed as somebody would."""
    editor.new()
    editor.browser.type("Sam")
    editor.fill("code", "p-7f3k")
    editor.fill("pin", "4821")
    editor.browser.click("#program-low-back")
    editor.browser.click("#has-schedule")
    editor.browser.click("#has-progression")
    editor.fill("progression.add_kmh", "0.1")
    editor.fill("note", "Lenker tief.\nBegin slowly: <b>5</b> & up")


def test_a_profile_from_a_template_is_saved_plain(editor: Editor, check: Any) -> None:
    write_one(editor)
    editor.browser.click("#how-plain")
    path = editor.save()
    assert path.name == "P-7F3K.json"
    said = check(path)
    assert said.returncode == 0, said.stdout
    assert "sound" in said.stdout
    (made,) = read(path.read_bytes()).profiles
    assert (made.code, made.display_name, made.pin, made.version) == ("P-7F3K", "Sam", "4821", 1)
    assert made.plan.program == "low-back"
    assert (made.limits.max_kmh, made.limits.max_session_min) == (2.4, 15)
    assert made.schedule is not None
    assert made.progression is not None
    assert (made.progression.add_min, made.progression.add_kmh) == (1, 0.1)
    assert made.note == "Lenker tief.\nBegin slowly: <b>5</b> & up"
    assert (made.expires_on - made.issued_on).days == 84


def test_with_a_kiosks_key_it_is_encrypted_and_the_kiosk_opens_it(
    kiosk_editor: Editor, check: Any
) -> None:
    assert "Physio Lind (K-01)" in kiosk_editor.text("main")
    write_one(kiosk_editor)
    path = kiosk_editor.save()
    assert path.name == "P-7F3K.json.age"
    assert is_encrypted(path.read_bytes())
    assert b"Sam" not in path.read_bytes()
    said = check(path)
    assert said.returncode == 0, said.stdout
    assert "P-7F3K" in said.stdout


def test_a_key_may_be_pasted(editor: Editor, kiosk: Kiosk, check: Any) -> None:
    write_one(editor)
    assert editor.refused() == ["Save: Choose how the file is saved."]
    editor.browser.click("#how-key")
    wrong = kiosk.age_recipient[:-1] + ("q" if kiosk.age_recipient[-1] != "q" else "p")
    for key in ("", "age1", wrong, kiosk.age_recipient.upper()):
        editor.fill("recipient", key)
        assert editor.refused()[0].startswith("Key of the kiosk: This is not a kiosk’s key"), key
    editor.fill("recipient", f" {kiosk.age_recipient} ")
    path = editor.save()
    assert path.name == "P-7F3K.json.age"
    assert check(path).returncode == 0


def test_plain_is_warned_of(kiosk_editor: Editor) -> None:
    write_one(kiosk_editor)
    assert kiosk_editor.browser.run("document.querySelector('#how-kiosk').checked")
    assert not kiosk_editor.browser.run("document.querySelector('#plain-warning')?.innerText")
    kiosk_editor.browser.click("#how-plain")
    assert "Anybody can read a plain file." in kiosk_editor.text("#plain-warning")


def test_a_bundle_is_opened_one_is_changed_and_saved(editor: Editor, check: Any) -> None:
    second = profile(code="P-2", display_name="Ada", pin="1111", version=7)
    editor.load(encoded(bundle(CONTRACT, second)))
    assert editor.text("#state .file") == "profiles.json"
    editor.browser.click("#profile-1")
    assert editor.text("nav.profiles").split() == ["Sam", "P-7F3K", "Ada", "P-2"]
    assert editor.value("display_name") == "Ada"
    assert editor.value("version") == "7"
    editor.fill("limits.max_session_min", "20")
    assert editor.value("version") == "8"
    assert editor.text("#version-note") == "Until now version 7; saved as version 8."
    editor.fill("limits.max_session_min", "15")
    assert editor.value("version") == "7"
    editor.fill("limits.max_session_min", "20")
    editor.browser.click("#how-plain")
    path = editor.save()
    assert path.name == "profiles.json"
    assert check(path).returncode == 0
    first, other = read(path.read_bytes()).profiles
    assert first.prescription() == read(encoded(CONTRACT)).profiles[0].prescription()
    assert (other.version, other.limits.max_session_min) == (8, 20)
    assert (other.display_name, other.pin) == ("Ada", "1111")


def test_what_is_changed_after_it_was_saved_is_another_version(editor: Editor) -> None:
    """The kiosk may have the first file by then, and takes no other one of its version."""
    write_one(editor)
    editor.browser.click("#how-plain")
    versions = []
    for minutes in ("12", "14", "14"):
        editor.fill("limits.max_session_min", minutes)
        path = editor.save()
        versions.append(read(path.read_bytes()).profiles[0].version)
        path.unlink()
        assert not editor.text("#version-note")
    assert versions == [1, 2, 2], "saved once more as it was, it is the same one"
    editor.fill("version", "12")
    editor.save()
    editor.fill("limits.max_session_min", "11")
    assert editor.value("version") == "13", "one that was chosen is saved by now"
    assert editor.text("#version-note") == "Until now version 12; saved as version 13."


def test_an_opened_file_that_is_saved_twice_too(editor: Editor) -> None:
    editor.load(encoded(profile(version=7)))
    editor.browser.click("#how-plain")
    for minutes in ("20", "19"):
        editor.fill("limits.max_session_min", minutes)
        path = editor.save()
        (made,) = read(path.read_bytes()).profiles
        path.unlink()
    assert made.version == 9


def test_a_file_without_a_version_is_mended_and_counts_from_none(editor: Editor) -> None:
    given = profile()
    del given["version"]
    editor.load(encoded(given))
    assert "To mend: 1" in editor.text("#state")
    editor.fill("note", "other")
    assert editor.value("version") == ""
    assert not editor.text("#version-note")
    editor.fill("version", "4")
    editor.fill("note", "another")
    assert editor.value("version") == "4"
    editor.browser.click("#how-plain")
    assert read(editor.save().read_bytes()).profiles[0].version == 4


def test_a_copy_is_issued_today(editor: Editor) -> None:
    given = profile(issued_on="2026-01-02", expires_on="2026-03-04", schedule=None)
    editor.load(encoded(given))
    editor.browser.click("#copy")
    assert editor.value("limits.max_kmh") == "2"
    copied = [editor.value("issued_on"), editor.value("expires_on")]
    editor.browser.click("#profile-0")
    assert [editor.value("issued_on"), editor.value("expires_on")] == ["2026-01-02", "2026-03-04"]
    editor.browser.click("#new")
    editor.browser.click("dialog button:last-of-type")
    editor.browser.until("document.activeElement.id === 'f-display_name'")
    assert copied == [editor.value("issued_on"), editor.value("expires_on")]


def test_a_chosen_version_stays(editor: Editor) -> None:
    editor.load(encoded(CONTRACT))
    editor.fill("version", "12")
    editor.fill("note", "other")
    assert editor.value("version") == "12"


def test_steps_of_ones_own_are_filled_in_added_moved_and_removed(
    editor: Editor, check: Any
) -> None:
    write_one(editor)
    browser = editor.browser
    browser.click("#kind-steps")
    browser.click(".fill button")
    assert editor.value("plan.steps-1.name") == "main"
    editor.fill("plan.steps-1.high_kmh", "1,8")
    browser.click("#add-step")
    browser.type("hold the rails")
    for key, text in (("min", "0.5"), ("low_kmh", "0"), ("high_kmh", "0.8")):
        editor.fill(f"plan.steps-3.{key}", text)
    browser.click("#step-3-up")
    assert browser.run("document.activeElement.id") == "step-2-up"
    browser.click("#step-0-remove")
    browser.click("#how-plain")
    path = editor.save()
    assert check(path).returncode == 0
    (made,) = read(path.read_bytes()).profiles
    assert made.plan.program is not made.plan.steps
    steps = json.loads(path.read_bytes())["plan"]["steps"]
    assert [one["name"] for one in steps] == ["main", "hold the rails", "cool-down"]
    assert (steps[0]["high_kmh"], steps[1]["low_kmh"], steps[1]["min"]) == (1.8, 0, 0.5)


STEPS = {"plan": {"steps": [STEP, {**STEP, "name": "end", "min": 4}]}}
# A rule -> a sound profile, what is typed into it, where the fault is shown.
VIOLATIONS: dict[str, tuple[dict[str, Any], list[tuple[str, str]], str]] = {
    "expiry": ({}, [("expires_on", "11212026")], "f-expires_on"),
    "step-band": (STEPS, [("plan.steps-0.low_kmh", "1.7")], "f-plan.steps-0.low_kmh"),
    "step-speed": (STEPS, [("plan.steps-1.high_kmh", "2.1")], "f-plan.steps-1.high_kmh"),
    "step-incline": (STEPS, [("plan.steps-1.incline_pct", "1")], "f-plan.steps-1.incline_pct"),
    "steps-too-long": (STEPS, [("plan.steps-0.min", "11.5")], "f-plan"),
    "steps-too-short": (
        STEPS,
        [("plan.steps-0.min", "0.5"), ("plan.steps-1.min", "0.4")],
        "f-plan",
    ),
    "program-speed": ({}, [("limits.max_kmh", "1.5")], "f-plan"),
    "program-incline": (
        {"plan": {"program": "ankle-uphill"}, "limits__max_incline_pct": 7},
        [("limits.max_incline_pct", "6.9")],
        "f-plan",
    ),
    "program-minutes": ({}, [("limits.max_session_min", "9")], "f-plan"),
}


def test_every_rule_has_a_violation() -> None:
    assert {*VIOLATIONS, "one-plan"} == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", VIOLATIONS)
def test_a_violated_rule_is_shown_at_its_field_and_not_saved(editor: Editor, rule: str) -> None:
    changes, typed, place = VIOLATIONS[rule]
    editor.load(encoded(profile(**changes)))
    editor.browser.click("#how-plain")
    assert "Complete" in editor.text("#state")
    for path, text in typed:
        if path.endswith("_on"):
            editor.browser.click(f"[id='f-{path}']")
            editor.browser.press("ArrowLeft", "ArrowLeft")
            editor.browser.type(text)
            editor.browser.press("Tab")
        else:
            editor.fill(path, text)
    (said,) = editor.refused()
    words = editor.text(f"[id='{place}-fault']")
    assert words
    assert words.partition(": ")[2] in said or words in said
    described = editor.browser.run(
        f"document.getElementById('{place}').getAttribute('aria-describedby').split(' ')"
    )
    assert f"{place}-fault" in described
    if place != "f-plan":
        is_invalid = f"document.getElementById('{place}').getAttribute('aria-invalid')"
        assert editor.browser.run(is_invalid) == "true"
    editor.browser.press("Tab", "Enter")
    focused = "document.activeElement.closest('fieldset, .field').contains"
    assert editor.browser.run(f"{focused}(document.getElementById('{place}'))") or place == "f-plan"


def test_nothing_chosen_is_not_saved(editor: Editor) -> None:
    editor.new()
    editor.browser.click("#how-plain")
    said = editor.refused()
    for line in (
        "First name: 1 to 40 characters in one line.",
        "Code: 3 to 16 capital letters, digits and dashes, as P-7F3K.",
        "PIN: 4 to 8 digits.",
        "Highest speed (km/h): a number over 0 and at most 5 (km/h).",
        "Plan: Choose a program, or write steps of your own.",
    ):
        assert line in said
    assert editor.text("#f-display_name-fault") == "Needed: 1 to 40 characters in one line."


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The kiosk cannot type this name: the person is found by the code alone."),
        ("es", "En el quiosco no se puede escribir este nombre"),
        ("de", "Am Kiosk lässt sich dieser Name nicht tippen"),
        ("fr", "On ne peut pas taper ce nom sur la borne"),
    ],
)
def test_a_name_that_the_kiosk_cannot_type_is_hinted_at(
    editor: Editor, language: str, words: str
) -> None:
    editor.open(language)
    editor.load(encoded(profile(display_name="Пётр")))
    note = "#f-display_name-note"
    assert words in editor.text(note)
    described = "document.getElementById('f-display_name').getAttribute('aria-describedby')"
    assert "f-display_name-note" in editor.browser.run(described).split()
    assert "To mend" not in editor.text("#state")
    assert not editor.browser.run("document.querySelectorAll('.faulty').length")
    for name in ("Søren", "D’Arcy", "Łukasz", "Anne-Marie", "José Пётр", "x" * 24, "", " "):
        editor.fill("display_name", name)
        assert not editor.text(note), name
    for name in ("李", "x" * 25, "..", "a_b", "Πέτρος"):
        editor.fill("display_name", name)
        assert words in editor.text(note), name
    editor.browser.click("#how-plain")
    (made,) = read(editor.save().read_bytes()).profiles
    assert made.display_name == "Πέτρος"


def test_the_hint_at_a_name_comes_while_it_is_typed(editor: Editor) -> None:
    editor.new()
    assert not editor.text("#f-display_name-note")
    editor.browser.type("Ж")
    assert editor.text("#f-display_name-note")
    editor.browser.press("Backspace")
    assert not editor.text("#f-display_name-note")


def test_a_step_is_not_to_be_named_after_a_person(editor: Editor) -> None:
    editor.load(encoded(profile(**STEPS)))
    for i in (0, 1):
        name = f"f-plan.steps-{i}.name"
        said = editor.text(f"[id='{name}-hint']")
        assert said == "Shown while walking. Do not write a person’s name here."
        described = f"document.getElementById('{name}').getAttribute('aria-describedby')"
        assert editor.browser.run(described) == f"{name}-hint"
    lines = "[...document.querySelectorAll('.step .hint')].map((e) => e.clientHeight / 20)"
    for width in (360, 768, 1280, 1500):
        editor.browser.width(width, 900)
        assert all(0 < count < 3 for count in editor.browser.run(lines)), width


def test_a_progression_begins_with_a_minute_and_says_where_nothing_grows(editor: Editor) -> None:
    editor.load(encoded(profile(progression=None)))
    added = [f"progression.add_{name}" for name in ("min", "kmh", "incline_pct")]
    assert not editor.browser.run("document.querySelector('#growth-note')")
    editor.browser.click("#has-progression")
    assert [editor.value(path) for path in added] == ["1", "0", "0"]
    assert not editor.text("#growth-note")
    for nothing in ("0", ""):
        editor.fill(added[0], nothing)
        assert editor.text("#growth-note") == "All three are 0: nothing will grow."
        assert "Complete" in editor.text("#state")
    for path in added:
        editor.fill(path, "0.5")
        assert not editor.text("#growth-note")
        editor.fill(path, "0")
        assert editor.text("#growth-note")


def test_a_progression_that_was_opened_stays_as_it_is(editor: Editor) -> None:
    editor.load(encoded(profile(progression={"every_sessions": 3, "add_kmh": 0.1})))
    assert editor.value("progression.add_min") == "0"
    assert not editor.text("#growth-note")
    editor.load(encoded(profile(progression={"every_sessions": 3})), "other.json")
    editor.browser.until("document.querySelector('#growth-note').textContent")
    assert editor.value("progression.add_min") == "0"


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("limits.max_kmh", "5.1", "Needed: a number over 0 and at most 5 (km/h)."),
        ("limits.max_kmh", "fast", "Needed: a number over 0 and at most 5 (km/h)."),
        ("limits.max_session_min", "12.5", "Needed: a whole number from 1 to 60 (minutes)."),
        ("pin", "48 21", "Needed: 4 to 8 digits."),
        ("code", "ÄB-1", "Needed: 3 to 16 capital letters, digits and dashes, as P-7F3K."),
        ("version", "0", "Needed: a whole number from 1 to 999999 (one more with every change)."),
        ("stop_rules.pain_rise", "3", "Needed: a whole number from 1 to 2 (points of pain)."),
        ("note", "x" * 501, "Needed: a text of at most 500 characters."),
    ],
)
def test_a_value_out_of_bounds_is_told_when_the_field_is_left(
    editor: Editor, path: str, text: str, words: str
) -> None:
    editor.load(encoded(CONTRACT))
    editor.fill(path, text)
    assert editor.text(f"[id='f-{path}-fault']") == words
    assert editor.text("#said") == words
    editor.browser.click("#how-plain")
    assert len(editor.refused()) == 1


def test_twins_in_a_file_are_refused(editor: Editor) -> None:
    editor.load(encoded(bundle(CONTRACT, profile(code="P-2", display_name="Ada", pin="4821"))))
    editor.browser.click("#profile-1")
    editor.browser.click("#how-plain")
    editor.fill("display_name", "sám Smith")
    assert editor.refused() == [
        "P-2: PIN: Profile 1 of this file has this PIN and the same first name. Choose another PIN."
    ]
    editor.fill("code", "P-7F3K")
    (said,) = editor.refused()
    assert "Profile 1 of this file has this code too" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b'{"sternway": NaN}', "not JSON"),
        (b'{"sternway": "profile", "sternway": "profile"}', "A key stands twice"),
        (b"[" * 17 + b"]" * 17, "nested deeper"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b'{"a": 1e999}', "far too large"),
        (b" " * (1024 * 1024 + 1), "over 1 MiB"),
        (b"{}", "not a profile of Sternway"),
        (encoded({**CONTRACT, "schema": 2}), "another version of Sternway"),
        (encoded({**CONTRACT, "max_kmhh": 2}), "max_kmhh"),
        (encoded({**CONTRACT, "limits": {**CONTRACT["limits"], "max_kmh": "2.0"}}), "max_kmh"),
        (encoded(bundle()), "a list of 1 to 1000 profiles"),
    ],
)
def test_what_the_form_cannot_show_is_refused_whole(
    editor: Editor, content: bytes, words: str
) -> None:
    assert read(content).faults
    editor.load(content)
    assert "This file cannot be opened" in editor.text("dialog")
    assert words in editor.text("dialog")
    editor.browser.press("Escape")
    editor.browser.until("!document.querySelector('dialog')")
    assert editor.browser.run("Boolean(document.querySelector('.welcome'))")


def test_faults_that_the_form_can_show_are_mended_there(editor: Editor, check: Any) -> None:
    faulty = profile(limits__max_kmh=6.0, expires_on="2026-02-30", pin="12")
    editor.load(encoded(faulty))
    assert "To mend: 3" in editor.text("#state")
    editor.fill("limits.max_kmh", "2")
    editor.fill("pin", "1290")
    editor.browser.click("#f-expires_on")
    editor.browser.press("ArrowLeft", "ArrowLeft")
    editor.browser.type("02282027")
    editor.browser.click("#how-plain")
    assert check(editor.save()).returncode == 0


def test_an_encrypted_file_is_kindly_declined(editor: Editor) -> None:
    for content in (b"age-encryption.org/v1\n-> X25519", b"-----BEGIN AGE ENCRYPTED FILE-----\n"):
        editor.load(content, "P-7F3K.json.age")
        assert "Only the kiosk it is meant for can open it" in editor.text("dialog")
        editor.browser.press("Escape")
        editor.browser.until("!document.querySelector('dialog')")


def test_what_people_type_stays_a_text(editor: Editor) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    editor.load(encoded(bundle(profile(display_name=nasty, note=nasty), profile(code="P-2"))))
    assert nasty in editor.text("#profile-0")
    editor.browser.run("dispatchEvent(new Event('beforeprint'))")
    assert nasty in editor.browser.run("document.querySelector('#paper').textContent")
    assert not editor.browser.run("document.querySelectorAll('img').length")
    assert not editor.browser.said("Page.javascriptDialogOpening")


def test_suggested_codes_and_pins(editor: Editor) -> None:
    editor.new()
    seen = set()
    for _ in range(20):
        editor.browser.click("[data-path=code] button")
        editor.browser.click("[data-path=pin] button")
        seen.add((editor.value("code"), editor.value("pin")))
    assert len(seen) == 20
    for code, pin in seen:
        assert set(code.removeprefix("P-")) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ")
        assert len(code) == 6
        assert len(pin) == 4
        assert pin.isdecimal()


def test_unsaved_work_is_not_lost_by_chance(editor: Editor) -> None:
    editor.new()
    editor.browser.type("Sam")
    editor.browser.click("#new")
    assert "Leave without saving?" in editor.text("dialog")
    assert "Go back" in editor.browser.run("document.activeElement.innerText")
    editor.browser.press("Enter")
    editor.browser.until("!document.querySelector('dialog')")
    assert editor.value("display_name") == "Sam"
    asked = "const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e);"
    assert editor.browser.run(f"(() => {{ {asked} return e.defaultPrevented; }})()")


def test_the_browser_itself_asks_before_unsaved_work_is_left(editor: Editor) -> None:
    editor.new()
    editor.browser.type("Sam")
    editor.browser.run("setTimeout(() => location.reload(), 0) && 0")
    while not (asked := editor.browser.said("Page.javascriptDialogOpening")):
        editor.browser.listen()
    assert asked[0]["type"] == "beforeunload"
    editor.browser.command("Page.handleJavaScriptDialog", accept=False)
    assert editor.value("display_name") == "Sam"


def test_a_file_may_be_dropped(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(encoded(CONTRACT))
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        editor.browser.command("Input.dispatchDragEvent", type=kind, x=300, y=500, data=data)
    editor.browser.until("document.querySelector('form')")
    assert editor.value("display_name") == "Sam"


def test_a_folder_that_is_dropped_is_said_to_be_unreadable(editor: Editor, tmp_path: Path) -> None:
    """As is a file whose stick was pulled."""
    editor.load(encoded(CONTRACT))
    folder = tmp_path / "profiles"
    folder.mkdir()
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        editor.browser.command("Input.dispatchDragEvent", type=kind, x=300, y=500, data=data)
    editor.browser.until("document.querySelector('dialog')")
    assert "This file cannot be opened" in editor.text("dialog")
    assert "It cannot be read. Is it a folder, or was its stick pulled?" in editor.text("dialog")
    editor.browser.press("Escape")
    editor.browser.until("!document.querySelector('dialog')")
    assert editor.value("display_name") == "Sam"


def test_a_large_bundle_stays_quick(editor: Editor, check: Any) -> None:
    """A thousand profiles: opened, changed and saved, within what a person waits for."""
    many = [profile(code=f"P-{i}", display_name=f"N{i}", pin=f"{i:04}") for i in range(1000)]
    editor.load(encoded(bundle(*many)))
    editor.browser.click("#profile-700")
    took = editor.browser.run(
        "(() => { const e = document.getElementById('f-note'); const from = performance.now();"
        " e.value = 'x'; e.dispatchEvent(new Event('input')); return performance.now() - from; })()"
    )
    assert took < 2000
    editor.browser.click("#how-plain")
    said = check(editor.save())
    assert said.returncode == 0
    assert said.stdout.count("P-") == 1000


def test_saved_work_may_be_left(editor: Editor) -> None:
    editor.load(encoded(CONTRACT))
    editor.fill("note", "other")
    editor.browser.click("#how-plain")
    editor.save()
    asked = "const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e);"
    assert not editor.browser.run(f"(() => {{ {asked} return e.defaultPrevented; }})()")
    editor.load(encoded(profile(display_name="Ada")), "other.json")
    editor.browser.until("document.getElementById('f-display_name').value === 'Ada'")


def test_the_keyboard_alone_is_enough(editor: Editor, check: Any) -> None:
    """From the first Tab to the saved file, no mouse. Each focus can be seen."""
    browser = editor.browser

    def to(name: str) -> None:
        for _ in range(80):
            browser.press("Tab")
            if browser.run("document.activeElement.id") == name:
                style = "getComputedStyle(document.activeElement).outlineStyle"
                label = "document.activeElement.closest('.program')"
                seen = browser.run(f"{label} ? getComputedStyle({label}).outlineStyle : {style}")
                assert seen == "solid", name
                return
        raise AssertionError(f"Tab does not reach {name}")

    to("new")
    browser.press("Enter")
    browser.until("document.activeElement.id === 'f-display_name'")
    browser.type("Ada")
    to("f-code")
    browser.type("P-ADA1")
    to("f-pin")
    browser.type("7390")
    to("f-screening_cleared")
    browser.press(" ")
    to("program-easy-walk")
    browser.press("ArrowDown")
    assert browser.run("document.activeElement.id") == "program-low-back"
    to("f-limits.max_session_min")
    browser.press("a", control=True)
    browser.type("12")
    to("has-schedule")
    browser.press(" ")
    to("how-key")
    browser.press("ArrowDown")
    assert browser.run("document.activeElement.id") == "how-plain"
    to("save")
    browser.press("Enter")
    (name,) = browser.downloaded()
    path: Path = editor.folder / name
    assert check(path).returncode == 0
    (made,) = read(path.read_bytes()).profiles
    assert (made.plan.program, made.limits.max_session_min) == ("low-back", 12)
    assert made.screening_cleared


def test_paper_has_a_page_for_each_profile_and_no_pin(editor: Editor, tmp_path: Path) -> None:
    steps = [{**STEP, "name": f"step {i} ".ljust(40, "W"), "min": 0.2} for i in range(60)]
    second = profile(code="P-2", display_name="W" * 40, pin="73219", plan={"steps": steps})
    second["note"] = "a long line of words and more words\n" * 13
    ten = [*steps[:9], {**STEP, "min": 0.2, "incline_pct": 10}]
    third = profile(code="P-3", display_name="Ada", pin="73219", plan={"steps": ten})
    third["note"] = "W" * 490 + "\nx" * 5
    third["limits"]["max_incline_pct"] = 10
    fourth = profile(code="P-4", display_name="Eve", pin="73219", note="W" * 150)
    editor.load(encoded(bundle(profile(pin="482199"), second, third, fourth)))
    editor.browser.click("#print-all")
    editor.browser.pdf(tmp_path / "out.pdf")
    paper = editor.browser.run("document.querySelector('#paper').textContent")
    assert "482199" not in paper
    assert "73219" not in paper
    assert (tmp_path / "out.pdf").read_bytes().count(b"/Type /Page\n") == 4
    editor.browser.click("#print-pin")
    editor.browser.click("#print-all")
    editor.browser.pdf(tmp_path / "one.pdf")
    paper = editor.browser.run("document.querySelector('#paper').textContent")
    assert "482199" in paper
    assert "Ada" not in paper
    assert (tmp_path / "one.pdf").read_bytes().count(b"/Type /Page\n") == 1


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en-GB", "New profile"),
        ("es-MX", "Perfil nuevo"),
        ("de-AT", "Neues Profil"),
        ("fr", "Nouveau profil"),
        ("it", "New profile"),
    ],
)
def test_the_browsers_language_is_spoken(editor: Editor, tag: str, words: str) -> None:
    editor.open(tag)
    assert editor.text("#new") == words
    assert editor.browser.run("document.documentElement.lang") in tag or tag == "it"


def test_another_language_loses_nothing(editor: Editor) -> None:
    editor.load(encoded(CONTRACT))
    editor.fill("limits.max_kmh", "1.5")
    editor.browser.click("#language-de")
    assert editor.value("limits.max_kmh") == "1,5"
    assert "über die Grenze von 1,5 km/h" in editor.text("#f-plan-fault")
    editor.fill("limits.max_kmh", "1,7")
    editor.browser.click("#language-en")
    assert editor.value("limits.max_kmh") == "1.7"
    assert "Complete" in editor.text("#state")


def test_what_is_said_is_said_in_the_language_that_is_chosen(editor: Editor) -> None:
    editor.load(encoded(CONTRACT))
    editor.browser.click("#how-plain")
    editor.save()
    editor.browser.until("document.getElementById('said').innerText.startsWith('Saved')")
    editor.browser.click("#language-de")
    assert editor.text("#said").startswith("Unverschlüsselt gespeichert: P-7F3K.json.")
    editor.fill("pin", "1")
    assert editor.text("#said") == "Nötig: 4 bis 8 Ziffern."
    editor.browser.click("#language-fr")
    assert editor.text("#said") == editor.text("#f-pin-fault")
    assert editor.text("#said").startswith("Il faut")
    editor.browser.run("document.getElementById('said').classList.remove('shown')")
    editor.browser.click("#language-en")
    assert editor.text("#said") == ""


@pytest.mark.parametrize("language", ["en", "es", "de", "fr"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_runs_out_of_the_window(editor: Editor, language: str, width: int) -> None:
    editor.open(language)
    editor.load(encoded(profile(**STEPS, limits__max_kmh=1.2)))
    editor.browser.width(width, 800)
    editor.browser.click("#has-schedule")
    out = editor.browser.run(
        "[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()"
        " && !e.closest('.skip, .visually-hidden, #said, .scroll')"
        f" && e.getBoundingClientRect().right > {width} + 0.5).map((e) => e.outerHTML)"
    )
    assert out == []
    cut = editor.browser.run(
        "[...document.querySelectorAll('button, label, h1, h2, p, select')].filter((e) =>"
        " e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth"
        " && !e.closest('.skip, #said, .profiles')).map((e) => e.outerHTML)"
    )
    assert cut == []


def test_the_browser_keeps_nothing(kiosk_editor: Editor) -> None:
    write_one(kiosk_editor)
    kiosk_editor.save()
    kept = "localStorage.length + sessionStorage.length + document.cookie.length"
    assert kiosk_editor.browser.run(kept) == 0
    kiosk_editor.open()
    assert kiosk_editor.browser.run("Boolean(document.querySelector('.welcome'))")
