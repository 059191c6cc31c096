"""Errors of this package. Each one also is the built-in it refines."""


class ProfilesError(Exception):
    """Base of every error that ``profiles`` raises on purpose."""


class DefinitionError(ProfilesError, ValueError):
    """A definition breaks a rule. The message names the place and how to mend it."""


class ProgramError(DefinitionError):
    """A step or program breaks a rule, or a program was asked for minutes it does not have."""


class AboutError(DefinitionError):
    """The page about walking backwards, or the briefing, is not as it must be."""
