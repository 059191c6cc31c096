"""Names, notes and PINs: in no log, no exception, nowhere once it is forgotten."""

from __future__ import annotations

import json
import logging
import random
import shutil
import traceback
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.library import library_of
from kiosk.paths import ASIDE
from kiosk.records.storage import SafeStorage
from profiles.errors import ProfilesError, UnknownCode
from profiles.importer import accept, look
from profiles.kept import kept_in
from profiles.kiosk_key import KioskKey
from profiles.library import Library
from profiles.profile import Profile
from tests.profiles import mutated
from tests.profiles.written import bundle, encoded, library_in, profile, put, taken
from tests.records.disk import disk, failing

NAME, NOTE, PIN = "Zaphod", "Beeblebrox 77", "90417"
PRIVATE = (NAME, NOTE, PIN)
NAMED = profile(display_name=NAME, note=NOTE, pin=PIN)
TODAY = date(2026, 12, 1)
OTHER = profile(code="P-2", display_name="Pam", note="", pin="1111")


def found_in(folder: Path, *words: str) -> list[str]:
    """The files of a folder in which a word stands, plain or as JSON would write it."""
    found = []
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        for word in words:
            forms = {word.encode(), json.dumps(word)[1:-1].encode(), word.encode("utf-16-le")}
            if any(form in content for form in forms) or word in path.name:
                found.append(f"{path.name}: {word}")
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder in which the name has been everywhere it can be."""
    data = tmp_path / "data"
    library = taken(data, bundle(NAMED, OTHER))
    library.hold("P-7F3K", "pain", TODAY, "kiosk")
    file = data / "profiles" / "profiles.json"
    (data / "profiles" / "profiles.json.broken-1").write_bytes(file.read_bytes()[:-20])
    (data / "profiles" / ".profiles.json.4711.tmp").write_bytes(file.read_bytes())
    log = data / "log" / "2026-12.json"
    log.parent.mkdir()
    log.write_text('{"sessions":{"1":{"profile_code":"P-7F3K"}}}')
    return data


def test_forgetting_removes_name_note_and_hash_from_every_file(data: Path) -> None:
    pin_hash = library_in(data).get("P-7F3K").pin_hash
    secrets = (NAME, NOTE, pin_hash)
    assert len(found_in(data, *secrets)) == 12, "it was there: file, .bak, set aside, temporary"
    gone = library_in(data).forget("P-7F3K", "therapist")
    assert gone == ("profiles.json.broken-1",)
    assert found_in(data, *secrets) == []
    assert found_in(data, "P-7F3K") == [
        "2026-12.json: P-7F3K",
        "profiles.json: P-7F3K",
        "profiles.json.bak: P-7F3K",
    ], "its sessions and the audit keep the code"
    assert [one.what for one in library_in(data).audit("P-7F3K")] == [
        "imported",
        "held",
        "forgotten",
    ]
    assert [kept.code for kept in library_in(data).all()] == ["P-2"]
    assert library_in(data).find("Pam", "1111") is not None


def test_what_restores_set_aside_forgets_too(data: Path, tmp_path: Path) -> None:
    """Nobody can delete that on an appliance: a name would stand there for ever."""
    older = tmp_path / "older"
    older.mkdir()
    taken(older / "data", bundle(NAMED, OTHER))
    shutil.copytree(older / "data/profiles", data / f"{ASIDE}1/profiles")
    shutil.copytree(data / "profiles", data / f"{ASIDE}2/profiles")
    (data / f"{ASIDE}3/log").mkdir(parents=True)
    damaged = data / f"{ASIDE}4/profiles"
    damaged.mkdir(parents=True)
    (damaged / "profiles.json").write_text(f'{{"{NAME}')
    library = library_of(data)
    assert len(found_in(data, NAME)) > 8
    gone = library.forget("P-7F3K", "therapist")
    assert "profiles.json.broken-1" in gone
    assert found_in(data, NAME, NOTE) == []
    for number in (1, 2):
        aside = library_of(data / f"{ASIDE}{number}")
        assert [kept.code for kept in aside.all()] == ["P-2"], "the others are left as they were"
    assert not (data / f"{ASIDE}3/profiles").exists()


def test_a_profile_that_came_after_the_backup_is_forgotten_where_it_was_set_aside(
    data: Path, tmp_path: Path
) -> None:
    library_of(data).forget("P-7F3K", "therapist")
    older = tmp_path / "older"
    older.mkdir()
    taken(older / "data", bundle(NAMED, OTHER))
    shutil.copytree(older / "data/profiles", data / f"{ASIDE}1/profiles")
    assert found_in(data, NAME, NOTE)
    library_of(data).forget("P-7F3K", "therapist")
    assert found_in(data, NAME, NOTE) == []
    with pytest.raises(UnknownCode):
        library_of(data).forget("P-7F3K", "therapist")


def test_a_forgetting_that_breaks_off_in_what_was_set_aside_is_gone_on_from(
    data: Path, tmp_path: Path
) -> None:
    for number in range(200):
        place = tmp_path / str(number)
        shutil.copytree(data, place)
        shutil.copytree(data / "profiles", place / f"{ASIDE}1/profiles")
        library = library_of(place)
        library.all()
        try:
            with disk(number, failing(), lasting=True):
                library.forget("P-7F3K", "therapist")
        except ProfilesError:
            if "P-7F3K" in [kept.code for kept in library_of(place).all()]:
                library_of(place).forget("P-7F3K", "therapist")
            assert found_in(place, NAME, NOTE) == [], number
            continue
        assert number > 20
        return
    raise AssertionError("it never came to an end")


def test_an_interrupted_forgetting_is_finished_by_whoever_reads_next(data: Path) -> None:
    library = library_in(data)
    library.all()
    with pytest.raises(ProfilesError), disk(9, failing(), lasting=True):
        library.forget("P-7F3K", "therapist")
    assert found_in(data, NAME), "it broke off too late to show anything"
    assert [kept.code for kept in library_in(data).all()] == ["P-2"]
    assert found_in(data, NAME, NOTE) == []


def test_a_disk_that_cannot_finish_forgetting_does_not_stop_the_others(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ProfilesError), disk(9, failing(), lasting=True):
        library_in(data).forget("P-7F3K", "therapist")
    with disk(0, failing(), lasting=True):
        assert [kept.code for kept in library_in(data).all()] == ["P-2"]
    assert "not forgotten everywhere yet" in caplog.text
    assert [kept.code for kept in library_in(data).all()] == ["P-2"]
    assert found_in(data, NAME, NOTE) == []


def test_every_point_at_which_forgetting_may_break_off(tmp_path: Path) -> None:
    finished = 0
    for number in range(100):
        data = tmp_path / str(number) / "data"
        data.parent.mkdir()
        library = taken(data, bundle(NAMED, OTHER))
        try:
            with disk(number, failing(), lasting=True):
                library.forget("P-7F3K", "therapist")
        except ProfilesError:
            codes = [kept.code for kept in library_in(data).all()]
            if "P-7F3K" not in codes:
                finished += 1
                assert found_in(data, NAME, NOTE) == [], number
            continue
        assert finished > 3
        return
    raise AssertionError("it never came to an end")


def test_no_log_line_and_no_exception_holds_a_name_a_note_or_a_pin(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    data, said = tmp_path / "data", []
    library = Library(
        data / "profiles" / "profiles.json", lambda path: SafeStorage(path, said.append)
    )
    key = KioskKey(data / "settings")
    files = [NAMED, bundle(NAMED, {**NAMED, "code": "P-2"}), {**NAMED, "version": 0}]
    files += [mutated.changed(NAMED, random.Random(i)) for i in range(200)]
    for value in files:
        path = put(tmp_path, json.dumps(value).encode())
        preview = look(library, [path], key)
        said += [str(fault) for file in preview.files for fault in file.faults]
        said.append(repr(preview))
        said += [repr(file) + repr(file.entries) for file in preview.files]
        for codes in (preview.acceptable, ["P-NONE"]):
            said += raised_by(accept, library, preview, codes, "therapist")
    assert library.get("P-7F3K").prescription.display_name == NAME
    path = put(tmp_path, NAMED)
    stale = look(library, [put(tmp_path, {**NAMED, "version": 99})], key)
    said += raised_by(library.find, NAME, PIN + "9")
    said += raised_by(library.hold, "NONE", "pain", TODAY, "kiosk")
    with disk(1, failing(), lasting=True):
        said += raised_by(library.hold, "P-7F3K", "pain", TODAY, "kiosk")
        said += raised_by(accept, library, stale, stale.acceptable, "therapist")
    said += raised_by(msgspec.convert, {**NAMED, "pin": int(PIN), "note": [NOTE]}, Profile)
    said += raised_by(kept_in, {"prescription": {**NAMED}, "pin_hash": 3})
    library.forget("P-7F3K", "therapist")
    said.append(caplog.text)
    assert len(said) > 200
    assert [word for word in PRIVATE for text in said if word in text] == []


def raised_by(call: Any, *words: Any) -> list[str]:
    """What a crash report would print."""
    try:
        call(*words)
    except Exception:
        return [traceback.format_exc()]
    return []


def test_a_library_shows_no_name(data: Path) -> None:
    library = library_in(data)
    everything = [library, library.get("P-7F3K"), library.all(), library.audit(), library.faults]
    assert [word for word in (*PRIVATE, "argon2") if word in repr(everything)] == []
    assert encoded(NAMED).count(NAME.encode()) == 1, "the words are there to be found"
