"""The messages between the kiosk and the stick helper: one message, one packet (SOCK_SEQPACKET).

The kiosk names sticks only by the ids that the helper gave them, and never a path. A mounted stick
comes back as an open folder (SCM_RIGHTS, with :class:`Done`), because it stands in the helper's own
mount namespace, where no other process sees it. What the helper says to people are sentences with
their fields apart, so that the kiosk can put them into its language.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kiosk.sticks.model import Stick
from profiles.saying import Said, Saying

VERSION: Final = 2
MOST_STICKS: Final = 32
MAX_REQUEST_BYTES: Final = 512
MAX_PACKET_BYTES: Final = 65_536

# --- kiosk to helper -----------------------------------------------------------------------


class Mount(msgspec.Struct, frozen=True, tag="mount", forbid_unknown_fields=True):
    """Make a stick readable, or writable as well; answered by :class:`Done`."""

    number: int
    stick_id: str
    writable: bool


class Unmount(msgspec.Struct, frozen=True, tag="unmount", forbid_unknown_fields=True):
    """Write everything to a stick and let go of it; answered by :class:`Done`."""

    number: int
    stick_id: str


ToHelper = Mount | Unmount

# --- helper to kiosk -----------------------------------------------------------------------


class Plugged(msgspec.Struct, frozen=True, tag="plugged"):
    """What is plugged in, all of it, in the order in which it came: at first and at each change."""

    version: int
    sticks: tuple[Stick, ...]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The answer to the request of this number; ``error`` is empty when it was done.

    ``gone`` says that the stick is no longer there. A mount that was done brings its folder.
    """

    number: int
    error: Said = ()
    gone: bool = False


class Turned(msgspec.Struct, frozen=True, tag="turned"):
    """The helper will not speak with this client, for this reason, and closes the connection."""

    reason: Saying


ToKiosk = Plugged | Done | Turned

_encoder = msgspec.msgpack.Encoder()
_to_helper: msgspec.msgpack.Decoder[ToHelper] = msgspec.msgpack.Decoder(ToHelper)
_to_kiosk: msgspec.msgpack.Decoder[ToKiosk] = msgspec.msgpack.Decoder(ToKiosk)


def encode(message: ToHelper | ToKiosk) -> bytes:
    """Return the packet of a message."""
    return _encoder.encode(message)


def decode_to_helper(packet: bytes) -> ToHelper:
    """Return the kiosk's message; raises ``msgspec.MsgspecError`` (a ValueError) on any other."""
    try:
        return _to_helper.decode(packet)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def decode_to_kiosk(packet: bytes) -> ToKiosk:
    """Return the helper's message; raises ``msgspec.MsgspecError`` (a ValueError) on any other.

    A sentence whose fields do not fit it is another one too: no screen may fail of it later.
    """
    try:
        message = _to_kiosk.decode(packet)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
    for one in _said_in(message):
        if not one.is_sound():
            raise msgspec.ValidationError("a sentence does not fit its fields")
    return message


def _said_in(message: ToKiosk) -> Said:
    match message:
        case Plugged(sticks=sticks):
            return tuple(one.problem for one in sticks if one.problem is not None)
        case Done(error=error):
            return error
        case Turned(reason=reason):
            return (reason,)
