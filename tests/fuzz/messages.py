"""What is said between processes: the guard's packets both ways, and the lines of the bench."""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from hardware import interlock, link
from hardware.core import GuardCore
from hardware.errors import BenchError
from hardware.limits import MS
from hardware.simulator import requests
from kiosk.session import actions
from kiosk.sticks import bench as sticks
from kiosk.sticks import link as helper
from kiosk.sticks.client import NOT_RUNNING
from kiosk.sticks.model import BenchError as StickError
from kiosk.sticks.model import Stick
from kiosk.upkeep.updater import link as updates
from tests.fuzz import changes
from tests.fuzz.target import ROOT, Break, Target
from tests.hardware.belt_model import Motion, Sensor

# ---- link: any packet, and any conversation ------------------------------------------------------

DECODERS: tuple[tuple[Callable[[bytes], Any], Callable[[Any], bytes]], ...] = (
    (link.decode_to_guard, link.encode),
    (link.decode_to_kiosk, link.encode),
    (updates.decode_to_service, updates.encode),
    (updates.decode_to_kiosk, updates.encode),
    (helper.decode_to_helper, helper.encode),
    (helper.decode_to_kiosk, helper.encode),
)
WARM_S = 3.0
KIOSK_LOST_NS = 1000 * MS
EVENTS_AT_MOST = 60


def link_holds(data: bytes) -> None:
    """A packet is a message or ``msgspec.MsgspecError``; what was understood is said the same.

    A packet that is a list is a conversation with a guard: its parts are messages, pins or time.
    """
    for decode, encode in DECODERS:
        try:
            message = decode(data)
        except msgspec.MsgspecError:
            continue
        packet = encode(message)
        assert encode(decode(packet)) == packet, f"{message!r} is said in another way"
    try:
        value = msgspec.msgpack.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    if isinstance(value, list):
        converse(value[:EVENTS_AT_MOST])


@functools.cache
def warm_guard() -> tuple[GuardCore, list[Any]]:
    """A guard after three healthy seconds at rest, and the sensor's frames from there on."""
    core = GuardCore(mm_per_count=5.0, facing="away")
    frames = Sensor().frames(Motion((0.0, 0.0), (4.0, 0.0), (5.0, 1.0)), 30.0)
    for pin in ("estop", "key"):
        core.set_pin(pin, True)
    count = round(WARM_S * 50)
    for frame in frames[:count]:
        now_ns = round(frame.t * 1e9)
        core.feed(frame.line, now_ns)
        core.command(link.Alive(), now_ns)
        core.step(now_ns)
    for pin in ("rail_left", "rail_right"):
        core.set_pin(pin, True)
    core.step(now_ns)
    return core, frames[count:]


def converse(events: list[Any]) -> None:
    """No command raises, and none gives a permit that the levels of the pins forbid.

    A number lets time pass (20 ms each, at most 25 at once), a text is a pin's name with its level,
    anything else is said to the guard.
    """
    template, frames = warm_guard()
    core = copy.deepcopy(template)
    belt = iter(frames)
    now_ns = alive_ns = round(WARM_S * 1e9)
    levels = {"estop": True, "key": True}
    for event in events:
        can_be_told(core)
        if isinstance(event, int):
            for frame in [one for _, one in zip(range(max(1, event % 25)), belt, strict=False)]:
                now_ns = round(frame.t * 1e9)
                core.feed(frame.line, now_ns)
                core.step(now_ns)
                may_be(core, levels, now_ns - alive_ns)
            continue
        if isinstance(event, str):
            name, level = event[1:], event[:1] == "+"
            if name in {"estop", "key", "rail_left", "rail_right", "stop_button"}:
                core.set_pin(name, level)
                levels[name] = level
                core.step(now_ns)
                may_be(core, levels, now_ns - alive_ns)
            continue
        packet = event if isinstance(event, bytes) else msgspec.msgpack.encode(event)
        try:
            message = link.decode_to_guard(packet)
        except msgspec.MsgspecError:
            continue
        if isinstance(message, link.Alive):
            alive_ns = now_ns
        refused = core.command(message, now_ns)
        if refused is not None:
            assert link.decode_to_kiosk(link.encode(refused)) == refused
        if isinstance(message, link.Revoke | link.EndSession):
            core.step(now_ns)
            assert not core.permit, f"the permit outlives {message!r}"
        may_be(core, levels, now_ns - alive_ns)
    can_be_told(core)


def may_be(core: GuardCore, levels: dict[str, bool], silent_ns: int) -> None:
    """No permit stands that the pins or the silence of the kiosk forbid."""
    if core.permit:
        assert levels["estop"], "a permit with the e-stop open"
        assert levels["key"], "a permit with the key out"
        assert not levels.get("stop_button"), "a permit with the stop button pressed"
        assert silent_ns <= KIOSK_LOST_NS, "a permit with no kiosk"


def can_be_told(core: GuardCore) -> None:
    """What holds for the walk is within the hard bounds, and the status can be said."""
    cap = interlock.cap_kmh(core.state, core.limits)
    assert cap <= core.limits.site_cap_kmh <= 4.0, f"a cap of {cap}"
    assert 0.5 <= core.configured.mm_per_count <= 20.0
    status = core.status(0)
    assert math.isfinite(status.odometer_m)
    packet = link.encode(status)
    assert link.encode(link.decode_to_kiosk(packet)) == packet


WALK: list[Any] = [
    {"type": "hello", "version": 1, "role": "kiosk"},
    {"type": "begin_check", "terms": {"cap_kmh": 2.0, "rails": "both"}},
    "-rail_left", "-rail_right", 2, "+rail_left", "+rail_right", {"type": "alive"}, 2,
    {"type": "request_permit"}, 20, {"type": "alive"}, 24, {"type": "alive"}, 24,
]  # fmt: skip


def conversations() -> Iterator[bytes]:
    """A walk with each of its ends, settings, and one of each message."""
    ends: tuple[Any, ...] = (
        {"type": "revoke", "reason": "patron"},
        {"type": "revoke", "reason": "pause"},
        {"type": "end_session"},
        "-estop",
        "-key",
        "+stop_button",
        {"type": "service", "on": True},
    )
    for end in ends:
        yield msgspec.msgpack.encode([*WALK, end, 2, {"type": "clear"}, 24])
    settings = {"facing": "console", "mm_per_count": 2.0, "invert": True, "cap_kmh": 1.0}
    yield msgspec.msgpack.encode([{"type": "configure", **settings}, 24, *WALK])
    for message in (*WALK, *ends):
        if isinstance(message, dict):
            yield msgspec.msgpack.encode(message)
    core, _ = warm_guard()
    yield link.encode(core.status(7))
    yield link.encode(link.Welcome(1, "away", 5.0, 4.0, "level", True, 1.0, 2.0, {"estop": 17}))
    yield link.encode(link.Raw(5, belt=b"$SWB"))
    yield link.encode(link.Refused("clear", ("estop",)))
    yield updates.encode(updates.Going("writing", 5, 10))
    yield updates.encode(updates.Done())
    yield updates.encode(updates.Install("0" * 64))
    yield updates.encode(updates.Try())
    yield helper.encode(helper.Mount(1, "sda1", writable=True))
    yield helper.encode(helper.Unmount(2, "sda1"))
    stick = Stick("sda1", "sda", "CLINIC", 8_000_000_000, "vfat", problem=NOT_RUNNING)
    yield helper.encode(helper.Plugged(helper.VERSION, (stick,)))
    yield helper.encode(helper.Done(1, (NOT_RUNNING,), gone=True))
    yield helper.encode(helper.Turned(NOT_RUNNING))


LINK = Target(
    "link",
    link_holds,
    conversations,
    changes.message_tree,
    (
        Break(
            "a cap that is no number holds",
            "hardware/interlock.py",
            "return cap if cap < site_cap else site_cap",
            "return site_cap if cap > site_cap else cap",
        ),
        Break(
            "the key is not looked at",
            "hardware/interlock.py",
            "if not inputs.key:",
            "if False:",
        ),
    ),
    most_bytes=2500,
)

# ---- bench: any line at the bench door -----------------------------------------------------------


def line_is_answered(data: bytes) -> None:
    """A line is a request or a ``BenchError``; what it asks stands the same in its own line."""
    with contextlib.suppress(BenchError):
        request = requests.parse(data)
        fields = {k: v for k, v in msgspec.to_builtins(request).items() if v is not None}
        if isinstance(request, requests.DoRequest | requests.StickRequest):
            fields = {"do" if isinstance(request, requests.DoRequest) else "stick": None} | fields
        assert requests.parse(msgspec.json.encode(fields)) == request
        if isinstance(request, requests.SpeedRequest):
            assert -20.0 <= request.speed_kmh <= 20.0
        if isinstance(request, requests.RawRequest):
            sent = requests.latin1(request.raw)
            assert sent.decode("latin-1") == request.raw
    with contextlib.suppress(StickError):
        stick = sticks.parse(data)
        kept = {k: v for k, v in msgspec.to_builtins(stick).items() if v is not None}
        assert sticks.parse(msgspec.json.encode(kept)) == stick
    with contextlib.suppress(msgspec.MsgspecError):
        action = actions.parse_action(data)
        again = msgspec.json.encode(action)
        assert msgspec.json.encode(actions.parse_action(again)) == again


def bench_lines() -> Iterator[bytes]:
    """Each line of the tests' script, and what the page of the bench names."""
    script = ROOT / "tests/recordings/walk.script.jsonl"
    yield from script.read_bytes().splitlines()
    for value in (
        {"pin": "estop", "level": 0, "timed": True},
        {"speed_kmh": 1.2, "ramp_kmh_s": 1.0, "force": True},
        {"sensor": "unplug"},
        {"raw": "$SWB,\u00ff"},
        {"stick": "in", "name": "A"},
        {"stick": "out"},
        {"get": "state"},
        {"do": "unlock", "role": "staff", "pin": "1234"},
    ):
        yield json.dumps(value).encode()


BENCH = Target(
    "bench",
    line_is_answered,
    bench_lines,
    changes.json_tree,
    (
        Break(
            "a line that is no object is looked into",
            "hardware/simulator/requests.py",
            "    if not isinstance(fields, dict):\n",
            "    if False:\n",
        ),
        Break(
            "what is wrong with a request comes out as it is",
            "hardware/simulator/requests.py",
            "except msgspec.ValidationError as error:",
            "except BenchError as error:",
        ),
    ),
    most_bytes=1000,
)

TARGETS = (LINK, BENCH)
