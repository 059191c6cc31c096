"""The five programs are those of the clinical table; broken files are refused with a mend."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import profiles.programs
from profiles.errors import ProgramError
from profiles.model import Program
from profiles.programs import BUILT_IN, load_programs

SHIPPED = Path(profiles.programs.__file__).parent

# (seconds, or None for the main step; low km/h; high km/h; incline %), typed off clinical.md
Row = tuple[int | None, float, float, float]
MINUTE, TWO = (60, 0.8, 1.2, 0.0), (120, 0.8, 1.2, 0.0)
TOE = (60, 0.8, 1.0, 0.0)
STEPS: dict[str, tuple[Row, ...]] = {
    "easy-walk": (MINUTE, (None, 0.8, 2.0, 0.0), MINUTE),
    "low-back": (TWO, (None, 1.0, 1.6, 0.0), MINUTE),
    "big-toe": (TOE, (None, 0.8, 1.2, 0.0), TOE),
    "ankle-uphill": (TWO, (None, 0.8, 1.6, 7.0), TWO),
    "ankle-level": (TWO, (None, 0.8, 1.6, 0.0), TWO),
}
MINUTES = {
    "easy-walk": (5, 10, 15, 20),
    "low-back": (10, 11, 12, 13, 14, 15),
    "big-toe": (5, 6, 7, 8, 9, 10),
    "ankle-uphill": (8,),
    "ankle-level": (8,),
}
# cap km/h, default minutes, who, grade, speeds of the card, incline of the card
CARDS = {
    "easy-walk": (2.4, 5, "anyone", "expert opinion", (0.8, 2.0), 0.0),
    "low-back": (2.4, 10, "anyone", "low", (0.8, 1.6), 0.0),
    "big-toe": (1.6, 5, "anyone", "expert opinion", (0.8, 1.2), 0.0),
    "ankle-uphill": (1.6, 8, "staff", "expert opinion", (0.8, 1.6), 7.0),
    "ankle-level": (1.6, 8, "anyone", "very low", (0.8, 1.6), 0.0),
}
CHOICES = [(name, minutes) for name, options in MINUTES.items() for minutes in options]


@pytest.fixture(scope="module")
def programs() -> Mapping[str, Program]:
    return load_programs()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the shipped low-back program, to be broken."""
    shutil.copy(SHIPPED / "low-back.toml", tmp_path)
    return tmp_path


def test_all_five_come_in_the_order_of_the_table(programs: Mapping[str, Program]) -> None:
    assert tuple(programs) == BUILT_IN == tuple(STEPS) == tuple(MINUTES) == tuple(CARDS)
    assert [program.id for program in programs.values()] == list(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_cards_hold_the_numbers_of_the_table(programs: Mapping[str, Program], name: str) -> None:
    p = programs[name]
    card = (p.cap_kmh, p.default_minutes, p.audience, p.evidence_grade)
    assert (*card, p.speed_range_kmh, p.max_incline_pct) == CARDS[name]
    assert p.minutes == MINUTES[name]


@pytest.mark.parametrize(("name", "minutes"), CHOICES)
def test_steps_are_those_of_the_table_at_every_length(
    programs: Mapping[str, Program], name: str, minutes: int
) -> None:
    steps = programs[name].steps(minutes)
    rest = minutes * 60 - sum(row[0] or 0 for row in STEPS[name])
    wanted = [(row[0] or rest, *row[1:]) for row in STEPS[name]]
    assert [(x.s, x.low_kmh, x.high_kmh, x.incline_pct) for x in steps] == wanted
    assert [x.name for x in steps] == ["warm-up", "main", "cool-down"]
    assert sum(x.s for x in steps) == minutes * 60 == programs[name].planned_s(minutes)


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_other_length_is_to_be_had(programs: Mapping[str, Program], name: str) -> None:
    for minutes in set(range(-1, 62)) - set(MINUTES[name]):
        with pytest.raises(ProgramError, match=f"^{name}: minutes is {minutes}; choose one of "):
            programs[name].steps(minutes)


def test_the_mapping_cannot_be_changed(programs: Mapping[str, Program]) -> None:
    with pytest.raises(TypeError):
        programs["x"] = programs["low-back"]  # type: ignore[index]


def test_a_folder_of_ones_own_is_read_built_in_names_first(tmp_path: Path) -> None:
    for name in ("low-back", "easy-walk"):
        shutil.copy(SHIPPED / f"{name}.toml", tmp_path)
    own = (SHIPPED / "big-toe.toml").read_text("utf-8").replace('"big-toe"', '"a-toe"')
    (tmp_path / "a-toe.toml").write_text(own, "utf-8")
    assert list(load_programs(tmp_path)) == ["easy-walk", "low-back", "a-toe"]


def put(old: str, new: str) -> Callable[[str], str]:
    """A change of the first ``old`` in a file, which must be there."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


BROKEN: dict[str, tuple[Callable[[str], str], str]] = {
    "misspelt": (put("cap_kmh", "cap_kmhh"), r'cap_kmhh: unknown key; did you mean "cap_kmh"\?'),
    "misspelt, the missing one": (put("cap_kmh", "cap_kmhh"), "cap_kmh: missing; add it"),
    "foreign": (put("version", "zzz = 1\nversion"), "zzz: unknown key; known are id, version"),
    "misspelt in a step": (
        put("high_kmh", "hihg_kmh"),
        r'steps\[0\]\.hihg_kmh: unknown key; did you mean "high_kmh"\?',
    ),
    "missing": (put("version = 1\n", ""), "version: missing; add it"),
    "missing in a step": (put("low_kmh = 1.0\n", ""), r"steps\[1\]\.low_kmh: missing; add it"),
    "no list": (put("audience", "aud = 1 #"), "audience: missing"),
    "not in the list": (put('"anyone"', '"all"'), "audience: .*; make it one of anyone, staff"),
    "grade": (put('"low"', '"high"'), "evidence_grade: .*one of expert opinion, low, moderate"),
    "wrong type": (put("version = 1", 'version = "1"'), "version: .*make it int, got str"),
    "over the hard bound": (put("2.4", "5.1"), "cap_kmh: .*make it float <= 5.0"),
    "step over the hard bound": (
        put("high_kmh = 1.6", "high_kmh = 5.1"),
        r"steps\[1\]\.high_kmh: .*make it float <= 5.0",
    ),
    "not a number": (put("2.4", "nan"), "cap_kmh: is not allowed; make it float"),
    "step over the cap": (
        put("high_kmh = 1.6", "high_kmh = 2.6"),
        r"steps\[1\]\.high_kmh 2.6 is over cap_kmh 2.4; lower it, or raise the cap",
    ),
    "band upside down": (
        put("low_kmh = 1.0", "low_kmh = 1.8"),
        r"steps\[1\]: low_kmh 1.8 is over high_kmh 1.6; swap or change",
    ),
    "two main steps": (put("s = 60\n", ""), "steps: 2 of them leave out s; exactly one must"),
    "no main step": (put("low_kmh = 1.0", "s = 9\nlow_kmh = 1.0"), "steps: 0 of them leave out s"),
    "no rest": (put("s = 120", "s = 540"), "steps: .*take 600 s .* at 10 minutes; shorten"),
    "a half second": (put("s = 60", "s = 60.5"), r"steps\[2\]\.s: .*make it int"),
    "incline for anyone": (
        put("high_kmh", "incline_pct = 1\nhigh_kmh"),
        'audience must be "staff"',
    ),
    "too steep": (put("high_kmh", "incline_pct = 11\nhigh_kmh"), r"steps\[0\]\.incline_pct: .*10"),
    "default": (put("default_minutes = 10", "default_minutes = 9"), "default_minutes is 9; make"),
    "minutes": (put("[10,", "[0, 10,"), r"minutes\[.*\]: is not allowed; make it int >= 1"),
    "long name": (put('"Lower back"', f'"{"x" * 25}"'), "name: .*length <= 24"),
    "id": (put('"low-back"', '"lower"'), 'id: is "lower"; make it "low-back", or rename the file'),
    "twice": (put("version", "version = 1\nversion"), "is not TOML: .*line.*; mend it there"),
    "not TOML": (put("version =", "version"), "is not TOML: .*line 2"),
    "empty": (lambda _: "", "version: missing; add it"),
}


@pytest.mark.parametrize(("change", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_naming_place_and_mend(
    folder: Path, change: Callable[[str], str], told: str
) -> None:
    path = folder / "low-back.toml"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(ProgramError, match=f"(?m)^low-back.toml: .*{told}"):
        load_programs(folder)


def test_bytes_that_are_not_utf_8_are_refused(folder: Path) -> None:
    (folder / "low-back.toml").write_bytes(b'id = "\xff"')
    with pytest.raises(ProgramError, match=r"^low-back.toml: byte 6 is not UTF-8; save it as"):
        load_programs(folder)


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "gone.toml").symlink_to(folder / "nowhere")
    with pytest.raises(ProgramError, match=r"gone.toml: cannot be read .*; put the file back"):
        load_programs(folder)


def test_the_faults_of_all_files_are_told_together(folder: Path) -> None:
    (folder / "low-back.toml").write_text("id = 1", "utf-8")
    (folder / "other.toml").write_text("=", "utf-8")
    with pytest.raises(ProgramError) as caught:
        load_programs(folder)
    assert "low-back.toml: version: missing" in str(caught.value)
    assert "other.toml: is not TOML" in str(caught.value)


def test_a_folder_without_programs_is_refused(tmp_path: Path) -> None:
    for empty in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ProgramError, match="holds no program; put at least one"):
            load_programs(empty)


def test_a_shipped_program_that_is_missing_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles.programs, "__file__", str(folder / "__init__.py"))
    with pytest.raises(ProgramError, match=r"easy-walk.toml: is missing; reinstall"):
        load_programs()
