"""Are the page and the kiosk of one mind? About any file, about names, and about the weeks."""

from __future__ import annotations

import base64
import itertools
import json
import random
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from profiles.names import name_key, typeable
from profiles.profile import Prescription
from profiles.progression import outlook
from profiles.reading import read
from profiles.state import State
from tests.profiles.editor.conftest import Editor
from tests.profiles.mutated import files
from tests.profiles.written import STEP, bundle, encoded, profile

AT_ONCE = 100


def judged(editor: Editor, contents: list[bytes]) -> Iterator[list[str]]:
    """The paths of the faults that the page finds in each file."""
    for start in range(0, len(contents), AT_ONCE):
        part = [base64.b64encode(one).decode() for one in contents[start : start + AT_ONCE]]
        yield from editor.browser.run(
            f"{json.dumps(part)}.map((one) => sternway.judge("
            "Uint8Array.from(atob(one), (char) => char.charCodeAt(0))).faults.map((f) => f.path))"
        )


def test_hundreds_of_mutated_files_get_the_same_verdict(editor: Editor) -> None:
    contents = list(files(900, seed=20261125))
    sound = 0
    for content, paths in zip(contents, judged(editor, contents), strict=True):
        reading = read(content)
        sound += not reading.faults
        assert bool(paths) == bool(reading.faults), (content[:2000], paths, reading.faults)
    assert 100 < sound < 800


def single_faults() -> Iterator[bytes]:
    """Files with a value of every kind in every place: what is wrong has one place."""
    values: list[Any] = [None, True, 0, -1, 2.5, 61, "", "x", [], {}, 1e308, "2026-02-30"]
    for kind in (profile(), profile(plan={"steps": [STEP]})):
        for key in kind:
            for value in values:
                yield encoded({**kind, key: value})
            yield encoded({one: kind[one] for one in kind if one != key})
        for part in ("limits", "schedule", "progression", "stop_rules"):
            for key in kind[part]:
                for value in values:
                    yield encoded({**kind, part: {**kind[part], key: value}})
        for key in STEP:
            for value in values:
                yield encoded({**kind, "plan": {"steps": [STEP, {**STEP, key: value}]}})


def test_faults_have_the_kiosks_paths(editor: Editor) -> None:
    contents = list(single_faults())
    assert len(contents) > 700
    for content, paths in zip(contents, judged(editor, contents), strict=True):
        expected = {fault.path for fault in read(content).faults}
        assert set(paths) == expected, (content, paths, expected)


def test_a_bundle_with_twins_gets_the_same_verdict(editor: Editor) -> None:
    names = [
        "Sam",
        "sám x",
        "SAM",
        "Ada",
        "Straße",
        "STRASSE",
        "\u0130d",
        "id",
        "  Sam",
        "ΣΟΣ",
        "σος",
        "Søren",
        "SOREN",
        "D\u2019Arcy",
        "darcy",
    ]
    pairs = list(itertools.product(names, repeat=2))
    contents = [
        encoded(bundle(profile(display_name=one), profile(code=code, display_name=other, pin=pin)))
        for (one, other), (code, pin) in itertools.product(
            pairs, [("P-2", "4821"), ("P-7F3K", "1"), ("P-2", "1111"), ("P-7F3K", "1111")]
        )
    ]
    for content, paths in zip(contents, judged(editor, contents), strict=True):
        assert set(paths) == {fault.path for fault in read(content).faults}, content


def test_names_are_compared_as_on_the_kiosk(editor: Editor) -> None:
    chance = random.Random(7)
    alphabet = [chr(i) for i in (*range(0x20, 0x250), *range(0x300, 0x3D0), *range(0x900, 0x980))]
    alphabet += [
        "ﬁ",
        "ẞ",
        "ß",
        "İ",
        "\u0131",
        "ǰ",
        "\u00a0",
        "\u3000",
        "가",
        "\u1100",
        "ｱ",
        "\u0345",
    ]
    # Of control characters, which no name may hold, the two take different ones for spaces.
    alphabet = [
        char for char in alphabet if char.isprintable() or (char.isspace() and char != "\x85")
    ]
    folded = [*"øłđðþæœ\u0131ħŧØŁĐÐÞÆŒIĦŦǾǼ", *"ab- \u0301"]
    folded += "'\u2019\u02bc\u2018`\u00b4.\u1fef\u1ffd"
    names = ["".join(chance.choices(alphabet, k=chance.randrange(1, 9))) for _ in range(2000)]
    names += ["".join(chance.choices(folded, k=chance.randrange(9))) for _ in range(2000)]
    names += ["x" * 24, "x" * 25, "x" * 23 + "æ", "Anne-Marie", "\u13a0\uab70", "7", "-", "a_b"]
    compared(editor, names)


def test_every_letter_is_folded_as_on_the_kiosk(editor: Editor) -> None:
    """Each that this Python knows, alone and in a name: whatever its script is."""
    known = (chr(i) for i in range(0x20, 0x110000))
    names = [char for char in known if unicodedata.category(char) not in {"Cn", "Cc", "Co", "Cs"}]
    assert len(names) > 100_000
    for start in range(0, len(names), 20_000):
        compared(editor, names[start : start + 20_000])
    compared(editor, [f"A{char}b" for char in names if unicodedata.decomposition(char)])


def compared(editor: Editor, names: list[str]) -> None:
    found = editor.browser.run(
        f"{json.dumps(names)}.map((one) => [sternway.nameKey(one), sternway.typeable(one)])"
    )
    expected = [[name_key(name), typeable(name)] for name in names]
    different = [
        (name, mine, theirs)
        for name, mine, theirs in zip(names, found, expected, strict=True)
        if mine != theirs
    ]
    assert different == []


def weeks_of(prescription: Prescription) -> list[tuple[float, float, float, float]]:
    """The sessions as the kiosk would lead them: all completed, each step accepted at once."""
    assert prescription.schedule is not None
    often, state = prescription.schedule.sessions_per_week, State()
    records: list[dict[str, Any]] = []
    found = []
    for i in range(often * prescription.schedule.weeks):
        offset = i // often * 7 + (i % often) * 7 // often
        day = prescription.issued_on + timedelta(days=offset)
        if day > prescription.expires_on:
            break
        now = outlook(prescription, state, records, day)
        if now.proposal is not None:
            state = now.proposal.state
            now = outlook(prescription, state, records, day)
        walk = now.walk
        found.append((walk.minutes, walk.low_kmh, walk.high_kmh, walk.incline_pct))
        records.append(
            {
                "seq": i + 1,
                "profile_code": prescription.code,
                "profile_version": prescription.version,
                "started_at": f"{day.isoformat()}T10:00:00Z",
                "outcome": "completed",
            }
        )
    return found


def prescriptions(count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(11)
    programs = {"easy-walk": 0, "low-back": 0, "big-toe": 0, "ankle-uphill": 7, "ankle-level": 0}
    for _ in range(count):
        made = profile(schedule={"sessions_per_week": chance.choice((1, 2, 3, 5, 7, 10, 14))})
        made["schedule"]["weeks"] = chance.choice((1, 3, 6, 12))
        made["progression"] = {
            "every_sessions": chance.choice((1, 2, 3, 5)),
            "add_min": chance.choice((0, 1, 2, 10)),
            "add_kmh": chance.choice((0, 0.05, 0.1, 0.33, 1)),
            "add_incline_pct": chance.choice((0, 0.5, 2)),
        }
        program = chance.choice(list(programs))
        made["limits"] = {
            "max_kmh": chance.choice((2.0, 2.4, 3.7)),
            "max_incline_pct": chance.choice((7, 8.5, 10)),
            "max_session_min": chance.choice((10, 12, 20, 60)),
        }
        made["plan"] = {"program": program}
        if chance.random() < 0.4:
            steps = [
                {"name": "a", "min": 2, "low_kmh": 0.8, "high_kmh": 1.2},
                {**STEP, "min": chance.choice((2, 3.3, 6.7)), "incline_pct": 1.5},
                {"name": "b", "min": 1.1, "low_kmh": 0.8, "high_kmh": 1.0},
            ]
            made["plan"] = {"steps": steps}
        made["expires_on"] = str(date(2026, 11, 22) + timedelta(days=chance.choice((10, 60, 90))))
        yield made


def test_the_weeks_are_those_of_the_kiosk(editor: Editor) -> None:
    made = list(prescriptions(120))
    found = editor.browser.run(
        f"{json.dumps(made)}.map((one) => sternway.course(one).sessions.map((s) =>"
        " [s.minutes, s.low_kmh, s.high_kmh, s.incline_pct]))"
    )
    risen = 0
    for one, sessions in zip(made, found, strict=True):
        (sound,) = read(encoded(one)).profiles
        expected = weeks_of(sound.prescription())
        risen += expected[0] != expected[-1]
        assert len(sessions) == len(expected)
        for mine, theirs in zip(sessions, expected, strict=True):
            assert all(abs(a - b) < 1e-6 for a, b in zip(mine, theirs, strict=True)), one
    assert risen > 40
