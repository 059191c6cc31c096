"""The page about walking backwards and the briefing."""

from __future__ import annotations

from pathlib import Path

import pytest

import profiles.about
from profiles.about import CONTACT, load_about, load_briefing
from profiles.errors import AboutError

SHIPPED = Path(profiles.about.__file__).with_name("about.toml")


@pytest.mark.parametrize("contact", [None, "", " \n"])
def test_without_a_contact_the_staff_are_named(contact: str | None) -> None:
    assert load_about(contact).sections[-1].paragraphs == ("Ask the staff.",)


@pytest.mark.parametrize("contact", ["Ada Lind, room 12", "{0} {contact} %s", "Zoë & 李"])
def test_the_contact_stands_as_the_site_wrote_it(contact: str) -> None:
    page = load_about(f" {contact} ")
    assert page.sections[-1].title == "Whom to ask here"
    assert page.sections[-1].paragraphs == (contact,)
    assert page.sections[:-1] == load_about(None).sections[:-1]


def test_the_page_says_why_what_for_what_is_known_and_whom_to_ask() -> None:
    assert [part.title for part in load_about(None).sections] == [
        "Why walk backwards?",
        "Lower back pain",
        "Stiff big toe",
        "Ankle sprains",
        "What is known",
        "Not medical advice",
        "Whom to ask here",
    ]
    assert not any(CONTACT in text for text in load_about(None).texts)


def test_the_five_questions_are_those_of_the_clinical_page() -> None:
    """Typed off clinical.md: the words that each question may not lose."""
    words = {
        "heart": ("chest pain", "heart condition", "not stable"),
        "dizziness": ("dizzy", "faint"),
        "surgery": ("recently", "surgery", "broken", "leg", "back"),
        "prompts": ("following instructions", "seeing or hearing"),
        "told-not-to": ("professional", "told you not to"),
    }
    questions = load_briefing().screening
    assert [question.id for question in questions] == list(words)
    for question in questions:
        assert question.text.endswith("?")
        assert all(word in question.text for word in words[question.id]), question.text
        # "yes" must mean "do not start": no question may ask for the healthy answer
        assert question.text.split()[0] in {"Do", "Have", "Has", "Does"}
        assert not {"can", "able"} & set(question.text.lower().split())


def test_one_yes_leads_to_staff_or_a_therapist() -> None:
    told = load_briefing().screening_yes
    assert "not start" in told
    assert "staff or a therapist" in told


def test_the_three_rules() -> None:
    rules = load_briefing().rules
    assert [rule.id for rule in rules] == ["lanyard", "rails", "stop"]
    for rule, words in zip(rules, ("lanyard", "both hands", "stop button"), strict=True):
        assert words in rule.text
    assert "on the rail" in rules[2].text


def test_the_stop_sentence_is_word_for_word() -> None:
    wanted = "Stop if you feel dizzy, short of breath, chest pain, or more pain"
    assert load_briefing().stop_if == wanted


BROKEN = [
    ("no_contact", "nocontact", r'nocontact: unknown key; did you mean "no_contact"\?'),
    ('id = "heart"', 'idd = "heart"', r"briefing\.screening\[0\]\.id: missing; add it"),
    ('id = "dizziness"', 'id = "heart"', r'screening\[1\]\.id: "heart" is there twice; rename'),
    ('id = "stop"', 'id = "rails"', r'rules\[2\]\.id: "rails" is there twice; rename'),
    ('"{contact}"', '"Ask {contact}"', 'exactly one paragraph must be "{contact}" and nothing'),
    ('"{contact}"', '"Ask"', "nothing else; 0 hold it"),
    ('"{contact}"', '"{contact}", "{contact}"', "nothing else; 2 hold it"),
    ('"{contact}"', "", r"sections\[6\]\.paragraphs: is not allowed; make it array of length >= 1"),
    ('"{contact}"', '"{contact}", "b", "c", "d"', r"sections\[6\]\.paragraphs: .*length <= 3"),
    ('[[briefing.screening]]\nid = "heart"', '[a]\nb = "', "is not TOML: .*line"),
]


@pytest.mark.parametrize(("old", "new", "told"), BROKEN)
def test_a_broken_page_is_refused_naming_place_and_mend(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "about.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    for load in (load_briefing, lambda file: load_about(None, file)):
        with pytest.raises(AboutError, match=f"(?m)^about.toml: .*{told}"):
            load(path)


def test_four_questions_are_not_enough(tmp_path: Path) -> None:
    head, _, rest = SHIPPED.read_text("utf-8").partition("[[briefing.screening]]")
    path = tmp_path / "about.toml"
    path.write_text(head + rest[rest.index("[[briefing.screening]]") :], "utf-8")
    with pytest.raises(AboutError, match=r"briefing\.screening: .*length >= 5"):
        load_briefing(path)


def test_a_page_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AboutError, match=r"no.toml: cannot be read .*; put the file back"):
        load_about(None, tmp_path / "no.toml")
