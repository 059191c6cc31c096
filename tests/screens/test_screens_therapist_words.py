"""The therapist's words: fields, faults, steps, charts, and what is cut. No Kivy here."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hardware.link import Reason
from kiosk.screens import (
    charting,
    deciding,
    entries,
    fields,
    importing,
    prescribed,
    refusals,
    stepping,
    sums,
    therapist,
)
from kiosk.screens.browse import Browse, chosen, found
from kiosk.therapy.looking import file_views
from kiosk.therapy.model import Difference, EntryView, FileView, ImportState, Row
from profiles.changes import facts
from profiles.importer import WAITS, look
from profiles.profile import Progression
from profiles.reading import read
from profiles.rules import RULES
from profiles.saying import saying
from profiles.schema import schema
from profiles.state import Held, State
from tests.profiles import written
from tests.screens.fake_therapy import OWN, TODAY, Patient, prescription, session, sessions
from tests.screens.therapist_scenes import FILES, LOOKED, MAX, NEW, SAM

PRESENTERS = (
    *("browse", "charting", "deciding", "entries", "fields", "importing"),
    *("prescribed", "refusals", "stepping", "sums", "therapist"),
)


@pytest.mark.parametrize("name", PRESENTERS)
def test_presenters_know_no_kivy(name: str) -> None:
    tree = ast.parse(Path(f"kiosk/screens/{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        assert not any(n.split(".")[0] == "kivy" for n in names)


# --- fields ------------------------------------------------------------------------------------


def _paths() -> list[str]:
    whole = prescription(
        plan=OWN,
        limits=replace(prescription().limits, max_incline_pct=3.0),
        note="x",
    )
    return [path for path, _value in facts(whole)]


def test_every_field_of_a_profile_has_a_name() -> None:
    for path in [*_paths(), "plan.program", "pin", "sternway", "schema", "profiles"]:
        assert not fields.field_words(path).startswith("Field"), path


def test_every_field_of_the_schema_has_a_name() -> None:
    text = msgspec.json.encode(schema()).decode()
    known = {path.rpartition(".")[2] for path in (*fields.NAMES, *fields.STEP_NAMES)}
    names: set[str] = set()

    def walk(tree: object) -> None:
        if isinstance(tree, dict):
            here = tree.get("properties")
            if isinstance(here, dict):
                names.update(here)
            for one in tree.values():
                walk(one)
        elif isinstance(tree, list):
            for one in tree:
                walk(one)

    walk(msgspec.json.decode(text))
    assert names >= {"max_kmh", "pain_rise"}
    assert names <= known


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("limits.max_kmh", "2", "2.0 km/h"),
        ("plan.steps[1].low_kmh", "0.85", "0.85 km/h"),
        ("plan.steps[0].min", "2.5", "2.5 min"),
        ("limits.max_incline_pct", "3", "3\u00a0%"),
        ("expires_on", "2027-02-22", "22 Feb 2027"),
        ("expires_on", "soon", "soon"),
        ("language", "de", "Deutsch"),
        ("language", "\u2013", "the screen's"),
        ("rails", "none", "none"),
        ("plan.program", "low-back", "Lower back"),
        ("screening_cleared", "yes", "yes"),
        ("progression.every_sessions", "1", "1 walk"),
        ("note", "\u2013", "none"),
        ("code", "P-7F3K", "P-7F3K"),
    ],
)
def test_values_have_their_units(path: str, text: str, words: str) -> None:
    assert fields.value_words(path, text) == words


def test_places_are_told_in_words() -> None:
    assert fields.field_words("") == "The file"
    assert fields.field_words("profiles[3]") == "Profile 4"
    assert fields.field_words("profiles[3].limits.max_kmh") == "Profile 4: Top speed"
    assert fields.field_words("plan.steps[0].high_kmh") == "Step 1, fastest"
    assert fields.field_words("limits.colour") == "Field colour"
    assert fields.own_path("profiles[12].pin") == "pin"


def test_no_rule_shows_a_path_in_its_sentence() -> None:
    for rule in RULES:
        said = fields.fault_words(rule.say.format(left="2", right="1"))
        assert "_" not in said, said
        assert "limits." not in said


def test_every_sentence_about_a_whole_file_is_still_one_that_profiles_say() -> None:
    root = Path(refusals.__file__).parents[2] / "profiles"
    said = {
        node.value
        for file in root.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(refusals.FILES) - said == set()
    assert refusals._NO_KEY - said == set()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"sternway": "profile", "schema": 2}',
        b'{"sternway": "profile", "colour": 1, "limits": {"max_kmh": "x", "colour": 2}}',
        b'{"sternway": "bundle", "profiles": [{}, 3, {"plan": {"steps": [{"hig_kmh": 2}]}}]}',
    ],
)
def test_no_fault_of_a_file_shows_a_path(content: bytes) -> None:
    faults = read(content).faults
    assert faults
    for fault in faults:
        told = refusals.fault_sentence(fault.path, fault.text)
        for raw in ("profiles[", "plan.", "limits.", "steps[", "JSON", "UTF-8", "schema", "null"):
            assert raw not in told, told
        assert told.endswith(".")


def test_a_fault_measures_both_sides_and_names_other_profiles_by_number() -> None:
    over = saying("is {left}, over limits.max_incline_pct {right}; lower it", left=6, right=5.5)
    told = refusals.fault_sentence("plan.steps[0].incline_pct", over)
    assert (
        told == "Step 1, incline: is 6\u00a0%, over \u201cMost incline\u201d 5.5\u00a0%; lower it."
    )
    twice = saying("is the code of {place} too; give each its own", place="profiles[0]")
    told = refusals.fault_sentence("profiles[1].code", twice)
    assert told == "Code: is the code of Profile 1 too; give each its own."


# --- import ------------------------------------------------------------------------------------


def test_what_must_be_seen_comes_first() -> None:
    order = [place.status for place in importing.places(LOOKED)]
    assert order == ["refused", "refused", "refused", "changed", "new", "same"]


def test_same_names_in_two_files_are_two_rows() -> None:
    state = replace(LOOKED, files=(*FILES, *FILES))
    keys = [place.key for place in importing.places(state)]
    assert len(set(keys)) == len(keys) == 12


def test_what_the_button_imports() -> None:
    browse = Browse()
    assert importing.import_words(LOOKED, browse) == "Import all (2)"
    browse.tick(LOOKED.acceptable)
    assert importing.import_words(LOOKED, browse) == ""
    browse.tick(LOOKED.acceptable)
    browse.left_out.add("P-7F3K")
    assert importing.import_words(LOOKED, browse) == "Import 1"
    assert importing.ticked(LOOKED, browse) == ("BAD-AIBLING-2042",)
    browse.begin_import()
    assert importing.ticked(LOOKED, browse) == LOOKED.acceptable


def _items(entry: EntryView, *others: EntryView) -> list[tuple[str, str]]:
    file = FileView("bundle.json", (entry, *others))
    words = entries.entry_words(importing.Place("0.0", file, entry))
    return [(item.text, item.value) for item in words.items]


def _looked(folder: Path) -> tuple[EntryView, ...]:
    """A bundle of two, of whom the second has a key that nobody knows."""
    good = written.profile(code="P-1111", pin="5566")
    wrong = written.profile(code="P-2222", display_name="Anna", colour="red")
    path = folder / "bundle.json"
    path.write_bytes(written.encoded(written.bundle(good, wrong)))
    preview = look(written.library_in(folder), [path], None)
    return file_views(preview)[0].entries


def test_an_unknown_key_is_told_without_the_names_of_the_file(tmp_path: Path) -> None:
    _good, wrong = _looked(tmp_path)
    assert _items(wrong)[0] == (
        "The kiosk does not know the part “colour” of this profile. Remove it.",
        "",
    )


def test_one_that_waits_says_for_which(tmp_path: Path) -> None:
    good, wrong = _looked(tmp_path)
    assert importing.status_facts(good)[0] == "Waits for another profile"
    assert ("It waits for P-2222: a file is taken whole.", "") in _items(good, wrong)
    assert importing.status_facts(wrong)[0] == "Refused: 1 fault"


def test_one_that_waits_for_its_file_names_the_file() -> None:
    waiting = EntryView("refused", "P-1", 1, "Sam", faults=(("", WAITS),))
    assert ("It waits for bundle.json: a file is taken whole.", "") in _items(waiting)
    nameless = EntryView(
        "refused", None, None, None, faults=(("profiles[1].code", saying("is missing")),)
    )
    told = ("It waits for Profile 2: a file is taken whole.", "")
    assert told in _items(waiting, nameless)


def test_a_refused_one_has_no_tick() -> None:
    state = replace(LOOKED, acceptable=("P-4444",))
    rows = [importing.row_view(one, state, Browse()) for one in importing.places(state)]
    assert {row.tick for row in rows} == {None}


def test_a_step_without_an_incline_does_not_tell_one() -> None:
    limits = replace(prescription().limits, max_incline_pct=3.0)
    views = facts(prescription(plan=OWN, limits=limits))
    entry = EntryView(
        "new", "P-1", 1, "Sam", facts=tuple(Difference(p, "\u2013", v) for p, v in views)
    )
    words = entries.entry_words(importing.Place("0.0", FileView("a", (entry,)), entry))
    told = {item.text: item.value for item in words.items}
    assert told["Step 2: walk"] == "6 min, 1.0\u20131.6 km/h"
    assert told["Step 3: Steigung mit beiden H\u00e4nden am Gel\u00e4nder"].endswith(", 2 %")
    assert "Version" not in told


def test_how_an_import_ended() -> None:
    many = ImportState("done", taken=tuple(f"P-{n:03d}" for n in range(70)), safe_to_remove=True)
    assert importing.over_title(many) == "Imported: 70 profiles"
    lines = [line.text for line in importing.over_lines(many)]
    assert lines[1] == "And 10 more."
    assert lines[-1] == "The stick can be taken out."
    failed = ImportState("failed", text=(saying("It did not go."),))
    assert [line.text for line in importing.over_lines(failed)] == ["It did not go."]


# --- lists -------------------------------------------------------------------------------------


def _row(code: str, name: str, **state: object) -> Row:
    return Patient(prescription(code, name), State(**state)).row()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["P-1", "P-22", "Q-3"]),
        ("p-2", ["P-22"]),
        ("jose", ["P-1"]),
        ("MIGUEL", ["P-1"]),
        ("josem", ["P-1"]),
        ("strasse", ["Q-3"]),
        ("zz", []),
        ("-", ["P-1", "P-22", "Q-3"]),
    ],
)
def test_who_is_found(text: str, codes: list[str]) -> None:
    rows = [
        replace(_row("P-777", name), code=code)
        for code, name in (("P-1", "Jos\u00e9 Miguel"), ("P-22", "Bo"), ("Q-3", "Stra\u00dfe"))
    ]
    assert [row.code for row in found(rows, text)] == codes


def test_search_and_filter_go_together() -> None:
    rows = (MAX.row(), SAM.row(), _row("P-0002", "Max", ended_on=TODAY))
    browse = Browse()
    browse.look_for("M")
    browse.only("over")
    assert [row.code for row in chosen(rows, browse)] == ["P-0002"]


def test_a_long_code_loses_its_middle() -> None:
    choices = therapist.who_choices("BAD-AIBLING-2041", "Maximiliane-Friederike")
    assert choices[0] == "BAD-AIBLING-2041  Maximiliane-Friederike"
    assert "BAD-AIBLING-2041" in choices
    assert choices[-1].endswith("041")
    assert choices[-1].startswith("BAD")
    assert len(choices[-1]) == 7
    assert therapist.who_choices("P-1", "Bo") == ("P-1  Bo", "P-1")


# --- steps and charts --------------------------------------------------------------------------


@pytest.mark.parametrize("waits", ["expired", "held", "no_progression", "sessions", "fortnight"])
@pytest.mark.parametrize("more", ["speed_week", "finished"])
def test_every_wait_is_told(waits: str, more: str) -> None:
    opened = SAM.opened()
    for one in (waits, more):
        outlook = opened.outlook._replace(proposal=None, waits=one)
        told = stepping.waits_words(replace(opened, outlook=outlook))
        assert told.endswith(".")
        assert "{" not in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"applies": True, "unrated": 0}, "It takes effect by itself"),
        ({"applies": False, "unrated": 0}, "There was a break of two weeks"),
        ({"applies": False, "unrated": 2}, "A walk was not rated"),
    ],
)
def test_why_a_step_waits_though_it_is_automatic(more: dict[str, Any], said: str) -> None:
    opened = Patient(prescription(), State(automatic=True), sessions(14, bad=False)).opened()
    assert opened.outlook.proposal is not None
    told = stepping.next_view(replace(opened, outlook=opened.outlook._replace(**more)))
    assert said in told.text


def test_a_step_of_hundredths_is_not_rounded_away() -> None:
    slow = Patient(
        prescription(
            limits=replace(prescription().limits, max_session_min=10),
            progression=Progression(every_sessions=3, add_kmh=0.05),
        ),
        State(),
        sessions(14),
    )
    proposal = slow.opened().outlook.proposal
    assert proposal is not None
    assert stepping.change_words(proposal) == "1.6 \u203a 1.65 km/h"


def test_how_many_steps_wait_is_told_in_words() -> None:
    waiting = replace(SAM.row(), proposes=True, standing="ready", held=None)
    rest = replace(waiting, proposes=False)
    assert therapist.profiles_facts((waiting, rest))[0] == "1 step waits"
    assert therapist.profiles_facts((waiting, waiting))[0] == "2 steps wait"
    held = replace(rest, standing="held")
    assert therapist.profiles_facts((waiting, held))[0] == "1 held, 1 step waits"


def test_no_walk_has_no_chart() -> None:
    assert charting.chart_views(NEW.opened()) == ()
    never = Patient(prescription(), State(), [session(1, walked_s=0.0)])
    assert charting.chart_views(never.opened()) == ()


def test_charts_of_every_number_of_walks() -> None:
    for count in (*range(1, 40), 200):
        views = charting.chart_views(Patient(prescription(), State(), sessions(count)).opened())
        for view in views:
            assert len(view.values) <= charting.MOST
            assert view.full > view.low
            for value in (v for values in view.values for v in values if v is not None):
                if view.shape != "weeks":
                    assert view.low <= value <= view.full, view.key
            assert all(view.low <= level <= view.full for level, _text in view.marks)


@pytest.mark.parametrize("high_kmh", [0.4, 0.7, 0.8, 1.0, 1.3, 1.6, 2.0, 2.6, 4.2])
def test_every_line_of_a_chart_says_its_own_value(high_kmh: float) -> None:
    """A line at 0.75 must not be called 0.8."""
    for distance_m, walked_s in ((3.0, 70), (5.0, 150), (14.0, 250), (48.0, 400), (460.0, 900)):
        walks = [session(1, distance_m=distance_m, walked_s=float(walked_s), mean_kmh=high_kmh)]
        opened = Patient(prescription(), State(), walks).opened()
        steps = [replace(one, low_kmh=0.3, high_kmh=high_kmh) for one in opened.outlook.walk.steps]
        walk = opened.outlook.walk._replace(steps=tuple(steps))
        opened = replace(opened, outlook=opened.outlook._replace(walk=walk))
        for view in charting.chart_views(opened):
            for level, text in view.marks:
                told = float(text.split("\u00a0")[0].split(" ")[0])
                assert told == pytest.approx(level), (view.key, view.marks)
            if view.key != "weeks":
                assert len(view.marks) == 3, view.key


def test_no_share_before_a_week_is_over() -> None:
    first = Patient(prescription(issued_on=TODAY), State(), [session(1)])
    opened = first.opened()
    weeks = tuple(week._replace(over=False) for week in opened.progress.weeks[-1:])
    running = replace(opened, progress=opened.progress._replace(weeks=weeks, adherence_pct=100.0))
    for one, said in ((running, False), (SAM.opened(), True)):
        tile = next(x for x in prescribed.profile_view(one).tiles if x.key == "progress")
        texts = [*tile.facts, charting.chart_views(one)[0].told]
        texts += [item.value for item in sums.sum_items(one)]
        assert any("%" in text for text in texts) is said, texts
    assert charting.chart_views(running)[0].told == "Nothing was due yet."


def test_of_many_the_newest_are_drawn() -> None:
    walks = sessions(200)
    views = charting.chart_views(Patient(prescription(), State(), walks).opened())
    distance = next(view for view in views if view.key == "distance")
    assert [value for (value,) in distance.values] == [one["distance_m"] for one in walks[-30:]]
    assert distance.some[0] == "the last 30 of 200"


def test_what_is_not_known_leaves_a_gap() -> None:
    blank = session(1, mean_kmh=None, in_band_pct=None, pain_before=None, pain_after=None, rpe=None)
    views = {
        v.key: v for v in charting.chart_views(Patient(prescription(), None, [blank]).opened())
    }
    assert views["speed"].values == ((None,),)
    assert views["pain"].values == ((None, None),)
    assert views["exertion"].told == "Last: not told"
    assert views["band"].told == "Not known"


def test_a_walk_without_a_day_is_drawn_too() -> None:
    lost = {**session(1), "started_at": None}
    views = charting.chart_views(Patient(prescription(), None, [lost]).opened())
    assert all(view.ends == ("", "") for view in views)


def test_without_a_schedule_there_are_no_weeks() -> None:
    free = Patient(prescription(schedule=None), State(), sessions(5))
    assert charting.chart_views(free.opened())[0].key == "distance"
    assert "no schedule" in [item.value for item in sums.sum_items(free.opened())]


def test_every_reason_of_a_stop_has_words() -> None:
    for reason in (*Reason, "stopped", "safety_stop", "interrupted"):
        assert sums.stop_words(reason) != "Stopped", reason


def test_the_limits_are_the_profile_s_own() -> None:
    rules = replace(prescription().stop_rules, pain_at_or_above=4, rpe_at_or_above=12)
    strict = Patient(prescription(stop_rules=rules), State(), [session(1, day=TODAY)])
    views = {view.key: view for view in charting.chart_views(strict.opened())}
    assert views["pain"].limit == 4
    assert views["exertion"].limit == 12


# --- decisions ---------------------------------------------------------------------------------


def test_a_release_shows_what_was_said_since_the_last_one() -> None:
    records = [session(n, day=TODAY - timedelta(days=9 - n), pain_after=n) for n in range(1, 8)]
    one = Patient(prescription(), State(released_seq=5), records)
    items = deciding.sure_items("release", one.opened())
    values = [item.value for item in items if item.kind == "pair"]
    assert values == ["3 \u203a 7", "11", "3 \u203a 6", "11"]


def test_a_release_shows_first_what_broke_a_rule() -> None:
    """Sessions after it must not push the one away that it is all about."""
    records = [session(n, pain_after=9 if n == 2 else 3, rpe=6 + n) for n in range(1, 8)]
    one = Patient(prescription(), State(held=Held("pain", TODAY)), records)
    items = deciding.sure_items("release", one.opened())
    pairs = [item.value for item in items if item.kind == "pair"]
    assert pairs == ["3 \u203a 9", "8", "3 \u203a 3", "13", "3 \u203a 3", "12"]
    many = [session(n, pain_after=9) for n in range(1, 8)]
    released = Patient(prescription(), State(held=Held("pain", TODAY), released_seq=2), records)
    items = deciding.sure_items("release", released.opened())
    assert not [item for item in items if "9" in item.value], "a therapist has judged that one"
    items = deciding.sure_items("release", Patient(prescription(), State(), many).opened())
    assert len([item for item in items if item.kind == "strong"]) == 3


def test_a_day_is_told_in_words() -> None:
    lines = therapist.standing_lines("held", "pain_rise", date(2026, 11, 3), date(2027, 2, 22))
    assert lines[0] == "Held since 3 Nov 2026."
    assert len(lines) == 2
    assert therapist.standing_lines("held", None, None, TODAY) == ()
