"""The only place that picks real or simulated parts; starts them in order, ends in reverse."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from hardware.link import ToGuard
from kiosk import identity
from kiosk.care.compose import Ending, make_care
from kiosk.care.desk import Care
from kiosk.clock import WallClock
from kiosk.config import Settings
from kiosk.death import die
from kiosk.deck import Deck
from kiosk.engine import Engine
from kiosk.glass import Watch
from kiosk.guard_child import GuardChild, led_by_another
from kiosk.paths import bench_settings, data_folder
from kiosk.pins import Pins
from kiosk.preferences.agreeing import Agreement
from kiosk.preferences.base import applied
from kiosk.preferences.compose import make_preferences
from kiosk.preferences.model import Preferences
from kiosk.preferences.settled import Settled
from kiosk.recording import HELD, Config, Recorder
from kiosk.records.store import Store
from kiosk.script import Script
from kiosk.session.controller import Controller, Place
from kiosk.staff import forgotten
from kiosk.staff.office import Office
from kiosk.sticks.client import HelperSticks
from kiosk.sticks.model import Sticks
from kiosk.sticks.simulated import SimulatedSticks
from kiosk.therapy.compose import JudgedLog, Site, make_practice
from kiosk.therapy.patrons import Patrons
from kiosk.therapy.practice import Practice
from kiosk.upkeep.compose import make_upkeep, restored
from kiosk.upkeep.desk import Upkeep
from kiosk.upkeep.door import model as door
from kiosk.worker import Worker
from profiles.programs import load_programs

STICKS_SOCKET: Final = Path("/run/sternway-sticks/helper.sock")
"""Where the mount helper listens; its service makes it."""


@dataclass(frozen=True)
class RunOptions:
    """What ``sternway run`` was asked for; None takes the usual place."""

    simulate: bool = False
    config: Path | None = None
    data: Path | None = None
    bench: Path | None = None
    record: Path | None = None
    script: Path | None = None
    pictures: Path | None = None


class Parts(NamedTuple):
    """What staff, therapists and people with a profile work with.

    ``bench_stick`` carries out the bench's stick lines, if simulated.
    """

    pins: Pins
    clock: WallClock
    office: Office
    practice: Practice
    patrons: Patrons
    desk: Worker
    preferences: Settled
    care: Care
    upkeep: Upkeep
    bench_stick: Callable[[bytes], None] | None


def run(settings: Settings, options: RunOptions) -> int:
    """Run the kiosk until it is told to end; return the exit status."""
    script = Script.read(options.script) if options.script is not None else None
    bench = _bench(settings, options)
    settings = bench_settings(settings, bench, simulate=options.simulate)
    data = data_folder(options.data, simulate=options.simulate)
    should_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: should_stop.set())
    with contextlib.ExitStack() as stack:
        restored(data)
        store = Store(data, on_death=die)
        for recovered in store.start():
            print(
                f"sternway: recovered an interrupted session: {recovered['session_id']}", flush=True
            )
        stack.callback(store.stop)
        desk = Worker("desk", on_death=die)
        desk.start()
        stack.callback(desk.close)
        preferences, agreement = make_preferences(
            settings, options.config, data, simulate=options.simulate, desk=desk
        )
        settings = applied(settings, preferences.state())
        ending = Ending(should_stop)
        parts = _parts(
            settings, data, store, stack, desk, preferences, ending, simulate=options.simulate
        )
        recorder = _recorder(settings, options.record, stack)
        if recorder is not None:
            preferences.held = HELD  # its first line must hold to its end
        socket_path = settings.socket_path(simulate=options.simulate)
        if not os.environ.get("RUNTIME_DIRECTORY"):
            # As a service, systemd keeps the guard; anywhere else it is ours to keep.
            guard = GuardChild(socket_path, options.config, bench, simulate=options.simulate)
            guard.start()
            stack.callback(guard.stop)
        deck = Deck(data, desk.ask, simulated=options.simulate)
        engine = _engine(data, socket_path, store, parts, agreement, recorder, deck)
        stack.callback(engine.close)
        engine.start()
        parts.upkeep.start(engine.snapshot)
        stack.callback(parts.upkeep.close)
        if script is not None:
            script.start(bench or settings.bench_path(), engine.snapshot, should_stop)
            stack.callback(script.join)
        watch = None
        if not options.simulate:
            watch = Watch()
            stack.callback(watch.close)
            parts.office.faults.tell_also(watch.faults)
            parts.office.faults.tell_also(door.faults)
        # Kivy comes last, and only here: a mistake above needs no window to be told.
        from kiosk.app import run_app

        status = run_app(
            engine,
            settings,
            simulated=options.simulate,
            bench_socket=(bench or settings.bench_path()) if options.simulate else None,
            pictures=options.pictures,
            should_stop=should_stop,
            watch=watch,
            hearing=parts.office.faults.hear_of,
            drawn=parts.upkeep.drawn,
        )
    if ending.status is not None:
        return ending.status
    return script.status if script is not None else status


def _bench(settings: Settings, options: RunOptions) -> Path | None:
    """Return where the bench door opens; None is the usual place.

    Two simulations may run at once: the second gets a door, and a guard, of its own.
    """
    usual = settings.socket_path(simulate=True)
    if not options.simulate or options.bench is not None or not led_by_another(usual):
        return options.bench
    bench = settings.bench_path().with_name(f"bench-{os.getpid()}.sock")
    print(f"sternway: another simulation runs here; this one's bench door is {bench}", flush=True)
    return bench


def _parts(
    settings: Settings,
    data: Path,
    store: Store,
    stack: contextlib.ExitStack,
    desk: Worker,
    preferences: Settled,
    ending: Ending,
    *,
    simulate: bool,
) -> Parts:
    """Start what staff and therapists work with: sticks, clock and PINs, office and practice."""
    pins = Pins(data, simulated=simulate)
    # A simulation has its preset PINs, and a card in this machine is not its own.
    reset = None if simulate else forgotten.apply(pins)
    clock = WallClock(data, simulated=simulate, timezone=settings.site.timezone)
    sticks: Sticks
    bench_stick = None
    if simulate:
        simulated = SimulatedSticks(data.with_name(f"{data.name}-sticks"))
        sticks, bench_stick = simulated, simulated.bench
    else:
        sticks = HelperSticks(STICKS_SOCKET, on_death=die)
    stack.callback(sticks.close)
    office = Office(
        data,
        kept=store,
        sticks=sticks,
        clock=clock,
        pins=pins,
        desk=desk,
        preferences=preferences,
        on_death=die,
        reset=reset,
    )
    care = make_care(
        data,
        office=office,
        clock=clock,
        log=store,
        sticks=sticks,
        desk=desk,
        preferences=preferences,
        ending=ending,
        simulate=simulate,
    )
    upkeep = make_upkeep(
        data,
        office=office,
        clock=clock,
        log=store,
        ending=ending,
        on_death=die,
        simulate=simulate,
    )
    office.start()
    stack.callback(office.close)
    site = Site(settings.site.name, settings.treadmill.cap_kmh)
    practice, patrons = make_practice(
        site,
        data,
        store,
        office=office,
        clock=clock,
        desk=desk,
        named=lambda: preferences.state().site_name,
    )
    office.busy_too(lambda: practice.is_busy() or upkeep.is_busy())
    # Before there is a PIN, whoever sets the kiosk up chooses it.
    preferences.may = lambda: office.need("staff") if pins.is_set("staff") else None
    preferences.listen(lambda now: patrons.limit(now.cap_kmh))
    return Parts(
        *(pins, clock, office, practice, patrons, desk, preferences, care, upkeep, bench_stick)
    )


def _engine(
    data: Path,
    socket_path: Path,
    store: Store,
    parts: Parts,
    agreement: Agreement,
    recorder: Recorder | None,
    deck: Deck,
) -> Engine:
    programs = load_programs()
    preferences = parts.preferences

    def place(now: Preferences) -> Place:
        return Place(
            kiosk_id=identity.kiosk_id(data),
            boot_id=identity.boot_id(),
            app_version=identity.version(),
            site_cap_kmh=now.cap_kmh,
            rails=now.rails,
            mm_per_count=now.mm_per_count,
        )

    def controller(send: Callable[[ToGuard], None]) -> Controller:
        made = Controller(
            send=send,
            log=JudgedLog(store, parts.patrons),
            programs=programs,
            place=place(preferences.state()),
            wall_clock=parts.clock.now,
            new_id=identity.new_session_id,
            plan_of_person=parts.patrons.plan,
            settings=lambda: preferences.blocks() or parts.upkeep.blocks(),
            proof_due=parts.care.is_due,
            deck=deck,
        )
        preferences.listen(lambda now: setattr(made, "place", place(now)))
        return made

    return Engine(
        socket_path,
        controller,
        agreement=agreement,
        care=parts.care,
        programs=programs,
        pins=parts.pins,
        staff=parts.office,
        therapy=parts.practice,
        patrons=parts.patrons,
        desk=parts.desk,
        bench_stick=parts.bench_stick,
        recorder=recorder,
        on_death=die,
    )


def _recorder(
    settings: Settings, path: Path | None, stack: contextlib.ExitStack
) -> Recorder | None:
    if path is None:
        return None
    treadmill = settings.treadmill
    recorder = Recorder(
        path,
        Config(
            facing=treadmill.facing,
            mm_per_count=treadmill.mm_per_count,
            invert=treadmill.invert,
            rails=treadmill.rails,
            site_cap_kmh=treadmill.cap_kmh,
        ),
    )
    stack.callback(recorder.close)
    return recorder
