"""Runs test files against changed sources, each change in a fork of its own: a second for several.

Reads from stdin a JSON list of `[source, before, after, [test files]]`, where `before` stands once
in the source; writes to stdout a JSON list of pytest's exit codes (1: a test failed, 0: none did).
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path

# What pytest loads in every run is loaded once, before the forks.
import _hypothesis_pytestplugin  # noqa: F401
import _pytest.doctest
import _pytest.junitxml  # noqa: F401
import hypothesis  # noqa: F401
import pytest

ROOT = Path(__file__).resolve().parents[2]


def install(source: str, before: str, after: str) -> None:
    """Put the changed module in the place of the real one, before anything imports that."""
    path = ROOT / source
    text = path.read_text(encoding="utf-8")
    if text.count(before) != 1:
        raise ValueError(f"{source} does not hold {before!r} once")
    name = source.removesuffix(".py").replace("/", ".")
    package, _, leaf = name.rpartition(".")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    setattr(importlib.import_module(package), leaf, module)
    exec(compile(text.replace(before, after), str(path), "exec"), module.__dict__)


def exit_code(source: str, before: str, after: str, tests: list[str]) -> int:
    """What pytest ends with when a fork runs the tests against the change."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    code = 70
    try:
        install(source, before, after)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        code = pytest.main(["-x", "-q", "--tb=no", "-p", "no:cacheprovider", *tests])
    finally:
        os._exit(code)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    json.dump([exit_code(*change) for change in json.load(sys.stdin)], sys.stdout)
