"""The hash chain: what was edited, removed, reordered or cut off shows."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.records.chain import NO_HASH, Head, Record, check, hash_of, head_of, link, members_of
from kiosk.records.errors import BadRecord
from tests.records.sessions import record


def linked(count: int) -> list[Record]:
    found: list[Record] = []
    head = Head()
    for number in range(count):
        found.append(link(record(f"s-{number}"), head.seq + 1, head.hash))
        head = head_of(found[-1])
    return found


RECORDS = linked(8)
HEAD = head_of(RECORDS[-1])


def test_the_hash_is_what_anyone_would_compute() -> None:
    """RFC 8785 of ASCII names and plain numbers is sorted JSON without spaces."""
    plain = {"b": [1, None, True], "a": "ü\n", "z": 1.5, "whole": 2.0}
    text = '{"a":"ü\\n","b":[1,null,true],"whole":2,"z":1.5}'
    assert hash_of({**plain, "hash": "x"}) == hashlib.sha256(text.encode()).hexdigest()


def test_a_record_hashes_the_same_after_the_disk() -> None:
    for one in RECORDS:
        assert hash_of(json.loads(json.dumps(one))) == one["hash"]


def test_the_first_record_follows_on_nothing() -> None:
    assert (RECORDS[0]["seq"], RECORDS[0]["prev_hash"]) == (1, NO_HASH)


def test_an_untouched_chain_holds() -> None:
    assert check([]) is None
    assert check([], Head()) is None
    assert check(RECORDS) is None
    assert check(RECORDS, HEAD) is None


def changed(value: Any) -> Any:
    return {"str": "other", "list": ["other"], "dict": {}}.get(type(value).__name__, 1234)


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, len(RECORDS) - 1), data=st.data())
def test_any_edited_field_is_found_at_its_record(at: int, data: st.DataObject) -> None:
    records = copy.deepcopy(RECORDS)
    field = data.draw(st.sampled_from(sorted(records[at])))
    records[at][field] = changed(records[at][field])
    fault = check(records, HEAD)
    assert fault is not None
    assert fault.seq == at + 1


@pytest.mark.parametrize("at", range(len(RECORDS)))
def test_any_removed_record_is_found(at: int) -> None:
    fault = check(RECORDS[:at] + RECORDS[at + 1 :], HEAD)
    assert fault is not None
    assert fault.seq == at + 1
    assert "missing" in str(fault.text)


@pytest.mark.parametrize("at", range(len(RECORDS) - 1))
def test_any_exchanged_records_are_found(at: int) -> None:
    records = [*RECORDS]
    records[at], records[at + 1] = records[at + 1], records[at]
    fault = check(records)
    assert fault is not None
    assert fault.seq == at + 1


def test_a_record_edited_and_hashed_anew_breaks_the_next() -> None:
    records = [*RECORDS]
    records[3] = link({**records[3], "walked_s": 1.0}, 4, records[2]["hash"])
    fault = check(records, HEAD)
    assert (*fault[:2], str(fault.text)) == (
        5,
        "s-4",
        "Record 5 does not follow on the one before it.",
    )


def test_the_last_record_edited_and_hashed_anew_is_not_the_heads() -> None:
    records = [*RECORDS[:-1], link({**RECORDS[-1], "rpe": 9}, 8, RECORDS[-2]["hash"])]
    assert check(records) is None
    fault = check(records, HEAD)
    assert fault is not None
    assert fault.seq == 8


def told(
    records: list[Record], head: Head | None = None, after: Head | None = None
) -> tuple[int, str | None, str] | None:
    fault = check(records, head, after=after)
    return None if fault is None else (fault.seq, fault.session_id, str(fault.text))


def test_each_fault_says_where_and_what() -> None:
    other = link({**RECORDS[-1], "rpe": 9}, 8, RECORDS[-2]["hash"])
    heads = "is not the one the head names."
    assert told([*RECORDS[:-1], other], HEAD) == (8, "s-7", f"Record 8 {heads}")
    assert told(RECORDS, Head(5, "0" * 64)) == (5, "s-4", f"Record 5 {heads}")
    assert told(RECORDS[:7], HEAD) == (8, None, "Record 8 is missing.")
    assert told(RECORDS[:5], HEAD) == (6, None, "Records 6 to 8 are missing.")
    assert told([], HEAD) == (1, None, "Records 1 to 8 are missing.")
    assert told(RECORDS[:2] + RECORDS[3:]) == (3, None, "Record 3 is missing: 4 stands there.")
    edited = [*RECORDS[:3], {**RECORDS[3], "rpe": 9}]
    assert told(edited) == (4, "s-3", "Record 4 was changed: its hash does not fit.")
    for seq in (None, True, "1"):
        assert told([{**RECORDS[0], "seq": seq}]) == (1, "s-0", "Record 1 has no number.")
    unhashable = [{**RECORDS[0], "walked_s": float("nan")}]
    assert told(unhashable) == (1, "s-0", "Record 1 was changed: its hash does not fit.")


def test_a_head_may_be_behind_and_a_chain_may_begin_anywhere() -> None:
    assert told(RECORDS, head_of(RECORDS[4])) is None
    assert told(RECORDS[3:], HEAD, head_of(RECORDS[2])) is None
    assert told([], HEAD, HEAD) is None
    follows = "does not follow on the one before it."
    assert told(RECORDS[3:], after=Head(3, "0" * 64)) == (4, "s-3", f"Record 4 {follows}")


def test_a_record_is_linked_from_its_members_alike() -> None:
    one = record("s-1")
    assert link(one, 1, NO_HASH, members_of(one)) == link(one, 1, NO_HASH)
    assert link({**one, "hash": "x", "seq": 9}, 1, NO_HASH) == link(one, 1, NO_HASH)
    assert head_of(link(one, 1, NO_HASH)).seq == 1


def test_what_cannot_be_hashed_is_said() -> None:
    with pytest.raises(BadRecord, match=r"^the record cannot be written as canonical JSON: ."):
        hash_of({"x": float("nan")})
    with pytest.raises(BadRecord, match=r"a record has no member 'ü'"):
        hash_of({"ü": 1})


@pytest.mark.parametrize("bad", [{"seq": None}, {"seq": True}, {"seq": "1"}, {"hash": None}])
def test_a_record_without_its_marks_is_a_fault(bad: dict[str, Any]) -> None:
    assert check([{**RECORDS[0], **bad}]) is not None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 2**60, "\ud800", object(), {1: 2}])
def test_what_json_cannot_hold_is_refused(bad: Any) -> None:
    with pytest.raises(BadRecord):
        hash_of({"x": bad})
    assert check([{**RECORDS[0], "x": bad}]) is not None
