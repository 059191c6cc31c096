"""``sternway profiles`` as a person types it: what it prints, what it changes, how it ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kiosk.__main__ import main
from tests.profiles.written import CONTRACT, bundle, encoded, library_in, profile, put, tree_hash

SECOND = profile(code="P-2", display_name="Zoë", pin="1111")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


class Said:
    """How a command ended, and what it printed."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def profiles(data: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: str | Path) -> Said:
        status = main(["profiles", *map(str, words), "--data", str(data)])
        printed = capsys.readouterr()
        return Said(status, printed.out, printed.err)

    return call


def test_check_names_every_fault_by_file_and_path(
    profiles: Any, data: Path, tmp_path: Path
) -> None:
    good = put(tmp_path, bundle(CONTRACT, SECOND), "good.json")
    bad = put(tmp_path, profile(pin="1", limits__max_kmh=9), "bad.json")
    said = profiles("check", good)
    assert (said.status, said.err) == (0, "")
    assert said.out == f"{good}: sound: P-7F3K version 3, P-2 version 3\n"
    said = profiles("check", good, bad)
    assert (said.status, said.err) == (1, "")
    assert sorted(said.out.splitlines()) == [
        f"{bad}: limits.max_kmh: is 9; make it a number over 0 and at most 5 (km/h)",
        f"{bad}: pin: is not allowed; make it 4 to 8 digits, in quotes",
        f"{good}: sound: P-7F3K version 3, P-2 version 3",
    ]
    assert not data.exists(), "checking makes nothing"


def test_import_shows_and_changes_nothing_until_it_is_told(
    profiles: Any, data: Path, tmp_path: Path
) -> None:
    path = put(tmp_path, bundle(CONTRACT, SECOND))
    said = profiles("import", path)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        "new      P-7F3K version 3 (Sam)",
        "new      P-2 version 3 (Zoë)",
        "Nothing has changed. To import: --accept all, or P-7F3K,P-2",
    ]
    assert not data.exists()
    said = profiles("import", path, "--accept", "p-2")
    assert (said.status, said.out.splitlines()[-1]) == (0, "Imported: P-2")
    assert profiles("import", path, "--accept", "all").out.splitlines()[-1] == "Imported: P-7F3K"
    newer = put(tmp_path, profile(version=4, rails="one"))
    said = profiles("import", newer, "--accept", "all")
    assert "         rails: both -> one\n" in said.out
    assert library_in(data).get("P-7F3K").prescription.rails == "one"
    assert {line.who for line in library_in(data).audit()} == {"command line"}


def test_a_refused_import_ends_with_1_and_changes_nothing(
    profiles: Any, data: Path, tmp_path: Path
) -> None:
    profiles("import", put(tmp_path, CONTRACT), "--accept", "all")
    before = tree_hash(data)
    older = put(tmp_path, profile(version=1))
    for words in ((), ("--accept", "all"), ("--accept", "P-7F3K"), ("--accept", "P-NONE")):
        said = profiles("import", older, *words)
        assert said.status == 1, words
        assert "refused  P-7F3K version 1" in said.out
        assert "a.json: version: is 1, and version 3 is here; make it 4" in said.out
        assert tree_hash(data) == before
    assert "P-NONE is in none of the files: nothing was imported" in said.err


def test_list_shows_each_with_its_state(profiles: Any, data: Path, tmp_path: Path) -> None:
    assert profiles("list").out == "There is no profile here yet.\n"
    old = profile(code="P-3", pin="2222", issued_on="2020-01-01", expires_on="2020-02-01")
    files = bundle(CONTRACT, SECOND, old, profile(code="P-4", pin="3333"))
    profiles("import", put(tmp_path, files), "--accept", "all")
    library_in(data).hold("P-2", "pain_rise", date(2026, 12, 1), "kiosk")
    library_in(data).end("P-4", date(2026, 12, 1), "therapist")
    said = profiles("list")
    assert (said.status, said.err) == (0, "")
    states = {line[:16].strip(): line[45:].strip() for line in said.out.splitlines()}
    assert states["P-2"] == "held since 2026-12-01: pain rose"
    assert states["P-3"] == "expired on 2020-02-01"
    assert states["P-4"] == "ended on 2026-12-01"
    assert "2027-02-22" in states["P-7F3K"]
    assert "4821" not in said.out


def test_forget_removes_it(profiles: Any, data: Path, tmp_path: Path) -> None:
    profiles("import", put(tmp_path, CONTRACT), "--accept", "all")
    said = profiles("forget", "P-7F3K")
    assert (said.status, said.err) == (0, "")
    assert "Its sessions are kept" in said.out
    said = profiles("forget", "P-7F3K")
    assert (said.status, said.out) == (1, "")
    assert said.err == "sternway: there is no profile 'P-7F3K' here; look at the list\n"


def test_a_file_for_the_key_that_is_shown_is_taken(profiles: Any, tmp_path: Path) -> None:
    key = profiles("key").out.strip()
    assert profiles("key").out.strip() == key
    recipient = pyrage.x25519.Recipient.from_str(key)
    path = put(tmp_path, pyrage.encrypt(encoded(CONTRACT), [recipient]), "sam.age")
    assert profiles("check", path).status == 0
    assert profiles("import", path, "--accept", "all").out.endswith("Imported: P-7F3K\n")


def test_unusable_input_is_one_line_and_2(profiles: Any, data: Path, tmp_path: Path) -> None:
    def is_one_line(said: Said, *parts: str) -> None:
        assert said.status == 2
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert all(part in said.err for part in parts), said.err

    for action in ("check", "import"):
        is_one_line(profiles(action, tmp_path / "none.json"), "none.json", "no such file")
    (data / "profiles" / "profiles.json").mkdir(parents=True)
    is_one_line(profiles("list"), "profiles.json", "look at the disk")
    (data / "settings").mkdir()
    (data / "settings" / "profile-key").write_text("nonsense")
    is_one_line(profiles("key"), "profile-key", "is damaged; delete it")


def test_a_link_is_refused_not_followed(profiles: Any, tmp_path: Path) -> None:
    put(tmp_path, CONTRACT, "whole.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "whole.json")
    said = profiles("check", tmp_path / "link.json")
    assert (said.status, said.err) == (1, "")
    assert "is a link" in said.out


def test_damage_is_told_on_stderr(profiles: Any, data: Path, tmp_path: Path) -> None:
    profiles("import", put(tmp_path, CONTRACT), "--accept", "all")
    profiles("import", put(tmp_path, SECOND), "--accept", "all")
    file = data / "profiles" / "profiles.json"
    file.write_bytes(file.read_bytes()[:-30])
    said = profiles("list")
    assert "set aside" in said.err
    assert "P-7F3K" in said.out
    assert (data / "profiles" / "profiles.json.broken-1").is_file()


@pytest.mark.parametrize("words", [[], ["import"], ["check"], ["forget"], ["nonsense"]])
def test_arguments_that_make_no_sense(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["profiles", *words])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
