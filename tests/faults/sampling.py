"""What a process holds, sampled; and whether it stays level."""

from __future__ import annotations

import resource
import statistics
from pathlib import Path
from typing import NamedTuple

MIB = 1 << 20
MOST_MORE_BYTES = 3 * MIB
"""Memory may be so much more in the last quarter than in the second: of two hours, in one."""


class Sample(NamedTuple):
    """What a process holds at a moment."""

    rss: int
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int, apart: Path | None = None) -> Sample:
        """Look at a process. Raises ``OSError`` when it is gone.

        Files that lie in ``apart`` do not count: a closed session's journal stays open until it is
        folded. One that was deleted there and is still open does: nobody lets go of it any more.
        Fonts neither: SDL opens one for each size of letters that was ever drawn, and so many only.
        """
        proc = Path(f"/proc/{pid}")
        pages = int((proc / "statm").read_text().split()[1])
        return cls(
            pages * resource.getpagesize(),
            sum(1 for one in (proc / "fd").iterdir() if not _lies_in(one, apart)),
            len(list((proc / "task").iterdir())),
        )


def _lies_in(link: Path, folder: Path | None) -> bool:
    try:
        path = link.readlink()
        # A deleted file's link says so behind its name, and leads nowhere.
        return (path.parent == folder and path.exists()) or path.suffix == ".ttf"
    except OSError:
        return False  # closed meanwhile


def bytes_in(folder: Path) -> int:
    """Return the size of all files of a folder, as far as they can be looked at."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue  # folded meanwhile
    return total


def grown(samples: list[Sample], most_bytes: int = MOST_MORE_BYTES) -> list[str]:
    """Return a sentence for each thing that grew from the second quarter to the last.

    The least of a quarter counts: what is let go of again is no growth.
    """
    quarter = max(1, len(samples) // 4)
    before, after = samples[quarter : 2 * quarter] or samples[:1], samples[-quarter:]
    said = []
    first, last = (min(one.rss for one in part) for part in (before, after))
    if last - first > most_bytes:
        said.append(f"memory grew from {first / MIB:.1f} to {last / MIB:.1f} MiB")
    for name in ("files", "threads"):
        first, last = (min(getattr(one, name) for one in part) for part in (before, after))
        if last > first:
            said.append(f"{name} grew from {first} to {last}")
    return said


def a_sample_mib(samples: list[Sample]) -> float:
    """Return by how many MiB memory grows from one sample to the next, over their second half."""
    half = [one.rss / MIB for one in samples[len(samples) // 2 :]]
    return statistics.linear_regression(range(len(half)), half).slope if len(half) > 1 else 0.0
