"""Damaged bytes among those of a real, moving belt: never a false speed, an exception or growth.

A CRC-16 lets one damaged line in 65,536 pass, so frames with one field made up and a right CRC
are sent as well. What then remains possible is a number that is wrong by so little that the belt
could have done it; how far and how long it can mislead is tested too. ``STERNWAY_SEED`` repeats
a run; by hand, two million bytes:

    python -m tests.hardware.test_plausibility 2000000
"""

from __future__ import annotations

import os
import random
import sys
import tracemalloc

import pytest

from hardware.core import GuardCore
from tests.hardware.belt_model import Motion, Sensor
from tests.hardware.damaged import ATTACKS, NEARLY_TRUE, made_up, torn

SEED = int(os.environ.get("STERNWAY_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
TEST_BYTES = {0.05: 12_000, 0.2: 20_000, 0.5: 80_000, 1.0: 80_000}
"""How many damaged bytes a test sends, by the share of frames that they are."""


@pytest.mark.parametrize("name", ATTACKS)
def test_no_damaged_line_makes_a_false_speed(name: str) -> None:
    print(f"STERNWAY_SEED={SEED}")
    outcome = ATTACKS[name].run(SEED, TEST_BYTES[ATTACKS[name].share])
    assert outcome.wrong == []
    assert outcome.counted["unknown"] < 0.2 * outcome.counted["frames"]
    assert not outcome.causes & {"runaway", "overspeed"}


def test_a_nearly_true_number_misleads_too_little_and_too_briefly_to_matter() -> None:
    """No further than the plausibility rule lets it, and until the next edges set it right."""
    print(f"STERNWAY_SEED={SEED}")
    outcome = NEARLY_TRUE.run(SEED, TEST_BYTES[0.05])
    assert outcome.longest <= 10
    assert all(one.off_kmh < (0.15 + 5 * 0.06) * 3.6 for one in outcome.wrong)
    assert len(outcome.wrong) < 0.01 * outcome.counted["frames"]
    assert not outcome.causes & {"runaway", "overspeed"}


def test_damaged_bytes_leave_nothing_behind() -> None:
    chance = random.Random(SEED)
    print(f"STERNWAY_SEED={SEED}")
    frames = Sensor().frames(Motion((1.0, 0.0), (2.0, 1.2)), 10.0)
    damages = [torn, made_up, lambda chance, frame: frame.line[:-2], lambda *_: b"\xff" * 70]
    pieces = [chance.choice(damages)(chance, frame) for frame in frames]
    core = GuardCore(mm_per_count=5.0, facing="away")

    def feed(start_s: float) -> int:
        for frame, piece in zip(frames, pieces, strict=True):
            now_ns = round((start_s + frame.t) * 1e9)
            core.feed(piece, now_ns)
            core.feed(frame.line, now_ns)
            core.step(now_ns)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = feed(0.0)
        for number in range(1, 4):
            last = feed(100.0 * number)
    finally:
        tracemalloc.stop()
    assert last - first < 2_000


if __name__ == "__main__":
    print(f"STERNWAY_SEED={SEED}")
    attacks = {**ATTACKS, "nearly true numbers": NEARLY_TRUE}
    for title, attack in attacks.items():
        result = attack.run(SEED, int(sys.argv[1]) // len(attacks))
        print(f"{title}: {dict(result.counted)}, causes {sorted(result.causes)}")
        furthest = max((one.off_kmh for one in result.wrong), default=0.0)
        print(
            f"   false speeds: {len(result.wrong)}, at most {result.longest} frames on end, "
            f"off by at most {furthest:.2f} km/h"
        )
