"""What somebody with a profile types to be found: a name or code in two taps a letter, then a PIN.

No Kivy. Nothing typed outlives :meth:`NameFlow.forget`, and nothing shows it in a ``repr``.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from kiosk.cues.texts import _

GROUPS: Final = ("ABCDE", "FGHIJ", "KLMNO", "PQRST", "UVWXYZ", "12345", "67890-")
"""Six at most, three in a row: a group's key shows its letters where they come up when tapped."""
PER_ROW: Final = 3
MOST: Final = 24
"""More letters than a first name needs; a code has 16 at most."""
_SHORTEST: Final = 3
_LINE: Final = 9

Step = Literal["name", "pin", "wait"]


class NameView(NamedTuple):
    """What stands beside the letters. ``shown`` are ways to write what is typed, longest first."""

    title: str
    text: str
    shown: tuple[str, ...]
    typed: bool
    group: str

    def __repr__(self) -> str:
        return "NameView(...)"


class PadView(NamedTuple):
    """What stands beside the digits."""

    title: str
    text: str
    wrong: bool

    def __repr__(self) -> str:
        return "PadView(...)"


class NameFlow:
    """From the first letter to the answer of the desk."""

    def __init__(self) -> None:
        """Nothing is typed."""
        self.step: Step = "name"
        self.group = ""
        self.fault = ""
        self._typed = ""

    @property
    def who(self) -> str:
        """What was typed."""
        return self._typed

    def open(self, group: str) -> None:
        """Show the letters of a group."""
        self.group = group

    def letter(self, letter: str) -> None:
        """Take a letter, and show the groups again."""
        self._typed = (self._typed + letter)[:MOST]
        self.group = ""

    def erase(self) -> None:
        """Take the last letter back."""
        self._typed = self._typed[:-1]

    def named(self) -> bool:
        """Go on to the PIN, if anything is typed."""
        if self._typed and self.step == "name":
            self.step, self.group = "pin", ""
            return True
        return False

    def entered(self) -> bool:
        """A PIN was entered: say whether to ask for it now."""
        if self.step != "pin":
            return False
        self.step, self.fault = "wait", ""
        return True

    def refused(self, sentence: str) -> None:
        """The desk did not find anybody; its sentence says how to go on."""
        self.step, self.fault = "pin", sentence

    def back(self) -> bool:
        """One step back; False where it leads out."""
        if self.step != "name":
            self.step, self.fault = "name", ""
            return True
        if self.group:
            self.group = ""
            return True
        return False

    def forget(self) -> None:
        """Keep nothing of it."""
        self.step, self.group, self.fault, self._typed = "name", "", "", ""

    def name_view(self) -> NameView:
        """Return what stands beside the letters."""
        return NameView(
            title=_("Who are you?"),
            text=_("First name, or the code on your card"),
            shown=tails(self._typed) if self._typed else (_("Tap the letters"), ""),
            typed=bool(self._typed),
            group=self.group,
        )

    def pad_view(self) -> PadView:
        """Return what stands beside the digits."""
        title = _("PIN for {who}").format(who=cut(self._typed))
        if self.step == "wait":
            return PadView(title, _("One moment."), False)
        if self.fault.startswith(_("Name and PIN do not fit.")):
            forgot = _("Forgot it? Ask your therapist.")
            return PadView(title, f"{self.fault}\n{forgot}", True)
        if self.fault:
            return PadView(title, self.fault, True)
        return PadView(title, _("4 to 8 digits, from your therapist"), False)


def key_words(group: str) -> tuple[str, ...]:
    """Return what stands on a group's key, in the rows in which its letters come up."""
    return tuple(" ".join(group[at : at + PER_ROW]) for at in range(0, len(group), PER_ROW))


def cut(typed: str) -> str:
    """Return what is typed, short enough for a line."""
    return typed if len(typed) <= _LINE else f"{typed[: _LINE - 1]}\u2026"


def tails(typed: str) -> tuple[str, ...]:
    """Return ways to show what is typed: whole, else its end, which is where one types."""
    cut = range(len(typed) - 1, _SHORTEST - 1, -1)
    return (typed, *(f"\u2026{typed[-count:]}" for count in cut))
