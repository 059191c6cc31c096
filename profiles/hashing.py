"""PINs of profiles as argon2id hashes, so that one hash finds a person among a thousand.

The salt is made from the first name and a secret of this kiosk: the same first name and PIN give
the same hash here, and nowhere else. So one hash tells who it is, whether another profile has this
name and PIN, and nothing about who exists. A PIN has so few digits that no salt could hide it from
whoever has the disk; what protects it on the kiosk is that the caller counts the tries.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from argon2.low_level import Type, hash_secret

from profiles.names import name_key

SALT_BYTES: Final = 16
_TIME_COST: Final = 2
_MEMORY_KIB: Final = 19_456
"""OWASP's least for argon2id: about 25 ms on a PC and 0.1 s on a Pi."""
_MOST_THREADS: Final = 4
"""Each takes 19 MiB."""


class NamePin(NamedTuple):
    """A name as it was prescribed or typed, and a PIN."""

    name: str
    pin: str

    def __repr__(self) -> str:
        return "NamePin(...)"


def hashed(who: NamePin, secret: bytes) -> str:
    """Return the hash of a PIN for a first name; ``secret`` is the library's."""
    name = name_key(who.name).encode("utf-8", "replace")
    salt = hashlib.sha256(b"sternway profile pin\0" + secret + name).digest()[:SALT_BYTES]
    return hash_secret(
        who.pin.encode("utf-8", "replace"),
        salt,
        time_cost=_TIME_COST,
        memory_cost=_MEMORY_KIB,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    ).decode("ascii")


def all_hashed(
    people: Sequence[NamePin], secret: bytes, told: Callable[[int, int], None] | None = None
) -> Iterator[str]:
    """Return the hashes in order, on as many cores as there are; ``told`` hears (done, of)."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="profile-pins") as pool:
        try:
            jobs = [pool.submit(hashed, who, secret) for who in people]
            for done, job in enumerate(jobs, 1):
                yield job.result()
                if told is not None:
                    told(done, len(people))
        finally:
            pool.shutdown(cancel_futures=True)
