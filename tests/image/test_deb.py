"""The Debian package, without its wheels: what is in it, what it asks for, and the same bytes."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tomllib
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from image.deb import elf
from image.deb.names import CONFFILE, LAID, NOT_NEEDED, ONLY_THE_IMAGE_S, RECOMMENDS, depends
from image.deb.pack import pack, size_kib
from image.deb.papers import changelog, control
from image.deb.tree import STICKS_ON, lay, only_when_on, tidy
from image.maker.app import PREFIX
from image.maker.recipe import BuildError, load
from kiosk.config import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "image"
PARTS = IMAGE / "deb/parts"
RECIPE = load(IMAGE / "recipe.toml", "pi")
COMMON = tuple(tomllib.loads((IMAGE / "recipe.toml").read_text())["common"]["packages"])
EPOCH = 1_700_000_000
SITE = PREFIX / "lib/python3.13/site-packages"


def program(folder: Path) -> Path:
    """A program of two files, as pip leaves it."""
    site = folder / SITE
    info = site / "alpha-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "alpha.py").write_text("x = 1\n")
    (site / "alpha.py").chmod(0o777)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\nLicense: MIT\n"
    )
    (info / "LICENSE").write_text("Do as you like.\n")
    (info / "direct_url.json").write_text(f'{{"url": "file://{folder}"}}')
    (info / "RECORD").write_text(
        "../../bin/alpha,sha256=x,1\nalpha.py,sha256=y,2\nalpha-1.0.dist-info/direct_url.json,,\n"
    )
    programs = folder / PREFIX / "bin"
    programs.mkdir(parents=True)
    (programs / "sternway").write_text("#!/usr/lib/sternway/bin/python -I\n")
    (programs / "python").symlink_to("/usr/bin/python3.13")
    return folder


def built(folder: Path, name: str) -> Path:
    """The package of that program."""
    work = folder / name
    tree = work / "tree"
    lay(program(work / "program"), ROOT, "1.2.3", EPOCH, tree)
    fields = control("arm64", "1.2.3", ("python3",), size_kib(tree))
    package = work / "x.deb"
    pack(tree, fields, f"{CONFFILE}\n", PARTS, package, EPOCH, work / "log")
    return package


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("deb"), "one")


def members(package: Path, part: str = "--fsys-tarfile") -> dict[str, tarfile.TarInfo]:
    out = subprocess.run(["dpkg-deb", part, package], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(out)) as tar:
        return {item.name.removeprefix("./").rstrip("/"): item for item in tar}


def test_the_same_sources_give_the_same_bytes_in_another_folder(
    package: Path, tmp_path: Path
) -> None:
    other = built(tmp_path, "another")
    assert other.read_bytes() == package.read_bytes()


def test_dpkg_reads_its_fields(package: Path) -> None:
    def field(name: str) -> str:
        out = subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, check=True)
        return out.stdout.decode().strip()

    assert field("Package") == "sternway"
    assert field("Version") == "1.2.3"
    assert field("Architecture") == "arm64"
    assert field("Depends") == "python3"
    assert int(field("Installed-Size")) > 10
    assert max(len(line) for line in field("Description").splitlines()) < 80


def test_every_file_is_root_s_with_plain_permissions_and_one_time(package: Path) -> None:
    found = members(package)
    assert {*LAID.values(), "usr/bin/sternway"} - set(found) == {
        "usr/share/man/man1/sternway.1",
        "usr/share/man/man8/sternway-kiosk.8",
    }
    for name, item in found.items():
        assert (item.uid, item.gid, int(item.mtime)) == (0, 0, EPOCH), name
        command = re.search(r"(^|/)s?bin/[^/]+$", name) is not None
        if not item.issym():
            assert item.mode == (0o755 if item.isdir() or command else 0o644), name
    link = found["usr/bin/sternway"]
    assert (Path("/usr/bin") / link.linkname).resolve(strict=False) == Path(
        "/usr/lib/sternway/bin/sternway"
    )


def test_no_record_of_a_patient_can_be_dpkg_s(package: Path) -> None:
    """What dpkg knows, it removes."""
    assert not [name for name in members(package) if name.startswith("var")]


def test_the_settings_are_a_conffile_that_sets_nothing(package: Path) -> None:
    out = subprocess.run(["dpkg-deb", "-I", package, "conffiles"], capture_output=True, check=True)
    assert out.stdout.decode() == f"{CONFFILE}\n"
    assert load_settings(PARTS / "sternway.toml", simulate=False) == Settings()


def test_the_example_is_the_card_s_own_and_sets_the_drawing_s_wires_alone(
    package: Path, tmp_path: Path
) -> None:
    """Copied whole, it must not say that the belt is calibrated; no wire of the drawing is dead."""
    example = ROOT / "image/settings/pi.toml"
    drawn = (ROOT / "image/README.md").read_text(encoding="utf-8")
    drawing = tmp_path / "drawing.toml"
    drawing.write_text(
        drawn.partition("The settings of this drawing:\n\n```toml\n")[2].partition("```")[0]
    )
    wired = load_settings(drawing, simulate=False)
    assert len(wired.pins.numbers()) == 7
    assert load_settings(example, simulate=False) == Settings(pins=wired.pins)
    name = "usr/share/doc/sternway/examples/sternway.toml"
    assert name in members(package)
    text = example.read_text(encoding="utf-8")
    path = tmp_path / "sternway.toml"
    path.write_text(re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE))
    assert load_settings(path, simulate=False) != Settings(), "each line of it is right"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"^## Settings\n.*?^```toml\n(.*?)^```$", readme, re.M | re.S)
    assert shown is not None
    keys = re.compile(r"^(?:# )?(\w+ = [^#\n]*?) *(?:#.*)?$", re.M)
    assert set(keys.findall(shown[1])) <= set(keys.findall(text)), "README.md shows no other"


def test_no_path_of_the_builder_is_in_it(tmp_path: Path) -> None:
    tree = program(tmp_path)
    tidy(tree)
    site = tree / SITE
    assert not list(site.glob("*/direct_url.json"))
    assert (site / "alpha-1.0.dist-info/RECORD").read_text() == "alpha.py,sha256=y,2\n"
    assert (site / "alpha.py").stat().st_mode & 0o777 == 0o644


def test_each_file_of_the_image_is_in_it_or_left_out_for_a_reason() -> None:
    there = {
        path.relative_to(IMAGE).as_posix()
        for folder in ("services", "sticks", "update", "ssh", "files")
        for path in (IMAGE / folder).rglob("*")
        if path.is_file() and path.suffix not in {".md", ".pub"} and not path.name.startswith(".")
    }
    left_out = {name for name in there if name.startswith(tuple(ONLY_THE_IMAGE_S))}
    assert there - left_out == {name for name in LAID if not name.startswith("deb/")}
    assert not left_out & set(LAID)


def test_the_owner_s_sticks_are_left_alone_until_the_kiosk_is_on() -> None:
    rule = only_when_on((IMAGE / "sticks/70-sternway-sticks.rules").read_text())
    lines = [line for line in rule.splitlines() if not line.startswith("#")]
    assert lines[0] == f'TEST!="{STICKS_ON}", GOTO="sternway_sticks_end"'
    assert lines[-1] == 'LABEL="sternway_sticks_end"'
    assert "UDISKS_IGNORE" in lines[1]
    unit = (IMAGE / "sticks/sternway-sticks.service").read_text()
    assert "WantedBy=multi-user.target\n" in unit


def test_it_asks_for_what_the_recipe_puts_into_every_image() -> None:
    found = depends(RECIPE, COMMON, "2.34")
    names = {line.partition(" ")[0] for line in found}
    assert set(COMMON) - set(NOT_NEEDED) <= names
    assert not set(NOT_NEEDED) & names
    assert set(NOT_NEEDED) <= set(COMMON), "no longer in the recipe"
    assert {"python3 (>= 3.13)", "python3 (<< 3.14)", "libc6 (>= 2.34)"} <= set(found)
    later = depends(msgspec.structs.replace(RECIPE, python="3.14"), COMMON, "2.34")
    assert {"python3 (>= 3.14)", "python3 (<< 3.15)"} <= set(later)


def library(**other: object) -> elf.Library:
    values = {"path": "a.so", "machine": "AArch64", "name": "a.so", "needed": (), "glibc": (2, 17)}
    return elf.Library(**{**values, **other})  # type: ignore[arg-type]


def test_a_library_that_cannot_work_stops_the_build() -> None:
    packages = ["libc6", "libgl1"]
    good = library(needed=("libc.so.6", "libGL.so.1", "libown-12.so"), glibc=(2, 9))
    own = library(path="x.libs/libown-12.so", name="libown.so", glibc=(2, 34))
    assert elf.check([good, own], "arm64", packages) == "2.34"
    with pytest.raises(BuildError, match="for AArch64, and not for amd64"):
        elf.check([good, own], "amd64", packages)
    with pytest.raises(BuildError, match=r"needs libown-12\.so"):
        elf.check([good], "arm64", packages)
    with pytest.raises(BuildError, match=r"needs libGL\.so\.1, which libgl1 brings"):
        elf.check([good, own], "arm64", ["libc6"])


def test_a_real_library_is_read(tmp_path: Path) -> None:
    (source,) = [*Path("/usr/lib").glob("*-linux-gnu/libz.so.1")][:1]
    shutil.copy(source, tmp_path / "libz.so.1")
    (tmp_path / "text.so").write_text("no library")
    (found,) = elf.libraries(tmp_path)
    assert found.machine in elf.MACHINES.values()
    assert found.name == "libz.so.1"
    assert "libc.so.6" in found.needed
    assert found.glibc > (2,)
    assert set(elf.LIBRARIES.values()) >= set(RECOMMENDS) - {"alsa-utils"}


def test_the_changelog_is_debian_s() -> None:
    text = changelog(
        "# C\n\n## [Unreleased]\n\n### Added\n\n- One\n  thing.\n\n"
        "## [0.1.0] - 2026-03-04\n\n- Two.\n",
        "0.2.0",
        EPOCH,
    )
    assert text.startswith("sternway (0.2.0) trixie; urgency=medium\n\n  * One thing.\n\n -- ")
    assert "  Tue, 14 Nov 2023 22:13:20 +0000\n" in text
    assert "\nsternway (0.1.0) trixie; urgency=medium\n\n  * Two.\n" in text
    assert "  Wed, 04 Mar 2026 12:00:00 +0000\n" in text
    with pytest.raises(BuildError, match="has no day"):
        changelog("## [0.1.0]\n", "0.2.0", EPOCH)
