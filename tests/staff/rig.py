"""A real office over real parts, and a gate that stops it at one call to the system."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.clock import WallClock
from kiosk.config import Settings
from kiosk.pins import Pins
from kiosk.preferences.compose import make_preferences
from kiosk.records.store import Store
from kiosk.staff.model import ExportState, ExportWish
from kiosk.staff.office import Office
from kiosk.sticks.model import Sticks
from kiosk.sticks.simulated import SimulatedSticks
from kiosk.therapy.compose import Site, make_practice
from kiosk.upkeep.asking import Asker
from kiosk.upkeep.desk import Upkeep
from kiosk.upkeep.health import Signs
from kiosk.upkeep.trial import Trial
from kiosk.worker import Worker
from tests.kiosk.clocks import NOON, Turned

WITHIN_S = 30.0


class Rig:
    """An office that runs: its data folder, its sticks, and a time that only the test moves.

    Its sticks are folders of the bench's, unless others are given.
    """

    def __init__(
        self,
        data: Path,
        *,
        simulated: bool = True,
        sticks: Sticks | None = None,
        asker: Asker | None = None,
        trial: Trial | None = None,
    ) -> None:
        self.data = data
        self.home = data.with_name(f"{data.name}-sticks")
        self.died: list[BaseException] = []
        self.seconds = 1000.0
        self.machine = Turned()
        self.machine.system = NOON.timestamp()
        self.store = Store(data, on_death=self.died.append)
        self.store.start()
        self.pins = Pins(data, simulated=simulated)
        self.clock = WallClock(data, simulated=True, machine=self.machine)
        self.bench = SimulatedSticks(self.home)
        self.sticks: Sticks = sticks or self.bench
        self.desk = Worker("desk", on_death=self.died.append)
        self.desk.start()
        self.preferences, _ = make_preferences(
            Settings(), None, data, simulate=True, desk=self.desk
        )
        self.preferences.agree = None  # no guard runs here
        self.office = Office(
            data,
            kept=self.store,
            sticks=self.sticks,
            clock=self.clock,
            pins=self.pins,
            desk=self.desk,
            preferences=self.preferences,
            on_death=self.died.append,
            seconds=lambda: self.seconds,
        )
        self.restarts = 0
        self.upkeep = Upkeep(
            data,
            office=self.office,
            clock=self.clock,
            signs=Signs(log=lambda: self.store.count() is not None),
            asker=asker,
            trial=trial,
            restart=self._restart,
            on_death=self.died.append,
        )
        self.office.upkeep = self.upkeep
        self.preferences.may = lambda: self.office.need("staff")
        self.office.start()
        self.practice, self.patrons = make_practice(
            Site("Harbour Clinic", 4.0),
            data,
            self.store,
            office=self.office,
            clock=self.clock,
            desk=self.desk,
        )

    def close(self) -> None:
        """End as the kiosk does."""
        self.office.close()
        self.desk.close()
        self.bench.close()
        self.store.stop()

    def _restart(self) -> None:
        self.restarts += 1

    @property
    def export(self) -> ExportState:
        """The export as the screens see it."""
        return self.office.state().export

    def stick(self, name: str = "A", *extra: str) -> str:
        """Plug a stick in; return its id. ``extra`` are more fields of the bench's line."""
        fields = ", ".join([f'"stick": "in", "name": "{name}"', *extra])
        self.bench.bench(f"{{{fields}}}".encode())
        return self.sticks.plugged()[-1].id

    def pull(self, name: str = "A") -> None:
        """Pull a stick out, whatever is going on."""
        self.bench.bench(f'{{"stick": "out", "name": "{name}"}}'.encode())

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait for something that another thread does."""
        until = time.monotonic() + WITHIN_S
        while not condition():
            assert time.monotonic() < until, f"it did not come; the export: {self.export}"
            time.sleep(0.005)

    def over(self) -> ExportState:
        """Wait until the export is over; return how."""
        self.wait(lambda: self.export.phase in {"done", "failed", "cancelled"})
        return self.export

    def planned(self, stick_id: str, **wish: Any) -> ExportState:
        """Plan an export, and wait for the plan."""
        self.office.plan_export(ExportWish(stick_id, **wish)).result(WITHIN_S)
        self.wait(lambda: self.export.phase != "planning")
        return self.export

    def exported(self, stick_id: str, **wish: Any) -> ExportState:
        """Carry out a whole export."""
        assert self.planned(stick_id, **wish).phase == "planned", self.export
        self.office.start_export().result(WITHIN_S)
        return self.over()

    def on_stick(self, name: str = "A") -> list[str]:
        """What lies on a stick of the simulation's own, while it is not mounted."""
        root = self.home / name
        return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


class Gate:
    """Holds whoever opens a file of this name until the test lets them go on."""

    def __init__(self, patch: pytest.MonkeyPatch, ends_with: str) -> None:
        self.reached = threading.Event()
        self._go = threading.Event()
        real = os.open

        def held(path: Any, *rest: Any, **more: Any) -> int:
            if isinstance(path, (str, Path)) and str(path).endswith(ends_with):
                self.reached.set()
                assert self._go.wait(WITHIN_S), "the gate was not opened"
            return real(path, *rest, **more)

        patch.setattr(os, "open", held)

    def wait(self) -> None:
        assert self.reached.wait(WITHIN_S), "nobody came to the gate"

    def open(self) -> None:
        self._go.set()
