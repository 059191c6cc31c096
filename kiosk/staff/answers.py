"""How the office answers: every mistake of a person, a stick or a disk is a Refusal's sentence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from kiosk.clock import ClockError
from kiosk.export.errors import ExportError, told_of
from kiosk.pins import PinRefused
from kiosk.session.actions import Refusal
from kiosk.sticks.model import StickError
from profiles.saying import Said, ToldError, saying

_T = TypeVar("_T")
_FAILED: Final = saying("It could not be done.")


def told(job: Callable[[], _T]) -> _T:
    """Do it; what can go wrong in the ordinary way becomes the sentence of a Refusal."""
    try:
        return job()
    except StickError as error:
        raise Refusal("stick", *error.said) from error
    except PinRefused as error:
        raise Refusal("pin", *error.said) from error
    except ClockError as error:
        raise Refusal("clock", *error.said) from error
    except ExportError as error:
        raise Refusal("stick", *error.said) from error
    except OSError as error:
        raise Refusal("stick", *told_of(error, _FAILED)) from error


def said_of(error: BaseException) -> Said:
    """Return what an error says to a person; one that says nothing to people has its own text."""
    if isinstance(error, Refusal | ToldError):
        return error.said
    return (saying("The system says: {reason}.", reason=str(error)),)


def hand_on(done: Future[Any], answer: Future[None]) -> None:
    """End an answer as the work ended that was done for it."""
    error = done.exception()
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)


def refused(refusal: Refusal) -> Future[Any]:
    """Return a future that has ended with it."""
    future: Future[Any] = Future()
    future.set_exception(refusal)
    return future
