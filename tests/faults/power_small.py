"""Group 1: power lost while a small file is written that says what nobody else knows.

A wrong PIN that is forgotten is another try; a number that is given twice is another file's name; a
PIN, a key or a number of a kiosk that was shown and is gone is another one's.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pyrage

from kiosk import identity
from kiosk.deck import Deck
from kiosk.export import clinic
from kiosk.export.numbers import Numbers
from kiosk.lockout import TRIES
from kiosk.pins import PinRefused, Pins
from kiosk.session.actions import Refusal
from kiosk.therapy import compose
from kiosk.therapy.tries import ProfileTries
from kiosk.upkeep.backup import Made, back_up
from kiosk.upkeep.restore import backups_in, head_of
from tests.faults.frame import Case, Lab, Part
from tests.faults.power import WAYS, in_a_folder
from tests.upkeep.test_backup import HEAD_OF, small_data

PIN, WRONG = "9274", "3816"
_LAST_CALLS = 4


def _empty(point: Path) -> None:
    (point / "data").mkdir()


def _staff(data: Path) -> Pins:
    return Pins(data, simulated=False)


def first_pin(lab: Lab) -> Iterator[Case]:
    """Until a PIN is kept, whoever comes sets one."""

    def judge(data: Path, promised: bool) -> None:
        pins = _staff(data)
        assert not pins.fault(), pins.fault()
        assert pins.is_set("staff") or not promised, "the PIN that was set is gone"
        if pins.is_set("staff"):
            pins.verify("staff", PIN)

    return in_a_folder(lab, _empty, lambda data: _staff(data).set_first("staff", PIN), judge)


def wrong_pin(lab: Lab) -> Iterator[Case]:
    """The fifth wrong PIN locks, whoever pulls the plug as soon as they are told so."""

    def fill(point: Path) -> None:
        _empty(point)
        pins = _staff(point / "data")
        pins.set_first("staff", PIN)
        for _ in range(TRIES - 1):
            with contextlib.suppress(PinRefused):
                pins.verify("staff", WRONG)

    def wrong(data: Path) -> None:
        with contextlib.suppress(PinRefused):
            _staff(data).verify("staff", WRONG)

    def judge(data: Path, promised: bool) -> None:
        pins = _staff(data)
        assert not pins.fault(), pins.fault()
        assert pins.is_set("staff")
        assert pins.locked_s("staff") > 0 or not promised, "one more try at the PIN"

    return in_a_folder(lab, fill, wrong, judge)


def wrong_profile(lab: Lab) -> Iterator[Case]:
    """The same at the profiles."""

    def tries(data: Path) -> ProfileTries:
        return ProfileTries(data / compose.TRIES)

    def fill(point: Path) -> None:
        _empty(point)
        for _ in range(TRIES - 1):
            tries(point / "data").begin("sam")

    def is_locked(data: Path) -> bool:
        try:
            tries(data).begin("sam")
        except Refusal:
            return True
        return False

    def judge(data: Path, promised: bool) -> None:
        assert is_locked(data) or not promised, "one more try at a profile"

    return in_a_folder(lab, fill, lambda data: tries(data).begin("sam"), judge)


def clinic_key(lab: Lab) -> Iterator[Case]:
    """An export that staff believe to be locked for the clinic must be."""
    old, new = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    stick = lab.new_folder("keys", in_memory=True)

    def took(key: str) -> Callable[[Path], None]:
        def take(data: Path) -> None:
            path = stick / "clinic.pub"
            path.write_text(key)
            clinic.take(path, data)

        return take

    def fill(point: Path) -> None:
        _empty(point)
        took(old)(point / "data")

    def judge(data: Path, promised: bool) -> None:
        found = clinic.load(data)
        assert found == new or (found == old and not promised), found

    return in_a_folder(lab, fill, took(new), judge)


def export_number(lab: Lab) -> Iterator[Case]:
    """A number that was given to an export is never another's."""
    given: list[int] = []

    def fill(point: Path) -> None:
        _empty(point)
        Numbers(point / "data").take("today", 1)

    def take(data: Path) -> None:
        given.clear()
        given.append(Numbers(data).take("today", 1))

    def judge(data: Path, promised: bool) -> None:
        again = Numbers(data).take("today", 1)
        assert again > (given[0] if promised else 1), f"{again} is given twice"

    return in_a_folder(lab, fill, take, judge)


def kiosk_number(lab: Lab) -> Iterator[Case]:
    """Every record has the kiosk's number, which stays the same."""
    told: list[str] = []

    def make(data: Path) -> None:
        told.clear()
        told.append(identity.kiosk_id(data))

    def judge(data: Path, promised: bool) -> None:
        again = identity.kiosk_id(data)
        assert not promised or [again] == told, "another number than the records have"

    return in_a_folder(lab, _empty, make, judge)


def incline(lab: Lab) -> Iterator[Case]:
    """A deck that somebody confirmed is up is not taken for level."""
    old, new = 2.0, 7.0

    def at_once(job: Callable[[], None]) -> Future[None]:
        done: Future[None] = Future()
        done.set_result(job())
        return done

    def deck(data: Path) -> Deck:
        return Deck(data, at_once, simulated=False)

    def fill(point: Path) -> None:
        _empty(point)
        deck(point / "data").keep(old)

    def judge(data: Path, promised: bool) -> None:
        found = deck(data).pct
        assert found == new or (found == old and not promised), found

    return in_a_folder(lab, fill, lambda data: deck(data).keep(new), judge)


def backup(lab: Lab) -> Iterator[Case]:
    """A backup that staff are told of is on the stick, whole, however it is pulled then.

    Making its passphrase takes a second by design, so only the last calls are tried, from before
    the last byte on.
    """
    told: list[Made] = []

    def fill(point: Path) -> None:
        _empty(point)
        small_data(point / "data" / "kiosk")
        (point / "data" / "stick").mkdir()

    def make(data: Path) -> None:
        told.clear()
        told.append(back_up(data / "kiosk", data / "stick", HEAD_OF, None))

    def judge(data: Path, promised: bool) -> None:
        found = backups_in(data / "stick")
        assert found or not promised, "the backup that was made is gone"
        for path in found:
            assert head_of(path) == HEAD_OF
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
            if promised:
                assert path.stat().st_size == told[0].bytes

    cases = list(in_a_folder(lab, fill, make, judge))
    for way in WAYS:
        yield from [case for case in cases if case.id.startswith(way)][-_LAST_CALLS:]


PARTS = [
    Part(11, "backup", "a stick's power lost at the last calls of a backup", backup, slow=True),
    Part(1, "first-pin", "power lost while the first PIN is set", first_pin),
    Part(1, "wrong-pin", "power lost while a wrong PIN is counted", wrong_pin),
    Part(1, "wrong-profile", "power lost while a wrong PIN of a profile is counted", wrong_profile),
    Part(1, "clinic-key", "power lost while the clinic's key is taken", clinic_key),
    Part(1, "export-number", "power lost while an export gets its number", export_number),
    Part(1, "kiosk-number", "power lost while the kiosk's number is made", kiosk_number),
    Part(1, "incline", "power lost while a confirmed incline is kept", incline),
]
