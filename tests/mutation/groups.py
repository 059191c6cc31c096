"""Which modules are mutated, and the tests that must notice: few and quick ones for each group."""

from __future__ import annotations

from typing import NamedTuple


class Group(NamedTuple):
    """Modules that one run mutates. ``helpers`` are files or folders that its tests need."""

    name: str
    mutated: tuple[str, ...]
    tests: tuple[str, ...]
    helpers: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """Whether a mutant, a function or a pattern of them is of this group."""
        modules = (path.removesuffix(".py").replace("/", ".") for path in self.mutated)
        return any(name.startswith(f"{module}.") for module in modules)


SAFETY = Group(
    "safety",
    ("hardware/interlock.py", "kiosk/session/machine.py", "kiosk/session/requests.py"),
    (
        "tests/hardware/test_interlock_table.py",
        "tests/hardware/test_interlock_pairs.py",
        "tests/hardware/test_interlock_grant.py",
        "tests/session/test_machine_table.py",
        "tests/session/test_machine_times.py",
        "tests/session/test_machine_stops.py",
        "tests/session/test_machine_walk.py",
        "tests/session/test_requests.py",
    ),
    ("tests/session/scene.py",),
)
BELT = Group(
    "belt",
    ("hardware/belt/protocol.py",),
    ("tests/hardware/test_protocol.py",),
    ("tests/hardware/belt_model.py", "tests/recordings/contract"),
)
SPEED = Group(
    "speed",
    ("hardware/belt/speed.py", "hardware/belt/rate.py"),
    ("tests/hardware/test_speed_exactly.py", "tests/hardware/test_rate.py"),
)
STORAGE = Group(
    "storage",
    (
        "kiosk/records/journal.py",
        "kiosk/records/chain.py",
        "kiosk/records/recovery.py",
        "kiosk/records/salvage.py",
    ),
    (
        "tests/records/test_records_journal.py",
        "tests/records/test_records_chain.py",
        "tests/records/test_records_salvage.py",
    ),
    ("tests/records/sessions.py",),
)
DISK = Group(
    "disk",
    ("kiosk/records/files.py", "kiosk/records/storage.py", "kiosk/records/sealed.py"),
    (
        "tests/records/test_records_files.py",
        "tests/records/test_records_storage.py",
        "tests/records/test_records_append.py",
        "tests/records/test_records_sealed.py",
    ),
    ("tests/records/disk.py",),
)
LOG = Group(
    "log",
    ("kiosk/records/log.py", "kiosk/records/months.py", "kiosk/records/index.py"),
    (
        "tests/records/test_records_index_exactly.py",
        "tests/records/test_records_months.py",
        "tests/records/test_records_mended.py",
        "tests/records/test_records_log.py",
    ),
    ("tests/records/sessions.py", "tests/records/in_months.py", "tests/records/disk.py"),
)
READER = Group(
    "reader",
    ("kiosk/records/reader.py",),
    ("tests/records/test_records_reader.py",),
    ("tests/records/sessions.py", "tests/records/in_months.py"),
)
KEEPING = Group(
    "keeping",
    ("kiosk/records/clerk.py", "kiosk/records/running.py", "kiosk/records/folder.py"),
    (
        "tests/records/test_records_keeping.py",
        "tests/records/test_records_waiting.py",
        "tests/records/test_records_clerk.py",
    ),
    (
        "tests/records/sessions.py",
        "tests/records/bench.py",
        "tests/records/disk.py",
    ),
)
TELLING = Group(
    "telling",
    ("kiosk/records/questions.py", "kiosk/records/health.py", "kiosk/records/trace.py"),
    (
        "tests/records/test_records_questions.py",
        "tests/records/test_records_health.py",
        "tests/records/test_records_trace.py",
    ),
    ("tests/records/sessions.py", "tests/records/disk.py"),
)
GROUPS = (SAFETY, BELT, SPEED, STORAGE, DISK, LOG, READER, KEEPING, TELLING)


def chosen(arguments: list[str]) -> list[tuple[Group, list[str]]]:
    """The groups that arguments name, each with its patterns; no patterns is all of a group.

    Raises ``ValueError`` for what names no group.
    """
    if not arguments:
        return [(group, []) for group in GROUPS]
    found: dict[str, list[str]] = {}
    for argument in arguments:
        group = next((one for one in GROUPS if one.name == argument or one.holds(argument)), None)
        if group is None:
            names = ", ".join(one.name for one in GROUPS)
            raise ValueError(f"{argument}: neither a group ({names}) nor a mutant of one")
        if argument != group.name:
            found.setdefault(group.name, []).append(argument)
        else:
            found[group.name] = found.get(group.name, [])
    return [(one, found[one.name]) for one in GROUPS if one.name in found]
