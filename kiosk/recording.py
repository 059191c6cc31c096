"""A recording: one session's raw inputs as JSON Lines (contracts.md §3), read and written."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TextIO

import msgspec

from hardware.link import RailsMode, Raw
from kiosk.session.actions import Action, parse_action

VERSION: Final = 1
LATE_NS: Final = 1_000_000_000
"""The guard's news are told to the kiosk within milliseconds; on a stalled machine within this."""
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


HELD: Final = frozenset({"facing", "mm_per_count", "invert", "rails", "cap_kmh"})
"""The settings that :class:`Config` tells, by the names under which staff change them."""


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
            f"{path}, line 1: not the header of a recording ({_in_one_line(error)}): it begins "
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
                        f"{path}, line {number}: {_in_one_line(error)}: "
                        "mend the line or take it out"
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


def _in_one_line(error: Exception) -> str:
    """Return what is wrong; a key of the file's own may hold line ends."""
    return " ".join(str(error).split())


def _ns(t_s: float) -> int:
    if not 0 <= t_s < 1e6:
        raise ValueError("t must be seconds from 0 on")
    return round(t_s * 1e9)


class Recorder:
    """Keeps a real session as a recording (``sternway run --record FILE``). Thread-safe.

    What the guard heard comes here a little after what happened in the kiosk meanwhile, so lines
    wait until nothing earlier can come, and are written in the order of their times.
    """

    def __init__(self, path: Path, config: Config) -> None:
        """Create the file, with its header; raises OSError where it cannot be written."""
        self._file: TextIO = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()
        self._start_ns: int | None = None
        self._waiting: list[tuple[int, int, dict[str, Any]]] = []
        self._count = 0
        self._written_ns = self._newest_ns = 0
        header = {
            "sternway": "recording",
            "version": VERSION,
            "config": msgspec.to_builtins(config),
        }
        self._write(header)

    def raw(self, raw: Raw) -> None:
        """Keep one raw input of the guard."""
        if raw.belt is not None:
            self._take(raw.t_ns, {"belt": raw.belt.decode("latin-1")})
        else:
            self._take(raw.t_ns, {"pin": raw.pin, "level": raw.level})

    def action(self, action: Action, now_ns: int) -> None:
        """Keep one action; of an unlock the PIN is left out."""
        fields = msgspec.to_builtins(action)
        fields.pop("pin", None)
        self._take(now_ns, {k: v for k, v in fields.items() if v is not None})

    def close(self) -> None:
        """Write what waits, and close the file."""
        with self._lock:
            self._settle(self._newest_ns)
            self._file.close()

    def _take(self, now_ns: int, line: dict[str, Any]) -> None:
        with self._lock:
            if self._start_ns is None:
                self._start_ns = now_ns
            t_ns = max(0, now_ns - self._start_ns)
            self._count += 1  # lines of one time stay in the order in which they came
            heapq.heappush(self._waiting, (t_ns, self._count, line))
            self._newest_ns = max(self._newest_ns, t_ns)
            self._settle(self._newest_ns - LATE_NS)

    def _settle(self, until_ns: int) -> None:
        while self._waiting and self._waiting[0][0] <= until_ns:
            t_ns, _, line = heapq.heappop(self._waiting)
            # One that is later still than anybody thought must not make the file unreadable.
            self._written_ns = max(self._written_ns, t_ns)
            self._write({**line, "t": round(self._written_ns / 1e9, 4)})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(msgspec.json.encode(line).decode("utf-8") + "\n")
