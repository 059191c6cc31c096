"""What may be walked: programs, steps, profiles and the texts about them.

Nothing is imported here on purpose: ``profiles.model`` is used by the session engine, which must
not pay for the library or the importer.
"""
