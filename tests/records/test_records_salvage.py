"""What can be saved of a broken month: each record once, the one that proves itself first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kiosk.records import chain
from kiosk.records.chain import Record
from kiosk.records.salvage import documents_in, is_proved, is_record, saved
from tests.records.sessions import record


def linked(number: int, **more: Any) -> Record:
    return chain.link(record(f"s-{number}", **more), number, chain.NO_HASH)


def month(*records: Record) -> bytes:
    table = {"sessions": {str(one["seq"]): one for one in records}}
    return json.dumps(table, separators=(",", ":")).encode()


ONE, TWO, THREE = linked(1), linked(2), linked(3)


def test_a_whole_file_gives_all_of_it_in_the_order_of_the_numbers() -> None:
    assert saved(month(THREE, ONE, TWO), []) == [ONE, TWO, THREE]
    assert saved(b"", [TWO, ONE]) == [ONE, TWO]
    assert saved(b"", []) == []


def test_each_number_comes_once_and_the_older_file_first() -> None:
    other = linked(2, pauses=7)
    assert saved(month(other, THREE), [ONE, TWO]) == [ONE, TWO, THREE]
    assert saved(month(ONE, TWO), [other]) == [ONE, other]


def test_what_proves_itself_comes_before_what_does_not() -> None:
    edited = {**TWO, "pauses": 9}
    assert saved(month(TWO), [edited]) == [TWO]
    assert saved(month(edited), [TWO]) == [TWO]
    assert saved(month(edited), [{**TWO, "pauses": 8}]) == [{**TWO, "pauses": 8}]
    assert saved(month(edited), []) == [edited], "better than a gap"


def test_what_stands_before_and_after_a_broken_place_is_found() -> None:
    whole = month(ONE, TWO, THREE)
    at = whole.index(b'"2":{') + 30
    assert saved(whole[:at] + b"\xff\x00}}{[" + whole[at:], []) == [ONE, THREE]
    assert saved(whole[: whole.index(b'"3":{') + 9], []) == [ONE, TWO]
    assert saved(b"x" + whole[40:], []) == [TWO, THREE]
    assert saved(whole[whole.index(b'"1":') :], []) == [ONE, TWO, THREE]
    spaced = whole.replace(b'"2":{', b'"2" :\n {')
    assert saved(spaced, []) == [ONE, TWO, THREE]


def test_a_record_inside_a_record_is_none_of_the_log() -> None:
    """An event may hold anything, a number and braces too."""
    within = linked(4, events=[{"5": linked(5)}])
    assert saved(month(within), []) == [within]


def test_a_record_under_another_number_is_not_taken() -> None:
    assert list(documents_in(json.dumps({"7": ONE}).encode())) == []
    assert list(documents_in(json.dumps({"01": ONE}).encode())) == []


def test_brackets_without_an_end_cost_nothing() -> None:
    deep = b'{"sessions":{"9":{"seq":' + b"[" * 50_000 + b',"1":' + json.dumps(ONE).encode()
    assert saved(deep, []) == [ONE]


@pytest.mark.parametrize(
    "change",
    [
        {"seq": "1"},
        {"seq": True},
        {"seq": 1.0},
        {"seq": None},
        {"hash": None},
        {"hash": 3},
        {"prev_hash": None},
        {"session_id": None},
        {"session_id": ["a"]},
    ],
)
def test_what_is_no_record(change: dict[str, Any]) -> None:
    assert is_record(ONE)
    assert not is_record({**ONE, **change})
    for name in change:
        assert not is_record({key: value for key, value in ONE.items() if key != name})


@pytest.mark.parametrize("value", [None, [], [ONE], "record", 7])
def test_what_is_no_object_is_no_record(value: Any) -> None:
    assert not is_record(value)


def test_a_record_proves_itself_by_its_hash() -> None:
    assert is_proved(ONE)
    assert not is_proved({**ONE, "pauses": 1})
    assert not is_proved({**ONE, "hash": "0" * 64})
    assert not is_proved({key: value for key, value in ONE.items() if key != "hash"})
    assert not is_proved({**ONE, "pauses": float("nan")}), "what has no hash proves nothing"


@pytest.mark.parametrize(
    ("text", "value"),
    [("NaN", None), ("Infinity", None), ("-1e999", None), ("1.5", 1.5), ("-0.25e2", -25.0)],
)
def test_a_number_that_is_none_is_unknown(text: str, value: float | None) -> None:
    content = month(ONE).replace(b'"walked_s":60.0', b'"walked_s":' + text.encode())
    (found,) = documents_in(content)
    assert found == {**ONE, "walked_s": value}
