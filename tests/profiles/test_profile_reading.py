"""Hostile and clumsy files: refused with every reason, in words, and nothing else ever happens."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from profiles.checking import MOST_FAULTS
from profiles.names import name_key, typeable
from profiles.reading import MOST_BYTES, MOST_DEPTH, read
from tests.profiles import hostile, mutated
from tests.profiles.written import CONTRACT, STEP, bundle, encoded, profile


def faults(content: bytes | dict[str, Any]) -> list[str]:
    reading = read(content if isinstance(content, bytes) else encoded(content))
    assert reading.faults or reading.profiles
    assert not (reading.faults and reading.profiles), "refused whole"
    return [str(fault) for fault in reading.faults]


def test_every_fault_is_told_at_once() -> None:
    value = profile(
        code="p",
        version=0,
        rails="bothh",
        limits={"max_kmh": 6, "max_sesion_min": 15},
        plan={"steps": [{**STEP, "min": 70}, {**STEP, "low_kmh": 3}]},
        stop_rules={"pain_rise": "1"},
        colour="red",
    )
    del value["pin"]
    places = [fault.partition(": ")[0] for fault in faults(value)]
    assert sorted(places) == [
        "code",
        "colour",
        "limits.max_kmh",
        "limits.max_sesion_min",
        "pin",
        "plan.steps[0].min",
        "plan.steps[1].low_kmh",
        "rails",
        "stop_rules.pain_rise",
        "version",
    ]


WORDS = [
    (profile(limits__max_kmh=6), "limits.max_kmh: is 6; make it a number over 0 and at most 5"),
    (profile(limits__max_kmh="2"), "make it a number over 0 and at most 5 (km/h), without quotes"),
    (profile(limits__max_session_min=2.5), "is 2.5; make it a whole number from 1 to 60"),
    (profile(rails="bothh"), 'is "bothh"; did you mean "both"?'),
    (profile(railz="both"), 'railz: is not known here; did you mean "rails"?'),
    (profile(pin=4821), "pin: is a number; make it 4 to 8 digits, in quotes"),
    (profile(pin="12"), "pin: is not allowed; make it 4 to 8 digits, in quotes"),
    (profile(expires_on="soon"), "expires_on: is not allowed; make it a day as 2026-11-22"),
    (profile(schema=2), "is of another schema; this kiosk reads schema 1"),
    (profile(plan=[]), "plan: is a list; make it an object in braces { }"),
    (profile(plan={"steps": {}}), "plan.steps: is an object; make it a list of 1 to 60"),
    (profile(screening_cleared="yes"), "is not allowed; make it true or false"),
    (bundle(), "profiles: is a list of 0; make it a list of 1 to 1000 profiles"),
    (bundle(CONTRACT, CONTRACT), "profiles[1].code: is the code of profiles[0] too"),
    (
        bundle(CONTRACT, profile(code="P-2", display_name="SÄM Miller")),
        "profiles[1].pin: profiles[0] has this PIN and the same first name; choose another PIN",
    ),
    ([], "is no profile; it must begin with a brace {"),
    ({"sternway": "recording"}, '"sternway" must be "profile" or "bundle"'),
    (b"", "is not JSON at line 1, column 1"),
    (b'{"sternway": "profile",\n "code" "x"}', "is not JSON at line 2, column 9"),
    (b'{"a": NaN}', "holds NaN, which is no number"),
    (b'{"a": -Infinity}', "holds -Infinity"),
    (b'{"a": 1e999}', "a number that is far too large"),
    (b'{"a": %b}' % (b"9" * 5000), "a number that is far too large"),
    (b'{"code": "A", "code": "B"}', '"code" stands twice in one object; keep one of them'),
    (b'{"limits": {"a": {"a b": 1, "a b": 2}}}', "a key stands twice"),
    (b"\xff\xfe{\x00}\x00", "is not UTF-8 (byte 0); save it as UTF-8"),
    (b'{"note": "\\ud83d"}', "half a character"),
    (b"[" * (MOST_DEPTH + 1), "is nested over 16 deep"),
    (b" " * (MOST_BYTES + 1), "is over 1 MiB"),
]


@pytest.mark.parametrize(("value", "words"), WORDS)
def test_a_fault_is_told_in_words_with_its_mend(value: Any, words: str) -> None:
    (found,) = faults(value if isinstance(value, bytes) else encoded(value))
    assert words in found


def test_what_is_no_fault() -> None:
    assert not faults(b"\xef\xbb\xbf" + encoded(CONTRACT)), "a BOM"
    assert not faults(json.dumps(CONTRACT, indent=1).replace("\n", "\r\n").encode())
    assert not faults(profile(version=3.0)), "3.0 is 3"
    assert not faults(bundle(CONTRACT, profile(code="P-2", display_name="Pam")))
    padded = encoded(CONTRACT)
    assert not faults(padded + b" " * (MOST_BYTES - len(padded)))
    assert not faults(profile(note='brackets [[[[[[[[[[[[[[[[[[ "{{{{ are text')), "in a text"


def test_profiles_are_refused_whole_and_each_knows_its_own_faults() -> None:
    value = bundle(CONTRACT, profile(code="P-2", version=0), profile(code="p", pin="1111"))
    reading = read(encoded(value))
    assert [len(draft.faults) for draft in reading.drafts] == [0, 2, 1]
    assert [draft.code for draft in reading.drafts] == ["P-7F3K", "P-2", None]
    assert not reading.profiles


def test_many_unknown_keys_are_counted() -> None:
    found = faults({**CONTRACT, **{f"k{i}": 1 for i in range(30)}})
    assert len(found) == 11
    assert found[-1] == "has 20 more keys that are not known; remove them"


@pytest.mark.parametrize("name", hostile.FILES)
def test_a_hostile_file_stays_within_bounds(name: str) -> None:
    content = hostile.FILES[name]
    tracemalloc.start()
    try:
        found = faults(content)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1 <= len(found) <= MOST_FAULTS + 1
    assert sum(map(len, found)) < 60_000, "a report that a person can look at"
    assert most < 32 * MOST_BYTES, "a small multiple of the file"


def test_ten_thousand_mutated_files_are_taken_or_refused() -> None:
    """Never an exception; and both answers come, or nothing was tried."""
    taken = sum(not faults(content) for content in mutated.files(10_000, seed=4))
    assert 500 < taken < 5_000


def test_a_fault_never_holds_what_is_private() -> None:
    """Whatever else is wrong: a name, a note or a PIN must not reach a log through a fault."""
    private = {"display_name": "Zaphod", "note": "Beeblebrox 77", "pin": "90417"}
    for i, content in enumerate(mutated.files(3_000, seed=7)):
        named = (
            content.replace(b'"Sam"', b'"Zaphod"')
            .replace(b"free text", b"Beeblebrox 77")
            .replace(b"4821", b"90417")
        )
        text = "\n".join(map(str, read(named).faults))
        assert not [word for word in private.values() if word in text], (i, text)
    for key, word in private.items():
        for wrong in ([word], {word: 1}, word + "\x00" * 600, int(word) if word.isdigit() else 1.5):
            if isinstance(wrong, dict):
                continue
            text = "\n".join(map(str, read(encoded(profile(**{key: wrong}))).faults))
            assert text
            assert word not in text


def test_the_same_first_name() -> None:
    assert name_key("José Miguel") == name_key(" jose ") == name_key("JOSÉ") == "jose"
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("Sam") != name_key("Pam")
    for written, typed in (
        *(("Søren", "SOREN"), ("Łukasz", "LUKASZ"), ("D\u2019Arcy", "DARCY"), ("D'Arcy", "DARCY")),
        *(
            ("Æsa", "AESA"),
            ("J\u00fcrgen", "JURGEN"),
            ("Đorđe", "DORDE"),
            ("I\u015f\u0131k", "ISIK"),
        ),
    ):
        assert name_key(written) == name_key(typed) == typed.casefold(), written
        assert typeable(written)
    assert not any(map(typeable, ("Иван", "小明", "", "  ", "a" * 25, "'")))
    assert name_key(" ") == name_key("") == ""
