"""The self-test: what can be tried with nobody on the belt, each with what was seen and the mend.

``sternway doctor`` looks at the same from a shell, and also where no kiosk runs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from hardware.link import Status, Welcome
from kiosk.care.model import TestResult
from kiosk.doctor import FRAMES_PER_S, FREE_BYTES, sound_card
from kiosk.records.files import make_folder, sync_folder, write_all
from profiles.saying import Said, Saying, saying

LISTENS_S: Final = 2.0
HOT_C: Final = 80.0
"""A Raspberry Pi slows down from here on, and looks and sounds late."""
BAD_SHARE: Final = 0.01
_THERMAL: Final = Path("/sys/class/thermal/thermal_zone0/temp")
_HWMON: Final = Path("/sys/class/hwmon")
_NOT_HERE: Final = saying("not here")


class Around(NamedTuple):
    """What the tests look at beside the guard; ``sticks`` and ``log`` say what is wrong there."""

    data: Path
    clock_trusted: Callable[[], bool]
    sticks: Callable[[], Saying | None]
    log: Callable[[], Said | None]
    hwmon: Path = _HWMON
    thermal: Path = _THERMAL


def run(
    first: Status | None, last: Status | None, welcome: Welcome | None, around: Around
) -> tuple[TestResult, ...]:
    """Return every result but the loudspeaker's; ``first`` and ``last`` are some seconds apart."""
    found: list[TestResult] = []
    if first is None or last is None or welcome is None or last.t_ns <= first.t_ns:
        mend = saying("Restart the kiosk; if it stays so, call the service.")
        found.append(TestResult("guard", False, saying("does not answer"), mend))
    else:
        found += _of_guard(first, last, welcome)
    found += [_disk(around), _clock(around), _card(), _sticks(around)]
    found += _power(around)
    return tuple(found)


def _of_guard(first: Status, last: Status, welcome: Welcome) -> Iterator[TestResult]:
    yield TestResult("guard", True, saying("answers"))
    seconds = (last.t_ns - first.t_ns) / 1e9
    rate = (last.frames.accepted - first.frames.accepted) / seconds
    bad = last.frames.rejected - first.frames.rejected
    good = rate > 0.8 * FRAMES_PER_S
    cable = saying("Look at the sensor's cable; 50 lines a second are expected.")
    told = saying("{n} lines a second", n=round(rate))
    yield TestResult("frames", good, told, None if good else cable)
    share = bad / max(1.0, bad + rate * seconds)
    clean = share <= BAD_SHARE
    yield TestResult("lines", clean, saying("{n} damaged", n=bad), None if clean else cable)
    if last.sensor_fault is not None:
        mend = saying("Look at the encoder and its cable.")
        yield TestResult("sensor", False, saying("reports a fault"), mend)
    if last.sensor_serial is None:
        yield TestResult("identity", None, saying("says none"))
    else:
        who = f"{last.sensor_serial} {last.sensor_firmware or ''}".rstrip()
        yield TestResult("identity", True, Saying(who))
    if len(last.pins.contacts) > 1:
        agree = len(set(last.pins.contacts)) == 1
        seen = saying("agree") if agree else saying("disagree")
        mend = saying("One contact or its wire is broken: call the service.")
        yield TestResult("contacts", agree, seen, None if agree else mend)
    else:
        yield TestResult("contacts", None, _NOT_HERE)
    yield _relay(last, welcome)


def _relay(last: Status, welcome: Welcome) -> TestResult:
    if welcome.permit_mode == "none" or last.pins.relay is None:
        return TestResult("relay", None, _NOT_HERE)
    follows = last.pins.relay is last.permit
    seen = saying("follows") if follows else saying("does not follow")
    mend = saying("The stop relay hangs, or its feedback wire is broken: call the service.")
    return TestResult("relay", follows, seen, None if follows else mend)


def _disk(around: Around) -> TestResult:
    if said := around.log():
        return TestResult("disk", False, said[0], said[-1] if len(said) > 1 else None)
    path = around.data / "care" / f"self-test-{os.getpid()}"
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(descriptor, b"sternway")
            os.fsync(descriptor)
            same = os.pread(descriptor, 16, 0) == b"sternway"
        finally:
            os.close(descriptor)
            path.unlink(missing_ok=True)
        sync_folder(path.parent)
        free = shutil.disk_usage(around.data).free
    except OSError as error:
        mend = saying("Call the service: the memory card may be worn out.")
        return TestResult("disk", False, Saying(error.strerror or "?"), mend)
    good = same and free >= FREE_BYTES
    mend = saying("Export the log and call the service: the memory card is full.")
    told = saying("{n} MB free", n=free // 1_000_000)
    return TestResult("disk", good, told, None if good else mend)


def _clock(around: Around) -> TestResult:
    if around.clock_trusted():
        return TestResult("clock", True, saying("confirmed"))
    mend = saying("Look at it under Clock, and confirm it.")
    return TestResult("clock", False, saying("not confirmed"), mend)


def _card() -> TestResult:
    if (card := sound_card()) is not None:
        return TestResult("card", True, Saying(card[:24]))
    mend = saying("Connect a loudspeaker: whoever faces away hears no warning.")
    return TestResult("card", False, saying("none found"), mend)


def _sticks(around: Around) -> TestResult:
    fault = around.sticks()
    if fault is None:
        return TestResult("sticks", True, saying("answers"))
    return TestResult("sticks", False, saying("does not answer"), fault)


def _power(around: Around) -> Iterator[TestResult]:
    """Tell what the kernel knows of supply and heat; elsewhere than on a Pi it knows nothing."""
    low = _supply(around.hwmon)
    if low is None:
        yield TestResult("supply", None, _NOT_HERE)
    else:
        mend = saying("Use the power supply that belongs to the Raspberry Pi.")
        seen = saying("too low") if low else saying("in order")
        yield TestResult("supply", not low, seen, mend if low else None)
    try:
        celsius = int(around.thermal.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        yield TestResult("heat", None, _NOT_HERE)
        return
    cool = celsius < HOT_C
    mend = saying("Give the kiosk air: something covers it, or its fan stands still.")
    told = saying("{n}\u00a0°C", n=round(celsius))
    yield TestResult("heat", cool, told, None if cool else mend)


def _supply(hwmon: Path) -> bool | None:
    """Say whether the firmware of a Pi saw its voltage too low (rpi_volt); None elsewhere."""
    for alarm in sorted(hwmon.glob("hwmon*/in0_lcrit_alarm")):
        try:
            return alarm.read_text(encoding="ascii").strip() == "1"
        except OSError:
            continue
    return None
