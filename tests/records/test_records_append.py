"""Documents that join a file of TinyDB: the file is what a whole write would have made of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from kiosk.records.errors import BadRecord
from kiosk.records.storage import AppendDB, SafeStorage, Tables
from tests.records.disk import PowerCut, cut, disk

MIB = 1024 * 1024
TWO: dict[int, dict[str, Any]] = {2: {"b": "é"}, 30: {}}


def whole(folder: Path, tables: Tables) -> bytes:
    """The bytes of a file that holds these tables."""
    path = folder / "whole"
    SafeStorage(path, pytest.fail).write(tables)
    return path.read_bytes()


def together(first: dict[str, Any]) -> Tables:
    return {"sessions": {"1": first, "2": {"b": "é"}, "30": {}}}


def test_documents_join_those_that_are_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "2026-11.json"
    storage = SafeStorage(path, pytest.fail)
    storage.append("sessions", {1: {"a": 1}})
    assert path.read_bytes() == whole(tmp_path, {"sessions": {"1": {"a": 1}}})
    assert [one.name for one in tmp_path.glob("2026*")] == ["2026-11.json"]
    before = path.read_bytes()
    with disk() as counted:
        storage.append("sessions", TWO)
    assert counted.names[-2:] == ["rename", "fsync"]
    assert path.read_bytes() == whole(tmp_path, together({"a": 1}))
    assert path.with_name("2026-11.json.bak").read_bytes() == before
    assert storage.is_vouched_for()
    assert caplog.messages == []


@pytest.mark.parametrize("more", [-2, -1, 0, 1, 2, MIB])
def test_a_large_file_is_copied_in_pieces(tmp_path: Path, more: int) -> None:
    """Wherever a piece ends, also within the end of the file."""
    path = tmp_path / "2026-11.json"
    storage = SafeStorage(path, pytest.fail)
    first = {"a": "x" * (MIB + more - len('"sessions":{"1":{"a":""}}}'))}
    storage.write({"sessions": {"1": first}})
    pieces = -(-(MIB + more) // MIB)
    with disk() as counted:
        storage.append("sessions", TWO)
    # The opening's place, the pieces and the new documents.
    assert counted.names.count("write") == 2 + pieces
    assert path.read_bytes() == whole(tmp_path, together(first))


@pytest.mark.parametrize(
    "content",
    [
        b'{"sessions":{"1":{"a":1}}}',
        b'{"sessions": {"1": {"a": 1}}, "' + b"x" * 99 + b'": {}}',
    ],
)
def test_documents_join_a_file_of_somebody_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path = tmp_path / "2026-11.json"
    path.write_bytes(content)
    storage = SafeStorage(path, pytest.fail)
    known = storage.read()
    assert known is not None
    storage.append("sessions", TWO)
    assert storage.read() == known | together({"a": 1})
    assert path.with_name("2026-11.json.bak").read_bytes() == content
    assert caplog.messages == []


@pytest.mark.parametrize(
    "there",
    [
        {"sessions": {}},
        {"other": {"1": {"a": 1}}},
        {"sessions": {"1": {"a": 1}}, "other": {}},
        {"other": {}, "sessions": {"1": {"a": 1}}},
        {"sessionsX": {"1": {"a": 1}}},
    ],
)
def test_documents_join_their_own_table_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, there: Tables
) -> None:
    path = tmp_path / "2026-11.json"
    storage = SafeStorage(path, pytest.fail)
    storage.write(there)
    storage.append("sessions", TWO)
    known = there.get("sessions", {})
    expected = there | {"sessions": known | {"2": {"b": "é"}, "30": {}}}
    assert path.read_bytes() == whole(tmp_path, expected)
    assert caplog.messages == []


def test_documents_do_not_join_a_broken_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "2026-11.json"
    said: list[str] = []
    storage = SafeStorage(path, lambda one: said.append(str(one)))
    storage.write({"sessions": {"1": {"a": 1}}})
    storage.append("sessions", {5: {"a": 5}})
    damaged = path.read_bytes().replace(b'{"a":5}', b'{"a":6}')
    path.write_bytes(damaged)
    storage.append("sessions", TWO)
    assert caplog.messages == ["2026-11.json: its checksum does not fit"]
    assert said == [
        "2026-11.json is broken (its checksum does not fit): set aside as 2026-11.json.broken-1.",
        "2026-11.json is missing: its previous generation is served.",
    ]
    assert path.with_name("2026-11.json.broken-1").read_bytes() == damaged
    assert path.read_bytes() == whole(tmp_path, together({"a": 1}))


@pytest.mark.parametrize("rest", ['"sessions":{"1":{"a":1}} }', '"sessions":{"1":{"a":1}}}\n'])
def test_an_end_that_is_not_ours_is_written_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, rest: str
) -> None:
    path = tmp_path / "2026-11.json"
    digest = hashlib.sha256(rest.encode()).hexdigest()
    path.write_text(f'{{"checksum":{{"1":{{"tables":"1","sha256":"{digest}"}}}},{rest}')
    SafeStorage(path, pytest.fail).append("sessions", TWO)
    assert caplog.messages == ["2026-11.json: its checksum does not fit"]
    assert path.read_bytes() == whole(tmp_path, together({"a": 1}))


def test_documents_that_are_interrupted_have_joined_or_not(tmp_path: Path) -> None:
    def begun(name: str) -> SafeStorage:
        storage = SafeStorage(tmp_path / name, pytest.fail)
        storage.write({"sessions": {"1": {"a": 1}}})
        return storage

    with disk() as counted:
        begun("counted").append("sessions", TWO)
    for at in range(counted.count):
        storage = begun(f"{at}.json")
        with pytest.raises(PowerCut), disk(at, cut):
            storage.append("sessions", TWO)
            storage.append("sessions", {4: {}})
        found = storage.read()
        assert found in ({"sessions": {"1": {"a": 1}}}, together({"a": 1}))


def test_a_database_takes_documents_by_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "2026-11.json"
    new = [Document({"a": 7}, doc_id=7), Document({}, doc_id=3)]
    with AppendDB(path, pytest.fail, storage=SafeStorage) as database:
        assert database.table("sessions").insert_multiple(iter(new)) == [7, 3]
        assert database.table("sessions").get(doc_id=7) == {"a": 7}
        assert database.table("sessions").insert_multiple([Document({}, doc_id=9)]) == [9]
        assert len(database.table("sessions")) == 3
    assert path.read_bytes() == whole(tmp_path, {"sessions": {"7": {"a": 7}, "3": {}, "9": {}}})
    with AppendDB(storage=MemoryStorage) as database:
        assert database.table("sessions").insert_multiple(iter(new)) == [7, 3]
        assert database.table("sessions").get(doc_id=7) == {"a": 7}


def test_a_document_without_its_number_is_refused_and_none_is_inserted(tmp_path: Path) -> None:
    path = tmp_path / "2026-11.json"
    with AppendDB(path, pytest.fail, storage=SafeStorage) as database:
        for new in ([{"a": 1}], [Document({}, doc_id=1), {"a": 1}]):
            with pytest.raises(BadRecord, match=r"^a document without its number$"):
                database.table("sessions").insert_multiple(new)
    assert not path.exists()
