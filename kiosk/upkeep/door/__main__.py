"""``python -m kiosk.upkeep.door``: looks at the staff's keys, and lays them out for the server.

Root, started once by ``sternway-ssh.service``, and only where the file is on the card.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from kiosk.paths import SERVICE_DATA
from kiosk.upkeep.door.hostkey import KEYGEN, lay_host_key
from kiosk.upkeep.door.lines import MOST_BYTES, keys_of, refused
from kiosk.upkeep.door.model import (
    ALLOWED,
    NOT_KEPT,
    NOT_TO_READ,
    ON_CARD,
    PLACE,
    DoorError,
    Standing,
    tell,
)
from profiles.saying import Said

LEAST_RSA_BITS: Final = 2048


def main() -> int:
    """Lay the door open; return 0, or 1 with one line on stderr where it stays closed."""
    why: Said
    try:
        keys = opened(ON_CARD, SERVICE_DATA, PLACE)
    except DoorError as error:
        why = error.said
    except OSError as error:
        print(f"sternway ssh: {error}", file=sys.stderr)
        why = (NOT_KEPT,)
    else:
        print(f"sternway ssh: open for {keys} keys", flush=True)
        return 0
    print(f"sternway ssh: {' '.join(map(str, why))}", file=sys.stderr)
    with contextlib.suppress(OSError):
        tell(Standing(why=why), PLACE)
    return 1


def opened(card: Path, data: Path, place: Path, keygen: str = KEYGEN) -> int:
    """Return for how many keys the door is open; raises :class:`DoorError`, and it is closed.

    The list of keys comes last: while it is not there, neither server nor network starts.
    """
    allowed = place / ALLOWED
    allowed.unlink(missing_ok=True)
    try:
        with card.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DoorError(NOT_TO_READ) from error
    if len(content) > MOST_BYTES:
        raise DoorError(NOT_TO_READ)
    keys = keys_of(content)
    for key, number in keys.items():
        if not _good(key, place, keygen):
            raise refused(number)
    lay_host_key(data, place, keygen)
    tell(Standing(keys=len(keys)), place)
    fresh = allowed.with_suffix(".new")
    fresh.write_text("".join(f"{key}\n" for key in keys), encoding="ascii")
    # The server reads it as the user who comes in; the keys are public.
    fresh.chmod(0o644)
    fresh.rename(allowed)
    return len(keys)


def _good(key: str, place: Path, keygen: str) -> bool:
    """Say whether OpenSSH itself takes the key, and an RSA one is long enough."""
    path = place / "one.pub"
    path.write_text(f"{key}\n", encoding="ascii")
    try:
        done = subprocess.run(
            [keygen, "-l", "-f", str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.unlink(missing_ok=True)
    bits, _, rest = done.stdout.partition(" ")
    if done.returncode != 0 or not bits.isdecimal():
        return False
    return not rest.rstrip().endswith("(RSA)") or int(bits) >= LEAST_RSA_BITS


if __name__ == "__main__":
    sys.exit(main())
