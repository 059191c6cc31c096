"""Updates and backups in every state that matters."""

from __future__ import annotations

from typing import Any

from kiosk.upkeep.asking import NO_ANSWER
from kiosk.upkeep.errors import WRONG_PHRASE
from kiosk.upkeep.model import Job, Slots, UpkeepState
from kiosk.upkeep.updater.words import NOT_KEPT
from profiles.saying import plain
from tests.screens.fake import snapshot
from tests.screens.fake_staff import SECOND, STICK
from tests.screens.fake_upkeep import FOUND
from tests.screens.scene import Scene, Setup, both

IN = {"sticks": (STICK,)}
LONG = {"sticks": (SECOND,)}
TRIED = Slots("0.12.0", trial=True, other="good", other_version="0.11.2")


def _shown(**fields: Any) -> Setup:
    """The desk shows something else, and the page is opened anew."""

    def act(shell: Any) -> None:
        desk = shell.room.desk.staff.upkeep
        desk.shown = UpkeepState(version="0.11.2", **{"appliance": True, **fields})
        shell.look(shell.room.desk.snapshot())

    return act


def _fake(**fields: Any) -> Setup:
    def act(shell: Any) -> None:
        for name, value in fields.items():
            setattr(shell.room.desk.staff.upkeep, name, value)

    return act


def _call(*names: Any) -> Setup:
    """Call methods of the page one after another; a tuple is a method with what it is given."""

    def act(shell: Any) -> None:
        for name in names:
            method, *given = name if isinstance(name, tuple) else (name,)
            getattr(shell.page, method)(*given)
            shell.look(shell.room.desk.snapshot())

    return act


def _going(**fields: Any) -> Setup:
    def act(shell: Any) -> None:
        shell.room.desk.staff.upkeep.put(**fields)
        shell.look(shell.room.desk.snapshot())

    return act


def _stick(shell: Any) -> Any:
    return shell.room.staff.state().sticks[0]


def _chosen(shell: Any) -> None:
    """The one stick that is in."""
    shell.page.stick = _stick(shell)
    page = shell.page
    if page._kind == "backup":
        page.ready(page.stick)
    else:
        page.search(page.stick)
    shell.look(shell.room.desk.snapshot())
    shell.look(shell.room.desk.snapshot())


def _offered(shell: Any) -> None:
    shell.page.look()
    shell.page.stick = _stick(shell)
    shell.page.chosen(shell.page.stick)
    shell.look(shell.room.desk.snapshot())
    shell.look(shell.room.desk.snapshot())


def _type(text: str) -> Setup:
    def act(shell: Any) -> None:
        for letter in text:
            shell.page.page.tap(letter)

    return act


NO_UPDATE = {"find": "There is no update on this stick: its name ends in .update."}
OLDER = {"find": "Version 0.10.4 is older than version 0.11.2, which is in use."}
BACK = both(_call(("begin", "restore")), _chosen)
ONE = both(_fake(found=FOUND[:1]), BACK)
UPKEEP_SCENES: dict[str, Scene] = {
    "update": Scene(snapshot(), "update", _shown(slots=Slots("0.11.2"))),
    "update-before": Scene(snapshot(), "update"),
    "update-package": Scene(snapshot(), "update", _shown(appliance=False)),
    "update-mute": Scene(snapshot(), "update", _shown(slots_fault=(NO_ANSWER,))),
    "update-tried": Scene(snapshot(), "update", _shown(slots=TRIED)),
    "update-failed": Scene(
        snapshot(), "update", _shown(slots=Slots("0.11.2", False, "failed", "0.12.0"))
    ),
    "update-waiting": Scene(
        snapshot(), "update", _shown(slots=Slots("0.11.2", False, "waiting", "0.12.0"))
    ),
    "update-insert": Scene(snapshot(), "update", _call("look")),
    "update-sticks": Scene(snapshot(), "update", _call("look"), staff=IN),
    "update-none": Scene(snapshot(), "update", both(_fake(refuse=NO_UPDATE), _offered), staff=IN),
    "update-older": Scene(snapshot(), "update", both(_fake(refuse=OLDER), _offered), staff=IN),
    "update-offer": Scene(snapshot(), "update", _offered, staff=LONG),
    "update-offer-brief": Scene(snapshot(), "update", _offered, staff=IN),
    "update-writing": Scene(
        snapshot(),
        "update",
        both(
            _fake(slow=True),
            _offered,
            _call("install"),
            _going(update=Job("writing", 210_000_000, 412_000_000)),
        ),
        staff=IN,
    ),
    "update-done": Scene(snapshot(), "update", both(_offered, _call("install")), staff=IN),
    "update-card": Scene(
        snapshot(),
        "update",
        both(_fake(refuse={"install": str(NOT_KEPT)}), _offered, _call("install")),
        staff=IN,
    ),
    "update-restart": Scene(
        snapshot(),
        "update",
        both(_shown(slots=Slots("0.11.2", False, "waiting", "0.12.0")), _call("restart")),
    ),
    "backup": Scene(snapshot(), "backup"),
    "backup-insert": Scene(snapshot(), "backup", _call(("begin", "backup"))),
    "backup-ready": Scene(
        snapshot(), "backup", both(_call(("begin", "backup")), _chosen), staff=LONG
    ),
    "backup-writing": Scene(
        snapshot(),
        "backup",
        both(
            _fake(slow=True),
            _call(("begin", "backup")),
            _chosen,
            _call("write"),
            _going(backup=Job("writing", 12_000_000, 38_000_000)),
        ),
        staff=IN,
    ),
    "backup-secret": Scene(
        snapshot(), "backup", both(_call(("begin", "backup")), _chosen, _call("write")), staff=IN
    ),
    "backup-done": Scene(
        snapshot(),
        "backup",
        both(_call(("begin", "backup")), _chosen, _call("write", "written")),
        staff=IN,
    ),
    "backup-failed": Scene(
        snapshot(),
        "backup",
        both(
            _fake(
                refuse={"back_up": "The stick is full: choose fewer days, or use another stick."}
            ),
            _call(("begin", "backup")),
            _chosen,
            _call("write"),
        ),
        staff=IN,
    ),
    "backup-list": Scene(snapshot(), "backup", BACK, staff=IN),
    "backup-ask": Scene(snapshot(), "backup", ONE, staff=IN),
    "backup-type": Scene(
        snapshot(), "backup", both(ONE, _call("type"), _type("kfm-qwt")), staff=IN
    ),
    "backup-opening": Scene(
        snapshot(),
        "backup",
        both(
            _fake(slow=True),
            ONE,
            _call("type", ("take", "kfm-qwt-ybw-npv-mws")),
            _going(restore=Job("reading", 3_000_000, 38_000_000)),
        ),
        staff=IN,
    ),
    "backup-wrong": Scene(
        snapshot(),
        "backup",
        both(
            _fake(refuse={"restore": plain((WRONG_PHRASE,))}),
            ONE,
            _call("type", ("take", "kfm")),
        ),
        staff=IN,
    ),
    "backup-taken": Scene(
        snapshot(), "backup", both(ONE, _call("type", ("take", "kfm-qwt-ybw-npv-mws"))), staff=IN
    ),
}
