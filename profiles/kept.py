"""What lies in ``DATA/profiles/profiles.json``: a TinyDB file of three tables (``README.md``)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from profiles.hashing import SALT_BYTES
from profiles.profile import Code, Prescription
from profiles.state import State

Tables = dict[str, dict[str, Any]]

PROFILES: Final = "profiles"
AUDIT: Final = "audit"
ABOUT: Final = "about"
MOST_LINES: Final = 5_000
"""Lines of the audit that are kept, the newest, and before those what was forgotten."""

Who = Literal["therapist", "staff", "kiosk", "command line"]
What = Literal[
    "imported", "held", "released", "stepped", "automatic", "manual", "ended", "forgotten"
]


class Kept(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One profile: what was prescribed, its PIN's hash, and its state."""

    prescription: Prescription
    pin_hash: Annotated[str, Meta(pattern=r"^\$argon2id\$")]
    state: State = State()

    @property
    def code(self) -> str:
        """The profile's code."""
        return self.prescription.code

    def __repr__(self) -> str:
        return f"Kept({self.prescription!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("prescription", self.prescription)]


class Line(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the audit. There is no free text in it: nothing of a person can stay behind.

    ``at`` is UTC; ``sha256`` is that of the file an import came from.
    """

    at: str
    who: Who
    what: What
    code: Code
    version: int
    """0 of a document that could not be read."""
    sha256: str | None = None


class About(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """About the file: its shape's number, the secret of the PINs' salts.

    ``forgetting`` is set while a forgotten profile may still stand in the previous generation.
    """

    schema: Literal[1] = 1
    secret: Annotated[str, Meta(pattern=f"^[0-9a-f]{{{2 * SALT_BYTES}}}$")]
    forgetting: bool = False


def new_about() -> About:
    """Return what a new file begins with."""
    return About(secret=secrets.token_hex(SALT_BYTES))


def line(
    at: datetime, who: Who, what: What, code: str, version: int, sha256: str | None = None
) -> Line:
    """Return an audit line about a profile; ``at`` is the kiosk's own clock, in UTC."""
    return Line(
        at=at.astimezone(UTC).isoformat(timespec="milliseconds"),
        who=who,
        what=what,
        code=code,
        version=version,
        sha256=sha256,
    )


def document(kept: Kept) -> dict[str, Any]:
    """Return a profile as its table has it; ``code`` stands outside, for whoever looks at it."""
    return {"code": kept.code, **msgspec.to_builtins(kept)}


def kept_in(document: Any) -> Kept:
    """Return a profile from its table. Raises ``msgspec.ValidationError`` for what is none."""
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if key != "code"}
    return msgspec.convert(document, Kept)
