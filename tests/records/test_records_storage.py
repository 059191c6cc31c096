"""TinyDB's file: old or new after any interruption, and never taken for empty when it is broken."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB

from kiosk.records.errors import BrokenFile
from kiosk.records.storage import SafeStorage, Tables, refuse_unvouched, tables_in
from profiles.saying import saying
from tests.records.disk import PowerCut, cut, disk

values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
documents = st.dictionaries(
    st.integers(1, 9).map(str), st.dictionaries(st.text(max_size=5), values, max_size=3), max_size=3
)
tables = st.dictionaries(st.sampled_from(["sessions", "other"]), documents, max_size=2)


def ignore(text: str) -> None:
    """A fault that the test does not look at."""


@settings(max_examples=60, deadline=None)
@given(old=tables, new=tables, at=st.integers(0, 12))
def test_an_interrupted_write_leaves_old_or_new(
    old: dict[str, Any], new: dict[str, Any], at: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026-11.json"
        storage = SafeStorage(path, ignore)
        storage.write(old)
        done = True
        with disk(at, cut):
            try:
                storage.write(new)
            except PowerCut:
                done = False
        found = SafeStorage(path, ignore).read()
        assert found == new if done else found in (old, new)
        assert not list(Path(folder).glob("*.broken-*"))


@settings(max_examples=100, deadline=None)
@given(
    content=st.binary(max_size=40)
    | st.binary(max_size=9).map(lambda inner: b'{"sessions": {"1": ' + inner)
    | st.integers(0, 60).map(
        lambda size: json.dumps({"sessions": {"1": {"seq": 1}}}).encode()[:size]
    )
    | st.integers(0, 300).map(lambda size: b"\0" * size)
    | st.sampled_from([b"[" * 100_000, b'{"sessions": {"1": {"a": NaN}}}'])
)
def test_whatever_lies_there_is_served_whole_or_set_aside(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026-11.json"
        path.write_bytes(content)
        said: list[str] = []
        found = SafeStorage(path, lambda one: said.append(str(one))).read()
        aside = list(Path(folder).glob("*.broken-*"))
        if found is None:
            assert [one.read_bytes() for one in aside] == [content]
            assert said and "broken-1" in said[0]
        else:
            assert found == json.loads(content)
            assert not aside and not said
        with TinyDB(path, ignore, storage=SafeStorage) as database:
            database.table("sessions").insert({"seq": 9})
        with TinyDB(path) as plain:
            assert {"seq": 9} in plain.table("sessions").all()
        assert [one.read_bytes() for one in aside] == ([content] if aside else [])


@pytest.mark.parametrize(
    "damage",
    [b"", b"\0" * 50, b'{"sessions": {"1"', b"[]", b'{"sessions": 3}', b'{"sessions": {"x": {}}}'],
)
def test_the_previous_generation_is_served_in_place_of_a_broken_one(
    tmp_path: Path, damage: bytes
) -> None:
    path = tmp_path / "2026-11.json"
    storage = SafeStorage(path, ignore)
    storage.write({"sessions": {"1": {"a": 1}}})
    storage.write({"sessions": {"1": {"a": 1}, "2": {"b": 2}}})
    path.write_bytes(damage)
    said: list[str] = []
    storage = SafeStorage(path, lambda one: said.append(str(one)))
    for _ in range(2):
        assert storage.read() == {"sessions": {"1": {"a": 1}}}
    assert "set aside as 2026-11.json.broken-1" in said[0]
    assert "previous generation" in said[1]
    assert (tmp_path / "2026-11.json.broken-1").read_bytes() == damage
    storage.write({"sessions": {"1": {"a": 1}, "3": {}}})
    (tmp_path / "2026-11.json.bak").rename(tmp_path / "before.json")
    assert SafeStorage(tmp_path / "before.json", ignore).read() == {"sessions": {"1": {"a": 1}}}


def test_both_generations_broken_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "2026-11.json"
    path.write_bytes(b"x")
    (tmp_path / "2026-11.json.bak").write_bytes(b"y")
    assert SafeStorage(path, ignore).read() is None
    aside = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert aside == {"2026-11.json.broken-1": b"x", "2026-11.json.bak.broken-1": b"y"}


def test_a_check_may_call_a_file_broken(tmp_path: Path) -> None:
    def check(found: dict[str, Any], _vouched: bool) -> None:
        if "sessions" not in found:
            raise BrokenFile(saying("no sessions"))

    path = tmp_path / "2026-11.json"
    path.write_bytes(b'{"sessoins": {}}')
    said: list[str] = []
    assert SafeStorage(path, lambda one: said.append(str(one)), check).read() is None
    assert "(no sessions)" in said[0]


def test_what_cannot_be_read_is_not_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "2026-11.json"
    path.write_bytes(b"{}")

    def unreadable(self: Path) -> bytes:
        raise OSError(5, "I/O error")

    monkeypatch.setattr(Path, "read_bytes", unreadable)
    with pytest.raises(OSError, match="I/O error"):
        SafeStorage(path, ignore).read()
    assert [one.name for one in tmp_path.iterdir()] == ["2026-11.json"]


def summed(rest: str, kind: str = "1") -> bytes:
    """A file by its text, from behind the checksum on, under a checksum that fits."""
    digest = hashlib.sha256(rest.encode()).hexdigest()
    return f'{{"checksum":{{"1":{{"tables":"{kind}","sha256":"{digest}"}}}},{rest}'.encode()


def test_a_file_is_what_plain_tinydb_writes_under_a_checksum(tmp_path: Path) -> None:
    path = tmp_path / "2026-11.json"
    storage = SafeStorage(path, pytest.fail)
    storage.write({"sessions": {"1": {"a": "é", "b": [1, 2.5, None]}}})
    assert path.read_bytes() == summed('"sessions":{"1":{"a":"\\u00e9","b":[1,2.5,null]}}}')
    storage.write({"checksum": {"1": {}}, "sessions": {}, "other": {"1": {}}})
    assert path.read_bytes() == summed('"sessions":{},"other":{"1":{}}}', "n")
    assert storage.read() == {"sessions": {}, "other": {"1": {}}}
    storage.write({"checksum": {}})
    assert path.read_bytes() == b"{}"
    assert storage.read() == {}
    with pytest.raises(ValueError, match="not JSON compliant"):
        storage.write({"sessions": {"1": {"a": float("nan")}}})
    assert path.read_bytes() == b"{}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a database"),
        (b'{"sessions":[]}', "a table that is none"),
        (b'{"sessions":{"x":{}}}', "a document that is none"),
        (b'{"sessions":{"1":[]}}', "a document that is none"),
        (b'{"sessions":{"1":{"a":NaN}}}', "not JSON"),
        (summed('"sessions":{"1":{}}}') + b" ", "its checksum does not fit"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "2026-11.json"
    path.write_bytes(content)
    said: list[str] = []
    assert SafeStorage(path, lambda one: said.append(str(one))).read() is None
    assert said == [f"2026-11.json is broken ({why}): set aside as 2026-11.json.broken-1."]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_no_json(number: str) -> None:
    with pytest.raises(BrokenFile, match=r"^not JSON$") as told:
        tables_in(b'{"sessions":{"1":{"a":%b}}}' % number.encode())
    assert str(told.value.__cause__) == number


@pytest.mark.parametrize(
    ("content", "vouched"),
    [
        (summed('"sessions":{"1":{}}}'), True),
        (summed('"sessions":{"1":{}},"other":{}}', "n"), True),
        (summed('"sessions":{"1":{}}}', "X"), False),
        (summed('"sessions":{"1":{}}}').replace(b"{}", b"[]"), False),
        (summed('"sessions":{"1":{}}}').replace(b'"1":{}', b'"2":{}'), False),
        (b'{"sessions":{"1":{}}}', False),
        (b"{}", False),
        (b"", False),
    ],
)
def test_only_a_checksum_that_fits_vouches_for_a_file(
    tmp_path: Path, content: bytes, *, vouched: bool
) -> None:
    path = tmp_path / "2026-11.json"
    path.write_bytes(content)
    asked: list[bool] = []
    storage = SafeStorage(path, ignore, lambda _tables, flag: asked.append(flag))
    assert storage.is_vouched_for() == vouched
    storage.read()
    assert asked in ([vouched], [])


@pytest.mark.parametrize("at", range(0, 108, 3))
def test_a_file_of_ours_without_its_checksum_is_broken(tmp_path: Path, at: int) -> None:
    """A flipped bit in the checksum's own words must not make a file that is believed unseen."""
    path = tmp_path / "profiles.json"
    storage = SafeStorage(path, ignore, refuse_unvouched)
    storage.write({"profiles": {"1": {"cap_kmh": 2}}})
    assert storage.read() == {"profiles": {"1": {"cap_kmh": 2}}}
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    assert storage.read() is None
    assert [one.read_bytes() for one in tmp_path.glob("*.broken-*")] == [bytes(content)]


def test_that_nothing_vouches_for_a_file_of_ours_is_said() -> None:
    with pytest.raises(BrokenFile, match=r"^its checksum does not fit$"):
        refuse_unvouched({"profiles": {}}, False)


def test_a_file_of_ours_may_be_empty_of_tables(tmp_path: Path) -> None:
    storage = SafeStorage(tmp_path / "profiles.json", pytest.fail, refuse_unvouched)
    storage.write({})
    assert storage.read() == {}


def test_a_file_that_is_not_there_is_not_vouched_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SafeStorage(tmp_path / "2026-11.json", ignore).is_vouched_for()


OLD: Tables = {"sessions": {"1": {"old": 1}}}
SAVED: Tables = {"sessions": {"1": {"saved": 1}}}
BROKEN = "2026-11.json is broken (not JSON): set aside as 2026-11.json.broken-1."
BROKEN_TOO = "2026-11.json.bak is broken (not JSON): set aside as 2026-11.json.bak.broken-1."
MISSING = "2026-11.json is missing: its previous generation is served."


@pytest.mark.parametrize(
    ("content", "previous", "given", "said"),
    [
        (None, None, [], []),
        (b"x", None, [([b"x"], None)], [BROKEN]),
        (b"x", OLD, [([b"x"], OLD)], [BROKEN]),
        (None, OLD, [([], OLD)], [MISSING]),
        (b"x", b"y", [([b"y", b"x"], None)], [BROKEN, BROKEN_TOO]),
        (None, b"y", [([b"y"], None)], [BROKEN_TOO, MISSING]),
    ],
)
def test_what_can_be_saved_takes_the_place_of_a_broken_file(
    tmp_path: Path,
    content: bytes | None,
    previous: Tables | bytes | None,
    given: Any,
    said: list[str],
) -> None:
    asked: list[tuple[Sequence[bytes], Tables | None]] = []
    heard: list[str] = []

    def rescue(broken: Sequence[bytes], before: Tables | None) -> Tables | None:
        asked.append((broken, before))
        return SAVED

    path = tmp_path / "2026-11.json"
    if isinstance(previous, bytes):
        (tmp_path / "2026-11.json.bak").write_bytes(previous)
    elif previous is not None:
        SafeStorage(tmp_path / "2026-11.json.bak", ignore).write(previous)
    if content is not None:
        path.write_bytes(content)
    storage = SafeStorage(path, lambda one: heard.append(str(one)), rescue=rescue)
    for _ in range(2):
        assert storage.read() == (SAVED if given else None)
        assert (asked, heard) == (given, said), "once only"
    assert path.exists() == bool(given)


def rescued(path: Path) -> tuple[Tables | None, list[tuple[Sequence[bytes], Tables | None]]]:
    """What a storage reads where a broken file is always saved, and what it was saved from."""
    asked: list[tuple[Sequence[bytes], Tables | None]] = []

    def rescue(broken: Sequence[bytes], before: Tables | None) -> Tables | None:
        asked.append((broken, before))
        return SAVED

    return SafeStorage(path, ignore, rescue=rescue).read(), asked


def test_the_generation_before_stays_when_a_broken_file_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "2026-11.json"
    SafeStorage(tmp_path / "2026-11.json.bak", ignore).write(OLD)
    path.write_bytes(b"x")
    assert rescued(path) == (SAVED, [([b"x"], OLD)])
    assert tables_in((tmp_path / "2026-11.json.bak").read_bytes()) == (OLD, True)


def test_what_is_saved_of_a_broken_file_is_saved_again_after_a_cut(tmp_path: Path) -> None:
    """Until that is in its place the broken file is in it, so that nobody takes it for none."""
    at, was_cut = 0, True
    while was_cut:
        path = tmp_path / str(at) / "2026-11.json"
        path.parent.mkdir()
        path.write_bytes(b"x")
        was_cut = False
        with disk(at, cut):
            try:
                rescued(path)
            except PowerCut:
                was_cut = True
        assert rescued(path) in ((SAVED, [([b"x"], None)]), (SAVED, [])), at
        assert [one.read_bytes() for one in path.parent.glob("*.broken-*")] == [b"x"]
        at += 1
    assert at > 4


@pytest.mark.parametrize("content", [b"x", None])
def test_where_nothing_can_be_saved_nothing_is_written(
    tmp_path: Path, content: bytes | None
) -> None:
    heard: list[str] = []
    path = tmp_path / "2026-11.json"
    SafeStorage(tmp_path / "2026-11.json.bak", ignore).write(OLD)
    if content is not None:
        path.write_bytes(content)
    storage = SafeStorage(path, lambda one: heard.append(str(one)), rescue=lambda *_: None)
    assert storage.read() is None
    assert heard == ([BROKEN] if content else [])
    assert not path.exists()


@pytest.mark.parametrize(("content", "said"), [(None, [MISSING]), (b"x", [BROKEN, MISSING])])
def test_without_a_rescue_the_generation_before_is_served_and_told(
    tmp_path: Path, content: bytes | None, said: list[str]
) -> None:
    heard: list[str] = []
    path = tmp_path / "2026-11.json"
    storage = SafeStorage(path, lambda one: heard.append(str(one)))
    assert (storage.read(), heard) == (None, []), "no file yet is no fault"
    SafeStorage(tmp_path / "2026-11.json.bak", ignore).write(OLD)
    if content is not None:
        path.write_bytes(content)
    assert storage.read() == OLD
    assert heard == said
    assert not path.exists()
