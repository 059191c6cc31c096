"""Tries at a name and a PIN: counted for all together, through restarts, forgiven to one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.lockout import FIRST_LOCK_S, LONGEST_LOCK_S, Clock
from kiosk.session.actions import Refusal
from kiosk.therapy.tries import QUIET_S, ProfileTries


class Turned(Clock):
    """Two clocks that the test turns."""

    def __init__(self) -> None:
        self.boot, self.wall, self.boots = 100.0, 1e9, 1

    def wall_s(self) -> float:
        return self.wall

    def boot_s(self) -> float:
        return self.boot

    def boot_id(self) -> str:
        return f"boot-{self.boots}"

    def passes(self, seconds: float) -> None:
        self.boot += seconds
        self.wall += seconds

    def restarts(self, off_s: float) -> None:
        self.boots += 1
        self.boot = 5.0
        self.wall += off_s


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
def tries(tmp_path: Path, clock: Turned) -> ProfileTries:
    return ProfileTries(tmp_path / "settings" / "tries.json", clock)


def again(tmp_path: Path, clock: Turned) -> ProfileTries:
    return ProfileTries(tmp_path / "settings" / "tries.json", clock)


def is_locked(tries: ProfileTries, name: str = "sam") -> bool:
    try:
        tries.begin(name)
    except Refusal as refusal:
        assert "wait" in str(refusal)
        return True
    return False


def test_the_fifth_wrong_try_locks_whatever_name_was_typed(tries: ProfileTries) -> None:
    for name, words in zip("abcd", ("4 tries", "3 tries", "2 tries", "1 try"), strict=True):
        tries.begin(name)
        assert str(tries.left()) == f"{words} left."
    tries.begin("e")
    assert str(tries.left()) == "Too many wrong tries: wait 1 minute."
    assert is_locked(tries)


def test_locks_double_to_a_quarter_of_an_hour(tries: ProfileTries, clock: Turned) -> None:
    lengths = []
    for _ in range(6):
        for _ in range(5):
            tries.begin("sam")
        waited = 0.0
        while is_locked(tries):
            clock.passes(10)
            waited += 10
        lengths.append(waited)
        tries.was_right("sam")  # the try that showed that the lock is over
    # A lock as long as the quiet time ends both: then it all begins anew.
    assert lengths[:4] == [60, 120, 240, 480]
    assert max(lengths) <= LONGEST_LOCK_S


def test_a_right_pin_takes_back_the_tries_with_the_same_name_and_no_others(
    tries: ProfileTries,
) -> None:
    for _ in range(3):
        tries.begin("sam")
    tries.begin("mallory")
    tries.was_right("mallory")
    tries.begin("sam")
    assert str(tries.left()) == "1 try left."
    tries.was_right("sam")
    tries.begin("pam")
    assert str(tries.left()) == "4 tries left."


def test_whoever_has_a_profile_buys_no_tries_at_another_one(tries: ProfileTries) -> None:
    wrong = 0
    while not is_locked(tries, "sam"):
        wrong += 1
        assert wrong <= 5
        if not is_locked(tries, "mallory"):
            tries.was_right("mallory")
    assert wrong == 5


def test_whoever_shares_a_name_takes_back_their_own_try_alone(tries: ProfileTries) -> None:
    wrong = 0
    while not is_locked(tries, "sam"):
        wrong += 1
        assert wrong <= 5
        if not is_locked(tries, "sam"):
            tries.was_right("sam", shared=True)
    assert wrong == 5


def test_the_fifth_one_may_be_right(tries: ProfileTries) -> None:
    for _ in range(5):
        tries.begin("sam")
    tries.was_right("sam")
    assert not is_locked(tries)
    assert str(tries.left()) == "4 tries left."


def test_a_lock_outlives_a_restart_and_a_clock_set_back(
    tries: ProfileTries, tmp_path: Path, clock: Turned
) -> None:
    for _ in range(5):
        tries.begin("sam")
    clock.restarts(off_s=20)
    tries = again(tmp_path, clock)
    assert is_locked(tries)
    clock.wall += 1e6
    assert is_locked(again(tmp_path, clock))
    clock.wall -= 1e6
    clock.passes(FIRST_LOCK_S - 19)
    assert not is_locked(again(tmp_path, clock))


def test_wrong_tries_outlive_a_restart(tries: ProfileTries, tmp_path: Path, clock: Turned) -> None:
    for _ in range(4):
        tries.begin("sam")
    clock.restarts(off_s=1)
    tries = again(tmp_path, clock)
    tries.begin("sam")
    assert is_locked(tries)


def test_after_a_quiet_quarter_of_an_hour_all_is_forgotten(
    tries: ProfileTries, clock: Turned
) -> None:
    for _ in range(4):
        tries.begin("sam")
    clock.passes(QUIET_S - 1)
    tries.begin("sam")
    assert is_locked(tries)
    clock.passes(QUIET_S + 1)
    for _ in range(3):
        tries.begin("sam")
    clock.passes(QUIET_S + 1)
    tries.begin("sam")
    assert str(tries.left()) == "4 tries left."


def test_a_damaged_file_begins_with_a_lock(tmp_path: Path, clock: Turned) -> None:
    path = tmp_path / "settings" / "tries.json"
    path.parent.mkdir()
    path.write_bytes(b'{"wrong": 4')
    tries = ProfileTries(path, clock)
    assert is_locked(tries)
    clock.passes(61)
    assert not is_locked(tries)
    assert str(ProfileTries(path, clock).left()) == "4 tries left."


def test_no_name_is_kept(tries: ProfileTries, tmp_path: Path) -> None:
    tries.begin("zaphod")
    assert b"zaphod" not in (tmp_path / "settings" / "tries.json").read_bytes()


def test_a_disk_that_fails_counts_in_memory(tmp_path: Path, clock: Turned) -> None:
    folder = tmp_path / "settings"
    folder.write_bytes(b"a file where a folder should be")
    tries = ProfileTries(folder / "tries.json", clock)
    clock.passes(61)  # it cannot be read, which begins with a lock
    for _ in range(5):
        tries.begin("sam")
    assert is_locked(tries)
