"""What may be said at the bench door: one line of JSON, one kind of request (contracts.md §8)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from msgspec import Meta

from hardware.errors import BenchError
from hardware.simulator.sensor import Fault

FASTEST_KMH: Final = 20.0
Time = float | None


class _Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Any request; a script's ``t`` may stay in it, and means nothing here."""

    t: Time = None


class PinRequest(_Request, frozen=True):
    """Drive a pin of the panel to its logical level; ``timed``: and tell when the relay moved."""

    pin: Literal["estop", "estop_b", "rail_left", "rail_right", "stop_button", "key"]
    level: Literal[0, 1]
    timed: bool = False


class SpeedRequest(_Request, frozen=True):
    """Set the belt's speed (km/h, signed like the sensor), reached at ``ramp_kmh_s``."""

    speed_kmh: Annotated[float, Meta(ge=-FASTEST_KMH, le=FASTEST_KMH)]
    ramp_kmh_s: Annotated[float, Meta(gt=0.0, le=1000.0)] | None = None
    force: bool = False


class SensorRequest(_Request, frozen=True):
    """Break the sensor, or mend it."""

    sensor: Fault


class RawRequest(_Request, frozen=True):
    """Put bytes (latin-1) into the sensor's port."""

    raw: str


class DoRequest(msgspec.Struct, frozen=True):
    """Something for the kiosk; the guard does not look into it."""

    do: Any


class StickRequest(msgspec.Struct, frozen=True):
    """A USB stick in or out; the sticks are the kiosk's, and so is what may stand in here."""

    stick: Any


class GetRequest(_Request, frozen=True):
    """Ask for something; there is only the state."""

    get: Literal["state"]


Request = (
    PinRequest | SpeedRequest | SensorRequest | RawRequest | DoRequest | StickRequest | GetRequest
)

KINDS: Final[dict[str, type[Request]]] = {
    "pin": PinRequest,
    "speed_kmh": SpeedRequest,
    "sensor": SensorRequest,
    "raw": RawRequest,
    "do": DoRequest,
    "stick": StickRequest,
    "get": GetRequest,
}
_HELP: Final = "say one of " + ", ".join(f'{{"{kind}": ..}}' for kind in KINDS)


def parse(line: bytes) -> Request:
    """Return the request of a line; raises :class:`BenchError` with what is wrong and the mend."""
    try:
        fields = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BenchError(f"not a line of JSON ({error}); {_HELP}") from error
    if not isinstance(fields, dict):
        raise BenchError(f"not a JSON object; {_HELP}")
    kinds = [kind for kind in KINDS if kind in fields]
    # A `do` line may have fields that are named like another request, such as a script's.
    kind = "do" if "do" in kinds else kinds[0] if len(kinds) == 1 else None
    if kind is None:
        raise BenchError(f"{'two requests in one line' if kinds else 'no request known'}; {_HELP}")
    try:
        return msgspec.convert(fields, KINDS[kind])
    except msgspec.ValidationError as error:
        raise BenchError(f"{kind}: {_in_words(str(error), KINDS[kind])}") from error


def latin1(text: str) -> bytes:
    """Return the bytes of a ``raw`` request; raises :class:`BenchError`."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise BenchError("raw: each character stands for one byte, U+0000 to U+00FF") from error


def _in_words(fault: str, kind: type[Request]) -> str:
    fields = ", ".join(
        f"{field.name} ({_choices(field.type)})" if _choices(field.type) else field.name
        for field in msgspec.structs.fields(kind)
        if field.name != "t"
    )
    return f"{fault}; its fields are {fields}"


def _choices(kind: Any) -> str:
    return "|".join(str(choice) for choice in get_args(kind) if isinstance(choice, str | int))
