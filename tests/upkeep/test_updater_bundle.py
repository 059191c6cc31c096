"""What of an update file is believed: signed by whom, shaped how, whole, for which machine."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from image.maker.disk import CMDLINE
from image.maker.recipe import BuildError
from image.maker.update import check, main, sign
from kiosk.appliance import running_slot
from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.bundle import Bundle
from kiosk.upkeep.updater.install import may_install
from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.manifest import decode, ordered
from kiosk.upkeep.updater.words import (
    NO_FALLBACK,
    NO_KEY,
    NOT_AN_UPDATE,
    NOT_SIGNED,
    NOT_WHOLE,
    UpdateError,
)
from profiles.saying import Saying
from tests.upkeep.appliance import (
    KERNEL,
    install_from,
    key_pair,
    made_update,
    make_machine,
    next_start,
    opened,
    started_in,
)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path / "machine")


@pytest.fixture(scope="module")
def update(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_update(tmp_path_factory.mktemp("update"))


def refused(path: Path, machine: Machine) -> Saying:
    """Why this machine does not take it, whenever that shows."""
    with pytest.raises(UpdateError) as found, opened(path, machine) as bundle:
        may_install(bundle, machine, boot_of(machine))
        bundle.check(lambda _count: None)
    return found.value.said[0]


def members(path: Path) -> list[tuple[str, bytes]]:
    with tarfile.open(path) as tar:
        return [(one.name, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]


def packed(path: Path, found: list[tuple[str, bytes]], **of_header: Any) -> Path:
    """A file with these members, each header changed by what is given."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in found:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            for field, value in of_header.items():
                setattr(header, field, value)
            tar.addfile(header, io.BytesIO(content))
    return path


def resigned(update: Path, change: Callable[[dict[str, Any]], None]) -> list[tuple[str, bytes]]:
    """The members with another manifest, signed by the right key."""
    found = members(update)
    manifest = json.loads(found[0][1])
    change(manifest)
    content = json.dumps(manifest).encode()
    mark = sign(content, key_pair("ours")[0], "a test")
    return [("manifest.json", content), ("manifest.json.minisig", mark), *found[2:]]


def test_an_update_that_is_right_is_offered(update: Path, machine: Machine) -> None:
    with opened(update, machine) as bundle:
        manifest = may_install(bundle, machine, boot_of(machine))
        bundle.check(lambda _count: None)
    assert (manifest.version, manifest.target, manifest.since) == ("0.2.0", "virt", "0.0.0")
    assert [part.name for part in manifest.parts] == [*KERNEL, "root.squashfs"]


def test_another_s_signature_is_refused(tmp_path: Path, machine: Machine) -> None:
    assert refused(made_update(tmp_path, key="theirs"), machine) == NOT_SIGNED


def test_one_of_several_keys_is_enough_and_none_is_too_few(
    tmp_path: Path, update: Path, machine: Machine
) -> None:
    (machine.keys / "a-newer.pub").write_bytes(key_pair("theirs")[1].read_bytes())
    for found in (update, made_update(tmp_path, key="theirs")):
        with opened(found, machine) as bundle:
            assert bundle.manifest.version == "0.2.0"
    for key in machine.keys.iterdir():
        key.unlink()
    assert refused(update, machine) == NO_KEY


def test_a_manifest_that_was_changed_is_refused(
    tmp_path: Path, update: Path, machine: Machine
) -> None:
    (name, manifest), *rest = members(update)
    changed = [(name, manifest.replace(b'"0.2.0"', b'"9.9.9"')), *rest]
    assert refused(packed(tmp_path / "x", changed), machine) == NOT_SIGNED


def test_the_old_kind_of_signature_is_refused(
    tmp_path: Path, update: Path, machine: Machine
) -> None:
    """One of the message itself, which a forger could shape more easily."""
    import subprocess

    found = members(update)
    message, mark = tmp_path / "m", tmp_path / "m.minisig"
    message.write_bytes(found[0][1])
    command = ["minisign", "-S", "-l", "-s", key_pair("ours")[0], "-m", message, "-x", mark]
    subprocess.run(command, check=True, capture_output=True)
    old = [found[0], ("manifest.json.minisig", mark.read_bytes()), *found[2:]]
    assert refused(packed(tmp_path / "x", old), machine) == NOT_SIGNED


@pytest.mark.parametrize("part", [*KERNEL, "root.squashfs"])
def test_one_changed_byte_of_a_part_is_found(
    tmp_path: Path, update: Path, machine: Machine, part: str
) -> None:
    changed = [
        (name, content[:-1] + bytes([content[-1] ^ 1]) if name == part else content)
        for name, content in members(update)
    ]
    assert refused(packed(tmp_path / "x", changed), machine) == NOT_WHOLE


def test_a_file_cut_short_anywhere_is_refused(
    tmp_path: Path, update: Path, machine: Machine
) -> None:
    content = update.read_bytes()
    for size in (0, 100, 511, 512, 600, 2000, 100_000, len(content) - 10_240, len(content) // 2):
        path = tmp_path / "cut"
        path.write_bytes(content[:size])
        assert refused(path, machine) in {NOT_WHOLE, NOT_AN_UPDATE}, size


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found[:-1],
        lambda found: [*found, ("more", b"x")],
        lambda found: [found[1], found[0], *found[2:]],
        lambda found: [*found[:2], found[3], found[2], *found[4:]],
        lambda found: [("../../etc/x", found[0][1]), *found[1:]],
        lambda found: [("manifest.json", b"x" * 300_000), *found[1:]],
    ],
    ids=["a part less", "a part more", "swapped", "parts swapped", "a way out", "too large"],
)
def test_another_shape_is_refused(
    tmp_path: Path, update: Path, machine: Machine, spoil: Callable[[Any], Any]
) -> None:
    path = packed(tmp_path / "x", spoil(members(update)))
    assert refused(path, machine) in {NOT_WHOLE, NOT_AN_UPDATE}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_LONGNAME])
def test_members_that_are_no_plain_files_are_refused(
    tmp_path: Path, update: Path, machine: Machine, kind: bytes
) -> None:
    path = packed(tmp_path / "x", members(update), type=kind, linkname="/etc/shadow")
    assert refused(path, machine) in {NOT_WHOLE, NOT_AN_UPDATE}


def test_what_is_no_file_is_refused(tmp_path: Path, machine: Machine) -> None:
    os.mkfifo(tmp_path / "fifo")
    file = os.open(tmp_path / "fifo", os.O_RDWR)
    try:
        with pytest.raises(UpdateError) as found:
            Bundle(file, machine.keys)
    finally:
        os.close(file)
    assert found.value.said == (NOT_AN_UPDATE,)
    (tmp_path / "noise").write_bytes(os.urandom(50_000))
    assert refused(tmp_path / "noise", machine) == NOT_AN_UPDATE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema", 2),
        ("sternway", "backup"),
        ("version", "0.2"),
        ("version", "0.2.0-rc1"),
        ("surprise", True),
        ("cmdline", "root=/dev/sda1 init=/bin/sh"),
        ("cmdline", f"{CMDLINE}\nroot=x"),
        ("parts", []),
        ("parts", [{"name": "../linux", "bytes": 5, "sha256": "0" * 64}]),
        ("parts", [{"name": "root.squashfs", "bytes": -5, "sha256": "0" * 64}]),
        ("downgrade", 1),
    ],
)
def test_a_signed_manifest_is_held_against_its_schema(
    tmp_path: Path, update: Path, machine: Machine, field: str, value: object
) -> None:
    found = resigned(update, lambda manifest: manifest.update({field: value}))
    assert refused(packed(tmp_path / "x", found), machine) == NOT_AN_UPDATE


def test_two_files_of_one_name_on_a_fat_are_refused(
    tmp_path: Path, update: Path, machine: Machine
) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["parts"].insert(1, {**manifest["parts"][0], "name": "LINUX"})

    found = resigned(update, change)
    found.insert(3, ("LINUX", found[2][1]))
    assert refused(packed(tmp_path / "x", found), machine) == NOT_AN_UPDATE


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"version": "0.0.9"}, "older than version 0.1.0"),
        ({"version": "0.1.0"}, "in use already"),
        ({"target": "pi"}, "for another machine (pi; this one is virt)"),
        ({"since": "0.1.1"}, "install version 0.1.1 first"),
        ({"root": os.urandom(3 << 20)}, "too large for this kiosk: 3 MB, and a slot has 2"),
    ],
)
def test_what_does_not_fit_this_machine_is_refused_in_a_sentence(
    tmp_path: Path, machine: Machine, fields: dict[str, Any], told: str
) -> None:
    assert told in str(refused(made_update(tmp_path, **fields), machine))


def test_whoever_signs_may_let_a_version_go_back(tmp_path: Path, machine: Machine) -> None:
    path = made_update(tmp_path, version="0.0.9", downgrade=True)
    with opened(path, machine) as bundle:
        assert may_install(bundle, machine, boot_of(machine)).version == "0.0.9"
    install_from(path, machine)
    # An older version comes first all the same, since the entries are numbered, not compared.
    assert next_start(machine).slot == "b"


def test_a_version_that_is_only_tried_takes_no_other(update: Path, machine: Machine) -> None:
    """Its slot would be the only whole one."""
    install_from(update, machine)
    next_start(machine)
    tried = started_in(machine, "b", "0.1.5", "boot-2")
    assert refused(update, tried) == NO_FALLBACK


def test_versions_are_ordered_by_their_numbers() -> None:
    assert ordered("0.10.0") > ordered("0.9.9")
    assert ordered("0.2.0.dev3+g1") == ordered("0.2.0")
    with pytest.raises(ValueError, match="no version"):
        ordered("next")


@pytest.mark.parametrize(
    ("cmdline", "slot"),
    [
        ("root=PARTLABEL=sternway-b sternway.slot=b\n", "b"),
        ("sternway.slot=a quiet", "a"),
        ("root=/dev/sda1", None),
        ("xsternway.slot=a", None),
        ("sternway.slot=ab", None),
    ],
)
def test_the_running_slot_is_the_kernel_s_word(cmdline: str, slot: str | None) -> None:
    assert running_slot(cmdline) == slot


def test_the_packer_as_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in {**KERNEL, "root.squashfs": b"root"}.items():
        (tmp_path / name).write_bytes(content)
    says(tmp_path, "1.2.3")
    secret, public = key_pair("ours")
    words = ["virt", "--key", str(secret), "--root", str(tmp_path), "--to", str(tmp_path / "out")]
    assert main([*words, "--since", "1.0.0", "--cmdline", "x=1"]) == 0
    made = tmp_path / "out/sternway-1.2.3.update"
    check(made, public.parent)
    manifest = decode(dict(members(made))["manifest.json"])
    assert (manifest.version, manifest.since, manifest.downgrade) == ("1.2.3", "1.0.0", False)
    assert manifest.options("b").endswith("sternway.slot=b x=1")
    again = made.read_bytes()
    main([*words, "--since", "1.0.0", "--cmdline", "x=1"])
    strip = {"manifest.json.minisig"}
    assert [one for one in members(made) if one[0] not in strip] == [
        one for one in packed_members(again, tmp_path) if one[0] not in strip
    ]
    capsys.readouterr()
    assert main([*words, "--since", "next"]) == 2
    assert main(["virt", "--key", "/nonesuch", "--root", str(tmp_path), "--to", str(tmp_path)]) == 2
    assert main(["virt", "--key", str(secret), "--root", "/nonesuch"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len([line for line in told if line.startswith("update: ")]) == 3
    assert BuildError


def test_an_update_is_called_what_its_root_calls_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under another name it would be installed, and offered again for ever."""
    root = tmp_path / "build/root-0123"
    root.mkdir(parents=True)
    for name, content in {**KERNEL, "root.squashfs": b"root"}.items():
        (root / name).write_bytes(content)
    secret, _ = key_pair("ours")
    words = ["virt", "--key", str(secret), "--root", str(tmp_path / "build")]
    assert main([*words, "--to", str(tmp_path)]) == 2
    says(root, "0.7.0", "pi")
    assert main([*words, "--to", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "does not say what version it is" in told
    assert "is of the image for pi, not for virt" in told
    says(root, "0.7.0")
    assert main([*words, "--to", str(tmp_path)]) == 0
    assert (tmp_path / "sternway-0.7.0.update").is_file()


def says(root: Path, version: str, target: str = "virt") -> None:
    """Lay beside a root what the image's build does."""
    (root / "system").mkdir(exist_ok=True)
    what = {"version": version, "target": target, "not_as_locked": []}
    (root / "system/image.json").write_text(json.dumps(what))


def packed_members(content: bytes, folder: Path) -> list[tuple[str, bytes]]:
    path = folder / "again"
    path.write_bytes(content)
    return members(path)
