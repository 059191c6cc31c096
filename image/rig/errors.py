"""What goes wrong in the rig itself, apart from what it finds out about the image."""


class RigError(Exception):
    """The emulated machine cannot be had, or does not do what it was told: in one line."""


class NoAnswer(RigError):
    """QEMU itself stands still, and answers on no socket: that says nothing of the image."""


def is_timeout(error: OSError) -> bool:
    """Say whether a socket's file waited too long: the second time it says so in words alone."""
    return isinstance(error, TimeoutError) or "timed out" in str(error)
