"""The page about walking backwards, and the words of the briefing before a session.

All texts stand whole in ``about.toml``; the only thing filled in is whom to ask here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from profiles.errors import AboutError
from profiles.programs import read_toml

CONTACT: Final = "{contact}"
"""The paragraph that a site's contact replaces. Whole, so that no translation meets a name."""

_FILE: Final = Path(__file__).with_name("about.toml")

Title = Annotated[str, Meta(min_length=1, max_length=40)]
Paragraph = Annotated[str, Meta(min_length=1, max_length=300)]
Sentence = Annotated[str, Meta(min_length=1, max_length=120)]


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A titled part of the page, one to three short paragraphs."""

    title: Title
    paragraphs: Annotated[tuple[Paragraph, ...], Meta(min_length=1, max_length=3)]


class About(Struct, frozen=True, forbid_unknown_fields=True):
    """The page about walking backwards, one tap from the first screen."""

    title: Title
    sections: tuple[Section, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the page, as the catalogues key it."""
        parts = (text for part in self.sections for text in (part.title, *part.paragraphs))
        return (self.title, *parts)


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """A question or a rule; ``id`` is stable, for pictures and stored answers."""

    id: Annotated[str, Meta(pattern="^[a-z][a-z-]{2,23}$")]
    text: Sentence


class Briefing(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a patron is asked and told before a session.

    To every question of ``screening``, "yes" means: do not start, show ``screening_yes``.
    Raises ``AboutError`` when two lines share an id.
    """

    disclaimer: Annotated[str, Meta(min_length=1, max_length=400)]
    screening: Annotated[tuple[Line, ...], Meta(min_length=5, max_length=5)]
    screening_yes: Sentence
    rules: Annotated[tuple[Line, ...], Meta(min_length=3, max_length=3)]
    stop_if: Sentence
    """On the screen and spoken at the start."""

    def __post_init__(self) -> None:
        for key, lines in (("screening", self.screening), ("rules", self.rules)):
            ids = [line.id for line in lines]
            for i, name in enumerate(ids):
                if name in ids[:i]:
                    raise AboutError(f'{key}[{i}].id: "{name}" is there twice; rename one')

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the briefing, as the catalogues key it."""
        lines = (line.text for line in (*self.screening, *self.rules))
        return (self.disclaimer, *lines, self.screening_yes, self.stop_if)


class _AboutFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole of ``about.toml``."""

    title: Title
    no_contact: Sentence
    sections: Annotated[tuple[Section, ...], Meta(min_length=1)]
    briefing: Briefing

    def __post_init__(self) -> None:
        paragraphs = [text for part in self.sections for text in part.paragraphs]
        places = sum(CONTACT in text for text in paragraphs)
        if places != 1 or CONTACT not in paragraphs:
            raise AboutError(
                f'sections: exactly one paragraph must be "{CONTACT}" and nothing else; '
                f"{places} hold it"
            )


def load_about(contact: str | None, file: Path = _FILE) -> About:
    """The page, with ``contact`` (a site setting: whom to ask here) in its place.

    None or blank gives "Ask the staff.". Raises ``AboutError`` naming file, key and mend.
    """
    raw = read_toml(file, _AboutFile, AboutError)
    asked = (contact or "").strip() or raw.no_contact
    return About(raw.title, tuple(_filled(part, asked) for part in raw.sections))


def load_briefing(file: Path = _FILE) -> Briefing:
    """The words before a session. Raises ``AboutError`` naming file, key and mend."""
    return read_toml(file, _AboutFile, AboutError).briefing


def _filled(section: Section, contact: str) -> Section:
    paragraphs = tuple(contact if text == CONTACT else text for text in section.paragraphs)
    return msgspec.structs.replace(section, paragraphs=paragraphs)
