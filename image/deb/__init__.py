"""The Debian package, for a Raspberry Pi OS that is there already: ``python -m image.deb``."""
