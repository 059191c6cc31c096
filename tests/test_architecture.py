"""Who may know whom, read from the imports and held.

The imports are read from the sources and nothing is imported, so that an import inside a function,
a type-only import and `importlib.import_module("...")` count like any other. The second half of
this file tries the checker on made-up trees: each rule is seen to fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("kiosk", "hardware", "profiles")
MAX_LINES = 400

# A part of ours -> the only parts of ours that it may import.
ALLOWED = {
    "hardware": ("hardware",),
    "profiles": ("profiles",),
    # profiles.saying: what is said to people has one home, and profiles may not import the kiosk's.
    "kiosk.session": ("kiosk.session", "hardware.link", "profiles.model", "profiles.saying"),
}

# A part of ours -> what it must not import: the screens see snapshots and post commands.
FORBIDDEN = {
    "kiosk.screens": (
        "kiosk.records",
        "kiosk.session.controller",
        "hardware.guard",
        "hardware.panel",
        "hardware.belt",
    ),
}

# A library -> the only parts of ours that may import it. Those in kiosk.bench are what the kiosk is
# measured against, or watch it: each is a module that nobody else needs.
LIBRARIES = {
    "kivy": (
        *("kiosk.screens", "kiosk.app"),
        *("kiosk.bench.label", "kiosk.bench.frames", "kiosk.bench.watched"),
    ),
    "kivymd": ("kiosk.screens", "kiosk.app"),
    "kivy_garden": ("kiosk.screens", "kiosk.app"),
    "gpiozero": ("hardware", "kiosk.bench.button"),
    "lgpio": ("hardware",),
    "serial": ("hardware",),
    "tinydb": ("kiosk.records", "profiles", "kiosk.bench.stock"),
}

# The guard process must stay small and quick to start: nothing it loads may load these.
NOT_IN_GUARD = ("kivy", "tinydb")

# The two decisions are pure. A list of what they may import, not of what they may not: a module
# nobody thought of is refused until someone has seen that it does no input or output.
PURE = (
    *("hardware.interlock", "hardware.limits"),
    *("kiosk.session.machine", "kiosk.session.requests"),
)
PURE_IMPORTS = (
    *("__future__", "abc", "bisect", "collections", "dataclasses", "enum", "functools"),
    *("itertools", "math", "msgspec", "operator", "re", "types", "typing", *OURS),
)


@dataclass(frozen=True)
class Import:
    """One imported name; `deferred` when loading the module does not carry the import out."""

    line: int
    name: str
    deferred: bool = False


@dataclass(frozen=True)
class Module:
    """One source file of ours."""

    path: Path
    imports: tuple[Import, ...]


def within(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


class _Reader(ast.NodeVisitor):
    """Collects the imports of one module."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.imports: list[Import] = []
        self.deferred = False

    def _add(self, node: ast.stmt | ast.expr, name: str) -> None:
        self.imports.append(Import(node.lineno, name, self.deferred))

    def _absolute(self, level: int, name: str) -> str:
        if not level:
            return name
        base = self.package.split(".")
        base = base[: len(base) - (level - 1)]
        return ".".join([*base, name] if name else base)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = self._absolute(node.level, node.module or "")
        for alias in node.names:
            self._add(node, base if alias.name == "*" else f"{base}.{alias.name}")

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        if called in {"import_module", "__import__"}:
            values = [*node.args, *(k.value for k in node.keywords if k.arg == "name")]
            first = values[0] if values else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                stripped = first.value.lstrip(".")
                self._add(node, self._absolute(len(first.value) - len(stripped), stripped))
            else:
                self._add(node, "?")
        self.generic_visit(node)

    def _visit_deferred(self, nodes: list[ast.stmt]) -> None:
        outer, self.deferred = self.deferred, True
        for node in nodes:
            self.visit(node)
        self.deferred = outer

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for eager in (*node.decorator_list, node.args):
            self.visit(eager)
        self._visit_deferred(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" in ast.dump(node.test):
            self._visit_deferred(node.body)
            for child in node.orelse:
                self.visit(child)
        else:
            self.generic_visit(node)


def read_tree(root: Path) -> dict[str, Module]:
    """Every module of ours below root, by its dotted name."""
    modules = {}
    for top in OURS:
        for path in sorted((root / top).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            reader = _Reader(name if is_package else name.rpartition(".")[0])
            reader.visit(ast.parse(path.read_text(encoding="utf-8"), str(path)))
            modules[name] = Module(path.relative_to(root), tuple(reader.imports))
    return modules


def direct_violations(modules: Mapping[str, Module]) -> Iterator[str]:
    """Every import that its module may not make, as `file:line: what and why`."""
    for name, module in modules.items():
        for found in module.imports:
            where = f"{module.path}:{found.line}: imports {found.name}"
            library = found.name.partition(".")[0]
            if found.name == "?":
                yield f"{where}: a name that cannot be read in the source"
            for part, allowed in ALLOWED.items():
                if within(name, (part,)) and library in OURS and not within(found.name, allowed):
                    yield f"{where}: {part} may import of ours only {', '.join(allowed)}"
            for part, forbidden in FORBIDDEN.items():
                if within(name, (part,)) and within(found.name, forbidden):
                    yield f"{where}: {part} may not reach into it"
            if library in LIBRARIES and not within(name, LIBRARIES[library]):
                yield f"{where}: {library} belongs only in {', '.join(LIBRARIES[library])}"
            if name in PURE and not within(found.name, PURE_IMPORTS):
                yield f"{where}: {name} is pure; {library} is not known to be"


def loaded_by(
    modules: Mapping[str, Module], starts: list[str], *, deferred: bool
) -> dict[str, tuple[str, ...]]:
    """What importing `starts` loads, library names too, each with the chain that leads to it.

    Importing a.b.c loads a and a.b as well. Deferred imports are followed only when asked for.
    """
    chains: dict[str, tuple[str, ...]] = {start: (start,) for start in starts}
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        for found in modules[name].imports:
            if found.deferred and not deferred:
                continue
            parts = found.name.split(".")
            for end in range(1, len(parts) + 1):
                target = ".".join(parts[:end])
                if target in chains or (target not in modules and end > 1):
                    continue
                chains[target] = (*chains[name], target)
                if target in modules:
                    waiting.append(target)
    return chains


def guard_violations(modules: Mapping[str, Module]) -> Iterator[str]:
    """Kivy or TinyDB in the guard process, as the chain of imports that brings it in.

    The guard is started by `sternway guard`, so what loading the command line loads counts too.
    """
    hardware = [name for name in modules if within(name, ("hardware",))]
    command_line = [name for name in ("kiosk", "kiosk.__main__") if name in modules]
    chains = loaded_by(modules, command_line, deferred=False)
    chains |= loaded_by(modules, hardware, deferred=True)
    for library in NOT_IN_GUARD:
        if library in chains:
            yield f"the guard process loads {library}: {' -> '.join(chains[library])}"


def violations(root: Path) -> list[str]:
    modules = read_tree(root)
    return [*direct_violations(modules), *guard_violations(modules)]


def _is_silent(body: list[ast.stmt]) -> bool:
    """Whether a handler does nothing: only `pass`, `...` or a docstring."""
    return all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in body
    )


def style_violations(path: Path) -> Iterator[str]:
    """A swallowed error, or a file too long to be read in one sitting."""
    source = path.read_text(encoding="utf-8")
    if (lines := len(source.splitlines())) > MAX_LINES:
        yield f"{path}: {lines} lines, more than {MAX_LINES}"
    for node in ast.walk(ast.parse(source, str(path))):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"{path}:{node.lineno}: a bare except"
            if _is_silent(node.body):
                yield f"{path}:{node.lineno}: an except that does nothing"
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("suppress")
            and {"Exception", "BaseException"} & {ast.unparse(arg) for arg in node.args}
        ):
            yield f"{path}:{node.lineno}: suppresses every error"


# ---- the project ---------------------------------------------------------------------------------


def test_the_tree_is_read() -> None:
    """An empty reading would pass every rule."""
    modules = read_tree(ROOT)
    assert {*OURS, *PURE, "hardware.link"} <= set(modules)


def test_everyone_imports_only_what_they_may() -> None:
    assert not violations(ROOT)


def test_no_error_is_swallowed_and_no_module_is_too_long() -> None:
    paths = [path for top in (*OURS, "image") for path in sorted((ROOT / top).rglob("*.py"))]
    assert not [found for path in paths for found in style_violations(path)]


# ---- the checker, on made-up trees ---------------------------------------------------------------


def make_tree(root: Path, sources: Mapping[str, str]) -> Path:
    for name, source in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


BAD = [
    # hardware and profiles know nobody
    ("hardware/guard.py", "import kiosk", "hardware may import of ours only"),
    ("hardware/belt/port.py", "from kiosk.config import Settings", "hardware may import"),
    ("hardware/guard.py", "from profiles import model", "hardware may import of ours only"),
    ("profiles/model.py", "import hardware.link", "profiles may import of ours only"),
    ("profiles/library.py", "from kiosk.records import store", "profiles may import of ours only"),
    # the session knows two modules and itself
    ("kiosk/session/plan.py", "import hardware", "kiosk.session may import"),
    ("kiosk/session/plan.py", "from hardware import Thing", "kiosk.session may import"),
    ("kiosk/session/plan.py", "from hardware.guard import run", "kiosk.session may import"),
    ("kiosk/session/plan.py", "from hardware import link_more", "kiosk.session may import"),
    ("kiosk/session/plan.py", "import profiles.library", "kiosk.session may import"),
    ("kiosk/session/controller.py", "import kiosk.records.store", "kiosk.session may import"),
    ("kiosk/session/plan.py", "from kiosk import compose", "kiosk.session may import"),
    # relative imports
    ("kiosk/session/plan.py", "from .. import records", "kiosk.session may import"),
    ("kiosk/session/plan.py", "from ..records.store import Store", "kiosk.session may import"),
    ("kiosk/session/deep/plan.py", "from ...records import store", "kiosk.session may import"),
    ("kiosk/session/__init__.py", "from ..config import Settings", "kiosk.session may import"),
    ("kiosk/screens/idle.py", "from ..records import store", "may not reach into it"),
    # the screens reach into nothing
    ("kiosk/screens/idle.py", "import kiosk.records", "may not reach into it"),
    ("kiosk/screens/idle.py", "from kiosk import records", "may not reach into it"),
    ("kiosk/screens/idle.py", "from hardware.guard import Guard", "may not reach into it"),
    ("kiosk/screens/idle.py", "from hardware import panel", "may not reach into it"),
    ("kiosk/screens/staff/io.py", "import hardware.belt.port", "may not reach into it"),
    ("kiosk/screens/idle.py", "from kiosk.session import controller", "may not reach into it"),
    ("kiosk/screens/idle.py", "from ..session.controller import C", "may not reach into it"),
    # each library in its place
    ("kiosk/compose.py", "import kivy", "kivy belongs only in"),
    ("kiosk/export/csv.py", "from kivy.app import App", "kivy belongs only in"),
    ("kiosk/screens_more.py", "import kivy", "kivy belongs only in"),
    ("hardware/guard.py", "import kivy.clock as clock", "kivy belongs only in"),
    ("kiosk/doctor.py", "import gpiozero", "gpiozero belongs only in"),
    ("kiosk/doctor.py", "import lgpio", "lgpio belongs only in"),
    ("kiosk/doctor.py", "from serial.tools import list_ports", "serial belongs only in"),
    ("kiosk/session/plan.py", "import tinydb", "tinydb belongs only in"),
    ("kiosk/bench/durable.py", "import tinydb", "tinydb belongs only in"),
    ("kiosk/bench/start.py", "from kivy.app import App", "kivy belongs only in"),
    ("hardware/guard.py", "import tinydb", "tinydb belongs only in"),
    # imports that a quick look misses
    ("kiosk/cues/voice.py", "def f():\n    import kivy", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "async def f():\n    import kivy", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "class A:\n    from kivy import app", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "try:\n    import kivy\nexcept OSError:\n    x = 1", "kivy belongs"),
    ("kiosk/cues/voice.py", "if TYPE_CHECKING:\n    import kivy", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "import os, kivy", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "importlib.import_module('kivy')", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "def f():\n    import_module('kivy.app')", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "import_module(name='kivy')", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "x = __import__('kivy').app", "kivy belongs only in"),
    ("kiosk/cues/voice.py", "importlib.import_module('ki' + 'vy')", "cannot be read"),
    ("kiosk/cues/voice.py", "importlib.import_module(name)", "cannot be read"),
    (
        "kiosk/session/plan.py",
        "import_module('..records', __package__)",
        "kiosk.session may import",
    ),
    # the two decisions do no input or output
    *[
        (path, f"import {name}", "is pure")
        for path in ("hardware/interlock.py", "kiosk/session/machine.py")
        for name in ("os", "os.path", "socket", "time", "threading", "pathlib", "random", "logging")
    ],
    ("hardware/interlock.py", "from time import monotonic", "is pure"),
    ("kiosk/session/machine.py", "def f():\n    import datetime", "is pure"),
    ("kiosk/session/machine.py", "from .. import config", "kiosk.session may import"),
]


@pytest.mark.parametrize(("path", "source", "why"), BAD)
def test_a_forbidden_import_is_found(tmp_path: Path, path: str, source: str, why: str) -> None:
    found = violations(make_tree(tmp_path, {path: source}))
    assert any(why in line for line in found), found
    assert any(line.startswith(f"{path}:") for line in found), found


GOOD = [
    (
        "hardware/guard.py",
        "import os, serial, gpiozero\nfrom hardware import link, interlock",
    ),
    ("hardware/belt/port.py", "from .protocol import Frame\nfrom ..errors import BeltError"),
    ("hardware/interlock.py", "import math\nfrom typing import Final\nfrom .link import Reason"),
    ("profiles/library.py", "import tinydb\nfrom . import model\nfrom profiles.model import Step"),
    ("kiosk/session/machine.py", "from hardware import link\nfrom hardware.link import Status"),
    ("kiosk/session/machine.py", "from .plan import Plan\nfrom profiles.model import Program"),
    ("kiosk/session/controller.py", "import threading, time\nfrom . import machine"),
    ("kiosk/screens/idle.py", "from kivy.app import App\nfrom kiosk.session.model import Snapshot"),
    ("kiosk/screens/idle.py", "from ..session import model\nfrom hardware.link import Reason"),
    ("kiosk/app.py", "import kivy\nfrom kiosk.screens import idle"),
    ("kiosk/records/store.py", "from tinydb import TinyDB"),
    ("kiosk/bench/stock.py", "from tinydb import TinyDB"),
    ("kiosk/bench/label.py", "def main():\n    from kivy.app import App"),
    ("kiosk/compose.py", "import hardware.guard, profiles.library, kiosk.records.store\nimport os"),
    ("kiosk/export/csv.py", "# import kivy\nname = 'import kivy'\nimport_module('json')"),
]


@pytest.mark.parametrize(("path", "source"), GOOD)
def test_an_allowed_import_is_not_found(tmp_path: Path, path: str, source: str) -> None:
    assert not violations(make_tree(tmp_path, {path: source}))


def test_a_library_that_reaches_the_guard_by_a_chain_is_found(tmp_path: Path) -> None:
    """Through the __init__ of a parent package, which importing a module loads as well."""
    tree = {
        "hardware/guard.py": "from kiosk.deep.tool import f",
        "kiosk/deep/__init__.py": "from . import other",
        "kiosk/deep/other.py": "def g():\n    import tinydb",
        "kiosk/deep/tool.py": "",
    }
    found = violations(make_tree(tmp_path, tree))
    chain = "hardware.guard -> kiosk.deep -> kiosk.deep.other -> tinydb"
    assert f"the guard process loads tinydb: {chain}" in found


def test_the_command_line_must_not_load_the_screens_for_the_guard(tmp_path: Path) -> None:
    screens = {"kiosk/screens/idle.py": "import kivy", "kiosk/__init__.py": ""}
    inside = {"kiosk/__main__.py": "def run():\n    from kiosk.screens import idle"}
    outside = {"kiosk/__main__.py": "from kiosk.screens import idle"}
    assert not violations(make_tree(tmp_path, screens | inside))
    found = violations(make_tree(tmp_path, screens | outside))
    assert found == [
        "the guard process loads kivy: kiosk.__main__ -> kiosk.screens.idle -> kivy",
    ]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("try:\n    f()\nexcept:\n    g()", "bare except"),
        ("try:\n    f()\nexcept:\n    pass", "bare except"),
        ("try:\n    f()\nexcept OSError:\n    pass", "does nothing"),
        ("try:\n    f()\nexcept* OSError:\n    ...", "does nothing"),
        ("try:\n    f()\nexcept OSError:\n    'never mind'\n    pass", "does nothing"),
        ("with contextlib.suppress(Exception):\n    f()", "suppresses every error"),
        ("with suppress(BaseException):\n    f()", "suppresses every error"),
        ("x = 1\n" * (MAX_LINES + 1), "lines, more than"),
        ("try:\n    f()\nexcept OSError:\n    g()", None),
        ("with suppress(FileNotFoundError):\n    f()", None),
        ("x = 1\n" * MAX_LINES, None),
    ],
)
def test_the_style_checker(tmp_path: Path, source: str, why: str | None) -> None:
    path = make_tree(tmp_path, {"a.py": source}) / "a.py"
    found = list(style_violations(path))
    assert (why is None and not found) or any(why in line for line in found if why)
