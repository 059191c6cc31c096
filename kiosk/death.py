"""How the kiosk's process ends when one of its threads does so by a fault."""

from __future__ import annotations

import os
import sys
import traceback


def die(error: BaseException) -> None:
    """End the process at once, so that it is restarted into a stopped state.

    The kiosk's socket closes with it and the guard takes the permit away; the journal holds the
    session, and the next start closes it.
    """
    traceback.print_exception(error, file=sys.stderr)
    os._exit(1)
