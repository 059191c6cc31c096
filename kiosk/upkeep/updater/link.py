"""The messages between the kiosk and the update service: one message, one packet (SOCK_SEQPACKET).

The kiosk hands over an open file (SCM_RIGHTS) and no path: the service mounts nothing, and opens
nothing of a stick. What it says to people are sentences with their fields apart.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kiosk.upkeep.updater.install import Phase, Standing
from kiosk.upkeep.updater.manifest import Version
from profiles.saying import Said

MAX_REQUEST_BYTES: Final = 512
MAX_ANSWER_BYTES: Final = 16_384

# --- kiosk to service -----------------------------------------------------------------------


class Look(msgspec.Struct, frozen=True, tag="look", forbid_unknown_fields=True):
    """How do the slots stand? Answered by :class:`Stands`."""


class Examine(msgspec.Struct, frozen=True, tag="examine", forbid_unknown_fields=True):
    """May this file be installed? It comes with it. Answered by :class:`Offer` or ``Done``."""


class Install(msgspec.Struct, frozen=True, tag="install", forbid_unknown_fields=True):
    """Install the file that comes with it, if it is the one of that digest.

    Answered by :class:`Going` again and again, then by :class:`Done`. ``Stop``, or the end of the
    connection, ends it.
    """

    digest: str


class Stop(msgspec.Struct, frozen=True, tag="stop", forbid_unknown_fields=True):
    """End an installation that is under way."""


class Keep(msgspec.Struct, frozen=True, tag="keep", forbid_unknown_fields=True):
    """The running version was seen to work: keep it. Answered by :class:`Done`."""


class Try(msgspec.Struct, frozen=True, tag="try", forbid_unknown_fields=True):
    """The machine is restarted now: have it try what waits. Answered by :class:`Done`."""


class Forget(msgspec.Struct, frozen=True, tag="forget", forbid_unknown_fields=True):
    """Forget a version that did not come up. Answered by :class:`Done`."""


ToService = Look | Examine | Install | Stop | Keep | Try | Forget

# --- service to kiosk -----------------------------------------------------------------------


class Stands(msgspec.Struct, frozen=True, tag="stands"):
    """How the slots stand."""

    standing: Standing


class Offer(msgspec.Struct, frozen=True, tag="offer"):
    """The update may be installed. ``digest`` names it; ``bytes`` is how much it is."""

    version: Version
    bytes: int
    digest: str


class Going(msgspec.Struct, frozen=True, tag="going"):
    """How far an installation is."""

    phase: Phase
    done: int
    total: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """It is done, or ``error`` says why not."""

    error: Said = ()


ToKiosk = Stands | Offer | Going | Done

_encoder = msgspec.msgpack.Encoder()
_to_service: msgspec.msgpack.Decoder[ToService] = msgspec.msgpack.Decoder(ToService)
_to_kiosk: msgspec.msgpack.Decoder[ToKiosk] = msgspec.msgpack.Decoder(ToKiosk)


def encode(message: ToService | ToKiosk) -> bytes:
    """Return the packet of a message."""
    return _encoder.encode(message)


def decode_to_service(packet: bytes) -> ToService:
    """Return the kiosk's message; raises ``msgspec.MsgspecError`` (a ValueError) on any other."""
    try:
        return _to_service.decode(packet)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def decode_to_kiosk(packet: bytes) -> ToKiosk:
    """Return the service's message; raises ``msgspec.MsgspecError`` (a ValueError) on any other.

    A sentence whose fields do not fit it is another one too: no screen may fail of it later.
    """
    try:
        message = _to_kiosk.decode(packet)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
    if isinstance(message, Done) and not all(one.is_sound() for one in message.error):
        raise msgspec.ValidationError("a sentence does not fit its fields")
    return message
