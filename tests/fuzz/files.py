"""Files that people bring or edit: recordings, profiles, settings, updates."""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import json
import math
import os
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from kiosk.config import ConfigError, Settings, load_settings
from kiosk.recording import PINS, Input, RecordingError, read
from kiosk.upkeep.updater import bundle, manifest, signature
from kiosk.upkeep.updater.words import UpdateError
from profiles import reading
from profiles.importer import MOST_FILE_BYTES, read_file
from profiles.planned import walk_of
from profiles.profile import Profile
from profiles.state import State
from tests.fuzz import changes
from tests.fuzz.target import ROOT, SHELF, Break, Target, in_memory
from tests.profiles.mutated import SAMPLES


@functools.cache
def shelf() -> Path:
    """A folder of this process alone: the one it was given, or one that goes with it."""
    if given := os.environ.get(SHELF):
        return Path(given)
    made = tempfile.TemporaryDirectory(prefix="sternway-fuzz-", dir=in_memory())
    _shelves.append(made)
    return Path(made.name)


_shelves: list[Any] = []


def lying(data: bytes, name: str) -> Path:
    """The bytes as a file."""
    path = shelf() / name
    path.write_bytes(data)
    return path


# ---- recording -----------------------------------------------------------------------------------


def recording_is_read(data: bytes) -> None:
    """A recording is refused with ``RecordingError``, or read, and written anew is the same."""
    try:
        config, inputs = read(lying(data, "recording.jsonl"))
        items = list(inputs)
    except RecordingError as error:
        assert "\n" not in str(error), "what is wrong is not one line"
        return
    assert 0.5 <= config.mm_per_count <= 20.0
    assert 0.0 < config.site_cap_kmh <= 5.0
    assert all(0 <= one.t_ns <= 1e15 for one in items)
    assert all(a.t_ns <= b.t_ns for a, b in itertools.pairwise(items)), "time goes back"
    assert all(one.pin is None or one.pin in PINS for one in items)
    header = {"sternway": "recording", "version": 1, "config": msgspec.to_builtins(config)}
    lines = [header, *map(line_of, items)]
    again = b"\n".join(map(msgspec.json.encode, lines)) + b"\n"
    config_again, inputs_again = read(lying(again, "again.jsonl"))
    assert (config_again, list(inputs_again)) == (config, items)


def line_of(item: Input) -> dict[str, Any]:
    """The line of an input."""
    if item.action is not None:
        return dict(msgspec.to_builtins(item.action))
    if item.belt is not None:
        return {"t": item.t_ns / 1e9, "belt": item.belt.decode("latin-1")}
    return {"t": item.t_ns / 1e9, "pin": item.pin, "level": int(item.level)}


def recordings() -> Iterator[bytes]:
    """Beginnings and ends of the tests' recordings."""
    for path in sorted((ROOT / "tests/recordings").glob("*.jsonl"))[::4]:
        if "script" in path.name:
            continue
        lines = path.read_bytes().splitlines(keepends=True)
        told = [line for line in lines if b'"belt"' not in line]
        yield b"".join([*told[:12], *lines[1:6], lines[-1]])[:3000]
    yield b'{"sternway": "recording", "version": 1}\n'


RECORDING = Target(
    "recording",
    recording_is_read,
    recordings,
    changes.json_lines,
    (
        Break(
            "time may go back",
            "kiosk/recording.py",
            "if item.t_ns < last_ns:",
            "if False:",
        ),
        Break(
            "any pin will do",
            "kiosk/recording.py",
            "if item.pin not in PINS:",
            "if False:",
        ),
    ),
)

# ---- profile -------------------------------------------------------------------------------------

TODAY = datetime(2026, 11, 26, tzinfo=UTC).date()
STATES = (
    State(),
    State(added_min=500.0, added_kmh=9.0, added_incline_pct=50.0),
    State(added_min=0.1, added_kmh=0.1, added_incline_pct=0.1),
)


def profile_is_judged(data: bytes) -> None:
    """A file is never an exception: profiles within their bounds, or faults that tell no secret."""
    found = reading.read(data)
    from_file = read_file(lying(data, "profile.json"), None)
    assert from_file.size_bytes == len(data)
    if not data.startswith((b"age-encryption.org", b"-----BEGIN AGE")):
        assert from_file.reading == found
    assert len(data) <= MOST_FILE_BYTES or found.faults
    assert not (found.profiles and found.faults)
    assert found.faults or found.drafts, "neither profiles nor a fault"
    for fault in found.faults:
        told = f"{fault.path} {fault.text}"
        assert len(told) < 1000, "a fault that nobody reads"
        assert "\n" not in told
    for profile in found.profiles:
        stays_within(profile)
    if found.profiles:
        json.loads(data.removeprefix(b"\xef\xbb\xbf"), object_pairs_hook=each_once)
        kind = {"sternway": "bundle", "schema": 1}
        again = {**kind, "profiles": [msgspec.to_builtins(one) for one in found.profiles]}
        assert reading.read(msgspec.json.encode(again)).profiles == found.profiles


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key stands twice: nobody knows which one a person meant."""
    assert len(dict(pairs)) == len(pairs), f"a key stands twice: {pairs}"
    return dict(pairs)


def stays_within(profile: Profile) -> None:
    """What is walked with it is within its limits and the hard bounds, whatever was added."""
    limits = profile.limits
    assert 0 < limits.max_kmh <= 5.0
    assert 0 <= limits.max_incline_pct <= 10.0
    assert 1 <= limits.max_session_min <= 60
    assert profile.pin not in repr(profile) or profile.pin in profile.code
    for state, site_cap_kmh in itertools.product(STATES, (4.0, 0.9)):
        walk = walk_of(profile.prescription(), state, site_cap_kmh)
        assert 0 < walk.cap_kmh <= min(site_cap_kmh, limits.max_kmh)
        total_s = sum(step.s for step in walk.steps)
        assert total_s <= limits.max_session_min * 60 + 1e-3, "longer than the limit"
        for step in walk.steps:
            assert math.isfinite(step.s)
            assert step.s > 0
            assert 0 <= step.low_kmh <= step.high_kmh <= walk.cap_kmh
            assert 0 <= step.incline_pct <= max(limits.max_incline_pct, 10.0)
        assert walk.incline_pct <= limits.max_incline_pct


def profiles() -> Iterator[bytes]:
    """The samples of the tests, with and without what may be left out."""
    for sample in SAMPLES:
        yield json.dumps(sample, ensure_ascii=False).encode()
    bare = {k: v for k, v in SAMPLES[1].items() if k not in {"schedule", "progression", "note"}}
    yield json.dumps(bare).encode()
    yield b"\xef\xbb\xbf" + json.dumps(bare).encode("utf-8")
    yield b"age-encryption.org/v1\n-> X25519 abc\n--- mac\n"
    yield b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"


PROFILE = Target(
    "profile",
    profile_is_judged,
    profiles,
    changes.json_tree,
    (
        Break(
            "a key may stand twice",
            "profiles/reading.py",
            "    if len(found) < len(pairs):\n",
            "    if False:\n",
        ),
        Break(
            "steps may be over the cap",
            "profiles/planned.py",
            "low_kmh, high_kmh = min(step.low_kmh, cap_kmh), min(step.high_kmh, cap_kmh)",
            "low_kmh, high_kmh = step.low_kmh, step.high_kmh",
        ),
    ),
)

# ---- settings ------------------------------------------------------------------------------------


def settings_hold(data: bytes) -> None:
    """A settings file is refused in one line, or stricter than every bound of safety.md."""
    path = lying(data, "sternway.toml")
    for simulate in (False, True):
        try:
            settings = load_settings(path, simulate=simulate)
        except ConfigError as error:
            told = str(error)
            assert "\n" not in told, "more than one line"
            assert told.startswith(f"{path}: ")
            continue
        limits = settings.to_guard_settings().to_limits()
        assert 0.0 < limits.site_cap_kmh <= 5.0
        for name in limits.__struct_fields__:
            assert math.isfinite(getattr(limits, name)), name
        assert limits.sensor_lost_ns <= 1_000_000_000
        assert limits.rails_warn_ns < limits.rails_revoke_ns <= 3_000_000_000
        assert limits.kiosk_lost_ns <= 900_000_000
        pins = settings.pins.numbers()
        assert len(set(pins.values())) == len(pins), "two wires on one pin"
        assert settings.screen.px_per_mm > 0
        again = msgspec.convert(msgspec.to_builtins(settings), Settings)
        assert again == settings


def settings_files() -> Iterator[bytes]:
    """Every table with its defaults, and the example of the appliance."""
    lines = []
    for table, keys in msgspec.to_builtins(Settings()).items():
        lines.append(f"[{table}]")
        lines += [f"{key} = {toml(value)}" for key, value in keys.items() if value is not None]
    yield "\n".join(lines).encode()
    yield b'[treadmill]\nfacing = "away"\nmm_per_count = 5.0\n'
    yield b"[pins]\nestop_b = 18\nkey = 25\n[limits]\nrails_warn_s = 0.5\n"
    yield b'\xef\xbb\xbf[site]\nname = "Praxis"\nlanguage = "de"\n'


def toml(value: Any) -> str:
    """A value as TOML has it."""
    return json.dumps(value)


SETTINGS = Target(
    "settings",
    settings_hold,
    settings_files,
    changes.toml_lines,
    (
        Break(
            "two wires may share a pin",
            "hardware/settings.py",
            "            if pin == same:\n",
            "            if False:\n",
        ),
        Break(
            "a warning may come too late",
            "hardware/settings.py",
            "if self.rails_warn_s >= self.rails_revoke_s:",
            "if False:",
        ),
    ),
    most_bytes=3000,
)

# ---- update --------------------------------------------------------------------------------------

CMDLINE = "root=PARTLABEL=sternway-{slot} ro sternway.slot={slot}"
PARTS = {"linux": b"a kernel" * 30, "boot/initrd.img": b"an initramfs" * 50}
PARTS |= {"root.squashfs": b"a root" * 90}


def update_is_whole(data: bytes) -> None:
    """A manifest, and a bundle under a signature that is taken as good, is refused or whole.

    What is taken is what every other reader of tars finds in the file.
    """
    try:
        said = manifest.decode(data)
    except UpdateError:
        pass
    else:
        manifest_is_sound(said)
    file = os.memfd_create("update")
    try:
        os.write(file, data)
        with patch.object(signature, "check", lambda *_: None):
            found = bundle.Bundle(file, Path())
        found.check(lambda _count: None)
    except UpdateError:
        return
    finally:
        os.close(file)
    manifest_is_sound(found.manifest)
    names = [bundle.MANIFEST, bundle.SIGNATURE, *(part.name for part in found.manifest.parts)]
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = tar.getmembers()
        assert [one.name for one in members] == names, "another reader finds other files"
        assert all(one.isreg() for one in members)
        for part in found.manifest.parts:
            member = tar.extractfile(part.name)
            assert member is not None
            content = member.read()
            assert hashlib.sha256(content).hexdigest() == part.sha256


def manifest_is_sound(said: manifest.Manifest) -> None:
    """No name leaves its folder, and the manifest said anew is the same."""
    assert manifest.decode(msgspec.json.encode(said)) == said
    for part in said.parts:
        assert not part.name.startswith("/")
        assert ".." not in part.name.split("/")
        assert Path("/boot/x", part.name).is_relative_to("/boot/x")
    for slot in manifest.SLOTS:
        assert f"sternway.slot={slot}" in said.options(slot)
        assert "\n" not in said.options(slot)
    for version in ("0.1.0", "9999.0.0"):
        try:
            manifest.check(said, version=version, target="virt")
        except UpdateError as error:
            assert "\n" not in str(error)
        else:
            is_newer = manifest.ordered(said.version) > manifest.ordered(version)
            assert said.downgrade or is_newer, "an older version is taken"


def packed(**fields: Any) -> bytes:
    """An update as ``image.maker`` packs it, with a signature of no key."""
    parts = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in PARTS.items()
    ]
    said = {"sternway": "update", "schema": 1, "version": "0.2.0", "target": "virt"}
    said |= {"cmdline": CMDLINE, "parts": parts, **fields}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        files = {"manifest.json": json.dumps(said).encode(), "manifest.json.minisig": b"signed"}
        for name, content in (files | PARTS).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def updates() -> Iterator[bytes]:
    """Whole updates and bare manifests."""
    for fields in ({}, {"since": "0.1.0"}, {"downgrade": True}):
        yield packed(**fields)
        whole = packed(**fields)
        yield whole[512 : whole.index(b"\0", 512)]


UPDATE = Target(
    "update",
    update_is_whole,
    updates,
    lambda data, chance: (
        changes.json_tree(data, chance) if data[:1] == b"{" else changes.tar_members(data, chance)
    ),
    (
        Break(
            "a member of any kind is taken",
            "kiosk/upkeep/updater/bundle.py",
            "if info.type != tarfile.REGTYPE or info.name != name or not",
            "if info.name != name or not",
        ),
        Break(
            "a part's content is not looked at",
            "kiosk/upkeep/updater/bundle.py",
            "if digest.hexdigest() != part.sha256:",
            "if False:",
        ),
    ),
    most_bytes=24_000,
)

TARGETS = (RECORDING, PROFILE, SETTINGS, UPDATE)
