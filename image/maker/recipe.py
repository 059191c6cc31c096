"""What the image is made of: ``image/recipe.toml`` as a frozen value."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec


class BuildError(Exception):
    """Why no image can be made, in one line with the mend."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One target's recipe, the common part included. Sizes are MiB.

    ``modules`` are loaded in the initramfs, ``modules_away`` are not on the machine at all.
    """

    target: str
    architecture: str
    python: str
    packages: tuple[str, ...]
    suite: str
    mirrors: tuple[str, ...]
    keyring: str
    modules: tuple[str, ...]
    modules_away: tuple[str, ...]
    file_systems: tuple[str, ...]
    slot_mib: int
    boot_mib: int
    data_mib: int


def load(path: Path, target: str) -> Recipe:
    """Return the recipe of a target; raises :class:`BuildError`."""
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        common, own = tables["common"], tables[target]
        merged = {**common, **own, "target": target}
        merged["packages"] = sorted({*common["packages"], *own["packages"]})
        return msgspec.convert(merged, Recipe)
    except KeyError as error:
        known = [name for name in tables if name != "common"]
        raise BuildError(f"{path}: no target {error}; there is {', '.join(known)}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BuildError(f"{path}: {error}") from error
