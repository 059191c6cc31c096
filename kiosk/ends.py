"""How a command ends: its exit status, and the one line on stderr that says why."""

from __future__ import annotations

import sys
from typing import Final

DONE: Final = 0
NO: Final = 1
"""It ran, and the answer is no."""
UNUSABLE: Final = 2
"""Arguments, configuration or input that nothing can be done with."""


def in_one_line(why: object) -> str:
    """Return what was said without line ends: a file's name may hold some."""
    return " ".join(str(why).split())


def told(why: object) -> None:
    """Say it in one line on stderr."""
    print(f"sternway: {in_one_line(why)}", file=sys.stderr)


def ended(why: object, status: int) -> int:
    """Say why in one line on stderr, and return the status."""
    told(why)
    return status
