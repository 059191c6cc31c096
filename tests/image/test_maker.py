"""What the image is made of: recipe, the lock's part that is needed, packages, steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.maker.app import needed
from image.maker.disk import CMDLINE, entry
from image.maker.packages import check_lock, packages_of
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
    assert "openssh-server" not in recipe.packages
    assert "cloud-init" not in recipe.packages


def test_an_unknown_target_or_key_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no target 'pc'; there is virt, pi"):
        load(RECIPE, "pc")
    own = tmp_path / "recipe.toml"
    own.write_text(RECIPE.read_text().replace("slot_mib", "slot_mb"))
    with pytest.raises(BuildError, match="slot_mb"):
        load(own, "virt")


def test_packages_are_held_against_the_lock(tmp_path: Path) -> None:
    status = (
        "Package: a\nStatus: install ok installed\nVersion: 1\n\n"
        "Package: b\nStatus: deinstall ok config-files\nVersion: 2\n\n"
        "Package: c\nStatus: install ok installed\nVersion: 3:4-5\n"
    )
    found = packages_of(status)
    assert found == {"a": "1", "c": "3:4-5"}
    lock = tmp_path / "locks/virt.txt"
    check_lock(found, lock, update=False)
    assert lock.read_text() == "a 1\nc 3:4-5\n"
    check_lock(found, lock, update=False)
    with pytest.raises(BuildError, match="--update-lock"):
        check_lock({**found, "a": "2"}, lock, update=False)
    check_lock({**found, "a": "2"}, lock, update=True)
    assert lock.read_text().startswith("a 2\n")


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
    assert steps.step("root", ["v1", source], make) != second


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
    assert "usbcore.authorized_default=0" in CMDLINE
    assert "rd.shell=0" in CMDLINE
    assert " ro " in CMDLINE
    text = entry("b", "7", "console=ttyAMA0")
    assert "root=PARTLABEL=sternway-b " in text
    assert "linux /sternway/b/linux" in text
    assert text.rstrip().endswith("console=ttyAMA0")
