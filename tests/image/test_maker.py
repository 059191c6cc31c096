"""What the image is made of: recipe, the lock's part that is needed, packages, steps."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from image.maker import __main__ as building
from image.maker import needs
from image.maker.__main__ import lock_of, name_of
from image.maker.app import needed, settle
from image.maker.archive import KEYS, binary, join_keys, offered, reach, source
from image.maker.base import inputs
from image.maker.disk import CMDLINE, entry
from image.maker.packages import (
    Ask,
    check_lock,
    not_the_same,
    packages_of,
    read,
    text,
    to_be_made,
)
from image.maker.recipe import BuildError, load
from image.maker.steps import Steps, run

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "image/recipe.toml"
LOCK = """\
# This file was made
alpha==1.0 \\
    --hash=sha256:aa
    # via sternway (pyproject.toml)
beta==2.0 ; python_version < '3.12' \\
    --hash=sha256:bb
    # via
    #   alpha
    #   tool
gamma==3.0 \\
    --hash=sha256:cc
    # via beta
tool==4.0 \\
    --hash=sha256:dd
    # via sternway (pyproject.toml:dev)
linter==5.0 \\
    --hash=sha256:ee
    # via tool
"""


def test_only_what_the_kiosk_needs_is_taken_with_its_hashes() -> None:
    taken = needed(LOCK)
    for name in ("alpha==1.0", "beta==2.0", "gamma==3.0", "aa", "bb", "cc"):
        assert name in taken
    for name in ("tool==", "linter", "dd", "ee"):
        assert name not in taken


def test_of_the_real_lock_nothing_is_a_developer_s() -> None:
    taken = needed((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    for name in ("kivy==", "gpiozero==", "tinydb==", "pyrage==", "argon2-cffi-bindings=="):
        assert f"\n{name}" in f"\n{taken}"
    for name in ("pytest==", "mypy==", "ruff==", "hypothesis=="):
        assert f"\n{name}" not in f"\n{taken}"


def test_a_lock_that_names_nothing_of_ours_is_an_error() -> None:
    with pytest.raises(BuildError, match="make lock"):
        needed("alpha==1.0\n    # via beta\n")


@pytest.mark.parametrize("target", ["virt", "pi"])
def test_a_recipe_is_the_common_part_and_its_own(target: str) -> None:
    recipe = load(RECIPE, target)
    assert recipe.target == target
    assert "python3" in recipe.packages
    assert any(name.startswith("linux-image") for name in recipe.packages)
    assert "cloud-init" not in recipe.packages


def test_an_unknown_target_or_key_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no target 'pc'; there is virt, pi"):
        load(RECIPE, "pc")
    own = tmp_path / "recipe.toml"
    own.write_text(RECIPE.read_text().replace("slot_mib", "slot_mb"))
    with pytest.raises(BuildError, match="slot_mb"):
        load(own, "virt")


def test_a_recipe_of_one_s_own_says_only_what_is_other(tmp_path: Path) -> None:
    own = tmp_path / "hospital.toml"
    own.write_text(
        '[common]\nslot_mib = 2048\n[pi]\nmirrors = ["http://mirror/debian trixie main"]\n'
    )
    plain, laid = load(RECIPE, "pi"), load(RECIPE, "pi", own)
    assert laid == replace(plain, slot_mib=2048, mirrors=("http://mirror/debian trixie main",))
    assert load(RECIPE, "virt", own) == replace(load(RECIPE, "virt"), slot_mib=2048)
    assert (name_of("pi", own), name_of("pi", None)) == ("pi-hospital", "pi")
    assert lock_of("pi", own) == tmp_path / "hospital.pi.txt"
    assert lock_of("pi", None) == ROOT / "image/locks/pi.txt"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[pc]\n", "no target 'pc'; there is common, virt, pi"),
        ("[pi]\nmirrors = 1\n", "mirrors"),
        ("[pi]\nmirror = []\n", "mirror"),
        ("[pi\n", "own.toml"),
        ("slot_mib = 1\n", "stands in no table"),
    ],
)
def test_a_recipe_of_one_s_own_with_a_fault_is_one_sentence(
    tmp_path: Path, text: str, told: str
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(BuildError, match=told):
        load(RECIPE, "pi", own)
    with pytest.raises(BuildError, match="nonesuch"):
        load(RECIPE, "pi", tmp_path / "nonesuch")


def test_debian_s_packages_make_a_pi_s_image_without_raspberry_pi_s_archive() -> None:
    recipe = load(RECIPE, "pi", ROOT / "image/recipes/debian.toml")
    assert not [mirror for mirror in recipe.mirrors if "raspberrypi" in mirror]
    assert recipe.keyrings == load(RECIPE, "virt").keyrings
    assert {"raspi-firmware", "linux-image-arm64"} <= set(recipe.packages)


def test_raspberry_pi_s_keys_are_asked_for_with_where_they_are(tmp_path: Path) -> None:
    here = tmp_path / "debian-archive-keyring.gpg"
    here.touch()
    recipe = replace(
        load(RECIPE, "pi"),
        keyring=str(here),
        more_keyrings=(str(tmp_path / "raspberrypi-archive-keyring.gpg"),),
    )
    with pytest.raises(BuildError) as told:
        needs.check(recipe, which=lambda name: name, machine="aarch64", user=0)
    assert "http://archive.raspberrypi.com/debian/pool/main/r/" in str(told.value)
    assert "--recipe" in str(told.value)
    here.unlink()
    with pytest.raises(BuildError, match="sudo apt install debian-archive-keyring"):
        needs.check(recipe, which=lambda name: name, machine="aarch64", user=0)


def test_keys_are_joined_without_their_armour(tmp_path: Path) -> None:
    one, other = bytes(range(256)), b"another key" * 40
    armoured = (
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n\n"
        + base64.encodebytes(other)
        + b"=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n"
    )
    assert binary(armoured) == other
    paths = tmp_path / "one.gpg", tmp_path / "other.asc"
    for path, content in zip(paths, (one, armoured), strict=True):
        path.write_bytes(content)
    recipe = replace(load(RECIPE, "pi"), keyring=str(paths[0]), more_keyrings=(str(paths[1]),))
    join_keys(recipe, tmp_path)
    assert (tmp_path / KEYS).read_bytes() == one + other


def test_a_mirror_that_does_not_answer_is_named_with_the_mend(tmp_path: Path) -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("NOT RUN: a mirror that does not answer: there is no apt-get")
    mirror = f"file:{tmp_path}/archive trixie main"
    recipe = replace(load(RECIPE, "pi"), mirrors=(mirror,))
    log = tmp_path / "log"
    with pytest.raises(BuildError) as told:
        reach(recipe, tmp_path / "keys.gpg", tmp_path, log)
    assert mirror in str(told.value)
    assert "IMAGE_FLAGS='--recipe FILE'" in str(told.value)
    assert "\n" not in str(told.value)
    assert "apt-get" in log.read_text()
    line = source(recipe, f"deb {mirror}", Path("/keys.gpg"))
    assert line == f"deb [arch=arm64 signed-by=/keys.gpg] {mirror}"
    line = source(recipe, f"[check-valid-until=no] {mirror}", Path("/keys.gpg"))
    assert line == f"deb [arch=arm64 signed-by=/keys.gpg check-valid-until=no] {mirror}"


def test_what_the_emulated_machine_s_base_is_made_for_does_not_hang_on_the_pi() -> None:
    virt = load(RECIPE, "virt")
    assert inputs(virt) == inputs(replace(virt, loaded=("x",), overlays=("y",)))


def test_what_says_where_it_was_installed_is_taken_away(tmp_path: Path) -> None:
    info = tmp_path / "sternway-0.1.0.dist-info"
    info.mkdir()
    (tmp_path / "module.py").write_text("x = 1\n")
    (info / "direct_url.json").write_text('{"url": "file:///some/folder/sternway.whl"}')
    digest = hashlib.sha256(b"x = 1\n").hexdigest()
    (info / "RECORD").write_text(
        f"module.py,sha256={digest},6\n../../bin/program,sha256=of-its-path,9\n"
        f"{info.name}/direct_url.json,sha256=of-a-path,99\n{info.name}/RECORD,,\n"
    )
    settle(tmp_path)
    assert sorted(path.name for path in info.iterdir()) == ["RECORD"]
    assert (info / "RECORD").read_text() == (f"module.py,sha256={digest},6\n{info.name}/RECORD,,\n")


def test_packages_are_held_against_the_lock(tmp_path: Path) -> None:
    status = (
        "Package: a\nStatus: install ok installed\nVersion: 1\n\n"
        "Package: b\nStatus: deinstall ok config-files\nVersion: 2\n\n"
        "Package: c\nStatus: install ok installed\nVersion: 3:4-5\n"
    )
    found = packages_of(status)
    assert found == {"a": "1", "c": "3:4-5"}
    lock = tmp_path / "locks/virt.txt"
    assert check_lock(found, lock, Ask()) == ()
    assert lock.read_text() == "a 1\nc 3:4-5\n"
    assert read(lock) == found
    assert check_lock(found, lock, Ask(locked=True)) == ()
    newer = {"a": "2", "d": "1"}
    other = ("a 2 (lock: 1)", "c is not there (lock: 3:4-5)", "d 1 (lock: none)")
    assert check_lock(newer, lock, Ask()) == other
    assert read(lock) == found
    assert "3 packages" in not_the_same(other, lock)
    with pytest.raises(BuildError, match=r"virt.txt: .*a 2 \(lock: 1\); 3 in all.*--update-lock"):
        check_lock(newer, lock, Ask(locked=True))
    assert check_lock(newer, lock, Ask(update=True)) == ()
    assert read(lock) == newer


OLD, NEW, NEWER = {"a": "1"}, {"a": "2"}, {"a": "3"}


@pytest.mark.parametrize(
    ("have", "seen", "want", "offer", "made"),
    [
        # Nothing is there yet: it is made, and only --locked looks before.
        (None, None, None, None, (True, "missing", True)),
        (None, None, OLD, None, (True, "cannot be had", True)),
        (None, None, OLD, NEW, (True, "a 2 \\(lock: 1\\)", True)),
        (None, None, OLD, OLD, (True, True, True)),
        # What is there is the lock's: no mirror is asked, but for newer ones.
        (OLD, OLD, OLD, OLD, (False, False, False)),
        (OLD, OLD, OLD, NEW, (False, False, True)),
        # It is not, as when it was made: it stays.
        (NEW, OLD, OLD, NEWER, (False, "a 3 \\(lock: 1\\)", True)),
        (NEW, OLD, OLD, OLD, (False, True, True)),
        # The lock has changed since: made anew where the mirrors have what it names.
        (OLD, OLD, NEW, NEW, (True, True, True)),
        (OLD, OLD, NEW, NEWER, (False, "a 3 \\(lock: 2\\)", True)),
        (OLD, OLD, NEW, None, (False, "cannot be had", "cannot be had")),
    ],
)
def test_a_base_is_made_anew_only_for_what_the_lock_names(
    tmp_path: Path,
    have: dict[str, str] | None,
    seen: dict[str, str] | None,
    want: dict[str, str] | None,
    offer: dict[str, str] | None,
    made: tuple[bool | str, ...],
) -> None:
    lock = tmp_path / "lock"
    if want is not None:
        lock.write_text(text(want))

    def offered(_names: Iterable[str]) -> dict[str, str]:
        if offer is None:
            raise BuildError("cannot be had")
        return offer

    for ask, so in zip((Ask(), Ask(locked=True), Ask(update=True)), made, strict=True):
        if isinstance(so, str):
            with pytest.raises(BuildError, match=so):
                to_be_made(have, seen, lock, ask, offered)
        else:
            assert to_be_made(have, seen, lock, ask, offered) is so


def test_a_base_of_another_day_is_not_mixed_with_what_was_made_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same recipe gives other packages next month, and the kernel is one of them."""
    made: list[str] = []
    told: list[tuple[str, ...]] = []
    version = "1"

    def makes(name: str) -> Callable[..., None]:
        return lambda *_: made.append(name)

    def base(_recipe: object, _keys: Path, lock: Path, place: Path, _log: Path) -> None:
        made.append("base")
        status = f"Package: a\nStatus: install ok installed\nVersion: {version}\n"
        (place / "status").write_text(status)
        (place / "lock").write_bytes(lock.read_bytes())

    def root(_recipe: object, _made: object, _image: Path, _keys: Path, *more: Any) -> None:
        made.append("root")
        told.append(more[0])

    def disk(*given: Any) -> None:
        made.append("disk")
        (given[6] / "sternway.img").touch()

    monkeypatch.setattr(needs, "check", lambda _recipe: None)
    monkeypatch.setattr(building, "_base", base)
    monkeypatch.setattr(building, "build_root", root)
    monkeypatch.setattr(building, "build_disk", disk)
    monkeypatch.setattr(building, "trusted", lambda _given, folder: folder / "keys")
    for name in ("join_keys", "build_kernel", "fetch_headers", "build_app", "build_bytecode"):
        monkeypatch.setattr(building, name, makes(name))
    keyring = tmp_path / "keys.gpg"
    keyring.touch()
    recipe = replace(load(RECIPE, "virt"), keyring=str(keyring))
    lock = tmp_path / "virt.txt"
    lock.write_text("a 1\n")

    def build() -> list[str]:
        made.clear()
        building.build(recipe, tmp_path / "build", lock, Ask(), extra="")
        return made

    assert {"base", "build_kernel", "build_bytecode", "root", "disk"} <= set(build())
    assert told == [()]
    assert build() == []
    assert "NOTE" not in capsys.readouterr().err
    version = "2"
    for folder in (tmp_path / "build").glob("base-*"):
        shutil.rmtree(folder)
    again = build()
    assert again == ["base", "build_kernel", "build_bytecode", "root", "disk"]
    assert told[-1] == ("a 2 (lock: 1)",)
    said = capsys.readouterr().err
    assert said.count("NOTE: 1 packages are other than in virt.txt") == 2
    assert "    a 2 (lock: 1)" in said
    assert "a 2 (lock: 1)" in (tmp_path / "build/log").read_text()
    assert build() == []


def test_apt_says_what_a_build_would_take(tmp_path: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("apt-cache") is None:
        pytest.skip("NOT RUN: what apt would take: there is no apt")
    for name, versions in (("old", ("1", "1.2-3")), ("new", ("1.10-1",))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Packages").write_text(
            "".join(
                f"Package: bash\nArchitecture: arm64\nVersion: {version}\nFilename: x.deb\n"
                f"Size: 1\nSHA256: {'0' * 64}\n\n"
                for version in versions
            )
        )
    mirrors = tuple(f"[trusted=yes] file:{tmp_path / name} ./" for name in ("old", "new"))
    recipe = replace(load(RECIPE, "virt"), mirrors=mirrors)
    place = tmp_path / "place"
    found = offered(recipe, tmp_path / "keys.gpg", ["bash", "nonesuch"], place, tmp_path / "log")
    assert found == {"bash": "1.10-1"}
    assert not place.exists()


def test_a_step_is_done_once_for_what_goes_into_it(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("one")
    done: list[Path] = []

    def make(place: Path) -> None:
        done.append(place)
        (place / "made").write_text("x")

    steps = Steps(tmp_path / "build")
    first = steps.step("root", ["v1", source], make)
    assert steps.step("root", ["v1", source], make) == first
    assert len(done) == 1
    (source / "file").write_text("two")
    second = steps.step("root", ["v1", source], make)
    assert second != first
    assert (second / "made").is_file()
    assert not first.exists()
    (source / "file").chmod(0o755)
    third = steps.step("root", ["v1", source], make)
    assert third != second
    done.clear()
    assert steps.place("root", ["v1", source]) == third
    assert steps.step("root", ["v1", source], make, anew=True) == third
    assert len(done) == 1
    assert (third / "made").is_file()


def test_a_step_that_failed_is_begun_anew(tmp_path: Path) -> None:
    steps = Steps(tmp_path)

    def fails(place: Path) -> None:
        (place / "half").write_text("x")
        raise BuildError("no")

    with pytest.raises(BuildError):
        steps.step("app", ["v"], fails)
    made = steps.step("app", ["v"], lambda place: None)
    assert list(made.iterdir()) == []


def test_a_command_that_fails_shows_its_last_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    with pytest.raises(BuildError, match="the thing failed with 3"):
        run(["sh", "-c", "echo so it is; exit 3"], log, what="the thing")
    assert "so it is" in capsys.readouterr().err
    with pytest.raises(BuildError, match="nonesuch is not installed"):
        run(["nonesuch"], log, what="it")


def test_the_kernel_is_started_so_that_nothing_gets_in() -> None:
    words = CMDLINE.split()
    assert "usbcore.authorized_default=0" in words
    assert "ro" in words
    # No shell where the initramfs fails: rd.shell is dracut's word for it.
    assert "panic=5" in words
    assert "rd.shell=0" not in words
    # It starts again by itself: after damage to the data, and where systemd never comes.
    assert "fsck.repair=yes" in words
    assert "watchdog.open_timeout=120" in words
    # A Raspberry Pi's device tree switches it off, and every MemoryMax with it.
    assert "cgroup_enable=memory" in words
    text = entry("b", "7", "console=ttyAMA0")
    assert "root=PARTLABEL=sternway-b " in text
    assert "linux /sternway/b/linux" in text
    assert text.rstrip().endswith("console=ttyAMA0")
