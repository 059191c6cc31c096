"""A profile: the contract's example, the bounds, the rules between fields, what is never shown."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import pytest

from profiles import rules
from profiles.errors import DefinitionError, ProfileError
from profiles.profile import Plan, Prescription, Profile, ProgramId
from profiles.programs import BUILT_IN
from profiles.reading import read
from profiles.rules import RULES, facts
from tests.profiles.written import CONTRACT, LEAST, STEP, bundle, encoded, profile


def faults(value: Any) -> list[str]:
    return [str(fault) for fault in read(encoded(value)).faults]


def own(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return profile(plan={"steps": [{**STEP, **step} for step in steps]}, **changes)


def test_the_contracts_example_is_a_profile() -> None:
    (found,) = read(encoded(CONTRACT)).profiles
    assert isinstance(found, Profile)
    assert msgspec.to_builtins(found) == CONTRACT
    steps = own({})
    (found,) = read(encoded(steps)).profiles
    assert msgspec.to_builtins(found)["plan"] == {"steps": (steps["plan"]["steps"][0],)}


def test_a_bundle_holds_several() -> None:
    found = read(encoded(bundle(CONTRACT, profile(code="P-2", pin="1111")))).profiles
    assert [one.code for one in found] == ["P-7F3K", "P-2"]


def test_what_is_left_out_has_the_cautious_value() -> None:
    (found,) = read(encoded({key: CONTRACT[key] for key in LEAST})).profiles
    assert (found.rails, found.screening_cleared, found.language) == ("both", False, None)
    assert (found.schedule, found.progression, found.note) == (None, None, "")
    stop = found.stop_rules
    assert (stop.pain_at_or_above, stop.pain_rise, stop.rpe_at_or_above) == (6, 2, 15)


@pytest.mark.parametrize("key", LEAST)
def test_what_must_be_there_is_missed(key: str) -> None:
    found = faults({name: value for name, value in CONTRACT.items() if name != key})
    place = '"sternway"' if key == "sternway" else f"{key}: is missing; add it"
    assert len(found) == 1
    assert place in found[0]


def test_a_plan_has_sixty_steps_at_most() -> None:
    short = {"min": 0.5}
    assert faults(own(*[short] * 60, limits__max_session_min=60)) == []
    (fault,) = faults(own(*[short] * 61, limits__max_session_min=60))
    assert "60" in fault


BOUNDS = [
    ("limits__max_kmh", (0.01, 5, 5.0), (0, -1, 5.01, 6, "2", True, None)),
    ("limits__max_incline_pct", (0, 10), (-0.1, 10.1, "0", None)),
    ("limits__max_session_min", (15, 60, 15.0), (0, 61, 15.5, -3, "15", None)),
    ("code", ("ABC", "A1-", "P" * 16), ("AB", "p-7f", "-AB", "P" * 17, "A B", "ABC\n", "", 1)),
    ("pin", ("0000", "12345678"), ("123", "123456789", "12a4", "1234\n", " 1234", 4821, "١٢٣٤")),
    ("version", (1, 999_999), (0, 1_000_000, 1.5, "3")),
    ("display_name", ("S", "Zoë", "王", "x" * 40), ("", " ", "x" * 41, "a\nb", "a\u202eb", 5)),
    ("note", ("", "two\nlines\n", "x" * 500), ("x" * 501, "\x1b[2J", "\x00", None)),
    ("issued_on", ("2024-02-29",), ("2026-02-29", "20261122", "22.11.2026", 1, "2026-11-22T00")),
    ("language", ("es", "de", "fr", None), ("it", "EN", 1)),
    ("rails", ("one", "none"), ("left", None, 1)),
    ("screening_cleared", (False,), (1, "yes", None)),
    ("schema", (1.0,), (True, 0, "1", 2)),
    ("schedule", (None,), ([], {}, {"sessions_per_week": 0, "weeks": 1})),
    ("schedule__weeks", (1, 52), (0, 53)),
    ("schedule__sessions_per_week", (1, 14), (15, 2.5)),
    ("progression", (None, {"every_sessions": 1}), ({}, {"add_min": 1})),
    ("progression__every_sessions", (1, 50), (0, 51)),
    ("progression__add_min", (0, 10), (-1, 11, 0.5)),
    ("progression__add_kmh", (0, 1), (-0.1, 1.1)),
    ("progression__add_incline_pct", (0, 5), (-1, 5.5)),
    # a profile may be stricter than the clinical table, never laxer
    ("stop_rules__pain_at_or_above", (1, 6), (0, 7)),
    ("stop_rules__pain_rise", (1, 2), (0, 3)),
    ("stop_rules__rpe_at_or_above", (7, 15), (6, 16)),
    ("plan", (), ({}, {"program": "low-bak"}, {"steps": []}, {"program": None}, None)),
    ("plan", (), ({"program": "low-back", "steps": [STEP]}, {"steps": [STEP] * 61})),
]
TAKEN = [(path, value) for path, good, _ in BOUNDS for value in good]
REFUSED = [(path, value) for path, _, bad in BOUNDS for value in bad]


@pytest.mark.parametrize(("path", "value"), TAKEN)
def test_a_value_on_the_very_bound_is_taken(path: str, value: Any) -> None:
    # The program, and the day of issue, must not be what refuses it.
    fit = {"plan__program": "easy-walk", "expires_on": "2027-02-22"}
    if path == "limits__max_kmh":
        fit = {"plan": {"steps": [{**STEP, "low_kmh": 0, "high_kmh": 0.01}]}}
    assert not faults(profile(**{**fit, path: value}))


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_a_value_beyond_is_refused_at_its_place(path: str, value: Any) -> None:
    found = faults(profile(**{path: value}))
    place = path.replace("__", ".")
    if path == "schema":
        place = "schema" if value is True else ""
    assert found
    assert all(fault.startswith(place) for fault in found), found
    assert all(";" in fault for fault in found), "each has its mend"


BROKEN = [
    ("expiry", profile(expires_on="2026-11-21"), "expires_on"),
    ("one-plan", profile(plan={}), "plan"),
    ("step-band", own({}, {"low_kmh": 1.7}), "plan.steps[1].low_kmh"),
    ("step-speed", own({"high_kmh": 2.1}), "plan.steps[0].high_kmh"),
    ("step-incline", own({}, {"incline_pct": 1}), "plan.steps[1].incline_pct"),
    ("steps-too-long", own({}, {"min": 9.5}), "plan.steps"),
    ("steps-too-short", own({"min": 0.9}), "plan.steps"),
    ("program-speed", profile(limits__max_kmh=1.5), "plan.program"),
    ("program-incline", profile(plan__program="ankle-uphill"), "plan.program"),
    ("program-minutes", profile(limits__max_session_min=9), "plan.program"),
]


def test_every_rule_is_tried() -> None:
    assert [name for name, _, _ in BROKEN] == [rule.id for rule in RULES]


@pytest.mark.parametrize(("name", "value", "place"), BROKEN)
def test_a_broken_rule_is_one_fault_at_its_place(
    name: str, value: dict[str, Any], place: str
) -> None:
    (found,) = faults(value)
    assert found.startswith(f"{place}: "), (name, found)
    in_bundle = faults(bundle(CONTRACT, {**value, "code": "P-2", "pin": "1111"}))
    assert in_bundle == [f"profiles[1].{found}"]


@pytest.mark.parametrize(
    "value",
    [
        own({}, {"min": 9}),
        own({"low_kmh": 2.0, "high_kmh": 2.0}),
        own({"min": 1}),
        profile(expires_on="2026-11-22"),
        profile(limits__max_kmh=1.6, limits__max_session_min=10),
        profile(plan__program="ankle-uphill", limits__max_incline_pct=7),
        # to a computer they last 15.000000000000002 minutes
        own({"min": 2.2}, {"min": 5.9}, {"min": 6.9}),
    ],
)
def test_a_rule_that_just_holds_is_no_fault(value: dict[str, Any]) -> None:
    assert not faults(value)


def test_a_place_that_is_not_there_breaks_no_rule() -> None:
    parts = {"expires_on": "2026-01-01", "plan": {"steps": [{"min": 99, "high_kmh": 9}]}}
    assert list(rules.broken(parts)) == []


def test_a_faulty_part_breaks_no_rule_as_well() -> None:
    assert len(faults(profile(limits__max_kmh=9))) == 1
    assert len(faults(profile(issued_on="2099-13-01"))) == 1
    assert len(faults(own({"min": 99}))) == 1
    assert len(faults(profile(plan={"program": "nope"}, limits__max_session_min=5))) == 1


def test_what_our_own_code_builds_keeps_the_rules_too() -> None:
    (found,) = read(encoded(CONTRACT)).profiles
    prescription = found.prescription()
    assert type(prescription) is Prescription
    with pytest.raises(ProfileError, match=r"plan\.program: walks at up to 1.6"):
        msgspec.structs.replace(
            prescription, limits=msgspec.structs.replace(prescription.limits, max_kmh=1.0)
        )
    with pytest.raises(DefinitionError, match="either program or steps"):
        msgspec.structs.replace(prescription, plan=Plan())


def test_a_prescription_has_no_pin_and_shows_no_name() -> None:
    (found,) = read(encoded(profile(display_name="Zaphod", note="Beeblebrox"))).profiles
    assert "pin" not in msgspec.to_builtins(found.prescription())
    for shown in (repr(found), repr([found.prescription()]), str(found.__rich_repr__())):
        assert "P-7F3K" in shown
        assert not any(word in shown for word in ("Zaphod", "Beeblebrox", "4821"))


def test_the_programs_are_those_that_ship() -> None:
    assert typing.get_args(ProgramId) == BUILT_IN == tuple(facts())
    assert facts()["low-back"] == {
        "shortest_min": 10,
        "default_min": 10,
        "max_kmh": 1.6,
        "cap_kmh": 2.4,
        "max_incline_pct": 0,
    }
