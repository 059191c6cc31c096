"""The index beside a month, exactly: what it says, when it is believed, and how it grows."""

from __future__ import annotations

import errno
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.records import chain, index
from kiosk.records.chain import Record
from kiosk.records.errors import BrokenFile
from kiosk.records.index import About, Index, Row
from kiosk.records.storage import SafeStorage

OF = "2026-11-02T10:00:00.000Z"


def linked(number: int, code: str | None = None, **more: Any) -> Record:
    one = {"session_id": f"s-{number}", "started_at": OF, "profile_code": code, **more}
    return chain.link(one, number, chain.NO_HASH)


def month_of(folder: Path, *records: Record) -> Path:
    """A month in which these records stand, in this order."""
    path = folder / "2026-11.json"
    SafeStorage(path, pytest.fail).write({"sessions": {str(one["seq"]): one for one in records}})
    return path


def place_of(month: Path, one: Record) -> tuple[int, int]:
    """Where a record stands behind its number, there alone: offset and length."""
    content, document = month.read_bytes(), json.dumps(one, separators=(",", ":")).encode()
    name = b'"%d":' % one["seq"]
    assert content.count(name + document) == 1
    return content.index(name + document) + len(name), len(document)


def row_of(month: Path, one: Record) -> Row:
    code = one.get("profile_code")
    return Row(one["seq"], one["session_id"], one.get("started_at"), code, *place_of(month, one))


THREE, ONE, TWO = linked(3, "P-1"), linked(1, "é"), linked(2)
FOUR = linked(4, "P-1")


def test_an_index_says_what_a_month_holds(tmp_path: Path) -> None:
    month = month_of(tmp_path, THREE, ONE, TWO, FOUR)
    rows = [row_of(month, one) for one in (ONE, TWO, THREE, FOUR)]
    people = {"é": [0], "P-1": [2, 3]}
    rest = msgspec.json.encode(people) + b"\n" + msgspec.json.encode(rows) + b"\n"
    stat = month.stat()
    opening = month.read_bytes()[:128].decode("latin-1")
    about = About(2, (stat.st_size, stat.st_mtime_ns, opening), 4, 1, 4, zlib.crc32(rest))
    about = msgspec.structs.replace(about, crc32=zlib.crc32(msgspec.json.encode(about)))
    made = index.make(month)
    assert (made.about, made.people, made.rows) == (about, people, rows)
    assert (tmp_path / "2026-11.index").read_bytes() == msgspec.json.encode(about) + b"\n" + rest
    assert index.read_about(month) == about
    found = index.read(month)
    assert found is not None
    assert (found.about, found.people, found.rows) == (about, people, rows)
    assert found.rows is found.rows
    assert found.people is found.people


@pytest.mark.parametrize("content", [b"{}", b'{"sessions":{}}', b'{"other":{"1":{}}}'])
def test_an_index_of_a_month_without_records(tmp_path: Path, content: bytes) -> None:
    month = tmp_path / "2026-11.json"
    month.write_bytes(content)
    made = index.make(month)
    assert (made.people, made.rows) == ({}, [])
    assert (made.about.count, made.about.first_seq, made.about.last_seq) == (0, 0, 0)
    assert index.read_about(month) == made.about
    assert (index.EMPTY.people, index.EMPTY.rows, index.EMPTY.about.count) == ({}, [], 0)


def test_a_record_is_found_between_the_one_before_it_and_the_next(tmp_path: Path) -> None:
    """An event may hold anything, another record too."""
    before, after = linked(1, events=[TWO, THREE]), linked(9, events=[TWO, THREE])
    month = month_of(tmp_path, before, TWO, THREE, after)
    rows = [row_of(month, one) for one in (before, TWO, THREE, after)]
    assert index.make(month).rows == rows


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"x", "not a table of records"),
        (b"", "not a table of records"),
        (b'{"sessions":[]}', "not a table of records"),
        (b'{"sessions":{"1":{"seq":1}}}', "not a table of records"),
        (b'{"\xff":{}}', "not a table of records"),
        (b'{"sessions":{"1":{"more":' + b"[" * 100_000, "not a table of records"),
        (b'{"sessions":{"7":%b}}' % json.dumps(ONE).encode(), "document 7 is no record"),
    ],
)
def test_what_is_no_month_has_no_index(tmp_path: Path, content: bytes, why: str) -> None:
    month = tmp_path / "2026-11.json"
    month.write_bytes(content)
    with pytest.raises(BrokenFile, match=f"^{why}$"):
        index.make(month)
    assert not index.path_of(month).exists()


def test_there_is_no_index_of_what_is_not_there(tmp_path: Path) -> None:
    month = tmp_path / "2026-11.json"
    assert (index.read(month), index.read_about(month)) == (None, None)
    with pytest.raises(FileNotFoundError):
        index.make(month)
    made = index.make(month_of(tmp_path, ONE))
    assert index.fits(made.about, month)
    month.unlink()
    assert (index.read(month), index.read_about(month)) == (None, None)
    assert not index.fits(made.about, month)


def lay(month: Path, about: About, rest: bytes | None = None) -> None:
    """Lay an index that says this of a month, over the lines that are there."""
    path = index.path_of(month)
    lines = path.read_bytes().partition(b"\n")[2] if rest is None else rest
    path.write_bytes(msgspec.json.encode(about) + b"\n" + lines)


def test_an_index_is_believed_for_the_very_file_it_was_made_of(tmp_path: Path) -> None:
    month = month_of(tmp_path, ONE, TWO)
    about = index.make(month).about
    size, changed_ns, opening = about.of
    for of in (
        (size + 1, changed_ns, opening),
        (size, changed_ns + 1, opening),
        (size, changed_ns, opening[:-1]),
    ):
        other = msgspec.structs.replace(about, of=of)
        lay(month, msgspec.structs.replace(other, crc32=other.sum()))
        assert (index.read(month), index.read_about(month)) == (None, None)
    lay(month, about)
    assert index.read(month) is not None
    os.utime(month, ns=(0, changed_ns + 1000))
    assert (index.read(month), index.read_about(month)) == (None, None)


def test_an_index_of_another_version_or_under_a_wrong_sum_is_not_believed(tmp_path: Path) -> None:
    month = month_of(tmp_path, ONE, TWO)
    about = index.make(month).about
    other = msgspec.structs.replace(about, version=1)
    for one in (
        msgspec.structs.replace(other, crc32=other.sum()),
        msgspec.structs.replace(about, crc32=about.crc32 + 1),
        msgspec.structs.replace(about, count=3),
    ):
        lay(month, one)
        assert (index.read(month), index.read_about(month)) == (None, None)


def test_the_lines_of_an_index_are_believed_under_their_sum_alone(tmp_path: Path) -> None:
    month = month_of(tmp_path, ONE, TWO)
    about = index.make(month).about
    lay(month, about, b"{}\n[]\n")
    assert index.read(month) is None
    assert index.read_about(month) == about, "it has a sum of its own"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\xff\n",
        b'{"\xff":1}\n',
        b'{"more":' + b"[" * 100_000,
        b'{"version":2}\n{}\n[]\n',
    ],
)
def test_what_is_no_index_is_none(tmp_path: Path, content: bytes) -> None:
    month = month_of(tmp_path, ONE)
    index.path_of(month).write_bytes(content)
    assert (index.read(month), index.read_about(month)) == (None, None)


def test_no_more_than_the_beginning_of_an_index_is_read_for_its_first_line(tmp_path: Path) -> None:
    month = month_of(tmp_path, ONE)
    about = index.make(month).about
    path = index.path_of(month)
    content = path.read_bytes()
    path.write_bytes(b" " * (512 - content.index(b"\n")) + content)
    assert index.read_about(month) == about
    path.write_bytes(b" " + path.read_bytes())
    assert index.read_about(month) is None


def marked(before: Index) -> Index:
    """The same index, with something that stands in no month: what was not made anew has it."""
    rows = [msgspec.structs.replace(row, session_id=f"{row.session_id}-old") for row in before.rows]
    return Index(before.about, b"{}", msgspec.json.encode(rows))


def test_an_index_grows_by_what_was_appended(tmp_path: Path) -> None:
    month = month_of(tmp_path, ONE)
    before = marked(index.make(month))
    SafeStorage(month, pytest.fail).append("sessions", {3: THREE, 4: FOUR, 2: TWO})
    grown = index.extend(month, before)
    expected = [msgspec.structs.replace(row_of(month, ONE), session_id="s-1-old")]
    assert grown.rows == expected + [row_of(month, one) for one in (TWO, THREE, FOUR)]
    assert grown.people == {"é": [0], "P-1": [2, 3]}
    found = index.read(month)
    assert found is not None
    assert (found.about, found.rows) == (grown.about, grown.rows)
    index.path_of(month).unlink()
    made = index.make(month)
    assert (made.about.of, made.rows[1:]) == (grown.about.of, grown.rows[1:])


@pytest.mark.parametrize("there", [(TWO, THREE), (linked(1, "P-22"), TWO), (linked(1, a=1), TWO)])
def test_an_index_of_a_month_that_was_written_anew_is_made_anew(
    tmp_path: Path, there: tuple[Record, ...]
) -> None:
    month = month_of(tmp_path, ONE)
    before = marked(index.make(month))
    month_of(tmp_path, *there)
    assert index.extend(month, before).rows == [row_of(month, one) for one in there]


def test_an_index_is_made_anew_where_what_follows_is_no_record(tmp_path: Path) -> None:
    """As many bytes before a comma, which is none between two records."""
    month = month_of(tmp_path, ONE)
    before = marked(index.make(month))
    size = month.stat().st_size
    longer = linked(1, a="," * size)
    month_of(tmp_path, longer)
    assert month.read_bytes()[size - 2 : size - 1] == b","
    assert index.extend(month, before).rows == [row_of(month, longer)]


def test_an_index_of_no_month_grows_to_that_of_a_new_one(tmp_path: Path) -> None:
    month = month_of(tmp_path, ONE, TWO)
    assert index.extend(month, index.EMPTY).rows == [row_of(month, one) for one in (ONE, TWO)]
    with pytest.raises(FileNotFoundError):
        index.extend(tmp_path / "2026-12.json", index.EMPTY)


def test_an_index_that_the_disk_does_not_give_or_take_is_none(tmp_path: Path) -> None:
    path = month_of(tmp_path, ONE, TWO)
    index.path_of(path).mkdir()
    assert index.read_about(path) is None
    assert index.read(path) is None
    made = index.make(path)
    assert [row.seq for row in made.rows] == [1, 2], "it serves without being kept"
    assert index.fits(made.about, path)
    assert index.path_of(path).is_dir()
    SafeStorage(path, pytest.fail).append("sessions", {3: THREE})
    assert [row.seq for row in index.extend(path, made).rows] == [1, 2, 3]


@pytest.mark.parametrize("ask", [index.read_about, index.read, index.make])
def test_a_month_that_the_disk_does_not_give_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Path], object]
) -> None:
    path = month_of(tmp_path, ONE)
    index.make(path)
    real = Path.open

    def failing(self: Path, *args: Any, **more: Any) -> Any:
        if self == path:
            raise OSError(errno.EIO, "Input/output error")
        return real(self, *args, **more)

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(OSError, match="Input/output error"):
        ask(path)
