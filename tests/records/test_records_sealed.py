"""Small files under a hash: what was written comes back, and nothing else does."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.records.sealed import seal, unseal

_VALUES = st.dictionaries(
    st.text(), st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text()
)


@given(_VALUES)
def test_what_was_written_comes_back(kept: dict[str, Any]) -> None:
    assert unseal(seal(kept), dict[str, Any]) == kept


@given(_VALUES, st.data())
def test_no_flipped_bit_makes_another_value(kept: dict[str, Any], data: st.DataObject) -> None:
    content = bytearray(seal(kept))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert unseal(bytes(content), dict[str, Any]) == kept
    except ValueError:
        return


@given(st.binary(max_size=200))
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unseal(content, dict[str, Any])


def under(kept: str, version: int = 1, more: str = "") -> bytes:
    """A file by its text, with the hash that fits."""
    digest = hashlib.sha256(kept.encode()).hexdigest()
    return f'{{"version":{version},"sha256":"{digest}","kept":{kept}{more}}}'.encode()


def test_a_file_is_the_same_bytes_for_the_same_value() -> None:
    sealed = under('{"a":null,"b":[1,"é"]}')
    assert seal({"a": None, "b": [1, "é"]}) == sealed
    assert seal({"b": [1, "é"], "a": None}) == sealed
    assert unseal(sealed, dict[str, Any]) == {"a": None, "b": [1, "é"]}


@pytest.mark.parametrize(
    "content", [under('{"a":1}', version=2), under('{"a":1}').replace(b'"a":1', b'"a":2')]
)
def test_another_version_or_another_value_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not what was written$"):
        unseal(content, dict[str, Any])


def test_what_is_nested_far_too_deep_is_refused() -> None:
    deep = 100_000
    with pytest.raises(ValueError, match=r"^not what was written$"):
        unseal(under("[" * deep + "]" * deep), Any)


def test_a_field_that_nobody_knows_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        unseal(under('{"a":1}', more=',"b":2'), dict[str, Any])


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        unseal(seal([1]), dict[str, Any])
