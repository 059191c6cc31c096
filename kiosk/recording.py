"""A recording: one session's raw inputs as JSON Lines (contracts.md §3), read and written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TextIO

import msgspec

from hardware.link import RailsMode, Raw
from kiosk.session.actions import Action, parse_action

VERSION: Final = 1
PINS: Final = frozenset({"estop", "estop_b", "rail_left", "rail_right", "stop_button", "key"})


class RecordingError(ValueError):
    """A recording that cannot be used; one sentence with the file, the line and the mend."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings under which the inputs were recorded."""

    facing: Literal["away", "console"] = "away"
    mm_per_count: Annotated[float, msgspec.Meta(ge=0.5, le=20)] = 5.0
    invert: bool = False
    rails: RailsMode = "both"
    site_cap_kmh: Annotated[float, msgspec.Meta(gt=0, le=5.0)] = 4.0


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line."""

    sternway: Literal["recording"]
    version: Literal[1]
    config: Config = Config()


class Input(msgspec.Struct, frozen=True):
    """One line: at ``t_ns`` either bytes of the belt sensor, a pin's level, or an action."""

    t_ns: int
    belt: bytes | None = None
    pin: str | None = None
    level: bool = False
    action: Action | None = None


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    t: Annotated[float, msgspec.Meta(ge=0)]
    belt: str | None = None
    pin: str | None = None
    level: Literal[0, 1] | None = None


_header = msgspec.json.Decoder(Header)
_line = msgspec.json.Decoder(_Line)


def read(path: Path) -> tuple[Config, Iterator[Input]]:
    """Return a recording's settings and its inputs; both raise :class:`RecordingError`."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read ({error.strerror}): check the name"
        ) from error
    first = file.readline()
    try:
        header = _header.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        file.close()
        raise RecordingError(
            f"{path}, line 1: not the header of a recording ({error}): it begins "
            '{"sternway": "recording", "version": 1, ...}'
        ) from error

    def inputs() -> Iterator[Input]:
        last_ns = 0
        with file:
            for number, line in enumerate(file, start=2):
                if not line.strip():
                    continue
                try:
                    item = _input(line)
                except (ValueError, TypeError, RecursionError) as error:
                    raise RecordingError(
                        f"{path}, line {number}: {error}: mend the line or take it out"
                    ) from error
                if item.t_ns < last_ns:
                    raise RecordingError(
                        f"{path}, line {number}: t goes back: sort the lines by their t"
                    )
                last_ns = item.t_ns
                yield item

    return header.config, inputs()


def _input(line: bytes) -> Input:
    if b'"do"' in line:
        action = parse_action(line)
        return Input(t_ns=_ns(action.t), action=action)
    item = _line.decode(line)
    if item.belt is not None:
        return Input(t_ns=_ns(item.t), belt=item.belt.encode("latin-1"))
    if item.pin is None or item.level is None:
        raise ValueError("a line holds belt, or pin and level, or do")
    if item.pin not in PINS:
        raise ValueError(f"there is no pin {item.pin!r}; there are {', '.join(sorted(PINS))}")
    return Input(t_ns=_ns(item.t), pin=item.pin, level=bool(item.level))


def _ns(t_s: float) -> int:
    if not 0 <= t_s < 1e6:
        raise ValueError("t must be seconds from 0 on")
    return round(t_s * 1e9)


class Recorder:
    """Keeps a real session as a recording (``sternway run --record FILE``). Thread-safe."""

    def __init__(self, path: Path, config: Config) -> None:
        """Create the file, with its header; raises OSError where it cannot be written."""
        self._file: TextIO = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()
        self._start_ns: int | None = None
        header = {
            "sternway": "recording",
            "version": VERSION,
            "config": msgspec.to_builtins(config),
        }
        self._write(header)

    def raw(self, raw: Raw) -> None:
        """Keep one raw input of the guard."""
        line: dict[str, Any] = {"t": self._t_s(raw.t_ns)}
        if raw.belt is not None:
            line["belt"] = raw.belt.decode("latin-1")
        else:
            line |= {"pin": raw.pin, "level": raw.level}
        self._write(line)

    def action(self, action: Action, now_ns: int) -> None:
        """Keep one action; of an unlock the PIN is left out."""
        fields = msgspec.to_builtins(action)
        fields.pop("pin", None)
        self._write({**{k: v for k, v in fields.items() if v is not None}, "t": self._t_s(now_ns)})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _t_s(self, now_ns: int) -> float:
        if self._start_ns is None:
            self._start_ns = now_ns
        return round(max(0, now_ns - self._start_ns) / 1e9, 4)

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(msgspec.json.encode(line).decode("utf-8") + "\n")
