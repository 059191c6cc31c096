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

    ``modules`` are loaded in the initramfs, ``modules_away`` are not on the machine at all but for
    ``modules_stay``, and without ``modules_wanted`` there is no image. The last four are a
    Raspberry Pi's: patterns of the device trees and overlays that lie in a slot,
    and what ``config.txt`` loads of them.
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
    modules_stay: tuple[str, ...]
    modules_wanted: tuple[str, ...]
    file_systems: tuple[str, ...]
    slot_mib: int
    boot_mib: int
    data_mib: int
    more_keyrings: tuple[str, ...] = ()
    device_trees: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()

    @property
    def keyrings(self) -> tuple[str, ...]:
        """All files of keys by which the mirrors are checked."""
        return (self.keyring, *self.more_keyrings)


def load(path: Path, target: str, over: Path | None = None) -> Recipe:
    """Return the recipe of a target; raises :class:`BuildError`.

    ``over`` is a recipe of somebody's own: its tables are laid over those of ``path``, name by
    name, so that it says only what is other (mirrors, keys, packages).
    """
    tables = _tables(path)
    for name, table in ({} if over is None else _tables(over)).items():
        if name not in tables:
            raise BuildError(f"{over}: no target '{name}'; there is {', '.join(tables)}")
        tables[name] = {**tables[name], **table}
    try:
        common, own = tables["common"], tables[target]
        merged = {**common, **own, "target": target}
        merged["packages"] = sorted({*common["packages"], *own["packages"]})
        return msgspec.convert(merged, Recipe)
    except KeyError as error:
        known = [name for name in tables if name != "common"]
        raise BuildError(f"{path}: no target {error}; there is {', '.join(known)}") from error
    except msgspec.ValidationError as error:
        raise BuildError(f"{over or path}: {error}") from error


def _tables(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{path}: {error}") from error
    if loose := [name for name, table in found.items() if not isinstance(table, dict)]:
        raise BuildError(f"{path}: {loose[0]} stands in no table like [pi]")
    return found
