"""What the PIN pad says and asks, step by step. No Kivy."""

from __future__ import annotations

from typing import Literal, NamedTuple

from kiosk.cues.texts import _
from kiosk.pins import is_easy
from kiosk.screens.presenters import Blocked, clock
from kiosk.screens.reasons import by_staff, mend
from kiosk.session.model import Snapshot
from kiosk.staff.model import Role

Step = Literal["ask", "old", "first", "again", "wait", "done", "none"]
"""``old``: the PIN that is to be changed; ``none``: there is no such PIN yet, and whoever asks is
not the one who chooses it."""


def role_words(role: Role) -> str:
    """Return whose PIN it is, as a title."""
    return _("Staff PIN") if role == "staff" else _("Therapist PIN")


class PinView(NamedTuple):
    """The words beside the pad; ``finished``: there is nothing more to say."""

    title: str
    text: str
    wrong: bool
    finished: bool


class PinFlow:
    """From a PIN to what it opened. A first PIN is chosen twice, as nobody can read it back."""

    def __init__(self, *, is_set: bool, role: Role = "staff", missing: bool = False) -> None:
        """Ask, or choose the staff's first one. ``missing``: the therapist's is not there yet."""
        self.role = role
        self.step: Step = ("none" if missing else "ask") if is_set else "first"
        self.was_first = not is_set
        self.fault = ""
        self._first = ""
        self._had: frozenset[str] = frozenset()
        self._looks = 0

    def entered(self, pin: str) -> Literal["unlock", "set"] | None:
        """Take a PIN; return what to ask of the desk."""
        self.fault = ""
        if self.step == "first":
            self.fault = easy_words(pin)
            if not self.fault:
                self._first, self.step = pin, "again"
            return None
        if self.step == "again":
            if pin != self._first:
                self.step, self.fault = "first", _("The two were not the same. Once more.")
                return None
            self.step = "wait"
            return "set"
        if self.step in {"ask", "done"}:
            self.step = "wait"
            return "unlock"
        return None

    def was_set(self, refused: str | None) -> None:
        """The first PIN was taken, or not."""
        if refused is not None:
            self.step, self.fault = "first", refused

    def unlocked(self, refused: str | None) -> None:
        """The PIN was right, or not."""
        if refused is not None:
            self.step, self.fault = "ask", refused
        else:
            self.step, self._looks = "done", 0

    def view(
        self,
        snapshot: Snapshot,
        *,
        wants_program: bool,
        opened: bool = False,
        onward: bool = False,
        therapy: bool = False,
    ) -> PinView:
        """Return the words for now.

        ``onward``: it leads on to pages behind the PIN, as soon as ``opened`` says that the role is
        open; ``therapy``: to the therapist's. They tell what could not be cleared, so that it keeps
        nobody from an export.
        """
        latched = _latched(snapshot)
        if self.step in {"ask", "wait"}:
            self._had |= {item.what for item in latched}
        title = role_words(self.role)
        if onward and opened and self.step in {"ask", "done"}:
            return PinView(title, "", False, True)
        if self.fault:
            return PinView(title, self.fault, True, False)
        match self.step:
            case "none":
                text = _("There is no therapist's PIN yet. The staff choose it under PINs.")
                return PinView(title, text, False, False)
            case "first":
                text = _("Choose a staff PIN of 4 to 8 digits.")
                return PinView(_("No PIN yet"), text, False, False)
            case "again":
                return PinView(_("Once more"), _("Tap the same PIN again."), False, False)
            case "wait":
                return PinView(title, _("One moment."), False, False)
            case "done":
                self._looks += 1
                return self._done(latched, wants_program=wants_program, onward=onward)
        if self.role == "therapist" and therapy:
            return PinView(title, _("It opens the therapist's pages."), False, False)
        if self.role == "therapist":
            return PinView(title, _("This needs the therapist's PIN."), False, False)
        if latched:
            return PinView(title, f"{latched[0].what} {latched[0].do}", False, False)
        if wants_program:
            return PinView(title, _("This program needs the staff."), False, False)
        if onward:
            text = _("It opens the staff's pages, and clears stops.")
            return PinView(title, text, False, False)
        text = _("It opens all programs for 2 minutes, and clears stops.")
        return PinView(title, text, False, False)

    def _done(self, latched: tuple[Blocked, ...], *, wants_program: bool, onward: bool) -> PinView:
        """The guard clears a moment after the PIN: look a few times before saying it did not."""
        if latched:
            if self._looks < 8:
                return PinView(_("Staff PIN"), _("One moment."), False, False)
            return PinView(_("Not cleared"), f"{latched[0].what} {latched[0].do}", True, False)
        if wants_program:
            return PinView(_("Open"), "", False, True)
        if onward:
            return PinView(role_words(self.role), _("One moment."), False, False)
        if self._had:
            return PinView(_("Cleared"), _("It may be used again."), False, False)
        return PinView(_("Open"), _("Gated programs are open for 2 minutes."), False, False)


class NewPin:
    """A PIN chosen twice, as nobody can read it back; to change one takes the one there is."""

    def __init__(self, role: Role, *, is_set: bool) -> None:
        """``is_set``: it changes one that there is."""
        self.role, self.is_set = role, is_set
        self.step: Step = "old" if is_set else "first"
        self.fault = ""
        self.old = ""
        self._first = ""

    def entered(self, pin: str) -> bool:
        """Take a PIN; say whether it is to be set."""
        self.fault = ""
        if self.step == "old":
            self.old, self.step = pin, "first"
            return False
        if self.step == "first":
            self.fault = easy_words(pin)
            if not self.fault:
                self._first, self.step = pin, "again"
            return False
        if self.step == "again" and pin != self._first:
            self.step, self.fault = "first", _("The two were not the same. Once more.")
            return False
        if self.step == "again":
            self.step, self._first = "wait", ""
            return True
        return False

    def was_set(self, refused: str | None) -> None:
        """It was taken, or not: then all is asked again, as nobody knows which one was wrong."""
        if refused is None:
            self.step = "done"
        else:
            self.step, self.fault = "old" if self.is_set else "first", refused
        self.old = ""

    def view(self) -> PinView:
        """Return the words for now."""
        title = role_words(self.role)
        if self.fault:
            # With what is asked for now: after a refusal that may be the old one again.
            asked = _("First the PIN that holds now.") if self.step == "old" else ""
            return PinView(title, f"{self.fault} {asked}".rstrip(), True, False)
        match self.step:
            case "old":
                return PinView(title, _("First the PIN that holds now."), False, False)
            case "again":
                return PinView(_("Once more"), _("Tap the same PIN again."), False, False)
            case "wait":
                return PinView(title, _("One moment."), False, False)
            case "done":
                return PinView(title, "", False, True)
        if self.is_set:
            return PinView(title, _("Choose the new PIN: 4 to 8 digits."), False, False)
        text = _("None yet. Choose 4 to 8 digits; the therapist keeps it.")
        return PinView(title, text, False, False)


def easy_words(pin: str) -> str:
    """Return why a new PIN is refused at once, before it is tapped again; empty where it is not."""
    return _("Anybody would guess that: choose another one.") if is_easy(pin) else ""


def locked_words(left_s: float) -> str:
    """Return how long a lock still lasts, as a clock that runs down."""
    return _("Too many wrong tries: wait {time}.").format(time=clock(left_s))


def _latched(snapshot: Snapshot) -> tuple[Blocked, ...]:
    status = snapshot.status
    if status is None:
        return ()
    return tuple(Blocked(*mend(reason)) for reason in status.latched if by_staff(reason))
