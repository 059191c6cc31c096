"""Where the door's files are, and how it stands: what the kiosk and the doctor show of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from profiles.saying import Said, ToldError, saying

FILE: Final = "sternway-ssh.pub"
"""The staff's file of public keys, in the top folder of the boot partition."""
ON_CARD: Final = Path("/boot/firmware") / FILE
PLACE: Final = Path("/run/sternway-ssh")
"""In memory: what the SSH server reads. Nothing of it is there after a restart without the file."""
HOST_KEY: Final = "host_ed25519"
ALLOWED: Final = "authorized_keys"
"""The lines that were looked at; while this file is there, the server and the network start."""
_STANDING: Final = "door.json"
_MOST_BYTES: Final = 4096


class DoorError(ToldError):
    """Why the door stays closed, in one sentence with the mend."""


NOT_TO_READ: Final = saying(
    "The file {file} on the memory card cannot be read, so SSH stays closed: write it again.",
    file=FILE,
)
NOT_KEPT: Final = saying(
    "This kiosk's own SSH key could not be kept, so SSH stays closed: call the service."
)
OPEN: Final = saying(
    "Maintenance by SSH is possible. To end it, take the file {file} off the memory card and "
    "restart.",
    file=FILE,
)


class Standing(msgspec.Struct, frozen=True):
    """``keys`` that may come in; none, and ``why`` not."""

    keys: int = 0
    why: Said = ()


def tell(standing: Standing, place: Path = PLACE) -> None:
    """Leave it for whoever shows it. Raises ``OSError``."""
    path = place / _STANDING
    path.write_bytes(msgspec.json.encode(standing))
    path.chmod(0o644)


def standing(place: Path = PLACE) -> Standing | None:
    """Return how the door stands; None where nobody asked for it. Reads memory, and no disk."""
    try:
        with (place / _STANDING).open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_BYTES), type=Standing)
    except (OSError, ValueError, RecursionError):
        return None


def faults(place: Path = PLACE) -> tuple[Said, ...]:
    """Return what staff are shown: that the door is open, or why it is not though they asked."""
    found = standing(place)
    if found is None:
        return ()
    said = (OPEN,) if found.keys else found.why
    return (said,) if said and all(one.is_sound() for one in said) else ()
