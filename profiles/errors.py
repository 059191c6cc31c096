"""Errors of this package. Each one also is the built-in it refines."""

from profiles.saying import ToldError


class ProfilesError(Exception):
    """Base of every error that ``profiles`` raises on purpose."""


class DefinitionError(ProfilesError, ValueError):
    """A definition breaks a rule. The message names the place and how to mend it."""


class ProgramError(DefinitionError):
    """A step or program breaks a rule, or a program was asked for minutes it does not have."""


class AboutError(DefinitionError):
    """The page about walking backwards, or the briefing, is not as it must be."""


class ProfileError(DefinitionError):
    """A profile breaks a rule. The message names the place, and never a name, a note or a PIN."""


class FileRefused(ToldError, ProfilesError, ValueError):
    """A file that cannot be taken at all: too large, a link, not for this kiosk's key."""


class UnknownCode(ProfilesError, LookupError):
    """There is no profile with this code."""


class NotAccepted(ToldError, ProfilesError, ValueError):
    """What was chosen cannot be imported; nothing has changed."""


class LibraryUnusable(ProfilesError, OSError):
    """The profiles on this kiosk cannot be read or written."""


class KeyUnusable(ProfilesError, OSError):
    """The kiosk's key for encrypted profiles cannot be read or made."""
