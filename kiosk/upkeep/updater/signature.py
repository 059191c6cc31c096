"""The signature of a manifest: Ed25519, checked by ``minisign`` against the system's own keys."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from kiosk.upkeep.updater.words import NO_KEY, NOT_SIGNED, UpdateError

PROGRAM: Final = "minisign"
_WITHIN_S: Final = 20.0


def keys_in(folder: Path) -> tuple[Path, ...]:
    """Return the public keys that this system trusts: more than one while they are changed over."""
    return tuple(sorted(folder.glob("*.pub")))


def check(signed: bytes, signature: bytes, keys: Path) -> None:
    """Raise :class:`UpdateError` unless one of the keys in this folder has signed it."""
    known = keys_in(keys)
    if not known:
        raise UpdateError(NO_KEY)
    with tempfile.TemporaryDirectory(prefix="sternway-update-") as folder:
        message, mark = Path(folder, "message"), Path(folder, "mark")
        message.write_bytes(signed)
        mark.write_bytes(signature)
        for key in known:
            # -H: only signatures of the whole message's hash, not of the old kind.
            command: list[str | Path] = [
                PROGRAM,
                "-V",
                "-H",
                "-q",
                "-p",
                key,
                "-x",
                mark,
                "-m",
                message,
            ]
            try:
                done = subprocess.run(
                    command, capture_output=True, timeout=_WITHIN_S, check=False, env={}
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                print(f"sternway update: {PROGRAM}: {error}", flush=True)
                raise UpdateError(NOT_SIGNED) from error
            if done.returncode == 0:
                return
    raise UpdateError(NOT_SIGNED)
