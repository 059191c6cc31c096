"""The machine pages over the real desk and a real guard process: fingers here, contacts there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.link import Revoke
from hardware.settings import SIMULATED_PINS, GuardSettings
from tests.care.rig import LiveRig
from tests.hardware.guard_rig import Rig, running
from tests.screens.fake import FakeDesk, snapshot
from tests.screens.stage import SIZES, Stage
from tests.screens.touch import tap, told


class Kiosk:
    """A stage whose machine is real; ``look`` is one look of its screens."""

    def __init__(self, stage: Stage, guard: Rig, data: Path) -> None:
        guard.kiosk.close()
        self.stage, self.guard = stage, guard
        self.live = LiveRig(data, guard.socket_path)
        # The page attends, as in a kiosk; nobody does it for it.
        self.live.attends = False
        stage.desk.staff.care = self.live.care  # type: ignore[assignment]
        stage.desk.stop = lambda: self.live.link.send(Revoke("patron"))  # type: ignore[method-assign]

    def look(self) -> None:
        self.stage.desk.shown = snapshot(seen=self.live.status)
        self.stage.look()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 15
        while not condition():
            self.look()
            assert time.monotonic() < end, (what, told(self.stage), self.live.status)

    def pin(self, name: str, level: int) -> None:
        self.guard.bench.request({"pin": name, "level": level})

    def permit(self) -> bool:
        return bool(self.live.status is not None and self.live.status.permit)


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    stage = Stage(SIZES[0], FakeDesk())
    with running(tmp_path, GuardSettings(pins=SIMULATED_PINS)) as guard:
        made = Kiosk(stage, guard, tmp_path / "data")
        for rail in ("rail_left", "rail_right"):
            made.pin(rail, 0)
        stage.desk.staff.opened("staff")
        stage.room.go("proof")
        made.look()
        yield made
        made.live.close()
    stage.close()


def ready(kiosk: Kiosk) -> None:
    kiosk.until(lambda: "lets the belt run" in told(kiosk.stage), "ready")
    tap(kiosk.stage, "Ready")
    kiosk.until(kiosk.permit, "the permit")
    kiosk.until(lambda: "STOP" in told(kiosk.stage), "STOP on the screen")


def test_a_proof_test_with_fingers(kiosk: Kiosk) -> None:
    kiosk.until(lambda: "The test is due" in told(kiosk.stage), "due")
    tap(kiosk.stage, "Begin")
    for pins, words in (
        ({"estop": 0, "estop_b": 0}, "springs out"),
        ({"key": 0}, "back in"),
        ({"stop_button": 1}, "Let go of it"),
    ):
        ready(kiosk)
        for name, level in pins.items():
            kiosk.pin(name, level)
        kiosk.until(lambda words=words: words in told(kiosk.stage), words)  # type: ignore[misc]
        assert not kiosk.permit()
        for name, level in pins.items():
            kiosk.pin(name, 1 - level)
    for rail, words in (("rail_left", "Hold the left"), ("rail_right", "Hold the right")):
        kiosk.until(lambda words=words: words in told(kiosk.stage), words)  # type: ignore[misc]
        kiosk.pin(rail, 1)
        kiosk.until(lambda: "Let go of it" in told(kiosk.stage), "let go")
        kiosk.pin(rail, 0)
    kiosk.until(lambda: "Everybody may walk" in told(kiosk.stage), "passed")
    kiosk.until(lambda: not kiosk.live.care.state().due.overdue, "kept")
    tap(kiosk.stage, "Done")
    assert kiosk.stage.shell.name == "machine"
    assert "due in 24 hours" in told(kiosk.stage)


def test_stop_under_a_finger_takes_the_permit(kiosk: Kiosk) -> None:
    tap(kiosk.stage, "Begin")
    ready(kiosk)
    tap(kiosk.stage, "STOP")
    kiosk.until(lambda: not kiosk.permit(), "the fall")
    assert kiosk.live.status is not None
    assert kiosk.live.status.reason == "patron"
    kiosk.until(lambda: "STOP was pressed" in told(kiosk.stage), "said")


def test_a_page_that_is_covered_takes_the_permit_along(kiosk: Kiosk) -> None:
    tap(kiosk.stage, "Begin")
    ready(kiosk)
    kiosk.stage.room.go("staff")
    kiosk.until(lambda: not kiosk.permit(), "the fall")
    kiosk.until(lambda: not kiosk.live.care.state().served.on, "the end of service mode")
