"""Small files under a hash: what was written comes back, and nothing else does."""

from __future__ import annotations

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


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        unseal(seal([1]), dict[str, Any])
