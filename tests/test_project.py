"""The project's own files: the lock, the command, what is tracked, a page in every folder."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# An absolute path into the machine on which this was developed; "$tree/root/etc" is none. Put
# together, so that this file does not hold what it looks for.
FOREIGN_PATH = re.compile(rb"(?<![\w$}).~/-])/(?:wor" + rb"k/(?:main|shared)\b|roo" + rb"t/)")

FOLDERS = ("kiosk", "hardware", "profiles", "tests", "image")


def read_lock(text: str) -> dict[str, tuple[Requirement, int]]:
    """Each pin of a lock by its name, with the number of its hashes."""
    pins = {}
    logical_lines = re.sub(r"\\\n", " ", text).splitlines()
    for line in logical_lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement, *hashes = line.split("--hash=")
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value.strip()) for value in hashes), line
        pin = Requirement(requirement.strip())
        pins[canonicalize_name(pin.name)] = (pin, len(hashes))
    return pins


LOCK = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))


def wanted() -> Iterator[Requirement]:
    """All that the lock must hold; the extra `pi` comes from Debian."""
    for line in PROJECT["project"]["dependencies"]:
        yield Requirement(line)
    for line in PROJECT["dependency-groups"]["dev"]:
        yield Requirement(line)
    for line in PROJECT["build-system"]["requires"]:
        yield Requirement(line)


@pytest.mark.parametrize("name", sorted(LOCK))
def test_every_pin_is_exact_and_has_a_hash(name: str) -> None:
    pin, hashes = LOCK[name]
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    assert not Version(specifier.version).is_prerelease
    assert hashes >= 1


@pytest.mark.parametrize("requirement", list(wanted()), ids=str)
def test_the_lock_holds_every_dependency(requirement: Requirement) -> None:
    pin, _ = LOCK[canonicalize_name(requirement.name)]
    (specifier,) = pin.specifier
    assert specifier.version in requirement.specifier, "make lock"
    assert pin.marker is None, "a direct dependency is installed everywhere"


def test_the_lock_reader_is_strict() -> None:
    assert read_lock("# x\nabc==1.0\n    # via y\n")["abc"][1] == 0
    assert read_lock("abc==1.0 \\\n    --hash=sha256:" + "0" * 64)["abc"][1] == 1
    with pytest.raises(AssertionError):
        read_lock("abc==1.0 \\\n    --hash=md5:00")


def test_the_version_is_one_and_the_changelog_knows_what_comes() -> None:
    assert str(Version(PROJECT["project"]["version"])) == PROJECT["project"]["version"]
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_command_is_there() -> None:
    """`sternway`, as `make setup` installed it, leads to a function."""
    (entry,) = entry_points(group="console_scripts", name="sternway")
    assert entry.value == PROJECT["project"]["scripts"]["sternway"]
    assert callable(entry.load())


def tracked_files() -> list[Path]:
    """What git tracks, and what is new and not ignored; outside a clone the test is skipped."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_holds_a_path_of_a_developers_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in tracked_files()
        if (match := FOREIGN_PATH.search(path.read_bytes()))
    ]
    assert not found


@pytest.mark.parametrize(
    ("text", "is_foreign"),
    [
        ("cd /wor" + "k/main", True),
        ('open("/wor' + 'k/shared/x")', True),
        ("/roo" + "t/.cache", True),
        ("PATH=/roo" + "t/bin", True),
        ('cp x "$tree/roo' + 't/etc"', False),
        ("build/roo" + "t/etc and ${tree}/roo" + "t/etc", False),
        ("/wor" + "k/mainly, /framework/main", False),
    ],
)
def test_the_path_finder_finds(text: str, is_foreign: bool) -> None:
    assert bool(FOREIGN_PATH.search(text.encode())) == is_foreign


def folders_without_a_page(root: Path) -> list[str]:
    """Folders that hold a .py or .toml file and no README.md; caches and hidden ones left out."""
    missing = set()
    for top in FOLDERS:
        for path in sorted((root / top).rglob("*")):
            parts = path.relative_to(root).parts
            if any(part == "__pycache__" or part.startswith(".") for part in parts):
                continue
            if path.suffix in {".py", ".toml"} and not (path.parent / "README.md").is_file():
                missing.add("/".join(parts[:-1]))
    return sorted(missing)


def test_every_folder_has_a_page() -> None:
    assert not folders_without_a_page(ROOT)


def test_the_page_finder_finds(tmp_path: Path) -> None:
    for name in ["kiosk/a.py", "kiosk/x/b.toml", "kiosk/x/README.md", "tests/__pycache__/c.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "tests" / "data").mkdir()
    assert folders_without_a_page(tmp_path) == ["kiosk"]
