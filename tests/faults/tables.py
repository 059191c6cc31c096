"""What is held state by state, limit by limit and call by call: the exact tests, each as a case.

No process can be brought into every state in a quarter of an hour. These tests have each rule, each
bound and each order of writes by its name, in no real time, and so that any change of them shows;
here they are run as faults, so that ``make faults`` tells of each.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tests.faults.frame import Case, Lab, NotRun, Part, done

ROOT = Path(__file__).parents[2]


class Told(NamedTuple):
    """How a test ended: ``lost`` or ``left_out`` has the reason, where it did not pass."""

    name: str
    lost: str = ""
    left_out: str = ""


def tests_in(*patterns: str) -> Callable[[Lab], Iterator[Case]]:
    """Return a case for each test of these files."""

    def cases(lab: Lab) -> Iterator[Case]:
        ends = _run(lab, sorted(path for one in patterns for path in ROOT.glob(one)))
        for end in ends:

            def tried(_dice: random.Random, end: Told = end) -> None:
                if end.left_out:
                    raise NotRun(end.left_out)
                assert not end.lost, end.lost

            yield Case(end.name, tried)

    return cases


def _run(lab: Lab, files: list[Path]) -> list[Told]:
    report = lab.new_folder("tests", in_memory=True) / "report.xml"
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = done(
        [*command, f"--junitxml={report}", *files],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    # 0 and 1 are an end: all passed, or some failed. Anything else has tried nothing for sure.
    assert ran.returncode in (0, 1), f"pytest ended with {ran.returncode}: {ran.stdout[-300:]}"
    ends = [_told(one) for one in ElementTree.parse(report).iter("testcase")]
    assert ends, "there is no test"
    seen: Counter[str] = Counter()
    named = []
    for end in ends:
        seen[end.name] += 1
        more = f".{seen[end.name]}" if seen[end.name] > 1 else ""
        named.append(end._replace(name=end.name + more))
    return named


def _told(one: ElementTree.Element) -> Told:
    file = one.get("classname", "").rpartition(".")[2].removeprefix("test_")
    words = re.sub(r"[^A-Za-z0-9]+", "-", one.get("name", "").removeprefix("test_")).strip("-")
    name = f"{file}.{words}" if file else words
    for kind in ("failure", "error"):
        found = one.find(kind)
        if found is not None:
            return Told(name, lost=found.get("message") or kind)
    left_out = one.find("skipped")
    if left_out is not None:
        return Told(name, left_out=left_out.get("message") or "it was skipped")
    return Told(name)


PARTS = [
    Part(
        6,
        "exact",
        "which speed follows from which frames, to the last digit, and what the port bears",
        tests_in(
            "tests/hardware/test_speed*.py",
            "tests/hardware/test_plausibility.py",
            "tests/hardware/test_rate.py",
            "tests/hardware/test_port.py",
        ),
        slow=True,
    ),
    Part(
        1,
        "update",
        "an update: power lost on a card that keeps no order, what is taken, tried and kept",
        tests_in("tests/upkeep/test_updater_[bip]*.py", "tests/upkeep/test_upkeep_trial.py"),
        slow=True,
    ),
    Part(
        1,
        "restore",
        "a restore: power lost at each call of it and of its swap, and what stays this machine's",
        tests_in("tests/upkeep/test_restore_*.py"),
        slow=True,
    ),
    Part(
        1,
        "mended",
        "months that are kept, missed, damaged and mended; power lost at each call of that",
        tests_in(
            "tests/records/test_records_mended.py",
            "tests/records/test_records_months.py",
            "tests/records/test_records_keeping.py",
            "tests/records/test_records_salvage.py",
        ),
        slow=True,
    ),
    Part(
        8,
        "rules",
        "each rule of the interlock, in each state, and any two causes at once",
        tests_in("tests/hardware/test_interlock_[gpt]*.py"),
        slow=True,
    ),
    Part(
        8,
        "wires",
        "what pins, frames and the site's settings mean, one by one",
        tests_in(
            "tests/hardware/test_panel*.py",
            "tests/hardware/test_core*.py",
            "tests/hardware/test_protocol.py",
            "tests/hardware/test_guard_settings.py",
            "tests/kiosk/test_config.py",
        ),
        slow=True,
    ),
    Part(
        8,
        "session",
        "each rule and each time of the session, in each of its phases",
        tests_in(
            "tests/session/test_machine_[stw]*.py",
            "tests/session/test_requests.py",
            "tests/session/test_controller.py",
            "tests/kiosk/test_engine.py",
            "tests/kiosk/test_pulse.py",
            "tests/preferences/test_preferences_agreeing.py",
        ),
        slow=True,
    ),
    Part(
        8,
        "link",
        "strange, deaf, silent or too many kiosks at the guard's link, and its loop, pass by pass",
        tests_in(
            "tests/hardware/test_link_server.py",
            "tests/hardware/test_guard_loop.py",
            "tests/hardware/test_guard_sockets.py",
        ),
        slow=True,
    ),
    Part(
        8,
        "proof",
        "the daily test, the calibration, service mode: what counts, how long, and when it is due",
        tests_in("tests/care/test_care_[dmp]*.py"),
        slow=True,
    ),
    Part(
        9,
        "ends",
        "a real guard that is told to end, killed, hung; what its service says and does then",
        tests_in("tests/hardware/test_guard_process.py", "tests/image/test_services.py"),
        slow=True,
    ),
    Part(
        11,
        "cut",
        "a stick's power lost at each call of an export, and what is found on it",
        tests_in("tests/export/test_export_power.py"),
        slow=True,
    ),
    Part(
        12,
        "bounds",
        "each bound of a profile at its value and beyond",
        tests_in("tests/profiles/test_profile_model.py", "tests/profiles/test_profile_reading.py"),
        slow=True,
    ),
    Part(
        12,
        "walked",
        "who may walk a profile, for how long they are known, and what an import leaves of it",
        tests_in("tests/therapy/test_patrons.py", "tests/profiles/test_profile_library.py"),
        slow=True,
    ),
    Part(
        12,
        "steps",
        "what the next step of a profile may be, and what holds it",
        tests_in("tests/profiles/test_profile_progression.py"),
        slow=True,
    ),
    Part(
        13,
        "exact",
        "each rule of PINs and their locks, by a clock that is turned",
        tests_in(
            "tests/kiosk/test_pins.py",
            "tests/therapy/test_tries.py",
            "tests/staff/test_forgotten.py",
        ),
        slow=True,
    ),
    Part(
        10,
        "exact",
        "which clock is believed after which restart",
        tests_in("tests/kiosk/test_clock.py"),
        slow=True,
    ),
]
