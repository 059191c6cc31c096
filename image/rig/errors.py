"""What goes wrong in the rig itself, apart from what it finds out about the image."""


class RigError(Exception):
    """The emulated machine cannot be had, or does not do what it was told: in one line."""
