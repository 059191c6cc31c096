"""The whole kiosk but its window: settings, engine and a real guard process that agree."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

import kiosk.app
from kiosk.compose import RunOptions, run
from kiosk.config import load_settings
from kiosk.engine import Engine
from kiosk.session.actions import Brief, Choose, Refusal, Unlock

WITHIN_S = 20.0


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Desk:
    """The engine, kept alive as a screen does it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + WITHIN_S
        while not (value := condition()):
            assert time.monotonic() < end, f"it did not come: {what}"
            self.engine.alive()
            time.sleep(0.02)
        return value

    def answer(self, asked: Future[Any]) -> str | None:
        """Wait for an answer; return the refusal's sentence."""
        self.wait(asked.done, "an answer")
        error = asked.exception()
        assert error is None or isinstance(error, Refusal), error
        return None if error is None else str(error)

    def staff(self) -> None:
        assert self.answer(self.engine.post(Unlock(role="staff", pin="1234"))) is None

    @property
    def status(self) -> Any:
        return self.engine.snapshot().status


def played(folder: Path, scene: Callable[[Desk], None], patch: pytest.MonkeyPatch) -> None:
    """Run a simulated kiosk on this folder; the scene stands in for the window."""
    config = folder / "sternway.toml"
    if not config.exists():
        config.write_text('[site]\nname = "Harbour"\n[treadmill]\ncap_kmh = 3.0\n')
    failed: list[BaseException] = []

    def window(engine: Engine, *_given: Any, **_more: Any) -> int:
        try:
            desk = Desk(engine)
            desk.wait(lambda: engine.snapshot().status is not None, "the guard")
            desk.wait(lambda: desk.status.at_rest, "a belt at rest")
            scene(desk)
        except BaseException as error:
            failed.append(error)
        return 0

    patch.setattr(kiosk.app, "run_app", window)
    options = RunOptions(
        simulate=True, config=config, data=folder / "data", bench=folder / "bench.sock"
    )
    run(load_settings(config, simulate=True), options)
    if failed:
        raise failed[0]


def test_what_staff_set_reaches_the_guard_and_is_there_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(desk: Desk) -> None:
        preferences = desk.engine.staff.preferences
        assert desk.answer(preferences.change(cap_kmh=2.0)) == (
            "This needs the staff's PIN: enter it again."
        )
        desk.staff()
        assert desk.answer(preferences.change(cap_kmh=3.1)) == "At most 3 km/h here."
        assert desk.answer(preferences.change(cap_kmh=2.0, site_name="Hafen")) is None
        assert desk.answer(preferences.save(4.8, invert=False)) is None
        welcome = desk.engine.welcome
        assert welcome is not None
        assert (welcome.site_cap_kmh, welcome.mm_per_count) == (2.0, 4.8)
        assert preferences.fault() == ()

    def again(desk: Desk) -> None:
        now = desk.engine.staff.preferences.state()
        assert (now.site_name, now.cap_kmh, now.mm_per_count) == ("Hafen", 2.0, 4.8)

        def agreed() -> bool:
            welcome = desk.engine.welcome
            return welcome is not None and welcome.mm_per_count == 4.8

        desk.wait(agreed, "a new guard that agrees")
        desk.wait(lambda: not desk.engine.snapshot().health.settings, "nothing that blocks")
        # The record carries what was in force, and the plan the stricter cap.
        assert desk.answer(desk.engine.post(Choose(program="easy-walk"))) is None
        walk = desk.engine.snapshot().session.walk
        assert walk is not None
        assert walk.plan.cap_kmh <= 2.0
        facts = desk.engine._controller._facts
        assert facts is not None
        assert facts.mm_per_count == 4.8
        # Somebody is here now: the guard is asked only when they have gone.
        desk.staff()
        desk.answer(desk.engine.post(Brief(pain=1)))
        refused = desk.answer(desk.engine.staff.preferences.save(5.0, invert=False))
        assert refused == "A session is under way: try again afterwards."
        assert desk.engine.staff.preferences.state().mm_per_count == 4.8

    played(tmp_path, change, monkeypatch)
    kept = json.loads((tmp_path / "data" / "settings" / "preferences-simulated.json").read_text())
    assert kept["kept"]["mm_per_count"] == 4.8
    played(tmp_path, again, monkeypatch)


def test_a_disk_that_is_full_leaves_guard_and_kiosk_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any, **_more: Any) -> None:
        raise OSError(28, "No space left on device")

    def change(desk: Desk) -> None:
        desk.staff()
        preferences = desk.engine.staff.preferences
        with monkeypatch.context() as patch:
            patch.setattr("kiosk.preferences.kept.write_atomically", full)
            refused = desk.answer(preferences.change(cap_kmh=1.5))
        assert refused == "The settings could not be saved: No space left on device."
        assert preferences.state().cap_kmh == 3.0

        def as_before() -> bool:
            welcome = desk.engine.welcome
            return welcome is not None and welcome.site_cap_kmh == 3.0 and not preferences.fault()

        desk.wait(as_before, "the guard with the cap of before")

    played(tmp_path, change, monkeypatch)
