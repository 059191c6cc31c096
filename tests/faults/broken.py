"""Group 3: files that are truncated, empty, full of NULs or flipped, found at the start.

Whatever was damaged: the kiosk starts, the damaged bytes still lie somewhere, what was set aside
is named for the staff, and everything that was not damaged is served.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyrage

from kiosk import identity
from kiosk.care.keeping import Keeping
from kiosk.care.measuring import Measure
from kiosk.care.model import Due
from kiosk.care.proof import Proof
from kiosk.clock import WallClock
from kiosk.deck import Deck
from kiosk.export import clinic
from kiosk.export.errors import KeyUnusable as ClinicKeyUnusable
from kiosk.export.numbers import Numbers
from kiosk.library import library_of
from kiosk.lockout import Clock
from kiosk.pins import Pins
from kiosk.preferences.kept import Kept
from kiosk.records.store import Store
from kiosk.therapy.compose import TRIES
from kiosk.therapy.tries import ProfileTries
from kiosk.upkeep.health import findings, keep_health
from profiles.errors import KeyUnusable
from profiles.kiosk_key import KioskKey
from profiles.saying import Saying
from tests.faults.frame import Case, Lab, Part
from tests.faults.kiosks import walk
from tests.kiosk.live import LiveKiosk
from tests.profiles.written import bundle, profile, taken
from tests.records.sessions import head, record, rows, so_far, trace_kept

SESSIONS = {"s-0", "s-1", "s-2", "s-3"}
SETTINGS = {"cap_kmh": 3.0, "language": "de"}
CODES = {"P-7F3K", "P-2"}
PIN = "9274"
INCLINE_PCT = 7.0
A_SECOND = [{"name": "main", "s": 1, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}]
FILES = (
    *("log/2026-11.json", "log/2026-11.json.bak", "log/head.json", "log/2026-11.index"),
    *("journal/s-open.jsonl", "traces/s-1.csv", "charts/s-1.json", "kiosk_id", "lock"),
    *("profiles/profiles.json", "settings/preferences.json", "settings/pins.json"),
    *("settings/clock.json", "settings/profile-tries.json", "care/proofs.jsonl"),
    *("settings/exports.json", "settings/profile-key", "settings/clinic.json"),
    *("care/calibrations.jsonl", "health.json", "kiosk_id.bak", "log/head.json.bak"),
    *("profiles/profiles.json.bak", "settings/preferences.json.bak", "settings/pins.json.bak"),
    *("settings/exports.json.bak", "settings/clinic.json.bak", "deck.json"),
)
"""All there are, but of those of which there are several one. The clock, the tries at profiles, the
deck and the health have no generation before: the older one would say what holds no more."""
SINGLE = {
    "kiosk_id", "profiles/profiles.json", "settings/preferences.json", "settings/pins.json",
    "settings/clock.json", "settings/profile-tries.json", "care/proofs.jsonl",
    "settings/exports.json", "deck.json",
}  # fmt: skip
"""Nothing else than these files (and their generations) says what stands in them."""
BOOKS = {"care/proofs.jsonl"}
"""Only ever added to: a damaged line stays where it stands, and is nobody's passed test."""
KEYS = {"settings/profile-key", "settings/clinic.json"}
"""A damaged one opens and closes nothing, says so to whoever needs it, and stays where it is."""
UNUSABLE = "unusable"
REMAKES = {"log/2026-11.index", "charts/s-1.json", "lock", "health.json"}
"""Made anew from others, or empty: nothing of them has to be kept."""


SIMULATED = {
    "settings/preferences.json": "settings/preferences-simulated.json",
    "settings/pins.json": "settings/pins-simulated.json",
    "settings/clock.json": "settings/clock-simulated.json",
}
"""What a kiosk in simulation reads instead."""
MEASURE = Measure(mm=5.1, counts=1200, first=1201)
THIS_START = ("boot-1", "0.1.0")
ROWS = 5
"""Of the session that was still open."""
EXPORTS = 3
"""So many exports of this name there were."""


def _empty(_content: bytes, _dice: random.Random) -> bytes:
    return b""


def _cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content))] if content else b""


def _nuls(content: bytes, dice: random.Random) -> bytes:
    start = dice.choice([0, dice.randrange(len(content) + 1)])
    return content[:start] + b"\0" * max(16, len(content) - start)


def _flipped(content: bytes, dice: random.Random) -> bytes:
    if not content:
        return b"\x01"
    made = bytearray(content)
    for _ in range(dice.choice([1, 1, 2, 20])):
        made[dice.randrange(len(made))] ^= 1 << dice.randrange(8)
    return bytes(made)


def _unsealed(content: bytes, dice: random.Random) -> bytes:
    """One bit of the word that says where the file's hash stands, so that it seems to have none."""
    for word in (b"checksum", b"sha256"):
        if word in content:
            return content.replace(word, bytes([word[0] ^ 1]) + word[1:], 1)
    return _flipped(content, dice)


def _garbage(content: bytes, dice: random.Random) -> bytes:
    return dice.randbytes(max(8, len(content)))


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "empty": _empty,
    "truncated": _cut,
    "nuls": _nuls,
    "flipped": _flipped,
    "unsealed": _unsealed,
    "garbage": _garbage,
}
TIMES = {"empty": 1, "truncated": 6, "nuls": 3, "flipped": 12, "unsealed": 1, "garbage": 1}


def filled(data: Path) -> None:
    """A data folder with something in every file."""
    taken(data, profile(), bundle(profile(code="P-2", pin="1111")))  # twice: a generation before
    identity.kiosk_id(data)
    for half in ("s-0", "s-1"), ("s-2", "s-3"):  # twice, so that there is a generation before
        store = Store(data, on_death=_died, min_free_bytes=0)
        store.start()
        for name in half:
            store.begin(head(name))
            store.append(rows(0, 10), None)
            store.close(record(name)).result(20)
        store.stop()
    store = Store(data, on_death=_died, min_free_bytes=0)
    store.start()
    store.begin(head("s-open"))
    store.append(rows(0, ROWS), so_far("s-open", 1.0))
    store.stop()
    Kept(data, simulated=False).write(SETTINGS)
    Pins(data, simulated=False).set_first("staff", PIN)
    clock = WallClock(data, simulated=True)
    clock.set(datetime(2026, 11, 23, 10, tzinfo=UTC))
    shutil.move(data / "settings" / "clock-simulated.json", data / "settings" / "clock.json")
    ProfileTries(data / TRIES, Clock()).begin("sam")
    for _ in range(EXPORTS):
        Numbers(data).take("today", 1)
    for stage in "passed", "failed":
        Keeping(data, clock, every_h=lambda: 24, simulated=False).keep_proof(Proof(stage))
    Keeping(data, clock, every_h=lambda: 24, simulated=False).keep_measure(MEASURE)
    KioskKey(data / "settings").public()
    for _ in range(2):
        public = data.with_name("clinic.pub")
        public.write_text(str(pyrage.x25519.Identity.generate().to_public()))
        clinic.take(public, data)
        public.unlink()
    keep_health(data, *THIS_START)
    Deck(data, _at_once, simulated=False).keep(INCLINE_PCT)


def _at_once(job: Callable[[], None]) -> Future[None]:
    done: Future[None] = Future()
    done.set_result(job())
    return done


def _died(error: BaseException) -> None:
    raise AssertionError(f"the store's thread died: {error!r}")


class Started(NamedTuple):
    """What a start came to."""

    sessions: set[str]
    faults: list[str]
    health: Any
    settings: dict[str, Any]
    profiles: set[str]
    pins: list[str]
    proof: Due
    keys: dict[str, str]
    deck_pct: float | None
    is_well: bool
    """What ``sternway health`` says of this version, before this start says so itself."""


def start(data: Path) -> Started:
    """Open everything as the kiosk's start does, and walk once."""
    store = Store(data, on_death=_died, min_free_bytes=0)
    store.start()
    told: list[Saying] = []
    try:
        identity.kiosk_id(data)
        kept = Kept(data, simulated=False)
        settings = kept.load()
        pins = Pins(data, simulated=False)
        clock = WallClock(data, simulated=False)
        ProfileTries(data / TRIES, Clock()).left()
        keeping = Keeping(data, clock, every_h=lambda: 24, simulated=False)
        proof = keeping.due
        keeping.keep_measure(MEASURE)
        is_well = next(findings(data, *THIS_START, lambda: True)).good
        keep_health(data, *THIS_START)
        library = library_of(data, on_fault=told.append)
        codes = {one.code for one in library.all()}
        assert Numbers(data).take("today", 1) > EXPORTS, "a number is given twice"
        store.begin(head("s-new"))
        store.close(record("s-new")).result(20)
        sessions = {one["session_id"] for one in store.last_sessions(20).result(20)}
        faults = [str(one) for one in (*store.faults(), *told, *library.faults)]
        faults += [f"settings: {name}" for name in kept.set_aside()]
        pin_words = [str(one) for one in pins.fault()]
        health = store.health()
        keys = {"settings/profile-key": _key(data), "settings/clinic.json": _clinic_key(data)}
        deck_pct = Deck(data, _at_once, simulated=False).pct
        return Started(
            *(sessions, faults, health, settings, codes, pin_words, proof, keys, deck_pct, is_well)
        )
    finally:
        store.stop()


def _key(data: Path) -> str:
    try:
        return KioskKey(data / "settings").public()
    except KeyUnusable:
        return UNUSABLE


def _clinic_key(data: Path) -> str:
    try:
        return clinic.load(data) or "none"
    except ClinicKeyUnusable:
        return UNUSABLE


def judge(
    data: Path,
    name: str,
    content: bytes,
    whole: bytes,
    found: Started,
    whole_keys: dict[str, str],
) -> None:
    """Hold a start on a damaged file against what it must serve, keep and tell."""
    assert found.health is None, found.health
    assert "s-new" in found.sessions, "the next session was not kept"
    aside = list(data.rglob("*.broken-*"))
    for one in aside:
        assert any(one.name in text for text in again(data)), f"{one.name} is not named"
    if name in SINGLE and content != whole:
        judge_single(data, name, content, whole, found)
    elif name not in REMAKES and content != whole:
        everywhere = [path.read_bytes() for path in data.rglob("*") if path.is_file()]
        kept = any(content in other for other in everywhere) or not content.strip()
        # A journal that was cut off is a true beginning; a line of it that is damaged is kept.
        if name.startswith("journal"):
            # So is one whose rest was never written: a lost power leaves NULs there.
            torn = content.rstrip(b"\0")
            harmless = whole.startswith(torn)
            if harmless and (lines := torn.count(b"\n")):
                # Its first line is its head, the second has the rows.
                assert "s-open" in found.sessions, "a true beginning is not served"
                rows_kept = len(trace_kept(data, "s-open"))
                assert rows_kept == (ROWS if lines > 1 else 0), f"{rows_kept} rows"
        else:
            harmless = found.sessions >= SESSIONS | {"s-open"} and not name.startswith("traces")
        assert kept or harmless, "what was damaged lies nowhere any more"
    if not name.startswith(("log/", "journal/")):
        assert found.sessions >= SESSIONS | {"s-open"}
    if name.startswith("journal"):
        assert found.sessions >= SESSIONS
    if name.startswith("log/"):
        missing = (SESSIONS | {"s-open"}) - found.sessions
        assert not missing or found.faults, f"{missing} are gone and nothing is said"
        assert "s-open" in found.sessions
    if not name.startswith("settings/preferences"):
        assert found.settings == SETTINGS
    assert found.settings == SETTINGS, "one generation of the settings was whole"
    if name != "profiles/profiles.json":
        assert found.profiles == CODES
    assert found.profiles == CODES or found.faults, "profiles are gone and nothing is said"
    if name != "settings/pins.json":
        assert not found.pins
    # Damaged it is not known, and asked about; it is never level on the word of a damaged file.
    assert found.deck_pct == INCLINE_PCT or (name == "deck.json" and found.deck_pct is None)
    for key, used in found.keys.items():
        assert used == whole_keys[key] or (name == key and used == UNUSABLE), f"{key} became {used}"
    if name in KEYS or name == "care/calibrations.jsonl":
        assert (data / name).read_bytes().startswith(content), "it was overwritten"
    known = name != "health.json" or meaning(name, content) == meaning(name, whole)
    assert found.is_well == known, "it is well, or is not, on the word of a damaged file"


def judge_single(data: Path, name: str, content: bytes, whole: bytes, found: Started) -> None:
    """It means what it meant, or its very bytes were set aside and the staff is told of that."""
    if (was := meaning(name, content)) is not None and was == meaning(name, whole):
        return
    path = data / name
    if name in BOOKS:
        assert path.read_bytes() == content, "a book was overwritten"
        # Cut off between two lines it is the book of before, which nobody can see.
        of_before = content.endswith(b"\n") and whole.startswith(content)
        assert found.proof.overdue or of_before, "the failed test is gone"
        known = found.proof.failed or found.proof.unread or not content
        assert known or of_before, "nothing is said of it"
        return
    aside = [
        one for one in path.parent.glob(f"{path.name}.broken-*") if one.read_bytes() == content
    ]
    assert aside, f"{content[:60]!r} was not set aside; now {_now(path)[:60]!r}"
    told = [*found.faults, *found.pins, *again(data)]  # some of it is named from the next start on
    assert any(one.name in text for one in aside for text in told), f"it is not named: {told}"


def meaning(name: str, content: bytes) -> object:
    """What a file says; None for one that says nothing."""
    try:
        if name == "kiosk_id":
            return content.decode("ascii").splitlines()[:1] or None
        lines = content.splitlines() if name.endswith("l") else [content]
        return [msgspec.json.decode(line) for line in lines] or None
    except (ValueError, msgspec.MsgspecError):
        return None


def _now(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b"nothing"


def again(data: Path) -> list[str]:
    """Return what the start after it tells the staff."""
    found = start(data)
    return [*found.faults, *found.pins]


def damaged(lab: Lab) -> Iterator[Case]:
    def make() -> Path:
        data = lab.new_folder("whole", in_memory=True) / "data"
        filled(data)
        return data

    template = lab.once(make)
    keys = lab.once(lambda: start(_copy(lab, template())).keys)
    wanted = [
        (name, kind, number) for name in FILES for kind in DAMAGES for number in range(TIMES[kind])
    ]
    for name, kind, number in lab.some(wanted, 15):

        def damage(dice: random.Random, name: str = name, kind: str = kind) -> None:
            data = _copy(lab, template())
            path = data / name
            whole = path.read_bytes()
            content = DAMAGES[kind](whole, dice)
            path.write_bytes(content)
            judge(data, name, content, whole, start(data), keys())
            lab.forget(data.parent)

        yield Case(f"{name.replace('/', ':')}.{kind}.{number}", damage)


def _copy(lab: Lab, template: Path) -> Path:
    data = lab.new_folder("damaged", in_memory=True) / "data"
    shutil.copytree(template, data)
    return data


def whole_kiosk(lab: Lab) -> Iterator[Case]:
    """The real kiosk, with every file damaged at once in the same way."""

    def make() -> Path:
        folder = lab.new_folder("whole-kiosk")
        filled(folder / "data")
        for name, simulated in SIMULATED.items():
            shutil.copy(folder / "data" / name, folder / "data" / simulated)
        return folder

    template = lab.once(make)
    for kind in lab.some(list(DAMAGES), 1):

        def damage(dice: random.Random, kind: str = kind) -> None:
            folder = lab.new_folder("damaged-kiosk")
            shutil.copytree(template() / "data", folder / "data")
            for name in (*FILES, *SIMULATED.values()):
                path = folder / "data" / name
                path.write_bytes(DAMAGES[kind](path.read_bytes(), dice))
            one = LiveKiosk(folder)
            try:
                one.ready()
                walk(one, A_SECOND, after_fault=True)
                one.wait(lambda: one.journal_has("finishing"), 10, "the walk was not finished")
                assert "Traceback" not in one.printed(), one.printed()[-2000:]
            finally:
                one.close()
            aside = [one.name for one in (folder / "data").rglob("*.broken-*")]
            for name in ("preferences-simulated.json", "clock-simulated.json"):
                found = [one for one in aside if one.startswith(name)]
                assert found, f"{name} was not set aside; {aside} were"

        yield Case(kind, damage)


PARTS = [
    Part(3, "files", "each file of the data folder damaged in each way, then a start", damaged),
    Part(
        3,
        "kiosk",
        "all files damaged at once, and the real kiosk started on them",
        whole_kiosk,
        slow=True,
    ),
]
