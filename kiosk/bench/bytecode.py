"""Byte code for the processes of a run, as an installed kiosk has it beside its source."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NAMES: Final = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


@contextlib.contextmanager
def kept(folder: Path) -> Iterator[None]:
    """Have the processes that are started in here keep their byte code in ``folder``.

    An environment that forbids to write it would have each of them compile all of its source: a
    third of a kiosk's start, which no installed one knows.
    """
    before = {name: os.environ.get(name) for name in _NAMES}
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
