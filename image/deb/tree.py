"""Everything that the package holds, as a tree: the program, the services, the papers."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import tempfile
from pathlib import Path
from typing import Final

from image.deb.names import LAID, PACKAGE
from image.deb.papers import changelog, copyright_of
from image.maker.app import PREFIX, build_app
from image.maker.recipe import Recipe

SOURCES: Final = ("kiosk", "hardware", "profiles")
PAPERS: Final = ("pyproject.toml", "requirements.lock", "README.md", "LICENSE")
DOC: Final = Path("usr/share/doc") / PACKAGE
STICKS: Final = Path("usr/lib/udev/rules.d/70-sternway-sticks.rules")
STICKS_ON: Final = "/etc/systemd/system/multi-user.target.wants/sternway-sticks.service"


def build_program(recipe: Recipe, project: Path, headers: Path, place: Path, log: Path) -> None:
    """Fill ``place`` with the image's own tree of the program.

    Of a copy of the sources: setuptools leaves a ``build`` folder beside them, and would put what
    an older version left there into the new one.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            shutil.copytree(
                project / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        for name in PAPERS:
            shutil.copy(project / name, copy / name)
        build_app(recipe, copy, headers, place, log)


def lay(program: Path, project: Path, version: str, epoch: int, tree: Path) -> None:
    """Fill ``tree`` with the program, and all that belongs to it."""
    shutil.copytree(program, tree, symlinks=True, dirs_exist_ok=True)
    tidy(tree)
    for source, target in LAID.items():
        (tree / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / "image" / source, tree / target)
    rule = tree / STICKS
    rule.write_text(only_when_on(rule.read_text(encoding="utf-8")), encoding="utf-8")
    command = tree / "usr/bin/sternway"
    command.parent.mkdir(parents=True)
    command.symlink_to(Path("..") / PREFIX.relative_to("usr") / "bin/sternway")
    for page in sorted((tree / "usr/share/man").rglob("*.[18]")):
        page.with_name(f"{page.name}.gz").write_bytes(_packed(page.read_bytes()))
        page.unlink()
    _papers(project, version, epoch, tree)


def tidy(tree: Path) -> None:
    """Take away what says on which machine, and in which folder, the program was put together.

    Else the package would come out otherwise in another folder.
    """
    for site in sorted((tree / PREFIX).glob("lib/python*/site-packages")):
        shutil.rmtree(site / "share", ignore_errors=True)
        gone = {
            path.relative_to(site).as_posix()
            for name in ("direct_url.json", "REQUESTED", "INSTALLER")
            for path in site.glob(f"*.dist-info/{name}")
        }
        for name in gone:
            (site / name).unlink()
        for record in sorted(site.glob("*.dist-info/RECORD")):
            record.write_text(_without(record.read_text(encoding="utf-8"), gone), encoding="utf-8")
        for path in sorted(site.rglob("*.py")):
            # A module is no command, whatever its maker's own permissions were.
            path.chmod(0o644)


def only_when_on(rule: str) -> str:
    """Return a udev rule that holds while the stick helper is switched on.

    A computer that only has the package goes on showing USB sticks to whoever sits at it.
    """
    return f'TEST!="{STICKS_ON}", GOTO="sternway_sticks_end"\n{rule}LABEL="sternway_sticks_end"\n'


def _without(record: str, gone: set[str]) -> str:
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\n")
    for row in csv.reader(record.splitlines()):
        # Programs of other packages' and their pages are not in the tree.
        if row[0] not in gone and not row[0].startswith(("../", "bin/", "share/")):
            writer.writerow(row)
    return kept.getvalue()


def _papers(project: Path, version: str, epoch: int, tree: Path) -> None:
    doc = tree / DOC
    doc.mkdir(parents=True)
    (doc / "examples").mkdir()
    readme = (project / "README.md").read_text(encoding="utf-8")
    (doc / "README.md").write_text(readme, encoding="utf-8")
    shutil.copy(project / "image/settings/pi.toml", doc / "examples/sternway.toml")
    changes = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    (doc / "changelog.gz").write_bytes(_packed(changelog(changes, version, epoch).encode()))
    (site,) = (tree / PREFIX).glob("lib/python*/site-packages")
    licence = (project / "LICENSE").read_text(encoding="utf-8")
    (doc / "copyright").write_text(copyright_of(site, licence), encoding="utf-8")


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)
