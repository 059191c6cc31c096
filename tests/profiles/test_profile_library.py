"""The profiles kept: found by code or name and PIN, changed in one write, served after damage."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from kiosk.records.storage import SafeStorage
from profiles import hashing, library, memory
from profiles.errors import LibraryUnusable, NotAccepted, UnknownCode
from profiles.importer import accept, look
from profiles.kept import kept_in
from profiles.library import Library
from profiles.reading import read
from profiles.state import Held, State
from tests.profiles.written import bundle, encoded, library_in, profile, put, taken, tree_hash
from tests.records.disk import PowerCut, cut, disk, failing

TODAY = date(2026, 12, 1)
THREE = bundle(
    profile(),
    profile(code="P-2", display_name="Zoë Miller", pin="1111"),
    profile(code="SAM", display_name="Bo", pin="2222"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def three(data: Path) -> Library:
    return taken(data, THREE)


def file_of(data: Path) -> Path:
    return data / "profiles" / "profiles.json"


def document_of(data: Path, code: str) -> dict[str, Any]:
    with TinyDB(file_of(data)) as database:
        (found,) = [one for one in database.table("profiles") if one["code"] == code]
        return dict(found)


def test_plain_tinydb_opens_it_and_finds_no_pin(three: Library, data: Path) -> None:
    found = document_of(data, "P-7F3K")
    assert set(found) == {"code", "prescription", "pin_hash", "state"}
    assert "pin" not in found["prescription"]
    assert found["pin_hash"].startswith("$argon2id$")
    assert '"4821"' not in file_of(data).read_text()


def test_the_file_is_the_kiosk_users_alone(three: Library, data: Path) -> None:
    assert file_of(data).stat().st_mode & 0o777 == 0o600
    assert file_of(data).parent.stat().st_mode & 0o777 == 0o700


def test_pins_are_hashed_with_argon2id_at_owasps_cost(real_hashes: None) -> None:
    found = hashing.hashed(hashing.NamePin("Sam", "4821"), b"secret")
    assert found.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    from argon2 import PasswordHasher

    assert PasswordHasher().verify(found, "4821")


def test_the_same_pin_has_another_hash_under_another_name_and_on_another_kiosk() -> None:
    people = [("Sam", "1234", b"a"), ("Bo", "1234", b"a"), ("Sam", "1234", b"b")]
    people += [("Sam", "1235", b"a")]
    found = {hashing.hashed(hashing.NamePin(name, pin), secret) for name, pin, secret in people}
    assert len(found) == 4
    again = hashing.hashed(hashing.NamePin("sám Miller", "1234"), b"a")
    assert again in found, "it is the first name that counts"
    assert "1234" not in repr(hashing.NamePin("Sam", "1234"))


FOUND = [
    ("P-7F3K", "4821", "P-7F3K"),
    (" p-7f3k ", "4821", "P-7F3K"),
    ("zoe", "1111", "P-2"),
    ("ZOË", "1111", "P-2"),
    ("SAM", "2222", "SAM"),  # a code
    ("sam", "4821", "P-7F3K"),  # and a first name
    ("Bo", "2222", "SAM"),
    ("P-7F3K", "1111", None),
    ("Sam", "1111", None),
    ("Miller", "1111", None),
    ("nobody", "4821", None),
    ("", "4821", None),
    ("P-7F3K", "", None),
    ("\ud800", "\ud800", None),
]


@pytest.mark.parametrize(("typed", "pin", "code"), FOUND)
def test_a_person_is_found_by_code_or_first_name_and_pin(
    three: Library, typed: str, pin: str, code: str | None
) -> None:
    found = three.find(typed, pin)
    assert (found.code if found else None) == code


def test_what_may_mean_two_people_finds_neither(three: Library, data: Path) -> None:
    """An import refuses it; a library may be older than that."""
    secret = three.secret
    both = profile(code="ZOE", display_name="Bo", pin="1111")
    reading = read(encoded(both)).profiles[0]
    found = hashing.hashed(hashing.NamePin("Bo", "1111"), secret)
    three.put([library.Ready(reading.prescription(), found, secret, "0" * 64, None)], "therapist")
    assert three.find("zoe", "1111") is None
    for typed, code in [("P-2", "P-2"), ("Bo", "ZOE")]:
        one = three.find(typed, "1111")
        assert one is not None and one.code == code
    own = profile(code="ANN", display_name="Ann", pin="3333")
    kept = taken(data, own).find("ann", "3333")
    assert kept is not None, "one's own code and name mean one person"


def test_a_question_takes_two_hashes_whoever_exists(
    three: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time an answer takes would be a list of patients."""
    calls: list[Any] = []

    def counting(*words: Any) -> str:
        calls.append(words)
        return hashing.hashed(*words)

    monkeypatch.setattr(library, "hashed", counting)
    for typed, pin, _ in FOUND:
        calls.clear()
        three.find(typed, pin)
        assert len(calls) == 2, typed


def test_every_profile_and_one(three: Library) -> None:
    assert [kept.code for kept in three.all()] == ["P-2", "P-7F3K", "SAM"]
    assert three.get("P-2").prescription.display_name == "Zoë Miller"
    with pytest.raises(UnknownCode, match="NOPE"):
        three.get("NOPE")
    with pytest.raises(UnknownCode):
        three.hold("NOPE", "pain", TODAY, "kiosk")
    with pytest.raises(UnknownCode):
        three.forget("NOPE", "therapist")


def test_looking_changes_nothing_and_makes_no_folder(data: Path) -> None:
    empty = library_in(data)
    assert empty.all() == []
    assert empty.find("Sam", "4821") is None
    assert not data.exists()


def test_hold_release_end_and_automatic_are_kept_with_a_line_each(
    three: Library, data: Path
) -> None:
    three.hold("P-2", "pain_rise", TODAY, "kiosk")
    three.hold("P-2", "exertion", date(2026, 12, 2), "kiosk")
    assert library_in(data).get("P-2").state.held == Held("pain_rise", TODAY), "the first reason"
    three.release("P-2", 7, date(2026, 12, 3), "therapist")
    three.set_automatic("P-2", True, "therapist")
    three.end("P-2", date(2026, 12, 4), "therapist")
    assert library_in(data).get("P-2").state == State(
        released_seq=7,
        released_on=date(2026, 12, 3),
        automatic=True,
        ended_on=date(2026, 12, 4),
    )
    lines = library_in(data).audit("P-2")
    assert [(one.who, one.what) for one in lines] == [
        ("therapist", "imported"),
        ("kiosk", "held"),
        ("therapist", "released"),
        ("therapist", "automatic"),
        ("therapist", "ended"),
    ]
    assert len(three.audit()) == 7


def test_a_newer_version_stays_held_and_begins_its_own_plan(three: Library, data: Path) -> None:
    step = State(added_min=2, steps=2, stepped_on=TODAY, stepped_seq=5)
    three.step(three.get("P-7F3K"), step, "kiosk")
    three.set_automatic("P-7F3K", True, "therapist")
    three.hold("P-7F3K", "pain", TODAY, "kiosk")
    three.end("P-7F3K", TODAY, "therapist")
    state = taken(data, profile(version=4, note="")).get("P-7F3K").state
    assert state == State(held=Held("pain", TODAY), automatic=True)


def test_a_code_that_was_forgotten_begins_after_the_log_s_newest_session(data: Path) -> None:
    newest = [7]
    one = Library(file_of(data), SafeStorage, newest_seq=lambda: newest[0])

    def take(version: int) -> int:
        path = put(data.parent, profile(version=version))
        accept(one, look(one, [path], None), ["P-7F3K"], "therapist")
        return one.get("P-7F3K").state.since_seq

    data.mkdir()
    assert take(3) == 0, "it was never here: what the log has is theirs"
    one.forget("P-7F3K", "therapist")
    assert take(3) == 7
    newest[0] = 9
    assert take(4) == 7, "a newer version is the same person"
    one.forget("P-7F3K", "therapist")
    assert take(1) == 9


def test_a_lost_library_that_is_imported_anew_still_knows_the_old_sessions(data: Path) -> None:
    taken(data, profile()).forget("P-7F3K", "therapist")
    for path in (data / "profiles").iterdir():
        path.unlink()
    one = Library(file_of(data), SafeStorage, newest_seq=lambda: 7)
    accept(one, look(one, [put(data.parent, profile())], None), ["P-7F3K"], "therapist")
    assert one.get("P-7F3K").state.since_seq == 0


def test_a_log_that_cannot_be_read_takes_no_forgotten_code(three: Library, data: Path) -> None:
    def unreadable() -> int:
        raise LibraryUnusable("the log cannot be read")

    three.forget("P-7F3K", "therapist")
    one = Library(file_of(data), SafeStorage, newest_seq=unreadable)
    preview = look(one, [put(data.parent, profile(version=4))], None)
    with pytest.raises(LibraryUnusable):
        accept(one, preview, ["P-7F3K"], "therapist")
    with pytest.raises(UnknownCode):
        library_in(data).get("P-7F3K")


def test_a_step_is_taken_only_from_what_was_seen(three: Library) -> None:
    seen = three.get("P-2")
    step = State(added_min=1, steps=1, stepped_on=TODAY, stepped_seq=3)
    three.hold("P-2", "pain", TODAY, "kiosk")
    with pytest.raises(NotAccepted, match="P-2 has changed"):
        three.step(seen, step, "kiosk")
    with pytest.raises(NotAccepted):
        three.step(three.get("P-2"), step, "kiosk")
    three.release("P-2", 3, TODAY, "therapist")
    seen = three.get("P-2")
    three.set_automatic("P-2", True, "therapist")
    with pytest.raises(NotAccepted):
        three.step(seen, step, "kiosk")
    three.step(three.get("P-2"), step, "kiosk")
    assert three.get("P-2").state.added_min == 1


def test_many_profiles_are_one_write_which_both_generations_get(data: Path, tmp_path: Path) -> None:
    writes: list[Any] = []

    class Counting(SafeStorage):
        def write(self, data: Any) -> None:
            writes.append(data)
            super().write(data)

    one = Library(file_of(data), Counting)
    preview = look(one, [put(tmp_path, THREE)], None)
    accept(one, preview, preview.acceptable, "therapist")
    assert [len(found["profiles"]) for found in writes] == [3, 3]
    assert len(one.all()) == 3


HOLD = State(held=Held("pain", TODAY))


@pytest.mark.parametrize("what", ["held", "released", "ended", "manual", "newer", "forgotten"])
def test_damage_brings_back_nothing_older(three: Library, data: Path, what: str) -> None:
    """Where the newest generation is damaged, the one before it is served, and walked."""
    if what == "held":
        three.hold("P-2", "pain", TODAY, "kiosk")
    elif what == "released":
        three.hold("P-2", "pain", TODAY, "kiosk")
        three.release("P-2", 7, TODAY, "therapist")
    elif what == "ended":
        three.end("P-2", TODAY, "therapist")
    elif what == "manual":
        three.set_automatic("P-2", True, "therapist")
        three.set_automatic("P-2", False, "therapist")
    elif what == "newer":
        taken(data, profile(code="P-2", display_name="Zoë", pin="1111", version=4))
    else:
        three.forget("P-2", "therapist")
    before, lines = library_in(data).all(), library_in(data).audit()
    content = bytearray(file_of(data).read_bytes())
    content[len(content) // 2] ^= 1
    file_of(data).write_bytes(content)
    after = library_in(data)
    assert (after.all(), after.audit()) == (before, lines)


def test_a_second_write_that_fails_is_told_and_the_change_holds(
    three: Library, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Once(SafeStorage):
        writes = 0

        def write(self, data: Any) -> None:
            Once.writes += 1
            if Once.writes == 2:
                raise OSError(errno.EIO, "Input/output error")
            super().write(data)

    Library(file_of(data), Once).hold("P-2", "pain", TODAY, "kiosk")
    assert "damage would bring back what was before" in caplog.text
    assert library_in(data).get("P-2").state == HOLD


@pytest.mark.parametrize("before", [True, False])
def test_a_power_cut_at_any_call_leaves_all_or_nothing(tmp_path: Path, before: bool) -> None:
    newer = put(tmp_path, bundle(profile(version=4), profile(code="P-9", pin="1111")), "newer")
    for number in range(200):
        data = tmp_path / str(number) / "data"
        data.parent.mkdir()
        one = taken(data, profile())
        preview = look(one, [newer], None)
        was_cut = False
        with disk(number, cut, before=before):
            try:
                accept(one, preview, preview.acceptable, "therapist")
            except PowerCut:
                was_cut = True
        after = library_in(data)
        versions = {kept.code: kept.prescription.version for kept in after.all()}
        assert versions in ({"P-7F3K": 3}, {"P-7F3K": 4, "P-9": 3}), number
        assert not after.faults
        if not was_cut:
            assert versions == {"P-7F3K": 4, "P-9": 3}
            assert number > 4
            return
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_fails_changes_nothing_and_is_told(
    three: Library, data: Path, fault: int
) -> None:
    before = tree_hash(data)
    with (
        disk(1, failing(fault), lasting=True),
        pytest.raises(LibraryUnusable, match="look at the disk"),
    ):
        three.hold("P-2", "pain", TODAY, "kiosk")
    assert tree_hash(data) == before
    assert three.get("P-2").state.held is None
    three.hold("P-2", "pain", TODAY, "kiosk")


def test_a_file_that_cannot_be_read_is_no_empty_library(three: Library, data: Path) -> None:
    file_of(data).unlink()
    file_of(data).mkdir()
    with pytest.raises(LibraryUnusable, match="cannot be read"):
        library_in(data).all()


def test_a_broken_file_is_set_aside_and_the_generation_before_it_is_served(
    three: Library, data: Path
) -> None:
    three.hold("P-2", "pain", TODAY, "kiosk")
    content = bytearray(file_of(data).read_bytes())
    content[len(content) // 2] ^= 1
    file_of(data).write_bytes(content)
    told: list[str] = []
    after = Library(file_of(data), lambda path: SafeStorage(path, told.append))
    assert len(after.all()) == 3
    assert "set aside" in str(told[0])
    assert after.find("zoe", "1111") is not None, "its PINs still fit"


def test_a_document_that_is_no_profile_is_told_and_stays(three: Library, data: Path) -> None:
    with TinyDB(file_of(data)) as database:
        tables: Any = database.storage.read()
        number = next(n for n, one in tables["profiles"].items() if one["code"] == "P-2")
        tables["profiles"][number]["prescription"]["limits"]["max_kmh"] = 9.0
        tables["audit"]["1"]["who"] = "nobody"
        del tables["checksum"]
    file_of(data).write_text(json.dumps(tables))
    after = library_in(data)
    assert [kept.code for kept in after.all()] == ["P-7F3K", "SAM"]
    assert len(after.faults) == 2
    assert not [fault for fault in after.faults if "Zoë" in str(fault)]
    after.hold("SAM", "pain", TODAY, "kiosk")
    assert document_of(data, "P-2")["prescription"]["limits"]["max_kmh"] == 9.0
    repaired = taken(data, profile(code="P-2", display_name="Zoë", pin="1111", version=4))
    assert len(repaired.all()) == 3, "an import takes its place"
    assert len(repaired.faults) == 1


def test_a_document_that_is_no_profile_can_be_forgotten(three: Library, data: Path) -> None:
    text = file_of(data).read_text().partition('"about"')
    file_of(data).write_text(
        "{" + text[1] + text[2].replace("Zo\\u00eb Miller", "Zo\\u00eb\\u0000")
    )
    after = library_in(data)
    assert len(after.faults) == 1
    after.forget("P-2", "therapist")
    assert not library_in(data).faults
    assert after.audit("P-2")[-1].version == 0


def test_what_another_process_changed_is_seen_and_not_undone(three: Library, data: Path) -> None:
    """The kiosk has the file open while somebody uses the command line."""
    assert len(three.all()) == 3
    command = [sys.executable, "-m", "kiosk", "profiles", "forget", "SAM", "--data", str(data)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert len(three.all()) == 2
    other = library_in(data)
    other.hold("P-2", "pain", TODAY, "kiosk")
    three.hold("P-7F3K", "pain", TODAY, "kiosk")
    assert all(kept.state.held for kept in library_in(data).all())


def test_threads_that_change_at_once_undo_nothing(data: Path) -> None:
    codes = [f"P-{i}" for i in range(8)]
    taken(data, bundle(*[profile(code=code, pin=f"{i:04d}") for i, code in enumerate(codes)]))
    same = library_in(data)
    threads = [
        threading.Thread(
            target=(same if i % 2 else library_in(data)).hold, args=(code, "pain", TODAY, "kiosk")
        )
        for i, code in enumerate(codes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert all(kept.state.held for kept in library_in(data).all())


def test_the_audit_is_bounded_and_keeps_the_newest(
    three: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_LINES", 4)
    three.hold("P-2", "pain", TODAY, "kiosk")
    three.release("P-2", 1, TODAY, "therapist")
    assert [one.what for one in three.audit()] == ["imported", "imported", "held", "released"]


def test_the_audit_never_loses_that_a_code_was_forgotten(
    three: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_LINES", 4)
    three.forget("P-7F3K", "therapist")
    for n in range(4):
        three.set_automatic("P-2", n % 2 == 0, "therapist")
    assert [one.what for one in three.audit()] == ["forgotten", "manual", "automatic", "manual"]
    for code in ("P-2", "SAM"):
        three.forget(code, "therapist")
    assert [one.what for one in three.audit()][1:] == ["manual", "forgotten", "forgotten"]


def test_a_profile_comes_back_from_its_document_as_it_was(three: Library, data: Path) -> None:
    assert kept_in(document_of(data, "P-2")) == three.get("P-2")
    assert "Zo" not in repr(three.get("P-2"))
