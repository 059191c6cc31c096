"""The boot partition, made writable for as long as something is written to it, and no longer."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kiosk.upkeep.updater.disk import sync_folder


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Remount a partition that is mounted read-only; one that can be written stays as it is.

    Raises ``OSError``. A partition that cannot be made read-only again is only said so: what was
    written is durable by then.
    """
    if not os.statvfs(folder).f_flag & os.ST_RDONLY:
        yield
        return
    _remount(folder, "rw")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # every write was synced by itself
            sync_folder(folder)
        try:
            _remount(folder, "ro")
        except OSError as error:
            print(f"sternway update: {error}", flush=True)


def _remount(folder: Path, how: str) -> None:
    done = subprocess.run(
        ["mount", "-o", f"remount,{how}", folder], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise OSError(None, f"{folder} could not be made {how}: {' '.join(done.stderr.split())}")
