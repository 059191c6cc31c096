"""What staff read on their first screen, about sticks and about faults: state in, words out.

No Kivy. Sizes are decimal, as they are printed on sticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from kiosk.cues.texts import _, grouped, say
from kiosk.screens.dates import day_and_month, here, time_words
from kiosk.screens.presenters import idle_view
from kiosk.session.model import Snapshot
from kiosk.staff.model import ClockState, StaffState
from kiosk.sticks.model import UNNAMED, Stick

RUNNING: Final = frozenset({"writing", "checking", "ejecting"})
"""An export that nobody needs to look after, and that must not be disturbed by mistake."""
NAME: Final = 11
"""Letters of a name that fit a tile; also all that a FAT stick's label can have."""
FACT: Final = 13
"""Letters of a tile's second line that always fit."""
OVER: Final = frozenset({"done", "failed", "cancelled"})

Kind = Literal["plain", "primary", "chosen"]


class TileView(NamedTuple):
    """One tile: of ``facts`` the first that fits its line is shown.

    ``kind``: ``chosen`` and ``primary`` are filled; ``warn`` is something that staff should see to.
    """

    key: str
    name: str
    facts: tuple[str, ...] = ()
    icon: str = ""
    kind: Kind = "plain"
    warn: bool = False


class Line(NamedTuple):
    """One paragraph: a heading (which begins a page), a fault, or a plain sentence."""

    text: str
    kind: Literal["head", "bad", "text", "strong"] = "text"


class HomeView(NamedTuple):
    """The staff's first screen: one line of health, and the tiles.

    ``due``: nothing is broken, but a tile asks for somebody, so that all is not well.
    """

    health: tuple[str, ...]
    healthy: bool
    tiles: tuple[TileView, ...]
    due: bool = False

    @property
    def mark(self) -> str:
        """The picture beside the line of health."""
        return "warning" if not self.healthy else "info" if self.due else "check"


def home_view(snapshot: Snapshot, state: StaffState, *, relay: bool = True) -> HomeView:
    """Return all that stands on the staff's first screen."""
    count = len(fault_lines(snapshot, state, relay=relay))
    healthy = count == 0
    tiles = [
        _export_tile(state),
        TileView("log", _("Log"), _log_facts(state), "page"),
        _sticks_tile(state.sticks),
        _machine_tile(snapshot),
        settings_tile(state),
        TileView("power", _("Switch off"), (_("or restart"),), "power"),
    ]
    due = sum(tile.warn for tile in tiles)
    health = (_("All is well"), _("Well"))
    if not healthy:
        health = (faults_words(count), str(count))
    elif due:
        health = (due_words(due), str(due))
    if not healthy:
        faults = TileView("faults", faults_words(count), (_("see them"),), "warning", warn=True)
        tiles.insert(0, faults)
    return HomeView(health, healthy, tuple(tiles), due=healthy and due > 0)


def due_words(count: int) -> str:
    """Return how many things staff should see to."""
    one = _("1 thing to see to")
    return one if count == 1 else _("{n} things to see to").format(n=count)


def set_up_tile() -> TileView:
    """Return the way back into a set-up that was left."""
    return TileView("begin", _("Set up"), (_("go on with it"), _("go on")), "play", "primary")


def _log_facts(state: StaffState) -> tuple[str, ...]:
    if state.kept is None:
        return (_("sessions by day"), _("by day"))
    return (kept_words(state.kept), grouped(state.kept))


def settings_tile(state: StaffState) -> TileView:
    """Return the way to the settings; what is missing in there shows already here."""
    if not state.clock.trusted:
        facts: tuple[str, ...] = (_("look at the clock"), _("the clock"))
    elif "therapist" in state.pins_missing:
        facts = (_("a PIN is missing"), _("a PIN"))
    else:
        facts = (_("place, sound, limits"), _("place, limits"))
        return TileView("settings", _("Settings"), facts, "gear")
    return TileView("settings", _("Settings"), facts, "gear", warn=True)


def settings_tiles(state: StaffState) -> tuple[TileView, ...]:
    """Return what lies among the settings and has a page of its own."""
    return (
        _clock_tile(state.clock),
        _pins_tile(state),
        TileView("key", _("Clinic key"), key_facts(state.clinic_key), "key"),
        TileView("version", _("About"), (_("version, licences"), _("version")), "info"),
    )


def faults_words(count: int) -> str:
    """Return how many faults there are."""
    return _("1 fault") if count == 1 else _("{n} faults").format(n=count)


def fault_lines(
    snapshot: Snapshot, state: StaffState, *, relay: bool = True
) -> tuple[tuple[Line, ...], ...]:
    """Return every fault there is now, each as its paragraphs; what blocks a walk comes first."""
    idle = idle_view(snapshot, relay=relay)
    found = [(Line(item.what, "strong"), Line(item.do)) for item in idle.blocked]
    quiet = [] if idle.blocked or idle.healthy else [idle.line]
    sticks = [say((state.sticks_fault,))] if state.sticks_fault else []
    blocked = (snapshot.health.log, snapshot.health.settings)
    others = [say(fault) for fault in state.faults if fault not in blocked]
    sentences = (*quiet, *others, *sticks)
    return (*found, *((Line(text, "strong"),) for text in sentences))


def _export_tile(state: StaffState) -> TileView:
    phase = state.export.phase
    if phase in RUNNING:
        facts: tuple[str, ...] = (_("under way"),)
    elif phase in OVER:
        facts = (_("see how it ended"), _("ended"))
    elif state.kept is None:
        facts = (_("sessions onto a stick"), _("to a stick"))
    else:
        facts = (kept_words(state.kept), grouped(state.kept))
    return TileView("export", _("Export"), facts, "export")


def kept_words(kept: int) -> str:
    """Return how many sessions are kept."""
    return _("1 session") if kept == 1 else _("{n} sessions").format(n=grouped(kept))


def _machine_tile(snapshot: Snapshot) -> TileView:
    due = snapshot.health.proof_due
    facts = (_("proof test is due"), _("test due")) if due else (_("inputs, tests"), _("tests"))
    return TileView("machine", _("Machine"), facts, "belt", warn=due)


def _sticks_tile(sticks: Sequence[Stick]) -> TileView:
    if not sticks:
        facts: tuple[str, ...] = (_("none is in"),)
    elif len(sticks) == 1:
        facts = stick_facts(sticks[0])
    else:
        facts = (_("{n} are in").format(n=len(sticks)),)
    return TileView("sticks", _("Sticks"), facts, "stick")


def _clock_tile(clock: ClockState) -> TileView:
    now = here(clock)
    told = f"{day_and_month(now)}, {time_words(now)}"
    if clock.trusted:
        return TileView("clock", _("Clock"), (told, time_words(now)), "clock")
    facts = (_("{time}, not confirmed").format(time=time_words(now)), _("not confirmed"))
    return TileView("clock", _("Clock"), facts, "clock", warn=True)


def _pins_tile(state: StaffState) -> TileView:
    if "therapist" in state.pins_missing:
        facts: tuple[str, ...] = (_("no therapist's yet"), _("one is missing"))
        return TileView("pins", _("PINs"), facts, "lock", warn=True)
    return TileView("pins", _("PINs"), (_("staff, therapist"), _("change")), "lock")


def key_words(key: str | None) -> str:
    """Return a public key short enough to compare by eye: its first and last letters."""
    if key is None:
        return _("none yet")
    return f"{key[:8]}\u2026{key[-6:]}" if len(key) > 16 else key


def key_facts(key: str | None) -> tuple[str, ...]:
    """Return a public key for a tile, longest first."""
    return (key_words(key),) if key is None else (key_words(key), f"{key[:4]}\u2026{key[-6:]}")


def stick_facts(stick: Stick) -> tuple[str, ...]:
    """Return which stick it is, longest first."""
    label = label_words(stick)
    return (f"{label}, {size(stick.bytes)}", label, clipped(label))


def label_words(stick: Stick) -> str:
    """Return what a stick is called; one without a name of its own, in the screen's language."""
    return _("USB stick") if stick.label == UNNAMED else stick.label


def clipped(text: str, letters: int = NAME) -> str:
    """Return a text cut to what a tile holds; the page behind the tile has the whole of it."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}\u2026"


def stick_tile(stick: Stick, *, write: bool, chosen: bool = False) -> TileView:
    """Return one stick to choose; ``write``: it must take files."""
    facts: tuple[str, ...] = (size(stick.bytes),)
    unusable = unusable_words(stick, write=write) is not None
    if unusable:
        facts = (_("{size}, cannot be used").format(size=facts[0]), _("cannot be used"))
    kind: Kind = "chosen" if chosen else "plain"
    icon = "check" if chosen else "stick"
    return TileView(stick.id, label_words(stick), facts, icon, kind, warn=unusable)


def unusable_words(stick: Stick, *, write: bool) -> str | None:
    """Return why a stick cannot be used, in one sentence with the mend; None where it can."""
    if stick.problem is not None:
        return say((stick.problem,))
    if write and stick.read_only:
        return _("Nothing can be written to this stick. Slide its switch, or take another one.")
    return None


def size(count: int) -> str:
    """Return a size as sticks are sold: MB of a million bytes."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            amount = count / unit
            digits = 0 if amount >= 10 else 1
            return f"{amount:.{digits}f}\u00a0{name}".replace(".0\u00a0", "\u00a0")
    return _("{n} bytes").format(n=count)
