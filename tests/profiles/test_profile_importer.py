"""An import: a look that changes nothing, a choice, and one write; hostile files stay outside."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pyrage
import pytest

from profiles import importer
from profiles.errors import FileRefused, KeyUnusable, NotAccepted
from profiles.importer import Preview, accept, look
from profiles.kiosk_key import NAME, KioskKey
from profiles.library import Library
from profiles.reading import MOST_BYTES
from tests.profiles import mutated
from tests.profiles.written import (
    CONTRACT,
    bundle,
    encoded,
    library_in,
    profile,
    put,
    taken,
    tree_hash,
)

SECOND = profile(code="P-2", display_name="Zoë", pin="1111")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    path = tmp_path / "stick"
    path.mkdir()
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def one(data: Path) -> Library:
    """A library with the contract's profile."""
    return taken(data, CONTRACT)


def looked(library: Library, *paths: Path, key: KioskKey | None = None) -> Preview:
    return look(library, paths, key)


def statuses(preview: Preview) -> list[tuple[str, str | None]]:
    return [(entry.status, entry.code) for file in preview.files for entry in file.entries]


def faults(preview: Preview) -> list[str]:
    return [str(fault) for file in preview.files for fault in file.faults]


def test_new_changed_and_same_are_told_apart_field_by_field(one: Library, stick: Path) -> None:
    newer = profile(version=4, rails="one", limits__max_kmh=2.5, note="", schedule=None, pin="9999")
    preview = looked(one, put(stick, bundle(newer, SECOND)), put(stick, CONTRACT, "b.json"))
    assert faults(preview) == [
        "profiles[0].code: P-7F3K is in b.json too; keep one of the files",
        "code: P-7F3K is in a.json too; keep one of the files",
    ]
    preview = looked(one, put(stick, bundle(newer, SECOND)))
    assert statuses(preview) == [("changed", "P-7F3K"), ("new", "P-2")]
    changes = [(one.path, one.old, one.new) for one in preview.files[0].entries[0].changes]
    assert changes == [
        ("version", "3", "4"),
        ("rails", "both", "one"),
        ("limits.max_kmh", "2", "2.5"),
        ("schedule.sessions_per_week", "3", "–"),
        ("schedule.weeks", "6", "–"),
        ("note", CONTRACT["note"], "–"),
        ("pin", "••••", "another ••••"),
    ]
    assert statuses(looked(one, put(stick, CONTRACT))) == [("same", "P-7F3K")]


def test_a_new_name_with_the_same_pin_is_no_new_pin(one: Library, stick: Path) -> None:
    (file,) = looked(one, put(stick, profile(version=4, display_name="Samantha"))).files
    assert [change.path for change in file.entries[0].changes] == ["display_name", "version"]
    (file,) = looked(one, put(stick, profile(version=4, display_name="Tom", pin="777777"))).files
    assert [change.path for change in file.entries[0].changes][-1] == "pin"


def test_looking_changes_nothing(one: Library, data: Path, stick: Path) -> None:
    before = tree_hash(data)
    looked(one, put(stick, bundle(profile(version=4), SECOND)))
    assert tree_hash(data) == before


def test_what_was_chosen_is_accepted_and_nothing_else(one: Library, stick: Path) -> None:
    preview = looked(one, put(stick, bundle(profile(version=4), SECOND)))
    assert preview.acceptable == ("P-7F3K", "P-2")
    assert accept(one, preview, ["P-2"], "therapist") == ("P-2",)
    assert one.get("P-7F3K").prescription.version == 3
    assert accept(one, looked(one, put(stick, CONTRACT)), ["P-7F3K"], "therapist") == ()


def test_the_audit_says_who_when_what_and_from_which_file(one: Library, stick: Path) -> None:
    path = put(stick, SECOND)
    preview = looked(one, path)
    accept(one, preview, preview.acceptable, "command line")
    line = one.audit("P-2")[-1]
    assert (line.who, line.what, line.version) == ("command line", "imported", 3)
    assert line.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert line.at.endswith("+00:00")


REFUSED = [
    (profile(version=2), ["version: is 2, and version 3 is here; make it 4"]),
    (profile(note="x"), ["version: is 3, as here, but the profile differs; make it 4"]),
    (profile(pin="5555"), ["version: is 3, as here, but the profile differs; make it 4"]),
    (
        profile(code="P-9", display_name="SAM Jones"),
        ["pin: P-7F3K here has this PIN and the same first name; choose another PIN"],
    ),
    (
        bundle(SECOND, profile(code="P-9", display_name="sam")),
        ["profiles[1].pin: P-7F3K here has this PIN and the same first name; choose another PIN"],
    ),
    (
        profile(code="SAM", display_name="Bo"),
        [
            "pin: P-7F3K has this PIN too, and the code of one is the first name of the other; "
            "choose another PIN"
        ],
    ),
    (
        bundle(SECOND, profile(code="P-9", display_name="p-7f3k Bo")),
        [
            "profiles[1].pin: P-7F3K has this PIN too, and the code of one is the first name "
            "of the other; choose another PIN"
        ],
    ),
    (
        bundle(profile(version=1), {**SECOND, "version": 0}),
        [
            "profiles[1].version: is 0; make it a whole number from 1 to 999999 "
            "(one more with every change)",
            "profiles[0].version: is 1, and version 3 is here; make it 4",
        ],
    ),
]


@pytest.mark.parametrize(("value", "told"), REFUSED)
def test_what_does_not_fit_here_is_refused_whole(
    one: Library, data: Path, stick: Path, value: dict[str, Any], told: list[str]
) -> None:
    before = tree_hash(data)
    preview = looked(one, put(stick, value))
    assert faults(preview) == told
    assert not preview.is_sound
    assert preview.acceptable == ()
    assert {status for status, _ in statuses(preview)} == {"refused"}
    assert all(entry.faults for file in preview.files for entry in file.entries)
    with pytest.raises(NotAccepted, match="is refused: nothing was imported"):
        accept(one, preview, [statuses(preview)[0][1] or ""], "therapist")
    assert tree_hash(data) == before


def test_one_bad_file_does_not_stop_another(one: Library, stick: Path) -> None:
    preview = looked(one, put(stick, profile(version=1)), put(stick, SECOND, "b.json"))
    assert preview.acceptable == ("P-2",)
    assert accept(one, preview, preview.acceptable, "therapist") == ("P-2",)


def test_two_files_cannot_give_one_first_name_one_pin(one: Library, stick: Path) -> None:
    twin = profile(code="P-3", display_name="zoe", pin="1111")
    preview = looked(one, put(stick, SECOND), put(stick, twin, "b.json"))
    assert preview.acceptable == ("P-2",)
    (told,) = faults(preview)
    assert told.startswith("pin: P-2 in a.json has this PIN and the same first name")


def test_two_files_cannot_make_a_code_another_one_s_first_name_with_one_pin(
    one: Library, stick: Path
) -> None:
    for twin in (
        profile(code="ZOE", display_name="Bo", pin="1111"),
        profile(code="P-3", display_name="p-2", pin="1111"),
    ):
        preview = looked(one, put(stick, SECOND), put(stick, twin, "b.json"))
        assert preview.acceptable == ("P-2",)
        (told,) = faults(preview)
        assert told.startswith("pin: P-2 has this PIN too, and the code of one is the first name")


@pytest.mark.parametrize(
    "fine",
    [
        profile(code="SAM", display_name="Bo", pin="5555"),
        profile(code="P-9", display_name="p-7f3k", pin="5555"),
        profile(code="BOB", display_name="Bob"),
    ],
)
def test_a_code_may_be_a_first_name_with_another_pin_or_be_ones_own(
    one: Library, stick: Path, fine: dict[str, Any]
) -> None:
    assert looked(one, put(stick, fine)).is_sound


def test_a_code_that_is_my_name_with_my_pin_does_not_block_my_own_file(
    one: Library, stick: Path
) -> None:
    other = put(stick, profile(code="SAM", display_name="Bo"), "a-other.json")
    own = put(stick, profile(version=4, limits__max_kmh=1.9), "b-own.json")
    assert looked(one, other, own).acceptable == ("P-7F3K",)


def test_choosing_what_is_not_there_imports_nothing(one: Library, data: Path, stick: Path) -> None:
    before = tree_hash(data)
    preview = looked(one, put(stick, SECOND))
    with pytest.raises(NotAccepted, match="P-77 is in none of the files"):
        accept(one, preview, ["P-2", "P-77"], "therapist")
    assert tree_hash(data) == before


def test_a_preview_that_is_out_of_date_imports_nothing(
    one: Library, data: Path, stick: Path
) -> None:
    newer = looked(one, put(stick, bundle(profile(version=4), SECOND)))
    taken(data, profile(version=5))
    with pytest.raises(NotAccepted, match="changed meanwhile"):
        accept(one, newer, newer.acceptable, "therapist")
    assert [kept.code for kept in one.all()] == ["P-7F3K"]
    twin = looked(one, put(stick, SECOND))
    taken(data, profile(code="P-8", display_name="zoe", pin="1111"))
    with pytest.raises(NotAccepted, match="changed meanwhile"):
        accept(one, twin, twin.acceptable, "therapist")


def test_a_preview_of_another_kiosk_is_not_taken(data: Path, tmp_path: Path, stick: Path) -> None:
    """Its hashes fit no PIN here."""
    preview = look(library_in(tmp_path / "other"), [put(stick, SECOND)], None)
    other = taken(data, CONTRACT)
    with pytest.raises(NotAccepted):
        accept(other, preview, ["P-2"], "therapist")


def test_progress_is_told(one: Library, stick: Path) -> None:
    told: list[tuple[int, int]] = []
    look(one, [put(stick, bundle(profile(version=4), SECOND))], None, lambda *n: told.append(n))
    assert told == [(1, 2), (2, 2)]


def test_a_thousand_profiles(one: Library, stick: Path) -> None:
    many = [profile(code=f"X-{i}", pin=f"{i:05d}") for i in range(1000)]
    path = put(stick, bundle(*many))
    accept(one, looked(one, path), [str(value["code"]) for value in many], "therapist")
    found = one.find("sam", "00777")
    assert found is not None
    assert found.code == "X-777"
    assert statuses(looked(one, path)) == [("same", value["code"]) for value in many]


def test_too_much_at_once_is_not_looked_at(data: Path, stick: Path) -> None:
    library, one_mib = library_in(data), put(stick, b" " * MOST_BYTES)
    assert len(looked(library, *[one_mib] * 16).files) == 16
    several = put(stick, bundle(*[{}] * 501), "several.json")
    too_much = ([one_mib] * 17, [several] * 2, [stick / "none.json"] * 1001)
    for files in too_much:
        with pytest.raises(NotAccepted, match="There are over"):
            looked(library, *files)


# ---- files -------------------------------------------------------------------------------------


def hostile(stick: Path) -> dict[str, Path]:
    """What may lie on a stick under a profile's name."""
    whole = put(stick, CONTRACT, "whole.json")
    (stick / "link.json").symlink_to(whole)
    (stick / "nowhere.json").symlink_to(stick / "none")
    (stick / "folder.json").mkdir()
    os.mkfifo(stick / "pipe.json")
    put(stick, b" " * (MOST_BYTES * 2), "large.json")
    put(stick, b" " * (MOST_BYTES + 1), "over.json")
    (stick / "zero.json").symlink_to("/dev/zero")
    return {
        "is a link": stick / "link.json",
        "is a link;": stick / "nowhere.json",
        "is a link; put": stick / "zero.json",
        "is no file": stick / "folder.json",
        "is no file; name": stick / "pipe.json",
        "is over 1 MiB": stick / "large.json",
        "is over 1 MiB;": stick / "over.json",
        "cannot be read (No such file or directory)": stick / "none.json",
        "is no file; name a": Path("/dev/zero"),
    }


def test_what_is_no_file_of_ours_is_refused_in_words(data: Path, stick: Path) -> None:
    library = library_in(data)
    for words, path in hostile(stick).items():
        (told,) = faults(looked(library, path))
        assert told.startswith(words), path
    assert not data.exists()


def test_a_file_that_grows_while_it_is_read_is_refused(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(stick, CONTRACT)
    monkeypatch.setattr(os, "read", lambda _, size: b" " * min(size, 65_536))
    with pytest.raises(FileRefused, match="over 1 MiB"):
        importer.content_of(path, MOST_BYTES)


def test_another_one_with_my_pin_does_not_block_my_own_file(data: Path, stick: Path) -> None:
    library = taken(data, CONTRACT)
    other = put(stick, profile(code="P-2"), "a-other.json")  # Sam and 4821 as well
    own = put(stick, profile(version=4, limits__max_kmh=1.9), "b-own.json")
    preview = look(library, [other, own], None)
    told = {file.name: [str(fault) for fault in file.faults] for file in preview.files}
    assert told["b-own.json"] == []
    assert "P-7F3K here has this PIN" in told["a-other.json"][0]
    assert preview.acceptable == ("P-7F3K",)


def test_ten_thousand_mutated_files_change_nothing(one: Library, data: Path, stick: Path) -> None:
    """None raises; one that is refused cannot be accepted either, whole or in part."""
    before = tree_hash(data)
    sound_files = tried = 0
    for content in mutated.files(10_000, seed=12):
        path = put(stick, content)
        preview = looked(one, path)
        if preview.is_sound:
            sound_files += 1
            continue
        assert preview.acceptable == ()
        assert faults(preview)
        codes = {entry.code for file in preview.files for entry in file.entries} - {None}
        for code in sorted(str(code) for code in codes):
            tried += 1
            with pytest.raises(NotAccepted):
                accept(one, preview, [code], "therapist")
    assert sound_files > 300
    assert tried > 1_000
    assert tree_hash(data) == before


# ---- encrypted -----------------------------------------------------------------------------------


def sealed(content: bytes, key: KioskKey, **words: Any) -> bytes:
    recipient = pyrage.x25519.Recipient.from_str(key.public())
    return bytes(pyrage.encrypt(content, [recipient], **words))


@pytest.fixture
def key(data: Path) -> KioskKey:
    return KioskKey(data / "settings")


@pytest.mark.parametrize("armored", [False, True])
def test_an_encrypted_bundle_is_read_like_a_plain_one(
    data: Path, stick: Path, key: KioskKey, armored: bool
) -> None:
    library = library_in(data)
    path = put(stick, sealed(encoded(bundle(CONTRACT, SECOND)), key, armored=armored), "b.age")
    preview = looked(library, path, key=key)
    assert accept(library, preview, preview.acceptable, "therapist") == ("P-7F3K", "P-2")
    assert library.audit()[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    padded = encoded(CONTRACT) + b" " * (MOST_BYTES - len(encoded(CONTRACT)))
    largest = put(stick, sealed(padded, key, armored=armored), "c.age")
    assert faults(looked(library, largest, key=key)) == []


def test_what_this_kiosk_cannot_open_is_refused(data: Path, stick: Path, key: KioskKey) -> None:
    library = library_in(data)
    other = KioskKey(stick / "settings")
    good, armored = (sealed(encoded(CONTRACT), key, armored=armored) for armored in (False, True))
    cases = [
        (sealed(encoded(CONTRACT), other), "cannot be opened with this kiosk's key"),
        (pyrage.passphrase.encrypt(b"x", "y"), "cannot be opened with this kiosk's key"),
        (good[:-1], "cannot be opened"),
        (good[:30], "cannot be opened"),
        (good + b"x", "cannot be opened"),
        (good.replace(b"-> X25519", b"-> X25518"), "cannot be opened"),
        (sealed(b" " * (MOST_BYTES + 1), key), "is over 1 MiB when it is opened"),
        (sealed(sealed(encoded(CONTRACT), key), key), "is not"),
        (sealed(b"[" * 1000, key), "is nested"),
        (
            good.replace(b"\n--- ", b"\n-> X25519 a\nYQ" * 20_000 + b"\n--- "),
            "is encrypted to over 64",
        ),
        (armored[:-40], "cannot be opened"),
        (armored[:100] + b"*" + armored[101:], "cannot be opened"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", "cannot be opened"),
        (b"age-encryption.org/", "cannot be opened"),
    ]
    for content, words in cases:
        (told,) = faults(looked(library, put(stick, content), key=key))
        assert told.startswith(words), told
    (told,) = faults(looked(library, put(stick, good)))
    assert told.startswith("is encrypted"), "no key was given"


def test_a_kiosk_without_a_key_opens_nothing_and_makes_none(data: Path, stick: Path) -> None:
    content = sealed(encoded(CONTRACT), KioskKey(stick / "settings"))
    (told,) = faults(looked(library_in(data), put(stick, content), key=KioskKey(data / "settings")))
    assert "cannot be opened" in told
    assert not data.exists()


def test_the_key_is_made_once_and_is_the_kiosk_users_alone(data: Path, key: KioskKey) -> None:
    public = key.public()
    assert public.startswith("age1")
    assert KioskKey(data / "settings").public() == public
    path = data / "settings" / NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().startswith("AGE-SECRET-KEY-1")
    assert [one.name for one in path.parent.iterdir()] == [NAME]


def test_of_two_that_make_the_key_at_once_both_use_the_first(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = KioskKey(data / "settings"), KioskKey(data / "settings")
    made: list[str] = []
    real = Path.exists

    def exists(path: Path) -> bool:
        found = real(path)
        if path.name == NAME and not found and not made:
            made.append("")
            made[0] = second.public()
        return found

    monkeypatch.setattr(Path, "exists", exists)
    assert first.public() == made[0]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff", b"AGE-SECRET-KEY-1QQ", b"x" * 5000])
def test_a_damaged_key_is_told_and_never_replaced(
    data: Path, key: KioskKey, content: bytes
) -> None:
    key.public()
    path = data / "settings" / NAME
    path.write_bytes(content)
    with pytest.raises(KeyUnusable, match=NAME) as raised:
        key.public()
    assert raised.value.__cause__ is None
    assert path.read_bytes() == content
