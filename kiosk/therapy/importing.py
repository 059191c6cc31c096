"""The import of the moment: a look at a stick, the preview, what was taken of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kiosk.session.actions import Refusal
from kiosk.staff.answers import said_of
from kiosk.therapy.looking import file_views, files_on
from kiosk.therapy.model import ImportState
from kiosk.therapy.patrons import NO_PROFILES
from profiles.errors import KeyUnusable, LibraryUnusable, NotAccepted
from profiles.importer import Gathered, Preview, accept, gathered, judged
from profiles.kiosk_key import KioskKey
from profiles.library import Library
from profiles.saying import Saying, saying

log = logging.getLogger(__name__)

BUSY = Refusal("busy", "An import is under way: wait until it is over.")


class Importing:
    """What is being imported. ``state`` may be read by any thread; it is only ever replaced."""

    def __init__(self, library: Library, key: KioskKey) -> None:
        """Nothing is under way."""
        self._library = library
        self._key = key
        self._guard = threading.Lock()
        self._preview: Preview | None = None
        self._number = 0
        self._is_left = False
        self.state = ImportState()

    def is_busy(self) -> bool:
        """Say whether something runs that a therapist waits for."""
        return self.state.phase in {"looking", "accepting"}

    # --- asked by any thread ----------------------------------------------------------------

    def begin(self, stick_id: str) -> int:
        """Begin to look at a stick; return the look's number. Raises :class:`Refusal`."""
        with self._guard:
            if self.is_busy():
                raise BUSY
            self._number += 1
            self._preview = None
            self.state = ImportState(phase="looking", stick_id=stick_id)
            return self._number

    def choose(self, codes: Collection[str]) -> Preview:
        """Begin to take these profiles. Raises :class:`Refusal`; :meth:`take` must follow."""
        with self._guard:
            preview = self._preview
            if preview is None or self.state.phase != "looked":
                raise Refusal("phase", "There is nothing to import: look at the stick anew.")
            if not codes:
                raise Refusal("nothing", "Choose at least one profile.")
            self.state = replace(self.state, phase="accepting")
            return preview

    def end(self) -> None:
        """Forget it all; a look that is under way stops. What is being taken is taken."""
        with self._guard:
            if self.state.phase != "accepting":
                self._number += 1
                self._preview = None
                self.state = ImportState()

    def leave(self) -> None:
        """Whoever asked is gone: forget it all, and what is being taken as soon as it is."""
        with self._guard:
            self._is_left = self.state.phase == "accepting"
        self.end()

    # --- done by the office's thread --------------------------------------------------------

    def read(self, folder: Path) -> Gathered:
        """Read the stick's files. Raises :class:`Refusal`; ``OSError`` as the stick does."""
        try:
            return gathered(files_on(folder), self._key)
        except NotAccepted as error:
            raise Refusal("files", *error.said) from error
        except KeyUnusable as error:
            log.error("profiles cannot be imported: %s", error)
            raise Refusal("profiles", NO_PROFILES) from error

    def judge(self, number: int, read: Gathered) -> None:
        """Hash and compare, which takes longest and needs no stick. Raises :class:`Refusal`."""

        def tell(done: int, of: int) -> None:
            if not self._put(number, done=done, of=of):
                raise _Unwanted

        try:
            tell(0, 0)
            preview = judged(self._library, read, tell)
        except _Unwanted:
            return
        except NotAccepted as error:
            raise Refusal("files", *error.said) from error
        except LibraryUnusable as error:
            log.error("profiles cannot be imported: %s", error)
            raise Refusal("profiles", NO_PROFILES) from error
        with self._guard:
            if number == self._number:
                self._preview = preview
        files = file_views(preview)
        self._put(number, phase="looked", files=files, acceptable=preview.acceptable)

    def freed(self, number: int) -> None:
        """The stick was let go of. Somebody may have accepted what was on it already."""
        self._put(number, safe_to_remove=True)

    def failed(self, number: int, error: BaseException) -> None:
        """The look came to nothing: say why."""
        with self._guard:
            if number == self._number and self.state.phase in {"looking", "looked"}:
                self._preview = None
                self.state = replace(
                    self.state, phase="failed", text=said_of(error), files=(), acceptable=()
                )

    def _put(self, number: int, **fields: Any) -> bool:
        """Change the state; say whether this look is still wanted."""
        with self._guard:
            if number != self._number:
                return False
            self.state = replace(self.state, **fields)
            return True

    # --- done by the desk's thread ----------------------------------------------------------

    def take(self, preview: Preview, codes: Collection[str]) -> tuple[str, ...]:
        """Import them, all or none, and return what is new here. Raises :class:`Refusal`."""
        try:
            taken = accept(self._library, preview, codes, "therapist")
        except (NotAccepted, LibraryUnusable) as error:
            if isinstance(error, LibraryUnusable):
                log.error("profiles cannot be imported: %s", error)
            text = error.said if isinstance(error, NotAccepted) else (NO_PROFILES,)
            self._over(phase="failed", text=text)
            raise Refusal("import", *text) from error
        self._over(phase="done", taken=taken, text=(_taken(taken),))
        return taken

    def give_up(self, *text: Saying) -> None:
        """What was begun will not be done."""
        self._over(phase="failed", text=text)

    def _over(self, **fields: Any) -> None:
        with self._guard:
            self._preview = None
            self.state = ImportState() if self._is_left else replace(self.state, **fields)
            self._is_left = False


class _Unwanted(Exception):
    """The look at a stick is not wanted any more."""


def _taken(taken: Collection[str]) -> Saying:
    if len(taken) == 1:
        return saying("1 profile was imported.")
    return saying("{n} profiles were imported.", n=len(taken))
