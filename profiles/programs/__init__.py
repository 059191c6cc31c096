"""The built-in programs, one TOML file each, and how such a file is read.

The numbers are those of the clinical table; ``tests/profiles`` holds it beside them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.inspect import LiteralType, StructType, Type, VarTupleType, type_info

from profiles.errors import DefinitionError, ProgramError
from profiles.model import Program

BUILT_IN: Final = ("easy-walk", "low-back", "big-toe", "ankle-uphill", "ankle-level")
"""The programs that ship, in the order of the cards: the gentlest, for anyone, comes first."""

T = TypeVar("T", bound=Struct)


def load_programs(folder: Path | None = None) -> Mapping[str, Program]:
    """Programs by id, built-in ones first in their order, others after them by id.

    ``folder`` is read instead of the shipped files where it is given. All or nothing: raises
    ``ProgramError``, one line a fault, naming file, key and mend, since half of the programs
    would look like all of them.
    """
    home = Path(__file__).parent if folder is None else folder
    found: dict[str, Program] = {}
    faults: list[str] = []
    for path in sorted(home.glob("*.toml")):
        try:
            program = read_toml(path, Program, ProgramError)
        except ProgramError as exc:
            faults.append(str(exc))
            continue
        if program.id != path.stem:
            mend = f'make it "{path.stem}", or rename the file'
            faults.append(f'{path.name}: id: is "{program.id}"; {mend}')
        found[path.stem] = program
    if not faults and not found:
        faults.append(f"{home}: holds no program; put at least one .toml file there")
    if not faults and folder is None:
        missing = [name for name in BUILT_IN if name not in found]
        faults += [f"{home / name}.toml: is missing; reinstall Sternway" for name in missing]
    if faults:
        raise ProgramError("\n".join(faults))
    first = [name for name in BUILT_IN if name in found]
    rest = [name for name in found if name not in BUILT_IN]
    return MappingProxyType({name: found[name] for name in (*first, *rest)})


def read_toml(path: Path, kind: type[T], error: type[DefinitionError]) -> T:
    """The TOML file at ``path`` as a checked ``kind``.

    Raises ``error``, one line a fault, naming file, key and mend. Keys are looked at first and
    all together: a misspelt key otherwise shows up as a missing one.
    """
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as exc:
        raise error(f"{path}: cannot be read ({exc.strerror}); put the file back") from exc
    except UnicodeDecodeError as exc:
        raise error(f"{path.name}: byte {exc.start} is not UTF-8; save it as UTF-8") from exc
    except tomllib.TOMLDecodeError as exc:
        raise error(f"{path.name}: is not TOML: {exc}; mend it there") from exc
    faults = list(_key_faults(data, type_info(kind), ""))
    if faults:
        raise error("\n".join(f"{path.name}: {fault}" for fault in faults))
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as exc:
        what, _, where = str(exc).partition(" - at `$")
        key = where.rstrip("`").lstrip(".")
        told = re.sub("^Expected ", "is not allowed; make it ", what).replace("`", "")
        raise error(": ".join(part for part in (path.name, key, told) if part)) from exc


def _key_faults(value: object, info: Type, at: str) -> Iterator[str]:
    """Keys unknown or missing and words not in their list, at every depth, each with its mend.

    Everything else is msgspec's to report.
    """
    if isinstance(info, LiteralType) and value not in info.values:
        yield f"{at}: is not allowed; make it one of {', '.join(map(str, info.values))}"
    if isinstance(info, VarTupleType) and isinstance(value, list):
        for i, item in enumerate(value):
            yield from _key_faults(item, info.item_type, f"{at}[{i}]")
    if not (isinstance(info, StructType) and isinstance(value, Mapping)):
        return
    fields = {field.encode_name: field for field in info.fields}
    prefix = f"{at}." if at else ""
    for key in value:
        if key not in fields:
            close = difflib.get_close_matches(key, fields, n=1)
            mend = f'did you mean "{close[0]}"?' if close else f"known are {', '.join(fields)}"
            yield f"{prefix}{key}: unknown key; {mend}"
    for key, field in fields.items():
        if key in value:
            yield from _key_faults(value[key], field.type, f"{prefix}{key}")
        elif field.required:
            yield f"{prefix}{key}: missing; add it"
