"""The settings, the log and the first start in every state that matters."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

from hardware.link import Frames
from kiosk.logbook.model import Query
from kiosk.preferences.model import Bounds
from kiosk.screens.settling import field
from profiles.saying import saying
from tests.screens.fake import REST, snapshot
from tests.screens.fake_logbook import NEWEST
from tests.screens.fake_staff import KEY
from tests.screens.scene import Scene, Setup, both, more

LONG = "Gemeinschaftspraxis f\u00fcr Physiotherapie am Alten Hafen"


def _call(*names: Any) -> Setup:
    """Call methods of the page one after another; a tuple is a method with what it is given."""

    def act(shell: Any) -> None:
        for name in names:
            method, *given = name if isinstance(name, tuple) else (name,)
            getattr(shell.page, method)(*given)
            shell.look(shell.room.desk.snapshot())

    return act


def _set(**fields: Any) -> Setup:
    def act(shell: Any) -> None:
        desk = shell.room.desk.staff.preferences
        desk.shown = replace(desk.shown, **fields)
        shell.look(shell.room.desk.snapshot())

    return act


def _bounds(**fields: Any) -> Setup:
    def act(shell: Any) -> None:
        shell.room.desk.staff.preferences.limits = Bounds(**fields)

    return act


def _refused(shell: Any) -> None:
    shell.room.desk.staff.preferences.refuse = (
        "The safety guard does not answer: try again in a moment."
    )


def _log(**fields: Any) -> Setup:
    def act(shell: Any) -> None:
        shell.room.desk.staff.logbook.reset(**fields)
        shell.page._shown = None
        shell.look(shell.room.desk.snapshot())

    return act


def _turn(plane: str) -> Setup:
    def act(shell: Any) -> None:
        shell.page.page._turn(plane)

    return act


def _type(text: str) -> Setup:
    def act(shell: Any) -> None:
        for letter in text:
            shell.page.page.tap(letter)

    return act


def _chosen(key: str, old: Any, new: Any) -> Setup:
    def act(shell: Any) -> None:
        shell.page._chosen(field(key, Bounds(rails="one")), old, new)

    return act


def _sheet(pages: int) -> Setup:
    """Turn pages of a sheet."""

    def act(shell: Any) -> None:
        shell.look(shell.room.desk.snapshot())
        for widget in shell.walk():
            if type(widget).__name__ == "Sheet":
                widget.index = min(pages, widget.count - 1)

    return act


def _begin(step: str, **fields: Any) -> Setup:
    def act(shell: Any) -> None:
        _set(**{"set_up": False, **fields})(shell)
        shell.page.ask(step)
        shell.look(shell.room.desk.snapshot())

    return act


def _not_taken(shell: Any) -> None:
    shell.page._set(field("facing", Bounds()), "console")
    shell.look(shell.room.desk.snapshot())


DAY = NEWEST.date()
FAULTS = ((saying("log/2026-04.json is broken: what can be read of it was read."),),)
SETTINGS_SCENES: dict[str, Scene] = {
    "settings": Scene(snapshot(), "settings", staff={"clinic_key": KEY}),
    "settings-2": Scene(snapshot(), "settings", more, staff={"clinic_key": KEY}),
    "settings-place": Scene(
        snapshot(), "settings", both(_set(site_name=LONG), _call(("open", "place")))
    ),
    "settings-name": Scene(snapshot(), "settings", _call(("open", "place"), ("edit", "site_name"))),
    "settings-name-long": Scene(
        snapshot(),
        "settings",
        both(
            _set(site_name=LONG),
            both(_call(("open", "place"), ("edit", "site_name")), _turn("marks")),
        ),
    ),
    "settings-name-digits": Scene(
        snapshot(),
        "settings",
        both(_call(("open", "place"), ("edit", "site_name")), _turn("digits")),
    ),
    "settings-contact-empty": Scene(
        snapshot(),
        "settings",
        both(_set(contact=""), _call(("open", "place"), ("edit", "contact"))),
    ),
    "settings-language": Scene(
        snapshot(), "settings", _call(("open", "place"), ("edit", "language"))
    ),
    "settings-units": Scene(snapshot(), "settings", _call(("open", "place"), ("edit", "units"))),
    "settings-starts": Scene(
        snapshot(), "settings", _call(("open", "place"), ("edit", "starts_belt"))
    ),
    "settings-sound": Scene(snapshot(), "settings", _call(("open", "sound"))),
    "settings-volume": Scene(
        snapshot(), "settings", _call(("open", "sound"), ("edit", "volume_pct"))
    ),
    "settings-voice": Scene(snapshot(), "settings", _call(("open", "sound"), ("edit", "voice"))),
    "settings-screen": Scene(snapshot(), "settings", _call(("open", "screen"))),
    "settings-dim": Scene(snapshot(), "settings", _call(("open", "screen"), ("edit", "dim_pct"))),
    "settings-dim-after": Scene(
        snapshot(), "settings", _call(("open", "screen"), ("edit", "dim_after_s"))
    ),
    "settings-limits": Scene(snapshot(), "settings", _call(("open", "limits"))),
    "settings-cap": Scene(snapshot(), "settings", _call(("open", "limits"), ("edit", "cap_kmh"))),
    "settings-cap-check": Scene(
        snapshot(), "settings", both(_call(("open", "limits")), _chosen("cap_kmh", 4.0, 2.5))
    ),
    "settings-rails": Scene(
        snapshot(),
        "settings",
        both(_bounds(rails="none"), _call(("open", "limits"), ("edit", "rails"))),
    ),
    "settings-rails-check": Scene(
        snapshot(), "settings", both(_call(("open", "limits")), _chosen("rails", "both", "one"))
    ),
    "settings-proof": Scene(
        snapshot(),
        "settings",
        both(_bounds(proof_every_h=168), _call(("open", "limits"), ("edit", "proof_every_h"))),
    ),
    "settings-facing-check": Scene(
        snapshot(),
        "settings",
        both(_call(("open", "limits")), _chosen("facing", "away", "console")),
    ),
    "settings-refused": Scene(
        snapshot(), "settings", both(_refused, _call(("open", "limits")), _not_taken)
    ),
    "begin-language": Scene(snapshot(), "begin", _begin("language")),
    "begin-name": Scene(snapshot(), "begin", _begin("name", site_name="Sternway")),
    "begin-units": Scene(snapshot(), "begin", _begin("units")),
    "begin-facing": Scene(snapshot(), "begin", _begin("facing")),
    "begin-starts": Scene(snapshot(), "begin", _begin("starts")),
    "begin-rails": Scene(snapshot(), "begin", both(_bounds(rails="one"), _begin("rails"))),
    "begin-sensor": Scene(
        snapshot(seen=replace(REST, frames=Frames(accepted=900))), "begin", _begin("sensor")
    ),
    "begin-sensor-none": Scene(
        snapshot(seen=replace(REST, frames=Frames(), speed_kmh=None)), "begin", _begin("sensor")
    ),
    "begin-calibration": Scene(snapshot(), "begin", _begin("calibration", calibrated=False)),
    "begin-calibrated": Scene(snapshot(), "begin", _begin("calibration")),
    "begin-clock": Scene(snapshot(), "begin", _begin("clock")),
    "begin-done": Scene(snapshot(), "begin", _begin("done", calibrated=False)),
    "begin-ready": Scene(snapshot(), "begin", _begin("done")),
    "staff-begin": Scene(snapshot(), "staff", _set(set_up=False)),
    "version": Scene(snapshot(), "version", _sheet(0)),
    "version-2": Scene(snapshot(), "version", _sheet(1)),
    "version-3": Scene(snapshot(), "version", _sheet(2)),
    "log": Scene(snapshot(), "log"),
    "log-empty": Scene(snapshot(), "log", _log(count=0)),
    "log-reading": Scene(snapshot(), "log", _log(count=100, reading=20)),
    "log-faults": Scene(snapshot(), "log", _log(faults=FAULTS)),
    "log-faults-list": Scene(snapshot(), "log", both(_log(faults=FAULTS), _call("_faults"))),
    "log-day": Scene(snapshot(), "log", _call(("sessions", DAY))),
    "log-day-none": Scene(snapshot(), "log", _call(("sessions", date(2025, 1, 1)))),
    "log-session": Scene(snapshot(), "log", _call(("open", "s-2"))),
    "log-session-2": Scene(snapshot(), "log", both(_call(("open", "s-2")), _sheet(1))),
    "log-session-3": Scene(snapshot(), "log", both(_call(("open", "s-2")), _sheet(2))),
    "log-session-damaged": Scene(
        snapshot(), "log", both(_log(damaged=True), _call(("open", "s-4")))
    ),
    "log-chart": Scene(
        snapshot(),
        "log",
        both(
            _call(("open", "s-2")),
            lambda shell: shell.page.page.go_aside(),
        ),
    ),
    "log-search": Scene(snapshot(), "log", _call("search")),
    "log-search-reasons": Scene(snapshot(), "log", _call("_reasons")),
    "log-search-code": Scene(snapshot(), "log", both(_call("_code"), _type("P-7"))),
    "log-search-day": Scene(snapshot(), "log", _call("_one_day")),
    "log-stops": Scene(snapshot(), "log", _call(("find", Query(outcome="safety_stop")))),
    "log-reason": Scene(snapshot(), "log", _call(("find", Query(reason="permit_ineffective")))),
}
