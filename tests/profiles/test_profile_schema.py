"""The shipped schema is the model's: generated, and of one mind with it about any file."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from profiles import rules
from profiles.programs import load_programs
from profiles.reading import read
from profiles.schema import FILE, as_text, schema
from tests.profiles import mutated
from tests.profiles.written import CONTRACT, bundle, encoded, profile

VALIDATOR = Draft202012Validator(
    json.loads(FILE.read_text(encoding="utf-8")),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)


def agree(value: Any) -> bool:
    """Check that schema and model agree on a value; return whether both take it.

    What the schema cannot say is listed in it: the rules between fields, and no code twice.
    """
    content = json.dumps(value, ensure_ascii=True).encode()
    found = read(content).faults
    listed = [fault for fault in found if _is_listed(str(fault.text))]
    taken: bool = VALIDATOR.is_valid(json.loads(content))
    if taken:
        assert len(found) == len(listed), (value, found)
    else:
        assert found, value
        assert len(listed) < len(found), (value, found)
    return taken


def _is_listed(text: str) -> bool:
    endings = [rule.say.rpartition(";")[2] for rule in rules.RULES]
    twice = ("give each profile its own", "choose another PIN")
    return text.endswith((*endings, *twice))


def test_what_ships_is_what_the_model_says() -> None:
    assert FILE.read_text(encoding="utf-8") == as_text(), "python -m profiles.schema"


def test_it_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(schema())
    assert agree(CONTRACT)
    assert agree(bundle(CONTRACT, profile(code="P-2", pin="1111")))


def test_it_carries_what_a_schema_cannot_say() -> None:
    carried = schema()
    assert [rule["id"] for rule in carried["x-sternway-rules"]] == [one.id for one in rules.RULES]
    assert set(carried["x-sternway-rules"][0]) == {"id", "at", "left", "op", "right", "say"}
    assert set(carried["x-sternway-programs"]) == set(load_programs())
    assert carried["x-sternway-max-bytes"] == 1_048_576


def test_nothing_in_it_is_for_programmers() -> None:
    assert "msgspec" not in as_text()
    assert "Raises" not in as_text()


def test_schema_and_model_agree_on_mutated_profiles() -> None:
    chance = random.Random(11)
    taken = 0
    for _ in range(1_500):
        value = chance.choice(mutated.SAMPLES)
        for _ in range(chance.choice((1, 1, 2, 3))):
            value = mutated.changed(value, chance)
        if _is_text(value):
            taken += agree(value)
    assert 100 < taken < 1_000


def _is_text(value: Any) -> bool:
    """Whether it is JSON at all: half a character and 1e308 in ten digits are refused before."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return isinstance(value, dict)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**50), 2**50)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner)
    ),
    max_leaves=8,
)
PLACES = sorted({".".join(map(str, path)) for path in mutated.places(mutated.SAMPLES[1])}, key=str)


@given(place=st.sampled_from(PLACES), value=anything)
def test_schema_and_model_agree_on_anything_anywhere(place: str, value: Any) -> None:
    made = json.loads(encoded(mutated.SAMPLES[1]))
    *folders, key = place.split(".")
    at: Any = made
    for folder in folders:
        at = at[int(folder) if isinstance(at, list) else folder]
    at[int(key) if isinstance(at, list) else key] = value
    agree(made)
