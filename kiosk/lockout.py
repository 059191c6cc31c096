"""Wrong tries, counted and locked: five, then a minute's lock, doubling to fifteen minutes. Pure.

Within one boot the clock since boot decides: setting the wall clock changes nothing. After a
restart only the wall clock knows how long the machine was off; where it was set back, a lock
begins anew.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from profiles.saying import Saying, saying

TRIES: Final = 5
FIRST_LOCK_S: Final = 60.0
LONGEST_LOCK_S: Final = 900.0
_MOST_LOCKS: Final = 8
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class Clock:
    """The two clocks a lock is measured with, apart so that a test can turn them."""

    def wall_s(self) -> float:
        """Return seconds since 1970; a person or the network may set it either way."""
        return time.time()

    def boot_s(self) -> float:
        """Return seconds since the machine started, sleep included; nobody can set it."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot_id(self) -> str:
        """Return which start of the machine this is."""
        return _BOOT_ID.read_text().strip()


class Lock(msgspec.Struct, frozen=True):
    """A time of ``length_s``, and when it began: seconds since boot, which boot, wall clock."""

    length_s: float
    began_boot_s: float
    boot_id: str
    began_wall_s: float


class Tries(msgspec.Struct, frozen=True, kw_only=True):
    """Wrong tries since the last right one. ``locks`` counts the locks among them."""

    wrong: int = 0
    locks: int = 0
    lock: Lock | None = None


AnyTries = TypeVar("AnyTries", bound=Tries)


def begun(clock: Clock, length_s: float, *, already_s: float = 0.0) -> Lock:
    """Return a lock that began ``already_s`` seconds ago."""
    began_s = clock.boot_s() - already_s
    return Lock(length_s, began_s, clock.boot_id(), clock.wall_s() - already_s)


def left_s(lock: Lock, clock: Clock) -> float:
    """Return how long a lock lasts from now; zero or less when it is over."""
    if lock.boot_id == clock.boot_id():
        return lock.length_s - (clock.boot_s() - lock.began_boot_s)
    passed_s = clock.wall_s() - lock.began_wall_s
    return lock.length_s - (passed_s if passed_s >= 0 else 0.0)


def carried_on(tries: AnyTries, clock: Clock) -> AnyTries:
    """Return tries whose lock, begun in an earlier boot, is measured by this one's clock."""
    lock = tries.lock
    if lock is None or lock.boot_id == clock.boot_id():
        return tries
    left = left_s(lock, clock)
    if left <= 0:
        return tries
    again = begun(clock, lock.length_s, already_s=lock.length_s - left)
    return msgspec.structs.replace(tries, lock=again)


def counted(tries: AnyTries, clock: Clock) -> AnyTries:
    """Return them with one more wrong try; the fifth one locks."""
    wrong = tries.wrong + 1
    if wrong < TRIES:
        return msgspec.structs.replace(tries, wrong=wrong, lock=None)
    length_s = min(FIRST_LOCK_S * 2**tries.locks, LONGEST_LOCK_S)
    locks = min(tries.locks + 1, _MOST_LOCKS)
    return msgspec.structs.replace(tries, wrong=0, locks=locks, lock=begun(clock, length_s))


def locked_words(for_s: float) -> Saying:
    """Return the sentence of a lock that lasts so long."""
    minutes = max(1, -int(-for_s // 60))
    if minutes == 1:
        return saying("Too many wrong tries: wait 1 minute.")
    return saying("Too many wrong tries: wait {n} minutes.", n=minutes)


def left_words(tries: Tries) -> Saying:
    """Return how many tries are left, or how long to wait, as a sentence."""
    if tries.lock is not None:
        return locked_words(tries.lock.length_s)
    left = TRIES - tries.wrong
    return saying("{n} tries left.", n=left) if left > 1 else saying("1 try left.")
