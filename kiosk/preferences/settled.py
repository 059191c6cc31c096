"""The settings' desk: what staff set is bounded, agreed with the guard, kept, and only then holds.

In this order, since each step can still be refused: the guard takes its part, the disk takes all of
it, and whoever listens is told. Where the disk fails after the guard agreed, the guard is told what
held before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

import msgspec

from hardware.link import Configure
from kiosk.preferences.base import guarded, within
from kiosk.preferences.kept import Kept
from kiosk.preferences.model import GUARDED, RAILS_BY_STRICTNESS, Bounds, Preferences
from kiosk.session.actions import Refusal
from kiosk.worker import Worker
from profiles.saying import Said, saying

log = logging.getLogger(__name__)

FIELDS: Final = frozenset(Preferences.__struct_fields__)
_BASE: Final = saying("What the site's file says holds instead.")
_LOOK: Final = saying("Look at the settings, then delete that file.")
_NOT_CALIBRATED: Final = saying("The belt is not calibrated: calibrate it before the first walk.")
_RECORDED: Final = saying(
    "A recording is under way, and it began with these values: end it, then change them."
)
PERSONAL: Final = frozenset({"set_up_step"})
"""Changed by going through the set-up: no line is worth writing."""


class Settled:
    """The screens' :class:`kiosk.preferences.model.PreferencesDesk`, over one file."""

    def __init__(
        self,
        kept: Kept,
        base: Preferences,
        bounds: Bounds,
        *,
        desk: Worker,
        told: Callable[[str], None] = log.info,
    ) -> None:
        """Read what was kept. ``told`` takes the line of a change: what it was and what it is."""
        self._kept = kept
        self._base = base
        self._bounds = bounds
        self._desk = desk
        self.may: Callable[[], None] = _nobody
        """Raises a Refusal where the staff's PIN is not open."""
        self.agree: Callable[[Configure], Future[None]] | None = None
        """Asks the guard; None: there is none to ask."""
        self.undo: Callable[[Configure], None] = lambda _before: None
        """Tells the guard what held before."""
        self.held: frozenset[str] = frozenset()
        """What may not be changed: a recording under way has it in its first line."""
        self._told = told
        self._listeners: list[Callable[[Preferences], None]] = []
        found = kept.load()
        self._changed, self._unusable = _usable(found, base)
        self._state = within(msgspec.structs.replace(base, **self._changed), bounds)
        self._aside = kept.set_aside()
        self._lost = not found
        """Whether there was nothing to go by but the site's file."""
        self.guard_fault: Callable[[], Said] = tuple

    def listen(self, listener: Callable[[Preferences], None]) -> None:
        """Tell this of every change, in the desk's thread, and once at once."""
        self._listeners.append(listener)
        listener(self._state)

    def state(self) -> Preferences:
        """Return what holds now."""
        return self._state

    def bounds(self) -> Bounds:
        """Return how far the limits may be changed here."""
        return self._bounds

    def blocks(self) -> Said:
        """Return why no session may start until the settings are seen to; nothing: it may."""
        if fault := self.guard_fault():
            return fault
        if not self._state.calibrated:
            return (_NOT_CALIBRATED,)
        return ()

    def fault(self) -> Said:
        """Return what is wrong, the gravest first; nothing: all is well."""
        if blocks := self.blocks():
            return blocks
        if self._aside:
            files = ", ".join(self._aside)
            damaged = saying("The settings were damaged ({files}).", files=files)
            return (damaged, _BASE, _LOOK) if self._lost else (damaged, _LOOK)
        if self._unusable:
            names = ", ".join(self._unusable)
            return (saying("Some settings cannot be used ({names}).", names=names), _BASE)
        return ()

    def change(self, **values: Any) -> Future[None]:
        """Set some; see :class:`kiosk.preferences.model.PreferencesDesk`."""
        answer: Future[None] = Future()
        try:
            self.may()
            wanted = self._checked(values)
            if any(getattr(wanted, key) != getattr(self._state, key) for key in self.held):
                raise Refusal("recording", _RECORDED)
        except Refusal as refusal:
            answer.set_exception(refusal)
            return answer
        if self.agree is not None and guarded(wanted) != guarded(self._state):
            self.agree(guarded(wanted)).add_done_callback(
                lambda agreed: self._agreed(agreed, values, answer)
            )
        else:
            self._keep(values, answer)
        return answer

    def save(self, mm_per_count: float, *, invert: bool) -> Future[None]:
        """Keep what a calibration measured."""
        return self.change(mm_per_count=mm_per_count, invert=invert, calibrated=True)

    def _checked(self, values: dict[str, Any]) -> Preferences:
        """Return the settings with these; raises :class:`Refusal` for what may not be."""
        unknown = set(values) - FIELDS
        if unknown:
            names = ", ".join(sorted(unknown))
            raise Refusal("setting", saying("There is no such setting: {names}.", names=names))
        texts = {key: _tidy(value) for key, value in values.items() if isinstance(value, str)}
        wanted = msgspec.structs.replace(self._state, **{**values, **texts})
        try:
            wanted = msgspec.convert(msgspec.to_builtins(wanted), Preferences)
        except msgspec.ValidationError as error:
            raise Refusal("setting", "That cannot be set: it is out of bounds.") from error
        bounds = self._bounds
        if wanted.cap_kmh > bounds.cap_kmh:
            raise Refusal("bounds", saying("At most {kmh} km/h here.", kmh=bounds.cap_kmh))
        if wanted.proof_every_h > bounds.proof_every_h:
            raise Refusal("bounds", saying("At most {n} hours here.", n=bounds.proof_every_h))
        order = RAILS_BY_STRICTNESS
        if order.index(wanted.rails) > order.index(bounds.rails):
            raise Refusal("bounds", "The rails may only be watched more strictly here.")
        return wanted

    def _agreed(self, agreed: Future[None], values: dict[str, Any], answer: Future[None]) -> None:
        """The guard took it, or did not; this is the session's thread, which must not wait."""
        error = agreed.exception()
        if error is not None:
            answer.set_exception(error)
        else:
            self._keep(values, answer)

    def _keep(self, values: dict[str, Any], answer: Future[None]) -> None:
        def keep() -> None:
            self._write(values)

        def done(asked: Future[None]) -> None:
            error = asked.exception()
            if error is None:
                answer.set_result(None)
                return
            self.undo(guarded(self._state))
            answer.set_exception(error)

        self._desk.ask(keep).add_done_callback(done)

    def _write(self, values: dict[str, Any]) -> None:
        """Keep it, make it hold, tell of it. In the desk's thread."""
        before, wanted = self._state, self._checked(values)
        now = {key: getattr(wanted, key) for key in values}
        changed = {**self._changed, **now}
        try:
            self._kept.write(changed)
        except OSError as error:
            why = error.strerror or ""
            text = saying("The settings could not be saved: {why}.", why=why)
            raise Refusal("disk", text) from error
        self._changed, self._state, self._unusable = changed, wanted, ()
        for key in sorted(set(values) - PERSONAL):
            old, new = getattr(before, key), getattr(wanted, key)
            if old != new:
                self._told(f"staff set {key}: {old!r} became {new!r}")
        for listener in self._listeners:
            listener(wanted)


def _nobody() -> None:
    raise Refusal("locked", "This needs the staff's PIN: enter it again.")


def _usable(kept: dict[str, Any], base: Preferences) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what can be used of what was kept, and the names of what cannot."""
    good: dict[str, Any] = {}
    plain = msgspec.to_builtins(base)
    for key, value in kept.items():
        try:
            made = msgspec.convert({**plain, key: value}, Preferences)
        except msgspec.ValidationError:
            log.error("the kept setting %s cannot be used", key)
            continue
        good[key] = getattr(made, key)
    return good, tuple(sorted(set(kept) - set(good)))


def _tidy(text: str) -> str:
    """Return a text without what a keyboard leaves at its ends."""
    return " ".join(text.split())


__all__ = ["FIELDS", "GUARDED", "Settled"]
