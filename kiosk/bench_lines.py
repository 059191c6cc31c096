"""Lines of the bench that the guard forwards, and their answers."""

from __future__ import annotations

from concurrent.futures import Future

import msgspec


def is_stick(line: bytes) -> bool:
    """Say whether a bench line is for the simulated sticks."""
    try:
        request = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False  # it is answered as a bad ``do`` line
    return isinstance(request, dict) and "stick" in request and "do" not in request


def error_text(done: Future[None]) -> str | None:
    """Return what the bench is answered: None, or why not."""
    error = done.exception()
    return None if error is None else str(error)
