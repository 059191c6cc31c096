"""From files on a stick to profiles on the kiosk: a look, which changes nothing, then a choice.

A file is taken whole or not at all: where one of its profiles is refused, the others wait too.
Accepting is one write; a power cut leaves all of it or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

from profiles.changes import Change, changes
from profiles.errors import FileRefused, NotAccepted
from profiles.files import content_of
from profiles.hashing import NamePin, all_hashed, hashed
from profiles.kept import Kept, Who
from profiles.kiosk_key import KioskKey, is_encrypted
from profiles.library import Library, Ready
from profiles.names import name_key
from profiles.profile import MOST_PROFILES, Profile
from profiles.reading import MOST_BYTES, Draft, Reading, read
from profiles.rules import Fault
from profiles.saying import Saying, saying

MOST_FILES: Final = 1000
MOST_TOGETHER: Final = 16 * MOST_BYTES
"""Of one import, in bytes; with 1,000 profiles it bounds what a stick full of files may cost."""
MOST_FILE_BYTES: Final = MOST_BYTES * 3 // 2
"""An encrypted file in armor is a third larger than what is in it."""

Status = Literal["new", "changed", "same", "refused"]


@dataclass(frozen=True, repr=False)
class Entry:
    """One profile of a file, beside what is here. ``code`` is None where it has a fault itself."""

    status: Status
    code: str | None
    version: int | None
    name: str | None
    """For the therapist's eyes; no log."""
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    ready: Ready | None


@dataclass(frozen=True, repr=False)
class Looked:
    """One file: what is in it, and what is wrong with it, its profiles' faults too."""

    name: str
    sha256: str | None
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, repr=False)
class Preview:
    """What an import would do."""

    files: tuple[Looked, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing at all is refused."""
        return not any(file.faults for file in self.files)

    @property
    def acceptable(self) -> tuple[str, ...]:
        """The codes that are new or changed, in the order of the files."""
        ready = (entry for file in self.files for entry in file.entries)
        return tuple(one.code for one in ready if one.ready is not None and one.code is not None)


@dataclass(frozen=True, repr=False)
class Gathered:
    """Files as they were read, for one judgement."""

    looks: list[_Look]


class File(NamedTuple):
    """A file as it was read; without a hash if it could not be read at all."""

    reading: Reading
    sha256: str | None
    size_bytes: int


def read_file(path: Path, key: KioskKey | None) -> File:
    """Return what a file holds; never raises for what is in the file.

    Without a key an encrypted file is refused. Raises :class:`KeyUnusable`.
    """
    sha256, size_bytes = None, 0
    try:
        content = content_of(path, MOST_FILE_BYTES)
        sha256, size_bytes = hashlib.sha256(content).hexdigest(), len(content)
        if is_encrypted(content):
            if key is None:
                raise FileRefused(
                    saying("is encrypted; it opens only on the kiosk it was made for")
                )
            content = key.opened(content, MOST_BYTES)
    except FileRefused as error:
        return File(Reading((), (Fault("", error.said[0]),)), sha256, size_bytes)
    return File(read(content), sha256, size_bytes)


def look(
    library: Library,
    files: Sequence[Path],
    key: KioskKey | None,
    told: Callable[[int, int], None] | None = None,
) -> Preview:
    """Return what an import of these files would do; nothing is changed.

    Takes a PIN's hash for each sound profile (25 ms on a PC, 0.1 s on a Pi, all cores at work):
    ``told`` hears (done, of). Raises :class:`NotAccepted` for too much at once,
    :class:`LibraryUnusable`, :class:`KeyUnusable`.
    """
    return judged(library, gathered(files, key), told)


def gathered(files: Sequence[Path], key: KioskKey | None) -> Gathered:
    """Read the files; whatever they lie on is not needed any more after this.

    Raises :class:`NotAccepted` for too much at once, :class:`KeyUnusable`.
    """
    return Gathered(_read_all(files, key))


def judged(
    library: Library, read: Gathered, told: Callable[[int, int], None] | None = None
) -> Preview:
    """Return what an import of files that were read would do; see :func:`look`."""
    looks, secret = read.looks, library.secret
    here = {kept.code: kept for kept in library.all()}
    for one in looks:
        one.judge_versions(here)
    _judge_doubles(looks)
    sound = [(one, draft) for one in looks for draft in one.sound]
    people = [NamePin(profile.display_name, profile.pin) for _, (_, profile) in sound]
    twins: dict[str, tuple[str, str]] = {}
    for (one, (draft, profile)), found in zip(sound, all_hashed(people, secret, told), strict=True):
        one.hashes[draft.path] = found
        other = library.code_of_hash(found)
        if other is not None and other != profile.code:
            text = saying(
                "{code} here has this PIN and the same first name; choose another PIN", code=other
            )
            one.refuse(draft, "pin", text)
        elif other is None and found in twins:
            where, code = twins[found]
            text = saying(
                "{code} in {file} has this PIN and the same first name; choose another PIN",
                code=code,
                file=where,
            )
            one.refuse(draft, "pin", text)
        twins.setdefault(found, (one.name, profile.code))
    _judge_codes(sound, here, secret)
    for one in looks:
        one.judge_changes(here, secret)
    return Preview(tuple(one.looked(here, secret) for one in looks))


def _read_all(files: Sequence[Path], key: KioskKey | None) -> list[_Look]:
    """Read the files. Raises :class:`NotAccepted` as soon as it is too much at once."""
    if len(files) > MOST_FILES:
        raise NotAccepted(
            saying("There are over {n} files: bring fewer, or a bundle.", n=MOST_FILES)
        )
    looks: list[_Look] = []
    size_bytes = profiles = 0
    for path in files:
        file = read_file(path, key)
        size_bytes += file.size_bytes
        profiles += len(file.reading.drafts)
        if size_bytes > MOST_TOGETHER or profiles > MOST_PROFILES:
            raise NotAccepted(
                saying(
                    "There are over {n} profiles or {mib} MiB in these files: "
                    "import some of them first.",
                    n=MOST_PROFILES,
                    mib=MOST_TOGETHER >> 20,
                )
            )
        looks.append(_Look(path.name, file.reading, file.sha256))
    return looks


def accept(library: Library, preview: Preview, codes: Collection[str], who: Who) -> tuple[str, ...]:
    """Put the chosen profiles in, all or none, and return their codes; those that are the same
    already are left out.

    Raises :class:`NotAccepted` for a code that is not in the preview or is refused there, and when
    the library has changed since; :class:`LibraryUnusable`. Nothing has changed then.
    """
    entries = [entry for file in preview.files for entry in file.entries]
    known = {entry.code: entry for entry in entries if entry.status != "refused"}
    for code in codes:
        if code not in known:
            refused = any(entry.code == code for entry in entries)
            if refused:
                told = saying("{code} is refused: nothing was imported.", code=code[:16])
            else:
                told = saying(
                    "{code} is in none of the files: nothing was imported.", code=code[:16]
                )
            raise NotAccepted(told)
    chosen = [entry for code, entry in known.items() if code in codes]
    ready = [entry.ready for entry in chosen if entry.ready is not None]
    if ready:
        library.put(ready, who)
    return tuple(one.prescription.code for one in ready)


WAITS: Final = saying("waits: a file is taken whole, and something else in this one is refused")
"""What is said of a profile whose file has a fault elsewhere."""


class _Look:
    """A file while it is looked at."""

    def __init__(self, name: str, reading: Reading, sha256: str | None) -> None:
        self.name = name
        self.sha256 = sha256
        self.drafts = reading.drafts
        self.faults = list(reading.faults)
        self.hashes: dict[str, str] = {}

    @property
    def sound(self) -> list[tuple[Draft, Profile]]:
        """The profiles, as long as nothing is wrong with the file."""
        if self.faults:
            return []
        return [(draft, draft.profile) for draft in self.drafts if draft.profile is not None]

    def refuse(self, draft: Draft, at: str, text: Saying) -> None:
        """Note a fault of one profile."""
        self.faults.append(Fault(f"{draft.path}.{at}" if draft.path else at, text))

    def judge_versions(self, here: dict[str, Kept]) -> None:
        """Refuse versions older than what is here."""
        for draft in self.drafts:
            old = here.get(draft.code or "")
            if old is None or draft.version is None:
                continue
            if draft.version < (newest := old.prescription.version):
                text = saying(
                    "is {version}, and version {newest} is here; make it {next}",
                    version=draft.version,
                    newest=newest,
                    next=newest + 1,
                )
                self.refuse(draft, "version", text)

    def judge_changes(self, here: dict[str, Kept], secret: bytes) -> None:
        """Refuse what is another profile under a version that is here: sessions name it."""
        for draft, profile in self.sound:
            old = here.get(profile.code)
            version = profile.version
            if old is None or old.prescription.version != version:
                continue
            if self._changes(draft, profile, old, secret):
                text = saying(
                    "is {version}, as here, but the profile differs; make it {next}",
                    version=version,
                    next=version + 1,
                )
                self.refuse(draft, "version", text)

    def looked(self, here: dict[str, Kept], secret: bytes) -> Looked:
        """Return the file as the preview has it."""
        entries = [self._entry(draft, here, secret) for draft in self.drafts]
        return Looked(self.name, self.sha256, tuple(entries), tuple(self.faults))

    def _entry(self, draft: Draft, here: dict[str, Kept], secret: bytes) -> Entry:
        profile = draft.profile
        name = None if profile is None else profile.display_name
        old = here.get(draft.code or "")
        if self.faults or profile is None or self.sha256 is None:
            own = tuple(fault for fault in self.faults if _is_of(fault, draft))
            own = own or (Fault(draft.path, WAITS),)
            return Entry("refused", draft.code, draft.version, name, (), own, None)
        found = self._changes(draft, profile, old, secret) if old is not None else ()
        status: Status = "new" if old is None else "changed" if found else "same"
        ready = None
        if status != "same":
            replaces = None if old is None else old.prescription.version
            ready = Ready(
                profile.prescription(), self.hashes[draft.path], secret, self.sha256, replaces
            )
        return Entry(status, profile.code, profile.version, name, found, (), ready)

    def _changes(
        self, draft: Draft, profile: Profile, old: Kept, secret: bytes
    ) -> tuple[Change, ...]:
        new_hash, before = self.hashes[draft.path], old.prescription
        if name_key(profile.display_name) != name_key(before.display_name):
            # The hash is of the name and the PIN: under the old name it tells about the PIN alone.
            new_hash = hashed(NamePin(before.display_name, profile.pin), secret)
        return changes(before, profile.prescription(), same_pin=new_hash == old.pin_hash)


def _judge_doubles(looks: Sequence[_Look]) -> None:
    """Refuse a code that stands in two files: nobody can tell which of them is meant."""
    places: dict[str, list[tuple[_Look, Draft]]] = {}
    for one in looks:
        for draft in one.drafts:
            if draft.code is not None:
                places.setdefault(draft.code, []).append((one, draft))
    for code, found in places.items():
        names = sorted({one.name for one, _ in found})
        if len({id(one) for one, _ in found}) > 1:
            for one, draft in found:
                others = ", ".join(name for name in names if name != one.name) or one.name
                told = saying(
                    "{code} is in {files} too; keep one of the files", code=code, files=others
                )
                one.refuse(draft, "code", told)


class _Known(NamedTuple):
    """Somebody who may be meant by a name or a code that is typed."""

    code: str
    name: str
    pin_hash: str


def _judge_codes(
    sound: Sequence[tuple[_Look, tuple[Draft, Profile]]], here: dict[str, Kept], secret: bytes
) -> None:
    """Refuse a PIN that somebody else has whose first name is this code, or whose code this name.

    The two would be one for whoever types it. Who is here already is not refused for a newcomer.
    """
    by_name: dict[str, list[_Known]] = {}
    by_code: dict[str, list[_Known]] = {}

    def know(one: _Known) -> None:
        by_name.setdefault(name_key(one.name), []).append(one)
        by_code.setdefault(name_key(one.code), []).append(one)

    for kept in here.values():
        know(_Known(kept.code, kept.prescription.display_name, kept.pin_hash))
    for one, (draft, profile) in sound:
        code, name = name_key(profile.code), name_key(profile.display_name)
        for other in (*by_name.get(code, ()), *by_code.get(name, ())):
            if other.code == profile.code:
                continue
            if hashed(NamePin(other.name, profile.pin), secret) == other.pin_hash:
                text = saying(
                    "{code} has this PIN too, and the code of one is the first name of the "
                    "other; choose another PIN",
                    code=other.code,
                )
                one.refuse(draft, "pin", text)
                break
        else:
            know(_Known(profile.code, profile.display_name, one.hashes[draft.path]))


def _is_of(fault: Fault, draft: Draft) -> bool:
    place = draft.path
    return not place or fault.path == place or fault.path.startswith(f"{place}.")
