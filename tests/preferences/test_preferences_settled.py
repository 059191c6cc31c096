"""What staff set: bounded, agreed, kept, and only then in force."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.link import Configure
from hardware.settings import Treadmill
from kiosk.config import Proof, Settings
from kiosk.preferences.base import applied, base_of, bounds_of
from kiosk.preferences.kept import Kept
from kiosk.preferences.model import Preferences
from kiosk.preferences.settled import Settled
from kiosk.recording import HELD, Config
from kiosk.session.actions import Refusal
from kiosk.worker import Worker

WITHIN_S = 10.0
FILE = Settings(treadmill=Treadmill(cap_kmh=3.0, rails="one"), proof=Proof(every_h=48))


def allowed() -> None:
    """The staff's PIN is open."""


class Guard:
    """A guard that answers as it is told to."""

    def __init__(self) -> None:
        self.asked: list[Configure] = []
        self.undone: list[Configure] = []
        self.refuses = False

    def agree(self, wanted: Configure) -> Future[None]:
        self.asked.append(wanted)
        answer: Future[None] = Future()
        if self.refuses:
            answer.set_exception(Refusal("guard", "The belt is moving: stop it first."))
        else:
            answer.set_result(None)
        return answer


@pytest.fixture
def desk() -> Iterator[Worker]:
    worker = Worker("desk", on_death=lambda error: None)
    worker.start()
    yield worker
    worker.close()


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def settled(tmp_path: Path, desk: Worker, guard: Guard, lines: list[str]) -> Settled:
    return made(tmp_path, desk, guard, lines)


def made(
    data: Path,
    desk: Worker,
    guard: Guard,
    lines: list[str] | None = None,
    file: Settings = FILE,
    *,
    calibrated: bool = True,
) -> Settled:
    base = base_of(file, calibrated=calibrated, set_up=False)
    bounds = bounds_of(file, rails_given=True)
    told = (lines if lines is not None else []).append
    settled = Settled(Kept(data, simulated=False), base, bounds, desk=desk, told=told)
    settled.may = allowed
    settled.agree, settled.undo = guard.agree, guard.undone.append
    return settled


def refusal(asked: Future[None]) -> str:
    with pytest.raises(Refusal) as raised:
        asked.result(WITHIN_S)
    return str(raised.value)


def test_the_file_holds_until_something_is_changed(settled: Settled) -> None:
    assert settled.state() == base_of(FILE, calibrated=True, set_up=False)
    assert settled.fault() == ()


def test_a_change_holds_is_told_and_outlives_a_restart(
    settled: Settled, tmp_path: Path, desk: Worker, guard: Guard, lines: list[str]
) -> None:
    heard: list[Preferences] = []
    settled.listen(heard.append)
    settled.change(site_name="  Praxis   am Hafen ", volume_pct=40).result(WITHIN_S)
    assert settled.state().site_name == "Praxis am Hafen"
    assert heard[-1] == settled.state()
    assert guard.asked == [], "the guard has no part in that"
    assert lines == [
        "staff set site_name: 'Sternway' became 'Praxis am Hafen'",
        "staff set volume_pct: 80 became 40",
    ]
    again = made(tmp_path, desk, guard)
    assert again.state() == settled.state()


def test_a_key_that_nobody_changed_goes_on_following_the_file(
    settled: Settled, tmp_path: Path, desk: Worker, guard: Guard
) -> None:
    settled.change(volume_pct=40).result(WITHIN_S)
    other = msgspec.structs.replace(FILE, treadmill=Treadmill(cap_kmh=2.0, rails="one"))
    assert made(tmp_path, desk, guard, file=other).state().cap_kmh == 2.0


def test_a_file_that_became_stricter_wins_over_what_was_kept(
    settled: Settled, tmp_path: Path, desk: Worker, guard: Guard
) -> None:
    settled.change(cap_kmh=2.8, proof_every_h=40, rails="one").result(WITHIN_S)
    stricter = Settings(treadmill=Treadmill(cap_kmh=2.0, rails="both"), proof=Proof(every_h=24))
    state = made(tmp_path, desk, guard, file=stricter).state()
    assert (state.cap_kmh, state.proof_every_h, state.rails) == (2.0, 24, "both")


@pytest.mark.parametrize(
    "values",
    [
        {"cap_kmh": 3.1},
        {"cap_kmh": math.nan},
        {"rails": "none"},
        {"proof_every_h": 49},
        {"mm_per_count": 0.4},
        {"mm_per_count": math.inf},
        {"facing": "up"},
        {"site_name": "   "},
        {"site_name": "x" * 61},
        {"brightness_pct": 10},
        {"volume_pct": True},
        {"pin": "1234"},
    ],
)
def test_laxer_than_the_file_or_out_of_bounds_changes_nothing(
    settled: Settled, guard: Guard, values: dict[str, Any]
) -> None:
    before = settled.state()
    assert refusal(settled.change(**values)).endswith(".")
    assert settled.state() == before
    assert guard.asked == []


def test_stricter_is_fine_and_goes_to_the_guard_first(settled: Settled, guard: Guard) -> None:
    settled.change(cap_kmh=2.5).result(WITHIN_S)
    assert settled.state().cap_kmh == 2.5
    assert guard.asked == [Configure("away", 5.0, invert=False, cap_kmh=2.5)]


def test_what_the_guard_refuses_is_neither_kept_nor_in_force(
    settled: Settled, guard: Guard, tmp_path: Path, desk: Worker
) -> None:
    guard.refuses = True
    assert "belt is moving" in refusal(settled.save(5.2, invert=True))
    assert settled.state().mm_per_count == 5.0
    assert not (tmp_path / "settings" / "preferences.json").exists()


def test_a_disk_that_fails_takes_the_guard_back_to_what_held(
    settled: Settled, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Kept, changed: dict[str, Any]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Kept, "write", full)
    assert "could not be saved: No space left on device." in refusal(settled.change(cap_kmh=2.5))
    assert settled.state().cap_kmh == 3.0
    assert guard.undone == [Configure("away", 5.0, invert=False, cap_kmh=3.0)]


def test_only_staff(settled: Settled) -> None:
    def shut() -> None:
        raise Refusal("locked", "This needs the staff's PIN: enter it again.")

    settled.may = shut
    assert "staff's PIN" in refusal(settled.change(volume_pct=10))
    assert settled.state().volume_pct == 80


def test_an_uncalibrated_kiosk_blocks_until_it_is(
    tmp_path: Path, desk: Worker, guard: Guard
) -> None:
    settled = made(tmp_path, desk, guard, calibrated=False)
    assert "not calibrated" in str(settled.blocks()[0])
    assert settled.fault() == settled.blocks()
    settled.save(4.9, invert=False).result(WITHIN_S)
    assert settled.blocks() == ()


def test_damage_is_a_fault_and_a_lost_calibration_blocks_again(
    tmp_path: Path, desk: Worker, guard: Guard
) -> None:
    settled = made(tmp_path, desk, guard, calibrated=False)
    settled.save(4.9, invert=False).result(WITHIN_S)
    for path in (tmp_path / "settings").glob("preferences.json*"):
        path.write_bytes(b"{" + path.read_bytes())
    again = made(tmp_path, desk, guard, calibrated=False)
    assert again.state().mm_per_count == 5.0
    assert "not calibrated" in str(again.blocks()[0])
    again.save(4.9, invert=False).result(WITHIN_S)
    assert "were damaged" in str(again.fault()[0])


@pytest.mark.parametrize("generations", [1, 2])
def test_the_sites_file_holds_instead_only_where_nothing_was_left(
    tmp_path: Path, desk: Worker, guard: Guard, generations: int
) -> None:
    made(tmp_path, desk, guard).change(volume_pct=30).result(WITHIN_S)
    for path in sorted((tmp_path / "settings").glob("preferences.json*"))[:generations]:
        path.unlink()
        path.write_bytes(b"{")
    for _start in range(2):
        again = made(tmp_path, desk, guard)
        said = " ".join(map(str, again.fault()))
        assert "were damaged" in said
        assert "Look at the settings" in said
        assert ("What the site's file says holds instead." in said) is (
            again.state().volume_pct != 30
        )
        assert (again.state().volume_pct == 30) is (generations == 1)


def test_a_kept_value_that_no_version_takes_any_more_is_left_out_and_named(
    tmp_path: Path, desk: Worker, guard: Guard
) -> None:
    Kept(tmp_path, simulated=False).write({"volume_pct": 30, "language": "tlh", "gone": 1})
    settled = made(tmp_path, desk, guard)
    assert settled.state().volume_pct == 30
    assert settled.state().language == "en"
    assert "gone, language" in str(settled.fault()[0])


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cap=st.floats(allow_nan=True, allow_infinity=True),
    rails=st.sampled_from(["both", "one", "none"]),
    hours=st.integers(-10, 1000),
)
def test_nothing_that_is_taken_is_laxer_than_the_file(
    settled: Settled, cap: float, rails: str, hours: int
) -> None:
    asked = settled.change(cap_kmh=cap, rails=rails, proof_every_h=hours)
    asked.exception(WITHIN_S)
    now = settled.state()
    assert 0.0 < now.cap_kmh <= 3.0
    assert now.rails in {"both", "one"}
    assert 1 <= now.proof_every_h <= 48


def test_the_settings_of_the_start_are_those_that_staff_set(settled: Settled) -> None:
    settled.change(site_name="Hafen", cap_kmh=2.0, language="de", volume_pct=5).result(WITHIN_S)
    now = applied(FILE, settled.state())
    assert (now.site.name, now.site.language, now.sound.volume) == ("Hafen", "de", 5)
    assert now.treadmill.cap_kmh == 2.0


def test_one_hand_may_be_chosen_where_the_file_does_not_say_otherwise() -> None:
    assert bounds_of(Settings(), rails_given=False).rails_modes() == ("both", "one")
    assert bounds_of(Settings(), rails_given=True).rails_modes() == ("both",)
    none = Settings(treadmill=Treadmill(rails="none"))
    assert bounds_of(none, rails_given=True).rails_modes() == ("both", "one", "none")


@pytest.mark.parametrize(
    ("key", "value"),
    [("mm_per_count", 4.5), ("cap_kmh", 2.5), ("rails", "both"), ("invert", True)],
)
def test_what_a_recording_began_with_holds_to_its_end(
    settled: Settled, guard: Guard, key: str, value: object
) -> None:
    settled.held = HELD
    before = settled.state()
    assert "A recording is under way" in refusal(settled.change(**{key: value}))
    assert settled.state() == before
    assert guard.asked == [], "the guard was asked for what must not be"
    settled.change(site_name="Clinic", **{key: getattr(before, key)}).result(WITHIN_S)
    assert settled.state().site_name == "Clinic", "what is as it was, and all else, may be set"
    settled.held = frozenset()
    settled.change(**{key: value}).result(WITHIN_S)


def test_all_that_a_recordings_first_line_tells_is_held() -> None:
    told = {name.removeprefix("site_") for name in Config.__struct_fields__}
    assert told == HELD
    assert set(Preferences.__struct_fields__) >= HELD
