"""What a stick is to the rest of the kiosk, and what may be asked about it. No I/O in here."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import msgspec

from profiles.saying import Saying, ToldError

UNNAMED: Final = "USB stick"
"""The label of a stick whose owner gave it none; screens say it in their language."""


class StickError(ToldError):
    """Something that a stick, or whoever looks after it, could not do: one sentence with the mend.

    ``gone`` says that the stick is no longer there at all.
    """

    def __init__(self, *said: Saying, gone: bool = False) -> None:
        """Keep the sentences."""
        super().__init__(*said)
        self.gone = gone


class BenchError(StickError):
    """A line of the bench that cannot be carried out; English, as all that the bench says."""

    def __init__(self, text: str) -> None:
        """Keep the text, which is no key of the catalogues."""
        super().__init__(Saying(text))


class Stick(msgspec.Struct, frozen=True):
    """One partition of a stick that is plugged in, or a whole stick that has none.

    ``id`` is its name while it is in (``sda1``); ``device`` the stick it is on (``sda``), so that
    people can be told about "two parts of one stick". ``label`` is what its owner called it, else
    :data:`UNNAMED`. ``bytes`` is its size. ``filesystem`` is None where there is none.
    ``read_only``: a write-protect switch, or a filesystem that only reads. ``problem`` is a
    sentence with its mend where it cannot be used at all, None where it can.
    """

    id: str
    device: str
    label: str
    bytes: int
    filesystem: str | None
    read_only: bool = False
    problem: Saying | None = None


class Sticks(Protocol):
    """The sticks that are plugged in. ``plugged`` returns at once; the rest may take seconds."""

    def plugged(self) -> tuple[Stick, ...]:
        """Return what is plugged in now, in the order in which it came; from any thread."""

    def fault(self) -> Saying | None:
        """Return why no stick can be seen at all (one sentence), or None."""

    def mount(self, stick_id: str, *, writable: bool) -> Path:
        """Make it readable (``writable``: and writable) and return where it stands.

        ``nosuid,nodev,noexec`` always; read-only unless ``writable``. Raises :class:`StickError`.
        """

    def unmount(self, stick_id: str) -> None:
        """Write everything to it and let go: when this returns it is safe to remove.

        One that is not mounted is fine. Raises :class:`StickError`, also for one that was pulled.
        """

    def close(self) -> None:
        """Unmount everything, and end."""
