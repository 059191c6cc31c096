"""The machine pages in words: the tiles, what the proof test is due, power. No Kivy."""

from __future__ import annotations

from typing import Final, NamedTuple

from kiosk.care.model import CareState, Due, PowerWish, SelfTest, TestResult
from kiosk.cues.texts import _, say
from kiosk.screens.staffing import Line, TileView


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


class Button(NamedTuple):
    """What can be done on a guided page: its key, its word, its picture."""

    key: str
    text: str
    icon: str = ""
    primary: bool = False


class GuideView(NamedTuple):
    """One step that somebody is led through.

    ``shape`` is its picture; ``mood`` says how it stands. ``fact`` is a live line below the text.
    """

    title: str
    shape: str
    text: str
    fact: str = ""
    buttons: tuple[Button, ...] = ()
    mood: str = "plain"
    service: bool = False
    permit: bool = False


def machine_tiles(state: CareState, mm_per_count: float) -> tuple[TileView, ...]:
    """Return the tiles of the machine's first page."""
    due = state.due
    return (
        TileView("proof", _("Proof test"), due_facts(due), "shield", warn=due.overdue),
        TileView("hardware", _("Hardware"), (_("inputs, self-test"), _("self-test")), "pulse"),
        TileView(
            "calibrate",
            _("Calibration"),
            (_("{mm} mm per count").format(mm=f"{mm_per_count:.3f}"), f"{mm_per_count:.3f} mm"),
            "belt",
        ),
    )


def due_facts(due: Due) -> tuple[str, ...]:
    """Return when the proof test is due, longest first."""
    if due.failed:
        return (_("failed: nobody may walk"), _("failed"))
    if due.left_s is None:
        return (_("due: nobody may walk"), _("due"))
    hours = int(due.left_s // 3600)
    if hours >= 1:
        words = _("due in 1 hour") if hours == 1 else _("due in {n} hours").format(n=hours)
        return (words, _("{n} h left").format(n=hours))
    minutes = max(1, int(due.left_s // 60))
    return (_("due in {n} min").format(n=minutes), _("{n} min left").format(n=minutes))


def due_words(due: Due) -> str:
    """Return what the proof test's page says before it begins."""
    if due.unkept:
        return _("The last test could not be kept: the memory card does not take it.")
    if due.unread:
        return _("The record of the last proof test is damaged: do the test again.")
    if due.assumed:
        return _("This is a simulation: it counts as tested since it started.")
    if due.failed:
        return _("The last test failed. Nobody may walk until one is passed.")
    if due.overdue:
        return _("The test is due. Nobody may walk until it is passed.")
    return _("The last test was passed; {facts}.").format(facts=due_facts(due)[0])


_TESTS: Final[dict[str, str]] = {
    "guard": _n("Safety guard"),
    "frames": _n("Sensor's lines"),
    "lines": _n("Damaged lines"),
    "sensor": _n("Belt sensor"),
    "identity": _n("Sensor's name"),
    "contacts": _n("E-stop's contacts"),
    "relay": _n("Stop relay"),
    "disk": _n("Memory card"),
    "clock": _n("Clock"),
    "card": _n("Sound card"),
    "sticks": _n("Stick helper"),
    "supply": _n("Power supply"),
    "heat": _n("Temperature"),
    "sound": _n("Loudspeaker"),
}


def test_title(test: SelfTest) -> str:
    """Return how the self-test ended."""
    bad = sum(one.good is False for one in test.results)
    if bad == 0:
        return _("All is well")
    return _("1 thing to see to") if bad == 1 else _("{n} things to see to").format(n=bad)


def test_lines(test: SelfTest) -> list[Line]:
    """Return a self-test's results: what is wrong with its mend, then all else in brief."""
    lines: list[Line] = []
    for one in test.results:
        if one.good is False:
            lines.append(Line(_test_words(one), "bad"))
            if one.mend is not None:
                lines.append(Line(say((one.mend,))))
    good = [_test_words(one) for one in test.results if one.good]
    lines += [Line(text) for text in good]
    away = ", ".join(_(_TESTS[one.name]) for one in test.results if one.good is None)
    if away:
        lines.append(Line(_("Not tested, since it is not here: {names}.").format(names=away)))
    return lines


def _test_words(one: TestResult) -> str:
    return f"{_(_TESTS[one.name])}: {say((one.seen,))}"


POWER: Final[dict[PowerWish, tuple[str, str, str, str, str]]] = {
    "program": (
        _n("Program"),
        _n("restart"),
        "redo",
        _n("Restart the program?"),
        _n("The screen is dark for about ten seconds. Nothing is lost."),
    ),
    "restart": (
        _n("Machine"),
        _n("restart"),
        "redo",
        _n("Restart the machine?"),
        _n("It takes about a minute. Nothing is lost."),
    ),
    "off": (
        _n("Shut down"),
        _n("switch it off"),
        "power",
        _n("Shut the kiosk down?"),
        _n("To start it again, switch its power off and on. The treadmill must stand still."),
    ),
}
"""Name, fact, picture, question and what follows of each wish."""


def power_tiles() -> tuple[TileView, ...]:
    """Return the tiles of the power page."""
    return tuple(
        TileView(wish, _(words[0]), (_(words[1]),), words[2]) for wish, words in POWER.items()
    )
